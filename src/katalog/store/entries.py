"""Entries: people, rooms and functions."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.difference import details
from katalog.domain.entry import Entry, Kind
from katalog.errors import Conflict
from katalog.store import accounts, audit, removals, tables
from katalog.store.database import Change

_LISTS = ("keywords", "numbers", "devices")
_KINDS = {str(kind): kind for kind in Kind}
_decode_list = msgspec.json.Decoder(tuple[str, ...]).decode
_COLUMNS = [tables.entry.c[name] for name in Entry.__struct_fields__]


def _list(text: str) -> tuple[str, ...]:
    return () if text == "[]" else _decode_list(text)


def from_row(row: Sequence[Any]) -> Entry:
    """An entry of a row whose columns are the fields of `Entry`, in their order."""
    (
        id_, extension, name, email, mobile, keywords, kind, title, department, location, numbers, devices,
        source_id, hidden, revision,
    ) = row  # fmt: skip
    return Entry(
        id_, extension, name, email, mobile, _list(keywords), _KINDS[kind], title, department, location,
        _list(numbers), _list(devices), source_id, bool(hidden), revision,
    )  # fmt: skip


def to_row(entry: Entry) -> dict[str, Any]:
    row = msgspec.structs.asdict(entry)
    for name in _LISTS:
        row[name] = msgspec.json.encode(row[name]).decode()
    row["kind"] = str(entry.kind)
    return row


def query(organisation: str) -> Select[Any]:
    """Every entry of the organisation, in no order."""
    return select(*_COLUMNS).where(tables.entry.c.organisation_id == organisation)


async def all_of(connection: AsyncConnection, organisation: str) -> list[Entry]:
    """Every entry, in no order, as a server reads them at its start: past SQLAlchemy's own rows, which cost as much as
    all else of it.
    """
    result = await connection.execute(query(organisation))
    return [from_row(row) for row in result.cursor.fetchall()] if result.cursor else []


async def stream(connection: AsyncConnection, organisation: str, *, chunk: int = 2000) -> AsyncIterator[list[Entry]]:
    """Every entry, some at a time, in list order."""
    table = tables.entry
    found = query(organisation).order_by(table.c.extension, table.c.name, table.c.id)
    async with connection.stream(found.execution_options(yield_per=chunk)) as result:
        async for rows in result.partitions():
            yield [from_row(row) for row in rows]


async def get(connection: AsyncConnection, organisation: str, id_: str) -> Entry | None:
    row = (await connection.execute(query(organisation).where(tables.entry.c.id == id_))).one_or_none()
    return from_row(row) if row else None


async def add(change: Change, entry: Entry) -> Entry:
    """Raises Conflict if another entry has its `source_id`."""
    await _refuse_taken(change, entry)
    entry = msgspec.structs.replace(entry, revision=change.revision)
    await change.connection.execute(insert(tables.entry), [to_row(entry) | {"organisation_id": change.organisation}])
    await audit.record(change, "entry.added", entry.id, details(None, entry))
    return entry


async def replace(change: Change, old: Entry, new: Entry) -> Entry:
    """Writes `new` over `old`, which must have been read in this transaction. Raises Conflict as `add` does."""
    if new.source_id != old.source_id:
        await _refuse_taken(change, new)
    new = msgspec.structs.replace(new, id=old.id, revision=change.revision)
    await change.connection.execute(update(tables.entry).where(tables.entry.c.id == old.id).values(to_row(new)))
    await audit.record(change, "entry.changed", new.id, details(old, new))
    return new


async def _refuse_taken(change: Change, entry: Entry) -> None:
    """One key of the source means one person: else the next import could not tell which of two is meant."""
    same = query(change.organisation).where(
        tables.entry.c.source_id == entry.source_id, tables.entry.c.source_id != "", tables.entry.c.id != entry.id
    )
    row = (await change.connection.execute(same.limit(1))).first()
    if row is not None:
        other = from_row(row)
        raise Conflict(
            f"{other.extension} {other.name} har redan id {entry.source_id!r}.",
            f"{other.extension} {other.name} has the id {entry.source_id!r} already.",
            field="source_id",
        )


async def remove(change: Change, entries: Iterable[Entry]) -> None:
    """Removes entries and disables the accounts of the people: who has left can no longer log in."""
    gone = list(entries)
    told = [(entry.id, {"extension": entry.extension, "name": entry.name}) for entry in gone]
    await audit.record_many(change, "entry.removed", told)
    await accounts.disable_of(change, [entry.id for entry in gone])
    await removals.forget(change, "entry", [entry.id for entry in gone])
