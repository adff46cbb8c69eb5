"""A gzip member (RFC 1952) put together from pieces that were compressed apart.

Each piece ends on a byte boundary and refers to nothing before itself (RFC 1951), so pieces stand in any order and
one that changes is compressed alone. The checksum of the whole follows from those of the pieces: a CRC is linear, so
what comes before a text of n bytes counts in its CRC as multiplied by x^8n. Text that is the same for any reader
costs nothing but its own bytes to put together.
"""

import functools
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

WELL, HASTY = 6, 1
"""Levels. In haste it takes a third of the time, and some 15 % more bytes."""

_POLYNOMIAL = 0xEDB88320  # of RFC 1952, the lowest power in the highest bit, as everything here
_ONE = 0x80000000
_HEADER = b"\x1f\x8b\x08" + bytes(5) + b"\x00\xff"  # deflate; no flags, no time; nothing said of level and system
_LAST_BLOCK = b"\x03\x00"  # an empty one: only the last may say that it is


class Checksum(msgspec.Struct, frozen=True, gc=False):
    """Of a text: `crc` its CRC-32, `shift` x to the power of 8 · `length`, modulo the polynomial."""

    crc: int = 0
    shift: int = _ONE
    length: int = 0

    def __add__(self, other: "Checksum") -> "Checksum":
        """Of this text followed by the other."""
        if not self.length:
            return other
        if not other.length:
            return self
        multiples = _multiples(other.shift)
        return Checksum(
            _times(self.crc, multiples) ^ other.crc,
            _times(self.shift, multiples),
            self.length + other.length,
        )


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A text, compressed: as short as it gets alone."""

    deflated: bytes
    checksum: Checksum


def piece(text: bytes, level: int = WELL) -> Piece:
    deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Piece(deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH), checksum(text))


def checksum(text: bytes) -> Checksum:
    return Checksum(zlib.crc32(text), _shift(len(text)), len(text))


@functools.lru_cache(4096)
def _shift(length: int) -> int:
    # n zero bytes multiply what is in the CRC's register by x^8n; the register is what a CRC shows, inverted.
    return zlib.crc32(bytes(length), _ONE ^ 0xFFFFFFFF) ^ 0xFFFFFFFF


def member(deflated: Iterable[bytes], whole: Checksum) -> bytes:
    """The file, of the pieces' bytes one after another and the checksum of all their text."""
    return b"".join((_HEADER, *deflated, _LAST_BLOCK, struct.pack("<II", whole.crc, whole.length & 0xFFFFFFFF)))


class Sum:
    """The checksum of many texts one after another, of which a few change at a time: a binary tree over them."""

    def __init__(self, parts: Sequence[Checksum]) -> None:
        self._size = 1 << max(0, len(parts) - 1).bit_length()
        self._nodes = [Checksum()] * self._size + [*parts] + [Checksum()] * (self._size - len(parts))
        for node in range(self._size - 1, 0, -1):
            self._nodes[node] = self._nodes[2 * node] + self._nodes[2 * node + 1]

    @property
    def whole(self) -> Checksum:
        return self._nodes[1]

    def replace(self, parts: Mapping[int, Checksum]) -> None:
        """By position. What several of them have above them is worked out once."""
        for position, part in parts.items():
            self._nodes[self._size + position] = part
        above = {(self._size + position) >> 1 for position in parts}
        while above and 0 not in above:
            for node in above:
                self._nodes[node] = self._nodes[2 * node] + self._nodes[2 * node + 1]
            above = {node >> 1 for node in above}


def _raised(value: int) -> int:
    """Times x."""
    return (value >> 1) ^ _POLYNOMIAL if value & 1 else value >> 1


_NIBBLES = range(0, 32, 4)
_LEAVING = [_raised(_raised(_raised(_raised(nibble)))) for nibble in range(16)]
"""What four bits become that leave the register with a multiplication by x^4."""


def _multiples(one: int) -> list[int]:
    """Of a polynomial, by each of four bits; the lowest power is in the highest of them."""
    x = _raised(one)
    xx = _raised(x)
    xxx = _raised(xx)
    found = [0, xxx, xx, xx ^ xxx]
    found += [x ^ other for other in found]
    return found + [one ^ other for other in found]


def _times(value: int, multiples: Sequence[int]) -> int:
    """The product of a polynomial and the one with these multiples, modulo that of the CRC; four bits at a time."""
    product = 0
    for shift in _NIBBLES:
        product = (product >> 4) ^ _LEAVING[product & 15] ^ multiples[value >> shift & 15]
    return product
