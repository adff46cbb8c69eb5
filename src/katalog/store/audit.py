"""The audit trail: who changed what, when, from where. Written in the same transaction as the change."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.identifier import new_id
from katalog.store import tables
from katalog.store.database import Change, Database

OF_PROFILES = ("profile.", "absence.")
"""Beginnings of what is told in the history of somebody's profile."""

OF_PEOPLE = (*OF_PROFILES, "dial.")
"""Beginnings of what tells where somebody was, and whom they called; kept for a set number of days only."""

OF_MESSAGES = ("message.",)
"""What tells whom somebody wrote to; kept for as long as the messages are."""

OF_ENTRIES = ("entry.added", "entry.changed", "entry.removed")
"""What an import does to entries."""

Place = tuple[float, str]
"""Where a page ends: when its last line was, and its id."""

_table = tables.audit


class AuditRecord(msgspec.Struct, frozen=True):
    """`at` in Unix seconds; `action` as `entry.changed`; `subject` the thing's id; `details` what differs; `revision`
    of the transaction, None if it was written before that was kept.
    """

    id: str
    at: float
    actor: str
    origin: str
    action: str
    subject: str
    details: dict[str, Any]
    revision: int | None


class Wanted(msgspec.Struct, frozen=True):
    """Which records; what is None or empty does not matter.

    `actions` are what was done, whole, or with a full stop at the end all that begins so. `since` is in it, `until`
    is not.
    """

    subject: str | None = None
    actions: Sequence[str] = ()
    actor: str | None = None
    since: float | None = None
    until: float | None = None

    def condition(self) -> ColumnElement[bool]:
        """All but the actions."""
        conditions: list[ColumnElement[bool]] = []
        if self.subject is not None:
            conditions.append(_table.c.subject == self.subject)
        if self.actor is not None:
            conditions.append(_table.c.actor == self.actor)
        if self.since is not None:
            conditions.append(_table.c.at >= self.since)
        if self.until is not None:
            conditions.append(_table.c.at < self.until)
        return and_(true(), *conditions)


EVERYTHING = Wanted()


async def record(
    change: Change, action: str, subject: str, details: dict[str, Any] | None = None, *, at: float | None = None
) -> None:
    """`at` is when it was done, in Unix seconds, if that is not now."""
    await record_many(change, action, [(subject, details or {})], at=at)


async def record_many(
    change: Change, action: str, subjects: list[tuple[str, dict[str, Any]]], *, at: float | None = None
) -> None:
    now = time.time() if at is None else at
    # Of one millisecond, ids are in no order by themselves.
    ids = sorted(new_id() for _ in subjects)
    rows = [
        {
            "id": id_,
            "organisation_id": change.organisation,
            "at": now,
            "actor": change.actor.name,
            "origin": change.actor.origin,
            "action": action,
            "subject": subject,
            "details": msgspec.json.encode(details).decode(),
            "revision": change.revision,
        }
        for id_, (subject, details) in zip(ids, subjects, strict=True)
    ]
    if rows:
        await change.connection.execute(insert(_table), rows)


async def page(
    connection: AsyncConnection,
    organisation: str,
    wanted: Wanted = EVERYTHING,
    *,
    limit: int,
    before: Place | None = None,
) -> list[AuditRecord]:
    """The newest `limit` records, newest first, from the one after the place `before` on."""
    condition = (_table.c.organisation_id == organisation) & wanted.condition()
    if before is not None:
        at, id_ = before
        condition &= (_table.c.at < at) | ((_table.c.at == at) & (_table.c.id < id_))
        # Said again for the index, which knows no "or".
        condition &= _table.c.at <= at
    query = _newest(condition, limit)
    if wanted.actions and (wanted.subject is not None or wanted.actor is not None):
        query = _newest(condition & _does(wanted.actions), limit)
    elif wanted.actions:
        # One at a time, each in the order of its index: of a million lines no more are read than are given.
        done = [name for name in await _actions(connection, organisation) if _is_one(name, wanted.actions)]
        each = [select(_newest(condition & (_table.c.action == name), limit).subquery()) for name in done]
        if not each:
            return []
        found = union_all(*each).subquery()
        query = select(found).order_by(found.c.at.desc(), found.c.id.desc()).limit(limit)
    return [_from_row(row) for row in await connection.execute(query)]


def _newest(condition: ColumnElement[bool], limit: int) -> Select[Any]:
    columns = [_table.c[name] for name in AuditRecord.__struct_fields__]
    return select(*columns).where(condition).order_by(_table.c.at.desc(), _table.c.id.desc()).limit(limit)


def _from_row(row: Any) -> AuditRecord:
    values = {name: getattr(row, name) for name in AuditRecord.__struct_fields__}
    return AuditRecord(**values | {"details": msgspec.json.decode(row.details)})


async def _actions(connection: AsyncConnection, organisation: str) -> list[str]:
    """Everything that was ever done, once: a step in the index for each, however many lines there are."""
    mine = _table.c.organisation_id == organisation
    steps = select(func.min(_table.c.action).label("action")).where(mine).cte("steps", recursive=True)
    after = select(func.min(_table.c.action)).where(mine, _table.c.action > steps.c.action).scalar_subquery()
    steps = steps.union_all(select(after).where(steps.c.action.is_not(None)))
    found = await connection.execute(select(steps.c.action).where(steps.c.action.is_not(None)))
    return list(found.scalars())


def _is_one(action: str, wanted: Sequence[str]) -> bool:
    return any(action.startswith(each) if each.endswith(".") else action == each for each in wanted)


async def applied_in(connection: AsyncConnection, organisation: str, revision: int) -> AuditRecord | None:
    """What tells of the import that was this transaction."""
    mine = (_table.c.organisation_id == organisation) & (_table.c.revision == revision)
    found = (await connection.execute(_newest(mine & (_table.c.action == "import.applied"), 1))).first()
    return _from_row(found) if found else None


async def done_in(
    connection: AsyncConnection, organisation: str, revision: int, *, limit: int, after: str = ""
) -> list[AuditRecord]:
    """What was done to entries in one transaction, in that order, from the one after the record `after` on."""
    columns = [_table.c[name] for name in AuditRecord.__struct_fields__]
    mine = (_table.c.organisation_id == organisation) & (_table.c.revision == revision)
    query = select(*columns).where(mine, _does(OF_ENTRIES), _table.c.id > after).order_by(_table.c.id).limit(limit)
    return [_from_row(row) for row in await connection.execute(query)]


async def last_known(connection: AsyncConnection, organisation: str, ids: Sequence[str]) -> dict[str, AuditRecord]:
    """What is told of entries when they were removed, by their ids."""
    columns = [_table.c[name] for name in AuditRecord.__struct_fields__]
    mine = (_table.c.organisation_id == organisation) & _table.c.subject.in_(ids) & _does(("entry.removed",))
    return {row.subject: _from_row(row) for row in await connection.execute(select(*columns).where(mine))}


async def purge(database: Database, actions: Sequence[str], before: float) -> None:
    """Forgets what was done before a moment, in Unix seconds, of some kinds of action."""
    async with database.engine.begin() as connection:
        await connection.execute(delete(_table).where(_table.c.at < before, _does(actions)))


def _does(actions: Sequence[str]) -> ColumnElement[bool]:
    """By its text, and so by no index: whoever asks has one that leaves fewer."""
    action = _table.c.action.concat("")
    return or_(
        *(action.startswith(each, autoescape=True) if each.endswith(".") else action == each for each in actions)
    )
