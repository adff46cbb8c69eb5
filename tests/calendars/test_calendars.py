"""Whose calendar is read when, how many at once, and what is told of faults."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import pytest
from yarl import URL

from katalog.calendars import calendars as module
from katalog.calendars import schedule
from katalog.calendars.calendars import AT_ONCE, Calendars
from katalog.domain.entry import Entry
from katalog.domain.events import EntriesChanged, EntriesRead
from katalog.errors import OutgoingError
from katalog.live.directory import Directory
from katalog.live.feeds import Feeds, FeedState
from katalog.outgoing.client import Outgoing
from katalog.outgoing.reply import Reply
from katalog.store.safe import Safe
from tests.connectors import virtual_time
from tests.live.directories import presences

EMPTY = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"
Answer = Callable[[URL, Mapping[str, str]], Awaitable[Reply]]


class Network(Outgoing):
    """Answers without a socket, and counts."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(allow_private=False)
        self.answer = answer
        self.asked: list[tuple[float, str, str | None]] = []
        self.now = self.most = 0

    async def __aenter__(self) -> Self:
        return self

    async def get(
        self, url: URL, headers: Mapping[str, str] = {}, *, authorization: str | None = None, limit: int = 0
    ) -> Reply:
        self.asked.append((asyncio.get_running_loop().time(), str(url), authorization))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await self.answer(url, headers)
        finally:
            self.now -= 1


async def empty(url: URL, headers: Mapping[str, str]) -> Reply:
    await asyncio.sleep(0.02)
    return Reply(200, {}, EMPTY)


async def away(url: URL, headers: Mapping[str, str]) -> Reply:
    raise OutgoingError("borta", "away")


def people(count: int) -> Directory:
    directory = Directory(
        "SE", presences(), {}, clock=lambda: 1_790_000_000.0, feeds=Feeds("https://moln.se/{extension}")
    )
    directory.apply(EntriesRead(tuple(Entry(str(number), str(number), "Anna") for number in range(count))))
    return directory


@asynccontextmanager
async def running(
    directories: Mapping[str, Directory], network: Network, tmp_path: Path, *, interval: float = 3600, **options: Any
) -> AsyncIterator[Calendars]:
    calendars = Calendars(
        directories, network, Safe(tmp_path / "k.key"), words={}, zone="Europe/Stockholm", interval=interval,
        authorization="Basic eA==", clock=lambda: 1_790_000_000.0, **options,
    )  # fmt: skip
    task = asyncio.create_task(calendars.run())
    try:
        yield calendars
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TICK", 0.005)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            await asyncio.sleep(0.005)


async def test_a_few_at_once_and_everybody_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "FIRST", 0.0)
    directory, network = people(30), Network(empty)
    async with running({"o": directory}, network, tmp_path):
        await until(lambda: all(status.state is FeedState.OK for status in directory.feeds.statuses.values()))
    assert sorted(url for _, url, _ in network.asked) == sorted(f"https://moln.se/{number}" for number in range(30))
    assert {authorization for _, _, authorization in network.asked} == {"Basic eA=="}
    assert network.most == AT_ONCE


def test_at_the_start_each_has_its_own_moment_and_who_comes_later_does_not_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "FIRST", 0.4)
    directory, network = people(2), Network(away)
    chances = iter([0.0, 1.0])

    async def begin() -> None:
        async with running({"o": directory}, network, tmp_path, chance=lambda: next(chances, 0.5)):
            await until(lambda: len(network.asked) == 1)
            directory.apply(EntriesChanged((Entry("9", "9", "Ny"),)))
            await until(lambda: len(network.asked) == 3)

    virtual_time.run(begin())
    times = {url[-1]: moment for moment, url, _ in network.asked}
    assert times["0"] < times["9"] < 0.3 < times["1"]


async def test_a_broken_one_is_asked_more_and_more_seldom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "FIRST", 0.0)
    directory, network = people(1), Network(away)
    async with running({"o": directory}, network, tmp_path, interval=0.04, chance=lambda: 0.5):
        await until(lambda: len(network.asked) == 5)
    moments = [moment for moment, _, _ in network.asked]
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert all(wait >= 0.04 * 2**number for number, wait in enumerate(waits))
    assert directory.feeds.statuses["0"].en == "away"


async def test_a_fault_of_ours_is_told_without_what_it_was_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schedule, "FIRST", 0.0)

    async def faulty(url: URL, headers: Mapping[str, str]) -> Reply:
        raise LookupError("hemligt")

    directory, network = people(1), Network(faulty)
    async with running({"o": directory}, network, tmp_path):
        await until(lambda: directory.feeds.statuses["0"].state is FeedState.BROKEN)
        network.answer = empty
    assert directory.feeds.statuses["0"].en == "An inner fault of katalog prevented the reading."
    logged = "".join(capfd.readouterr())
    assert "calendar.fault" in logged
    assert "LookupError" in logged
    assert "hemligt" not in logged


async def test_what_was_taken_back_while_it_was_read_is_told_to_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "FIRST", 0.0)
    go_on = asyncio.Event()

    async def slow(url: URL, headers: Mapping[str, str]) -> Reply:
        await go_on.wait()
        raise OutgoingError("borta", "away")

    directory, network = people(1), Network(slow)
    async with running({"o": directory}, network, tmp_path):
        await until(lambda: network.now == 1)
        directory.apply(EntriesChanged((), ("0",)))
        await asyncio.sleep(0.02)
        go_on.set()
        await until(lambda: network.now == 0)
        await asyncio.sleep(0.02)
    assert directory.feeds.statuses == {}
    assert len(network.asked) == 1


async def test_every_organisation_s_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "FIRST", 0.0)
    directories, network = {"a": people(1)}, Network(empty)
    async with running(directories, network, tmp_path):
        await until(lambda: len(network.asked) == 1)
        other = Directory(
            "SE", presences(), {}, clock=lambda: 1_790_000_000.0, feeds=Feeds("https://annan.se/{extension}")
        )
        other.apply(EntriesRead((Entry("7", "7", "Bengt"),)))
        directories["b"] = other
        await until(lambda: other.feeds.statuses["7"].state is FeedState.OK)
    assert [url for _, url, _ in network.asked] == ["https://moln.se/0", "https://annan.se/7"]


async def test_what_differs_by_the_time_of_the_request_alone_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "FIRST", 0.0)
    event = b"BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:%08dT000000Z\r\nDTSTART:20260921T140000Z\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:"
    stamps = iter(range(20260901, 20260999))

    async def stamped(url: URL, headers: Mapping[str, str]) -> Reply:
        return Reply(200, {}, EMPTY.replace(b"END:", event % next(stamps), 1))

    directory, network = people(1), Network(stamped)
    async with running({"o": directory}, network, tmp_path, interval=0.02) as calendars:
        questions = 0
        ask = calendars._reading.busy_times

        async def counted(question: Any) -> Any:
            nonlocal questions
            questions += 1
            return await ask(question)

        monkeypatch.setattr(calendars._reading, "busy_times", counted)
        await until(lambda: len(network.asked) == 5)
    assert questions == 1
    assert len(directory.presences.sources("0").busy) == 1
