"""Which of what was set, planned, read and heard is shown. The rule is that of `Source`."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.absence import Absence, Period, Plan
from katalog.domain.catalogue import DEFAULT, Catalogue, Choice, standard
from katalog.domain.hours import Calendar, Closed, Hours
from katalog.domain.presence import (
    Busy,
    Hand,
    Source,
    Sources,
    State,
    by_hand,
    of_source,
    plans_in_order,
    profile,
    shown,
)
from katalog.domain.profile import Profile
from tests.domain.test_absence import STOCKHOLM, seconds

SWEDISH = Catalogue(standard(), "sv")
CALENDAR = Calendar(STOCKHOLM, Hours.parse("mon-fri 08:00-17:00"), Closed("SE"))
DAY = "2026-09-21 "
NEVER = math.inf


def at(time: str) -> float:
    """On Monday 21 September."""
    return seconds(DAY + time)


def hand(choice: str, begin: str, end: str = "", message: str | None = None) -> Hand:
    return Hand("anna", choice, at(begin), at(end) if end else NEVER, message)


def plan(choice: str, begin: str, end: str = "", id_: str = "1", rule: str = "") -> Plan:
    return Plan(Absence(id_, "anna", choice, f"{DAY}{begin}:00", f"{DAY}{end}:00" if end else "", rule), STOCKHOLM)


def busy(begin: str, end: str, choice: str = "busy") -> Busy:
    return Busy(Period(at(begin), at(end)), choice)


def look(sources: Sources, time: str) -> tuple[str, str, float]:
    """From where, what, and when it may be different."""
    state, change = shown(sources, SWEDISH, at(time))
    return state.source, state.choice, change


def test_nothing_set_is_available_for_ever() -> None:
    assert look(Sources(), "12:00") == ("default", DEFAULT, NEVER)


def test_what_was_set_holds_until_before_its_end() -> None:
    sources = Sources(hand("meeting", "10:00", "11:00"))
    assert look(sources, "10:59") == ("hand", "meeting", at("11:00"))
    assert look(sources, "11:00") == ("default", DEFAULT, NEVER)


def test_what_was_set_by_a_clock_that_is_put_back_holds_already() -> None:
    assert look(Sources(hand("meeting", "10:00", "11:00")), "09:00") == ("hand", "meeting", at("11:00"))


def test_what_was_cleared_lets_the_plan_hold_again() -> None:
    sources = Sources(hand("", "10:30"), (plan("holiday", "10:00", "12:00"),))
    assert look(sources, "11:00") == ("planned", "holiday", at("12:00"))


@pytest.mark.parametrize(
    ("time", "source", "choice", "change"),
    [
        ("09:59", "hand", "available", "10:00"),
        # The plan began last.
        ("10:00", "planned", "holiday", "10:30"),
        # What began after it, again.
        ("10:30", "planned", "meeting", "11:00"),
        # The holiday goes on after the meeting.
        ("11:00", "planned", "holiday", "12:00"),
        # And what was set in the morning holds again after it.
        ("12:00", "hand", "available", "17:00"),
        ("17:00", "default", DEFAULT, None),
    ],
)
def test_of_hand_and_plans_the_one_that_began_last_is_shown(
    time: str, source: str, choice: str, change: str | None
) -> None:
    sources = Sources(
        hand("available", "09:00", "17:00"),
        (plan("holiday", "10:00", "12:00", "1"), plan("meeting", "10:30", "11:00", "2")),
    )
    assert look(sources, time) == (source, choice, at(change) if change else NEVER)


def test_what_is_set_at_the_very_moment_of_a_plan_is_the_newer_wish() -> None:
    assert look(Sources(hand("available", "10:00"), (plan("holiday", "10:00"),)), "10:00")[0] == "hand"
    assert look(Sources(hand("available", "10:00"), (plan("holiday", "10:01"),)), "10:01")[0] == "planned"


@pytest.mark.parametrize(
    ("one", "other", "choice"),
    [
        # Of two that began together the one that ends first, of these the newest.
        (("holiday", "10:00", "12:00", "1"), ("meeting", "10:00", "11:00", "2"), "meeting"),
        (("holiday", "10:00", "12:00", "2"), ("meeting", "10:00", "11:00", "1"), "meeting"),
        (("holiday", "10:00", "", "2"), ("meeting", "10:00", "11:00", "1"), "meeting"),
        (("holiday", "10:00", "12:00", "1"), ("meeting", "10:00", "12:00", "2"), "meeting"),
        (("holiday", "10:00", "12:00", "1"), ("meeting", "10:15", "13:00", "0"), "meeting"),
    ],
)
def test_of_plans_that_overlap(one: tuple[str, ...], other: tuple[str, ...], choice: str) -> None:
    for plans in ((plan(*one), plan(*other)), (plan(*other), plan(*one))):
        assert look(Sources(plans=plans), "10:30")[:2] == ("planned", choice)


def test_a_calendar_is_shown_where_nobody_set_or_planned_anything() -> None:
    events = (busy("10:00", "12:00"), busy("10:30", "11:00", "meeting"))
    assert look(Sources(busy=events), "09:00") == ("default", DEFAULT, at("10:00"))
    assert look(Sources(busy=events), "10:00") == ("calendar", "busy", at("10:30"))
    assert look(Sources(busy=events), "10:30") == ("calendar", "meeting", at("11:00"))
    assert look(Sources(busy=events), "11:00") == ("calendar", "busy", at("12:00"))
    assert look(Sources(busy=events), "12:00") == ("default", DEFAULT, NEVER)
    assert look(Sources(hand("home", "08:00"), busy=events), "10:30")[:2] == ("hand", "home")
    assert look(Sources(plans=(plan("left", "08:00", "17:00"),), busy=events), "10:30")[:2] == ("planned", "left")


def test_of_events_that_begin_together_the_one_that_ends_first() -> None:
    events = (busy("10:00", "11:00", "meeting"), busy("10:00", "12:00"))
    for order in (events, events[::-1]):
        assert look(Sources(busy=order), "10:00") == ("calendar", "meeting", at("11:00"))


def test_do_not_disturb_is_shown_where_one_could_be_reached_otherwise() -> None:
    assert look(Sources(dnd=True), "10:00") == ("dnd", "", NEVER)
    assert look(Sources(hand("home", "09:00", "17:00"), dnd=True), "10:00") == ("dnd", "", at("17:00"))
    assert look(Sources(hand("ill", "09:00", "17:00"), dnd=True), "10:00") == ("hand", "ill", at("17:00"))
    assert look(Sources(busy=(busy("09:00", "11:00"),), dnd=True), "10:00") == ("calendar", "busy", at("11:00"))


def test_each_source_tells_what_it_says_shown_or_not() -> None:
    sources = Sources(
        hand("ill", "09:00", "17:00", "Feber"), (plan("holiday", "08:00", "12:00"),), (busy("10:00", "11:00"),), True
    )
    told = {source: of_source(sources, SWEDISH, at("10:30"), source) for source in Source}
    assert told == {
        Source.HAND: State(Source.HAND, "ill", at("09:00"), at("17:00"), "Feber"),
        Source.PLANNED: State(Source.PLANNED, "holiday", at("08:00"), at("12:00")),
        Source.CALENDAR: State(Source.CALENDAR, "busy", at("10:00"), at("11:00")),
        Source.DND: State(Source.DND, ""),
        Source.DEFAULT: State(Source.DEFAULT, DEFAULT),
    }
    nothing = {source: of_source(Sources(), SWEDISH, at("10:30"), source) for source in Source}
    assert [source for source, state in nothing.items() if state is not None] == [Source.DEFAULT]


@pytest.mark.parametrize(
    ("state", "language", "expected"),
    [
        (State(Source.HAND, "left", at("16:00"), seconds("2026-09-22 08:00"), "Hej då"), "sv",
         Profile(False, "Gått för dagen", "2026-09-22 08:00:00", "Hej då")),
        (State(Source.PLANNED, "home", at("08:00"), at("17:00")), "en",
         Profile(True, "Working from home", "2026-09-21 17:00:00")),
        (State(Source.DEFAULT, DEFAULT), "sv", Profile(True, "Tillgänglig")),
        (State(Source.DND, ""), "sv", Profile(False, "Stör ej")),
        (State(Source.DND, ""), "de", Profile(False, "Do not disturb")),
        # A profile that has left the catalogue is the default one.
        (State(Source.HAND, "gone", at("16:00"), at("17:00")), "sv",
         Profile(True, "Tillgänglig", "2026-09-21 17:00:00")),
    ],
)  # fmt: skip
def test_what_readers_are_given(state: State, language: str, expected: Profile) -> None:
    assert profile(state, Catalogue(standard(), language), CALENDAR) == expected


def test_do_not_disturb_hides_a_profile_that_has_left_the_catalogue() -> None:
    assert look(Sources(hand("gone", "09:00"), dnd=True), "10:00")[0] == "dnd"
    office = Catalogue([Choice("gone", {"sv": "Borta"}, False, "#000000", "other", 1)], "sv")
    assert shown(Sources(hand("gone", "09:00"), dnd=True), office, at("10:00"))[0].source is Source.HAND


def test_plans_are_listed_by_their_beginning() -> None:
    plans = [plan("ill", "12:00", "", "1"), plan("ill", "10:00", "", "3"), plan("ill", "10:00", "", "2")]
    assert [found.absence.id for found in plans_in_order(plans)] == ["2", "3", "1"]


minutes = st.integers(8 * 60, 18 * 60).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
spans = st.lists(minutes, min_size=2, max_size=2, unique=True).map(sorted)
some_sources = st.builds(
    Sources,
    hand=st.none() | spans.map(lambda span: hand("home", *span)) | minutes.map(lambda begin: hand("", begin)),
    plans=st.lists(st.tuples(st.sampled_from(["ill", "home"]), spans, st.sampled_from(["", "FREQ=DAILY"])), max_size=3).map(
        lambda found: tuple(
            plan(choice, begin, end, str(number), rule) for number, (choice, (begin, end), rule) in enumerate(found)
        )
    ),
    busy=st.lists(spans.map(lambda span: busy(*span)), max_size=3).map(tuple),
    dnd=st.booleans(),
)  # fmt: skip


@given(some_sources, minutes, minutes)
def test_nothing_changes_before_the_moment_that_is_told(sources: Sources, time: str, later: str) -> None:
    state, change = shown(sources, SWEDISH, at(time))
    assert change > at(time)
    for moment in (at(later), change - 1):
        if at(time) <= moment < change < math.inf:
            assert shown(sources, SWEDISH, moment) == (state, change)


@given(some_sources, minutes)
def test_what_is_shown_is_what_one_of_the_sources_says(sources: Sources, time: str) -> None:
    state, _ = shown(sources, SWEDISH, at(time))
    said = {source: of_source(sources, SWEDISH, at(time), source) for source in Source}
    assert state == said[state.source]
    if state.source is Source.CALENDAR:
        assert said[Source.HAND] is None
        assert said[Source.PLANNED] is None
    assert by_hand(sources, at(time))[0] == said[Source.HAND]
