"""Call detail records of a telephone system → records of the call log, as well as they tell. Pure.

They are Asterisk's (cdr_csv, cdr_*): one row for each party that a channel was connected to, or tried. What is lost
by them stands in docs/operations.md.
"""

from collections.abc import Callable, Iterable, Iterator

import msgspec

from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Clock, outcome_of
from katalog.domain.identifier import new_id
from katalog.domain.placeholder import dialled, shown

ANSWERED = "ANSWERED"

LONGEST_CALL = 86_400.0
"""Seconds. The rows of a call are all written when it is over, whenever each of its parts was."""


class CdrRow(msgspec.Struct, frozen=True):
    """`channel` called `dest_channel`, `""` if it reached nobody's; times are Unix seconds, whole ones.

    `call` is the same in all rows of one call: linkedid if it is kept, else uniqueid, else the channel and its start.
    """

    call: str
    source: str
    destination: str
    channel: str
    dest_channel: str
    began: float
    answered: float | None
    ended: float


class CdrLeg(msgspec.Struct):
    """A device's part in a call, of all rows that name its channel."""

    channel: str
    call: str
    direction: Direction
    number: str
    began: float
    answered: float | None
    ended: float
    by: str = ""
    elsewhere: bool = False

    def take(self, row: CdrRow) -> None:
        self.began, self.ended = min(self.began, row.began), max(self.ended, row.ended)
        if row.answered is not None:
            self.answered = row.answered if self.answered is None else min(self.answered, row.answered)


def device_of(channel: str) -> str:
    """
    >>> device_of("PJSIP/100-0000001a")
    'PJSIP/100'
    """
    return channel.rpartition("-")[0] or channel


def legs_of(rows: Iterable[CdrRow], name: Callable[[str], str]) -> list[CdrLeg]:
    """The legs that the rows tell of, Local channels left out. `name` gives whose a channel is, as it is shown."""
    legs: dict[str, CdrLeg] = {}
    # What a channel did first says who began; who was called may call on in the same call.
    parts = [part for row in rows for part in ((row.began, 0, row), (row.began, 1, row))]
    for _, called, row in sorted(parts, key=lambda part: (part[0], 1 - part[1])):
        channel = row.dest_channel if called else row.channel
        if not channel or channel.startswith("Local/"):
            continue
        leg = legs.get(channel)
        if leg is not None:
            leg.take(row)
        elif called:
            number = shown(row.source)
            legs[channel] = CdrLeg(channel, row.call, Direction.IN, number, row.began, row.answered, row.ended)
        else:
            # A subroutine of the dialplan leaves no word of what was dialled, but whom it reached.
            number = dialled(row.destination) or name(row.dest_channel)
            legs[channel] = CdrLeg(channel, row.call, Direction.OUT, number, row.began, row.answered, row.ended)
    for leg in _unanswered(legs.values()):
        winner = _winner(leg, legs.values())
        if winner is not None:
            leg.elsewhere, leg.by = True, name(winner.channel)
    return list(legs.values())


def _unanswered(legs: Iterable[CdrLeg]) -> Iterator[CdrLeg]:
    return (leg for leg in legs if leg.direction is Direction.IN and leg.answered is None)


def _winner(leg: CdrLeg, legs: Iterable[CdrLeg]) -> CdrLeg | None:
    """Who answered the same caller, since this one rang."""
    for other in legs:
        is_rung = other.direction is Direction.IN and other.call == leg.call and other.channel != leg.channel
        if is_rung and other.answered is not None and other.answered >= leg.began:
            return other
    return None


def record_of(leg: CdrLeg, pbx: str, entry: str, number: str) -> CallRecord:
    """What the log keeps of a leg that nobody has heard of."""
    outcome = outcome_of(leg.direction, answered=leg.answered is not None, elsewhere=leg.elsewhere, cause=0)
    id_ = f"cdr {leg.channel} {leg.began:.0f}"
    return CallRecord(
        new_id(), entry, pbx, id_, leg.channel, leg.call, leg.direction, outcome, number, leg.began, leg.answered,
        leg.ended, Clock.CDR, leg.by,
    )  # fmt: skip
