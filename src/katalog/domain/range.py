"""Ranges of numbers: the block that a company has, written as one of an entry's `numbers`."""

import re

import msgspec

from katalog.domain.number import e164

_DASHES = "–—"
_WRITTEN = re.compile(
    rf"(?P<low>[^{_DASHES}]*\d)\s*[{_DASHES}]\s*(?P<high>[^{_DASHES}]+)|(?P<a>[+\d\s()./]+)-(?P<b>\d+)", re.ASCII
)
_SIGNS = re.compile(r"[\s().\-/]")

LONGEST_INTERNAL = 5
"""Digits of an internal number in a range that is written with a hyphen: longer ones are a number with a hyphen."""

LARGEST = 100_000
"""Numbers of a range. A longer one is two numbers with a dash between."""


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


def range_of(text: str, country: str) -> NumberRange | None:
    """The range that a text is, None for a text that is none.

    A dash (`–`) stands between two numbers, or between a number and the last digits of another: `08-500 100 00–99`. So
    does a hyphen, if what is before it is a whole public number, or both are internal and equally long:
    `0850010000-99`, `100-199`. `08-123456` is one number.
    """
    if (parts := _parts(text)) is None:
        return None
    low, high, dashed = parts
    begin = e164(low, country)
    made = _internal(low, high, dashed=dashed) if begin is None else _public(begin, high, country)
    if made is None or not 0 <= int(made.high.lstrip("+")) - int(made.low.lstrip("+")) < LARGEST:
        return None
    return made


def is_backwards(text: str) -> bool:
    """Whether it is written as a range whose end is before its beginning."""
    if (parts := _parts(text)) is None or not parts[2]:
        return False
    begin, end = (_SIGNS.sub("", part) for part in parts[:2])
    return len(end) in (*range(5), len(begin)) and end < begin[-len(end) :]


def _parts(text: str) -> tuple[str, str, bool] | None:
    """Beginning, end, and whether a dash is between them and no hyphen."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    dashed = found["low"] is not None
    low, high = (found["low"], found["high"]) if dashed else (found["a"], found["b"])
    digits = _SIGNS.sub("", high).removeprefix("+")
    return (low, high, dashed) if digits.isascii() and digits.isdecimal() else None


def _public(begin: str, high: str, country: str) -> NumberRange | None:
    digits = _SIGNS.sub("", high)
    end = e164(high, country) or begin[: -len(digits)] + digits
    return NumberRange(begin, end) if len(end) == len(begin) else None


def _internal(low: str, high: str, *, dashed: bool) -> NumberRange | None:
    begin, end = (_SIGNS.sub("", text) for text in (low, high))
    if not begin.isdecimal() or not end.isdecimal() or len(end) > len(begin):
        return None
    if not dashed and (begin.startswith("0") or len(begin) != len(end) or len(begin) > LONGEST_INTERNAL):
        return None
    return NumberRange(begin, begin[: len(begin) - len(end)] + end)
