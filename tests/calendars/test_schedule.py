"""When a calendar is read again."""

from hypothesis import given
from hypothesis import strategies as st

from katalog.calendars.schedule import FIRST, LONGEST, again, first

CHANCE = st.floats(0, 1)


@given(CHANCE)
def test_the_first_time_is_within_seconds(chance: float) -> None:
    assert 0 <= first(chance) <= FIRST <= 5


@given(st.floats(1, 86_400), st.integers(0, 10_000), CHANCE)
def test_after_failures_it_waits_longer_but_not_for_ever(interval: float, failures: int, chance: float) -> None:
    wait = again(interval, failures, chance)
    assert 0.9 * interval <= wait <= 1.1 * max(interval, LONGEST) + 1e-6
    assert again(interval, failures + 1, chance) >= wait


def test_one_failure_is_as_none_and_then_it_is_twice_as_long() -> None:
    assert [again(300, failures, 0.5) for failures in (0, 1, 2, 3, 4, 5, 99)] == [300, 300, 600, 1200, 2400, 3600, 3600]
    assert again(7200, 5, 0.5) == 7200


def test_not_all_are_at_the_same_time() -> None:
    assert (round(again(300, 0, 0)), round(again(300, 0, 1))) == (270, 330)
