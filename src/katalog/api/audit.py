"""The audit trail, for admins: newest first, a page at a time."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.call_filter import moment_in
from katalog.api.cursor import cursor_of, foreign, place_of
from katalog.api.entries import limit_of
from katalog.api.reader import Reader
from katalog.domain.moment import iso
from katalog.errors import Invalid
from katalog.store import audit
from katalog.store.database import Database
from katalog.store.trail import Trail


class AuditRow(msgspec.Struct, frozen=True):
    """`at` is ISO 8601; `details` of a change: field → [before, after]."""

    id: str
    at: str
    actor: str
    origin: str
    action: str
    subject: str
    details: dict[str, Any]


class AuditPage(msgspec.Struct, frozen=True):
    """`next` is the cursor of the page after this one, null on the last."""

    audit: list[AuditRow]
    next: str | None


class Audit:
    def __init__(self, database: Database, trail: Trail, zone: ZoneInfo) -> None:
        self._database = database
        self._trail = trail
        self._zone = zone

    async def page(self, request: Request, reader: Reader) -> Response:
        """`?subject=` one thing's history only, `?action=`, `?actor=`, `?from=`, `?to=`, `?limit=`, `?cursor=`."""
        query = request.query_params
        wanted = _wanted(query, self._zone)
        await self._trail.written()
        return json(await page_of(self._database, reader.organisation, self._zone, query, wanted))


def _wanted(query: Mapping[str, str], zone: ZoneInfo) -> audit.Wanted:
    subject, actor, action = (_text(query, name) for name in ("subject", "actor", "action"))
    return audit.Wanted(
        subject=subject or None,
        actions=(action,) if action else (),
        actor=actor or None,
        since=moment_in(query, "from", zone),
        until=moment_in(query, "to", zone),
    )


def _text(query: Mapping[str, str], name: str) -> str:
    text = query.get(name, "").strip()
    if not text.isprintable():
        raise Invalid(name, "innehåller styrtecken", "contains control characters")
    return text


async def page_of(
    database: Database,
    organisation: str,
    zone: ZoneInfo,
    query: Mapping[str, str],
    wanted: audit.Wanted,
) -> AuditPage:
    """The page that `limit` and `cursor` of a query ask for."""
    limit, before = limit_of(query.get("limit")), place_in(query.get("cursor"))
    async with database.read() as connection:
        records = await audit.page(connection, organisation, wanted, limit=limit + 1, before=before)
    last = records[limit - 1] if len(records) > limit else None
    rows = [_row(record, zone) for record in records[:limit]]
    return AuditPage(rows, None if last is None else cursor_of((last.at, last.id)))


def place_in(cursor: str | None) -> audit.Place | None:
    """Where a page of the trail goes on. Raises Invalid."""
    if not cursor:
        return None
    place: audit.Place = place_of(cursor, audit.Place)
    if not place[1].isprintable():
        raise foreign()
    return place


def _row(record: audit.AuditRecord, zone: ZoneInfo) -> AuditRow:
    at = iso(record.at, zone)
    return AuditRow(record.id, at, record.actor, record.origin, record.action, record.subject, record.details)
