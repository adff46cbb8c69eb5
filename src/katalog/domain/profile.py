"""A profile: can the entry be reached, until when, and what the caller is told."""

import msgspec

NO_END = "0000-00-00 00:00:00"
"""`until` when no end is set, as programs in the field compare it."""


class Profile(msgspec.Struct, frozen=True, gc=False):
    """The v1 object `profile`; the order of the fields is the order of the keys.

    `until` is `YYYY-MM-DD HH:MM:SS` in the organisation's local time without zone, or `NO_END`.
    """

    available: bool
    name: str
    until: str = NO_END
    message: str | None = None
