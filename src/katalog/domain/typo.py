"""Words that differ by one slip of the fingers."""

from collections.abc import Iterable

SHORTEST = 4
"""Letters of a word in which a typo is forgiven. Of a shorter one too much else is one letter away."""


def may_have_one(word: str) -> bool:
    """Whether a typo is forgiven in a word: it is long enough, and has no digits, which mean just what they say."""
    return len(word) >= SHORTEST and word.isalpha()


def edits(word: str, letters: Iterable[str]) -> set[str]:
    """Every word that one inserted, missing or wrong letter, or two that changed places, make of `word`.

    `letters` are those that may have been meant.
    """
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    found = {before + after[1:] for before, after in parts if after}
    found.update([before + after[1] + after[0] + after[2:] for before, after in parts if len(after) > 1])
    for letter in letters:
        found.update([before + letter + after[1:] for before, after in parts])
        found.update([before + letter + after for before, after in parts])
    return found
