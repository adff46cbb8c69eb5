"""The store's tests run on SQLite and on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from katalog.store.database import Database
from katalog.store.migrate import upgrade


@pytest.fixture(params=["sqlite"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An up-to-date, empty database of each kind."""
    async with Database(f"sqlite:///{tmp_path / 'katalog.db'}") as opened:
        await upgrade(opened)
        yield opened
