"""Keeps the call log: what the tracker tells is committed at once, some at a time, by one server of a database.

Each server follows the calls, so that any can go on where another ended. A leg that is written twice is kept once
(`store/call_records.py`).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial

import msgspec
import structlog

from katalog.calllog.catchup import CatchUp, Rows
from katalog.calllog.tracker import Batch, LegKey, Parties, Tracked, Tracker
from katalog.domain.call_record import CallRecord
from katalog.domain.events import PbxEvent
from katalog.errors import StoreError
from katalog.store import call_records, open_calls
from katalog.store.alone import Duty
from katalog.store.database import Database, whole
from katalog.store.open_calls import Heard

HEARTBEAT = 10.0
"""Seconds between two notes of until when telephone systems were heard. After a crash, what ended in the last of them
and was not committed has its end guessed by as much."""

KEPT = 60.0
"""Seconds that a server which does not write keeps what has ended, for the case that the one which does has gone."""

PATIENCE = 2.0
"""Seconds that a reader waits at most until what has ended is committed."""

GATHER = 0.5
"""Seconds in which what happens is committed together, unless somebody waits for it: most of it is of calls that come
and go."""

log = structlog.get_logger()

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Tracked).decode


class CallLog:
    """Of one organisation. `hear` is told what telephone systems tell, after the directory."""

    def __init__(self, database: Database, clock: Callable[[], float], sources: Mapping[str, Rows] = {}) -> None:
        self._database = database
        self._duty = Duty(database, "calls", "calllog")
        self._catchup = CatchUp(database, sources, self.settle)
        self._clock = clock
        self._organisation = ""
        self._tracker: Tracker | None = None
        self._parties: Parties | None = None
        self._batch: Batch | None = None  # what is being committed
        self._kept: set[LegKey] = set()  # the open calls that are in the database
        self._ended: deque[CallRecord] = deque()
        self._leads = False  # whether this server is the one that writes
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def is_writing(self) -> bool:
        """Whether this server is the one that writes."""
        return self._leads

    @property
    def open(self) -> Iterable[Tracked]:
        """The calls that are not over, as far as they have come."""
        return [] if self._tracker is None else self._tracker.open

    async def begin(self, organisation: str, parties: Parties) -> None:
        """Before a telephone system is connected: what was open goes on. Raises StoreError."""
        tracker = Tracker(parties, self._clock)
        async with self._database.read() as connection:
            calls = await open_calls.all_of(connection, organisation)
            heard = await open_calls.heard(connection, organisation)
        tracker.restore([_decode(state) for state in calls.values()], {pbx: each.until for pbx, each in heard.items()})
        self._catchup.restore({pbx: each.complete for pbx, each in heard.items()})
        self._organisation, self._tracker, self._parties = organisation, tracker, parties

    def hear(self, event: PbxEvent) -> None:
        if self._tracker is None:
            return
        try:
            self._tracker.hear(event)
        except Exception:
            # A fault of ours here must not take the live picture with it.
            log.exception("calllog.fault", pbx=event.pbx)
        for pbx, since, until in self._tracker.gaps:
            self._catchup.note(pbx, since, until, self._tracker.open_of(pbx))
        self._tracker.gaps.clear()
        if self._leads:
            self._settled.clear()
            self._wake.set()
        elif (batch := self._tracker.take()) is not None:
            self._ended.extend(batch.records)
            while self._ended and self._ended[0].ended < self._clock() - KEPT:
                self._ended.popleft()

    async def settle(self) -> None:
        """Until what has ended by now is committed, if this server writes; not for long."""
        if self._leads and not self._settled.is_set():
            self._hurry.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._settled.wait()

    async def run(self) -> None:
        """For ever, after `begin`."""
        await self._duty.run(self._write_all, self._leave)

    def _leave(self) -> None:
        self._leads = False
        self._settled.set()

    async def _write_all(self) -> None:
        assert self._tracker is not None  # noqa: S101
        tracker = self._tracker
        # Before anything is read: what is heard while it is, is for this server to write.
        self._leads = True
        try:
            await self._take_over(tracker)
            self._duty.back()
            await self._write_on(tracker)
        except asyncio.CancelledError:
            # The end of the server: what is open goes on after its next start.
            with suppress(StoreError):
                await whole(self._write(tracker))
            raise

    async def _write_on(self, tracker: Tracker) -> None:
        catching_up = asyncio.create_task(self._catch_up(tracker), name="cdr")
        now = asyncio.get_running_loop().time
        next_beat = now()
        try:
            while True:
                if await _set_within(self._wake, max(0.0, next_beat - now())):
                    await _set_within(self._hurry, GATHER)
                self._wake.clear()
                self._hurry.clear()
                if beats := now() >= next_beat:
                    next_beat = now() + HEARTBEAT
                await self._duty.commit(partial(self._write, tracker, beats=beats))
                if not self._wake.is_set():
                    self._settled.set()
        finally:
            catching_up.cancel()
            await asyncio.wait({catching_up})

    async def _catch_up(self, tracker: Tracker) -> None:
        assert self._parties is not None  # noqa: S101
        await self._catchup.run(self._organisation, self._parties, tracker)

    async def _take_over(self, tracker: Tracker) -> None:
        """From another server, or from nobody: what it left open and is not here has ended."""
        async with self._database.read() as connection:
            kept = await open_calls.all_of(connection, self._organisation)
            heard = await open_calls.heard(connection, self._organisation)
        self._kept = set(kept)
        left = [call for call in map(_decode, kept.values()) if not tracker.follows(call.key)]
        tracker.lose(left, {pbx: each.until for pbx, each in heard.items()})
        async with self._database.aside() as connection:
            await call_records.add(connection, self._organisation, list(self._ended))
        self._ended.clear()
        tracker.keep_all()

    async def _write(self, tracker: Tracker, *, beats: bool = True) -> None:
        """What there is to be kept; `beats`: also until when telephone systems were heard."""
        # What could not be committed before, or was not to its end, comes first.
        if self._batch is None:
            self._batch = tracker.take()
        batch, organisation = self._batch, self._organisation
        async with self._database.aside() as connection:
            if batch is not None:
                states = {
                    key: None if call is None else _encode(call)
                    for key, call in batch.open.items()
                    if call is not None or key in self._kept
                }
                await open_calls.put(connection, organisation, states)
                await call_records.add(connection, organisation, batch.records)
                await call_records.answered(connection, organisation, batch.answers)
            heard = {pbx: Heard(until, self._catchup.complete(pbx, until)) for pbx, until in tracker.heard.items()}
            if beats or self._catchup.changed:
                await open_calls.put_heard(connection, organisation, heard)
                self._catchup.changed = False
        if batch is not None:
            self._kept.update(states)
            self._kept -= {key for key, state in states.items() if state is None}
        self._batch = None


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
