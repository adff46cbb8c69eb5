"""Until when: every way in which people, programs and telephones say it, read by the organisation's clock.

A local time that does not exist (March) is read with the offset before the gap, so 02:30 is 03:30 in summer time; one
that exists twice (October) is the first, in summer time. PEP 495 calls this fold 0.
"""

import re
from datetime import date, datetime, time, timedelta

from katalog.domain.catalogue import Choice, End
from katalog.domain.hours import Calendar
from katalog.domain.profile import NO_END

LAST = time(23, 59, 59)
"""The end of a date: the last second that still is of it, so that whoever reads only the date reads the right one."""

LATEST = 4_102_444_800.0
"""2100-01-01 UTC; what ends later does not end."""

DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
"""A date without a time, as ISO 8601 writes it."""

_DURATION = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,8})S)?)?", re.IGNORECASE
)


class NotAnEnd(ValueError):
    """`sv` and `en` are the reason, without a subject."""

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(en)
        self.sv, self.en = sv, en


def parse_end(text: str | None, now: float, calendar: Calendar) -> float | None:
    """Unix seconds of an end, in the future, or None for no end.

    A local `YYYY-MM-DD HH:MM[:SS]`, ISO 8601 with an offset, a date (its end), a duration (`PT45M`, days and weeks by
    the wall clock), or none: null, `""` or `0000-00-00 00:00:00`. Raises NotAnEnd.
    """
    if text is None or text.strip() in ("", NO_END):
        return None
    end = _moment(text.strip(), now, calendar)
    if end <= now:
        raise NotAnEnd("har redan varit", "is in the past")
    if end >= LATEST:
        raise NotAnEnd("ligger efter år 2099", "is after the year 2099")
    return end


def _moment(text: str, now: float, calendar: Calendar) -> float:
    try:
        if found := _DURATION.fullmatch(text):
            weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
            begin = float(int(now))
            if weeks or days:
                begin = (calendar.local(begin) + timedelta(weeks=weeks, days=days)).timestamp()
            return begin + hours * 3600 + minutes * 60 + seconds
        if DATE.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), LAST, calendar.zone).timestamp()
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)).replace(microsecond=0).timestamp()
    except (ValueError, OverflowError):
        raise NotAnEnd(
            "ska vara ÅÅÅÅ-MM-DD HH:MM, ett datum, ISO 8601 med tidszon, en längd som PT45M, eller null",
            "must be YYYY-MM-DD HH:MM, a date, ISO 8601 with an offset, a duration such as PT45M, or null",
        ) from None


def proposed(choice: Choice, now: float, calendar: Calendar) -> float | None:
    """The end that the catalogue proposes, in Unix seconds; None if it proposes none.

    A time of day that has passed today gives an hour: lunch at a quarter past one is not until tomorrow.
    """
    local = calendar.local(now)
    match choice.end:
        case End.HOUR:
            return float(int(now) + 3600)
        case End.TIME:
            end = datetime.combine(local.date(), time.fromisoformat(choice.at), calendar.zone).timestamp()
            return end if end > now else float(int(now) + 3600)
        case End.MORNING:
            morning = calendar.hours.next_morning(local, calendar.closed)
            return None if morning is None else morning.timestamp()
    return None


def dialled(digits: str, choice: Choice, now: float, calendar: Calendar) -> float | None:
    """The end that was dialled after a code: none dialled, the catalogue's.

    Four digits are a date (`MMDD`) where the profile asks for one, else a time (`HHMM`), each the next one there is;
    six and eight are a date with its year (`YYMMDD`, `YYYYMMDD`). Raises NotAnEnd.
    """
    if not digits:
        return proposed(choice, now, calendar)
    local = calendar.local(now)
    try:
        if len(digits) == 4 and choice.end is not End.ASK:
            at = datetime.combine(local.date(), time(int(digits[:2]), int(digits[2:])), calendar.zone)
            again = at.replace(fold=1)  # the same but in October
            return next(end for day in (at, again, at + timedelta(days=1)) if (end := day.timestamp()) > now)
        if len(digits) == 4:
            day = _next_date(int(digits[:2]), int(digits[2:]), local.date())
        elif len(digits) == 6:
            day = datetime.strptime(digits, "%y%m%d").date()  # noqa: DTZ007 - a date has no zone
        elif len(digits) == 8:
            day = datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007
        else:
            raise ValueError(digits)
    except ValueError:
        raise NotAnEnd("är varken tid eller datum", "is neither a time nor a date") from None
    return parse_end(day.isoformat(), now, calendar)


def _next_date(month: int, day: int, today: date) -> date:
    """The next such day, today included; 29 February may be years ahead. Raises ValueError."""
    for year in range(today.year, today.year + 9):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    raise ValueError((month, day))


def local_time(seconds: float | None, calendar: Calendar) -> str:
    """As v1 shows an end: the organisation's local time without zone, `NO_END` for none."""
    return NO_END if seconds is None else calendar.local(seconds).strftime("%Y-%m-%d %H:%M:%S")
