"""Whose row is it? Finds for every staged row the entry that it is about, by questions to the whole table.

In this order, each entry for one row only:

1. the same `id` (the source's own key);
2. the same extension and name;
3. an e-mail, then an extension, that one row and one entry have and no other row or entry has. E-mail first:
   two people who change rooms change extensions. Not if both have an `id`: a number that is given to somebody
   new must not bring the account of whoever had it before.

Where several rows and several entries share a key, they pair off in the order of an export. A row that finds no
entry though an earlier one has the same `id`, or the same extension and name with no `id` to tell them apart, is
the same person twice, and is not taken. Rows with rejections take part like the others, so that what is theirs is
not given to another row, nor removed.
"""

from functools import reduce
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Text,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.row import Rejection
from katalog.store import tables
from katalog.store.staging import FIELDS, GOOD, candidate, reject, row

_CHUNK = 1000
_SEPARATOR = "\x1f"
"""In no field: control characters are not accepted."""

_entry = tables.entry
_taken = row.alias("taken")
_UNMATCHED = row.c.entry_id.is_(None) & row.c.same_as.is_(None)
_FREE = ~select(_taken.c.line).where(_taken.c.entry_id == _entry.c.id).exists()
_WITHOUT_ID: ColumnElement[bool] = func.coalesce(row.c.source_id, "") == ""


async def match(connection: AsyncConnection, organisation: str) -> None:
    """Fills in `entry_id`, `same_as` and `changed` of the staged rows."""
    mine = _entry.c.organisation_id == organisation
    await _pair(
        connection,
        mine,
        [row.c.source_id],
        rows=[row.c.line],
        entries=[_entry.c.extension, _entry.c.name, _entry.c.id],
    )
    await _find_repeated(connection, [row.c.source_id])
    # Among namesakes those without an id belong together.
    await _pair(
        connection,
        mine,
        [row.c.extension, row.c.name],
        rows=[~_WITHOUT_ID, row.c.line],
        entries=[_entry.c.source_id != "", _entry.c.id],
    )
    await _find_repeated(connection, [row.c.extension, row.c.name])
    # Most files find everybody by now, and these two questions are the dearest.
    if (await connection.execute(select(row.c.line).where(_UNMATCHED).limit(1))).first():
        await _pair_only_ones(connection, mine, "email")
        await _pair_only_ones(connection, mine, "extension")
    await _reject_repeated(connection)
    differs = or_(*(row.c[name].is_not(None) & (row.c[name] != _entry.c[name]) for name in FIELDS))
    await connection.execute(update(row).where(row.c.entry_id == _entry.c.id, GOOD, differs).values(changed=True))


async def _pair(
    connection: AsyncConnection,
    mine: ColumnElement[bool],
    key: list[Column[Any]],
    *,
    rows: list[ColumnElement[Any]],
    entries: list[ColumnElement[Any]],
) -> None:
    """Gives the nth free entry with some key to the nth unmatched row with it, each side in its given order."""
    own_key = [_entry.c[column.name] for column in key]
    ours = _ranked(own_key, entries).add_columns(_entry.c.id).where(mine, _FREE)
    # Kept in a table with an index: left to itself SQLite compares every row with every entry.
    await connection.execute(delete(candidate))
    await connection.execute(insert(candidate).from_select(["key", "entry_id"], ours))
    theirs = _ranked(key, rows).add_columns(row.c.line).where(_UNMATCHED).subquery()
    pairs = select(theirs.c.line, candidate.c.entry_id.label("id")).join(candidate, candidate.c.key == theirs.c.key)
    await _assign(connection, pairs)


def _ranked(key: list[Column[Any]], order: list[ColumnElement[Any]]) -> Select[Any]:
    """The key of each with its rank among those who share it, as one text."""
    parts = [*key, cast(func.row_number().over(partition_by=key, order_by=order), Text)]
    joined = reduce(lambda left, right: left + literal(_SEPARATOR) + right, parts)
    return select(joined.label("key")).where(*(column != "" for column in key))


async def _find_repeated(connection: AsyncConnection, key: list[Column[Any]]) -> None:
    """Marks unmatched rows that are the same person as an earlier row."""
    first = func.min(row.c.line).over(partition_by=key)
    first_without_id = func.min(case((_WITHOUT_ID, row.c.line))).over(partition_by=key)
    # Two ids, both there and different, tell namesakes apart.
    same = case((_WITHOUT_ID | (key[0] is row.c.source_id), first), else_=first_without_id)
    found = select(row.c.line, same.label("first")).where(*(column != "" for column in key)).subquery()
    await connection.execute(
        update(row)
        .where(row.c.line == found.c.line, found.c.first < row.c.line, _UNMATCHED)
        .values(same_as=found.c.first)
    )


async def _reject_repeated(connection: AsyncConnection) -> None:
    """Says of repeated rows whom they repeat."""
    first = row.alias("first")
    query = (
        select(row.c.line, row.c.same_as, row.c.source_id, row.c.extension, row.c.name, first.c.source_id)
        .join(first, first.c.line == row.c.same_as)
        .order_by(row.c.line)
        .execution_options(yield_per=_CHUNK)
    )
    async with connection.stream(query) as result:
        async for repeated in result.partitions():
            await reject(connection, [_repetition(*one) for one in repeated])


def _repetition(line: int, first: int, id_: str | None, extension: str, name: str, first_id: str | None) -> Rejection:
    if id_ and id_ == first_id:
        return Rejection(line, "id", id_, f"är redan id på rad {first}", f"is already the id in line {first}")
    sv = f"{name!r} med den anknytningen finns redan på rad {first}; ge båda ett id om de är två"
    en = f"{name!r} with this extension is already in line {first}; give both an id if they are two"
    return Rejection(line, "extension", extension, sv, en)


async def _pair_only_ones(connection: AsyncConnection, mine: ColumnElement[bool], field: str) -> None:
    """Gives a free entry to an unmatched row if nobody else on either side has the same `field`."""
    theirs = _only_ones(row.c[field], row.c.line)
    ours = _only_ones(_entry.c[field], _entry.c.id).where(mine)
    rows, entries = theirs.subquery(), ours.subquery()
    await _assign(
        connection,
        select(row.c.line, _entry.c.id)
        .select_from(rows)
        .join(entries, entries.c.value == rows.c.value)
        .join(row, row.c.line == rows.c.line)
        .join(_entry, _entry.c.id == entries.c.id)
        .where(_UNMATCHED, _FREE, _WITHOUT_ID | (_entry.c.source_id == "")),
    )


def _only_ones(field: Column[Any], key: Column[Any]) -> Select[Any]:
    value = func.lower(field)
    only = func.min(key).label(key.name)
    return select(value.label("value"), only).where(field != "").group_by(value).having(func.count() == 1)


async def _assign(connection: AsyncConnection, pairs: Select[Any]) -> None:
    found = pairs.subquery()
    await connection.execute(update(row).where(row.c.line == found.c.line).values(entry_id=found.c.id))
