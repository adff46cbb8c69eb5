"""What readers get of an entry: the v1 object, and katalog's own."""

from collections.abc import Sequence

import msgspec

from katalog.domain.call import Call
from katalog.domain.entry import Entry, Kind
from katalog.domain.profile import Profile


class Contact(msgspec.Struct, frozen=True, gc=False):
    """The v1 object (contract: `GET /api/extensions/…`); the order of the fields is the order of the keys."""

    extension: str
    name: str
    email: str
    mobile: str
    profile: Profile | None
    calls: tuple[Call, ...]
    keyWords: tuple[str, ...]  # noqa: N815 - the contract's capital W


class EntryView(msgspec.Struct, frozen=True, gc=False):
    """katalog's own object: the v1 object with `id` first and what v1 lacks after it.

    `calls_since` has for each of `calls` since when it is in its `linestatus`: one that is up since it was answered,
    any other one since it began. ISO 8601 with milliseconds, by the telephone system's clock if it tells times.

    `devices`, `source_id` and `hidden` are for those who may change them, and absent for others.
    """

    id: str
    extension: str
    name: str
    email: str
    mobile: str
    profile: Profile | None
    calls: tuple[Call, ...]
    keyWords: tuple[str, ...]  # noqa: N815 - the contract's capital W
    kind: Kind
    title: str
    department: str
    location: str
    numbers: tuple[str, ...]
    calls_since: tuple[str, ...]
    devices: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    source_id: str | msgspec.UnsetType = msgspec.UNSET
    hidden: bool | msgspec.UnsetType = msgspec.UNSET


FOR_ADMINS = ("devices", "source_id", "hidden")
"""Keys of the object that only those get who may change them."""

_encoder = msgspec.json.Encoder()


def contact(entry: Entry, profile: Profile | None, calls: Sequence[Call]) -> Contact:
    return Contact(entry.extension, entry.name, entry.email, entry.mobile, profile, tuple(calls), entry.keywords)


def encode_contact(entry: Entry, profile: Profile | None, calls: Sequence[Call]) -> bytes:
    """The v1 object as compact JSON in raw UTF-8."""
    return _encoder.encode(contact(entry, profile, calls))


def encode_view(shown: EntryView) -> bytes:
    """katalog's own object as compact JSON in raw UTF-8."""
    return _encoder.encode(shown)


def view(
    entry: Entry, profile: Profile | None, calls: Sequence[Call], since: Sequence[str], *, full: bool
) -> EntryView:
    """katalog's own object; `since` as its `calls_since`, `full` for those who may see how the entry is wired."""
    return EntryView(
        entry.id,
        entry.extension,
        entry.name,
        entry.email,
        entry.mobile,
        profile,
        tuple(calls),
        entry.keywords,
        entry.kind,
        entry.title,
        entry.department,
        entry.location,
        entry.numbers,
        tuple(since),
        entry.devices if full else msgspec.UNSET,
        entry.source_id if full else msgspec.UNSET,
        entry.hidden if full else msgspec.UNSET,
    )
