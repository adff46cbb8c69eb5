"""The call log as it is kept by servers that come and go, with a database that may be away."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from katalog.calllog import catchup
from katalog.calllog.calllog import CallLog
from katalog.domain.call import Direction, Ending, Leg, LineStatus, Trace
from katalog.domain.call_record import CallRecord, Clock, Outcome
from katalog.domain.cdr import CdrRow
from katalog.domain.entry import Entry
from katalog.domain.events import LegsChanged, LegsRead, LinkLost
from katalog.errors import StoreError
from katalog.store import alone, call_records, entries, open_calls, organisations
from katalog.store.call_records import Wanted
from katalog.store.database import Actor, Database
from tests import migrated
from tests.calllog.test_tracker import Office

UP, RINGING = LineStatus.UP, LineStatus.RINGING


class Rows:
    """Call detail records that a test makes."""

    def __init__(self) -> None:
        self.rows_: list[CdrRow] = []
        self.asked: list[tuple[float, float]] = []
        self.error: Exception | None = None
        self.readable = asyncio.Event()
        self.readable.set()

    def __str__(self) -> str:
        return "Master.csv"

    async def rows(self, since: float, until: float) -> list[CdrRow]:
        self.asked.append((since, until))
        await self.readable.wait()
        if self.error is not None:
            raise self.error
        return self.rows_


class Shop:
    """A database, and the servers that a test runs on it."""

    def __init__(self, file: Path, organisation: str) -> None:
        self.file = file
        self.organisation = organisation
        self.now = 1000.0
        self.rows = Rows()
        self.running: dict[CallLog, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[CallLog]:
        """One server, until the block ends."""
        async with Database(f"sqlite:///{self.file}") as database:
            log = CallLog(database, lambda: self.now, {"växel": self.rows})
            await log.begin(self.organisation, Office())
            running = self.running[log] = asyncio.create_task(log.run())
            try:
                yield log
            finally:
                running.cancel()
                await asyncio.wait({running})

    async def kept(self) -> list[CallRecord]:
        async with Database(f"sqlite:///{self.file}") as database, database.read() as connection:
            return await call_records.page(connection, self.organisation, Wanted(), limit=100)

    async def open(self) -> int:
        async with Database(f"sqlite:///{self.file}") as database, database.read() as connection:
            return len(await open_calls.all_of(connection, self.organisation))


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    file = tmp_path / "katalog.db"
    await migrated.lay(file)
    monkeypatch.setattr(catchup, "SOON", 0.02)
    async with Database(f"sqlite:///{file}") as database:
        organisation = (await organisations.default(database, "Exempel AB")).id
        async with database.write(organisation, Actor("test", "tests")) as change:
            for number in ("101", "102"):
                await entries.add(change, Entry(number, number, number))
    return Shop(file, organisation)


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(5):
        while not await true():
            await asyncio.sleep(0.01)


async def leads(log: CallLog) -> None:
    """Until it writes, and has taken over what was there: a commit comes after that."""

    async def does() -> bool:
        return log.is_writing

    await until(does)
    tell(log)
    await log.settle()


def leg(
    id_: str, number: str, status: LineStatus = RINGING, *, caller: str = "1", answered: float | None = None
) -> Leg:
    trace = Trace(float(id_), answered, number, caller, channel=f"PJSIP/{number}-{id_}")
    return Leg(id_, f"PJSIP/{number}", Direction.IN, status, "070", None, trace)


def tell(log: CallLog, *legs: Leg, ended: str = "", at: float = 0.0) -> None:
    endings = (Ending(ended, at, 16),) if ended else ()
    log.hear(LegsChanged("växel", legs, (ended,) if ended else (), endings, at))


async def test_what_has_ended_is_committed_when_somebody_waits_for_it(shop: Shop) -> None:
    async with shop.serving() as log:
        await leads(log)
        log.hear(LegsRead("växel", ()))
        tell(log, leg("990", "101"))
        await log.settle()
        assert (await shop.kept(), await shop.open()) == ([], 1)
        tell(log, ended="990", at=995.0)
        await log.settle()
        (record,) = await shop.kept()
        assert (record.ended, record.outcome, await shop.open()) == (995.0, Outcome.MISSED, 0)


async def test_a_call_that_ends_while_a_server_takes_over_is_kept_even_if_that_ends_then(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = asyncio.Event()

    async def never(*_: object) -> dict[str, bytes]:
        reads.set()
        await asyncio.Event().wait()
        return {}

    async with shop.serving() as log:
        monkeypatch.setattr(open_calls, "all_of", never)
        await reads.wait()
        log.hear(LegsRead("växel", ()))
        tell(log, leg("990", "101"))
        tell(log, ended="990", at=995.0)
    monkeypatch.undo()
    assert [record.ended for record in await shop.kept()] == [995.0]


async def test_a_call_goes_on_over_a_restart(shop: Shop) -> None:
    up = leg("990", "101", UP, answered=992.0)
    async with shop.serving() as log:
        await leads(log)
        log.hear(LegsRead("växel", ()))
        tell(log, up)
    assert await shop.open() == 1, "what is open is written at the end, too"
    async with shop.serving() as log:
        await leads(log)
        log.hear(LegsRead("växel", (leg("990", "101", UP),)))
        tell(log, ended="990", at=1005.0)
    (record,) = await shop.kept()
    assert (record.answered, record.ended, record.clock) == (992.0, 1005.0, Clock.PBX)


async def test_what_ended_before_this_server_was_the_one_that_writes_is_not_lost(shop: Shop) -> None:
    async with shop.serving() as first:
        await leads(first)
        async with shop.serving() as second:
            for log in (first, second):
                log.hear(LegsRead("växel", ()))
                tell(log, leg("990", "101"), leg("991", "102"))
            await first.settle()
            # One of two that hear the same: the other one dies before it could write this.
            tell(second, ended="990", at=995.0)
            assert not second.is_writing
            await second.settle()
            assert await shop.kept() == []

            async def taken_over() -> bool:
                return second.is_writing

            shop.running[first].cancel()
            await until(taken_over)
            tell(second, ended="991", at=996.0)
            await second.settle()
    assert [(record.entry, record.ended) for record in await shop.kept()] == [("102", 996.0), ("101", 995.0)]


async def test_what_is_heard_while_it_takes_over_is_not_lost(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop.serving() as log:
        await leads(log)
        log.hear(LegsRead("växel", ()))
        tell(log, leg("990", "101"))
        await log.settle()
    async with shop.serving() as log:
        add = call_records.add

        async def meanwhile(*given: Any) -> None:
            monkeypatch.setattr(call_records, "add", add)
            log.hear(LegsRead("växel", ()))
            await add(*given)

        monkeypatch.setattr(call_records, "add", meanwhile)

        async def written() -> bool:
            return len(await shop.kept()) == 1

        await until(written)
        assert await shop.open() == 0


async def test_a_database_that_is_away_is_waited_for(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "AFTER_FAULT", 0.01)
    add, failures = call_records.add, 3

    async def failing(*args: object) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise StoreError("away")
        await add(*args)  # type: ignore[arg-type]

    async with shop.serving() as log:
        await leads(log)
        log.hear(LegsRead("växel", ()))
        monkeypatch.setattr(call_records, "add", failing)
        with capture_logs() as logs:
            tell(log, leg("990", "101"))
            tell(log, ended="990", at=995.0)
            await log.settle()
        assert [each["event"] for each in logs] == ["calllog.away"]
    assert [record.leg for record in await shop.kept()] == ["990"]


async def test_a_fault_takes_nothing_else_with_it(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop.serving() as log:
        await leads(log)
        with capture_logs() as logs, monkeypatch.context() as patch:
            patch.setattr(Office, "owners", lambda *_: 1 / 0)
            tell(log, leg("990", "101"))
        assert [each["event"] for each in logs] == ["calllog.fault"]
        tell(log, leg("991", "101"))
        tell(log, ended="991", at=995.0)
    assert [record.leg for record in await shop.kept()] == ["991"]


# --- catching up -------------------------------------------------------------------------------------------


def row(source: str, dest: str, began: float, answered: float | None, ended: float, *, call: str = "9") -> CdrRow:
    return CdrRow(call, source, dest, f"PJSIP/trunk-{call}", f"PJSIP/{dest}-{began:.0f}", began, answered, ended)


@asynccontextmanager
async def caught_up() -> AsyncIterator[list[Any]]:
    """At the end of the block: when the rows have been read once more, and what is in them is committed. The log."""
    with capture_logs() as logs:
        yield logs

        async def told() -> bool:
            return any(each["event"] in ("calllog.caught_up", "calllog.cdr") for each in logs)

        await until(told)


async def gap(shop: Shop, log: CallLog, *legs: Leg, until: float = 1100.0) -> None:
    """The telephone system is lost at 1000, and is back at `until`."""
    await leads(log)
    log.hear(LegsRead("växel", legs))
    log.hear(LinkLost("växel", "x"))
    await log.settle()
    shop.now = until


async def test_calls_that_came_and_went_meanwhile_are_caught_up_with_once(shop: Shop) -> None:
    shop.rows.rows_ = [
        row("070", "101", 1010.0, 1015.0, 1020.0), row("071", "102", 1030.0, None, 1040.0, call="8"),
        row("072", "102", 900.0, None, 910.0, call="7"), row("073", "102", 1200.0, None, 1210.0, call="6"),
    ]  # fmt: skip
    async with shop.serving() as log:
        await gap(shop, log)
        async with caught_up() as logs:
            log.hear(LegsRead("växel", ()))
        assert {"pbx": "växel", "added": 2, "corrected": 0, "event": "calllog.caught_up", "log_level": "info"} in logs
        log.hear(LinkLost("växel", "x"))
        shop.now = 1150.0
        async with caught_up():
            log.hear(LegsRead("växel", ()))
    found = await shop.kept()
    assert [(each.number, each.outcome, each.clock) for each in found] == [
        ("071", Outcome.MISSED, Clock.CDR), ("070", Outcome.ANSWERED, Clock.CDR),
    ], "what was over before, or was heard afterwards, is not of the gap"  # fmt: skip


async def test_a_gap_is_not_forgotten_when_the_server_ends_before_it_has_caught_up(shop: Shop) -> None:
    shop.rows.rows_ = [row("070", "101", 1010.0, 1015.0, 1020.0)]
    shop.rows.error = None
    async with shop.serving() as log:
        await gap(shop, log)
    shop.now = 1100.0
    async with shop.serving() as log:
        await leads(log)
        log.hear(LegsRead("växel", ()))
        # Killed, as it were, before anything was read.
    assert shop.rows.asked == []
    shop.now = 1300.0
    async with shop.serving() as log:
        await leads(log)
        async with caught_up():
            log.hear(LegsRead("växel", ()))
    assert [each.number for each in await shop.kept()] == ["070"]


async def test_what_was_guessed_is_what_the_rows_say(shop: Shop) -> None:
    going = [leg("990", "101", UP, answered=992.3), leg("995", "102")]
    shop.rows.rows_ = [
        row("070", "101", 990.0, 992.0, 1050.0), row("070", "102", 995.0, 1003.0, 1060.0, call="8"),
    ]  # fmt: skip
    async with shop.serving() as log:
        await gap(shop, log, *going)
        shop.rows.readable.clear()
        async with caught_up():
            log.hear(LegsRead("växel", ()))
            await log.settle()
            guessed = await shop.kept()
            shop.rows.readable.set()
        assert [(each.ended, each.outcome, each.clock) for each in guessed] == [
            (1000.0, Outcome.MISSED, Clock.GUESSED), (1000.0, Outcome.ANSWERED, Clock.GUESSED),
        ]  # fmt: skip
    found = await shop.kept()
    assert [(each.answered, each.ended, each.outcome, each.clock) for each in found] == [
        (1003.0, 1060.0, Outcome.ANSWERED, Clock.CDR), (992.3, 1050.0, Outcome.ANSWERED, Clock.CDR),
    ]  # fmt: skip
    assert [each.id for each in found] == [each.id for each in guessed]


async def test_the_rows_of_a_call_that_goes_on_are_read_when_it_is_over(shop: Shop) -> None:
    """Whom it rang in the gap is written with it."""
    going = leg("990", "101", UP, answered=992.0)
    async with shop.serving() as log:
        await gap(shop, log, going)
        async with caught_up():
            log.hear(LegsRead("växel", (going,)))
        assert await shop.kept() == []
        shop.rows.rows_ = [row("070", "102", 1010.0, None, 1020.0, call="1")]
        shop.now = 1200.0
        async with caught_up():
            tell(log, ended="990", at=1199.0)
        await asyncio.sleep(0.1)
        assert len(shop.rows.asked) == 2
    assert [(each.entry, each.clock) for each in await shop.kept()] == [("101", Clock.PBX), ("102", Clock.CDR)][::-1]


async def test_whom_a_caller_reached_after_a_long_wait_is_known_already(shop: Shop) -> None:
    """The row begins with the caller, in the gap; the telephone that was rung and heard after it, much later."""
    waited = CdrRow("9", "070", "600", "PJSIP/trunk-9", "PJSIP/101-1160", 1010.0, 1161.0, 1180.0)
    async with shop.serving() as log:
        await gap(shop, log, leg("9", "600", UP))
        shop.rows.rows_ = [waited]
        shop.rows.readable.clear()
        async with caught_up():
            log.hear(LegsRead("växel", (leg("9", "600", UP),)))
            tell(log, leg("1160", "101", UP, answered=1161.0))
            tell(log, ended="1160", at=1180.0)
            shop.now = 1200.0
            shop.rows.readable.set()
    assert [(each.began, each.ended, each.clock) for each in await shop.kept()] == [(1160.0, 1180.0, Clock.PBX)]


async def test_rows_that_cannot_be_read_are_told(shop: Shop) -> None:
    shop.rows.error = FileNotFoundError(2, "No such file or directory")
    async with shop.serving() as log:
        await gap(shop, log)
        async with caught_up() as logs:
            log.hear(LegsRead("växel", ()))
        (told,) = [each for each in logs if each["event"] == "calllog.cdr"]
        assert (told["source"], told["reason"]) == ("Master.csv", "No such file or directory")


async def test_the_first_word_is_kept_at_once(shop: Shop) -> None:
    """Or what is missed by a server that is killed soon after its first start would be nobody's gap."""

    async def heard() -> dict[str, float]:
        async with Database(f"sqlite:///{shop.file}") as database, database.read() as connection:
            found = await open_calls.heard(connection, shop.organisation)
        return {pbx: each.complete for pbx, each in found.items()}

    async with shop.serving() as log:
        await leads(log)
        tell(log, leg("990", "101"))  # by then the first heartbeat is over
        await log.settle()
        assert await heard() == {}
        log.hear(LegsRead("växel", ()))
        await log.settle()
        assert await heard() == {"växel": 1000.0}


async def test_a_first_start_reads_nobodys_history(shop: Shop) -> None:
    async with shop.serving() as log:
        await leads(log)
        log.hear(LegsRead("växel", ()))
        await asyncio.sleep(0.1)
    assert shop.rows.asked == []
