"""Where each entry's own calendar is read from, encrypted."""

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.feed import Feed
from katalog.store import audit, tables
from katalog.store.database import Change

_table = tables.calendar


async def select_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Feed]:
    rows = await connection.execute(select(_table.c.entry_id, _table.c.url, _table.c.revision).where(condition))
    return [Feed(*row) for row in rows]


async def all_of(connection: AsyncConnection, organisation: str) -> list[Feed]:
    return await select_where(connection, _table.c.organisation_id == organisation)


async def get(change: Change, entry: str) -> Feed | None:
    mine = (_table.c.organisation_id == change.organisation) & (_table.c.entry_id == entry)
    found = await select_where(change.connection, mine)
    return found[0] if found else None


async def put(change: Change, feed: Feed) -> Feed:
    """Sets, or takes back if nothing is sealed in it. The audit trail has nothing of the address."""
    feed = msgspec.structs.replace(feed, revision=change.revision)
    row = {
        "entry_id": feed.entry, "organisation_id": change.organisation, "revision": feed.revision, "url": feed.sealed,
    }  # fmt: skip
    await change.connection.execute(delete(_table).where(_table.c.entry_id == feed.entry))
    await change.connection.execute(insert(_table), [row])
    await audit.record(change, "calendar.set" if feed.sealed else "calendar.removed", feed.entry)
    return feed
