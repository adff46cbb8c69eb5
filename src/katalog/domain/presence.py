"""Whether somebody can be reached: one state from each source, and which of them is shown now.

Nothing here remembers what was shown before: it is worked out for a moment, from what was set, planned, read from a
calendar and heard from the telephone. So nothing depends on a timer, and a restart changes nothing.
"""

import math
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from katalog.domain.absence import Period, Plan
from katalog.domain.catalogue import Catalogue, Choice
from katalog.domain.ending import local_time
from katalog.domain.hours import Calendar
from katalog.domain.profile import Profile


class Source(StrEnum):
    """Where a state comes from.

    Of `hand` and `planned` the one that began last is shown, else `calendar`, else `default`; and where that says
    available while the telephone is in do-not-disturb, `dnd`.
    """

    HAND = "hand"
    PLANNED = "planned"
    CALENDAR = "calendar"
    DND = "dnd"
    DEFAULT = "default"


class Hand(msgspec.Struct, frozen=True, gc=False):
    """What somebody set, or cleared: then `choice` is `""`. Times are Unix seconds, no `end` is infinite."""

    entry: str
    choice: str
    begin: float
    end: float = math.inf
    message: str | None = None
    revision: int = 0


class Busy(msgspec.Struct, frozen=True, gc=False):
    """One event of a calendar that makes its owner busy."""

    period: Period
    choice: str


class State(msgspec.Struct, frozen=True, gc=False):
    """What one source says: a profile of the catalogue, from when until when, and with what word."""

    source: Source
    choice: str
    begin: float = -math.inf
    end: float = math.inf
    message: str | None = None


class Sources(msgspec.Struct, frozen=True):
    """Everything that is known of one entry's presence."""

    hand: Hand | None = None
    plans: tuple[Plan, ...] = ()
    busy: tuple[Busy, ...] = ()
    dnd: bool = False


DND_NAMES = {"sv": "Stör ej", "en": "Do not disturb"}
"""Not of the catalogue: nobody sets it but a telephone, and it ends with it."""


def by_hand(sources: Sources, now: float) -> tuple[State | None, float]:
    """The state, and when it may be another. A hand that set something in a future, by a clock put back, holds."""
    hand = sources.hand
    if hand is None or not hand.choice or now >= hand.end:
        return None, math.inf
    return State(Source.HAND, hand.choice, hand.begin, hand.end, hand.message), hand.end


def planned(sources: Sources, now: float) -> tuple[State | None, float]:
    """Of several that hold: the one that began last, of these the one that ends first, of these the newest."""
    best: tuple[float, float, str] | None = None
    state, change = None, math.inf
    for plan in sources.plans:
        period, changes = plan.at(now)
        change = min(change, changes)
        if period is None:
            continue
        absence = plan.absence
        rank = (period.begin, -period.end, absence.id)
        if best is None or rank > best:
            best = rank
            state = State(Source.PLANNED, absence.choice, period.begin, period.end, absence.message)
    return state, change


def by_calendar(sources: Sources, now: float) -> tuple[State | None, float]:
    """Of several events that hold: the one that began last, of these the one that ends first."""
    best, change = None, math.inf
    for busy in sources.busy:
        period = busy.period
        if now < period.begin:
            change = min(change, period.begin)
        elif now < period.end:
            change = min(change, period.end)
            if best is None or (period.begin, -period.end) > (best.period.begin, -best.period.end):
                best = busy
    if best is None:
        return None, change
    return State(Source.CALENDAR, best.choice, best.period.begin, best.period.end), change


def shown(sources: Sources, catalogue: Catalogue, now: float) -> tuple[State, float]:
    """The state that is shown, and the next moment at which another one may be; infinite if none is in sight."""
    hand, hand_changes = by_hand(sources, now)
    plan, plan_changes = planned(sources, now)
    calendar, calendar_changes = by_calendar(sources, now)
    state = first_of(hand, plan, calendar) or State(Source.DEFAULT, catalogue.default.id)
    choice = catalogue.get(state.choice) or catalogue.default
    if sources.dnd and choice.available:
        state = State(Source.DND, "")
    return state, min(hand_changes, plan_changes, calendar_changes)


def first_of(hand: State | None, plan: State | None, calendar: State | None) -> State | None:
    """Of what these sources say at one moment, what is shown. What was set by hand at the very moment at which an
    absence begins is the newer wish.
    """
    newer = plan if hand is None or (plan is not None and plan.begin > hand.begin) else hand
    return newer or calendar


def of_source(sources: Sources, catalogue: Catalogue, now: float, source: Source) -> State | None:
    """What one source says now, shown or not."""
    match source:
        case Source.HAND:
            return by_hand(sources, now)[0]
        case Source.PLANNED:
            return planned(sources, now)[0]
        case Source.CALENDAR:
            return by_calendar(sources, now)[0]
        case Source.DND:
            return State(Source.DND, "") if sources.dnd else None
    return State(Source.DEFAULT, catalogue.default.id)


def profile(state: State, catalogue: Catalogue, calendar: Calendar) -> Profile:
    """The v1 object of a state."""
    language = catalogue.language
    if state.source is Source.DND:
        return Profile(False, DND_NAMES.get(language, DND_NAMES["en"]))
    choice: Choice = catalogue.get(state.choice) or catalogue.default
    end = None if state.end == math.inf else state.end
    return Profile(choice.available, choice.name(language), local_time(end, calendar), state.message)


def plans_in_order(plans: Sequence[Plan]) -> list[Plan]:
    """As they are listed: by their beginning, then by id."""
    return sorted(plans, key=lambda plan: (plan.absence.begin, plan.absence.id))
