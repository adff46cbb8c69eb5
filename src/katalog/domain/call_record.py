"""A call of somebody's that is over: what the call log keeps of it."""

from enum import StrEnum

import msgspec

from katalog.domain.call import Direction

ANSWERED_ELSEWHERE, BUSY, REJECTED = 26, 17, 21
"""Causes of ITU-T Q.850 by which a leg ended."""


class Outcome(StrEnum):
    """What became of a call, seen from the one whose call it was.

    `elsewhere`: somebody else answered it, at once or later; then nobody has missed it. `declined`: refused at the
    telephone; `unanswered` and `busy` are of calls that one has placed.
    """

    ANSWERED = "answered"
    MISSED = "missed"
    DECLINED = "declined"
    ELSEWHERE = "elsewhere"
    UNANSWERED = "unanswered"
    BUSY = "busy"


class Folder(StrEnum):
    """The lists of v1; `NONE` for what is in none of them."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    MISSED = "missed"
    NONE = ""


class Clock(StrEnum):
    """Whose clock times are by. `CDR`: the telephone system's own records, in whole seconds, of what katalog has not
    heard; `GUESSED` where nobody saw when a call ended, or whether it was answered.
    """

    PBX = "pbx"
    CDR = "cdr"
    KATALOG = "katalog"
    GUESSED = "guessed"


class Part(msgspec.Struct, frozen=True):
    """A stretch of an answered call with one other party. Times are Unix seconds."""

    number: str
    began: float
    ended: float


class CallRecord(msgspec.Struct, frozen=True):
    """One leg that an entry took part in; several of its telephones that rang together for one caller are one leg.

    `leg`       the telephone system's own id of the leg
    `channel`   its name in the telephone system's own records, `""` if it tells none
    `call`      id of whoever called, the same for all that it rang and for its own record; `""` if it is not known
    `number`    the other party as shown: who called, or what was dialled; `""` withheld
    `by`        of a call answered elsewhere: by whom, an extension or number; `""` if unknown
    `forward`   where the telephone itself has sent its caller
    `parts`     of an answered call with more than one other party: each with its own time

    `began`, `answered` (None: not) and `ended` are Unix seconds.
    """

    id: str
    entry: str
    pbx: str
    leg: str
    channel: str
    call: str
    direction: Direction
    outcome: Outcome
    number: str
    began: float
    answered: float | None
    ended: float
    clock: Clock
    by: str = ""
    forward: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def duration(self) -> int:
        """Whole seconds from the answer to the end, as telephone bills have them; 0 for what was not answered."""
        return 0 if self.answered is None else int(max(0.0, self.ended - self.answered))

    @property
    def folder(self) -> Folder:
        """The list of v1 in which it stands."""
        if self.direction is Direction.OUT:
            return Folder.OUTGOING
        if self.outcome is Outcome.ANSWERED:
            return Folder.INCOMING
        return Folder.NONE if self.outcome is Outcome.ELSEWHERE else Folder.MISSED


class Answer(msgspec.Struct, frozen=True):
    """Somebody answered a caller, so that nobody whom it rang before has missed it."""

    pbx: str
    caller: str
    by: str


def outcome_of(direction: Direction, *, answered: bool, elsewhere: bool, cause: int) -> Outcome:
    """`elsewhere` says that somebody else is known to have answered; `cause` is the leg's own."""
    if answered:
        return Outcome.ANSWERED
    if direction is Direction.OUT:
        return Outcome.BUSY if cause == BUSY else Outcome.UNANSWERED
    if elsewhere or cause == ANSWERED_ELSEWHERE:
        return Outcome.ELSEWHERE
    return Outcome.DECLINED if cause in (BUSY, REJECTED) else Outcome.MISSED
