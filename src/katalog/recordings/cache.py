"""MP3 files that were made, in a folder within a size: what was listened to longest ago goes first.

A name is a recording's id, and after a dot of which state of its file it was made. All of this waits for a disk, and is
for threads.
"""

import os
import threading
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

SUFFIX, PART = ".mp3", ".part"

ABANDONED = 3600.0
"""Seconds after which nobody goes on with a part; the longest call takes a minute."""


class Cache:
    """The folder is made with the first file. `limit` is in bytes; the newest file is kept, however large."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self.bytes = 0

    def open(self, name: str) -> BinaryIO | None:
        """None if it is not there. Who has it open can read it to the end, whatever happens to it."""
        path = self.folder / (name + SUFFIX)
        try:
            file = path.open("rb")
        except FileNotFoundError:
            return None
        with suppress(OSError):
            os.utime(path)
        return file

    def put(self, name: str, pieces: Iterable[bytes]) -> None:
        """Whole or not at all. Raises OSError, and whatever the pieces raise."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self.folder, prefix=f".{name}.", suffix=PART, delete=False) as part:
            try:
                part.writelines(pieces)
                part.flush()
                # Else a power cut could leave an empty file by the whole one's name.
                os.fsync(part.fileno())
                Path(part.name).replace(self.folder / (name + SUFFIX))
            except BaseException:
                Path(part.name).unlink(missing_ok=True)
                raise
        self._evict(name + SUFFIX)

    def ids(self) -> list[str]:
        """Of the recordings of which there is something."""
        return sorted({path.name.partition(".")[0] for path in self._files()})

    def forget(self, ids: Collection[str]) -> None:
        """Everything that there is of these recordings."""
        for path in self._files():
            if path.name.partition(".")[0] in ids:
                path.unlink(missing_ok=True)
        self._count()

    def tidy(self) -> None:
        """What a process that was killed has left half-written goes, and what is beyond the limit."""
        for path in self._files(PART):
            with suppress(FileNotFoundError):
                # Not that of another server, which may just be at it.
                if path.stat().st_mtime < time.time() - ABANDONED:
                    path.unlink()
        self._evict("")

    def _files(self, suffix: str = SUFFIX) -> list[Path]:
        return list(self.folder.glob(f"*{suffix}"))

    def _evict(self, newest: str) -> None:
        with self._lock:
            found = []
            for path in self._files():
                with suppress(FileNotFoundError):
                    status = path.stat()
                    found.append((path.name == newest, status.st_mtime_ns, status.st_size, path))
            self.bytes = sum(size for _, _, size, _ in found)
            for is_newest, _, size, path in sorted(found):
                if self.bytes <= self._limit or is_newest:
                    break
                path.unlink(missing_ok=True)
                self.bytes -= size

    def _count(self) -> None:
        with self._lock:
            sizes = []
            for path in self._files():
                with suppress(FileNotFoundError):
                    sizes.append(path.stat().st_size)
            self.bytes = sum(sizes)
