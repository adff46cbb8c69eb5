"""An entry of the directory: a person, a room or a function, and its numbers and devices."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What an entry is. Only a person has a profile of its own accord."""

    PERSON = "person"
    ROOM = "room"
    FUNCTION = "function"


class Entry(msgspec.Struct, frozen=True, gc=False):
    """What is kept of one entry.

    `id`         UUIDv7 as text; the only key: extensions and names may be shared
    `extension`  the number as the organisation writes it
    `numbers`    further numbers, as written
    `devices`    `PJSIP/100`, or `växel:PJSIP/100` for one telephone system only
    `source_id`  the key of the source that it was imported from, `""` if none
    `hidden`     seen by admins only
    `revision`   of the last change; its entity tag
    """

    id: str
    extension: str
    name: str
    email: str = ""
    mobile: str = ""
    keywords: tuple[str, ...] = ()
    kind: Kind = Kind.PERSON
    title: str = ""
    department: str = ""
    location: str = ""
    numbers: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    source_id: str = ""
    hidden: bool = False
    revision: int = 0

    @property
    def key(self) -> tuple[str, str, str]:
        """Every list is in this order, by code point."""
        return (self.extension, self.name, self.id)
