"""The closed set of things that can happen to the live picture. Each is a fact, in the past tense."""

import msgspec

from katalog.domain.call import Leg
from katalog.domain.entry import Entry


class LegsRead(msgspec.Struct, frozen=True):
    """The whole state of a telephone system was read: these legs and no others. Its link is live."""

    pbx: str
    legs: tuple[Leg, ...]


class LegsChanged(msgspec.Struct, frozen=True):
    """Some legs are new or different (`legs`), some are gone for good (`ended`: their ids)."""

    pbx: str
    legs: tuple[Leg, ...] = ()
    ended: tuple[str, ...] = ()


class LinkLost(msgspec.Struct, frozen=True):
    """Nothing is heard from the telephone system; what is shown may be old."""

    pbx: str
    reason: str


class LegsWithdrawn(msgspec.Struct, frozen=True):
    """The link has been lost for so long that its calls are no longer shown."""

    pbx: str


class EntriesChanged(msgspec.Struct, frozen=True):
    """Entries were added or changed (`entries`, whole), or removed (`removed`: their ids)."""

    entries: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()


class EntriesRead(msgspec.Struct, frozen=True):
    """The organisation's whole set of entries was read: these and no others."""

    entries: tuple[Entry, ...]


PbxEvent = LegsRead | LegsChanged | LinkLost | LegsWithdrawn
Event = PbxEvent | EntriesChanged | EntriesRead
