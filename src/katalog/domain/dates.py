"""Ranges of days by the organisation's clock."""

import re
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DATE = re.compile(r"(\d{4})-?(\d{1,2})-?(\d{1,2})(?:[T ].*)?", re.ASCII)


def parse_date(text: str) -> date:
    """`2024-01-31`, as programs write it: also `20240131`, `2024-1-31`, with a time after it. Raises ValueError."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return date(*map(int, found.groups()))


def begin_of(day: date, zone: ZoneInfo) -> float:
    """Unix seconds of a day's first moment."""
    return datetime.combine(day, time(), zone).timestamp()


def end_of(day: date, zone: ZoneInfo) -> float:
    """Unix seconds of the first moment after a day, be it of 23, 24 or 25 hours."""
    return begin_of(day + timedelta(days=1), zone) if day < date.max else float("inf")


def months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or that month's last.

    >>> months_before(date(2026, 6, 30), 4)
    datetime.date(2026, 2, 28)
    """
    count = day.year * 12 + day.month - 1 - months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def day_of(seconds: float, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(seconds, zone).date()
