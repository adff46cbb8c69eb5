"""What would be, or is, another of an entry: as an import shows it before it is done, and as the trail tells it."""

from enum import StrEnum
from typing import Any, Self

import msgspec

from katalog.domain.entry import Entry

_NOT_TOLD = frozenset({"id", "revision"})

Fields = dict[str, list[Any]]
"""Field → [before, after]; before is null of an entry that is new."""


class Action(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Difference(msgspec.Struct, frozen=True):
    """`entry` is the id, null of one that is to be added; of one that is removed `fields` has nothing."""

    action: Action
    entry: str | None
    extension: str
    name: str
    fields: Fields

    @classmethod
    def of(cls, old: Entry | None, new: Entry) -> Self:
        action = Action.ADDED if old is None else Action.CHANGED
        return cls(action, None if old is None else old.id, new.extension, new.name, details(old, new))

    @classmethod
    def removed(cls, old: Entry) -> Self:
        return cls(Action.REMOVED, old.id, old.extension, old.name, {})


def details(old: Entry | None, new: Entry) -> Fields:
    """What differs, field by field: `{"title": ["before", "after"]}`; of a new entry what it has."""
    return {
        field: [None if old is None else getattr(old, field), getattr(new, field)]
        for field in Entry.__struct_fields__
        if field not in _NOT_TOLD and (getattr(new, field) != getattr(old, field) if old else getattr(new, field))
    }
