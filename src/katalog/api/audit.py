"""The audit trail, for admins: newest first, a page at a time."""

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
    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    async def page(self, request: Request, reader: Reader) -> Response:
        """`?subject=` one thing's history only, `?limit=`, `?cursor=`."""
        query = request.query_params
        limit = limit_of(query.get("limit"))
        async with self._database.read() as connection:
            records = await audit.page(
                connection,
                reader.organisation,
                limit=limit + 1,
                before=query.get("cursor") or None,
                subject=query.get("subject") or None,
            )
        rows = [
            AuditRow(**msgspec.structs.asdict(record) | {"at": iso(record.at, self._zone)})
            for record in records[:limit]
        ]
        return json(AuditPage(rows, records[limit - 1].id if len(records) > limit else None))
