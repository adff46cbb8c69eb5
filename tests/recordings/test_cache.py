"""The cache of MP3: within its size, and never half a file."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from katalog.recordings.cache import Cache


def read(cache: Cache, name: str) -> bytes | None:
    file = cache.open(name)
    if file is None:
        return None
    with file:
        return file.read()


def age(cache: Cache, name: str, seconds: float) -> None:
    at = time.time() - seconds
    os.utime(cache.folder / f"{name}.mp3", (at, at))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """Of a thousand bytes."""
    return Cache(tmp_path / "folder" / "cache", 1000)


def test_what_was_put_is_read_and_the_folder_is_its_owners(cache: Cache) -> None:
    assert cache.ids() == []
    cache.forget(["a"])
    cache.tidy()
    assert read(cache, "a.1") is None
    cache.put("a.1", [b"he", b"llo"])
    assert read(cache, "a.1") == b"hello"
    assert cache.bytes == 5
    assert cache.folder.stat().st_mode & 0o077 == 0
    assert next(cache.folder.iterdir()).stat().st_mode & 0o077 == 0


def test_what_was_heard_longest_ago_goes_first(cache: Cache) -> None:
    for number, name in enumerate("abc"):
        cache.put(f"{name}.1", [b"x" * 400])
        age(cache, f"{name}.1", 100 - number)
        if name == "b":
            assert read(cache, "a.1") is not None, "and is the newest by that"
    assert cache.ids() == ["a", "c"]
    assert cache.bytes == 800
    cache.put("d.1", [b"x" * 5000])
    assert cache.ids() == ["d"], "one that is larger than all is kept until the next"
    cache.put("e.1", [b"x"])
    assert cache.ids() == ["e"]


def test_who_has_it_open_reads_it_to_the_end(cache: Cache) -> None:
    cache.put("a.1", [b"x" * 900])
    file = cache.open("a.1")
    assert file is not None
    with file:
        cache.put("b.1", [b"x" * 900])
        assert cache.ids() == ["b"]
        assert file.read() == b"x" * 900


def test_one_that_fails_leaves_nothing(cache: Cache) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise OSError("no more")

    with pytest.raises(OSError, match="no more"):
        cache.put("a.1", pieces())
    assert list(cache.folder.iterdir()) == []
    assert read(cache, "a.1") is None


def test_it_is_forgotten_in_every_state_of_its_file(cache: Cache) -> None:
    for name in ("a.1", "a.2", "ab.1"):
        cache.put(name, [b"x"])
    cache.forget({"a"})
    assert cache.ids() == ["ab"]
    assert cache.bytes == 1


def test_what_a_killed_process_left_is_tidied_away_and_what_is_being_written_is_not(cache: Cache) -> None:
    cache.put("a.1", [b"x"])
    for name, seconds in ((".b.1.old.part", 7200), (".c.1.new.part", 10)):
        path = cache.folder / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - seconds, time.time() - seconds))
    cache.tidy()
    assert sorted(path.name for path in cache.folder.iterdir()) == [".c.1.new.part", "a.1.mp3"]
