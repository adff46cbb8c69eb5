"""A planned absence, once or again and again (RFC 5545 RRULE), and when it holds.

Its times are the organisation's wall clock: what is every morning at nine is so in summer and in winter. An occurrence
that ends where it begins, as one within the hour that March leaves out, is none.
"""

import math
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from katalog.domain.ending import DATE, LAST
from katalog.domain.recurrence import recurrence

EARLIEST, LATEST = datetime(2000, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001 - wall clock
MAX_COUNT, MAX_INTERVAL, MAX_RULE = 1000, 1000, 500
LONGEST = timedelta(days=366)
"""Of one occurrence of a rule; once may be as long as it likes."""

_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_REFUSED = ("BYHOUR", "BYMINUTE", "BYSECOND", "DTSTART", "EXDATE", "RDATE", "BYEASTER")
_PART = re.compile(r"[A-Z]+=[A-Z0-9+,-]+")
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?")


class Absence(msgspec.Struct, frozen=True, gc=False):
    """What is kept of one. `begin` and `end` are wall clock, `YYYY-MM-DD HH:MM:SS`; `end` is `""` for none.

    `choice` is the id of a profile of the catalogue, `rule` an RRULE without its name, `""` for once.
    """

    id: str
    entry: str
    choice: str
    begin: str
    end: str
    rule: str = ""
    message: str | None = None
    revision: int = 0


class Period(msgspec.Struct, frozen=True, gc=False):
    """From `begin` on, before `end`: Unix seconds; an end that is not there is infinite."""

    begin: float
    end: float


class NotARule(ValueError):
    """`sv` and `en` are the reason, without a subject."""

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(en)
        self.sv, self.en = sv, en


def parse_wall(text: str, zone: ZoneInfo, *, last: bool) -> datetime:
    """Wall clock of a date (its beginning, or its end if `last`), a local time, or ISO 8601 with an offset.

    Raises ValueError.
    """
    text = text.strip()
    if DATE.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), LAST if last else time())
    moment = datetime.fromisoformat(text)
    if moment.tzinfo:
        moment = moment.astimezone(zone).replace(tzinfo=None)
    return moment.replace(microsecond=0)


def parse_rule(text: str, begin: datetime, zone: ZoneInfo) -> str:
    """A rule as it is kept: its parts in upper case, `UNTIL` by the wall clock. Raises NotARule."""
    text = text.strip().upper().removeprefix("RRULE:")
    if len(text) > MAX_RULE:
        raise NotARule(f"får ha högst {MAX_RULE} tecken", f"may have {MAX_RULE} characters at most")
    parts: dict[str, str] = {}
    for part in text.split(";"):
        name, _, value = part.partition("=")
        if not _PART.fullmatch(part) or name in parts:
            raise NotARule("är ingen RRULE som FREQ=WEEKLY;BYDAY=FR", "is no RRULE such as FREQ=WEEKLY;BYDAY=FR")
        if name in _REFUSED:
            raise NotARule(f"kan inte ha {name}; tiden står i from", f"cannot have {name}; the time is that of from")
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise NotARule(
            "FREQ ska vara DAILY, WEEKLY, MONTHLY eller YEARLY", "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY"
        )
    for name, most in (("INTERVAL", MAX_INTERVAL), ("COUNT", MAX_COUNT)):
        if name in parts and not (parts[name].isdecimal() and 1 <= int(parts[name]) <= most):
            raise NotARule(f"{name} ska vara 1–{most}", f"{name} must be 1–{most}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise NotARule("har antingen COUNT eller UNTIL", "has either COUNT or UNTIL")
    if "UNTIL" in parts:
        parts["UNTIL"] = _wall_until(parts["UNTIL"], zone)
    kept = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        found = recurrence(kept, begin)
    except (ValueError, OverflowError):
        raise NotARule("är ingen giltig RRULE (RFC 5545)", "is not a valid RRULE (RFC 5545)") from None
    if next(found.since(begin.date()), None) is None:
        raise NotARule("infaller aldrig", "never occurs")
    return kept


def _wall_until(text: str, zone: ZoneInfo) -> str:
    """The last second of a date, or the wall clock of a moment, as in a rule."""
    if not _UNTIL.fullmatch(text):
        raise NotARule("UNTIL ska vara ett datum som 20271231", "UNTIL must be a date such as 20271231")
    try:
        moment = datetime.combine(date.fromisoformat(text), LAST) if len(text) == 8 else datetime.fromisoformat(text)
    except ValueError:
        raise NotARule("UNTIL finns inte", "UNTIL does not exist") from None
    if moment.tzinfo and EARLIEST.year <= moment.year < LATEST.year:
        moment = moment.astimezone(zone)
    return moment.replace(tzinfo=None).isoformat().replace("-", "").replace(":", "")


class Plan:
    """One absence, ready to be asked when it holds."""

    __slots__ = (
        "_change", "_current", "_length", "_recurrence", "_since", "_single", "_time", "_zone", "absence",
    )  # fmt: skip

    def __init__(self, absence: Absence, zone: ZoneInfo) -> None:
        self.absence = absence
        self._zone = zone
        begin = datetime.fromisoformat(absence.begin)
        self._time = begin.time()
        self._length = datetime.fromisoformat(absence.end) - begin if absence.end else None
        self._recurrence = recurrence(absence.rule, begin) if absence.rule else None
        self._single = None if absence.rule else self._period(begin.date())
        # What was answered last, and from when until when it is the answer.
        self._current: Period | None = None
        self._since, self._change = math.inf, -math.inf

    def at(self, now: float) -> tuple[Period | None, float]:
        """The occurrence that holds, and when that will be different, infinite for never.

        Of several that hold it is the one that began last, of these the one that ends first.
        """
        if not self._since <= now < self._change:
            self._current, self._change = self._next(now) if self._single is None else _once(self._single, now)
            self._since = now
        return self._current, self._change

    def between(self, begin: float, end: float) -> Iterator[Period]:
        """Every occurrence that holds at some moment from `begin` on and before `end`, in order. Of one rule, too,
        several may hold at once.
        """
        for period in self._periods_from(begin, end) if self._single is None else (self._single,):
            if period.begin < period.end and period.begin < end and begin < period.end:
                yield period

    def _periods_from(self, begin: float, end: float) -> Iterator[Period]:
        assert self._recurrence is not None  # noqa: S101
        assert self._length is not None  # noqa: S101 - what has a rule has an end
        first, last = (datetime.fromtimestamp(moment, self._zone).date() for moment in (begin, end))
        # The days more are those of `_occurrences`.
        for day in self._recurrence.since(first - timedelta(days=self._length.days + 2), last + timedelta(days=1)):
            yield self._period(day)

    def _next(self, now: float) -> tuple[Period | None, float]:
        current = None
        for period in self._occurrences(datetime.fromtimestamp(now, self._zone).date()):
            if period.begin > now:
                return current, period.begin if current is None else min(current.end, period.begin)
            if now < period.end and (current is None or period.begin > current.begin):
                current = period
        return current, math.inf if current is None else current.end

    def _occurrences(self, today: date) -> Iterator[Period]:
        """Those that may be the one that holds today, and what follows, in order.

        As all are of one length, the one that began last ends last: of those that overlap, the older need not be looked
        at. Two days more, as one may begin late in a day, and a zone may leave out a day.
        """
        assert self._recurrence is not None  # noqa: S101
        assert self._length is not None  # noqa: S101 - what has a rule has an end
        # The last one may hold long after there are no more.
        back = timedelta(days=min(self._length.days, 2 * self._recurrence.gap) + 2)
        for day in self._recurrence.since(min(today, self._recurrence.last) - back):
            period = self._period(day)
            if period.begin < period.end:
                yield period

    def _period(self, day: date) -> Period:
        begin = datetime.combine(day, self._time, self._zone)
        # With a zone, Python adds by the wall clock.
        end = math.inf if self._length is None else (begin + self._length).timestamp()
        return Period(begin.timestamp(), end)


def _once(period: Period, now: float) -> tuple[Period | None, float]:
    if now >= period.end or period.begin >= period.end:
        return None, math.inf
    return (None, period.begin) if now < period.begin else (period, period.end)
