"""When a planned absence holds: by the organisation's wall clock, over summer time, leap days and the end of a year."""

import math
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.domain.absence import (
    MAX_COUNT,
    MAX_INTERVAL,
    MAX_RULE,
    Absence,
    NotARule,
    Period,
    Plan,
    parse_rule,
    parse_wall,
)

STOCKHOLM = ZoneInfo("Europe/Stockholm")
ZONES = [STOCKHOLM, *map(ZoneInfo, ("America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata"))]
BEGIN = datetime(2026, 9, 25, 13)  # noqa: DTZ001 - wall clock


def plan(begin: str, end: str, rule: str = "", zone: ZoneInfo = STOCKHOLM) -> Plan:
    def whole(text: str) -> str:
        return str(datetime.fromisoformat(text)) if text else ""

    return Plan(Absence("1", "anna", "meeting", whole(begin), whole(end), rule), zone)


def seconds(text: str, zone: ZoneInfo = STOCKHOLM) -> float:
    """Of a local time, or of one with its offset."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


def told(of: Plan, now: str) -> tuple[str | None, str | None]:
    """Until when the occurrence that holds does, and when that will be different, in local time with its offset."""
    period, change = of.at(seconds(now))

    def local(moment: float) -> str:
        return str(datetime.fromtimestamp(moment, STOCKHOLM))[:22]

    return None if period is None else local(period.end), None if change == math.inf else local(change)


def test_once_it_holds_from_its_first_second_until_before_its_end() -> None:
    holiday = plan("2026-09-25 13:00", "2026-09-25 17:00")
    assert told(holiday, "2026-09-25 12:59:59") == (None, "2026-09-25 13:00:00+02")
    assert told(holiday, "2026-09-25 13:00:00") == ("2026-09-25 17:00:00+02", "2026-09-25 17:00:00+02")
    assert told(holiday, "2026-09-25 16:59:59") == ("2026-09-25 17:00:00+02", "2026-09-25 17:00:00+02")
    assert told(holiday, "2026-09-25 17:00:00") == (None, None)


def test_without_end_it_holds_for_ever() -> None:
    away = plan("2026-09-25", "")
    assert away.at(seconds("2026-09-24")) == (None, seconds("2026-09-25"))
    assert away.at(seconds("2099-09-24")) == (Period(seconds("2026-09-25"), math.inf), math.inf)


@pytest.mark.parametrize(
    ("now", "holds", "change"),
    [
        # Every Friday afternoon, over the end of summer time on 25 October and its beginning on 28 March.
        ("2026-10-23 16:59:59", "2026-10-23 17:00:00+02", "2026-10-23 17:00:00+02"),
        ("2026-10-23 17:00:00", None, "2026-10-30 13:00:00+01"),
        ("2026-10-30 12:59:59", None, "2026-10-30 13:00:00+01"),
        ("2026-10-30 13:00:00", "2026-10-30 17:00:00+01", "2026-10-30 17:00:00+01"),
        ("2026-12-25 17:00:00", None, "2027-01-01 13:00:00+01"),
        ("2027-03-26 17:00:00", None, "2027-04-02 13:00:00+02"),
        ("2020-01-01 00:00:00", None, "2026-09-25 13:00:00+02"),
        ("2099-12-25 17:00:00", None, None),
    ],
)
def test_every_friday_afternoon_is_by_the_wall_clock(now: str, holds: str | None, change: str | None) -> None:
    assert told(plan("2026-09-25 13:00", "2026-09-25 17:00", "FREQ=WEEKLY"), now) == (holds, change)


@pytest.mark.parametrize(
    ("begin", "end", "now", "holds", "change"),
    [
        # What lies in the hour that 28 March 2027 leaves out is an hour later by the new time.
        ("02:15", "02:45", "2027-03-28 03:20", "2027-03-28 03:45:00+02", "2027-03-28 03:45:00+02"),
        # What would end before it begins is none that day.
        ("02:30", "03:15", "2027-03-28 01:59", None, "2027-03-29 02:30:00+02"),
        ("02:30", "03:30", "2027-03-28 03:30", None, "2027-03-29 02:30:00+02"),
        # What reaches over it is an hour shorter.
        ("01:30", "03:30", "2027-03-28 01:45", "2027-03-28 03:30:00+02", "2027-03-28 03:30:00+02"),
        # Of the doubled hour of 25 October 2026 it is the first, in summer time.
        ("02:30", "02:45", "2026-10-25 02:29+02:00", None, "2026-10-25 02:30:00+02"),
        ("02:30", "02:45", "2026-10-25 02:44+02:00", "2026-10-25 02:45:00+02", "2026-10-25 02:45:00+02"),
        ("02:30", "02:45", "2026-10-25 02:35+01:00", None, "2026-10-26 02:30:00+01"),
        # What reaches over it is an hour longer.
        ("01:30", "03:30", "2026-10-25 02:45+01:00", "2026-10-25 03:30:00+01", "2026-10-25 03:30:00+01"),
    ],
)
def test_every_night_over_the_hours_that_are_missing_or_there_twice(
    begin: str, end: str, now: str, holds: str | None, change: str | None
) -> None:
    assert told(plan(f"2026-09-01 {begin}", f"2026-09-01 {end}", "FREQ=DAILY"), now) == (holds, change)


def test_once_within_the_missing_hour() -> None:
    assert told(plan("2027-03-28 02:15", "2027-03-28 02:45"), "2027-03-28 01:00") == (None, "2027-03-28 03:15:00+02")
    for now in ("2027-03-28 01:00", "2027-03-28 03:16", "2027-03-28 03:45"):
        assert told(plan("2027-03-28 02:30", "2027-03-28 03:15"), now) == (None, None)


def test_a_day_that_a_zone_leaves_out_is_the_next_one() -> None:
    """Samoa had no 30 December 2011. What began on it begins with that of the 31st, and of the two one ends first."""
    apia = ZoneInfo("Pacific/Apia")
    nights = plan("2011-12-01 20:00", "2011-12-03 08:00", "FREQ=DAILY", apia)
    noon = seconds("2011-12-31 20:00", apia)
    assert nights.at(noon) == (Period(noon, seconds("2012-01-01 08:00", apia)), seconds("2012-01-01 08:00", apia))
    assert nights.at(seconds("2012-01-01 08:00", apia)) == (
        Period(noon, seconds("2012-01-02 08:00", apia)), seconds("2012-01-01 20:00", apia)
    )  # fmt: skip


def test_29_february_is_years_away_and_then_is_no_more() -> None:
    birthday = plan("2024-02-29", "2024-02-29 23:59:59", "FREQ=YEARLY")
    assert told(birthday, "2026-09-21") == (None, "2028-02-29 00:00:00+01")
    assert told(birthday, "2028-02-29 12:00") == ("2028-02-29 23:59:59+01", "2028-02-29 23:59:59+01")
    assert told(birthday, "2096-03-01") == (None, None)


def test_one_that_begins_in_many_years_is_waited_for() -> None:
    later = plan("2090-01-02 08:00", "2090-01-02 17:00", "FREQ=DAILY")
    assert told(later, "2026-09-21") == (None, "2090-01-02 08:00:00+01")


def test_the_last_days_of_the_last_year_have_their_occurrences() -> None:
    yearly = plan("2026-12-24", "2027-12-23", "FREQ=YEARLY")
    assert told(yearly, "2099-12-23 12:00") == (None, "2099-12-24 00:00:00+01")
    assert told(yearly, "2100-12-22 12:00") == ("2100-12-23 00:00:00+01", "2100-12-23 00:00:00+01")
    assert told(yearly, "2100-12-24 12:00") == (None, None)


def test_of_occurrences_that_overlap_the_one_that_began_last_holds() -> None:
    duty = plan("2026-09-21 08:00", "2026-09-23 12:00", "FREQ=DAILY;COUNT=3")
    assert told(duty, "2026-09-22 07:59") == ("2026-09-23 12:00:00+02", "2026-09-22 08:00:00+02")
    assert told(duty, "2026-09-22 08:00") == ("2026-09-24 12:00:00+02", "2026-09-23 08:00:00+02")
    assert told(duty, "2026-09-24 12:00") == ("2026-09-25 12:00:00+02", "2026-09-25 12:00:00+02")
    assert told(duty, "2026-09-25 12:00") == (None, None)


def test_the_last_occurrence_holds_to_its_end_when_there_are_no_more() -> None:
    duty = plan("2026-09-21 08:00", "2026-10-21 08:00", "FREQ=DAILY;COUNT=2")
    assert told(duty, "2026-10-21 12:00") == ("2026-10-22 08:00:00+02", "2026-10-22 08:00:00+02")
    assert told(duty, "2026-10-22 08:00") == (None, None)


def test_counted_from_the_first_that_matches() -> None:
    """Planned on a Friday for three Mondays."""
    mondays = plan("2026-09-25 08:00", "2026-09-25 09:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=3")
    assert told(mondays, "2026-09-25 08:30") == (None, "2026-09-28 08:00:00+02")
    assert told(mondays, "2026-10-12 08:30") == ("2026-10-12 09:00:00+02", "2026-10-12 09:00:00+02")
    assert told(mondays, "2026-10-12 09:00") == (None, None)


RULES = (
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "FREQ=DAILY;COUNT=5", "FREQ=WEEKLY;COUNT=7;BYDAY=TU,SU",
    "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYDAY=-1SU;COUNT=9", "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU", "FREQ=DAILY;BYMONTH=3,10,12", "FREQ=DAILY;UNTIL=20270328T023000",
)  # fmt: skip

# About the changes of the clock, the end of the year, and the leap day, from Stockholm to Samoa.
INTERESTING = [
    datetime.fromisoformat(text)
    for text in (
        "2026-03-29 02:30", "2026-10-25 02:30", "2027-03-28 02:30", "2026-11-01 01:30", "2027-03-14 02:30",
        "2026-10-04 02:15", "2027-04-04 01:45", "2011-12-30 12:00", "2026-12-31 23:59:59", "2028-02-29 00:00",
        "2024-02-29 12:00",
    )
]  # fmt: skip

walls = st.builds(
    lambda day, minutes: day + timedelta(minutes=minutes),
    st.sampled_from(INTERESTING),
    st.one_of(st.integers(-180, 180), st.integers(-3000, 3000)),
)
lengths = st.one_of(
    st.sampled_from([1, 15, 30, 60, 90, 120, 24 * 60, 36 * 60]), st.integers(1, 2 * 24 * 60), st.integers(1, 366 * 1440)
).map(lambda minutes: timedelta(minutes=minutes))


def by_brute_force(rule: str, begin: datetime, length: timedelta, zone: ZoneInfo, now: float) -> Any:
    """Every occurrence until two years from now, one after the other."""

    def moment(wall: datetime) -> float:
        return wall.replace(tzinfo=zone).timestamp()

    far = max(datetime.fromtimestamp(now), begin) + timedelta(days=800)  # noqa: DTZ006
    if "COUNT" not in rule and "UNTIL" not in rule:
        rule += f";UNTIL={far:%Y%m%dT%H%M%S}"
    periods = []
    for wall in rrulestr(rule, dtstart=begin):
        period = Period(moment(wall), moment(wall + length))
        if period.begin < period.end:
            periods.append(period)
    holding = [period for period in periods if period.begin <= now < period.end]
    current = max(holding, key=lambda period: (period.begin, -period.end), default=None)
    changes = [period.begin for period in periods if period.begin > now] + ([current.end] if current else [])
    return current, min(changes, default=math.inf), moment(far)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(RULES), walls, st.integers(0, 900), lengths, walls, st.sampled_from([0, 0, 1, -1, 59]),
    st.sampled_from(ZONES),
)  # fmt: skip
def test_at_any_moment_it_is_what_a_look_at_every_occurrence_gives(
    rule: str, about: datetime, before: int, length: timedelta, wall: datetime, second: int, zone: ZoneInfo
) -> None:
    begin = about - timedelta(days=before)
    now = wall.replace(tzinfo=zone).timestamp() + second
    of = Plan(Absence("1", "anna", "ill", str(begin), str(begin + length), rule), zone)
    current, change = of.at(now)
    expected, expected_change, far = by_brute_force(rule, begin, length, zone, now)
    assert current == expected
    assert change > now
    assert change == expected_change or (expected_change == math.inf and change > far)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([*RULES, ""]), walls, lengths, st.sampled_from(ZONES),
    st.lists(st.one_of(walls, st.integers(-3, 3)), min_size=1, max_size=12),
)  # fmt: skip
def test_what_was_asked_before_makes_no_difference(
    rule: str, begin: datetime, length: timedelta, zone: ZoneInfo, moments: list[datetime | int]
) -> None:
    """A clock that jumps, stands, and is put back: the answer is that of a plan that was never asked."""
    absence = Absence("1", "anna", "ill", str(begin), str(begin + length), rule)
    asked, change = Plan(absence, zone), begin.replace(tzinfo=zone).timestamp()
    for moment in moments:
        # About the change that was told, or at any time.
        now = change + moment if isinstance(moment, int) else moment.replace(tzinfo=zone).timestamp()
        answer = asked.at(now)
        assert answer == Plan(absence, zone).at(now)
        assert answer[1] > now
        if answer[1] < math.inf:
            change = answer[1]


@pytest.mark.parametrize(
    ("text", "last", "wall"),
    [
        (" 2026-09-25 ", False, "2026-09-25 00:00:00"),
        ("2026-09-25", True, "2026-09-25 23:59:59"),
        ("20260925", True, "2026-09-25 23:59:59"),
        ("2026-09-25 13:00", True, "2026-09-25 13:00:00"),
        ("2026-09-25T13:00:15.9", False, "2026-09-25 13:00:15"),
        ("2026-09-25T13:00:00Z", False, "2026-09-25 15:00:00"),
        ("2026-12-31T18:00:00-08:00", False, "2027-01-01 03:00:00"),
    ],
)
def test_from_and_until_are_by_the_wall_clock(text: str, last: bool, wall: str) -> None:
    assert str(parse_wall(text, STOCKHOLM, last=last)) == wall


@pytest.mark.parametrize("text", ["", "snart", "2026-02-29", "2026-09-25 24:30"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError):
        parse_wall(text, STOCKHOLM, last=False)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("rrule:freq=weekly;byday=fr", "FREQ=WEEKLY;BYDAY=FR"),
        (" FREQ=DAILY ", "FREQ=DAILY"),
        (f"FREQ=DAILY;COUNT={MAX_COUNT};INTERVAL={MAX_INTERVAL}", "FREQ=DAILY;COUNT=1000;INTERVAL=1000"),
        # To the end of a date, and by the wall clock of a moment.
        ("FREQ=DAILY;UNTIL=20271231", "FREQ=DAILY;UNTIL=20271231T235959"),
        ("FREQ=DAILY;UNTIL=20271231T120000", "FREQ=DAILY;UNTIL=20271231T120000"),
        ("FREQ=DAILY;UNTIL=20270701T120000Z", "FREQ=DAILY;UNTIL=20270701T140000"),
        # As calendars write for ever.
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ=DAILY;UNTIL=99991231T235959"),
        # The first is ten years away.
        ("FREQ=YEARLY;INTERVAL=10;BYMONTH=2;BYMONTHDAY=29", "FREQ=YEARLY;INTERVAL=10;BYMONTH=2;BYMONTHDAY=29"),
    ],
)
def test_how_a_rule_is_kept(given_: str, kept: str) -> None:
    assert parse_rule(given_, BEGIN, STOCKHOLM) == kept
    assert parse_rule(kept, BEGIN, STOCKHOLM) == kept


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=DAILY;" + "X" * MAX_RULE, "500 characters"),
        ("", "no RRULE"),
        ("varje fredag", "no RRULE"),
        ("FREQ=DAILY;FREQ=DAILY", "no RRULE"),
        ("FREQ=DAILY;", "no RRULE"),
        ("FREQ=DAILY;BYHOUR=9", "cannot have BYHOUR"),
        ("FREQ=HOURLY", "FREQ must be"),
        ("INTERVAL=2", "FREQ must be"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be 1–1000"),
        ("FREQ=DAILY;INTERVAL=1001", "INTERVAL must be 1–1000"),
        ("FREQ=DAILY;COUNT=1001", "COUNT must be 1–1000"),
        ("FREQ=DAILY;COUNT=-1", "COUNT must be 1–1000"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20271231", "either COUNT or UNTIL"),
        ("FREQ=DAILY;UNTIL=2027", "UNTIL must be a date"),
        ("FREQ=DAILY;UNTIL=20270229", "UNTIL does not exist"),
        ("FREQ=DAILY;UNTIL=20260924", "never occurs"),
        ("FREQ=DAILY;UNTIL=00020101T000000Z", "never occurs"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "never occurs"),
        ("FREQ=DAILY;BYMONTH=13", "not a valid RRULE"),
        ("FREQ=DAILY;EVERY=1", "not a valid RRULE"),
        ("FREQ=WEEKLY;BYDAY=1MO", "not a valid RRULE"),
    ],
)
def test_what_is_wrong_with_a_rule(rule: str, reason: str) -> None:
    with pytest.raises(NotARule, match=reason) as told:
        parse_rule(rule, BEGIN, STOCKHOLM)
    assert told.value.sv != told.value.en
