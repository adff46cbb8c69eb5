"""What somebody typed, taken apart."""

import pytest

from katalog.domain.dialling import Dialling
from katalog.domain.query import LONGEST, Number, Query, Word
from katalog.errors import Invalid

SE = Dialling("SE")


def terms(text: str) -> list[object]:
    """Words as text; of numbers the digits."""
    return [term.spelled if isinstance(term, Word) else (term.forms[0],) for term in Query.parse(text, SE).terms]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" - ", []),
        ("Anna  ÅSA anna", ["anna", "åsa"]),
        ("070-123 45 67", [("0701234567",)]),
        ("anna 070 - 123 malmö 12", ["anna", ("070123",), "malmö", ("12",)]),
        ("+46 70", [("4670",)]),
        ("anna.2@exempel.se", ["anna", ("2",), "exempel", "se"]),
        ("rum12", ["rum12"]),
        ("１２", [("12",)]),
    ],
)
def test_words_and_numbers(text: str, found: list[object]) -> None:
    assert terms(text) == found


def test_a_number_is_also_words_and_every_word_is_told_once() -> None:
    query = Query.parse("12 070-12 anna", SE)
    assert [word.spelled for word in query.words] == ["12", "070", "anna"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [("070", ("070", "+4670")), ("07", ()), ("004", ("004",)), ("+46", ()), ("+467", ("467", "+467"))],
)
def test_three_digits_or_more_are_looked_for_within_numbers(text: str, parts: tuple[str, ...]) -> None:
    (number,) = Query.parse(text, SE).terms
    assert isinstance(number, Number)
    assert number.parts == parts


def test_a_word_knows_whether_it_has_accents() -> None:
    assert (Word("åsa").folded, Word("åsa").is_accented) == ("asa", True)
    assert (Word("asa").folded, Word("asa").is_accented) == ("asa", False)


def test_a_very_long_one_is_refused() -> None:
    Query.parse("a" * LONGEST, SE)
    with pytest.raises(Invalid) as error:
        Query.parse("a" * (LONGEST + 1), SE)
    assert error.value.field == "q"
