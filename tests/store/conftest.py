"""The store's tests run on SQLite and on a real PostgreSQL."""

import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from katalog.store.database import Database
from katalog.store.migrate import upgrade
from tests.system.conftest import missing
from tests.system.postgresql import NoPostgresql, postgresql

_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """One PostgreSQL for the whole run; each test gets a database of its own in it."""
    try:
        with postgresql() as url:
            yield url
    except NoPostgresql as error:
        missing(str(error))


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An up-to-date, empty database of each kind."""
    url = f"sqlite:///{tmp_path / 'katalog.db'}"
    if request.param == "postgresql":
        server: str = request.getfixturevalue("server")
        name = f"test{next(_numbers)}"
        connection = await asyncpg.connect(server)
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.close()
        url = server.rpartition("/")[0] + f"/{name}"
    async with Database(url) as opened:
        await upgrade(opened)
        yield opened
