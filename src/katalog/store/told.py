"""What webhooks were told of last: one row for each thing, whose state is the teller's own business."""

from collections.abc import AsyncIterator, Mapping

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.store import tables

Key = tuple[str, str]
"""Noun and id."""

_CHUNK = 2000
_table = tables.told


async def stream(connection: AsyncConnection, organisation: str) -> AsyncIterator[list[tuple[Key, bytes]]]:
    """All of an organisation's, some at a time."""
    query = select(_table.c.noun, _table.c.id, _table.c.state).where(_table.c.organisation_id == organisation)
    result = await connection.stream(query.execution_options(yield_per=_CHUNK))
    async for rows in result.partitions(_CHUNK):
        yield [((noun, id_), bytes(state)) for noun, id_, state in rows]


async def put(connection: AsyncConnection, organisation: str, states: Mapping[Key, bytes | None]) -> None:
    """None: there is no such thing any more."""
    mine = _table.c.organisation_id == organisation
    gone = delete(_table).where(mine & (_table.c.noun == bindparam("old_noun")) & (_table.c.id == bindparam("old_id")))
    if states:
        await connection.execute(gone, [{"old_noun": noun, "old_id": id_} for noun, id_ in states])
    rows = [
        {"organisation_id": organisation, "noun": noun, "id": id_, "state": state}
        for (noun, id_), state in states.items()
        if state is not None
    ]
    if rows:
        await connection.execute(insert(_table), rows)


async def clear(connection: AsyncConnection, organisation: str) -> None:
    await connection.execute(delete(_table).where(_table.c.organisation_id == organisation))
