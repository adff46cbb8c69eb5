"""The words of a text, as they are compared in a search: as spelled, and with their accents folded.

Folding is letter by letter, so that the beginning of a word is folded to the beginning of the folded word.
"""

import re
import unicodedata
from unicodedata import normalize

_WORD = re.compile(r"[^\W_]+")
_APOSTROPHES = "'’"

_LETTERS = {"æ": "a", "ø": "o", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "t", "ħ": "h", "ı": "i"}
"""What Unicode does not take apart, by what a keyboard without them offers."""


class _Folds(dict[int, str]):
    """Letter → the one without accents; worked out once for each letter."""

    def __missing__(self, letter: int) -> str:
        first, *rest = list(normalize("NFD", chr(letter)))
        # Signs that are made of others, such as Korean syllables, are not letters with an accent.
        self[letter] = _LETTERS.get(first, first) if all(map(unicodedata.combining, rest)) else chr(letter)
        return self[letter]


class _Signs(dict[int, str | None]):
    """What is within words and is no part of them is taken out: accents without a letter to go with, apostrophes."""

    def __missing__(self, sign: int) -> str | None:
        self[sign] = None if unicodedata.combining(chr(sign)) or chr(sign) in _APOSTROPHES else chr(sign)
        return self[sign]


_FOLDS, _SIGNS = _Folds(), _Signs()


def fold(word: str) -> str:
    """
    >>> fold("malmö"), fold("łódź"), fold("kjær")
    ('malmo', 'lodz', 'kjar')
    """
    return word if word.isascii() else word.translate(_FOLDS)


def plain(text: str) -> str:
    """The text in one case and one way of writing each letter (NFKC), without apostrophes."""
    if text.isascii():
        return text.lower().replace("'", "")
    return normalize("NFKC", normalize("NFKC", text).casefold()).translate(_SIGNS)


def words_of(text: str) -> list[str]:
    """
    >>> words_of("Anna-Karin O'Brien, Malmö")
    ['anna', 'karin', 'obrien', 'malmö']
    """
    return _WORD.findall(plain(text)) if text else []
