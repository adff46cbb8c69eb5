"""Which entries have which numbers: whole ones, those that an extension begins with, and any part of one."""

from collections.abc import Callable, Iterator
from itertools import pairwise

from katalog.domain.dialling import PART, Dialling
from katalog.domain.entry import Entry
from katalog.live.search.bits import Bits
from katalog.live.search.number_list import NumberList

Forms = tuple[str, ...]


class Numbers:
    """Numbers of entries by slot, in every form of them that `dialling` has."""

    def __init__(self, dialling: Dialling, size: int) -> None:
        self._dialling = dialling
        self.size = size
        self._extensions, self._others = NumberList(), NumberList()
        self._texts: list[str] = []
        self._marks: dict[str, bytearray] = {}
        self._parts: dict[str, Bits] = {}

    # -- reading -----------------------------------------------------------------------------------

    def extension(self, forms: Forms) -> Bits:
        return self._any(self._extensions.whole, forms)

    def extension_begins(self, forms: Forms) -> Bits:
        return self._any(self._extensions.beginning, forms)

    def other(self, forms: Forms) -> Bits:
        return self._any(self._others.whole, forms)

    def _any(self, find: Callable[[str, int], Bits], forms: Forms) -> Bits:
        found = 0
        for form in forms:
            found |= find(form, self.size)
        return found

    def perhaps(self, forms: Forms) -> Bits:
        """Who may have a number with one of these in it: all who do, and some who only have all pieces of it."""
        found = 0
        for form in forms:
            all_pieces = -1
            for piece in _pieces(form):
                all_pieces &= self._parts.get(piece, 0)
            found |= all_pieces
        return found

    def surely(self, slot: int, forms: Forms) -> bool:
        text = self._texts[slot]
        return any(form in text for form in forms)

    # -- writing -----------------------------------------------------------------------------------

    def fill(self, slot: int, entry: Entry) -> None:
        """Slots are filled in their order."""
        extension, others = self._forms_of(entry)
        self._extensions.fill(slot, _whole(extension))
        self._others.fill(slot, _whole(others))
        self._texts.append(_text(extension, others))
        marks, byte, bit = self._marks, slot >> 3, 1 << (slot & 7)
        for piece in _pieces_of(extension + others):
            if piece not in marks:
                marks[piece] = bytearray((self.size + 7) // 8)
            marks[piece][byte] |= bit

    def finish(self) -> Iterator[None]:
        for piece, marks in self._marks.items():
            self._parts[piece] = int.from_bytes(marks, "little")
            yield
        self._marks = {}
        yield from self._extensions.finish(self.size, begins=True)
        yield from self._others.finish(self.size, begins=False)

    def change(self, slot: int, old: Entry | None, new: Entry | None) -> None:
        (extension, others), (extension_now, others_now) = self._forms_of(old), self._forms_of(new)
        self._extensions.change(slot, _whole(extension), _whole(extension_now))
        self._others.change(slot, _whole(others), _whole(others_now))
        if slot == len(self._texts):
            self._texts.append("")
        self._texts[slot] = _text(extension_now, others_now)
        for piece in _pieces_of(extension + others) ^ _pieces_of(extension_now + others_now):
            self._parts[piece] = self._parts.get(piece, 0) ^ 1 << slot

    def _forms_of(self, entry: Entry | None) -> tuple[Forms, Forms]:
        """Of the extension, and of all other numbers."""
        if entry is None:
            return (), ()
        forms = self._dialling.forms
        others = tuple([form for number in (entry.mobile, *entry.numbers) if number for form in forms(number)])
        return forms(entry.extension), others


def _whole(forms: Forms) -> Forms:
    """Of each number the form with the country code, else the digits: whoever asks for a number has both."""
    return tuple([form for form, after in pairwise((*forms, "")) if not after.startswith("+")])


def _text(extension: Forms, others: Forms) -> str:
    """What is part of a form is part of this, and nothing else."""
    return " ".join(extension + others)


def _pieces(form: str) -> list[str]:
    return [form[place : place + PART] for place in range(len(form) - PART + 1)]


def _pieces_of(forms: Forms) -> set[str]:
    found: list[str] = []
    before = ""
    for form in forms:
        # Most forms end like the one before them, whose pieces are there already.
        begin = form[: len(form) - len(before) + PART] if before and form.endswith(before[1:]) else form
        found += _pieces(begin)
        before = form
    return set(found)
