"""What the demo's people have set and planned as it begins: somebody is at lunch and somebody away at any hour."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from katalog.domain.absence import Absence
from katalog.domain.catalogue import standard
from katalog.domain.ending import LAST, proposed
from katalog.domain.entry import Entry, Kind
from katalog.domain.hours import Calendar
from katalog.domain.identifier import new_id
from katalog.domain.presence import Hand

_CHOICES = {choice.id: choice for choice in standard()}

_SET = (
    # Half of the colleagues show one of these: the profile, how long it lasts at least (None: as the catalogue
    # proposes), the message.
    ("meeting", timedelta(minutes=25), ""),
    ("lunch", timedelta(minutes=35), ""),
    ("holiday", timedelta(days=9), "Ring växeln om det brådskar"),
    ("home", None, "Nås på mobilen"),
    ("meeting", timedelta(minutes=80), "Kundmöte, ring efteråt"),
    ("travel", timedelta(days=2), "Kundbesök, läser mejl på kvällen"),
    ("left", None, ""),
    ("ill", None, ""),
    ("busy", timedelta(minutes=45), "Skriver klart en offert"),
    ("parental", timedelta(days=70), "Skriv till chefen"),
    ("child", None, "Åter i morgon om allt går väl"),
)
_PLANNED = (
    # The profile, in how many days and at which times of day, how many days later it ends, the rule, the message.
    ("meeting", 1, time(9), time(10), 0, "FREQ=WEEKLY", "Veckomöte"),
    ("lunch", 1, time(11, 30), time(12, 15), 0, "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", ""),
    ("holiday", 12, time(), LAST, 13, "", "Fjällen"),
    ("left", 2, time(14), time(17), 0, "FREQ=WEEKLY;INTERVAL=2", ""),
    ("travel", 5, time(7), time(18), 1, "", "Mässa i Göteborg"),
    ("home", 3, time(8), time(17), 0, "FREQ=WEEKLY", "Nås på mobilen"),
)


def hands(people: Sequence[Entry], now: float, calendar: Calendar) -> Iterator[Hand]:
    """Of the first ones only Bengt has set anything, as in the example: Anna is whoever tries the demo."""
    bengt = people[1]
    away = _end_of(calendar.local(now).date() + timedelta(days=16), calendar)
    yield Hand(bengt.id, "holiday", now - 86400, away, "Svarar på mail en gång i veckan")
    rng = random.Random(1876)  # noqa: S311 - the same invented days every time
    for entry in _colleagues(people):
        place = rng.randrange(len(_SET) * 2)
        if place < len(_SET):
            choice, length, message = _SET[place]
            begin = now - rng.randrange(60, 1200)
            yield Hand(entry.id, choice, begin, _end(choice, length, now, calendar, rng), message or None)


def absences(people: Sequence[Entry], now: float, calendar: Calendar) -> Iterator[Absence]:
    """None of Anna's holds as the demo begins, so that she can be seen to go and to come back."""
    anna, today = people[0], calendar.local(now).date()
    for place in (0, 2, 3, 4):
        yield _absence(anna, today, *_PLANNED[place])
    rng = random.Random(1877)  # noqa: S311
    for entry in _colleagues(people):
        for plan in rng.sample(_PLANNED, rng.choice((0, 1, 1, 2))):
            yield _absence(entry, today + timedelta(days=rng.randrange(0, 9)), *plan)


def _colleagues(people: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in people if entry.kind is Kind.PERSON][2:]


def _end(choice: str, length: timedelta | None, now: float, calendar: Calendar, rng: random.Random) -> float:
    """As people set it: to the next five minutes, or to the end of a day."""
    if length is None:
        return proposed(_CHOICES[choice], now, calendar) or math.inf
    if length.days:
        return _end_of(calendar.local(now).date() + length + timedelta(days=rng.randrange(7)), calendar)
    return math.ceil((now + length.total_seconds() + rng.randrange(2400)) / 300) * 300.0


def _end_of(day: date, calendar: Calendar) -> float:
    return datetime.combine(day, LAST, calendar.zone).timestamp()


def _absence(
    entry: Entry, today: date, choice: str, ahead: int, begin: time, end: time, days: int, rule: str, message: str
) -> Absence:
    first = today + timedelta(days=ahead)
    if first.weekday() >= 5:
        first += timedelta(days=7 - first.weekday())
    from_, until = datetime.combine(first, begin), datetime.combine(first + timedelta(days=days), end)
    return Absence(new_id(), entry.id, choice, str(from_), str(until), rule, message or None)
