"""The days on which a rule of RFC 5545 (RRULE) occurs; the time of day is that of its beginning.

Counted in days and without going through what is long past, so that a rule costs the same in its first week and after
thirty years, and one that never occurs is known in a moment. No rule occurs after the year 2099.

The beginning itself occurs only if it matches, as dateutil has it.
"""

import re
from bisect import bisect_left
from calendar import isleap, monthrange
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import islice

LAST_DAY = date(2099, 12, 31)

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BYDAY = re.compile(r"([+-]?\d{1,2})?([A-Z]{2})")
_MOST_NTH = 53
_SIMPLE = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY"}
_NUMBERS = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
"""The most that each may be; all but a month may count from the end, too."""


class Cycle:
    """Days and weeks: occurrences are `offsets` days after `start`, and again every `length` days."""

    __slots__ = ("_begin", "_last", "_length", "_offsets", "_start", "last")

    def __init__(self, parts: Mapping[str, str], begin: date, last: date) -> None:
        interval, (weekdays, _) = _interval(parts), _weekdays(parts)
        self._begin = self._start = begin.toordinal()
        first = begin.weekday()
        if parts["FREQ"] == "DAILY":
            self._length = interval * (7 if weekdays else 1)
            self._offsets = [
                day for day in range(0, self._length, interval) if not weekdays or (first + day) % 7 in weekdays
            ]
        else:
            week_start = _week_start(parts)
            self._start -= (first - week_start) % 7
            self._length = 7 * interval
            self._offsets = sorted((day - week_start) % 7 for day in weekdays or (first,))
        self._last = last.toordinal()
        if "COUNT" in parts and self._offsets:
            passed = bisect_left(self._offsets, self._begin - self._start)
            cycles, place = divmod(passed + int(parts["COUNT"]) - 1, len(self._offsets))
            self._last = min(self._last, self._start + cycles * self._length + self._offsets[place])
        self.last = date.fromordinal(self._last)

    @property
    def gap(self) -> int:
        """Days after an occurrence within which there is another, until `last`."""
        return self._length

    def since(self, day: date, until: date = LAST_DAY) -> Iterator[date]:
        """Those on this day and after, in order; `until` is the last day that is looked at."""
        if not self._offsets:
            return
        begin, last = max(day.toordinal(), self._begin), min(self._last, until.toordinal())
        for start in range(begin - (begin - self._start) % self._length, last + 1, self._length):
            for offset in self._offsets:
                if begin <= start + offset <= last:
                    yield date.fromordinal(start + offset)


class Expansion:
    """Every other rule: period by period, day by day."""

    def __init__(self, parts: Mapping[str, str], begin: date, last: date) -> None:
        self._begin, self.last = begin, last
        self._freq, self._interval, self._week_start = parts["FREQ"], _interval(parts), _week_start(parts)
        self._weekdays, self._nth = _weekdays(parts)
        self._months, self._month_days, self._year_days, self._weeks, self._positions = (
            _numbers(name, parts) for name in _NUMBERS
        )
        if self._weeks and self._freq != "YEARLY":
            raise ValueError("BYWEEKNO")
        if not (self._month_days or self._year_days or self._weeks or self._weekdays or self._nth):
            self._take_day_of_beginning()
        if "COUNT" in parts:
            occurrences = islice(self.since(begin), int(parts["COUNT"]))
            *_, self.last = (begin, *occurrences)

    def _take_day_of_beginning(self) -> None:
        if self._freq == "WEEKLY":
            self._weekdays = {self._begin.weekday()}
        elif self._freq != "DAILY":
            self._month_days = {self._begin.day}
            if self._freq == "YEARLY":
                self._months = self._months or {self._begin.month}

    @property
    def gap(self) -> int:
        """As of `Cycle`; here it may be any."""
        return LAST_DAY.toordinal()

    def since(self, day: date, until: date = LAST_DAY) -> Iterator[date]:
        """As of `Cycle`."""
        begin, last = max(day, self._begin), min(self.last, until)
        for days in self._periods(begin, last):
            found = [day for day in days if self._matches(day)]
            for place, day in enumerate(found):
                if day > last:
                    return
                if day >= begin and (not self._positions or _among(self._positions, place + 1, len(found))):
                    yield day

    def _periods(self, day: date, last: date) -> Iterator[list[date]]:
        """The days of the period in which `day` is, or of the last one before it, and of those that follow."""
        first, step = self._begin, self._interval
        if self._freq == "YEARLY":
            for year in range(day.year - (day.year - first.year) % step, last.year + 1, step):
                yield [day for month in range(1, 13) for day in self._month(year, month)]
        elif self._freq == "MONTHLY":
            now = _months_to(day)
            for month in range(now - (now - _months_to(first)) % step, _months_to(last) + 1, step):
                yield self._month(month // 12, month % 12 + 1)
        else:
            length = 1 if self._freq == "DAILY" else 7
            start = first.toordinal()
            if self._freq == "WEEKLY":
                start -= (first.weekday() - self._week_start) % 7
            start += (day.toordinal() - start) // (step * length) * step * length
            for number in range(start, last.toordinal() + 1, step * length):
                # Of the first week, dateutil counts positions from the beginning on.
                yield [date.fromordinal(day) for day in range(max(number, first.toordinal()), number + length)]

    def _month(self, year: int, month: int) -> list[date]:
        if self._months and month not in self._months:
            return []
        return [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]

    def _matches(self, day: date) -> bool:
        return (
            (not self._months or day.month in self._months)
            and (not self._month_days or _among(self._month_days, *_of_month(day)))
            and (not self._year_days or _among(self._year_days, *_of_year(day)))
            and (not self._weeks or _among(self._weeks, *self._week(day)))
            and (not (self._weekdays or self._nth) or day.weekday() in self._weekdays or self._is_nth(day))
        )

    def _is_nth(self, day: date) -> bool:
        """The nth such weekday of its month, or of its year if the rule names no month."""
        of_year = self._freq == "YEARLY" and not self._months
        place, length = _of_year(day) if of_year else _of_month(day)
        weekday = day.weekday()
        return ((place + 6) // 7, weekday) in self._nth or (-((length - place) // 7) - 1, weekday) in self._nth

    def _week(self, day: date) -> tuple[int, int]:
        """Its week's number, and how many weeks that year has; the first has at least four days of the year."""
        year = day.year + 1
        while day < (first := self._first_week(year)):
            year -= 1
        return (day - first).days // 7 + 1, (self._first_week(year + 1) - first).days // 7

    def _first_week(self, year: int) -> date:
        fourth = date(year, 1, 4)
        return fourth - timedelta(days=(fourth.weekday() - self._week_start) % 7)


Recurrence = Cycle | Expansion


def recurrence(rule: str, begin: datetime) -> Recurrence:
    """`UNTIL` is wall clock, `YYYYMMDDTHHMMSS`. Raises ValueError if the rule is none."""
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    if parts.get("FREQ") not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") or parts.keys() - _SIMPLE - _NUMBERS.keys():
        raise ValueError(rule)
    last = LAST_DAY
    if "UNTIL" in parts:
        until = datetime.fromisoformat(parts["UNTIL"])
        # What begins at that very moment is the last.
        last = min(last, until.date() - timedelta(days=begin.time() > until.time()))
    if parts["FREQ"] in ("DAILY", "WEEKLY") and not parts.keys() & _NUMBERS.keys():
        return Cycle(parts, begin.date(), last)
    return Expansion(parts, begin.date(), last)


def _interval(parts: Mapping[str, str]) -> int:
    interval = int(parts.get("INTERVAL", "1"))
    if interval < 1:
        raise ValueError(interval)
    return interval


def _week_start(parts: Mapping[str, str]) -> int:
    return _WEEKDAYS.index(parts.get("WKST", "MO"))


def _weekdays(parts: Mapping[str, str]) -> tuple[set[int], set[tuple[int, int]]]:
    """Weekdays (0 is Monday), and those that are the nth: `FR`, `1MO`, `-1FR`."""
    weekdays, nth = set(), set()
    for part in parts["BYDAY"].split(",") if "BYDAY" in parts else ():
        found = _BYDAY.fullmatch(part)
        if found is None:
            raise ValueError(part)
        weekday = _WEEKDAYS.index(found[2])
        if not found[1]:
            weekdays.add(weekday)
        elif 1 <= abs(int(found[1])) <= _MOST_NTH and parts["FREQ"] in ("MONTHLY", "YEARLY"):
            nth.add((int(found[1]), weekday))
        else:
            raise ValueError(part)
    return weekdays, nth


def _numbers(name: str, parts: Mapping[str, str]) -> set[int]:
    numbers = {int(number) for number in parts[name].split(",")} if name in parts else set()
    if any(not 1 <= (number if name == "BYMONTH" else abs(number)) <= _NUMBERS[name] for number in numbers):
        raise ValueError(parts[name])
    return numbers


def _among(numbers: set[int], place: int, length: int) -> bool:
    """Negative numbers count from the end."""
    return place in numbers or place - length - 1 in numbers


def _of_month(day: date) -> tuple[int, int]:
    return day.day, monthrange(day.year, day.month)[1]


def _of_year(day: date) -> tuple[int, int]:
    return day.timetuple().tm_yday, 366 if isleap(day.year) else 365


def _months_to(day: date) -> int:
    return day.year * 12 + day.month - 1
