"""Calls that are not over, and until when each telephone system was heard: what a restart goes on with."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.store import tables

Key = tuple[str, str]
"""Telephone system and id of a leg."""

_table = tables.open_call
_heard = tables.heard


async def all_of(connection: AsyncConnection, organisation: str) -> dict[Key, bytes]:
    query = select(_table.c.pbx, _table.c.leg, _table.c.state).where(_table.c.organisation_id == organisation)
    return {(pbx, leg): bytes(state) for pbx, leg, state in await connection.execute(query)}


async def put(connection: AsyncConnection, organisation: str, states: Mapping[Key, bytes | None]) -> None:
    """None: it is over."""
    if not states:
        return
    mine = _table.c.organisation_id == organisation
    gone = delete(_table).where(mine & (_table.c.pbx == bindparam("old_pbx")) & (_table.c.leg == bindparam("old_leg")))
    await connection.execute(gone, [{"old_pbx": pbx, "old_leg": leg} for pbx, leg in states])
    rows = [
        {"organisation_id": organisation, "pbx": pbx, "leg": leg, "state": state}
        for (pbx, leg), state in states.items()
        if state is not None
    ]
    if rows:
        await connection.execute(insert(_table), rows)


class Heard(msgspec.Struct, frozen=True):
    """`until` when a telephone system was heard, and until when the log is `complete`, in Unix seconds."""

    until: float
    complete: float


async def heard(connection: AsyncConnection, organisation: str) -> dict[str, Heard]:
    """By telephone system."""
    query = select(_heard.c.pbx, _heard.c.until, _heard.c.complete).where(_heard.c.organisation_id == organisation)
    rows = await connection.execute(query)
    return {row.pbx: Heard(row.until, row.complete) for row in rows}


async def put_heard(connection: AsyncConnection, organisation: str, heard: Mapping[str, Heard]) -> None:
    await connection.execute(delete(_heard).where(_heard.c.organisation_id == organisation))
    rows = [
        {"organisation_id": organisation, "pbx": pbx, "until": each.until, "complete": each.complete}
        for pbx, each in heard.items()
    ]
    if rows:
        await connection.execute(insert(_heard), rows)
