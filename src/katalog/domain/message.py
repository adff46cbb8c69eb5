"""A text message that somebody has sent: what became of it. What it says is kept nowhere."""

from enum import StrEnum

import msgspec

from katalog.domain.sms import Encoding

LOST_SECONDS = 120.0
"""What is being sent for longer, was when its server ended."""


class State(StrEnum):
    """`sent`: its gateway has taken it. `unknown`: it may have."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Reason(msgspec.Struct, frozen=True):
    """A sentence for a person, in Swedish and English."""

    sv: str
    en: str


LOST = Reason(
    "Det är okänt om meddelandet sändes: katalog avslutades under tiden.",
    "It is not known whether the message was sent: katalog ended meanwhile.",
)


class Outcome(msgspec.Struct, frozen=True):
    """What a gateway says of a message; `reference` is its own id of it, `""` if it gives none."""

    state: State
    reason: Reason | None = None
    reference: str = ""


class Message(msgspec.Struct, frozen=True):
    """What is kept of one. `at` in Unix seconds; `entry` is whose it was, None for a program's.

    `mark` tells whether another one is the same, for as long as that matters; then it is `""`.
    """

    id: str
    account: str
    entry: str | None
    number: str
    sender: str
    at: float
    gateway: str
    parts: int
    encoding: Encoding
    mark: str = ""
    outcome: Outcome = Outcome(State.SENDING)

    def outcome_at(self, now: float) -> Outcome:
        if self.outcome.state is State.SENDING and now - self.at > LOST_SECONDS:
            return Outcome(State.UNKNOWN, LOST)
        return self.outcome
