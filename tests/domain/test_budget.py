"""So many calls in any minute, of each account."""

import pytest

from katalog.domain import budget as module
from katalog.domain.budget import Budget


def test_a_minutes_calls_may_come_at_once_and_then_each_a_minute_after_its_own() -> None:
    budget = Budget(3)
    assert [budget.spend("anna", now) for now in (0.0, 20.0, 40.0, 59.9)] == [True, True, True, False]
    assert budget.spend("bengt", 59.9)
    assert [budget.spend("anna", now) for now in (60.0, 60.0, 80.0, 80.0)] == [True, False, True, False]


def test_those_that_called_longest_ago_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 2)
    budget = Budget(1)
    assert [budget.spend(who, 0.0) for who in ("a", "b", "c")] == [True] * 3
    assert len(budget) == 2
    assert [budget.spend(who, 1.0) for who in ("c", "b", "a")] == [False, False, True]


def test_whoever_is_refused_is_not_remembered_for_it() -> None:
    budget = Budget(1)
    for now in range(60):
        budget.spend("anna", float(now))
    assert budget.spend("anna", 60.0)
