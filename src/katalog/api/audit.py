"""The audit trail, for admins: newest first, a page at a time."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.entries import limit_of
from katalog.api.reader import Reader
from katalog.domain.moment import iso
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
        """`?subject=` one thing's history only, `?limit=`, `?cursor=`."""
        query = request.query_params
        subject = query.get("subject") or None
        await self._trail.written()
        return json(await page_of(self._database, reader.organisation, self._zone, query, subject=subject))


async def page_of(
    database: Database,
    organisation: str,
    zone: ZoneInfo,
    query: Mapping[str, str],
    *,
    subject: str | None = None,
    actions: Sequence[str] = (),
) -> AuditPage:
    """The page that `limit` and `cursor` of a query ask for."""
    limit = limit_of(query.get("limit"))
    async with database.read() as connection:
        records = await audit.page(
            connection,
            organisation,
            limit=limit + 1,
            before=query.get("cursor") or None,
            subject=subject,
            actions=actions,
        )
    rows = [AuditRow(**msgspec.structs.asdict(record) | {"at": iso(record.at, zone)}) for record in records[:limit]]
    return AuditPage(rows, records[limit - 1].id if len(records) > limit else None)
