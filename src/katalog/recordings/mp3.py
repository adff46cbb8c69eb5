"""WAV → MP3 for speech, a block at a time."""

from collections.abc import Iterator
from typing import BinaryIO

import lameenc

from katalog.recordings.wave import Wave

BLOCK = 65_536
"""Bytes that are read and encoded at a time: four seconds of a telephone's sound, some 10 ms of work, in which lame
lets other threads run."""

BIT_RATE = 32
"""kbit/s, of each channel: 14 MB an hour, and speech loses nothing that a telephone has left of it."""

QUALITY = 5
"""Lame's own middle way: 500 times as fast as the sound."""

LOWEST_RATE = 16_000
"""MP3 of 8 kHz (MPEG 2.5) is in no standard, and some programs cannot play it."""


def encoded(source: BinaryIO, wave: Wave) -> Iterator[bytes]:
    """The file, a piece at a time. Raises OSError."""
    encoder = lameenc.Encoder()
    encoder.silence()
    encoder.set_in_sample_rate(wave.rate)
    encoder.set_out_sample_rate(max(wave.rate, LOWEST_RATE))
    encoder.set_channels(wave.channels)
    encoder.set_bit_rate(BIT_RATE * wave.channels)
    encoder.set_quality(QUALITY)
    source.seek(wave.start)
    left = wave.size
    # One that has been cut short meanwhile ends where it does, with a whole sample.
    while left > 0 and (block := source.read(min(left, BLOCK))):
        left -= len(block)
        yield bytes(encoder.encode(block[: len(block) - len(block) % (2 * wave.channels)]))
    yield bytes(encoder.flush())
