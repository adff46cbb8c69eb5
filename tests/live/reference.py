"""What each person must show at a moment, worked out from all that was done in the plainest way.

Nothing of katalog's own reckoning is used: a rule is gone through day by day from its beginning, every time, and
nothing is remembered of what was shown before.
"""

import calendar
import functools
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

FOREVER = float("inf")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
NONE = "0000-00-00 00:00:00"

Shown = dict[str, Any] | None


@dataclass(frozen=True)
class Planned:
    """Wall clock; `end` None for none."""

    id: str
    choice: str
    begin: datetime
    end: datetime | None
    rule: str = ""
    message: str | None = None


@dataclass(frozen=True)
class Said:
    """What one source says, from when until when."""

    source: str
    choice: str
    begin: float
    end: float
    message: str | None = None


@dataclass
class Person:
    hand: Said | None = None
    plans: dict[str, Planned] = field(default_factory=dict)
    events: list[Said] = field(default_factory=list)
    dnd: bool = False


class Reference:
    """`choices`: id → name and whether one can be reached. No rule is looked at after the day `until`."""

    def __init__(self, zone: ZoneInfo, choices: dict[str, tuple[str, bool]], until: date) -> None:
        self.zone = zone
        self.choices = choices
        self.people: dict[str, Person] = {}
        self._until = until

    def said(self, who: str, source: str, now: float) -> Said | None:
        person = self.people[who]
        if source == "hand":
            return person.hand if person.hand is not None and now < person.hand.end else None
        if source == "planned":
            holding = [
                (begin, -end, plan.id, Said("planned", plan.choice, begin, end, plan.message))
                for plan in person.plans.values()
                for begin, end in occurrences(plan, self.zone, self._until)
                if begin <= now < end
            ]
            return max(holding)[3] if holding else None
        if source == "calendar":
            events = [event for event in person.events if event.begin <= now < event.end]
            return max(events, key=lambda event: (event.begin, -event.end), default=None)
        if source == "dnd":
            return Said("dnd", "", -FOREVER, FOREVER) if person.dnd else None
        return Said("default", "available", -FOREVER, FOREVER)

    def shown(self, who: str, now: float) -> Said:
        hand, plan = self.said(who, "hand", now), self.said(who, "planned", now)
        if hand is not None and (plan is None or hand.begin >= plan.begin):
            found: Said | None = hand
        else:
            found = plan or self.said(who, "calendar", now) or self.said(who, "default", now)
        assert found is not None
        reachable = self.choices.get(found.choice, self.choices["available"])[1]
        return (self.said(who, "dnd", now) if reachable else None) or found

    def told(self, said: Said | None) -> Shown:
        """As readers of v1 get it."""
        if said is None:
            return None
        if said.source == "dnd":
            return {"available": False, "name": "Stör ej", "until": NONE, "message": None}
        name, available = self.choices.get(said.choice, self.choices["available"])
        until = NONE if said.end == FOREVER else str(datetime.fromtimestamp(said.end, self.zone).replace(tzinfo=None))
        return {"available": available, "name": name, "until": until, "message": said.message}

    def profile(self, who: str, now: float) -> Shown:
        return self.told(self.shown(who, now))

    def moments(self) -> list[float]:
        """Every moment at which anything begins or ends."""
        found: set[float] = set()
        for person in self.people.values():
            spans = [(event.begin, event.end) for event in (*person.events, *([person.hand] if person.hand else []))]
            for plan in person.plans.values():
                spans += occurrences(plan, self.zone, self._until)
            found.update(moment for span in spans for moment in span if abs(moment) != FOREVER)
        return sorted(found)


@functools.lru_cache(4096)
def occurrences(plan: Planned, zone: ZoneInfo, until: date) -> list[tuple[float, float]]:
    """From when until when it holds, again and again; what would end before it begins does not."""
    days = [plan.begin.date()]
    if plan.rule:
        days = [day for day in _days(plan.begin.date(), until) if _occurs(plan.rule, plan.begin, day)]
        if count := _parts(plan.rule).get("COUNT"):
            days = days[: int(count)]
    found = []
    for day in days:
        begin = datetime.combine(day, plan.begin.time())
        end = FOREVER if plan.end is None else seconds(begin + (plan.end - plan.begin), zone)
        if seconds(begin, zone) < end:
            found.append((seconds(begin, zone), end))
    return found


def seconds(wall: datetime, zone: ZoneInfo) -> float:
    return wall.replace(tzinfo=zone).timestamp()


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _parts(rule: str) -> dict[str, str]:
    return dict(part.split("=", 1) for part in rule.split(";"))


def _occurs(rule: str, begin: datetime, day: date) -> bool:
    """Daily, weekly with weekdays, monthly by the date or by the last such weekday, yearly: what this file knows."""
    parts = _parts(rule)
    first, interval, weekday = begin.date(), int(parts.get("INTERVAL", "1")), WEEKDAYS[day.weekday()]
    wanted = parts.get("BYDAY", "").split(",")
    if "UNTIL" in parts and datetime.combine(day, begin.time()) > datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%S"):  # noqa: DTZ007
        return False
    if parts["FREQ"] == "DAILY":
        return (day - first).days % interval == 0 and (wanted == [""] or weekday in wanted)
    if parts["FREQ"] == "WEEKLY":
        starts = WEEKDAYS.index(parts.get("WKST", "MO"))
        weeks = (_week_of(day, starts) - _week_of(first, starts)).days // 7
        return weeks % interval == 0 and weekday in (wanted if wanted != [""] else [WEEKDAYS[first.weekday()]])
    if parts["FREQ"] == "MONTHLY":
        if (day.year * 12 + day.month - first.year * 12 - first.month) % interval:
            return False
        last = calendar.monthrange(day.year, day.month)[1] - 7 < day.day
        return day.day == first.day if wanted == [""] else last and f"-1{weekday}" in wanted
    return (day.year - first.year) % interval == 0 and (day.month, day.day) == (first.month, first.day)


def _week_of(day: date, starts: int) -> date:
    return day - timedelta(days=(day.weekday() - starts) % 7)
