"""Sets of small numbers as the bits of one integer: a union or intersection of 100,000 takes some microseconds."""

from array import array
from collections.abc import Iterable, Iterator

Bits = int
"""Number n is in the set if bit n is set."""

_BLOCK = 2048
_MASK = (1 << _BLOCK) - 1
_BIT = tuple(1 << place for place in range(8))


def members(*numbers: int) -> "array[int]":
    """The same, where few are in it: the numbers, in no order."""
    return array("I", numbers)


def union(sets: "Iterable[Bits | array[int]]", size: int) -> Bits:
    """All that are in one of the sets; none is `size` or more."""
    found, marks = 0, None
    for each in sets:
        if isinstance(each, int):
            found |= each
            continue
        if marks is None:
            marks = bytearray((size + 7) // 8)
        for number in each:
            marks[number >> 3] |= _BIT[number & 7]
    return found | int.from_bytes(marks, "little") if marks is not None else found


def ones(bits: Bits, start: int = 0) -> Iterator[int]:
    """The members in order, from `start` on. What is not asked for is not worked out."""
    bits >>= start
    while bits:
        block = bits & _MASK
        while block:
            lowest = block & -block
            yield start + lowest.bit_length() - 1
            block ^= lowest
        bits >>= _BLOCK
        start += _BLOCK
