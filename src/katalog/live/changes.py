"""What a reader has not seen yet. Every change of an entry has a number, and of each entry the last one counts.

A reader who has seen everything up to a number is told which entries have changed since, and reads what they are now.
So nothing is kept for a reader, however slow; what is kept for all of them is one number for each entry that has
changed at all.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator

import msgspec

from katalog.domain.entry import Entry

KEPT_MOVES = 10_000
"""Of entries that came, went, or may be another reader's now; who has not seen an older one reads everything anew."""


class Move(msgspec.Struct, frozen=True, gc=False):
    """An entry that some readers have no more.

    `number`        of the change by which it last was removed, hidden, or described in other words
    `extension`     what it had before
    `public_until`  number of the change since which only admins may see it; 0 if they alone ever could
    """

    number: int
    extension: str
    public_until: int


class Changes:
    """Numbers are of one run of a server; `run` tells one from another."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(6)
        self.number = 0
        self._floor = 0
        self._touched: dict[str, int] = {}  # in the order of the numbers
        self._moves: dict[str, Move] = {}  # likewise
        self.woken = 0.0  # when those who waited last began to be told, by the monotonic clock
        self._next: asyncio.Event | None = None

    # -- reading -----------------------------------------------------------------------------------

    def since(self, number: int) -> list[tuple[int, str]] | None:
        """Number and id of each entry changed after `number`, in order; None if that is not known any more."""
        if not self._floor <= number <= self.number:
            return None
        return list(self._since(number))[::-1]

    def _since(self, number: int) -> Iterator[tuple[int, str]]:
        for id_ in reversed(self._touched):
            touched = self._touched[id_]
            if touched <= number:
                return
            yield touched, id_

    def of(self, id_: str) -> int:
        """Number of the last change of an entry, or of everything."""
        return self._touched.get(id_, self._floor)

    def moved(self, id_: str) -> Move | None:
        return self._moves.get(id_)

    async def wait(self) -> None:
        """Until something has changed, or there is another reason to look."""
        if self._next is None:
            self._next = asyncio.Event()
        await self._next.wait()

    # -- writing -----------------------------------------------------------------------------------

    def touch(self, id_: str) -> None:
        """What is shown of an entry is another."""
        self.number += 1
        self._touched.pop(id_, None)
        self._touched[id_] = self.number
        self.wake()

    def move(self, old: Entry, new: Entry | None) -> None:
        """An entry is removed (None) or another; to be told before the touch that goes with it."""
        hides = not old.hidden and (new is None or new.hidden)
        if new is not None and not hides and _described(old) == _described(new):
            return
        number = self.number + 1
        before = self._moves.pop(old.id, None)
        until = number if hides else before.public_until if before is not None else 0
        self._moves[old.id] = Move(number, old.extension, until)
        if len(self._moves) > KEPT_MOVES:
            oldest = next(iter(self._moves))
            self._floor = self._moves.pop(oldest).number
            if self._touched.get(oldest) == self._floor:
                del self._touched[oldest]

    def forget(self) -> None:
        """So much has changed that everybody reads everything anew."""
        self.number += 1
        self._floor = self.number
        self._touched.clear()
        self._moves.clear()
        self.wake()

    def wake(self) -> None:
        """Everybody who waits looks again."""
        if self._next is not None:
            self.woken = time.monotonic()
            self._next.set()
            self._next = None


def _described(entry: Entry) -> tuple[object, ...]:
    """By what readers choose entries."""
    return entry.extension, entry.numbers, entry.department, entry.keywords
