"""MP3 of recordings, made when somebody wants to listen, once, and kept in the cache."""

import asyncio
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import BinaryIO, TypeVar

import msgspec
import structlog

from katalog.domain.recording import Recording
from katalog.errors import NotFound, Unavailable
from katalog.recordings.cache import Cache
from katalog.recordings.folder import Folder, OutsideError
from katalog.recordings.mp3 import encoded
from katalog.recordings.wave import UnsupportedError, measure

WORKERS = 2
"""Conversions at a time; the others wait."""

MOST = 32
"""Conversions that are under way or wait; who wants another is told to come again."""

LIMIT = 10.0
"""Seconds to wait for a folder that may be on another machine."""

TRIES = 3
"""Of finding what was just made, where the cache holds less than is asked for at a time."""

NICENESS = 10
"""Everybody else's work goes before."""

T = TypeVar("T")

log = structlog.get_logger()


class UnfinishedError(Exception):
    """It is being written; or made, when the server ended."""


class Sound(msgspec.Struct, frozen=True):
    """An MP3 file, open; whoever is given it closes it. `tag` tells one state of it from another."""

    file: BinaryIO
    size: int
    tag: str


class Sounds:
    """`folders` are those of telephone systems, by their names."""

    def __init__(self, folders: Mapping[str, Folder], cache: Cache) -> None:
        self._folders = folders
        self.cache = cache
        self._converters = ThreadPoolExecutor(WORKERS, "mp3", _be_nice)
        # Of its own: a folder on a server that has gone away is waited for in the kernel, and nobody else should wait.
        self._readers = ThreadPoolExecutor(WORKERS * 2, "sound")
        self._under_way: dict[str, asyncio.Future[None]] = {}
        self._is_closed = False
        self.results: Counter[str] = Counter()

    def close(self) -> None:
        self._is_closed = True
        self._converters.shutdown(wait=False, cancel_futures=True)
        self._readers.shutdown(wait=False, cancel_futures=True)

    async def of(self, recording: Recording) -> Sound:
        """Raises NotFound if its file is gone or is none of ours; Unavailable while it is written, or by a fault."""
        folder = self._folders.get(recording.pbx)
        if folder is None:
            raise NotFound()
        for _ in range(TRIES):
            try:
                name = await self.do(partial(_name_of, recording, folder))
                file = await self.do(partial(self.cache.open, name))
            except (FileNotFoundError, OutsideError):
                # Nobody may listen any more to what somebody has taken away.
                await self.do(partial(self.cache.forget, [recording.id]))
                raise NotFound() from None
            except OSError as error:
                raise self._failed(recording, error) from None
            if file is not None:
                return Sound(file, os.fstat(file.fileno()).st_size, name.partition(".")[2])
            await self._made(recording, folder, name)
        raise Unavailable()

    async def do(self, work: Callable[[], T]) -> T:
        """In a thread of those that wait for files. Raises TimeoutError, an OSError, where that takes too long."""
        async with asyncio.timeout(LIMIT):
            return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def _made(self, recording: Recording, folder: Folder, name: str) -> None:
        """Once, however many wait for it, and to its end though nobody waits any more."""
        making = self._under_way.get(name)
        if making is None:
            if len(self._under_way) >= MOST:
                raise Unavailable()
            work = partial(self._make, recording, folder, name)
            making = asyncio.get_running_loop().run_in_executor(self._converters, work)
            self._under_way[name] = making
            making.add_done_callback(partial(self._done, name))
        try:
            await asyncio.shield(making)
        except UnfinishedError:
            raise Unavailable(
                "Inspelningen skrivs fortfarande. Försök igen om en stund.",
                "The recording is still being written. Try again in a while.",
            ) from None
        except (FileNotFoundError, OutsideError, UnsupportedError):
            raise NotFound() from None
        except OSError as error:
            raise self._failed(recording, error) from None

    def _done(self, name: str, making: asyncio.Future[None]) -> None:
        del self._under_way[name]
        if not making.cancelled():
            self.results["ok" if making.exception() is None else "failed"] += 1

    def _make(self, recording: Recording, folder: Folder, name: str) -> None:
        with folder.open(recording.file) as source:
            wave = measure(source, time.time())
            if wave is None or not wave.size:
                raise UnfinishedError()
            self.cache.put(name, self._until_closed(encoded(source, wave)))

    def _until_closed(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self._is_closed:
                raise UnfinishedError()
            yield piece

    def _failed(self, recording: Recording, error: OSError) -> Unavailable:
        reason = error.strerror or str(error) or "no answer"
        log.error("recording.failed", pbx=recording.pbx, recording=recording.id, reason=reason)
        return Unavailable()


def _name_of(recording: Recording, folder: Folder) -> str:
    """Another one, when the file is."""
    with folder.open(recording.file) as file:
        status = os.fstat(file.fileno())
    return f"{recording.id}.{status.st_mtime_ns:x}-{status.st_size:x}"


def _be_nice() -> None:
    """Linux has it of each thread."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
