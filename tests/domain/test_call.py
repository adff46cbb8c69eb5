"""The v1 object of `calls`, and its words."""

import msgspec
import pytest

from katalog.domain.call import Call, Direction, Leg, LineStatus


def test_the_words_are_the_contracts_and_there_are_no_others() -> None:
    assert {str(word) for word in Direction} == {"in", "out", "unknown"}
    assert {str(word) for word in LineStatus} == {"up", "down", "ringing"}


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("linestatus", LineStatus)
def test_the_keys_of_v1_in_their_order(direction: Direction, linestatus: LineStatus) -> None:
    assert msgspec.json.encode(Call("0701231234", direction, linestatus)).decode() == (
        f'{{"callerid":"0701231234","direction":"{direction}","linestatus":"{linestatus}"}}'
    )


def test_a_leg_that_says_the_same_is_the_same() -> None:
    leg = Leg("1.1", "PJSIP/100", Direction.IN, LineStatus.UP, "100")
    assert leg == Leg("1.1", "PJSIP/100", Direction.IN, LineStatus.UP, "100", None)
    assert leg != msgspec.structs.replace(leg, peer="PJSIP/101")
