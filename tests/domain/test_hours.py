"""When an organisation works, and on which day work begins again. Holidays are Sweden's."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.hours import WEEKDAYS, Calendar, Closed, Hours

STOCKHOLM = ZoneInfo("Europe/Stockholm")
OFFICE = Hours.parse("mon-fri 08:00-17:00")
SWEDEN = Closed("SE")


def hours(text: str) -> dict[str, str]:
    return {
        WEEKDAYS[day]: f"{begins:%H:%M}-{ends:%H:%M}" for day, (begins, ends) in sorted(Hours.parse(text).of.items())
    }


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("mon-wed 08:00-17:00, fri 8:00-15:00",
         {"mon": "08:00-17:00", "tue": "08:00-17:00", "wed": "08:00-17:00", "fri": "08:00-15:00"}),
        ("SAT-MON 10:00-14:00", {"mon": "10:00-14:00", "sat": "10:00-14:00", "sun": "10:00-14:00"}),
        ("thu 08:00-17:00,thu 09:00-12:00", {"thu": "09:00-12:00"}),
    ],
)  # fmt: skip
def test_hours_by_weekday(text: str, of: dict[str, str]) -> None:
    assert hours(text) == of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'' is not like"),
        ("mon-fri", "'mon-fri' is not like mon-fri 08:00-17:00"),
        ("mån-fre 08:00-17:00", "is not like"),
        ("mon-fri 08:00-17:00,", "'' is not like"),
        ("abc 08:00-17:00", "weekdays are mon, tue"),
        ("mon-xyz 08:00-17:00", "weekdays are mon, tue"),
        ("mon 17:00-08:00", "ends before it begins"),
        ("mon 08:00-08:00", "ends before it begins"),
        ("mon 08:00-25:00", "hour must be in"),
    ],
)
def test_what_is_wrong_with_hours(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Hours.parse(text)


@pytest.mark.parametrize(
    ("after", "morning"),
    [
        ("2026-09-21 16:00", "2026-09-22 08:00:00+02:00"),
        ("2026-09-21 00:01", "2026-09-22 08:00:00+02:00"),  # the day of today is none, whatever the hour
        ("2026-09-25 15:00", "2026-09-28 08:00:00+02:00"),  # over the weekend
        ("2026-10-23 15:00", "2026-10-26 08:00:00+01:00"),  # and the end of summer time
        ("2027-03-26 15:00", "2027-03-30 08:00:00+02:00"),  # Good Friday to the Tuesday after Easter, in summer time
        ("2026-06-18 15:00", "2026-06-22 08:00:00+02:00"),  # Midsummer Eve is no holiday by law, and nobody works
        ("2026-12-23 15:00", "2026-12-28 08:00:00+01:00"),  # Christmas Eve, Christmas Day, and the 26th, a Saturday
        ("2026-12-30 15:00", "2027-01-04 08:00:00+01:00"),  # New Year's Eve and Day
        ("2027-01-05 15:00", "2027-01-07 08:00:00+01:00"),  # Epiphany
        ("2028-02-28 15:00", "2028-02-29 08:00:00+01:00"),
    ],
)
def test_the_next_working_morning(after: str, morning: str) -> None:
    local = datetime.fromisoformat(after).replace(tzinfo=STOCKHOLM)
    assert str(OFFICE.next_morning(local, SWEDEN)) == morning


def test_days_of_the_organisations_own_are_closed_too() -> None:
    monday = datetime(2026, 9, 21, 16, tzinfo=STOCKHOLM)
    closed = Closed("SE", [date(2026, 9, 22)])
    assert str(OFFICE.next_morning(monday, closed)) == "2026-09-23 08:00:00+02:00"


def test_each_day_begins_by_its_own_hours() -> None:
    friday = datetime(2026, 9, 25, 16, tzinfo=STOCKHOLM)
    assert str(Hours.parse("mon-fri 08:00-17:00, sat 10:30-14:00").next_morning(friday, SWEDEN)) == (
        "2026-09-26 10:30:00+02:00"
    )


def test_an_organisation_that_is_always_closed_has_no_next_morning() -> None:
    class Always:
        def __contains__(self, day: object) -> bool:
            return True

    assert OFFICE.next_morning(datetime(2026, 9, 21, tzinfo=STOCKHOLM), Always()) is None


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 1)), st.sets(st.sampled_from(WEEKDAYS), min_size=1))  # noqa: DTZ001
def test_no_working_day_is_passed_over(moment: datetime, worked: set[str]) -> None:
    after = moment.replace(tzinfo=STOCKHOLM)
    found = Hours.parse(", ".join(f"{day} 08:00-17:00" for day in worked)).next_morning(after, SWEDEN)
    assert found is not None

    def works(day: date) -> bool:
        return WEEKDAYS[day.weekday()] in worked and day not in SWEDEN

    assert found.time() == time(8)
    assert works(found.date())
    between = range(after.date().toordinal() + 1, found.date().toordinal())
    assert not any(works(date.fromordinal(day)) for day in between)


@pytest.mark.parametrize(
    ("country", "day", "closed"),
    [
        ("SE", date(2026, 6, 6), True),
        ("SE", date(2026, 6, 19), True),
        ("SE", date(2026, 6, 18), False),
        ("NO", date(2026, 5, 17), True),
        ("SE", date(2026, 5, 17), False),
        ("XX", date(2026, 12, 25), False),  # of an unknown country nothing is known
    ],
)
def test_which_days_are_closed(country: str, day: date, closed: bool) -> None:
    assert (day in Closed(country)) == closed


@pytest.mark.parametrize(
    ("seconds", "local"),
    [
        (1_790_000_000.0, "2026-09-21 16:13:20+02:00"),
        (1_792_974_599.0, "2026-10-26 01:29:59+01:00"),
    ],
)
def test_the_clock_on_the_wall(seconds: float, local: str) -> None:
    assert str(Calendar(STOCKHOLM, OFFICE, SWEDEN).local(seconds)) == local
