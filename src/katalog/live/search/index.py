"""The index of a search: which entries a query finds, the best first."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from katalog.domain.dialling import Dialling
from katalog.domain.entry import Entry
from katalog.domain.query import Number, Query, Word
from katalog.domain.rank import (
    ALL_OF_NAME,
    EXTENSION,
    EXTENSION_BEGINS,
    LEVELS,
    OTHER_NUMBER,
    PART_OF_NUMBER,
    TYPOS,
    Match,
    Place,
    level,
    typo,
)
from katalog.domain.typo import edits, may_have_one
from katalog.domain.words import fold, words_of
from katalog.live.listing import Key
from katalog.live.search.bits import Bits
from katalog.live.search.numbers import Numbers
from katalog.live.search.slots import Slots
from katalog.live.search.vocabulary import Vocabulary

_TURN = 50
"""Entries that are taken in before others have their turn: some 2 ms."""

Levels = dict[int, Bits]
"""Level of `domain/rank.py` → who is found there; who is at several counts at the best."""

Position = tuple[int, Key]
"""Where in what was found one has come: level and key."""


class SearchIndex:
    """Fit for use when `build` is done. `put` and `drop` keep it at what is so."""

    def __init__(self, dialling: Dialling, entries: Sequence[Entry]) -> None:
        """`entries` are in list order."""
        self.slots = Slots(entries)
        self._numbers = Numbers(dialling, len(entries))
        self._places = {place: Vocabulary() for place in Place}
        self._name_lengths: dict[int, Bits] = {}
        self._letters: set[str] = set()
        self._hidden: Bits = 0

    def build(self) -> Iterator[None]:
        """Takes everything in, and stops now and then so that others have their turn."""
        size = len(self.slots)
        lengths: dict[int, bytearray] = {}
        for slot in range(size):
            entry = self.slots[slot]
            words = _words(entry)
            for place, vocabulary in self._places.items():
                vocabulary.fill(slot, words[place])
            self._numbers.fill(slot, entry)
            marks = lengths.setdefault(len(words[Place.NAME]), bytearray((size + 7) // 8))
            marks[slot >> 3] |= 1 << (slot & 7)
            if entry.hidden:
                self._hidden |= 1 << slot
            if slot % _TURN == 0:
                yield
        self._name_lengths = {length: int.from_bytes(marks, "little") for length, marks in lengths.items()}
        for vocabulary in self._places.values():
            yield from vocabulary.finish(size)
            self._letters |= vocabulary.letters
        yield from self._numbers.finish()

    # -- writing -----------------------------------------------------------------------------------

    def put(self, entry: Entry) -> None:
        """An entry is new, or another than before."""
        before = self.slots.of(entry.id)
        old = None if before is None else self.slots[before]
        slot = self.slots.put(entry)
        if before not in (None, slot):
            self._change(before, old, None)
            old = None
        self._change(slot, old, entry)

    def drop(self, id_: str) -> None:
        slot = self.slots.of(id_)
        if slot is not None:
            self._change(slot, self.slots[slot], None)
            self.slots.drop(id_)

    def _change(self, slot: int, old: Entry | None, new: Entry | None) -> None:
        self._numbers.size = len(self.slots)
        self._numbers.change(slot, old, new)
        gone, come = _words(old), _words(new)
        for place, vocabulary in self._places.items():
            vocabulary.size = len(self.slots)
            vocabulary.change(slot, gone[place], come[place])
            self._letters.update(fold("".join(come[place])))
        bit = 1 << slot
        for words, there in ((gone[Place.NAME], False), (come[Place.NAME], True)):
            held = self._name_lengths.get(len(words), 0)
            self._name_lengths[len(words)] = held | bit if there and new is not None else held & ~bit
        self._hidden = self._hidden | bit if new is not None and new.hidden else self._hidden & ~bit

    # -- reading -----------------------------------------------------------------------------------

    def find(self, query: Query, *, hidden: bool, after: Position | None) -> Iterator[tuple[int, Entry]]:
        """Who is found, each with the level, the best first; from the one after `after` on."""
        start, key = after if after is not None else (ALL_OF_NAME, None)
        terms = [self._word(term) if isinstance(term, Word) else self._number(term) for term in query.terms]
        unsure = [
            (term.parts, _union(levels, PART_OF_NUMBER))
            for term, levels in zip(query.terms, terms, strict=True)
            if isinstance(term, Number) and term.parts
        ]
        seen: Bits = 0
        for number, bits in self._tiers(query, terms):
            new = bits & ~seen
            seen |= bits
            if number < start or not new:
                continue
            for slot in self.slots.in_order(new if hidden else new & ~self._hidden, key if number == start else None):
                if number < PART_OF_NUMBER or all(
                    exact >> slot & 1 or self._numbers.surely(slot, parts) for parts, exact in unsure
                ):
                    yield number, self.slots[slot]

    def _tiers(self, query: Query, terms: Sequence[Levels]) -> Iterator[tuple[int, Bits]]:
        """Level → who is found there or better. Typos are looked for when all else has been told."""
        if not terms:
            return
        yield ALL_OF_NAME, self._all_of_name(query)
        yield from _all_of(terms, range(ALL_OF_NAME + 1, TYPOS))
        typos = [self._typos(term) for term in query.terms]
        if any(typos):
            yield from _all_of([one | other for one, other in zip(terms, typos, strict=True)], range(TYPOS, LEVELS))

    def _all_of_name(self, query: Query) -> Bits:
        words = query.words
        found = self._name_lengths.get(len(words), 0)
        names = self._places[Place.NAME]
        for word in words:
            if not found:
                break
            held = names.whole(word.spelled)
            if not word.is_accented:
                for other in names.spellings(word.folded):
                    held |= names.whole(other)
            found &= held
        return found

    def _word(self, word: Word) -> Levels:
        found: Levels = {}
        for place, vocabulary in self._places.items():
            for other in (word.folded, *vocabulary.spellings(word.folded)):
                spelled = other == word.spelled
                for match, held in ((Match.WHOLE, vocabulary.whole), (Match.BEGINNING, vocabulary.beginning)):
                    if bits := held(other):
                        number = level(match, place, spelled=spelled, accented=word.is_accented)
                        found[number] = found.get(number, 0) | bits
        return found

    def _number(self, number: Number) -> Levels:
        found = dict(_all_of([self._word(word) for word in number.words], range(1, PART_OF_NUMBER)))
        for at, held in (
            (EXTENSION, self._numbers.extension(number.forms)),
            (OTHER_NUMBER, self._numbers.other(number.forms)),
            (EXTENSION_BEGINS, self._numbers.extension_begins(number.forms)),
            (PART_OF_NUMBER, self._numbers.perhaps(number.parts)),
        ):
            if held:
                found[at] = found.get(at, 0) | held
        return found

    def _typos(self, term: Word | Number) -> Levels:
        if isinstance(term, Number) or not may_have_one(term.folded):
            return {}
        found: Levels = {}
        for other in edits(term.folded, self._letters):
            for place, vocabulary in self._places.items():
                if vocabulary.knows(other):
                    for spelled in (other, *vocabulary.spellings(other)):
                        found[typo(place)] = found.get(typo(place), 0) | vocabulary.whole(spelled)
        return found


def _words(entry: Entry | None) -> Mapping[Place, set[str]]:
    if entry is None:
        return {place: set() for place in Place}
    work: set[str] = set()
    for text in (entry.title, entry.department, entry.location, *entry.keywords):
        work.update(_words_of_work(text))
    names = set(words_of(entry.name))
    if not entry.extension.isdecimal():
        names.update([word for word in words_of(entry.extension) if not word.isdecimal()])
    return {Place.NAME: names, Place.WORK: work, Place.EMAIL: set(words_of(entry.email))}


@lru_cache(4096)
def _words_of_work(text: str) -> list[str]:
    """Many have the same title or department."""
    return words_of(text)


def _all_of(terms: Sequence[Levels], levels: range) -> Iterator[tuple[int, Bits]]:
    """Level → who is found by every term there or better."""
    so_far = [_union(term, levels.start) for term in terms]
    for number in levels:
        if any(number in term for term in terms):
            so_far = [held | term[number] if number in term else held for held, term in zip(so_far, terms, strict=True)]
            found = so_far[0]
            for held in so_far[1:]:
                found &= held
            yield number, found


def _union(levels: Levels, below: int) -> Bits:
    """Who is found at a better level than `below`."""
    found = 0
    for at, bits in levels.items():
        if at < below:
            found |= bits
    return found
