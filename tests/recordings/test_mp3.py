"""WAV → MP3: whatever telephones sound like, as long as it was."""

from pathlib import Path

import pytest

from katalog.recordings.mp3 import BIT_RATE, encoded
from katalog.recordings.wave import UnsupportedError, Wave, read_header
from tests.sound import header, seconds_of_mp3, tone, wav, write


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_it_sounds_as_long_as_before(tmp_path: Path, rate: int, channels: int) -> None:
    path = write(tmp_path / "a.wav", wav(3.0, rate=rate, channels=channels))
    with path.open("rb") as file:
        wave = read_header(file)
        assert wave == Wave(rate, channels, 44, 3 * rate * channels * 2)
        assert wave.seconds == 3.0
        data = b"".join(encoded(file, wave))
    assert seconds_of_mp3(data) == pytest.approx(3.0, rel=0.05)
    assert len(data) == pytest.approx(3.0 * BIT_RATE * channels * 1000 / 8, rel=0.05)


def test_one_that_ends_before_its_header_says_so_is_as_long_as_it_is(tmp_path: Path) -> None:
    sound = tone(2.0)
    path = write(tmp_path / "a.wav", header(10 * len(sound)) + sound + b"\x01")
    with path.open("rb") as file:
        wave = read_header(file)
        assert wave is not None
        assert wave.seconds == 2.0
        path.write_bytes(header(len(sound)) + sound[:16001])
        assert seconds_of_mp3(b"".join(encoded(file, wave))) == pytest.approx(1.0, abs=0.15)


def test_other_chunks_are_passed_over(tmp_path: Path) -> None:
    content = wav(1.0)
    extra = b"LIST" + (5).to_bytes(4, "little") + b"hello\0"
    path = write(tmp_path / "a.wav", content[:36] + extra + content[36:])
    with path.open("rb") as file:
        assert read_header(file) == Wave(8000, 1, 44 + len(extra), 16000)


def test_what_is_cut_short_says_nothing_yet(tmp_path: Path) -> None:
    content = wav(0.1)
    for size in (0, 11, 12, 19, 36, 43):
        path = write(tmp_path / "a.wav", content[:size])
        with path.open("rb") as file:
            assert read_header(file) is None
    for wrong, why in ((content[:30], "cut short"), (content[:12] + content[36:], "sound before its format")):
        path.write_bytes(wrong)
        with path.open("rb") as file, pytest.raises(UnsupportedError, match=why):
            read_header(file)
