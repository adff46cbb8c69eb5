"""How well a word of a query is found in an entry: the order of what a search gives.

An entry is as good as the word of the query that is found worst in it. Of equals, list order decides.
"""

from enum import IntEnum
from typing import Final


class Place(IntEnum):
    """Where a word is found, the best first."""

    NAME = 0
    WORK = 1  # title, department, location, keywords
    EMAIL = 2


class Match(IntEnum):
    """How, the best first."""

    WHOLE = 0
    BEGINNING = 1


ALL_OF_NAME: Final = 0
"""The query's words are the whole name, in any order."""

PART_OF_NUMBER: Final = 13
"""Digits that are within a number, where they are not the beginning of the extension."""

TYPOS: Final = 20
"""From here on a typo is forgiven."""

LEVELS: Final = TYPOS + len(Place)

EXTENSION, EXTENSION_BEGINS, OTHER_NUMBER = (1, 7, 3)
"""Digits that are the extension, begin it, or are the mobile or a further number: as if they were words, the first
two of the name."""


def level(match: Match, place: Place, *, spelled: bool, accented: bool) -> int:
    """0 is best. `accented` says that the query's word has accents, `spelled` that the entry's is spelled like it.

    Who takes the trouble to type å means å: all that is spelled so comes first. To who types a, å is nearly the same.
    """
    if accented and not spelled:
        return PART_OF_NUMBER + 1 + match * len(Place) + place
    return 1 + match * 2 * len(Place) + 2 * place + (not spelled)


def typo(place: Place) -> int:
    return TYPOS + place
