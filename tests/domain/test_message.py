"""What became of a message, as time goes by."""

from katalog.domain.message import LOST, LOST_SECONDS, Message, Outcome, Reason, State
from katalog.domain.sms import Encoding


def message(outcome: Outcome) -> Message:
    return Message("1", "a", None, "101", "102", 1000.0, "http", 1, Encoding.GSM7, outcome=outcome)


def test_what_is_being_sent_for_too_long_is_unknown() -> None:
    sending = message(Outcome(State.SENDING))
    assert sending.outcome_at(1000.0 + LOST_SECONDS).state is State.SENDING
    assert sending.outcome_at(1000.1 + LOST_SECONDS) == Outcome(State.UNKNOWN, LOST)


def test_what_has_an_outcome_keeps_it() -> None:
    for outcome in (Outcome(State.SENT, None, "s1"), Outcome(State.FAILED, Reason("Nej", "No"))):
        assert message(outcome).outcome_at(1e9) is outcome
