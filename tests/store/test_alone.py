"""What only one server of a database does: who does it, and what becomes of faults."""

import asyncio

import pytest
from structlog.testing import capture_logs

from katalog.errors import StoreError
from katalog.store import alone as module
from katalog.store.alone import Duty, alone
from katalog.store.database import Database


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AFTER_FAULT", 0.01)


async def until(event: asyncio.Event) -> None:
    async with asyncio.timeout(5):
        await event.wait()


async def test_only_one_of_several_does_what_one_may_do_and_the_next_follows(database: Database) -> None:
    second = Database(
        database.url.render_as_string(hide_password=False).replace("+aiosqlite", "").replace("+asyncpg", "")
    )
    order = []

    async def take(which: Database, name: str, release: asyncio.Event) -> None:
        async with alone(which, "thing") as held:
            order.append(name)
            await held()
            await release.wait()

    async with second:
        one, two = asyncio.Event(), asyncio.Event()
        first = asyncio.create_task(take(database, "first", one))
        async with asyncio.timeout(10):
            while not order:
                await asyncio.sleep(0.05)
        other = asyncio.create_task(take(second, "second", two))
        async with alone(database, "something else"):
            await asyncio.sleep(0.7)
        assert order == ["first"]
        one.set()
        await first
        async with asyncio.timeout(10):
            while len(order) < 2:
                await asyncio.sleep(0.05)
        two.set()
        await other
    assert order == ["first", "second"]


async def test_a_fault_is_told_and_does_not_end_it(database: Database) -> None:
    duty, done, left = Duty(database, "thing", "thing"), asyncio.Event(), list[str]()
    faults = [ZeroDivisionError("ours"), StoreError("away"), StoreError("still away")]

    async def do() -> None:
        if faults:
            raise faults.pop(0)
        done.set()
        await asyncio.Event().wait()

    with capture_logs() as logs:
        running = asyncio.create_task(duty.run(do, lambda: left.append("left")))
        await until(done)
        running.cancel()
        await asyncio.wait({running})
    assert [each["event"] for each in logs] == ["thing.fault", "thing.away"], "that it is away is told once"
    assert len(left) == 4


async def test_it_ends_with_its_server_whatever_goes_wrong_then(database: Database) -> None:
    begun = asyncio.Event()

    async def do() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            raise ZeroDivisionError("at the end")

    with capture_logs() as logs:
        running = asyncio.create_task(Duty(database, "thing", "thing").run(do, lambda: None))
        await until(begun)
        running.cancel()
        await asyncio.wait({running}, timeout=5)
    assert running.cancelled()
    assert [each["event"] for each in logs] == ["thing.fault"]


async def test_what_is_to_be_committed_is_tried_until_it_is(database: Database) -> None:
    duty, tries = Duty(database, "thing", "thing"), list[str]()

    async def write() -> None:
        tries.append("try")
        if len(tries) % 3:
            raise StoreError("away")

    with capture_logs() as logs:
        await duty.commit(write)
        await duty.commit(write)
    assert (len(tries), len(logs)) == (6, 2), "it was back in between"
