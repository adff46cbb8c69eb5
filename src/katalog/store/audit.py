"""The audit trail: who changed what, when, from where. Written in the same transaction as the change."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, insert, or_, select
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


class AuditRecord(msgspec.Struct, frozen=True):
    """`at` in Unix seconds; `action` as `entry.changed`; `subject` the thing's id; `details` what differs."""

    id: str
    at: float
    actor: str
    origin: str
    action: str
    subject: str
    details: dict[str, Any]


async def record(
    change: Change, action: str, subject: str, details: dict[str, Any] | None = None, *, at: float | None = None
) -> None:
    """`at` is when it was done, in Unix seconds, if that is not now."""
    await record_many(change, action, [(subject, details or {})], at=at)


async def record_many(
    change: Change, action: str, subjects: list[tuple[str, dict[str, Any]]], *, at: float | None = None
) -> None:
    now = time.time() if at is None else at
    rows = [
        {
            "id": new_id(),
            "organisation_id": change.organisation,
            "at": now,
            "actor": change.actor.name,
            "origin": change.actor.origin,
            "action": action,
            "subject": subject,
            "details": msgspec.json.encode(details).decode(),
        }
        for subject, details in subjects
    ]
    if rows:
        await change.connection.execute(insert(tables.audit), rows)


async def page(
    connection: AsyncConnection,
    organisation: str,
    *,
    limit: int,
    before: str | None = None,
    subject: str | None = None,
    actions: Sequence[str] = (),
) -> list[AuditRecord]:
    """The newest `limit` records, those before the record `before` if given, newest first.

    `actions` are beginnings of what was done, such as `profile.`; none for all.
    """
    table = tables.audit
    query = select(table).where(table.c.organisation_id == organisation).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    if subject is not None:
        query = query.where(table.c.subject == subject)
    if actions:
        query = query.where(_begins(actions))
    return [
        AuditRecord(row.id, row.at, row.actor, row.origin, row.action, row.subject, msgspec.json.decode(row.details))
        for row in await connection.execute(query)
    ]


async def purge(database: Database, actions: Sequence[str], before: float) -> None:
    """Forgets what was done before a moment, in Unix seconds, of some kinds of action."""
    async with database.engine.begin() as connection:
        await connection.execute(delete(tables.audit).where(tables.audit.c.at < before, _begins(actions)))


def _begins(actions: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(tables.audit.c.action.startswith(action, autoescape=True) for action in actions))
