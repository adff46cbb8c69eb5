"""What `katalog check` says of recordings: whether their folders can be read, and whether MP3 of them has room."""

import shutil
import time
from pathlib import Path

from katalog.cli.output import age
from katalog.connectors.base import Finding
from katalog.recordings.folder import Folder
from katalog.settings import Pbx, Settings


def recordings(loaded: Settings) -> list[Finding]:
    """A line for each telephone system that has any, then one for the cache; nothing where none has."""
    found = [_folder(pbx) for pbx in loaded.pbx if pbx.recordings]
    return [*found, _cache(loaded)] if found else []


def _folder(pbx: Pbx) -> Finding:
    subject = f"pbx {pbx.name}: recordings"
    try:
        newest = Folder(Path(pbx.recordings), pbx.recordings_prefix).newest()
    except OSError as error:
        reason = f"{pbx.recordings}: {error.strerror}"
        return Finding(False, subject, reason, "mount the folder, and let katalog's user read it and what is in it")
    if newest is None:
        return Finding(True, subject, f"{pbx.recordings} can be read; there is no file in it yet")
    return Finding(True, subject, f"{pbx.recordings} can be read; the newest file is {age(time.time() - newest)} old")


def _cache(loaded: Settings) -> Finding:
    """It is made when it is needed: until then its place is looked at."""
    folder = Path(loaded.recordings.cache)
    place = next((each for each in (folder, *folder.parents) if each.is_dir()), Path())
    free, wanted = shutil.disk_usage(place).free, loaded.recordings.cache_mb * 1_000_000
    there = sum(path.stat().st_size for path in folder.glob("*.mp3"))
    text = f"{free / 1e9:.1f} GB free for {folder}, which has {there / 1e9:.1f} of {wanted / 1e9:.1f} GB"
    return Finding(free > wanted - there, "recordings", text, "make room, or set recordings.cache_mb lower")
