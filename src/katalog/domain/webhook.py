"""Webhooks: who is told of what, how it goes, and what is sent to whom (Standard Webhooks 1.0)."""

from enum import StrEnum

import msgspec

from katalog.domain.wanted import Wanted


class Topic(StrEnum):
    """What somebody can be told of; `test` is sent by hand only."""

    CALL_STARTED = "call.started"
    CALL_ANSWERED = "call.answered"
    CALL_ENDED = "call.ended"
    PROFILE_CHANGED = "profile.changed"
    ENTRY_ADDED = "entry.added"
    ENTRY_CHANGED = "entry.changed"
    ENTRY_REMOVED = "entry.removed"
    PBX_LOST = "pbx.lost"
    PBX_BACK = "pbx.back"
    TEST = "test"


TOPICS = tuple(topic for topic in Topic if topic is not Topic.TEST)


class HealthState(StrEnum):
    """`failing`: it has, since its last success. `paused`: given up for now, or by hand."""

    ACTIVE = "active"
    FAILING = "failing"
    PAUSED = "paused"


class Health(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it goes with a receiver. Times are Unix seconds.

    `failures`       in a row: none of them a success
    `rests`          how often in a row nothing at all was sent for a while
    `failing_since`  the first failure after the last success
    `rest_until`     nothing is sent before
    `paused_since`   when it was given up for now; then it is tried once a day
    `by_hand`        somebody has paused it: it is not tried either
    `succeeded`      the last success
    `left_out`       calls that were not told, since too much waited already
    `sv`, `en`       why the last attempt failed
    """

    failures: int = 0
    rests: int = 0
    failing_since: float | None = None
    rest_until: float = 0.0
    paused_since: float | None = None
    by_hand: bool = False
    succeeded: float | None = None
    left_out: int = 0
    sv: str = ""
    en: str = ""

    @property
    def state(self) -> HealthState:
        if self.paused_since is not None:
            return HealthState.PAUSED
        return HealthState.ACTIVE if self.failing_since is None else HealthState.FAILING


class Webhook(msgspec.Struct, frozen=True):
    """`url`, `secret` and the `former` secret, which signs too until `former_until`, are sealed (`store/safe.py`)."""

    id: str
    url: str
    events: tuple[Topic, ...]
    wanted: Wanted
    secret: str
    created: float
    former: str = ""
    former_until: float = 0.0
    health: Health = Health()
    revision: int = 0


class State(StrEnum):
    """`failed`: given up, until somebody has it sent again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request. `at` in Unix seconds, `milliseconds` until its answer; `status` is None if there was none.

    `response` is how the answer's body begins; `sv` and `en` say why it failed, "" if it did not.
    """

    at: float
    milliseconds: int
    status: int | None = None
    response: str = ""
    sv: str = ""
    en: str = ""
    wait: float = 0.0
    """Seconds for which the receiver asks not to be tried again (RFC 9110, section 10.2.3)."""

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Delivery(msgspec.Struct, frozen=True):
    """One message to one webhook: what is sent, and what became of it.

    `id`        UUIDv7 as text; the receiver gets it as `webhook-id`, the same one with each attempt
    `sequence`  the order in which they are sent; 0 of one that is not in the queue yet, below 0 of one that somebody
                wants to be sent now: it keeps its place, which is the number without its sign
    `subject`   messages with the same one are sent one after another: an entry's id, or `pbx:` and a name
    `due`       Unix seconds before which it is not sent
    """

    id: str
    webhook: str
    sequence: int
    topic: Topic
    subject: str
    created: float
    body: bytes
    state: State = State.WAITING
    due: float = 0.0
    attempts: tuple[Attempt, ...] = ()
