"""Ranges of numbers: the block that a company has, written as one of an entry's `numbers`."""

import re
from functools import lru_cache

import msgspec

from katalog.domain.number import e164

_DASHES = "–—"
_WRITTEN = re.compile(rf"(?P<low>[^{_DASHES}]*\d)\s*[{_DASHES}]\s*(?P<high>[^{_DASHES}]+)|(?P<a>[+\d\s()./]+)-(?P<b>\d+)", re.ASCII)
_SIGNS = re.compile(r"[\s().\-/]")

LONGEST_INTERNAL = 5
"""Digits of an internal number in a range that is written with a hyphen: longer ones are a number with a hyphen."""


class NumberRange(msgspec.Struct, frozen=True):
    """From `low` to `high`, both included, of the same length: E.164 (`+468…`) or the digits of internal numbers."""

    low: str
    high: str

    @property
    def common(self) -> str:
        """What every number of the range begins with."""
        for place, (one, other) in enumerate(zip(self.low, self.high, strict=True)):
            if one != other:
                return self.low[:place]
        return self.low

    def holds(self, number: str) -> bool:
        """Whether a number, in E.164 or the digits of an internal one, is within."""
        return len(number) == len(self.low) and self.low <= number <= self.high


@lru_cache(4096)
def range_of(text: str, country: str) -> NumberRange | None:
    """The range that a text is, None for a text that is none. Raises ValueError if its end is before its beginning.

    A dash (`–`) stands between two numbers, or between a number and the last digits of another: `08-500 100 00–99`. So
    does a hyphen, if what is before it is a whole public number, or both are internal and equally long: `0850010000-99`,
    `100-199`. `08-123456` is one number.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    dashed = found["low"] is not None
    low, high = (found["low"], found["high"]) if dashed else (found["a"], found["b"])
    if not _SIGNS.sub("", high).lstrip("+").isdecimal() or not high.isascii():
        return None
    made = _public(low, high, country) or _internal(low, high, dashed=dashed)
    if made is not None and made.high < made.low:
        if dashed:
            raise ValueError(text)
        return None
    return made


def _public(low: str, high: str, country: str) -> NumberRange | None:
    begin = e164(low, country)
    if begin is None:
        return None
    end = e164(high, country) or begin[: -len(digits)] + digits if (digits := _SIGNS.sub("", high)) else None
    if end is None or len(end) != len(begin):
        return None
    return NumberRange(begin, end)


def _internal(low: str, high: str, *, dashed: bool) -> NumberRange | None:
    begin, end = (_SIGNS.sub("", text) for text in (low, high))
    if not begin.isdecimal() or not end.isdecimal() or len(end) > len(begin):
        return None
    if not dashed and (begin.startswith("0") or len(begin) != len(end) or len(begin) > LONGEST_INTERNAL):
        return None
    return NumberRange(begin, begin[: len(begin) - len(end)] + end)
