"""What is known of the time to come: what each source says when, and from when on somebody can be reached."""

import heapq
import math
from collections.abc import Iterator

import msgspec

from katalog.domain.absence import Plan
from katalog.domain.catalogue import Catalogue
from katalog.domain.presence import Source, Sources, State, by_hand, first_of

AHEAD = 366 * 86400.0
"""Seconds that are looked ahead for when somebody can be reached."""


class Span(msgspec.Struct, frozen=True, gc=False):
    """A time in which one source says one thing. `absence` is the id of the planned one, `""` for none."""

    state: State
    absence: str = ""


def spans(sources: Sources, begin: float, end: float) -> list[Span]:
    """Everything that is said of the time from `begin` on and before `end`, shown or not, by its beginning.

    Each is whole, though it may have begun before or end after. Do-not-disturb has no times and is not among it.
    """
    planned = [span for plan in sources.plans for span in _of_plan(plan, begin, end)]
    found = [*planned, *_by_calendar(sources, begin, end)]
    hand = sources.hand
    if hand is not None and hand.choice and hand.begin < end and begin < hand.end:
        found.append(Span(State(Source.HAND, hand.choice, hand.begin, hand.end, hand.message)))
    return sorted(found, key=lambda span: (span.state.begin, span.state.end, span.absence))


def free(sources: Sources, catalogue: Catalogue, now: float) -> float | None:
    """The first moment from `now` on at which an available profile will be shown, as far as is known; None if there is
    none within a year, or as long as the telephone is in do-not-disturb, whose end nobody knows.
    """
    if sources.dnd:
        return None
    until = now + AHEAD
    begun, coming = _Begun(), _in_order(sources, now, until)
    following = next(coming, None)
    while now < until:
        while following is not None and following.state.begin <= now:
            begun.push(following)
            following = next(coming, None)
        hand, _ = by_hand(sources, now)
        state = first_of(hand, begun.last(Source.PLANNED, now), begun.last(Source.CALENDAR, now))
        if state is None or (catalogue.get(state.choice) or catalogue.default).available:
            return now
        # Until then nothing else can be shown: only what begins later goes before what is shown now.
        now = min(state.end, math.inf if following is None else following.state.begin)
    return None


class _Begun:
    """What planned absences and the calendar say by now. The last that was pushed goes before those under it."""

    def __init__(self) -> None:
        self._of: dict[Source, list[State]] = {Source.PLANNED: [], Source.CALENDAR: []}

    def push(self, span: Span) -> None:
        self._of[span.state.source].append(span.state)

    def last(self, source: Source, now: float) -> State | None:
        states = self._of[source]
        while states and states[-1].end <= now:
            states.pop()
        return states[-1] if states else None


def _in_order(sources: Sources, begin: float, end: float) -> Iterator[Span]:
    """What is planned and in the calendar, by rank. Occurrences of a rule are worked out as they are asked for."""
    calendar = sorted(_by_calendar(sources, begin, end), key=_rank)
    return heapq.merge(calendar, *[_of_plan(plan, begin, end) for plan in sources.plans], key=_rank)


def _rank(span: Span) -> tuple[float, float, str]:
    """Of several spans of one source that hold at once, the greatest is what it says."""
    return span.state.begin, -span.state.end, span.absence


def _of_plan(plan: Plan, begin: float, end: float) -> Iterator[Span]:
    absence = plan.absence
    for period in plan.between(begin, end):
        yield Span(State(Source.PLANNED, absence.choice, period.begin, period.end, absence.message), absence.id)


def _by_calendar(sources: Sources, begin: float, end: float) -> Iterator[Span]:
    """Of two events at just the same time the first counts, so it comes last."""
    for busy in reversed(sources.busy):
        period = busy.period
        if period.begin < period.end and period.begin < end and begin < period.end:
            yield Span(State(Source.CALENDAR, busy.choice, period.begin, period.end))
