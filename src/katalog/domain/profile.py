"""A profile: can the entry be reached, until when, and what the caller is told."""

import msgspec

from katalog.domain.entry import Entry, Kind

NO_END = "0000-00-00 00:00:00"
"""`until` when no end is set, as programs in the field compare it."""

DEFAULT_NAMES = {"sv": "Tillgänglig", "en": "Available"}


class Profile(msgspec.Struct, frozen=True, gc=False):
    """The v1 object `profile`; the order of the fields is the order of the keys.

    `until` is `YYYY-MM-DD HH:MM:SS` in the organisation's local time without zone, or `NO_END`.
    """

    available: bool
    name: str
    until: str = NO_END
    message: str | None = None


def default_profile(entry: Entry, language: str) -> Profile | None:
    """What holds when nothing was set: a person is available without end, a room or function has none."""
    if entry.kind is not Kind.PERSON:
        return None
    return Profile(available=True, name=DEFAULT_NAMES.get(language, DEFAULT_NAMES["en"]))
