"""An iCalendar file (RFC 5545) → the times at which its owner is busy. The subjects of events go no further.

The calendar says whether an event makes busy, the first word of its subject says with which profile. What makes busy
and what does not is the table in docs/calendars.md.
"""

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import ClassVar
from zoneinfo import ZoneInfo

import icalendar
from icalendar.timezone import tzp
from icalendar.timezone.zoneinfo import ZONEINFO
from recurring_ical_events import CalendarQuery

from katalog.domain.absence import LATEST, Period
from katalog.domain.feed import NotACalendar
from katalog.domain.presence import Busy

MAX_OCCURRENCES = 20_000
"""Of all events of a file within the window."""

_MARGIN = timedelta(days=2)
"""The library compares wall clocks of different zones; so far around the window it is asked."""

_OFTEN = ("SECONDLY", "MINUTELY")
"""No appointment is held every minute, and counting from the year 2000 would take for ever."""

_NEVER = LATEST.replace(tzinfo=UTC).timestamp()
"""Who writes that something ends in the year 9999 means that it does not; and there is none after it to be shown."""

_FAR = LATEST.year + 4
"""What is thousands of years long, the library cannot count with. A leap year, so that every date is in it."""

_LENGTH = "X-KATALOG-LENGTH"

# Outlook's and Exchange's own word (MS-OXCICAL 2.1.3.1.1.20.31); where it is, it goes before TRANSP and STATUS.
_OUTLOOK = {"BUSY": True, "OOF": True, "FREE": False, "TENTATIVE": False, "WORKINGELSEWHERE": False}


class _Zones(ZONEINFO):
    """A zone that there is not, or that is defined in a way that cannot be read, is none; the rest is read."""

    def timezone(self, name: str) -> tzinfo | None:
        with suppress(OSError):  # such as Europe, which is a folder
            return super().timezone(name)
        return None

    def create_timezone(self, tz: icalendar.Timezone) -> tzinfo:  # type: ignore[override]
        try:
            return super().create_timezone(tz)
        except Exception:
            return None  # type: ignore[return-value]  # then it is looked up by its name


class _Query(CalendarQuery):  # type: ignore[misc]  # it has no types
    """Whatever is wrong in one series, the others are read."""

    suppressed_errors: ClassVar = [Exception]


def busy_times(
    data: bytes, window: Period, zone: ZoneInfo, words: Mapping[str, str], usual: str, owner: str = ""
) -> list[Busy]:
    """Those that touch the window, by their beginning.

    `words` are the beginnings of subjects, without their colon, and the profile that each chooses; `usual` is the
    profile of all other events. `owner` is the e-mail by which invitations know who has the calendar. Whole days and
    times without a zone are by the wall clock of `zone`. Raises NotACalendar.
    """
    chosen = {_plain(word): choice for word, choice in words.items()}
    found: set[Busy] = set()
    count = 0
    for calendar in _parse(data):
        floating = _zone_of(calendar) or zone
        for begin, end, event in _occurrences(calendar, window, zone):
            count += 1
            if count > MAX_OCCURRENCES:
                raise NotACalendar(
                    f"Kalendern har över {MAX_OCCURRENCES} händelser den närmaste tiden.",
                    f"The calendar has more than {MAX_OCCURRENCES} events in the near future.",
                )
            ends = _seconds(end, floating, zone) + _gained(begin, end, event)
            period = Period(_seconds(begin, floating, zone), ends if ends < _NEVER else math.inf)
            if _overlap(period, window) and _is_busy(event, owner.casefold()):
                found.add(Busy(period, _choice(event, chosen, usual)))
    return sorted(found, key=lambda busy: (busy.period.begin, busy.period.end, busy.choice))


def _overlap(one: Period, other: Period) -> bool:
    """What ends where it begins is never."""
    return one.begin < one.end and one.begin < other.end and other.begin < one.end


def _parse(data: bytes) -> Sequence[icalendar.Component]:
    # The library keeps every zone that a file defines, by its name and for ever; "Customized Time Zone" is another
    # one in each calendar.
    tzp.use(_Zones())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            calendars = icalendar.Calendar.from_ical(data, multiple=True)
    except Exception:
        calendars = []
    calendars = [calendar for calendar in calendars if calendar.name == "VCALENDAR"]
    if not calendars:
        raise NotACalendar(
            "Adressen ger ingen kalender (iCalendar).", "What the address gives is no calendar (iCalendar)."
        )
    return calendars


def _occurrences(
    calendar: icalendar.Component, window: Period, zone: ZoneInfo
) -> Iterator[tuple[date, date, icalendar.Component]]:
    """Every event in and near the window, each repetition by itself: its beginning, its end, and what it says."""
    events = icalendar.Calendar()
    events.subcomponents = [event for event in calendar.walk("VEVENT") if _is_readable(event)]
    for event in events.subcomponents:
        if "DURATION" in event:  # which an occurrence has no more
            event[_LENGTH] = event["DURATION"]
        end = event.get("DTEND")
        if isinstance(end, icalendar.vDDDTypes) and isinstance(end.dt, date) and end.dt.year > _FAR:
            event["DTEND"] = icalendar.vDDDTypes(end.dt.replace(year=_FAR))
    begin = datetime.fromtimestamp(window.begin, zone) - _MARGIN
    end = datetime.fromtimestamp(window.end, zone) + _MARGIN
    for series in _Query(events, skip_bad_series=True).series:
        with suppress(Exception):
            for occurrence in series.between(begin, end):
                yield occurrence.start, occurrence.end, occurrence.as_component(keep_recurrence_attributes=False)


def _is_readable(event: icalendar.Component) -> bool:
    rules = event.get("RRULE", [])
    frequencies = [
        rule.get("FREQ") for rule in (rules if isinstance(rules, list) else [rules]) if isinstance(rule, dict)
    ]
    return isinstance(event.get("UID", ""), str) and not any(name in str(frequencies).upper() for name in _OFTEN)


def _zone_of(calendar: icalendar.Component) -> tzinfo | None:
    """That of `X-WR-TIMEZONE`, as Google and Apple write it, for times without one of their own."""
    return tzp.timezone(_text(calendar, "X-WR-TIMEZONE").lstrip("/"))


def _seconds(moment: date, floating: tzinfo, zone: ZoneInfo) -> float:
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time(), zone).timestamp()
    return (moment if moment.tzinfo else moment.replace(tzinfo=floating)).timestamp()


def _gained(begin: date, end: date, event: icalendar.Component) -> float:
    """Seconds by which a time that was given as a duration ends later than the clock says.

    Hours of a duration are counted, days are by the clock (RFC 5545, section 3.3.6); the library takes both by it.
    """
    given = event.get(_LENGTH)
    length = given.dt if isinstance(given, icalendar.vDDDTypes) else None
    if not (isinstance(begin, datetime) and begin.tzinfo and isinstance(end, datetime)):
        return 0.0
    if not isinstance(length, timedelta) or length != end - begin:
        return 0.0
    return (begin + timedelta(days=length.days)).timestamp() + length.seconds - end.timestamp()


def _is_busy(event: icalendar.Component, owner: str) -> bool:
    status = _text(event, "STATUS").upper()
    if status == "CANCELLED" or _answer(event, owner) in ("DECLINED", "TENTATIVE"):
        return False
    outlook = _OUTLOOK.get(_text(event, "X-MICROSOFT-CDO-BUSYSTATUS").upper())
    if outlook is not None:
        return outlook
    return status != "TENTATIVE" and _text(event, "TRANSP").upper() != "TRANSPARENT"


def _answer(event: icalendar.Component, owner: str) -> str:
    """What the owner has answered to an invitation, `""` if it is none."""
    attendees = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        if owner and str(attendee).casefold().removeprefix("mailto:") == owner:
            return str(attendee.params.get("PARTSTAT", "")).upper()
    return ""


def _choice(event: icalendar.Component, words: Mapping[str, str], usual: str) -> str:
    # A class that is not known is to be taken for PRIVATE (RFC 5545, section 3.8.1.3).
    if _text(event, "CLASS").upper() not in ("", "PUBLIC"):
        return usual
    word, colon, _ = _text(event, "SUMMARY").partition(":")
    return words.get(_plain(word), usual) if colon else usual


def _text(component: icalendar.Component, name: str) -> str:
    """The value, `""` if there is none, or more than one."""
    value = component.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _plain(word: str) -> str:
    return " ".join(word.casefold().split())
