"""When a message is sent again, and a receiver left in peace, paused, tried, and well again."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.webhook import Attempt, Health
from katalog.webhooks.retry import BUSY, GONE, JITTER, MANY, PAUSE_AFTER, PROBE, TABLE, after, is_given_up, wait

OK = Attempt(0.0, 1, 200)
DAY = 86_400.0


def failed(status: int | None = 500, *, at: float = 0.0, wait: float = 0.0) -> Attempt:
    return Attempt(at, 1, status, "", "Nej", "No", wait)


def many(health: Health, attempt: Attempt, count: int) -> Health:
    for _ in range(count):
        health = after(health, attempt, 0.0, 0.0)
    return health


def test_waits_grow_from_five_seconds_to_a_day_and_then_stay() -> None:
    waits = [wait(failures, 0.0) for failures in range(1, 20)]
    assert waits[: len(TABLE)] == list(TABLE)
    assert set(waits[len(TABLE) :]) == {DAY}
    assert waits[0] == wait(0, 0.0) == 5.0
    assert all(before <= later for before, later in itertools.pairwise(waits))
    assert wait(1, 1.0) == 5.0 * (1 + JITTER)


@given(failures=st.integers(0, 100), chance=st.floats(0.0, 1.0))
def test_chance_makes_a_wait_longer_by_a_fifth_at_most(failures: int, chance: float) -> None:
    least = wait(failures, 0.0)
    assert least <= wait(failures, chance) <= least * 1.2


@pytest.mark.parametrize("status", [None, *BUSY])
def test_a_receiver_in_trouble_is_left_in_peace_longer_and_longer(status: int | None) -> None:
    health = Health()
    for number in range(3):
        health = after(health, failed(status), 100.0, 0.0)
        assert health.rest_until == 100.0 + TABLE[number]
    assert (health.failures, health.rests, health.failing_since) == (3, 3, 100.0)
    assert (health.sv, health.en) == ("Nej", "No")


def test_one_that_refuses_single_messages_is_not_until_it_refuses_many() -> None:
    health = many(Health(), failed(), MANY - 1)
    assert (health.failures, health.rests, health.rest_until) == (MANY - 1, 0, 0.0)
    assert after(health, failed(), 100.0, 0.0).rest_until == 105.0


@pytest.mark.parametrize("status", [300, 400, 404, 413, 500, 501])
def test_an_answer_about_one_message_is_no_reason_to_rest(status: int) -> None:
    health = after(Health(succeeded=1.0, left_out=2), failed(status, wait=60.0), 10.0, 0.0)
    assert health == Health(failures=1, failing_since=10.0, succeeded=1.0, left_out=2, sv="Nej", en="No")


def test_rests_grow_by_the_table_with_its_last_row_again_and_again() -> None:
    health = many(Health(), failed(), MANY - 1)
    rests = []
    for _ in range(len(TABLE) + 3):
        health = after(health, failed(), 0.0, 0.0)
        rests.append(health.rest_until)
    assert rests == [*TABLE, DAY, DAY, DAY]
    assert after(health, OK, 1.0, 0.0).rests == 0


def test_chance_is_of_the_rest_and_not_of_what_it_asked_for() -> None:
    assert after(Health(), failed(503, wait=1.0), 100.0, 1.0).rest_until == 106.0
    assert after(Health(), failed(503, wait=60.0), 100.0, 1.0).rest_until == 160.0


def test_it_may_ask_for_longer_up_to_a_day() -> None:
    assert after(Health(), failed(503, wait=60.0), 0.0, 0.0).rest_until == 60.0
    assert after(Health(), failed(429, wait=1.0), 0.0, 0.0).rest_until == 5.0
    assert after(Health(), failed(429, wait=1e9), 0.0, 0.0).rest_until == DAY


def test_a_success_forgives_everything_but_what_was_left_out() -> None:
    health = many(Health(left_out=7), failed(None), 5)
    assert after(health, OK, 50.0, 0.0) == Health(succeeded=50.0, left_out=7)


def test_after_days_of_failures_it_is_paused_and_tried_once_a_day() -> None:
    health = after(Health(), failed(), 0.0, 0.0)
    health = after(health, failed(), PAUSE_AFTER - 1, 0.0)
    assert health.paused_since is None
    health = after(health, failed(), PAUSE_AFTER, 0.5)
    assert health.paused_since == PAUSE_AFTER
    assert health.rest_until == PAUSE_AFTER + PROBE * (1 + JITTER / 2)
    later = after(health, failed(None), PAUSE_AFTER + 2 * DAY, 0.0)
    assert later.paused_since == PAUSE_AFTER
    assert later.rest_until == PAUSE_AFTER + 3 * DAY
    assert after(later, OK, 1e9, 0.0) == Health(succeeded=1e9)


def test_gone_is_paused_at_once() -> None:
    health = after(Health(), failed(GONE), 10.0, 0.0)
    assert (health.paused_since, health.rest_until) == (10.0, 10.0 + PROBE)


def test_one_that_is_paused_is_tried_once_a_day_whatever_it_asks_for() -> None:
    paused = Health(failures=50, failing_since=0.0, paused_since=5.0, rests=9)
    for status in (None, 429, 500, GONE):
        health = after(paused, failed(status, wait=10.0), 100.0, 0.0)
        assert (health.paused_since, health.rest_until, health.rests) == (5.0, 100.0 + PROBE, 9)


@pytest.mark.parametrize("status", [None, 503, GONE])
def test_by_hand_is_neither_paused_again_nor_tried(status: int | None) -> None:
    paused = Health(failures=50, failing_since=0.0, paused_since=5.0, by_hand=True)
    health = after(paused, failed(status, wait=10.0), PAUSE_AFTER * 2, 0.0)
    assert health == Health(failures=51, failing_since=0.0, paused_since=5.0, by_hand=True, sv="Nej", en="No")


def test_by_hand_stays_by_hand() -> None:
    paused = Health(paused_since=5.0, by_hand=True)
    assert after(paused, OK, 9.0, 0.0) == Health(paused_since=5.0, by_hand=True, succeeded=9.0)
    still = after(paused, failed(None), 9.0, 0.0)
    assert (still.paused_since, still.by_hand, still.rest_until, still.failures) == (5.0, True, 0.0, 1)


def test_a_message_is_given_up_after_the_whole_table_if_others_were_taken() -> None:
    attempts = tuple(failed(at=float(number)) for number in range(len(TABLE) + 1))
    assert is_given_up(Health(succeeded=5.0), attempts)
    assert not is_given_up(Health(succeeded=5.0), attempts[:-1])
    assert not is_given_up(Health(succeeded=0.0), attempts)
    assert not is_given_up(Health(), attempts)


def test_an_attempt_that_succeeded_is_no_failure_of_its_message() -> None:
    attempts = (*(failed(at=float(number)) for number in range(len(TABLE))), OK)
    assert not is_given_up(Health(succeeded=50.0), attempts)
