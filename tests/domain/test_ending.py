"""Until when, as people, programs and telephones say it. The office is in Stockholm and works on weekdays."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.domain.catalogue import Choice, End, standard
from katalog.domain.ending import LATEST, NotAnEnd, dialled, local_time, parse_end, proposed
from katalog.domain.hours import Calendar, Closed, Hours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CALENDAR = Calendar(STOCKHOLM, Hours.parse("mon-fri 08:00-17:00"), Closed("SE"))
CHOICES = {choice.id: choice for choice in standard()}
MONDAY = "2026-09-21 16:13:20"


def seconds(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=STOCKHOLM)).timestamp()


def local(moment: float | None) -> str | None:
    """With its offset, which tells apart the two hours of October."""
    return None if moment is None else str(datetime.fromtimestamp(moment, STOCKHOLM)).removesuffix(":00")


@pytest.mark.parametrize(
    ("text", "now", "end"),
    [
        ("2026-09-21 17:00", MONDAY, "2026-09-21 17:00:00+02"),
        ("  2026-09-21T17:00:15  ", MONDAY, "2026-09-21 17:00:15+02"),
        ("2026-09-21 17:00:15.9", MONDAY, "2026-09-21 17:00:15+02"),
        ("2026-09-21", MONDAY, "2026-09-21 23:59:59+02"),
        ("20260921", MONDAY, "2026-09-21 23:59:59+02"),
        ("2028-02-29", MONDAY, "2028-02-29 23:59:59+01"),
        ("2026-09-21T17:00:00Z", MONDAY, "2026-09-21 19:00:00+02"),
        ("2026-12-31T17:00:00-08:00", MONDAY, "2027-01-01 02:00:00+01"),
        # A local time in the hour that is missing in March is one by the new time; of October's two it is the first.
        ("2027-03-28 02:30", MONDAY, "2027-03-28 03:30:00+02"),
        ("2026-10-25 02:30", MONDAY, "2026-10-25 02:30:00+02"),
        ("2026-10-25T02:30:00+01:00", MONDAY, "2026-10-25 02:30:00+01"),
        # Hours are hours; days and weeks are by the wall clock.
        ("PT45M", MONDAY, "2026-09-21 16:58:20+02"),
        ("pt1h30m15s", MONDAY, "2026-09-21 17:43:35+02"),
        ("P5W", MONDAY, "2026-10-26 16:13:20+01"),
        ("P1D", "2026-10-24 12:00", "2026-10-25 12:00:00+01"),
        ("PT24H", "2026-10-24 12:00", "2026-10-25 11:00:00+01"),
        ("P1DT1H", "2026-10-24 02:30", "2026-10-25 02:30:00+01"),
        ("PT1H", "2027-03-28 01:30", "2027-03-28 03:30:00+02"),
        ("P1D", "2027-03-27 02:30", "2027-03-28 03:30:00+02"),
        # In both of October's hours, three quarters are three quarters.
        ("PT45M", "2026-10-25 02:30+02:00", "2026-10-25 02:15:00+01"),
        ("PT45M", "2026-10-25 02:30+01:00", "2026-10-25 03:15:00+01"),
        ("P1D", "2026-10-25 02:30+01:00", "2026-10-26 02:30:00+01"),
        ("PT1S", "2026-12-31 23:59:59", "2027-01-01 00:00:00+01"),
    ],
)
def test_every_way_to_say_it(text: str, now: str, end: str) -> None:
    assert local(parse_end(text, seconds(now), CALENDAR)) == end


@pytest.mark.parametrize("text", [None, "", "  ", "0000-00-00 00:00:00"])
def test_every_way_to_say_that_there_is_no_end(text: str | None) -> None:
    assert parse_end(text, seconds(MONDAY), CALENDAR) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (MONDAY, "in the past"),
        ("2026-09-20", "in the past"),
        ("PT0S", "in the past"),
        ("2100-01-01", "2099"),
        ("P9999W", "2099"),
        ("9999-12-31T23:59:59-12:00", "2099"),
        ("P99999D", "2099"),
        ("P", "must be"),
        ("PT", "must be"),
        ("P1Y", "must be"),
        ("snart", "must be"),
        ("2026-02-29", "must be"),
        ("20260229", "must be"),
        ("2026-09-21 24:30", "must be"),
        ("P9999W99999DT999999H", "2099"),
    ],
)
def test_what_is_no_end(text: str, reason: str) -> None:
    with pytest.raises(NotAnEnd, match=reason) as told:
        parse_end(text, seconds(MONDAY), CALENDAR)
    assert told.value.sv != told.value.en


def test_days_beyond_every_calendar_are_no_end() -> None:
    with pytest.raises(NotAnEnd, match="must be"):
        parse_end("P9999W", seconds("9900-01-01"), CALENDAR)


def test_one_second_before_the_last_year_ends_is_the_latest() -> None:
    assert parse_end("2099-12-31T23:59:59Z", seconds(MONDAY), CALENDAR) == LATEST - 1
    with pytest.raises(NotAnEnd):
        parse_end("2100-01-01T00:00:00Z", seconds(MONDAY), CALENDAR)


@settings(max_examples=200)
@given(st.floats(1_700_000_000, 4_000_000_000), st.integers(1, 100 * 3600))
def test_a_duration_is_as_long_as_it_says_at_any_moment(now: float, length: int) -> None:
    assert parse_end(f"PT{length}S", now, CALENDAR) == int(now) + length


@settings(max_examples=200)
@given(st.floats(1_700_000_000, 4_000_000_000), st.integers(2, 5 * 10**7))
def test_what_is_shown_can_be_said(now: float, ahead: int) -> None:
    """`until` of an answer, sent back, is the same end; but for the second of October's hours, which it cannot tell."""
    end = float(int(now) + ahead)
    shown = local_time(end, CALENDAR)
    if datetime.fromtimestamp(end, STOCKHOLM).fold == 0:
        assert parse_end(shown, now, CALENDAR) == end
    assert datetime.fromisoformat(shown) == datetime.fromtimestamp(end, STOCKHOLM).replace(tzinfo=None)


def test_no_end_is_shown_as_programs_compare_it() -> None:
    assert local_time(None, CALENDAR) == "0000-00-00 00:00:00"


@pytest.mark.parametrize(
    ("id_", "now", "end"),
    [
        ("meeting", MONDAY, "2026-09-21 17:13:20+02"),
        ("meeting", "2026-10-25 02:30+02:00", "2026-10-25 02:30:00+01"),
        ("lunch", "2026-09-21 11:45", "2026-09-21 13:00:00+02"),
        ("lunch", "2026-09-21 13:00", "2026-09-21 14:00:00+02"),  # not until tomorrow
        ("left", MONDAY, "2026-09-22 08:00:00+02"),
        ("left", "2026-09-25 15:00", "2026-09-28 08:00:00+02"),  # on a Friday
        ("left", "2026-06-18 15:00", "2026-06-22 08:00:00+02"),  # on the day before Midsummer Eve
        ("left", "2027-03-25 15:00", "2027-03-30 08:00:00+02"),  # before Easter, which ends in summer time
        ("left", "2026-12-30 15:00", "2027-01-04 08:00:00+01"),
        ("ill", "2026-09-21 06:30", "2026-09-22 08:00:00+02"),  # the whole of today
        ("holiday", MONDAY, None),
        ("available", MONDAY, None),
    ],
)
def test_what_the_catalogue_proposes(id_: str, now: str, end: str | None) -> None:
    assert local(proposed(CHOICES[id_], seconds(now), CALENDAR)) == end


def test_where_nobody_ever_works_nothing_is_proposed() -> None:
    never = Calendar(STOCKHOLM, Hours({}), ())
    assert proposed(CHOICES["left"], seconds(MONDAY), never) is None


def test_whole_seconds_are_proposed() -> None:
    assert proposed(CHOICES["meeting"], seconds(MONDAY) + 0.7, CALENDAR) == seconds(MONDAY) + 3600
    late = Choice("late", {"sv": "Sen"}, False, "#000000", "other", 1, end=End.TIME, at="09:00")
    assert proposed(late, seconds(MONDAY) + 0.7, CALENDAR) == seconds(MONDAY) + 3600


@pytest.mark.parametrize(
    ("digits", "id_", "now", "end"),
    [
        ("", "meeting", MONDAY, "2026-09-21 17:13:20+02"),
        ("1730", "meeting", MONDAY, "2026-09-21 17:30:00+02"),
        ("0800", "left", MONDAY, "2026-09-22 08:00:00+02"),
        ("1613", "meeting", "2026-09-21 16:13:00", "2026-09-22 16:13:00+02"),
        ("0230", "meeting", "2027-03-28 01:00", "2027-03-28 03:30:00+02"),
        ("0230", "meeting", "2026-10-24 12:00", "2026-10-25 02:30:00+02"),
        # In the second of October's hours, half past two is in a while, not tomorrow.
        ("0230", "meeting", "2026-10-25 02:10+01:00", "2026-10-25 02:30:00+01"),
        ("1004", "holiday", MONDAY, "2026-10-04 23:59:59+02"),
        ("0921", "holiday", MONDAY, "2026-09-21 23:59:59+02"),
        ("0920", "holiday", MONDAY, "2027-09-20 23:59:59+02"),
        ("0229", "holiday", MONDAY, "2028-02-29 23:59:59+01"),
        ("270104", "meeting", MONDAY, "2027-01-04 23:59:59+01"),
        ("20270104", "holiday", MONDAY, "2027-01-04 23:59:59+01"),
    ],
)
def test_digits_of_a_telephone(digits: str, id_: str, now: str, end: str) -> None:
    assert local(dialled(digits, CHOICES[id_], seconds(now), CALENDAR)) == end


@pytest.mark.parametrize(
    ("digits", "id_"),
    [
        ("1", "meeting"), ("2460", "meeting"), ("2400", "meeting"), ("1399", "holiday"), ("0230", "holiday"),
        ("261301", "holiday"), ("20260229", "holiday"), ("12345", "meeting"), ("17*0", "meeting"),
        ("260920", "holiday"), ("20260920", "holiday"),
    ],
)  # fmt: skip
def test_digits_that_say_nothing(digits: str, id_: str) -> None:
    with pytest.raises(NotAnEnd):
        dialled(digits, CHOICES[id_], seconds(MONDAY), CALENDAR)
