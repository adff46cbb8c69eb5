"""What planned absences cost the readers, and ten thousand profiles that end in the same second."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from sqlalchemy import insert, select

from benchmarks.load import requests_per_second
from benchmarks.people import fill, people
from benchmarks.table import Row, ratio
from katalog.domain.absence import Absence
from katalog.domain.catalogue import standard
from katalog.domain.device import DevicePattern
from katalog.domain.events import EntriesRead, PresencesRead
from katalog.domain.hours import Calendar, Closed, Hours
from katalog.domain.identifier import new_id
from katalog.domain.indication import Indication
from katalog.indications import Indications
from katalog.live.directory import Directory
from katalog.live.presences import Presences
from katalog.settings import DEFAULT_PATTERN
from katalog.settings_file import load
from katalog.store import organisations, tables
from katalog.store.database import Actor, Change, Database
from tests.serving import Serving

RUNS, PEOPLE, EACH = 10, 10_000, 20
ACTOR = Actor("bench", "benchmarks")
SHOWN_WITHIN = 1000.0
"""Milliseconds from the second in which all end until a reader has the list without any of them."""


def measure() -> list[Row]:
    with ExitStack() as stack:
        servings = []
        for absences in (EACH, 0):
            serving = Serving(Path(stack.enter_context(tempfile.TemporaryDirectory())))
            asyncio.run(fill(serving, people(PEOPLE)))
            asyncio.run(_write(serving, _absences, absences))
            serving.add_account("program", "--service")
            servings.append((serving, {"Authorization": f"Bearer {serving.add_token('program')}"}))
            serving.launch()
            stack.callback(serving.kill, signal.SIGTERM)
            asyncio.run(serving.until_ready(120))
        rows = [
            _compared(servings, "080000042", f"single read, {EACH} absences planned for each of {PEOPLE:,}"),
            _compared(servings, "", f"list of {PEOPLE:,}, {EACH} absences planned for each"),
        ]
        rows.append(_ends(*servings[0]))
    return [*rows, asyncio.run(_told())]


def _compared(servings: list[tuple[Serving, dict[str, str]]], path: str, name: str) -> Row:
    planned: list[float] = []
    without: list[float] = []
    for _ in range(RUNS):
        for runs, (serving, token) in zip((planned, without), servings, strict=True):
            runs.append(requests_per_second(f"{serving.url}/api/extensions/{path}", token))
    return ratio(name, "req/s", planned, without, "the same without any", 0.9)


async def _write(serving: Serving, what: object, *arguments: object) -> None:
    async with Database(load(serving.config, {}).database.url) as database:
        organisation = await organisations.default(database, "Exempel AB")
        async with database.write(organisation.id, ACTOR) as change:
            ids = (await change.connection.scalars(select(tables.entry.c.id).order_by(tables.entry.c.extension))).all()
            await what(change, ids, *arguments)  # type: ignore[operator]


async def _absences(change: Change, ids: list[str], each: int) -> None:
    """Of each person one every Friday, one every morning, some that are over and some to come; one of all begins or
    ends in any second of the next hours."""
    now = datetime.now().replace(microsecond=0)  # noqa: DTZ005 - wall clock
    rows = []
    for person, entry in enumerate(ids):
        for number in range(each):
            begin = now + timedelta(days=7 * (number - each // 2), seconds=person)
            rule = {0: "FREQ=WEEKLY;BYDAY=FR", 1: "FREQ=DAILY"}.get(number, "")
            if rule:
                begin = begin.replace(hour=3, minute=person % 60)
            rows.append(
                {
                    "id": new_id(), "entry_id": entry, "organisation_id": change.organisation,
                    "revision": change.revision, "choice_id": "meeting", "begin": str(begin),
                    "end": str(begin + timedelta(minutes=30)), "rule": rule, "message": None,
                }
            )  # fmt: skip
    if rows:
        await change.connection.execute(insert(tables.absence), rows)


async def _hands(change: Change, ids: list[str], end: float) -> None:
    rows = [
        {
            "entry_id": entry, "organisation_id": change.organisation, "revision": change.revision,
            "choice_id": "travel", "begin": end - 60, "end": end, "message": None,
        }
        for entry in ids
    ]  # fmt: skip
    await change.connection.execute(insert(tables.hand), rows)


def _ends(serving: Serving, token: dict[str, str]) -> Row:
    """All at once: how long after it a reader who asks at the very moment has the right list."""
    with httpx.Client(base_url=serving.url, headers=token, timeout=60) as client:

        def shown() -> int:
            return client.get("/api/extensions/").text.count('"Tjänsteresa"')

        end = float(int(time.time()) + 15)
        asyncio.run(_write(serving, _hands, end))
        # A few have an absence just now that has begun later.
        while shown() < PEOPLE * 0.98:
            if time.time() > end - 1:
                raise RuntimeError("the profiles were not shown in time")
            time.sleep(0.1)
        time.sleep(max(0.0, end - time.time()))
        left = shown()
        took = (time.time() - end) * 1000
        if left:
            raise RuntimeError(f"{left} profiles are shown after their end")
    name = f"{PEOPLE:,} profiles end in one second: the next read of the list"
    return Row(name, "ms", took, None, "", took, SHOWN_WITHIN, at_least=False)


class _Telephones:
    """Knows which lamps are lit, and when the last has gone out."""

    def __init__(self) -> None:
        self.lit: set[str] = set()
        self.dark = asyncio.Event()

    def indicate(self, indications: Iterable[Indication]) -> None:
        for indication in indications:
            (self.lit.add if indication.absent else self.lit.discard)(indication.extension)
        if not self.lit:
            self.dark.set()

    def reply(self, call: str, *, done: bool) -> None:
        pass


async def _told() -> Row:
    """The same with nobody who asks: an absence of every week ends for all, and telephones are told."""
    calendar = Calendar(ZoneInfo("Europe/Stockholm"), Hours.parse("mon-fri 08:00-17:00"), Closed("SE"))
    directory = Directory("SE", Presences(calendar, "sv"), {"bench": DevicePattern(DEFAULT_PATTERN)})
    staff = tuple(people(PEOPLE))
    directory.apply(EntriesRead(staff))
    end = calendar.local(time.time()).replace(tzinfo=None, microsecond=0) + timedelta(seconds=20)
    absences = []
    for person in staff:
        for number in range(EACH):
            begin = end - timedelta(hours=1) + timedelta(days=number - 7 if number else -364)
            rule = "" if number else "FREQ=WEEKLY"
            absences.append(Absence(new_id(), person.id, "meeting", str(begin), str(begin + timedelta(hours=1)), rule))
    directory.apply(PresencesRead(tuple(standard()), (), tuple(absences)))
    telephones = _Telephones()
    indications = Indications(directory, {"bench": telephones}, time.time)
    await indications.begin()
    if len(telephones.lit) < PEOPLE:
        raise RuntimeError("the absences were not there in time")
    task = asyncio.create_task(indications.run())
    moment = end.replace(tzinfo=calendar.zone).timestamp()
    await asyncio.sleep(max(0.0, moment - time.time()))
    await telephones.dark.wait()
    took = (time.time() - moment) * 1000
    task.cancel()
    name = f"{PEOPLE:,} absences end in one second: the last telephone is told"
    return Row(name, "ms", took, None, "", took, SHOWN_WITHIN, at_least=False)
