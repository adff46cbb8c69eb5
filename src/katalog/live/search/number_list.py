"""Numbers in their order, each with the entry that has it: whole ones are found, and beginnings of them."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from katalog.live.search import beginnings
from katalog.live.search.bits import Bits, union

_SIGNS = "0123456789+"
_LENGTH = 16
"""Signs of a number that are told apart where whole ones are looked for; E.164 has 15 digits at most, and a plus."""

_BASE = len(_SIGNS) + 1
_DIGITS = str.maketrans(_SIGNS, "123456789ab")
"""0 stands for the end."""

_SLOT_BITS = 32
_RUN = 10_000


def _key(form: str) -> int:
    """A number as an integer of 64 bits; those that begin alike follow each other."""
    return int(form[:_LENGTH].translate(_DIGITS).ljust(_LENGTH, "0"), _BASE)


class NumberList:
    """Numbers in order, each with the slot of the entry that has it: 12 bytes each."""

    def __init__(self) -> None:
        self._keys = array("Q")
        self._slots = array("I")
        self._filled: list[int] = []
        self._kept: dict[str, Bits] = {}

    def whole(self, form: str, size: int) -> Bits:
        key = _key(form)
        return self._between(key, key + 1, size)

    def beginning(self, form: str, size: int) -> Bits:
        kept = self._kept.get(form)
        return kept if kept is not None else self._between(*_range(form), size)

    def _between(self, low: int, high: int, size: int) -> Bits:
        first = bisect_left(self._keys, low)
        return union((self._slots[first : bisect_left(self._keys, high, first)],), size)

    def fill(self, slot: int, forms: tuple[str, ...]) -> None:
        self._filled += [_key(form) << _SLOT_BITS | slot for form in forms]

    def finish(self, size: int, *, begins: bool) -> Iterator[None]:
        """`begins` says whether `beginning` will be asked for."""
        runs: list[int] = []
        for start in range(0, len(self._filled), _RUN):
            runs += sorted(self._filled[start : start + _RUN])
            yield
        self._filled = []
        runs.sort()  # of runs in order, which is fast
        yield
        for start in range(0, len(runs), _RUN):
            self._keys.extend([each >> _SLOT_BITS for each in runs[start : start + _RUN]])
            self._slots.extend([each & (1 << _SLOT_BITS) - 1 for each in runs[start : start + _RUN]])
            yield
        if begins:
            yield from self._weigh(size)

    def _weigh(self, size: int) -> Iterator[None]:
        forms = list(_SIGNS)
        while forms:
            form = forms.pop()
            low, high = _range(form)
            if bisect_left(self._keys, high) - bisect_left(self._keys, low) > beginnings.HEAVY and len(form) < _LENGTH:
                self._kept[form] = self._between(low, high, size)
                forms += [form + sign for sign in _SIGNS]
                yield

    def change(self, slot: int, gone: tuple[str, ...], come: tuple[str, ...]) -> None:
        if gone == come:
            return
        for form in gone:
            place = bisect_left(self._keys, _key(form))
            while self._slots[place] != slot:
                place += 1
            del self._keys[place], self._slots[place]
        for form in come:
            place = bisect_left(self._keys, _key(form))
            self._keys.insert(place, _key(form))
            self._slots.insert(place, slot)
        for form in self._kept:
            if any(each.startswith(form) for each in come):
                self._kept[form] |= 1 << slot
            elif any(each.startswith(form) for each in gone):
                self._kept[form] &= ~(1 << slot)


def _range(form: str) -> tuple[int, int]:
    key = _key(form)
    return key, key + _BASE ** max(0, _LENGTH - len(form))
