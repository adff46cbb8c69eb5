"""Keeping up with what others commit, asked for by somebody who is not known yet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog import follower
from katalog.errors import StoreError
from tests.installation import Installation


class Looks:
    """Stands before the follower's database: counts the readings, and holds each until it is let go."""

    def __init__(self, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        self.go = asyncio.Event()
        self.is_away = False
        self._read = installation.app.database.read
        # Others read it, too, when they like.
        monkeypatch.setattr(installation.app.follower, "_database", self)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        self.count += 1
        await self.go.wait()
        if self.is_away:
            raise StoreError("away")
        async with self._read() as connection:
            yield connection


@pytest.fixture
async def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    """One that never looks by itself."""
    monkeypatch.setattr(follower, "PERIOD", 3600.0)
    async with Installation.running(tmp_path) as running:
        yield running


@pytest.fixture
async def looks(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Looks:
    return Looks(installation, monkeypatch)


async def test_however_many_ask_two_looks_are_enough(installation: Installation, looks: Looks) -> None:
    first = asyncio.create_task(installation.app.follower.look())
    await asyncio.sleep(0.01)
    assert looks.count == 1
    others = [asyncio.create_task(installation.app.follower.look()) for _ in range(100)]
    await asyncio.sleep(0.01)
    looks.go.set()
    await asyncio.gather(first, *others)
    # The others came after the first look had begun to read: it may have seen too little for them.
    assert looks.count == 2


async def test_a_look_that_one_gave_up_on_goes_on_for_the_others(installation: Installation, looks: Looks) -> None:
    first = asyncio.create_task(installation.app.follower.look())
    second = asyncio.create_task(installation.app.follower.look())
    await asyncio.sleep(0.01)
    first.cancel()
    looks.go.set()
    await second
    assert first.cancelled()


async def test_a_store_that_is_away_leaves_the_picture_as_it_is(installation: Installation, looks: Looks) -> None:
    looks.is_away = True
    looks.go.set()
    assert await installation.app.follower.look() is False
    looks.is_away = False
    assert await installation.app.follower.look() is True
    assert looks.count == 2


async def test_a_store_that_does_not_answer_is_not_waited_for(
    installation: Installation, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "PATIENCE", 0.05)
    async with asyncio.timeout(5):
        assert await installation.app.follower.look() is False
    looks.go.set()
