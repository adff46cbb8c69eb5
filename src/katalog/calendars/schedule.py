"""When a calendar is read again."""

SPREAD = 0.1
"""By so much of the time it may be sooner or later, so that not all calendars are asked for at once."""

FIRST = 3.0
"""Seconds at most until one is read for the first time."""

LONGEST = 3600.0
"""Seconds between two tries of a broken one, at most, unless the others are read even more seldom."""


def first(chance: float) -> float:
    """Seconds; `chance` is from 0 to 1."""
    return FIRST * chance


def again(interval: float, failures: int, chance: float) -> float:
    """Seconds; after each failure in a row twice as many.

    >>> [again(300, failures, 0.5) for failures in (0, 1, 2, 3, 9)]
    [300.0, 300.0, 600.0, 1200.0, 3600.0]
    """
    doubled = interval * float(1 << min(max(failures - 1, 0), 16))
    return min(doubled, max(LONGEST, interval)) * (1 - SPREAD + 2 * SPREAD * chance)
