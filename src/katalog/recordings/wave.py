"""WAV files as Asterisk writes them: their header, and whether they are whole. Pure but for the file that is given.

While a call goes on, its file grows and the header says that there is no sound yet; some 20 ms after its end the header
has the length.
"""

import os
import struct
from typing import BinaryIO

import msgspec

PCM, EXTENSIBLE = 1, 0xFFFE
RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Samples a second, as MP3 knows them."""

HEAD = 65_536
"""Bytes within which the sound must begin."""


ABANDONED = 60.0
"""Seconds after which nobody goes on with an unfinished file: its Asterisk has fallen. While a call lasts something is
written every two seconds."""


class Wave(msgspec.Struct, frozen=True):
    """Where the sound of a file is, in bytes; 16 bits a sample. An unfinished one has a `size` of 0."""

    rate: int
    channels: int
    start: int
    size: int

    @property
    def seconds(self) -> float:
        return self.size / (2 * self.channels * self.rate)


class UnsupportedError(Exception):
    """It is no WAV file of 16-bit samples; the text says what it is."""


def measure(file: BinaryIO, now: float) -> Wave | None:
    """As `read_header`; one that was left unfinished is taken as it is. Raises UnsupportedError, OSError."""
    return read_header(file, to_end=is_abandoned(file, now))


def is_abandoned(file: BinaryIO, now: float) -> bool:
    return os.fstat(file.fileno()).st_mtime < now - ABANDONED


def read_header(file: BinaryIO, *, to_end: bool = False) -> Wave | None:
    """None if it is too short to say. Raises UnsupportedError.

    `to_end`: an unfinished one is taken as far as it goes; whoever wrote it will not come back.
    """
    file.seek(0)
    head = file.read(HEAD)
    if len(head) < 12:
        return None
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        raise UnsupportedError("no WAV file")
    rate = channels = 0
    at = 12
    while at + 8 <= len(head):
        name, size = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
        start = at + 8
        if name == b"fmt ":
            rate, channels = _format(head[start : start + 16])
        elif name == b"data":
            if not rate:
                raise UnsupportedError("sound before its format")
            there = os.fstat(file.fileno()).st_size - start
            # The length may be odd or too large where a disk was full; whole samples are taken.
            size = there if to_end and not size else min(size, there)
            return Wave(rate, channels, start, size - size % (2 * channels))
        at = start + size + size % 2
    if len(head) == HEAD:
        raise UnsupportedError("no sound within its head")
    return None


def _format(chunk: bytes) -> tuple[int, int]:
    if len(chunk) < 16:
        raise UnsupportedError("its format is cut short")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk)
    if kind not in (PCM, EXTENSIBLE) or bits != 16:
        raise UnsupportedError(f"encoding {kind} with {bits} bits, not PCM with 16")
    if channels not in (1, 2) or rate not in RATES:
        raise UnsupportedError(f"{channels} channels of {rate} Hz")
    return rate, channels
