"""What somebody typed into a search field, taken apart."""

import re
from functools import cached_property

import msgspec

from katalog.domain.dialling import PART, Dialling
from katalog.domain.words import fold, plain, words_of
from katalog.errors import Invalid

LONGEST = 200
"""Characters of a query."""

_NUMBER = re.compile(r"[+\d().\-/‐-―]*\d[+\d().\-/‐-―]*", re.ASCII)
"""A piece of a number, as people group it."""


class Word(msgspec.Struct, frozen=True, dict=True):
    spelled: str

    @cached_property
    def folded(self) -> str:
        return fold(self.spelled)

    @property
    def is_accented(self) -> bool:
        return self.spelled != self.folded


class Number(msgspec.Struct, frozen=True):
    """Digits that are a number or a part of one, `forms` of it as in `Dialling`; or, each, a word like any other."""

    forms: tuple[str, ...]
    words: tuple[Word, ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """The forms that are long enough to be looked for within numbers; of too few digits, none."""
        return tuple([form for form in self.forms if len(form) >= PART]) if len(self.forms[0]) >= PART else ()


class Query(msgspec.Struct, frozen=True):
    """`terms` must all be found, in any order. Without any, nobody is found."""

    terms: tuple[Word | Number, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """Every word once."""
        found = [word for term in self.terms for word in (term.words if isinstance(term, Number) else (term,))]
        return tuple(dict.fromkeys(found))

    @classmethod
    def parse(cls, text: str, dialling: Dialling) -> "Query":
        """Pieces of numbers that follow each other are one number. Raises Invalid if the text is too long."""
        if len(text) > LONGEST:
            raise Invalid("q", f"får ha högst {LONGEST} tecken", f"may have {LONGEST} characters at most")
        terms: dict[Word | Number, None] = {}
        number: list[str] = []
        for piece in [*plain(text).split(), ""]:
            if _NUMBER.fullmatch(piece):
                number.append(piece)
                continue
            words = words_of(piece)
            if number and (words or not piece):
                terms[_number(number, dialling)] = None
                number = []
            for word in words:
                terms[_number([word], dialling) if word.isascii() and word.isdecimal() else Word(word)] = None
        return cls(tuple(terms))


def _number(pieces: list[str], dialling: Dialling) -> Number:
    words = [Word(word) for piece in pieces for word in words_of(piece)]
    return Number(dialling.forms(" ".join(pieces)), tuple(words))
