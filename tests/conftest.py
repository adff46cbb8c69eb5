"""What every test may use: options, a clock, and an application in memory with a clock of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from argon2 import PasswordHasher

from katalog import follower
from katalog.api import passwords
from katalog.calllog import calllog
from katalog.store.trail import Trail
from tests.clock import Clock
from tests.installation import Installation


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also the soaks and thousands of random flows")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    skip = pytest.mark.skip(reason="minutes or more; run scripts/test --long")
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password costs a tenth of a second on purpose. Here that is paid where time is measured, and by real servers."""
    if not request.node.get_closest_marker("alone"):
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """For people's sake a reader waits a second or two at most for what is written in the background, and is then shown
    what there is. A machine that stands still for as long shows a test too little.
    """
    monkeypatch.setattr(follower, "PATIENCE", 60.0)
    monkeypatch.setattr(calllog, "PATIENCE", 60.0)
    monkeypatch.setattr(Trail.written, "__defaults__", (60.0,))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    """A running application over a fresh SQLite file, asked in memory."""
    async with Installation.running(tmp_path) as running:
        yield running


@pytest.fixture
def client(installation: Installation) -> httpx.AsyncClient:
    return installation.client
