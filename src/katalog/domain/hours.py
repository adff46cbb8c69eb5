"""When an organisation works: hours by weekday, and the days on which it does not."""

import re
from collections.abc import Container, Iterable
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import msgspec

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_PART = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+(\d{1,2}:\d{2})-(\d{1,2}:\d{2})")
_FAR = 400
"""Days to look ahead; an organisation that is closed for longer has no next working day."""


class Hours(msgspec.Struct, frozen=True):
    """`mon-fri 08:00-17:00`, parts by commas: weekday (0 is Monday) → when work begins and ends."""

    of: dict[int, tuple[time, time]]

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Raises ValueError with a sentence.

        >>> sorted(Hours.parse("mon-thu 08:00-17:00, fri 08:00-15:00").of)
        [0, 1, 2, 3, 4]
        """
        of: dict[int, tuple[time, time]] = {}
        for part in text.lower().split(","):
            found = _PART.fullmatch(part.strip())
            if found is None:
                raise ValueError(f"{part.strip()!r} is not like mon-fri 08:00-17:00")
            first, last = found[1], found[2] or found[1]
            if first not in WEEKDAYS or last not in WEEKDAYS:
                raise ValueError(f"{part.strip()!r}: weekdays are {', '.join(WEEKDAYS)}")
            begins, ends = _time(found[3]), _time(found[4])
            if begins >= ends:
                raise ValueError(f"{part.strip()!r} ends before it begins")
            day = WEEKDAYS.index(first)
            of[day] = (begins, ends)
            while day != WEEKDAYS.index(last):
                day = (day + 1) % 7
                of[day] = (begins, ends)
        return cls(of)

    def next_morning(self, after: datetime, closed: Container[object]) -> datetime | None:
        """When work begins on the first working day after that of `after`, in its zone; None if there is none."""
        for days in range(1, _FAR):
            day = after.date() + timedelta(days=days)
            hours = self.of.get(day.weekday())
            if hours is not None and day not in closed:
                return datetime.combine(day, hours[0], after.tzinfo)
        return None


class Calendar(msgspec.Struct, frozen=True):
    """The organisation's clock: zone, working hours, and the days on which nobody works."""

    zone: ZoneInfo
    hours: Hours
    closed: Container[object]

    def local(self, seconds: float) -> datetime:
        return datetime.fromtimestamp(seconds, self.zone)


class Closed:
    """Days on which nobody works: a country's public holidays, and others.

    What is no holiday by law but one to everybody counts too, such as Midsummer Eve and Christmas Eve in Sweden.
    """

    def __init__(self, country: str, others: Iterable[date] = ()) -> None:
        self._others = frozenset(others)
        self._holidays: Container[object] = ()
        with suppress(NotImplementedError):  # a country that the library does not know
            known = holidays.country_holidays(country)
            wanted = {holidays.PUBLIC, holidays.DE_FACTO} & set(known.supported_categories)
            self._holidays = holidays.country_holidays(country, categories=tuple(wanted))

    def __contains__(self, day: object) -> bool:
        return day in self._others or day in self._holidays


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(int(hour), int(minute))
