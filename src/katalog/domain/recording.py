"""A recording of a call, which the telephone system makes and keeps: whose it is, and where it is found."""

from pathlib import PurePosixPath

import msgspec


class Heard(msgspec.Struct, frozen=True):
    """A leg that is heard in a recording, and the device whose it is."""

    leg: str
    device: str


class Recorded(msgspec.Struct, frozen=True):
    """A recording that is being made, as a connector tells it.

    `channel`  id of the channel that is recorded, as that of a leg
    `file`     its path as the telephone system names it
    `began`    Unix seconds by the telephone system's clock; 0.0 if its beginning was not heard
    `heard`    the legs that have been in it by now
    """

    channel: str
    file: str
    began: float
    heard: tuple[Heard, ...]


class Recording(msgspec.Struct, frozen=True):
    """One that is kept. `file` is relative to the folder of its telephone system's recordings.

    `began` and `ended` (None: it goes on) are Unix seconds, `seconds` how long it sounds: None as long as its file is
    not known to be whole, 0.0 if there is nothing to be heard.
    """

    id: str
    pbx: str
    channel: str
    file: str
    began: float
    ended: float | None
    seconds: float | None


def longest(recordings: list[Recording]) -> Recording | None:
    """The one to give where there is place for one; the first of several that are equally long."""
    return max(recordings, key=lambda each: each.seconds or 0.0, default=None)


def relative_to(prefix: str, file: str) -> str | None:
    """What follows `prefix` in the path of a file; None if it is no file below it.

    >>> relative_to("/var/spool/asterisk/monitor/", "/var/spool/asterisk/monitor/2026/a.wav")
    '2026/a.wav'
    """
    path = PurePosixPath(file)
    if ".." in path.parts or "\0" in file or not path.is_relative_to(prefix):
        return None
    rest = path.relative_to(prefix)
    return str(rest) if rest.parts else None
