"""Recordings are forgotten after some days, and with the calls that they are of; if it is wanted, with their files."""

from collections.abc import Callable, Mapping
from functools import partial

import structlog

from katalog.domain.recording import Recording
from katalog.recordings.folder import Folder
from katalog.recordings.sounds import Sounds
from katalog.store import recordings
from katalog.store.database import Database

GRACE = 60.0
"""Seconds after its end before a recording may be nobody's: until then its calls are certainly in the log."""

_DAY = 86_400.0

log = structlog.get_logger()


class Retention:
    """`days` 0: as long as the calls. `erases` says whether files of telephone systems are deleted, too."""

    def __init__(
        self,
        database: Database,
        folders: Mapping[str, Folder],
        sounds: Sounds,
        *,
        days: int,
        erases: bool,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._folders = folders
        self._sounds = sounds
        self._days = days
        self._erases = erases
        self._clock = clock
        self._refused: set[str] = set()

    async def forget(self, organisation: str) -> None:
        """Raises StoreError."""
        now = self._clock()
        began_before = now - self._days * _DAY if self._days else 0.0
        while True:
            async with self._database.read() as connection:
                gone = await recordings.forgettable(
                    connection, organisation, began_before=began_before, ended_before=now - GRACE
                )
            if not gone:
                break
            if self._erases:
                # First: what is in no list any more would be found by nobody.
                await self._sounds.do(partial(self._erase, gone))
            async with self._database.aside() as connection:
                await recordings.remove(connection, [each.id for each in gone])
        await self._tidy()

    async def _tidy(self) -> None:
        """The cache, also of what another server has forgotten."""
        cache = self._sounds.cache
        await self._sounds.do(cache.tidy)
        ids = await self._sounds.do(cache.ids)
        async with self._database.read() as connection:
            there = await recordings.there(connection, ids)
        await self._sounds.do(partial(cache.forget, set(ids) - there))

    def _erase(self, gone: list[Recording]) -> None:
        for recording in gone:
            folder = self._folders.get(recording.pbx)
            try:
                if folder is not None:
                    folder.erase(recording.file)
            except OSError as error:
                if recording.pbx not in self._refused:
                    self._refused.add(recording.pbx)
                    reason = error.strerror or str(error)
                    log.warning("recording.kept", pbx=recording.pbx, reason=reason)
