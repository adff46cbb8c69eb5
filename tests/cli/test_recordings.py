"""What `katalog check` says of recordings."""

import os
import time
from pathlib import Path

from katalog.cli.recordings import recordings
from katalog.settings import Pbx, Settings
from katalog.settings import Recordings as Kept
from tests.sound import write


def settings(folder: Path, *, cache_mb: int = 1) -> Settings:
    return Settings(
        pbx=[Pbx(name="växel", recordings=str(folder / "monitor")), Pbx(name="andra")],
        recordings=Kept(cache=str(folder / "none" / "cache"), cache_mb=cache_mb),
    )


def test_nothing_is_said_where_there_are_none() -> None:
    assert recordings(Settings(pbx=[Pbx()])) == []


def test_a_folder_that_is_not_there_and_one_without_files(tmp_path: Path) -> None:
    missing, room = recordings(settings(tmp_path))
    assert (missing.ok, missing.subject) == (False, "pbx växel: recordings")
    assert "No such file" in missing.text
    assert missing.advice
    assert room.ok
    (tmp_path / "monitor").mkdir()
    empty, _ = recordings(settings(tmp_path))
    assert empty.ok
    assert "no file" in empty.text


def test_the_newest_file_is_found_where_the_newest_folder_is(tmp_path: Path) -> None:
    now = time.time()
    for name, age in (
        ("2026/01/a.wav", 90 * 86_400),
        ("2026/02/b.wav", 3 * 86_400 + 10),
        ("2026/02/c.wav", 7 * 86_400),
    ):
        path = write(tmp_path / "monitor" / name, b"x")
        os.utime(path, (now - age, now - age))
    for folder, age in (("2026/01", 90), ("2026/02", 3)):
        os.utime(tmp_path / "monitor" / folder, (now - age * 86_400, now - age * 86_400))
    found, _ = recordings(settings(tmp_path))
    assert found.text.endswith("the newest file is 3 days old")
    write(tmp_path / "monitor" / "d.wav", b"x")
    found, _ = recordings(settings(tmp_path))
    assert found.text.endswith("seconds old")


def test_a_cache_without_room(tmp_path: Path) -> None:
    (tmp_path / "monitor").mkdir()
    *_, room = recordings(settings(tmp_path, cache_mb=10**12))
    assert not room.ok
    assert "cache_mb" in room.advice
