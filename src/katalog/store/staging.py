"""Rows of an import on their way in: temporary tables of one connection, filled before anybody is locked out.

A staged row has the columns of `entry` as `entry` keeps them; NULL is a field that the source says nothing of.
What becomes of each row is written beside it (see `matching.py`).
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Boolean, Column, ColumnElement, Integer, MetaData, Table, Text, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.domain.row import Rejection, Row
from katalog.store import tables
from katalog.store.database import Database

FIELDS = tuple(name for name in Entry.__struct_fields__ if name not in ("id", "revision"))
_LISTS = ("keywords", "numbers", "devices")
_CHUNK = 500
_LONGEST_VALUE = 200

_metadata = MetaData()
row = Table(
    "import_row",
    _metadata,
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("rejected", Boolean, nullable=False),
    Column("new_id", tables.Id, nullable=False),
    # Of the types of `entry`, or PostgreSQL would not know by which collation to compare the two.
    *(Column(name, tables.entry.c[name].type) for name in FIELDS),
    Column("entry_id", tables.Id),
    Column("same_as", Integer),  # the line of an earlier row that is the same person
    Column("changed", Boolean, nullable=False, default=False),
    prefixes=["TEMPORARY"],
)
rejection = Table(
    "import_rejection",
    _metadata,
    Column("line", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("column", Text, nullable=False),
    Column("value", Text, nullable=False),  # JSON in ASCII: PostgreSQL takes no NUL in a text
    Column("sv", Text, nullable=False),
    Column("en", Text, nullable=False),
    prefixes=["TEMPORARY"],
)
candidate = Table(
    "import_candidate",
    _metadata,
    # The key and its rank, as one text (see `matching.py`).
    Column("key", tables.CodePoints, primary_key=True),
    Column("entry_id", tables.Id, nullable=False),
    prefixes=["TEMPORARY"],
)
# Made when the rows are there: that is faster than keeping them in order row by row.
_INDEXES = {"source": "source_id", "extension": "extension, name", "entry": "entry_id"}

GOOD: ColumnElement[bool] = ~row.c.rejected & row.c.same_as.is_(None)


@asynccontextmanager
async def staged(
    database: Database, rows: Iterable[Row], *, progress: Callable[[], None] = lambda: None
) -> AsyncIterator[AsyncConnection]:
    """A connection on which `rows` are staged. Nothing else in the database is touched or locked.

    `progress` is called after some hundred rows.
    """
    async with database.session() as connection:
        async with connection.begin():
            await _drop(connection)
            await connection.run_sync(_metadata.create_all, checkfirst=False)
            source = iter(rows)
            # Reading cells takes longer than all the rest of it, and is no reason for others to wait.
            while chunk := await asyncio.to_thread(_next, source):
                await connection.execute(insert(row), [values for values, _ in chunk])
                await reject(connection, (fault for _, one in chunk for fault in one.rejections))
                progress()
            for name, columns in _INDEXES.items():
                await connection.exec_driver_sql(f"CREATE INDEX import_row_{name} ON import_row ({columns})")
            # Nothing else gathers statistics about a temporary table, and without them joins are guesses: SQLite
            # then compares every row with every entry.
            await connection.exec_driver_sql("ANALYZE import_row")
        try:
            yield connection
        finally:
            # The connection goes back to others; whatever was read last must not keep a transaction open.
            await connection.rollback()
            async with connection.begin():
                await _drop(connection)


async def _drop(connection: AsyncConnection) -> None:
    for table in _metadata.tables:
        await connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table}")


def _next(source: Iterator[Row]) -> list[tuple[dict[str, Any], Row]]:
    return [(_staged(one), one) for one in islice(source, _CHUNK)]


def _staged(one: Row) -> dict[str, Any]:
    values = {name: one.values.get(name) for name in FIELDS}
    for name in _LISTS:
        if values[name] is not None:
            values[name] = msgspec.json.encode(values[name]).decode()
    if values["kind"] is not None:
        values["kind"] = str(values["kind"])
    return values | {"line": one.line, "rejected": bool(one.rejections), "new_id": new_id()}


async def reject(connection: AsyncConnection, rejections: Iterable[Rejection]) -> None:
    """Keeps why rows are not taken; several of one line in the order given."""
    rows = [
        {
            "line": fault.line, "place": place, "column": fault.column,
            "value": json.dumps(fault.value[:_LONGEST_VALUE]), "sv": fault.sv, "en": fault.en,
        }
        for place, fault in enumerate(rejections)
    ]  # fmt: skip
    if rows:
        await connection.execute(insert(rejection), rows)


async def rejections(connection: AsyncConnection) -> AsyncIterator[Rejection]:
    """Why rows are not taken, in the order of the file."""
    columns = [rejection.c[name] for name in Rejection.__struct_fields__]
    query = select(*columns).order_by(rejection.c.line, rejection.c.place)
    async with connection.stream(query.execution_options(yield_per=_CHUNK)) as result:
        async for line, column, value, sv, en in result:
            yield Rejection(line, column, json.loads(value), sv, en)
