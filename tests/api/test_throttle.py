"""Guessing is slowed down, and nobody else is."""

import pytest

from katalog.api import throttle as module
from katalog.api.throttle import Throttle
from katalog.errors import TooMany
from tests.clock import Clock


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(10, 50, clock)


def fail(throttle: Throttle, times: int, login: str = "anna", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        throttle.begin(login, address)


def wait(throttle: Throttle, login: str = "anna", address: str = "192.0.2.1") -> int:
    """The seconds that are to be waited, 0 if none."""
    try:
        throttle.begin(login, address)
    except TooMany as error:
        return error.retry_after
    return 0


def test_a_login_may_fail_ten_times_wherever_from(throttle: Throttle) -> None:
    for attempt in range(10):
        assert wait(throttle, address=f"192.0.2.{attempt}") == 0
    assert wait(throttle, address="192.0.2.99") == 300
    assert wait(throttle, login="bengt", address="192.0.2.99") == 0


def test_an_address_may_fail_fifty_times_whatever_the_login(throttle: Throttle) -> None:
    for attempt in range(50):
        assert wait(throttle, login=f"guess{attempt}") == 0
    assert wait(throttle, login="another") == 300
    assert wait(throttle, login="another", address="192.0.2.2") == 0


def test_a_login_in_other_letters_is_the_same(throttle: Throttle) -> None:
    for login in ("anna@mail.se", "Anna@mail.se", "ANNA@MAIL.SE", " anna@mail.se", "aNNa@mail.se"):
        fail(throttle, 2, login=login)
    assert wait(throttle, login="annA@mail.se") == 300


def test_a_network_of_ipv6_is_one_address(throttle: Throttle) -> None:
    for attempt in range(50):
        assert wait(throttle, login=f"guess{attempt}", address=f"2001:db8:0:1::{attempt:x}") == 0
    assert wait(throttle, login="another", address="2001:db8:0:1:ffff::1") == 300
    assert wait(throttle, login="another", address="2001:db8:0:2::1") == 0
    fail(throttle, 1, login="one more", address="::ffff:192.0.2.1")
    assert wait(throttle, login="yet one", address="::ffff:192.0.2.2") == 0


def test_what_is_no_address_counts_as_it_is(throttle: Throttle) -> None:
    fail(throttle, 10, address="unknown")
    assert wait(throttle, address="unknown") == 300


def test_the_limits_are_the_settings(clock: Clock) -> None:
    throttle = Throttle(2, 3, clock)
    fail(throttle, 2)
    assert wait(throttle) > 0
    assert wait(throttle, login="bengt") == 0
    assert wait(throttle, login="cecilia") > 0


def test_a_login_called_as_an_address_is_another_thing(throttle: Throttle) -> None:
    fail(throttle, 10, login="192.0.2.1", address="192.0.2.9")
    assert wait(throttle, login="anna", address="192.0.2.1") == 0


def test_the_window_slides_each_failure_is_forgotten_five_minutes_after_it(throttle: Throttle, clock: Clock) -> None:
    fail(throttle, 1)
    clock.now += 200
    fail(throttle, 9)
    assert wait(throttle) == 100
    clock.now += 99.5
    assert wait(throttle) == 1
    clock.now += 0.5
    assert wait(throttle) == 0
    assert wait(throttle) == 200


def test_what_was_refused_is_not_counted_again(throttle: Throttle, clock: Clock) -> None:
    fail(throttle, 10)
    clock.now += 150
    assert wait(throttle) == 150
    clock.now += 150
    assert [wait(throttle) for _ in range(11)] == [0] * 10 + [300]


def test_what_was_refused_for_its_login_does_not_count_for_its_address(throttle: Throttle) -> None:
    fail(throttle, 10)
    for _ in range(100):
        assert wait(throttle) > 0
    for attempt in range(40):
        assert wait(throttle, login=f"guess{attempt}") == 0
    assert wait(throttle, login="another") > 0


def test_there_is_always_at_least_a_second_to_wait(throttle: Throttle, clock: Clock) -> None:
    fail(throttle, 10)
    clock.now += 299.999
    assert wait(throttle) == 1


def test_success_forgives_the_login_all_and_the_address_only_itself(throttle: Throttle) -> None:
    fail(throttle, 9)
    throttle.succeed("anna", "192.0.2.1", throttle.begin("anna", "192.0.2.1"))
    fail(throttle, 10)
    assert wait(throttle) > 0
    # 19 failures of Anna's stand against the address, and her success does not.
    for attempt in range(31):
        assert wait(throttle, login=f"guess{attempt}") == 0
    assert wait(throttle, login="another") > 0


def test_an_office_behind_one_address_may_log_in_as_often_as_it_likes(throttle: Throttle, clock: Clock) -> None:
    for attempt in range(500):
        clock.now += 0.1
        throttle.succeed(f"person{attempt}", "192.0.2.1", throttle.begin(f"person{attempt}", "192.0.2.1"))


def test_a_success_after_the_window_has_passed_over_it_is_no_error(throttle: Throttle, clock: Clock) -> None:
    begun = throttle.begin("anna", "192.0.2.1")
    clock.now += 301
    fail(throttle, 1, login="bengt")
    throttle.succeed("anna", "192.0.2.1", begun)
    throttle.succeed("anna", "192.0.2.77", begun)
    for attempt in range(49):
        assert wait(throttle, login=f"guess{attempt}") == 0
    assert wait(throttle, login="another") > 0


def test_attempts_that_are_under_way_count_as_failures(throttle: Throttle) -> None:
    """Else a hundred passwords could be tried at once."""
    under_way = [throttle.begin("anna", "192.0.2.1") for _ in range(10)]
    assert wait(throttle) > 0
    throttle.succeed("anna", "192.0.2.1", under_way[3])
    assert wait(throttle) == 0


def test_of_those_that_are_remembered_the_one_that_failed_longest_ago_is_forgotten(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(module, "_KEPT", 6)
    throttle = Throttle(1, 100, clock)
    for login in ("a", "b", "c", "d", "e"):
        fail(throttle, 1, login=login)
    # The address is of the newest, and of five logins one is too many when a sixth comes.
    assert [wait(throttle, login=login) > 0 for login in ("a", "b", "c", "d", "e")] == [True] * 5
    fail(throttle, 1, login="f")
    assert [wait(throttle, login=login) > 0 for login in ("b", "c", "d", "e", "f")] == [True] * 5
    assert wait(throttle, login="a") == 0


def test_an_address_that_goes_on_failing_is_not_forgotten_for_the_logins_it_has_tried(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(module, "_KEPT", 4)
    throttle = Throttle(10, 20, clock)
    for attempt in range(20):
        assert wait(throttle, login=f"guess{attempt}") == 0
    assert wait(throttle, login="another") > 0


def test_memory_is_bounded_however_many_logins_and_addresses_are_tried(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(module, "_KEPT", 100)
    throttle = Throttle(10, 50, clock)
    for attempt in range(1000):
        throttle.begin(f"guess{attempt}", f"address{attempt}")
        assert len(throttle._failures) <= 100
    for _ in range(1000):
        wait(throttle)
    assert sum(map(len, throttle._failures.values())) <= 100 + 10 + 10
    assert module.WINDOW == 300


def test_what_is_past_the_window_takes_no_memory_once_it_is_asked_for(throttle: Throttle, clock: Clock) -> None:
    begun = throttle.begin("anna", "192.0.2.1")
    clock.now += 301
    fail(throttle, 1)
    assert [len(times) for times in throttle._failures.values()] == [1, 1]
    assert begun not in next(iter(throttle._failures.values()))
