"""As many as possible have something, and those who come first their dearest where it takes nobody's last."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from tests.system.matching import matched


@given(st.lists(st.lists(st.integers(0, 4), unique=True, max_size=4), max_size=5))
def test_as_many_as_possible_have_one_that_they_wish(wishes: list[list[int]]) -> None:
    found = matched(wishes)
    had = [wish for wish in found if wish is not None]
    assert len(set(had)) == len(had)
    assert all(wish is None or wish in wishes[wisher] for wisher, wish in enumerate(found))
    most = max(
        sum(wish in wished for wish, wished in zip(order, wishes, strict=False))
        for order in permutations(range(-5, 5), len(wishes))
    )
    assert len(had) == most


def test_who_comes_first_gives_way_only_to_something_else() -> None:
    assert matched([[0, 1], [0], [0]]) == [1, 0, None]
    assert matched([[1, 0], [0, 1]]) == [1, 0]
    assert matched([]) == []


def test_what_is_ones_own_is_nobody_elses() -> None:
    assert matched([[0, 1], [0]], own=[[], [0]]) == [1, 0]
    assert matched([[0], [0]], own=[[], [0]]) == [None, 0]
