"""What is sent: the JSON of a happening as one webhook is told of it (Standard Webhooks 1.0: type, timestamp, data)."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from katalog.domain.call import Direction, LineStatus
from katalog.domain.entry import Entry, Kind
from katalog.domain.profile import Profile
from katalog.domain.webhook import Topic, Webhook
from katalog.webhooks.ledger import CallTold, Happening

_encode = msgspec.json.Encoder().encode


class Message(msgspec.Struct, frozen=True):
    """`timestamp` is when it happened: ISO 8601 in UTC."""

    type: Topic
    timestamp: str
    data: Any


class Subject(msgspec.Struct, frozen=True):
    """Whom it is about."""

    id: str
    extension: str
    name: str


class EntryShown(msgspec.Struct, frozen=True):
    """An entry as `GET /api/entries/{id}` shows it to everybody, without its calls."""

    id: str
    extension: str
    name: str
    email: str
    mobile: str
    profile: Profile | None
    keyWords: tuple[str, ...]  # noqa: N815 - as in the contract
    kind: Kind
    title: str
    department: str
    location: str
    numbers: tuple[str, ...]


class CallShown(msgspec.Struct, frozen=True):
    """`id` is the telephone system's own of this device's leg; times are ISO 8601, null if it has not happened."""

    id: str
    pbx: str
    callerid: str
    direction: Direction
    linestatus: LineStatus
    started: str
    answered: str | None
    ended: str | None


class OfEntry(msgspec.Struct, frozen=True):
    """`data` of `entry.added` and `entry.changed`."""

    entry: EntryShown


class OfRemoved(msgspec.Struct, frozen=True):
    """`data` of `entry.removed`: it is gone, or may be seen no more."""

    entry: Subject


class OfProfile(msgspec.Struct, frozen=True):
    """`data` of `profile.changed`."""

    entry: Subject
    profile: Profile | None


class OfCall(msgspec.Struct, frozen=True):
    """`data` of `call.started`, `call.answered` and `call.ended`."""

    entry: Subject
    call: CallShown


class OfPbx(msgspec.Struct, frozen=True):
    """`data` of `pbx.lost` and `pbx.back`; `reason` is "" when it is back."""

    pbx: str
    reason: str


class OfTest(msgspec.Struct, frozen=True):
    """`data` of `test`: the webhook's id."""

    webhook: str


DATA: dict[Topic, type[msgspec.Struct]] = {
    Topic.CALL_STARTED: OfCall,
    Topic.CALL_ANSWERED: OfCall,
    Topic.CALL_ENDED: OfCall,
    Topic.PROFILE_CHANGED: OfProfile,
    Topic.ENTRY_ADDED: OfEntry,
    Topic.ENTRY_CHANGED: OfEntry,
    Topic.ENTRY_REMOVED: OfRemoved,
    Topic.PBX_LOST: OfPbx,
    Topic.PBX_BACK: OfPbx,
    Topic.TEST: OfTest,
}
"""What the data of each are."""


def topic_of(happening: Happening, webhook: Webhook, country: str) -> Topic | None:
    """As what a webhook is to be told of it; None: not at all. `country` as in `e164`."""
    topic = happening.topic
    if topic is None:
        before, entry = happening.before, happening.entry
        had = before is not None and webhook.wanted.takes(before, country)
        has = entry is not None and webhook.wanted.takes(entry, country)
        if not had and not has:
            return None
        topic = Topic.ENTRY_CHANGED if had and has else Topic.ENTRY_ADDED if has else Topic.ENTRY_REMOVED
    elif happening.entry is not None and not webhook.wanted.takes(happening.entry, country):
        return None
    return topic if topic in webhook.events else None


def body(happening: Happening, topic: Topic) -> bytes:
    return encode(topic, happening.at, _data(happening, topic))


def encode(topic: Topic, at: float, data: Any) -> bytes:
    return _encode(Message(topic, iso_utc(at), data))


def iso_utc(at: float) -> str:
    """ISO 8601 with milliseconds.

    >>> iso_utc(1_790_000_000.25)
    '2026-09-21T14:13:20.250Z'
    """
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _data(happening: Happening, topic: Topic) -> Any:
    entry = happening.entry
    if happening.call is not None:
        ended = happening.at if topic is Topic.CALL_ENDED else None
        return OfCall(_subject(happening.call.entry), _call(happening.call, ended))
    if topic is Topic.ENTRY_REMOVED:
        gone = entry or happening.before
        assert gone is not None  # noqa: S101
        return OfRemoved(_subject(gone))
    if entry is None:
        return OfPbx(happening.pbx, happening.reason)
    if topic is Topic.PROFILE_CHANGED:
        return OfProfile(_subject(entry), happening.profile)
    return OfEntry(_shown(entry, happening.profile))


def _subject(entry: Entry) -> Subject:
    return Subject(entry.id, entry.extension, entry.name)


def _shown(entry: Entry, profile: Profile | None) -> EntryShown:
    return EntryShown(
        entry.id, entry.extension, entry.name, entry.email, entry.mobile, profile, entry.keywords, entry.kind,
        entry.title, entry.department, entry.location, entry.numbers,
    )  # fmt: skip


def _call(call: CallTold, ended: float | None) -> CallShown:
    leg = call.leg
    return CallShown(
        leg.id, call.pbx, call.callerid, leg.direction, leg.linestatus, iso_utc(call.started),
        None if call.answered is None else iso_utc(call.answered), None if ended is None else iso_utc(ended),
    )  # fmt: skip
