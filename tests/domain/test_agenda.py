"""What is said of the time to come, and when somebody can be reached next: as the directory will show it then."""

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.domain.absence import Absence, Period, Plan
from katalog.domain.agenda import AHEAD, Span, free, spans
from katalog.domain.catalogue import Catalogue, standard
from katalog.domain.presence import Busy, Hand, Source, Sources, State, of_source, shown
from tests.domain.test_absence import STOCKHOLM, ZONES, seconds

SWEDISH = Catalogue(standard(), "sv")
HOUR, DAY = 3600.0, 86400.0
NOW = seconds("2026-09-21 12:00")
NEVER = math.inf


def at(text: str) -> float:
    return seconds(f"2026-{text}")


def plan(choice: str, begin: str, end: str = "", rule: str = "", id_: str = "1") -> Plan:
    return Plan(
        Absence(id_, "anna", choice, f"2026-{begin}:00", f"2026-{end}:00" if end else "", rule, "Ring Bo"), STOCKHOLM
    )


def told(sources: Sources, begin: str, end: str) -> list[tuple[str, str, str, str]]:
    """Source, profile, and from when until when, by the clock."""

    def local(moment: float) -> str:
        return "" if moment == NEVER else datetime.fromtimestamp(moment, STOCKHOLM).strftime("%m-%d %H:%M")

    found = [span.state for span in spans(sources, at(begin), at(end))]
    return [(str(state.source), state.choice, local(state.begin), local(state.end)) for state in found]


def next_free(*plans: Plan, hand: Hand | None = None, busy: tuple[Busy, ...] = (), dnd: bool = False) -> str | None:
    found = free(Sources(hand, plans, busy, dnd), SWEDISH, NOW)
    return None if found is None else datetime.fromtimestamp(found, STOCKHOLM).strftime("%m-%d %H:%M")


def test_what_each_source_says_is_whole_and_in_the_order_of_its_beginning() -> None:
    sources = Sources(
        Hand("anna", "meeting", at("09-21 11:00"), at("09-21 13:00")),
        (plan("holiday", "09-01 08:00", "09-23 17:00"), plan("left", "09-18 13:00", "09-18 17:00", "FREQ=WEEKLY")),
        (Busy(Period(at("09-22 09:00"), at("09-22 10:00")), "lunch"),),
        dnd=True,
    )
    assert told(sources, "09-21 00:00", "10-03 00:00") == [
        ("planned", "holiday", "09-01 08:00", "09-23 17:00"),
        ("hand", "meeting", "09-21 11:00", "09-21 13:00"),
        ("calendar", "lunch", "09-22 09:00", "09-22 10:00"),
        ("planned", "left", "09-25 13:00", "09-25 17:00"),
        ("planned", "left", "10-02 13:00", "10-02 17:00"),
    ]


def test_a_span_of_a_plan_has_its_word_and_its_id() -> None:
    (span,) = spans(Sources(plans=(plan("ill", "09-21 08:00", id_="7"),)), NOW, NOW + DAY)
    assert span == Span(State(Source.PLANNED, "ill", at("09-21 08:00"), NEVER, "Ring Bo"), "7")


@pytest.mark.parametrize(
    ("begin", "end", "there"),
    [
        ("09-21 08:00", "09-21 10:00", True),
        ("09-21 10:00", "09-21 11:00", False),
        ("09-21 06:00", "09-21 08:00", False),
        ("09-21 06:00", "09-21 08:01", True),
        ("09-21 09:59", "09-21 10:00", True),
    ],
)
def test_what_holds_at_no_moment_of_the_time_is_not_among_it(begin: str, end: str, there: bool) -> None:
    period = Period(at("09-21 08:00"), at("09-21 10:00"))
    for sources in (
        Sources(Hand("anna", "ill", *(period.begin, period.end))),
        Sources(plans=(plan("ill", "09-21 08:00", "09-21 10:00"),)),
        Sources(plans=(plan("ill", "09-21 08:00", "09-21 10:00", "FREQ=YEARLY"),)),
        Sources(plans=(plan("ill", "09-21 08:00", "09-21 10:00", "FREQ=MONTHLY;BYDAY=MO"),)),
        Sources(busy=(Busy(period, "ill"),)),
    ):
        assert bool(told(sources, begin, end)) is there


def test_what_was_cleared_says_nothing_and_what_has_no_length_is_none() -> None:
    never = Period(at("09-21 08:00"), at("09-21 08:00"))
    march = plan("ill", "03-29 02:00", "03-29 03:00", "FREQ=DAILY")
    sources = Sources(Hand("anna", "", at("09-21 11:00")), (march,), (Busy(never, "ill"),))
    assert told(sources, "09-21 00:00", "09-21 23:00") == [("planned", "ill", "09-21 02:00", "09-21 03:00")]
    assert [begin for _, _, begin, _ in told(sources, "03-28 00:00", "03-30 12:00")] == ["03-30 02:00"]
    assert free(Sources(busy=(Busy(never, "ill"),)), SWEDISH, never.begin) == never.begin


def test_occurrences_that_overlap_are_each_told_of() -> None:
    sources = Sources(plans=(plan("ill", "09-01 08:00", "09-04 08:00", "FREQ=DAILY;COUNT=4"),))
    assert [begin for _, _, begin, _ in told(sources, "09-04 10:00", "09-04 11:00")] == [
        "09-02 08:00",
        "09-03 08:00",
        "09-04 08:00",
    ]


def test_whoever_shows_an_available_profile_is_free_now() -> None:
    assert next_free() == "09-21 12:00"
    assert next_free(plan("home", "09-21 08:00")) == "09-21 12:00"
    assert next_free(plan("meeting", "09-21 13:00", "09-21 14:00")) == "09-21 12:00"
    assert next_free(plan("meeting", "09-21 11:00", "09-21 12:00")) == "09-21 12:00"


def test_free_is_when_the_last_of_what_overlaps_or_follows_at_once_has_ended() -> None:
    meetings = plan("meeting", "09-21 11:00", "09-21 13:00"), plan("lunch", "09-21 13:00", "09-21 14:00", id_="2")
    assert next_free(*meetings) == "09-21 14:00"
    assert next_free(*meetings, plan("ill", "09-21 11:30", "09-22 08:00", id_="3")) == "09-22 08:00"
    busy = (Busy(Period(at("09-21 13:30"), at("09-21 15:00")), "meeting"),)
    assert next_free(*meetings, busy=busy) == "09-21 15:00"


def test_what_is_set_by_hand_goes_before_what_began_before_it() -> None:
    holiday = plan("holiday", "09-01 08:00", "09-30 17:00")
    assert next_free(holiday, hand=Hand("anna", "available", NOW - HOUR)) == "09-21 12:00"
    assert next_free(holiday, hand=Hand("anna", "meeting", NOW - HOUR, NOW + HOUR)) == "09-30 17:00"
    assert next_free(hand=Hand("anna", "meeting", NOW - HOUR)) is None
    assert next_free(hand=Hand("anna", "meeting", NOW - HOUR, NOW + HOUR)) == "09-21 13:00"
    # By a clock that was put back.
    assert next_free(hand=Hand("anna", "meeting", NOW + HOUR, NOW + 2 * HOUR)) == "09-21 14:00"


def test_one_who_works_at_home_on_a_day_of_an_absence_without_end_is_free_then() -> None:
    home = plan("home", "09-24 08:00", "09-24 17:00", id_="2")
    assert next_free(plan("ill", "09-21 08:00"), home) == "09-24 08:00"
    assert next_free(plan("ill", "09-21 08:00")) is None


def test_a_profile_that_is_no_more_is_the_default_one() -> None:
    assert next_free(plan("gone", "09-21 08:00")) == "09-21 12:00"


def test_nobody_knows_when_do_not_disturb_ends() -> None:
    assert next_free(dnd=True) is None
    assert next_free(plan("meeting", "09-21 11:00", "09-21 13:00"), dnd=True) is None


def test_not_within_a_year_is_never() -> None:
    begin, end = datetime(2026, 9, 21), datetime(2027, 9, 22, 11)  # noqa: DTZ001 - wall clock
    for hours in (0, 2):
        absence = Absence("1", "anna", "parental", str(begin), str(end + timedelta(hours=hours)))
        found = free(Sources(plans=(Plan(absence, STOCKHOLM),)), SWEDISH, NOW)
        assert (found is None) is (hours == 2)
    always = plan("ill", "01-01 00:00", "01-02 00:00", "FREQ=DAILY")
    assert next_free(always) is None


# -- at random ------------------------------------------------------------------------------------------

CHOICES = st.sampled_from(["available", "home", "ill", "meeting", "gone"])
HALF_HOURS = st.integers(-200, 200).map(lambda steps: NOW + steps * HOUR / 2)
LENGTHS = st.one_of(st.just(NEVER), st.integers(0, 100).map(lambda steps: steps * HOUR / 2))
RULES = st.sampled_from(
    ["", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=DAILY;INTERVAL=3;COUNT=9", "FREQ=MONTHLY;BYDAY=-1FR",
     "FREQ=WEEKLY;UNTIL=20261025T120000", "FREQ=YEARLY;BYMONTH=10;BYDAY=SU"]
)  # fmt: skip
HANDS = st.builds(
    lambda choice, begin, length: Hand("anna", choice, begin, begin + length), CHOICES, HALF_HOURS, LENGTHS
)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Plan, ...]:
    zone = draw(st.sampled_from(ZONES))
    found = []
    for number in range(draw(st.integers(0, 5))):
        begin = datetime.fromtimestamp(draw(HALF_HOURS), zone).replace(tzinfo=None)
        length, rule = draw(LENGTHS), draw(RULES)
        if length == NEVER:
            end, rule = "", ""
        else:
            end = str(begin + timedelta(seconds=length))
        found.append(Plan(Absence(str(number), "anna", draw(CHOICES), str(begin), end, rule), zone))
    return tuple(found)


SOURCES = st.builds(
    Sources,
    st.none() | HANDS,
    plans(),
    st.lists(
        st.builds(
            lambda choice, begin, length: Busy(Period(begin, begin + length), choice), CHOICES, HALF_HOURS, LENGTHS
        )
    ).map(tuple),
    st.booleans(),
)


def looked_up(sources: Sources, now: float) -> float | None:
    """The same by looking again and again."""
    until = now + AHEAD
    while now < until:
        state, change = shown(sources, SWEDISH, now)
        if state.source is not Source.DND and (SWEDISH.get(state.choice) or SWEDISH.default).available:
            return now
        now = change
    return None


@settings(deadline=None)
@given(SOURCES)
def test_free_is_the_first_moment_at_which_somebody_will_be_shown_as_available(sources: Sources) -> None:
    assert free(sources, SWEDISH, NOW) == looked_up(sources, NOW)


@settings(deadline=None)
@given(SOURCES, st.integers(-40, 40), st.integers(1, 100))
def test_at_every_moment_each_source_says_the_last_of_its_spans_that_hold(
    sources: Sources, first: int, days: int
) -> None:
    begin = NOW + first * DAY / 4
    end = begin + days * DAY
    found = spans(sources, begin, end)
    assert found == sorted(found, key=lambda span: span.state.begin)
    moments = {begin, end - 1, *(each for span in found for each in (span.state.begin, span.state.end))}
    for moment in moments:
        if begin <= moment < end:
            for source in (Source.PLANNED, Source.CALENDAR):
                said = [span for span in found if span.state.source is source]
                holds = [span for span in said if span.state.begin <= moment < span.state.end]
                last = max(holds, key=lambda span: (span.state.begin, -span.state.end, span.absence), default=None)
                now = of_source(sources, SWEDISH, moment, source)
                assert (now and (now.begin, now.end)) == (last and (last.state.begin, last.state.end))
