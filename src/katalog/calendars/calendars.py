"""Reads everybody's calendar again and again, and tells the live directory what came of it.

A calendar that cannot be read is told as broken, and what it said the last time holds. What is remembered of one
between two readings is what the server needs to say that nothing has changed, never what is in it.
"""

import asyncio
import random
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress

import structlog

from katalog.calendars import schedule
from katalog.calendars.reading import Reading
from katalog.calendars.visit import Visit, Visitor
from katalog.domain.events import CalendarEvent, CalendarFailed
from katalog.domain.feed import NotACalendar
from katalog.errors import OutgoingError
from katalog.live.directory import Directory
from katalog.live.feeds import FeedState
from katalog.outgoing.client import Outgoing
from katalog.outgoing.target import NotATarget, masked
from katalog.store.safe import Locked, Safe

TICK = 0.25
"""Seconds between two looks for what is due."""

AT_ONCE = 4
"""Calendars that are read at the same time."""

log = structlog.get_logger()


class Calendars:
    """`directories` by organisation; `interval` in seconds; `chance` gives numbers from 0 to 1. The others are those
    of `Visitor`."""

    def __init__(
        self,
        directories: Mapping[str, Directory],
        outgoing: Outgoing,
        safe: Safe,
        *,
        words: Mapping[str, str],
        zone: str,
        interval: float,
        authorization: str | None,
        clock: Callable[[], float],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._directories = directories
        self._outgoing = outgoing
        self._reading = Reading()
        self._visitor = Visitor(
            outgoing, self._reading, safe, words=words, zone=zone, authorization=authorization, clock=clock
        )
        self._interval = interval
        self._chance = chance
        self._seen: dict[str, int] = {}
        self._visits: dict[str, Visit] = {}
        self._running = 0

    async def run(self) -> None:
        """For ever."""
        async with self._outgoing, self._reading, asyncio.TaskGroup() as tasks:
            while True:
                for organisation, directory in list(self._directories.items()):
                    version = directory.feeds.version
                    if self._seen.get(organisation) != version:
                        self._follow(directory, at_start=organisation not in self._seen)
                        self._seen[organisation] = version
                for visit in self._due():
                    visit.running = True
                    self._running += 1
                    tasks.create_task(self._visit(visit), name="calendar")
                await asyncio.sleep(TICK)

    def _follow(self, directory: Directory, *, at_start: bool) -> None:
        """Some address is another: new ones are visited soon, those that are no more never again."""
        statuses = directory.feeds.statuses
        for id_, visit in list(self._visits.items()):
            if visit.directory is directory and (id_ not in statuses or statuses[id_].address != visit.address):
                del self._visits[id_]
        now = asyncio.get_running_loop().time()
        for id_, status in statuses.items():
            if id_ not in self._visits:
                # Who has just entered an address waits for it; at the start everybody's would be asked for at once.
                wait = schedule.first(self._chance()) if at_start else 0.0
                self._visits[id_] = Visit(directory, id_, status.address, now + wait)

    def _due(self) -> list[Visit]:
        """Those to begin with now, the one that has waited longest first."""
        now = asyncio.get_running_loop().time()
        free = AT_ONCE - self._running
        due = [visit for visit in self._visits.values() if visit.due <= now and not visit.running]
        return sorted(due, key=lambda visit: visit.due)[: max(free, 0)]

    async def _visit(self, visit: Visit) -> None:
        try:
            event = await self._read(visit)
        finally:
            self._running -= 1
        visit.failures = visit.failures + 1 if isinstance(event, CalendarFailed) else 0
        wait = schedule.again(self._interval, visit.failures, self._chance())
        visit.due, visit.running = asyncio.get_running_loop().time() + wait, False
        self._tell(visit, event)

    async def _read(self, visit: Visit) -> CalendarEvent:
        try:
            return await self._visitor.read(visit)
        except (OutgoingError, NotACalendar, NotATarget, Locked) as error:
            return CalendarFailed(visit.entry, visit.address, error.sv, error.en)
        except Exception as error:
            # Only where it was: the text of an error may hold an address, or what somebody does.
            frame = traceback.extract_tb(error.__traceback__)[-1]
            log.error(
                "calendar.fault", entry=visit.entry, fault=type(error).__name__, at=f"{frame.name}:{frame.lineno}"
            )
            return CalendarFailed(
                visit.entry,
                visit.address,
                "Ett inre fel i katalog hindrade läsningen.",
                "An inner fault of katalog prevented the reading.",
            )

    def _tell(self, visit: Visit, event: CalendarEvent) -> None:
        """To the directory; to the log only what is different."""
        status = visit.directory.feeds.statuses.get(visit.entry)
        if status is None or status.address != visit.address:
            return  # it was taken back meanwhile
        before, reason = status.state, status.en
        visit.directory.apply(event)
        if isinstance(event, CalendarFailed):
            if reason != event.en:
                log.warning("calendar.broken", entry=visit.entry, server=self._server(visit), reason=event.en)
        elif before is FeedState.BROKEN:
            log.info("calendar.mended", entry=visit.entry, server=self._server(visit))

    def _server(self, visit: Visit) -> str:
        with suppress(Locked, NotATarget):
            return masked(self._visitor.url(visit.address))
        return ""
