"""How often something happened in the last minute."""

import pytest

from katalog.live.rate import Rate


def test_it_is_of_the_last_minute() -> None:
    rate = Rate()
    assert rate.at(1000.0) == 0
    for _ in range(120):
        rate.note(1000.2)
    assert rate.at(1000.9) == 2
    rate.note(1030.0)
    assert rate.at(1059.9) == 121 / 60
    assert rate.at(1060.0) == 1 / 60
    assert rate.at(1089.9) == 1 / 60
    assert rate.at(1090.0) == 0


@pytest.mark.parametrize("gap", [60, 61, 119, 3600, 1e9])
def test_after_a_long_silence_nothing_is_left(gap: float) -> None:
    rate = Rate()
    for second in range(60):
        rate.note(1000.0 + second)
    assert rate.at(1059.0) == 1
    rate.note(1059.0 + gap)
    assert rate.at(1059.0 + gap) == 1 / 60


def test_a_clock_that_is_set_back_begins_anew() -> None:
    rate = Rate()
    rate.note(1000.0)
    rate.note(900.0)
    assert rate.at(900.0) == 1 / 60
    assert rate.at(800.0) == 0
