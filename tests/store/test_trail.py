"""What was done is in the audit trail a moment later, or when the database is there again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from katalog.errors import StoreError
from katalog.store import audit, organisations, trail
from katalog.store.database import Actor, Change, Database
from katalog.store.trail import Trail

ANNA = Actor("anna", "bearer 192.0.2.1")


async def lines(database: Database, organisation: str) -> list[audit.AuditRecord]:
    async with database.read() as connection:
        return await audit.page(connection, organisation, limit=10)


class Away:
    """The database cannot be written for a while."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
        self.is_away = True
        self.tries = 0
        write = database.write

        @asynccontextmanager
        async def sometimes(organisation: str, actor: Actor) -> AsyncIterator[Change]:
            self.tries += 1
            if self.is_away:
                raise StoreError("away")
            async with write(organisation, actor) as change:
                yield change

        monkeypatch.setattr(database, "write", sometimes)


async def test_what_is_noted_is_written_in_its_order_with_the_moment_it_was_done(database: Database) -> None:
    home = (await organisations.default(database, "Exempel")).id
    one = Trail(database)
    running = asyncio.create_task(one.run())
    try:
        await one.written()
        for number in ("101", "102"):
            one.note(home, ANNA, "dial.placed", "1", {"number": number})
        await one.written()
        last, first = await lines(database, home)
        assert (first.action, first.subject, first.actor, first.origin) == (
            "dial.placed", "1", "anna", "bearer 192.0.2.1",
        )  # fmt: skip
        assert [first.details, last.details] == [{"number": "101"}, {"number": "102"}]
        assert first.at <= last.at
    finally:
        running.cancel()


async def test_while_the_database_is_away_nobody_waits_and_nothing_is_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = (await organisations.default(database, "Exempel")).id
    away = Away(monkeypatch, database)
    one = Trail(database, again=0.01)
    with capture_logs() as logs:
        running = asyncio.create_task(one.run())
        try:
            one.note(home, ANNA, "dial.placed", "1", {})
            one.note(home, ANNA, "dial.ended", "1", {})
            async with asyncio.timeout(10):
                while away.tries < 3:
                    await asyncio.sleep(0.005)
                await one.written(limit=60)
            away.is_away = False
            async with asyncio.timeout(10):
                while len(await lines(database, home)) < 2:
                    await asyncio.sleep(0.01)
        finally:
            running.cancel()
    assert [record.action for record in await lines(database, home)] == ["dial.ended", "dial.placed"]
    assert [line["event"] for line in logs] == ["dial.unwritten"]


async def test_whoever_ends_in_the_middle_of_writing_leaves_it_whole(database: Database) -> None:
    """Each line once, and no transaction that keeps others from writing."""
    home = (await organisations.default(database, "Exempel")).id
    one = Trail(database)
    for turn in range(20):
        running = asyncio.create_task(one.run())
        for number in range(3):
            one.note(home, ANNA, "dial.placed", f"{turn}-{number}", {})
        # Wherever it is by now.
        for _ in range(turn):
            await asyncio.sleep(0.0005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    async with asyncio.timeout(10):
        await one.write()
    async with database.read() as connection:
        records = await audit.page(connection, home, audit.Wanted(actions=("dial.",)), limit=100)
    assert [record.subject for record in reversed(records)] == [f"{t}-{n}" for t in range(20) for n in range(3)]


async def test_one_that_waits_for_a_slow_database_does_not_wait_for_ever(database: Database) -> None:
    one = Trail(database)
    one.note("x", ANNA, "dial.placed", "1", {})
    async with asyncio.timeout(1):
        await one.written(limit=0.01)


async def test_so_much_waits_and_no_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "KEPT", 2)
    home = (await organisations.default(database, "Exempel")).id
    one = Trail(database)
    for number in range(4):
        one.note(home, ANNA, "dial.placed", str(number), {})
    await one.write()
    assert [record.subject for record in await lines(database, home)] == ["3", "2"]
