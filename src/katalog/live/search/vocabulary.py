"""Which entries have which words, in one place of theirs: name, work or e-mail."""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator

from katalog.domain.words import fold
from katalog.live.search.beginnings import Beginnings
from katalog.live.search.bits import Bits, members, union

_DENSE = 512
"""Entries with one word from which on they are kept as bits."""

_DENSE_WEIGHT = 8
"""What it takes to add such a set to another, in entries of a smaller one."""

_LAST = "\U0010ffff"


class Vocabulary:
    """Words as spelled → slots of entries, below `size`."""

    def __init__(self) -> None:
        self.size = 0
        self._words: dict[str, Bits | array[int]] = {}
        self._sorted: list[str] = []
        self._spellings: dict[str, tuple[str, ...]] = {}
        self._beginnings = Beginnings()

    # -- reading -----------------------------------------------------------------------------------

    def whole(self, word: str) -> Bits:
        """Who has just this word."""
        held = self._words.get(word)
        return 0 if held is None else held if isinstance(held, int) else union((held,), self.size)

    def beginning(self, start: str) -> Bits:
        """Who has a word that begins so."""
        kept = self._beginnings.get(start)
        return kept if kept is not None else self._holders(*self._range(start))

    def spellings(self, folded: str) -> tuple[str, ...]:
        """Words, or beginnings of words, with accents that fold to this. Some may be nobody's by now."""
        return self._spellings.get(folded, ())

    def knows(self, folded: str) -> bool:
        """Whether it is a word, or folds a word or the beginning of one."""
        return folded in self._words or folded in self._spellings

    def _range(self, start: str) -> tuple[int, int]:
        low = bisect_left(self._sorted, start)
        return low, bisect_right(self._sorted, start + _LAST, low)

    def _holders(self, low: int, high: int) -> Bits:
        return union([self._words[word] for word in self._sorted[low:high]], self.size)

    def _weight(self, low: int, high: int) -> int:
        held = [self._words[word] for word in self._sorted[low:high]]
        return sum([_DENSE_WEIGHT if isinstance(each, int) else len(each) for each in held])

    @property
    def letters(self) -> set[str]:
        """Every sign that is in a word, folded."""
        return set().union(*map(fold, self._words))

    # -- writing -----------------------------------------------------------------------------------

    def fill(self, slot: int, words: Iterable[str]) -> None:
        """Puts the words of a new entry in, each once. Nothing is found before `finish`."""
        for word in words:
            held = self._words.get(word)
            if held is None:
                self._words[word] = members(slot)
            elif isinstance(held, array):
                held.append(slot)

    def finish(self, size: int) -> Iterator[None]:
        """Makes what was filled in fit to be searched; stops now and then so that others have their turn."""
        self.size = size
        for word, held in self._words.items():
            if isinstance(held, array) and len(held) > _DENSE:
                self._words[word] = union((held,), size)
                yield
        self._sorted = sorted(self._words)
        yield
        for number, word in enumerate(self._sorted):
            self._spell(word)
            if number % 1000 == 0:
                yield
        yield from self._beginnings.weigh(self._sorted, self._weight, self._holders)

    def change(self, slot: int, gone: set[str], come: set[str]) -> None:
        """An entry has other words: all its old and all its new ones."""
        for word in gone - come:
            self._take(word, slot)
        for word in come - gone:
            self._put(word, slot)
        self._beginnings.change(slot, gone, come)

    def _put(self, word: str, slot: int) -> None:
        held = self._words.get(word)
        if held is None:
            self._words[word] = members(slot)
            insort(self._sorted, word)
            self._spell(word)
        elif isinstance(held, int):
            self._words[word] = held | 1 << slot
        else:
            held.append(slot)
            if len(held) > _DENSE:
                self._words[word] = union((held,), self.size)

    def _take(self, word: str, slot: int) -> None:
        held = self._words[word]
        if isinstance(held, int):
            held ^= 1 << slot
            self._words[word] = held
        else:
            held.remove(slot)
        if not held:
            del self._words[word]
            del self._sorted[bisect_left(self._sorted, word)]

    def _spell(self, word: str) -> None:
        """Makes a word with accents known by its folded beginnings."""
        if word.isascii():
            return
        folded = fold(word)
        for length in range(1, len(word) + 1):
            plain, spelled = folded[:length], word[:length]
            known = self._spellings.get(plain, ())
            if plain != spelled and spelled not in known:
                self._spellings[plain] = (*known, spelled)
