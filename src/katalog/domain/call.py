"""A call as readers see it, and a leg as a telephone system reports it."""

from enum import StrEnum

import msgspec


class Direction(StrEnum):
    """Who began: `in` when the telephone system called the device, `out` when the device called."""

    IN = "in"
    OUT = "out"
    UNKNOWN = "unknown"


class LineStatus(StrEnum):
    """The state of the device's own channel."""

    UP = "up"
    DOWN = "down"
    RINGING = "ringing"


class Call(msgspec.Struct, frozen=True, gc=False):
    """One object of the v1 array `calls`; the order of the fields is the order of the keys.

    `callerid` is the other end's number as presented, `""` if withheld or not known.
    """

    callerid: str
    direction: Direction
    linestatus: LineStatus


class Trace(msgspec.Struct, frozen=True, gc=False):
    """What the call log needs to know of a leg beside what is shown of it, as far as the telephone system tells.

    Times are Unix seconds by the telephone system's clock, 0.0 if it does not tell them.

    `began`     when the channel was made
    `answered`  when the device answered, None if it did not; of a call that was placed for it, when the other party did
    `dialled`   the number that the device dialled, or by which it is called
    `caller`    id of the channel that began the dial by which the device is called, or that it has picked up
    `placed`    the telephone system calls the device for its own user, who wants to reach `number` (click-to-dial)
    `forward`   the number to which the device itself has sent its caller on
    `channel`   the name by which the telephone system's own call records know the channel
    """

    began: float = 0.0
    answered: float | None = None
    dialled: str = ""
    caller: str = ""
    placed: bool = False
    forward: str = ""
    channel: str = ""


UNTRACED = Trace()


class Leg(msgspec.Struct, frozen=True, gc=False):
    """One live channel of one device: what a connector tells, before the directory knows whose it is.

    `id`      unique for the channel's life within its telephone system, never used again (Asterisk: Uniqueid)
    `device`  technology and name, `PJSIP/100`
    `number`  the other party's number as presented, `""` if withheld or not known
    `peer`    the other party's device, where there is exactly one and the connector can see it; the
              directory shows its entry's extension instead of `number`, if it is anybody's
    """

    id: str
    device: str
    direction: Direction
    linestatus: LineStatus
    number: str
    peer: str | None = None
    trace: Trace = UNTRACED


class Ending(msgspec.Struct, frozen=True, gc=False):
    """How a leg ended: `at` as the times of a trace, `cause` by ITU-T Q.850 (17 busy, 26 answered elsewhere …), 0 if it
    is not known.
    """

    id: str
    at: float = 0.0
    cause: int = 0
