"""A gzip member (RFC 1952) put together from pieces that were compressed apart.

Each piece ends on a byte boundary and refers to nothing before itself (RFC 1951), so pieces stand in any order and
one that changes is compressed alone. The checksum of the whole follows from those of the pieces: a CRC is linear, so
what comes before a text of n bytes counts in its CRC as multiplied by x^8n. Text that is the same for any reader
costs nothing but its own bytes to put together.
"""

import struct
import zlib
from collections.abc import Sequence

import msgspec

_LEVEL = 6
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
        return Checksum(
            _times(self.crc, other.shift) ^ other.crc,
            _times(self.shift, other.shift),
            self.length + other.length,
        )


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A text, compressed: as short as it gets alone."""

    deflated: bytes
    checksum: Checksum


def piece(text: bytes) -> Piece:
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Piece(deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH), checksum(text))


def checksum(text: bytes) -> Checksum:
    # n zero bytes multiply what is in the CRC's register by x^8n; the register is what a CRC shows, inverted.
    shift = zlib.crc32(bytes(len(text)), _ONE ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
    return Checksum(zlib.crc32(text), shift, len(text))


def member(deflated: bytes, whole: Checksum) -> bytes:
    """The file, of the pieces' bytes one after another and the checksum of all their text."""
    return b"".join((_HEADER, deflated, _LAST_BLOCK, struct.pack("<II", whole.crc, whole.length & 0xFFFFFFFF)))


class Sum:
    """The checksum of many texts one after another, of which one changes at a time: a binary tree over them."""

    def __init__(self, parts: Sequence[Checksum]) -> None:
        self._size = 1 << max(0, len(parts) - 1).bit_length()
        self._nodes = [Checksum()] * self._size + [*parts] + [Checksum()] * (self._size - len(parts))
        for node in range(self._size - 1, 0, -1):
            self._nodes[node] = self._nodes[2 * node] + self._nodes[2 * node + 1]

    @property
    def whole(self) -> Checksum:
        return self._nodes[1]

    def replace(self, position: int, part: Checksum) -> None:
        node = self._size + position
        self._nodes[node] = part
        while node > 1:
            node >>= 1
            self._nodes[node] = self._nodes[2 * node] + self._nodes[2 * node + 1]


def _times(a: int, b: int) -> int:
    """The product of two polynomials, modulo that of the CRC."""
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = (a << 1) & 0xFFFFFFFF
        b = (b >> 1) ^ _POLYNOMIAL if b & 1 else b >> 1
    return product
