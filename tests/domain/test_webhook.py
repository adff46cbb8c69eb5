"""What counts as a success, and what can be asked for."""

import pytest

from katalog.domain.webhook import TOPICS, Attempt, Health, HealthState, Topic


@pytest.mark.parametrize(
    ("status", "succeeded"), [(None, False), (199, False), (200, True), (299, True), (300, False), (500, False)]
)
def test_2xx_is_a_success(status: int | None, succeeded: bool) -> None:
    assert Attempt(0.0, 1, status).succeeded is succeeded


def test_a_test_cannot_be_asked_for() -> None:
    assert {*Topic} - {*TOPICS} == {Topic.TEST}


@pytest.mark.parametrize(
    ("health", "state"),
    [
        (Health(succeeded=1.0), HealthState.ACTIVE),
        (Health(failing_since=1.0), HealthState.FAILING),
        (Health(failing_since=1.0, paused_since=2.0), HealthState.PAUSED),
        (Health(paused_since=2.0, by_hand=True), HealthState.PAUSED),
    ],
)
def test_how_it_goes_with_a_receiver(health: Health, state: HealthState) -> None:
    assert health.state is state
