"""Sound for tests: WAV files as Asterisk writes them, and how long an MP3 is by the headers of its frames."""

import array
import math
import struct
from pathlib import Path

MPEG1, MPEG2 = 3, 2
KBITS = {
    MPEG1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    MPEG2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {MPEG1: (44100, 48000, 32000), MPEG2: (22050, 24000, 16000)}


def tone(seconds: float, *, rate: int = 8000, channels: int = 1) -> bytes:
    """440 Hz, 16 bits a sample."""
    samples = array.array("h")
    for number in range(round(seconds * rate)):
        samples.extend([int(8000 * math.sin(math.tau * 440 * number / rate))] * channels)
    return samples.tobytes()


def header(size: int, *, rate: int = 8000, channels: int = 1, kind: int = 1, bits: int = 16) -> bytes:
    width = bits // 8 * channels
    chunk = struct.pack("<HHIIHH", kind, channels, rate, rate * width, width, bits)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + chunk
        + b"data"
        + struct.pack("<I", size)
    )


def wav(seconds: float, *, rate: int = 8000, channels: int = 1) -> bytes:
    sound = tone(seconds, rate=rate, channels=channels)
    return header(len(sound), rate=rate, channels=channels) + sound


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def seconds_of_mp3(data: bytes) -> float:
    """By its frames (ISO 11172-3, 2.4.1.3), which must follow each other to the last byte."""
    at, seconds, kinds = 0, 0.0, set()
    while at < len(data):
        (word,) = struct.unpack(">I", data[at : at + 4])
        assert word >> 21 == 0x7FF, f"no frame at {at} of {len(data)}"
        version, layer = word >> 19 & 3, word >> 17 & 3
        assert version in KBITS, "MPEG 2.5 is in no standard"
        assert layer == 1, "layer III"
        kbits, rate = KBITS[version][word >> 12 & 15], RATES[version][word >> 10 & 3]
        samples = 1152 if version == MPEG1 else 576
        at += samples // 8 * kbits * 1000 // rate + (word >> 9 & 1)
        seconds += samples / rate
        kinds.add((version, kbits, rate, word >> 6 & 3))
    assert len(kinds) == 1, kinds
    return seconds
