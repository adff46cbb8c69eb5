"""The folder of a telephone system's recordings, as it is seen from here. No file outside of it is ever opened."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from katalog.domain.recording import relative_to

PER_FOLDER = 10_000
"""Entries that are looked at in one folder, at most, for the newest file."""


class OutsideError(OSError):
    """It leads out of the folder, or is no file."""


class Folder:
    """`root` is where the folder is seen, `prefix` what the telephone system's own paths of its files begin with."""

    def __init__(self, root: Path, prefix: str) -> None:
        self.root = root
        self._prefix = prefix

    def relative(self, file: str) -> str | None:
        """The path within the folder of what the telephone system names so; None if it is not below it."""
        return relative_to(self._prefix, file)

    def open(self, relative: str) -> BinaryIO:
        """Raises OSError: FileNotFoundError if there is none, OutsideError if it is not to be read."""
        # Without O_NONBLOCK a pipe would be waited for.
        descriptor = os.open(self.root / relative, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            # Asked of what was opened: so no link can be put into its place meanwhile.
            real = Path(f"/proc/self/fd/{descriptor}").readlink()
            if not real.is_relative_to(self.root.resolve()) or not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OutsideError(f"{relative} is no file within {self.root}")
            return os.fdopen(descriptor, "rb")
        except BaseException:
            os.close(descriptor)
            raise

    def erase(self, relative: str) -> None:
        """Passes over one that is gone. Raises OSError."""
        try:
            self.open(relative).close()
        except FileNotFoundError:
            return
        path = self.root / relative
        # Where it is a link, it is the sound that must go.
        path.resolve().unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def newest(self) -> float | None:
        """When the newest file was written, in Unix seconds: of the folder, and of the newest one in it, and so on.

        None if there is none. Raises OSError if it cannot be read.
        """
        found: list[float] = []
        folder: Path | None = self.root
        while folder is not None:
            folders: list[tuple[float, str]] = []
            for name, status in _entries(folder):
                if stat.S_ISDIR(status.st_mode):
                    folders.append((status.st_mtime, name))
                elif stat.S_ISREG(status.st_mode):
                    found.append(status.st_mtime)
            folder = folder / max(folders)[1] if folders else None
        return max(found, default=None)


def _entries(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for _, entry in zip(range(PER_FOLDER), entries, strict=False):
            yield entry.name, entry.stat(follow_symlinks=False)
