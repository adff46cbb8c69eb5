"""Profiles that were set by hand: one for each entry."""

import math
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.catalogue import Catalogue
from katalog.domain.ending import local_time
from katalog.domain.hours import Calendar
from katalog.domain.presence import Hand
from katalog.store import audit, tables
from katalog.store.database import Change

_table = tables.hand


async def select_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Hand]:
    rows = await connection.execute(
        select(
            _table.c.entry_id, _table.c.choice_id, _table.c.begin, _table.c.end, _table.c.message, _table.c.revision
        ).where(condition)
    )
    return [
        Hand(entry, choice, begin, math.inf if end is None else end, message, revision)
        for entry, choice, begin, end, message, revision in rows
    ]


async def all_of(connection: AsyncConnection, organisation: str) -> list[Hand]:
    return await select_where(connection, _table.c.organisation_id == organisation)


async def get(connection: AsyncConnection, entry: str) -> Hand | None:
    found = await select_where(connection, _table.c.entry_id == entry)
    return found[0] if found else None


async def put(change: Change, hand: Hand, catalogue: Catalogue, calendar: Calendar) -> None:
    """Sets, or clears if there is no choice."""
    row = {
        "entry_id": hand.entry, "organisation_id": change.organisation, "revision": change.revision,
        "choice_id": hand.choice, "begin": hand.begin, "end": None if hand.end == math.inf else hand.end,
        "message": hand.message,
    }  # fmt: skip
    await change.connection.execute(delete(_table).where(_table.c.entry_id == hand.entry))
    await change.connection.execute(insert(_table), [row])
    action = "profile.set" if hand.choice else "profile.cleared"
    await audit.record(change, action, hand.entry, _told(hand, catalogue, calendar))


def _told(hand: Hand, catalogue: Catalogue, calendar: Calendar) -> dict[str, Any]:
    """For the history: names and times as they were then."""
    choice = catalogue.get(hand.choice)
    if choice is None:
        return {}
    end = None if hand.end == math.inf else hand.end
    return {"profile": choice.id, "until": local_time(end, calendar), "message": hand.message}
