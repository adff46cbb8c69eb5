"""Planned absences."""

from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.absence import Absence
from katalog.store import audit, removals, tables
from katalog.store.database import Change

_table = tables.absence


async def select_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Absence]:
    rows = await connection.execute(
        select(
            _table.c.id, _table.c.entry_id, _table.c.choice_id, _table.c.begin, _table.c.end, _table.c.rule,
            _table.c.message, _table.c.revision,
        ).where(condition)
    )  # fmt: skip
    return [Absence(*row) for row in rows]


async def all_of(connection: AsyncConnection, organisation: str) -> list[Absence]:
    return await select_where(connection, _table.c.organisation_id == organisation)


async def get(change: Change, entry: str, id_: str) -> Absence | None:
    mine = (_table.c.organisation_id == change.organisation) & (_table.c.entry_id == entry) & (_table.c.id == id_)
    found = await select_where(change.connection, mine)
    return found[0] if found else None


async def count(change: Change, entry: str) -> int:
    query = select(func.count()).select_from(_table).where(_table.c.entry_id == entry)
    return int((await change.connection.execute(query)).scalar_one())


async def add(change: Change, absence: Absence) -> Absence:
    absence = msgspec.structs.replace(absence, revision=change.revision)
    row = _row(absence) | {"id": absence.id, "entry_id": absence.entry, "organisation_id": change.organisation}
    await change.connection.execute(insert(_table), [row])
    await audit.record(change, "absence.added", absence.entry, _told(absence))
    return absence


async def replace(change: Change, old: Absence, absence: Absence) -> Absence:
    absence = msgspec.structs.replace(absence, revision=change.revision)
    await change.connection.execute(update(_table).where(_table.c.id == absence.id).values(_row(absence)))
    before, after = _told(old), _told(absence)
    differs = {name: [before[name], value] for name, value in after.items() if before[name] != value}
    await audit.record(change, "absence.changed", absence.entry, {"absence": absence.id} | differs)
    return absence


async def remove(change: Change, absence: Absence) -> None:
    await removals.forget(change, "absence", [absence.id])
    await audit.record(change, "absence.removed", absence.entry, _told(absence))


def _row(absence: Absence) -> dict[str, Any]:
    return {
        "revision": absence.revision, "choice_id": absence.choice, "begin": absence.begin, "end": absence.end,
        "rule": absence.rule, "message": absence.message,
    }  # fmt: skip


def _told(absence: Absence) -> dict[str, Any]:
    return {
        "absence": absence.id, "profile": absence.choice, "from": absence.begin, "until": absence.end,
        "rrule": absence.rule, "message": absence.message,
    }  # fmt: skip
