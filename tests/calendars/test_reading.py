"""The process that reads calendars: its answers, its limits, and its end."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from katalog.calendars.reading import Question, Reading
from katalog.domain.absence import Period
from katalog.domain.feed import NotACalendar
from katalog.domain.presence import Busy
from tests.domain.test_ical import NINE_TO_TEN, file
from tests.serving import is_running

STOCKHOLM = ZoneInfo("Europe/Stockholm")

FOR_EVER = "DTSTART:19000101T000000Z|DURATION:PT1S|RRULE:FREQ=HOURLY;BYMINUTE={0};BYSECOND={0}".format(
    ",".join(map(str, range(60)))
)
"""Every second since the year 1900, counted one by one."""


def question(*events: str, data: bytes | None = None) -> Question:
    begin, end = (datetime(2026, month, 20, tzinfo=STOCKHOLM).timestamp() for month in (9, 11))
    return Question(file(*events) if data is None else data, Period(begin, end), "Europe/Stockholm", {}, "meeting", "")


def busy(begin: str, end: str) -> Busy:
    def at(local: str) -> float:
        return datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp()

    return Busy(Period(at(begin), at(end)), "meeting")


NINE = (busy("2026-09-22 09:00", "2026-09-22 10:00"),)


@pytest.fixture
async def reading() -> AsyncIterator[Reading]:
    async with Reading(seconds=20) as made:
        yield made


def pid_of(reading: Reading) -> int:
    assert reading._process is not None
    return reading._process.pid


async def test_one_process_answers_every_question(reading: Reading) -> None:
    assert await reading.busy_times(question(NINE_TO_TEN)) == NINE
    pid = pid_of(reading)
    answers = await asyncio.gather(*(reading.busy_times(question(*[NINE_TO_TEN] * n)) for n in range(4)))
    assert [len(answer) for answer in answers] == [0, 1, 1, 1]
    assert pid_of(reading) == pid


async def test_why_nothing_can_be_read_is_told_and_the_process_lives(reading: Reading) -> None:
    for data in (b"", b"<html>", b"\0" * 1_000_000):
        with pytest.raises(NotACalendar, match="no calendar") as refused:
            await reading.busy_times(question(data=data))
        assert refused.value.sv == "Adressen ger ingen kalender (iCalendar)."
    assert await reading.busy_times(question(NINE_TO_TEN)) == NINE


async def test_what_takes_for_ever_is_given_up_and_the_next_is_read() -> None:
    # The first question of each process takes some tenths of a second: it imports what reads.
    async with Reading(seconds=3) as reading:
        assert await reading.busy_times(question(NINE_TO_TEN)) == NINE
        pid = pid_of(reading)
        with pytest.raises(NotACalendar, match="too long"):
            await reading.busy_times(question(FOR_EVER))
        assert not is_running(pid)
        assert await reading.busy_times(question(NINE_TO_TEN)) == NINE


async def test_an_answer_that_nobody_waits_for_is_not_the_next_one_s(reading: Reading) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reading.busy_times(question(FOR_EVER)), 0.3)
    assert await reading.busy_times(question(NINE_TO_TEN)) == NINE


async def test_it_ends_with_its_parent_and_knows_none_of_its_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KATALOG_CALENDARS__PASSWORD", "hemligt")
    async with Reading() as reading:
        await reading.busy_times(question())
        pid = pid_of(reading)
        assert b"hemligt" not in Path(f"/proc/{pid}/environ").read_bytes()
        assert os.getpgid(pid) == os.getpgid(0)
    assert not is_running(pid)


async def test_it_ends_when_nobody_can_ask_any_more(reading: Reading) -> None:
    await reading.busy_times(question())
    process = reading._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 5) == 0
