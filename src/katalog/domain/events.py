"""The closed set of things that can happen to the live picture. Each is a fact, in the past tense."""

import msgspec

from katalog.domain.absence import Absence
from katalog.domain.call import Ending, Leg
from katalog.domain.catalogue import Choice
from katalog.domain.entry import Entry
from katalog.domain.feed import Address, Feed
from katalog.domain.presence import Busy, Hand
from katalog.domain.recording import Recorded

CLEAR = ""
"""Instead of a code: what was set by hand is taken back."""


class LegsRead(msgspec.Struct, frozen=True):
    """The whole state of a telephone system was read: these legs and no others. Its link is live."""

    pbx: str
    legs: tuple[Leg, ...]


class LegsChanged(msgspec.Struct, frozen=True):
    """Some legs are new or different (`legs`), some are gone for good (`ended`: their ids).

    `endings` says how, where it is known, and `at` when all this was, by the telephone system's clock (0.0: not told).
    """

    pbx: str
    legs: tuple[Leg, ...] = ()
    ended: tuple[str, ...] = ()
    endings: tuple[Ending, ...] = ()
    at: float = 0.0


class LinkLost(msgspec.Struct, frozen=True):
    """Nothing is heard from the telephone system; what is shown may be old. `advice` says what to do; `reason_sv` and
    `advice_sv` are the same in Swedish.
    """

    pbx: str
    reason: str
    advice: str = ""
    advice_sv: str = ""
    reason_sv: str = ""


class LegsWithdrawn(msgspec.Struct, frozen=True):
    """The link has been lost for so long that its calls are no longer shown."""

    pbx: str


class DndRead(msgspec.Struct, frozen=True):
    """The telephones of these extensions of a telephone system are in do-not-disturb, and no others."""

    pbx: str
    extensions: frozenset[str]


class DndChanged(msgspec.Struct, frozen=True):
    """Somebody switched do-not-disturb on or off at a telephone."""

    pbx: str
    extension: str
    on: bool


class DevicesRead(msgspec.Struct, frozen=True):
    """These devices a telephone system has, and no others: those that can be rung now, and those that cannot."""

    pbx: str
    registered: frozenset[str]
    absent: frozenset[str]


class DeviceChanged(msgspec.Struct, frozen=True):
    """A device is new, or can be rung from now on, or no longer."""

    pbx: str
    device: str
    registered: bool


class CodeDialled(msgspec.Struct, frozen=True):
    """Somebody dialled a profile at a telephone, and waits for an answer to `call`.

    `device` is the telephone, `code` a profile's or `CLEAR`, `until` the digits that were dialled after it.
    """

    pbx: str
    call: str
    device: str
    code: str
    until: str


class RecordingsRead(msgspec.Struct, frozen=True):
    """The whole state of a telephone system was read: these recordings are being made and no others."""

    pbx: str
    recordings: tuple[Recorded, ...]


class RecordingsChanged(msgspec.Struct, frozen=True):
    """Recordings have begun, or somebody else is heard in them (`recordings`, whole); or they are over (`ended`: the
    channels that were recorded).
    """

    pbx: str
    recordings: tuple[Recorded, ...] = ()
    ended: tuple[str, ...] = ()


class EntriesChanged(msgspec.Struct, frozen=True):
    """Entries were added or changed (`entries`, whole), or removed (`removed`: their ids)."""

    entries: tuple[Entry, ...] = ()
    removed: tuple[str, ...] = ()


class EntriesRead(msgspec.Struct, frozen=True):
    """The organisation's whole set of entries was read: these and no others."""

    entries: tuple[Entry, ...]


class PresencesRead(msgspec.Struct, frozen=True):
    """All that the organisation's people have set and planned was read, and the catalogue of what there is to set."""

    choices: tuple[Choice, ...]
    hands: tuple[Hand, ...]
    absences: tuple[Absence, ...]


class PresencesChanged(msgspec.Struct, frozen=True):
    """Somebody set or cleared a profile by hand (`hands`), or planned, changed or removed absences (`removed`: ids)."""

    hands: tuple[Hand, ...] = ()
    absences: tuple[Absence, ...] = ()
    removed: tuple[str, ...] = ()


class CatalogueChanged(msgspec.Struct, frozen=True):
    """There is something else to set: the whole catalogue."""

    choices: tuple[Choice, ...]


class FeedsRead(msgspec.Struct, frozen=True):
    """Where everybody's own calendars are was read: there and nowhere else."""

    feeds: tuple[Feed, ...]


class FeedsChanged(msgspec.Struct, frozen=True):
    """Somebody set, or took back, where the calendar of an entry is."""

    feeds: tuple[Feed, ...]


class CalendarRead(msgspec.Struct, frozen=True):
    """The calendar of an entry was read at its address: these busy times and no others. None: the same as before."""

    entry: str
    address: Address
    busy: tuple[Busy, ...] | None


class CalendarFailed(msgspec.Struct, frozen=True):
    """The calendar of an entry cannot be read: `sv` and `en` say why. What is known of it holds."""

    entry: str
    address: Address
    sv: str
    en: str


PictureEvent = LegsRead | LegsChanged | LinkLost | LegsWithdrawn | DndRead | DndChanged | DevicesRead | DeviceChanged
"""What a telephone system tells of how things are."""

RecordingEvent = RecordingsRead | RecordingsChanged
PbxEvent = PictureEvent | RecordingEvent | CodeDialled
CalendarEvent = CalendarRead | CalendarFailed
Event = (
    PictureEvent
    | EntriesChanged
    | EntriesRead
    | PresencesRead
    | PresencesChanged
    | CatalogueChanged
    | FeedsRead
    | FeedsChanged
    | CalendarEvent
)
