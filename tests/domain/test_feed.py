"""Which address the template gives for whom."""

import pytest

from katalog.domain.entry import Entry, Kind
from katalog.domain.feed import NotACalendar, fill

ANNA = Entry("1", "08-10 20", "Anna", email="anna/../åsa@ex.se")
TEMPLATE = "https://moln.se/{email}/{extension}.ics"


def test_what_stands_for_somebody_is_written_so_that_it_stays_one_part() -> None:
    assert fill(TEMPLATE, ANNA) == "https://moln.se/anna%2F..%2F%C3%A5sa%40ex.se/08-10%2020.ics"


@pytest.mark.parametrize(
    ("template", "entry", "url"),
    [
        ("", ANNA, ""),
        (TEMPLATE, Entry("1", "100", "Utan"), ""),
        ("https://moln.se/{extension}.ics", Entry("1", "100", "Utan"), "https://moln.se/100.ics"),
        (TEMPLATE, Entry("1", "100", "Rum", email="rum@ex.se", kind=Kind.ROOM), ""),
        (TEMPLATE, Entry("1", "100", "Support", email="s@ex.se", kind=Kind.FUNCTION), ""),
    ],
)
def test_only_people_whom_the_template_can_name_have_one(template: str, entry: Entry, url: str) -> None:
    assert fill(template, entry) == url


def test_what_an_email_looks_like_is_no_placeholder() -> None:
    assert fill(TEMPLATE, Entry("1", "7", "x", email="{extension}@ex.se")) == (
        "https://moln.se/%7Bextension%7D%40ex.se/7.ics"
    )


def test_a_reason_is_in_both_languages() -> None:
    error = NotACalendar("sv", "en")
    assert (error.sv, error.en, str(error)) == ("sv", "en", "en")
