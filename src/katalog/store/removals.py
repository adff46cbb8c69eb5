"""Removing rows, and leaving word of it for running servers."""

from collections.abc import Sequence

from sqlalchemy import delete, insert

from katalog.store import tables
from katalog.store.database import Change

_AT_ONCE = 500
"""Below the number of parameters that every SQLite takes in one statement."""


async def forget(change: Change, noun: str, ids: Sequence[str]) -> None:
    """Deletes the rows `ids` of the table `noun`."""
    table = tables.metadata.tables[noun]
    for start in range(0, len(ids), _AT_ONCE):
        await change.connection.execute(delete(table).where(table.c.id.in_(ids[start : start + _AT_ONCE])))
    if ids:
        rows = [
            {"id": id_, "organisation_id": change.organisation, "revision": change.revision, "noun": noun}
            for id_ in ids
        ]
        await change.connection.execute(insert(tables.removed), rows)
