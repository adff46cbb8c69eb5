"""What counts as a success, and what can be asked for."""

import pytest

from katalog.domain.webhook import TOPICS, Attempt, Topic


@pytest.mark.parametrize(
    ("status", "succeeded"), [(None, False), (199, False), (200, True), (299, True), (300, False), (500, False)]
)
def test_2xx_is_a_success(status: int | None, succeeded: bool) -> None:
    assert Attempt(0.0, 1, status).succeeded is succeeded


def test_a_test_cannot_be_asked_for() -> None:
    assert {*Topic} - {*TOPICS} == {Topic.TEST}
