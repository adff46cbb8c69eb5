"""What calls there were while nobody listened: from the telephone system's own records, each exactly once.

After a gap the rows of that time are read twice: soon, and when the last call that was under way at its end is over,
for a row is written when its call is over. What the log has already is left as it is, but for times that were guessed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import msgspec
import structlog

from katalog.calllog.tracker import Parties, Tracker
from katalog.domain.call_record import CallRecord, Clock
from katalog.domain.cdr import CdrLeg, CdrRow, device_of, legs_of, record_of
from katalog.errors import StoreError
from katalog.store import call_records
from katalog.store.database import Database

SOON = 2.0
"""Seconds after the end of a gap, or of a call, until its rows are there for certain."""

SLACK = 3.0
"""Seconds by which the clocks of rows, in whole seconds, and of events may differ for one leg."""

log = structlog.get_logger()


class Rows(Protocol):
    """Where a telephone system keeps its call detail records."""

    async def rows(self, since: float, until: float) -> list[CdrRow]:
        """All that may be of calls that went on at some time from `since` until `until`, perhaps more; in no order.

        Raises OSError, StoreError.
        """


class Gap(msgspec.Struct):
    """A time in which a telephone system was not heard; `under_way` are the legs that were there at its end.

    It is read when it is `due`, by the event loop's clock.
    """

    pbx: str
    since: float
    until: float
    under_way: set[str]
    due: float
    read: bool = False


class CatchUp:
    """`sources` by telephone system: those whose records can be read. `settle` has what is heard committed."""

    def __init__(
        self,
        database: Database,
        sources: Mapping[str, Rows],
        settle: Callable[[], Awaitable[None]],
    ) -> None:
        self._settle = settle
        self._database = database
        self._sources = sources
        self._gaps: list[Gap] = []
        self._complete: dict[str, float] = {}
        self.changed = False
        """Whether `complete` is another since this was taken back."""

    def restore(self, complete: Mapping[str, float]) -> None:
        """Until when the log of each telephone system was complete before a restart."""
        self._complete = dict(complete)

    def complete(self, pbx: str, heard: float) -> float:
        """Until when the log is complete, if it was heard until then: not beyond a gap that is still to be read."""
        return min([heard, *(gap.since for gap in self._gaps if gap.pbx == pbx)])

    def note(self, pbx: str, since: float, until: float, under_way: set[str]) -> None:
        """It was not heard meanwhile. Without an earlier word there is no gap: nobody wants all its history."""
        since = min(since, self._complete.pop(pbx, since))
        # Also the first word of all is kept at once: what comes after a crash soon afterwards is a gap.
        self.changed = True
        if since and pbx in self._sources:
            self._gaps.append(Gap(pbx, since, until, under_way, _now() + SOON))

    async def run(self, organisation: str, parties: Parties, tracker: Tracker) -> None:
        """For ever, where the call log is written."""
        while True:
            await asyncio.sleep(SOON / 2)
            for gap in list(self._gaps):
                gap.under_way = {leg for leg in gap.under_way if tracker.follows((gap.pbx, leg))}
                if _now() < gap.due or (gap.read and gap.under_way):
                    continue
                is_last = gap.read or not gap.under_way
                gap.read, gap.due = True, _now() + SOON
                try:
                    added, corrected = await self._read(gap, organisation, parties, tracker)
                except (OSError, StoreError) as error:
                    reason = error.strerror if isinstance(error, OSError) else str(error)
                    log.error("calllog.cdr", pbx=gap.pbx, source=str(self._sources[gap.pbx]), reason=reason)
                    is_last = True
                else:
                    log.info("calllog.caught_up", pbx=gap.pbx, added=added, corrected=corrected)
                if is_last:
                    self._gaps.remove(gap)
                    self.changed = True

    async def _read(self, gap: Gap, organisation: str, parties: Parties, tracker: Tracker) -> tuple[int, int]:
        rows = await self._sources[gap.pbx].rows(gap.since - SLACK, gap.until)
        # What is heard is written first, or it would not be known here.
        await self._settle()
        open_channels = tracker.channels(gap.pbx)

        def name(channel: str) -> str:
            return parties.extension_of(tuple(parties.owners(gap.pbx, device_of(channel))))

        legs = [
            leg
            for leg in legs_of(rows, name)
            if leg.ended >= gap.since - SLACK and leg.began <= gap.until and leg.channel not in open_channels
        ]
        added: list[CallRecord] = []
        corrected = 0
        async with self._database.aside() as connection:
            known = await call_records.of_channels(
                connection, organisation, gap.pbx, [leg.channel for leg in legs], gap.since - 86_400.0
            )
            of_leg: defaultdict[tuple[str, str], list[CallRecord]] = defaultdict(list)
            for each in known:
                of_leg[each.entry, each.channel].append(each)
            for leg in legs:
                for record in _records(leg, gap.pbx, parties):
                    candidates = of_leg[record.entry, record.channel]
                    same = next((each for each in candidates if _is_at_once(each, record)), None)
                    if same is None:
                        added.append(record)
                    elif same.clock is Clock.GUESSED:
                        await call_records.correct(connection, _corrected(same, record))
                        corrected += 1
            for start in range(0, len(added), call_records.CHUNK):
                await call_records.add(connection, organisation, added[start : start + call_records.CHUNK])
        return len(added), corrected


def _now() -> float:
    return asyncio.get_running_loop().time()


def _records(leg: CdrLeg, pbx: str, parties: Parties) -> list[CallRecord]:
    number = parties.known_as(pbx, leg.number)
    return [record_of(leg, pbx, owner, number) for owner in parties.owners(pbx, device_of(leg.channel))]


def _is_at_once(known: CallRecord, record: CallRecord) -> bool:
    """A restarted telephone system counts its channels anew. A row begins with its caller, who may have waited long."""
    return record.began - SLACK <= known.ended and known.began <= record.ended + SLACK


def _corrected(guessed: CallRecord, record: CallRecord) -> CallRecord:
    """What was seen stays; how it ended, and whether it was answered, is what the rows say.

    A row ends with its bridge, which may be before the call does (parking): not before it was heard last.
    """
    answered = record.answered
    if answered is not None and guessed.answered is not None and abs(guessed.answered - answered) <= SLACK:
        answered = guessed.answered
    return msgspec.structs.replace(
        guessed,
        answered=answered,
        ended=max(record.ended, guessed.ended),
        outcome=record.outcome,
        by=record.by or guessed.by,
        clock=Clock.CDR,
    )
