"""The days of a rule are those of dateutil, which took them from RFC 5545; where it errs, those of RFC 5545."""

import itertools
import time
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from katalog.domain.recurrence import recurrence

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST = datetime(2099, 12, 31, 23, 59, 59)  # noqa: DTZ001 - wall clock

begins = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 30)).map(lambda begin: begin.replace(microsecond=0))  # noqa: DTZ001
weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True)


@pytest.fixture(scope="module", autouse=True)
def _soon_at_the_end() -> Any:
    """dateutil looks for the next occurrence until the last year that Python knows, which takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datetime.MAXYEAR", 2110)
        yield


def listed(numbers: Any) -> str:
    return ",".join(str(number) for number in numbers)


def numbers(*of: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(of), min_size=1, max_size=4, unique=True).map(listed)


@st.composite
def ends(draw: Any, begin: datetime) -> list[str]:
    kind = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if kind == "COUNT":
        return [f"COUNT={draw(st.sampled_from([1, 2, 3, 10, 1000]))}"]
    if kind == "UNTIL":
        until = begin + timedelta(days=draw(st.integers(-100, 3000)))
        # To the very second, the whole of the day, or its beginning.
        until = draw(st.sampled_from([until, until.replace(hour=23, minute=59, second=59), until.replace(hour=0)]))
        return [f"UNTIL={until:%Y%m%dT%H%M%S}"]
    return []


@st.composite
def common(draw: Any) -> tuple[str, datetime]:
    """What people plan: every day, every other week, on Mondays and Fridays."""
    begin = draw(begins)
    parts = [f"FREQ={draw(st.sampled_from(['DAILY', 'WEEKLY']))}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.one_of(st.integers(1, 14), st.integers(1, 1000)))}")
    if draw(st.booleans()):
        parts.append(f"BYDAY={listed(draw(weekdays))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(st.sampled_from(WEEKDAYS))}")
    return ";".join(parts + draw(ends(begin))), begin


@st.composite
def any_rule(draw: Any) -> tuple[str, datetime]:
    begin = draw(begins)
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={freq}", f"INTERVAL={draw(st.sampled_from([1, 1, 1, 2, 3, 4, 13, 1000]))}"]
    for name, values in (
        ("BYMONTH", numbers(*range(1, 13))),
        ("BYMONTHDAY", numbers(1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -31)),
        ("BYYEARDAY", numbers(1, 60, 100, 365, 366, -1, -60, -366)),
        ("BYSETPOS", numbers(1, 2, 3, -1, -2, 10)),
        ("WKST", st.sampled_from(WEEKDAYS)),
    ):
        if draw(st.integers(0, 9)) < 3:
            parts.append(f"{name}={draw(values)}")
    days = draw(weekdays)
    match draw(st.sampled_from(["", "", "plain", "nth", "week"])):
        case "plain":
            parts.append(f"BYDAY={listed(days)}")
        case "nth" if freq in ("MONTHLY", "YEARLY"):
            # dateutil fails at the 20th Monday of a month.
            nth = [1, 2, -1, 5, -5] + [20, 53] * (freq == "YEARLY" and not any("BYMONTH=" in part for part in parts))
            parts.append("BYDAY=" + listed(f"{draw(st.sampled_from(nth))}{day}" for day in days))
        case "week" if freq == "YEARLY":
            # dateutil takes the first days of some years for week 53.
            parts.append(f"BYWEEKNO={draw(numbers(1, 2, 10, 51))}")
    return ";".join(parts + draw(ends(begin))), begin


def by_dateutil(rule: str, begin: datetime, since: date) -> list[date]:
    if "UNTIL" not in rule and "COUNT" not in rule:
        rule += f";UNTIL={LAST:%Y%m%dT%H%M%S}"
    found = rrulestr(rule, dtstart=begin).xafter(datetime.combine(since, datetime.min.time()), inc=True)
    return [moment.date() for moment in itertools.islice(found, 12) if moment <= LAST]


@settings(max_examples=400, deadline=None)
@given(common(), st.integers(-400, 9000))
def test_days_and_weeks_are_those_of_dateutil(given_: tuple[str, datetime], after: int) -> None:
    rule, begin = given_
    since = begin.date() + timedelta(days=after)
    assert list(itertools.islice(recurrence(rule, begin).since(since), 12)) == by_dateutil(rule, begin, since)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(any_rule(), st.integers(-400, 4000))
def test_every_other_rule_is_that_of_dateutil(given_: tuple[str, datetime], after: int) -> None:
    rule, begin = given_
    since = begin.date() + timedelta(days=after)
    assert list(itertools.islice(recurrence(rule, begin).since(since), 12)) == by_dateutil(rule, begin, since)


@settings(max_examples=100, deadline=None)
@given(st.one_of(common(), any_rule()), st.integers(-10, 4000), st.integers(0, 400))
def test_what_comes_after_the_last_day_that_is_looked_at_is_left_out(
    given_: tuple[str, datetime], after: int, days: int
) -> None:
    found, since = recurrence(*given_), given_[1].date() + timedelta(days=after)
    until = since + timedelta(days=days)
    every = itertools.takewhile(lambda day: day <= until, found.since(since))
    assert list(found.since(since, until)) == list(every)


@settings(max_examples=100, deadline=None)
@given(st.one_of(common(), any_rule()))
def test_no_two_days_are_farther_apart_than_the_gap(given_: tuple[str, datetime]) -> None:
    found = recurrence(*given_)
    days = list(itertools.islice(found.since(given_[1].date()), 30))
    assert all(0 < (later - day).days <= found.gap for day, later in itertools.pairwise(days))


@settings(max_examples=50, deadline=None)
@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)), st.integers(1, 53))
def test_weeks_are_those_of_iso(begin: date, week: int) -> None:
    found = recurrence(f"FREQ=YEARLY;BYWEEKNO={week}", datetime.combine(begin, datetime.min.time()))
    day = next(found.since(begin), None)
    assume(day is not None)
    assert day is not None
    assert day.isocalendar().week == week
    assert not any((begin + timedelta(days=n)).isocalendar().week == week for n in range((day - begin).days))


@pytest.mark.parametrize(
    ("rule", "begin", "days"),
    [
        # Every other Friday.
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "2026-09-25", ["2026-09-25", "2026-10-09", "2026-10-23"]),
        # Planned on a Wednesday for Mondays and Fridays: Wednesday itself is none.
        ("FREQ=WEEKLY;BYDAY=MO,FR", "2026-09-23", ["2026-09-25", "2026-09-28", "2026-10-02"]),
        # Two working days after each other, over the end of a year.
        ("FREQ=DAILY;BYDAY=TH,FR", "2026-12-31", ["2026-12-31", "2027-01-01", "2027-01-07"]),
        # Every 29 February; 2100 has none, and no rule goes so far.
        ("FREQ=YEARLY", "2088-02-29", ["2088-02-29", "2092-02-29", "2096-02-29"]),
        # The 31st, where there is one.
        ("FREQ=MONTHLY", "2026-10-31", ["2026-10-31", "2026-12-31", "2027-01-31"]),
        # The last working day of each month.
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-09-01", ["2026-09-30", "2026-10-30", "2026-11-30"]),
        # Midsummer Eve: the Friday between 19 and 25 June.
        ("FREQ=YEARLY;BYMONTH=6;BYDAY=FR;BYMONTHDAY=19,20,21,22,23,24,25", "2026-06-01",
         ["2026-06-19", "2027-06-25", "2028-06-23"]),
        # Mondays and the last Friday: either of them.
        ("FREQ=MONTHLY;BYDAY=MO,-1FR", "2026-09-21", ["2026-09-21", "2026-09-25", "2026-09-28"]),
        # Week 1 of 2026 begins in 2025; week 53 of 2026 ends in 2027.
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO", "2025-12-01", ["2025-12-29", "2027-01-04", "2028-01-03"]),
        ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=FR", "2021-07-01", ["2027-01-01", "2032-12-31", "2038-01-01"]),
        ("FREQ=WEEKLY;COUNT=2", "2026-09-25", ["2026-09-25", "2026-10-02"]),
        ("FREQ=DAILY;UNTIL=20260926T080000", "2026-09-25", ["2026-09-25", "2026-09-26"]),
        ("FREQ=DAILY;UNTIL=20260926T075959", "2026-09-25", ["2026-09-25"]),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO", "2026-09-25", []),
        ("FREQ=DAILY;INTERVAL=7;BYDAY=MO;COUNT=3", "2026-09-25", []),
        ("FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2;COUNT=3", "2026-09-25", []),
        ("FREQ=DAILY;UNTIL=20200101T000000", "2026-09-25", []),
    ],
)  # fmt: skip
def test_rules_that_people_have(rule: str, begin: str, days: list[str]) -> None:
    found = recurrence(rule, datetime.fromisoformat(f"{begin} 08:00"))
    assert [str(day) for day in itertools.islice(found.since(date(2000, 1, 1)), 3)] == days


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY", "INTERVAL=2", "FREQ=DAILY;BYHOUR=9", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=x",
        "FREQ=WEEKLY;BYDAY=XX", "FREQ=WEEKLY;BYDAY=MON", "FREQ=WEEKLY;BYDAY=MO,", "FREQ=WEEKLY;WKST=XX",
        "FREQ=WEEKLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=0MO", "FREQ=MONTHLY;BYDAY=54MO", "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTH=-1", "FREQ=MONTHLY;BYMONTHDAY=0", "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=MONTHLY;BYWEEKNO=1",
        "FREQ=YEARLY;BYWEEKNO=54", "FREQ=YEARLY;BYSETPOS=367", "FREQ=YEARLY;BYYEARDAY=0", "FREQ=YEARLY;BYMONTH=1,,2",
        "FREQ=DAILY;UNTIL=20261301T000000", "FREQ=DAILY;FREQUENT=1",
    ],
)  # fmt: skip
def test_what_is_no_rule(rule: str) -> None:
    with pytest.raises(ValueError):
        recurrence(rule, datetime(2026, 9, 25, 8))  # noqa: DTZ001


@pytest.mark.parametrize(
    "rule",
    ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1", "FREQ=YEARLY;BYSETPOS=366;BYDAY=MO"],
)
def test_what_never_occurs_is_known_in_a_moment(rule: str) -> None:
    """One request with such a rule must not keep everybody waiting."""
    begin = time.perf_counter()
    assert list(recurrence(rule, datetime(2000, 1, 1)).since(date(2000, 1, 1))) == []  # noqa: DTZ001
    assert time.perf_counter() - begin < 1
