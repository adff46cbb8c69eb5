"""Why a number is an entry's."""

import pytest

from katalog.domain.entry import Entry
from katalog.domain.holder import How, NumberMatch, match_of

ENTRY = Entry(
    "1", "101", "Anna", mobile="070-123 45 67", numbers=("08-123 456", "0850010000–99", "200-299", "0850010005")
)


@pytest.mark.parametrize(
    ("asked", "field", "number", "kind", "rank"),
    [
        ("101", "extension", "101", How.EXACT, 0),
        ("08-123 456", "numbers", "08-123 456", How.EXACT, 1),
        ("+468123456", "numbers", "08-123 456", How.E164, 2),
        ("070-123 45 67", "mobile", "070-123 45 67", How.EXACT, 3),
        ("0046701234567", "mobile", "070-123 45 67", How.E164, 3),
        ("08-500 100 99", "numbers", "0850010000–99", How.RANGE, 4),
        ("0850010000–99", "numbers", "0850010000–99", How.EXACT, 1),
        ("250", "numbers", "200-299", How.RANGE, 4),
        ("+46 8 500 100 05", "numbers", "0850010005", How.E164, 2),
    ],
)
def test_the_best_reason_is_given(asked: str, field: str, number: str, kind: How, rank: int) -> None:
    match = match_of(ENTRY, asked, "SE")
    assert match == NumberMatch(field, number, kind)
    assert match is not None
    assert match.rank == rank


@pytest.mark.parametrize("asked", ["10", "1010", "08101", "+46101", "300", "1", "", "0850010100", "456", "anna"])
def test_another_number_is_none_of_it(asked: str) -> None:
    assert match_of(ENTRY, asked, "SE") is None
