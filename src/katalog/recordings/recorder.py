"""Keeps which recordings there are: what connectors tell of them, and how their files turn out when they are over.

Every write may be repeated, so each server of a database does so by itself, and none has to lead.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import Protocol

import msgspec
import structlog

from katalog.domain.events import RecordingEvent, RecordingsRead
from katalog.domain.recording import Recorded, Recording
from katalog.errors import StoreError
from katalog.recordings.folder import Folder
from katalog.recordings.sounds import Sounds
from katalog.recordings.wave import UnsupportedError, is_abandoned, measure
from katalog.store import recordings
from katalog.store.database import Database, whole

FIRST, LONGEST = 0.03, 60.0
"""Seconds from the end of a recording to the first look at its file, and between two later looks: each time twice as
long. Asterisk has written it some 20 ms after the call."""

PATIENCE = 0.5
"""Seconds after its end in which a reader waits for a recording."""

GIVE_UP = 3600.0
"""Seconds after its end at which a file is looked for no more."""

EARLIER = 86_400.0
"""Seconds: of what ended so long before a start it is looked once more."""

AFTER_FAULT = 1.0

log = structlog.get_logger()


class Parties(Protocol):
    """Who is who: the directory."""

    def owners(self, pbx: str, device: str) -> tuple[str, ...]:
        """Ids of the entries whose line a device is."""


class Told(msgspec.Struct, frozen=True):
    """What is to be kept of one event. `going`: on these channels and no others; None: nothing is said of others."""

    pbx: str
    recordings: list[Recorded]
    ended: tuple[str, ...]
    going: list[str] | None


class Look(msgspec.Struct):
    """The next look at a file, by the clock of the event loop."""

    recording: Recording
    since: float
    due: float
    delay: float


class Recorder:
    """Of one organisation. `hear` is told what telephone systems tell; `found` counts what can be listened to."""

    def __init__(
        self, database: Database, folders: Mapping[str, Folder], sounds: Sounds, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._folders = folders
        self._sounds = sounds
        self._clock = clock
        self._organisation = ""
        self._parties: Parties | None = None
        self._told: deque[Told] = deque()
        self._looks: dict[str, Look] = {}
        self._outside: set[str] = set()
        self._wake = asyncio.Event()
        self._settled = asyncio.Event()
        self._settled.set()
        self.found = 0

    def begin(self, organisation: str, parties: Parties) -> None:
        """Before a telephone system is connected."""
        self._organisation, self._parties = organisation, parties

    def hear(self, event: RecordingEvent) -> None:
        folder = self._folders.get(event.pbx)
        if folder is None or self._parties is None:
            return
        ours = [our for each in event.recordings if (our := self._ours(event.pbx, folder, each)) is not None]
        if isinstance(event, RecordingsRead):
            told = Told(event.pbx, ours, (), [each.channel for each in event.recordings])
        else:
            told = Told(event.pbx, ours, event.ended, None)
        self._told.append(told)
        self._settled.clear()
        self._wake.set()

    def _ours(self, pbx: str, folder: Folder, recorded: Recorded) -> Recorded | None:
        """With its file as it is kept, and of those who are heard only the directory's; None if there is nobody."""
        assert self._parties is not None  # noqa: S101
        file = folder.relative(recorded.file)
        if file is None:
            if pbx not in self._outside:
                self._outside.add(pbx)
                # Names of files often have numbers in them; those of folders do not.
                log.warning("recording.outside", pbx=pbx, folder=str(PurePosixPath(recorded.file).parent))
            return None
        heard = tuple([each for each in recorded.heard if self._parties.owners(pbx, each.device)])
        return Recorded(recorded.channel, file, recorded.began, heard) if heard else None

    async def settle(self) -> None:
        """Until what has ended just now is known; not for long."""
        if not self._settled.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(2 * PATIENCE):
                    await self._settled.wait()

    async def run(self) -> None:
        """For ever, after `begin`."""
        since = self._clock() - EARLIER
        try:
            while True:
                try:
                    await self._write(since)
                    await self._look()
                    since = self._clock() - GIVE_UP
                    await self._wait()
                except StoreError:
                    await asyncio.sleep(AFTER_FAULT)
                except Exception:
                    log.exception("recording.fault")
                    await asyncio.sleep(AFTER_FAULT)
        except asyncio.CancelledError:
            # The end of the server: what was told just now is kept.
            with suppress(StoreError):
                await whole(self._write(since))
            raise

    async def _wait(self) -> None:
        now = asyncio.get_running_loop().time()
        fresh = [look.since + PATIENCE for look in self._looks.values() if look.since + PATIENCE > now]
        if not self._told and not fresh:
            self._settled.set()
        due = min([*fresh, *(look.due for look in self._looks.values())], default=None)
        with suppress(TimeoutError):
            async with asyncio.timeout(None if due is None else max(0.0, due - now)):
                await self._wake.wait()
        self._wake.clear()

    async def _write(self, since: float) -> None:
        """What was told, in its order; and what is to be looked at, of what has ended since then."""
        now, organisation = self._clock(), self._organisation
        batch = list(self._told)
        async with self._database.aside() as connection:
            for told in batch:
                for recorded in told.recordings:
                    await recordings.put(connection, organisation, told.pbx, recorded, now)
                await recordings.end(connection, organisation, told.pbx, told.ended, now)
                if told.going is not None:
                    await recordings.end_others(connection, organisation, told.pbx, told.going, now)
            unfinished = await recordings.unfinished(connection, organisation, since)
        for _ in batch:
            self._told.popleft()
        began = asyncio.get_running_loop().time()
        for recording in unfinished:
            if recording.pbx in self._folders:
                self._looks.setdefault(recording.id, Look(recording, began, began + FIRST, FIRST))

    async def _look(self) -> None:
        """At the files that are due."""
        now = asyncio.get_running_loop().time()
        due = [look for look in self._looks.values() if look.due <= now]
        known = await asyncio.gather(*(self._known(look.recording) for look in due))
        finished = {look.recording.id: seconds for look, seconds in zip(due, known, strict=True) if seconds is not None}
        if finished:
            async with self._database.aside() as connection:
                for id_, seconds in finished.items():
                    await recordings.finish(connection, id_, seconds)
        self.found += sum(seconds > 0 for seconds in finished.values())
        for look in due:
            if look.recording.id in finished or self._gives_up(look):
                del self._looks[look.recording.id]
            else:
                look.delay = min(LONGEST, look.delay * 2)
                look.due = now + look.delay

    async def _known(self, recording: Recording) -> float | None:
        try:
            return await self._sounds.do(partial(self._seconds, recording))
        except TimeoutError:
            return None

    def _gives_up(self, look: Look) -> bool:
        recording = look.recording
        if recording.ended is None or recording.ended > self._clock() - GIVE_UP:
            return False
        log.warning("recording.missing", pbx=recording.pbx, recording=recording.id)
        return True

    def _seconds(self, recording: Recording) -> float | None:
        """How long a recording sounds; None if its file is not there, or not whole. In a thread."""
        now = time.time()
        try:
            with self._folders[recording.pbx].open(recording.file) as file:
                wave = measure(file, now)
                is_left = is_abandoned(file, now)
        except UnsupportedError as error:
            log.warning("recording.refused", pbx=recording.pbx, recording=recording.id, reason=str(error))
            return 0.0
        except OSError:
            return None
        # A header alone may be one that is not whole yet, or all that there is of a call that nobody answered.
        return wave.seconds if wave is not None and (wave.size or is_left) else None
