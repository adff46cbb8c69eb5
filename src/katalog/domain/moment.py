"""Moments as people and programs write them, read by the organisation's clock."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def parse_moment(text: str, zone: ZoneInfo) -> float:
    """Unix seconds of a date (its end), a local `YYYY-MM-DD HH:MM[:SS]`, or ISO 8601 with an offset.

    Raises ValueError, also for a moment that `iso` could not write. A local time that does not exist or exists
    twice is read as PEP 495's first one.
    """
    text = text.strip()
    try:
        if _DATE.fullmatch(text):
            moment = datetime.combine(date.fromisoformat(text) + timedelta(days=1), datetime.min.time(), zone)
        else:
            moment = datetime.fromisoformat(text)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
        iso(seconds, zone)
    except OverflowError:
        raise ValueError(f"{text!r} is out of range") from None
    return seconds


def iso(seconds: float, zone: ZoneInfo) -> str:
    """ISO 8601 with seconds and the zone's offset then."""
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="seconds")


def iso_milliseconds(seconds: float, zone: ZoneInfo) -> str:
    """ISO 8601 with milliseconds and the zone's offset then, as calls have it."""
    return datetime.fromtimestamp(seconds, zone).isoformat(timespec="milliseconds")
