"""Days by the organisation's clock."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from katalog.domain.dates import begin_of, day_of, end_of, months_before, parse_date

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.mark.parametrize("text", ["2024-01-05", "20240105", "2024-1-5", "2024-01-05T12:00:00Z", "2024-01-05 23:59"])
def test_a_date_as_programs_write_it(text: str) -> None:
    assert parse_date(text) == date(2024, 1, 5)


@pytest.mark.parametrize("text", ["", "today", "2024-13-01", "2024-02-30", "24-01-05", "2024-01-05x", "2024"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_is_as_long_as_it_is(day: str, hours: int) -> None:
    parsed = date.fromisoformat(day)
    begin, end = begin_of(parsed, STOCKHOLM), end_of(parsed, STOCKHOLM)
    assert end - begin == hours * 3600
    assert begin == datetime.fromisoformat(day).replace(tzinfo=STOCKHOLM).timestamp()
    assert (day_of(begin, STOCKHOLM), day_of(end - 1, STOCKHOLM)) == (parsed, parsed)


def test_the_last_day_never_ends() -> None:
    assert end_of(date.max, STOCKHOLM) == float("inf")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [("2026-04-03", 4, "2025-12-03"), ("2026-06-30", 4, "2026-02-28"), ("2024-06-30", 4, "2024-02-29"),
     ("2026-01-31", 1, "2025-12-31"), ("2026-12-15", 12, "2025-12-15")],
)  # fmt: skip
def test_months_before(day: str, months: int, expected: str) -> None:
    assert months_before(date.fromisoformat(day), months) == date.fromisoformat(expected)
