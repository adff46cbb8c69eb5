"""Imports: staged rows become entries, in one transaction that writes only what differs."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, FromClause, and_, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.difference import Action, Difference
from katalog.domain.entry import Entry
from katalog.errors import Conflict
from katalog.store import audit, entries, tables
from katalog.store.database import Change
from katalog.store.matching import match
from katalog.store.staging import FIELDS, GOOD, row

MAX_REMOVED = 0.2
"""A file that lacks more of the entries than this is more likely half a file than a fifth of a company gone."""

MAX_SOURCE = 500
"""Characters of the name of a file that are kept: an index of PostgreSQL takes 2700 bytes."""

_CHUNK = 250
"""Entries that are read at a time: a server has others to serve between."""

_entry = tables.entry
_EMPTY = entries.to_row(Entry("", "", ""))


class Counts(msgspec.Struct, frozen=True):
    """Entries and, last, rows of the file."""

    added: int
    changed: int
    unchanged: int
    removed: int
    rejected: int


def _unheard(differences: list[Difference]) -> None:
    pass


async def apply(
    change: Change,
    *,
    source: str,
    prune: bool = False,
    force: bool = False,
    told: Callable[[list[Difference]], None] = _unheard,
) -> Counts:
    """Applies the rows staged on the change's connection. Raises Conflict, which must undo everything.

    `source` is what the audit trail calls the file. `told` is given what `preview` would give.
    """
    connection, organisation = change.connection, change.organisation
    await match(connection, organisation)
    counts = await count(connection, organisation, prune=prune)
    if prune and not force:
        await refuse_many(connection, organisation, counts.removed)
    async for chunk in differences(connection):
        found = [(new.id, Difference.of(old, new)) for old, new in chunk]
        for action in (Action.ADDED, Action.CHANGED):
            lines = [(id_, each.fields) for id_, each in found if each.action is action]
            await audit.record_many(change, f"entry.{action}", lines)
        told([each for _, each in found])
    if prune:
        async for missing in missing_entries(connection, organisation):
            await entries.remove(change, missing)
            told([Difference.removed(entry) for entry in missing])
    await _write(change)
    await audit.record(change, "import.applied", source[:MAX_SOURCE], msgspec.structs.asdict(counts))
    return counts


async def preview(connection: AsyncConnection, organisation: str, *, prune: bool) -> AsyncIterator[list[Difference]]:
    """What the matched rows would make another: in the order of the file, then who is removed. Some at a time."""
    async for chunk in differences(connection):
        yield [Difference.of(old, new) for old, new in chunk]
    if prune:
        async for missing in missing_entries(connection, organisation):
            yield [Difference.removed(entry) for entry in missing]


async def _write(change: Change) -> None:
    changed = {name: func.coalesce(row.c[name], _entry.c[name]) for name in FIELDS}
    await change.connection.execute(
        update(_entry)
        .where(_entry.c.id == row.c.entry_id, row.c.changed)
        .values(changed | {"revision": change.revision})
    )
    added = _values() | {
        "id": row.c.new_id,
        "organisation_id": literal(change.organisation),
        "revision": literal(change.revision),
    }
    rows = select(*added.values()).where(GOOD, row.c.entry_id.is_(None))
    await change.connection.execute(insert(_entry).from_select(list(added), rows))


def _values(*old: FromClause) -> dict[str, ColumnElement[Any]]:
    """The fields that an entry will have: the row's, else the `old` entry's, else those of an empty one."""
    return {name: func.coalesce(row.c[name], *(one.c[name] for one in old), _EMPTY[name]) for name in FIELDS}


async def count(connection: AsyncConnection, organisation: str, *, prune: bool) -> Counts:
    """What the matched rows come to."""

    async def rows_where(condition: ColumnElement[bool]) -> int:
        return (await connection.execute(select(func.count()).select_from(row).where(condition))).scalar_one()

    matched = GOOD & row.c.entry_id.is_not(None)
    missing = select(func.count()).select_from(_entry).where(_missing(organisation))
    return Counts(
        added=await rows_where(GOOD & row.c.entry_id.is_(None)),
        changed=await rows_where(row.c.changed),
        unchanged=await rows_where(matched & ~row.c.changed),
        removed=(await connection.execute(missing)).scalar_one() if prune else 0,
        rejected=await rows_where(~GOOD),
    )


async def refuse_many(connection: AsyncConnection, organisation: str, removed: int) -> None:
    """Raises Conflict if more than `MAX_REMOVED` of the entries would go."""
    query = select(func.count()).select_from(_entry).where(_entry.c.organisation_id == organisation)
    before = (await connection.execute(query)).scalar_one()
    if removed > before * MAX_REMOVED:
        raise Conflict(
            f"{removed} av {before} poster saknas i filen; mer än {MAX_REMOVED:.0%} tas bort bara med --force "
            "(force=true). Inget ändrades.",
            f"{removed} of {before} entries are not in the file; more than {MAX_REMOVED:.0%} are removed "
            "only with --force (force=true). Nothing was changed.",
        )


async def differences(connection: AsyncConnection) -> AsyncIterator[list[tuple[Entry | None, Entry]]]:
    """(before, after) of every entry to be added or changed, in the order of the file, some at a time."""
    old = [_entry.c[name] for name in Entry.__struct_fields__]
    new = [func.coalesce(row.c.entry_id, row.c.new_id), *_values(_entry).values(), literal(0)]
    query = (
        select(row.c.line, *old, *new)
        .select_from(row.outerjoin(_entry, _entry.c.id == row.c.entry_id))
        .where(GOOD, row.c.entry_id.is_(None) | row.c.changed)
        .order_by(row.c.line)
        .execution_options(yield_per=_CHUNK)
    )
    async with connection.stream(query) as result:
        async for found in result.partitions():
            yield [
                (
                    entries.from_row(one[1 : 1 + len(old)]) if one[1] is not None else None,
                    entries.from_row(one[1 + len(old) :]),
                )
                for one in map(tuple, found)
            ]


async def missing_entries(connection: AsyncConnection, organisation: str) -> AsyncIterator[list[Entry]]:
    """The entries that a prune removes, some at a time."""
    query = entries.query(organisation).where(_missing(organisation)).order_by(_entry.c.id).limit(_CHUNK)
    last = ""
    while found := (await connection.execute(query.where(_entry.c.id > last))).all():
        yield [entries.from_row(one) for one in found]
        last = found[-1].id


def _missing(organisation: str) -> ColumnElement[bool]:
    """Entries that no row is about, nor a rejected row may be about: one that has anything in common with them."""
    matched = select(row.c.line).where(row.c.entry_id == _entry.c.id).exists()
    known = (row.c.source_id, row.c.extension, row.c.name, row.c.email)
    suspected = [_entry.c[column.name].in_(select(column).where(~GOOD, column != "")) for column in known]
    return and_(_entry.c.organisation_id == organisation, ~matched, *(~condition for condition in suspected))
