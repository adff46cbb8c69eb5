"""Records of calls that are over: each leg of an entry once, however often it is written."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.call import Direction
from katalog.domain.call_record import Answer, CallRecord, Clock, Folder, Outcome, Part
from katalog.store import tables
from katalog.store.database import Database

PURGED_AT_ONCE = 5_000
"""Rows that are forgotten in one transaction, so that writers wait for a moment at most."""

CHUNK = 1_000
"""Records that are read or added at a time, where there may be any number."""

_table = tables.call_record
_parts = msgspec.json.Decoder(tuple[Part, ...])


async def add(connection: AsyncConnection, organisation: str, records: Sequence[CallRecord]) -> None:
    """Passes over those whose entry is gone, and legs that an entry has already."""
    if not records:
        return
    entry = tables.entry
    wanted = {record.entry for record in records}
    there = set((await connection.execute(select(entry.c.id).where(entry.c.id.in_(wanted)))).scalars())
    rows = [_to_row(record, organisation) for record in records if record.entry in there]
    if rows:
        insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
        await connection.execute(insert(_table).on_conflict_do_nothing(), rows)


async def answered(connection: AsyncConnection, organisation: str, answers: Sequence[Answer]) -> None:
    """Of what these callers rang before, nothing was missed."""
    if not answers:
        return
    missed = (
        (_table.c.organisation_id == organisation)
        & (_table.c.pbx == bindparam("of_pbx"))
        & (_table.c.call == bindparam("of_call"))
        & (_table.c.direction == Direction.IN.value)
        # Not IN, which cannot be said of many at once.
        & or_(_table.c.outcome == Outcome.MISSED.value, _table.c.outcome == Outcome.DECLINED.value)
    )
    values = {"outcome": Outcome.ELSEWHERE.value, "folder": Folder.NONE.value, "by": bindparam("answered_by")}
    await connection.execute(
        update(_table).where(missed).values(values),
        [{"of_pbx": each.pbx, "of_call": each.caller, "answered_by": each.by} for each in answers],
    )


async def correct(connection: AsyncConnection, record: CallRecord) -> None:
    """What was guessed of a leg is known now."""
    row = _to_row(record, "")
    same = (_table.c.entry_id == record.entry) & (_table.c.pbx == record.pbx) & (_table.c.leg == record.leg)
    kept = ("id", "organisation_id", "entry_id", "pbx", "leg")
    values = {name: value for name, value in row.items() if name not in kept}
    await connection.execute(update(_table).where(same).values(**values))


async def newest(
    connection: AsyncConnection, entry: str, folder: Folder, *, since: float, until: float, limit: int
) -> list[CallRecord]:
    """Of one list of v1, those that began from `since` on and before `until`, the newest first."""
    condition = (
        (_table.c.entry_id == entry)
        & (_table.c.folder == folder.value)
        & (_table.c.began >= since)
        & (_table.c.began < until)
    )
    query = select(_table).where(condition).order_by(_table.c.began.desc(), _table.c.id.desc()).limit(limit)
    return [_from_row(row) for row in await connection.execute(query)]


class Wanted(msgspec.Struct, frozen=True):
    """Which records; what is None or empty does not matter. `numbers` are notations of one number.

    `hidden` says whether those of hidden entries are among them; those of the entry `own` are.
    """

    entry: str | None = None
    hidden: bool = True
    own: str = ""
    direction: Direction | None = None
    outcome: Outcome | None = None
    numbers: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None

    def condition(self) -> ColumnElement[bool]:
        conditions: list[ColumnElement[bool]] = []
        if self.entry is not None:
            conditions.append(_table.c.entry_id == self.entry)
        if not self.hidden:
            entry = tables.entry
            visible = select(entry.c.id).where(~entry.c.hidden | (entry.c.id == self.own))
            conditions.append(_table.c.entry_id.in_(visible))
        if self.direction is not None:
            conditions.append(_table.c.direction == self.direction.value)
        if self.outcome is not None:
            conditions.append(_table.c.outcome == self.outcome.value)
        if self.numbers:
            conditions.append(_table.c.number.in_(self.numbers))
        if self.since is not None:
            conditions.append(_table.c.began >= self.since)
        if self.until is not None:
            conditions.append(_table.c.began < self.until)
        return and_(true(), *conditions)


Place = tuple[float, str]
"""Where a page ends: when its last record began, and its id."""


async def page(
    connection: AsyncConnection, organisation: str, wanted: Wanted, *, limit: int, before: Place | None = None
) -> list[CallRecord]:
    """The newest first, from the one after the place `before` on."""
    condition = (_table.c.organisation_id == organisation) & wanted.condition()
    if before is not None:
        began, id_ = before
        condition &= (_table.c.began < began) | ((_table.c.began == began) & (_table.c.id < id_))
        # Said again for the index, which knows no "or".
        condition &= _table.c.began <= began
    query = select(_table).where(condition).order_by(_table.c.began.desc(), _table.c.id.desc()).limit(limit)
    return [_from_row(row) for row in await connection.execute(query)]


async def every(
    database: Database, organisation: str, wanted: Wanted, *, limit: int | None = None
) -> AsyncIterator[list[CallRecord]]:
    """All that are wanted, or the newest `limit` of them, some at a time."""
    before: Place | None = None
    while limit is None or limit > 0:
        some = CHUNK if limit is None else min(CHUNK, limit)
        # A transaction for each chunk: who reads slowly holds none open.
        async with database.read() as connection:
            found = await page(connection, organisation, wanted, limit=some, before=before)
        if found:
            yield found
        if len(found) < some:
            return
        before = found[-1].began, found[-1].id
        limit = None if limit is None else limit - some


async def of_channels(
    connection: AsyncConnection, organisation: str, pbx: str, channels: Sequence[str], since: float
) -> list[CallRecord]:
    """Those of channels by these names, which a telephone system uses again and again, that began from `since` on."""
    mine = (_table.c.organisation_id == organisation) & (_table.c.began >= since) & (_table.c.pbx == pbx)
    found: list[CallRecord] = []
    for start in range(0, len(channels), 500):
        query = select(_table).where(mine & _table.c.channel.in_(channels[start : start + 500]))
        found += [_from_row(row) for row in await connection.execute(query)]
    return found


async def get(connection: AsyncConnection, organisation: str, id_: str) -> CallRecord | None:
    condition = (_table.c.organisation_id == organisation) & (_table.c.id == id_)
    row = (await connection.execute(select(_table).where(condition))).first()
    return None if row is None else _from_row(row)


async def purge(database: Database, organisation: str, before: float) -> int:
    """Forgets the calls that began before a moment, some at a time; gives how many."""
    old = select(_table.c.id).where((_table.c.organisation_id == organisation) & (_table.c.began < before))
    gone = 0
    while True:
        async with database.aside() as connection:
            chunk = old.order_by(_table.c.began).limit(PURGED_AT_ONCE)
            result = await connection.execute(delete(_table).where(_table.c.id.in_(chunk)))
            gone += result.rowcount
        if result.rowcount < PURGED_AT_ONCE:
            return gone


def _to_row(record: CallRecord, organisation: str) -> dict[str, Any]:
    values: Mapping[str, Any] = msgspec.structs.asdict(record)
    row = {name: value for name, value in values.items() if name not in ("entry", "parts")}
    for name in ("direction", "outcome", "clock"):
        row[name] = str(row[name])
    return {
        **row,
        "organisation_id": organisation,
        "entry_id": record.entry,
        "folder": record.folder.value,
        "parts": msgspec.json.encode(record.parts).decode(),
    }


def _from_row(row: Row[Any]) -> CallRecord:
    return CallRecord(
        row.id, row.entry_id, row.pbx, row.leg, row.channel, row.call, Direction(row.direction), Outcome(row.outcome),
        row.number, row.began, row.answered, row.ended, Clock(row.clock), row.by, row.forward, _parts.decode(row.parts),
    )  # fmt: skip
