"""Moments, read and written by the organisation's clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.moment import iso, iso_milliseconds, parse_moment

STOCKHOLM = ZoneInfo("Europe/Stockholm")


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-15 08:30", "2026-01-15 07:30"),
        ("2026-07-15 08:30:15", "2026-07-15 06:30:15"),
        ("2026-07-15T08:30", "2026-07-15 06:30"),
        ("  2026-07-15 08:30\n", "2026-07-15 06:30"),
        ("2026-07-15T08:30:00Z", "2026-07-15 08:30"),
        ("2026-07-15T08:30:00-05:00", "2026-07-15 13:30"),
        ("2026-03-29 01:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 03:00", "2026-03-29 01:00"),
        ("2028-02-29 12:00", "2028-02-29 11:00"),
    ],
)
def test_a_time_is_local_unless_it_has_an_offset(text: str, moment: str) -> None:
    assert parse_moment(text, STOCKHOLM) == utc(moment)


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("2026-07-15", "2026-07-15 22:00"),
        ("2026-12-31", "2026-12-31 23:00"),
        ("2028-02-28", "2028-02-28 23:00"),
        ("2028-02-29", "2028-02-29 23:00"),
        ("2026-03-28", "2026-03-28 23:00"),
        ("2026-03-29", "2026-03-29 22:00"),  # a day of 23 hours
        ("2026-10-25", "2026-10-25 23:00"),  # a day of 25
    ],
)
def test_a_date_means_its_end(date: str, moment: str) -> None:
    assert parse_moment(date, STOCKHOLM) == utc(moment)


def test_an_hour_that_does_not_exist_in_march_is_read_with_the_offset_before_it() -> None:
    assert parse_moment("2026-03-29 02:30", STOCKHOLM) == utc("2026-03-29 01:30")
    assert iso(utc("2026-03-29 01:30"), STOCKHOLM) == "2026-03-29T03:30:00+02:00"


def test_an_hour_that_exists_twice_in_october_is_the_first_one() -> None:
    assert parse_moment("2026-10-25 02:30", STOCKHOLM) == utc("2026-10-25 00:30")


def test_both_of_october_s_double_hours_can_be_told_apart_as_written() -> None:
    first, second = utc("2026-10-25 00:30"), utc("2026-10-25 01:30")
    assert iso(first, STOCKHOLM) == "2026-10-25T02:30:00+02:00"
    assert iso(second, STOCKHOLM) == "2026-10-25T02:30:00+01:00"
    assert parse_moment(iso(second, STOCKHOLM), STOCKHOLM) == second


def test_the_zone_decides() -> None:
    assert parse_moment("2026-07-15 08:30", ZoneInfo("America/New_York")) == utc("2026-07-15 12:30")


def test_what_is_written_has_whole_seconds() -> None:
    assert iso(utc("2026-12-31 22:59:59") + 0.999, STOCKHOLM) == "2026-12-31T23:59:59+01:00"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026",
        "2026-02-29",
        "2026-13-01",
        "2026-02-29 12:00",
        "2026-01-01 25:00",
        "12:00",
        "9999-12-31",  # its end is in a year that there is not
        "9999-12-31T23:59:59Z",  # and this moment is, in Stockholm
        "0001-01-01 00:00",  # before the first, in UTC
    ],
)
def test_what_is_no_moment_or_none_that_can_be_written_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(text, STOCKHOLM)


@given(st.text() | st.datetimes().map(str) | st.dates().map(str) | st.datetimes(timezones=st.timezones()).map(str))
def test_whatever_is_accepted_can_be_written_and_nothing_else_is_raised(text: str) -> None:
    try:
        moment = parse_moment(text, STOCKHOLM)
    except ValueError:
        return
    assert iso(moment, STOCKHOLM)


@given(st.integers(0, 4_000_000_000))
def test_what_is_written_is_read_as_the_same_moment(moment: int) -> None:
    assert parse_moment(iso(moment, STOCKHOLM), STOCKHOLM) == moment


def test_of_a_call_milliseconds_are_told() -> None:
    assert iso_milliseconds(utc("2026-07-15 06:30") + 0.25, STOCKHOLM) == "2026-07-15T08:30:00.250+02:00"
    assert iso_milliseconds(utc("2026-01-15 07:30"), STOCKHOLM) == "2026-01-15T08:30:00.000+01:00"
