"""Ranges among the numbers of an entry."""

import pytest

from katalog.domain.range import NumberRange, is_backwards, range_of


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("08-500 100 00–99", "+46850010000", "+46850010099"),
        ("08-500 100 00 — 08-500 100 99", "+46850010000", "+46850010099"),
        ("08-500 100 00–+46 8 500 100 99", "+46850010000", "+46850010099"),
        ("0850010000-0850010099", "+46850010000", "+46850010099"),
        ("0850010000-99", "+46850010000", "+46850010099"),
        ("+46850010000-99", "+46850010000", "+46850010099"),
        ("100-199", "100", "199"),
        ("100 – 99999", "", ""),
        ("1000–99", "1000", "1099"),
        ("0100–99", "0100", "0199"),
        ("100–100", "100", "100"),
    ],
)
def test_what_is_a_range(text: str, low: str, high: str) -> None:
    assert range_of(text, "SE") == (NumberRange(low, high) if low else None)


@pytest.mark.parametrize(
    "text",
    ["", "08-500 100 00", "08-123456", "070-123", "0171-1234", "555-1234", "100-20", "123456-123460", "a–b", "100–b",
     "–99", "100–", "199-100", "0850010099-00", "199–100", "0701234567 – 08-123456", "1–2–3",
     "+100–200", "100–+200", "100–２", "0800000000–0899999999"],
)  # fmt: skip
def test_what_is_none(text: str) -> None:
    assert range_of(text, "SE") is None


@pytest.mark.parametrize(
    ("text", "backwards"),
    [("08-500 100 99–00", True), ("199–100", True), ("0850010099 – 0850010000", True), ("100–199", False),
     ("08-123 45 67", False), ("199-100", False), ("08-999 99 99 – 070-123", False), ("100–100", False)],
)  # fmt: skip
def test_one_that_ends_before_it_begins_is_told(text: str, backwards: bool) -> None:
    assert is_backwards(text) is backwards


def test_what_is_within() -> None:
    block = NumberRange("+46850010000", "+46850010099")
    assert block.common == "+468500100"
    assert NumberRange("100", "100").common == "100"
    within = ["+46850010000", "+46850010050", "+46850010099"]
    without = ["+46850010100", "+4685001005", "+468500100500", "50", "0850010050"]
    assert [number for number in within + without if block.holds(number)] == within
