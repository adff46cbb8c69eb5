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
