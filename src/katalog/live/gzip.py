"""A gzip member (RFC 1952) put together from pieces that were compressed apart.

Each piece ends on a byte boundary and refers to nothing before itself (RFC 1951) but a text that is known to stand
just before it, so one that changes is compressed alone. The checksum of the whole follows from those of the pieces: a
CRC is linear. Nothing is copied to put them together.

What is in haste, and the checksums, are by ISA-L: four and ten times as fast as zlib.
"""

import struct
import zlib
from collections.abc import Iterable

import msgspec
from isal import isal_zlib

_LEVEL, _HASTY_LEVEL = 6, 1
_HEADER = b"\x1f\x8b\x08" + bytes(5) + b"\x00\xff"  # deflate; no flags, no time; nothing said of level and system
_LAST_BLOCK = b"\x03\x00"  # empty


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A text as part of a member: itself compressed, its CRC and its length."""

    deflated: bytes
    crc: int
    length: int


def piece(text: bytes, before: bytes = b"") -> Piece:
    """Compressed well. What is `before` it in the member may be referred to, and so must be there."""
    deflate = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=before)
    return Piece(deflate.compress(text) + deflate.flush(zlib.Z_SYNC_FLUSH), isal_zlib.crc32(text), len(text))


def hasty_piece(text: bytes, before: bytes = b"") -> Piece:
    """In a third of the time, with some 10 % more bytes."""
    deflate = isal_zlib.compressobj(_HASTY_LEVEL, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS, zdict=before)
    return Piece(deflate.compress(text) + deflate.flush(isal_zlib.Z_SYNC_FLUSH), isal_zlib.crc32(text), len(text))


def joined(pieces: Iterable[Piece]) -> Piece:
    """As one."""
    deflated, crc, length = [], 0, 0
    for each in pieces:
        deflated.append(each.deflated)
        crc = isal_zlib.crc32_combine(crc, each.crc, each.length)
        length += each.length
    return Piece(b"".join(deflated), crc, length)


def member(pieces: Iterable[Piece]) -> tuple[bytes, ...]:
    """The file, in parts to be sent one after another."""
    parts, crc, length = [_HEADER], 0, 0
    for each in pieces:
        parts.append(each.deflated)
        crc = isal_zlib.crc32_combine(crc, each.crc, each.length)
        length += each.length
    parts.append(_LAST_BLOCK + struct.pack("<II", crc, length & 0xFFFFFFFF))
    return tuple(parts)
