"""Long answers that go out again and again, kept as files in memory: the kernel sends those without copying them.

It may be sending one to somebody slow when another has taken its place, so a file is never written again: each version
of a list has its own, and what is still on its way stays until it has arrived (sendfile(2), memfd_create(2)).
"""

import os
import weakref
from collections.abc import Callable, Sequence

LONGEST = 400_000
"""Bytes. What the kernel does not take at once is copied all the same (`server.SEND_BUFFER`)."""

WORTH = 4
"""So often is an answer to be sent for its file to be worth making."""

KEPT = 4
"""Answers whose files are kept: the newest. The list of each kind of reader is one."""


class File:
    """`parts` as a file without a name, closed with the object. `size` in bytes. Raises OSError if there is no room."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self.size = sum(map(len, parts))
        self._number = os.memfd_create("katalog")
        weakref.finalize(self, os.close, self._number)
        with open(self._number, "wb", closefd=False) as file:
            file.writelines(parts)

    def send(self, socket: int) -> int:
        """Gives how many bytes the kernel took: maybe none. What else is wrong shows when the rest is sent."""
        try:
            return os.sendfile(socket, self._number, 0, self.size)
        except OSError:
            return 0


class _Sent:
    """An answer, whose headers are `lines`, with the `always` of the second in which it is sent."""

    __slots__ = ("always", "file", "lines", "times", "wants_file")

    def __init__(self, lines: bytes, always: object, *, wants_file: bool) -> None:
        self.lines = lines
        self.always = always
        self.wants_file = wants_file
        self.times = 0
        self.file: File | None = None


class Files:
    """What takes the place of an answer that was worth a file has one at once."""

    def __init__(self) -> None:
        self._sent: dict[int, _Sent] = {}  # by the identity of the lines; who was begun last is the last

    def of(self, lines: bytes, always: object, parts: Callable[[], Sequence[bytes]]) -> File | None:
        """Of an answer, known by the very objects that are its headers; `parts` gives all of it, them too."""
        sent = self._sent.get(id(lines))
        if sent is None or sent.always is not always:
            sent = self._begin(lines, always, sent)
        sent.times += 1
        if sent.times == WORTH:
            sent.wants_file = True
        if sent.wants_file and sent.file is None:
            sent.wants_file = False
            sent.file = _made(parts())
        return sent.file

    def _begin(self, lines: bytes, always: object, before: _Sent | None) -> _Sent:
        if before is not None:
            del self._sent[id(lines)]
        elif self._sent:
            before = self._sent[next(reversed(self._sent))]
        if len(self._sent) == KEPT:
            del self._sent[next(iter(self._sent))]
        wants_file = before is not None and before.times >= WORTH
        sent = self._sent[id(lines)] = _Sent(lines, always, wants_file=wants_file)
        return sent


def _made(parts: Sequence[bytes]) -> File | None:
    if sum(map(len, parts)) > LONGEST:
        return None
    try:
        return File(parts)
    except OSError:
        return None
