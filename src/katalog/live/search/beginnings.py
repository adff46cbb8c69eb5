"""Beginnings that very many words have, each with whoever has such a word: to find them takes long."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from katalog.live.search.bits import Bits

HEAVY = 1500
"""From so many holders on a beginning is kept; fewer are put together in some 100 µs."""

_LAST = "\U0010ffff"


class Beginnings:
    """Beginning → holders. Which ones are kept is settled by `weigh`; from then on they follow what changes."""

    def __init__(self) -> None:
        self._kept: dict[str, Bits] = {}

    def get(self, beginning: str) -> Bits | None:
        return self._kept.get(beginning)

    def weigh(
        self, words: Sequence[str], weight: Callable[[int, int], int], holders: Callable[[int, int], Bits]
    ) -> Iterator[None]:
        """Keeps the heavy beginnings of sorted words, and stops now and then so that others have their turn.

        `weight` and `holders` are of the words from one place up to another.
        """
        ranges = list(_parted(words, 0, 0, len(words)))
        while ranges:
            beginning, low, high = ranges.pop()
            if weight(low, high) <= HEAVY:
                continue
            # A beginning that goes on in one way only has the holders of the shorter one.
            shorter = self._kept.get(beginning[:-1])
            same = (
                shorter is not None
                and (low == 0 or not words[low - 1].startswith(beginning[:-1]))
                and (high == len(words) or not words[high].startswith(beginning[:-1]))
            )
            self._kept[beginning] = shorter if same and shorter is not None else holders(low, high)
            ranges += _parted(words, len(beginning), low, high)
            yield

    def change(self, slot: int, gone: Iterable[str], come: Iterable[str]) -> None:
        """One holder has other words than before: all its old and all its new ones."""
        before, after = self._heavy(gone), self._heavy(come)
        bit = 1 << slot
        for beginning in before - after:
            self._kept[beginning] &= ~bit
        for beginning in after - before:
            self._kept[beginning] |= bit

    def _heavy(self, words: Iterable[str]) -> set[str]:
        found = set()
        for word in words:
            for length in range(1, len(word) + 1):
                if word[:length] not in self._kept:
                    break  # a longer one is no heavier
                found.add(word[:length])
        return found


def _parted(words: Sequence[str], length: int, low: int, high: int) -> Iterator[tuple[str, int, int]]:
    """Words that begin alike, by one more letter."""
    while low < high:
        word = words[low]
        if len(word) == length:
            low += 1
            continue
        beginning = word[: length + 1]
        end = bisect_right(words, beginning + _LAST, low, high)
        yield beginning, low, end
        low = end
