"""katalog's own call log: one's own calls, or everybody's for reception and admins; in pages, or as CSV."""

from collections.abc import AsyncIterator, Mapping
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from katalog.api.answer import json
from katalog.api.call_filter import wanted_of
from katalog.api.call_views import CallRecordView, Views, row_of
from katalog.api.cursor import cursor_of, foreign, place_of
from katalog.api.entries import limit_of
from katalog.api.reader import Reader
from katalog.api.recordings import Recordings, may_listen
from katalog.calllog.calllog import CallLog
from katalog.domain.account import Role
from katalog.domain.call_record import CallRecord
from katalog.domain.recording import longest
from katalog.errors import Forbidden, Invalid
from katalog.outputs import call_csv
from katalog.store import call_records
from katalog.store.call_records import Place
from katalog.store.database import Database

CSV = "text/csv"


class CallRecordPage(msgspec.Struct, frozen=True):
    """`next` is the cursor of the page after this one, null on the last."""

    records: list[CallRecordView]
    next: str | None


class CallRecords:
    def __init__(
        self, database: Database, calllog: CallLog, recordings: Recordings, zone: ZoneInfo, country: str
    ) -> None:
        self._database = database
        self._calllog = calllog
        self._recordings = recordings
        self._zone = zone
        self._country = country

    async def page(self, request: Request, reader: Reader) -> Response:
        """The newest first. Everybody reads their own; reception and admins everybody's."""
        query = request.query_params
        entry, own = _whose(query, reader), reader.account.entry or ""
        hidden = reader.sees_hidden or not reader.sets_others
        wanted = wanted_of(query, entry, self._zone, self._country, hidden=hidden, own=own)
        limit, before = limit_of(query.get("limit")), _place(query.get("cursor"))
        views = Views(reader.directory, self._zone, self._country, sees_hidden=reader.sees_hidden)
        await self._calllog.settle()
        if query.get("format", "").strip().lower() == "csv":
            chunks = call_records.every(self._database, reader.organisation, wanted)
            return await _export(chunks, views, is_head=request.method == "HEAD")
        async with self._database.read() as connection:
            found = await call_records.page(connection, reader.organisation, wanted, limit=limit + 1, before=before)
        last = found[limit - 1] if len(found) > limit else None
        shown = await self._with_recordings(found[:limit], views, reader)
        return json(CallRecordPage(shown, None if last is None else cursor_of((last.began, last.id))))

    async def _with_recordings(self, records: list[CallRecord], views: "Views", reader: Reader) -> list[CallRecordView]:
        """Nobody is told of what they may not listen to."""
        recorded = await self._recordings.of(
            (each for each in records if may_listen(reader, [each.entry])), reader.organisation
        )
        shown = []
        for record, view in zip(records, views.of(records), strict=True):
            if found := recorded.get(record.id):
                best = longest(found)
                view = structs.replace(
                    view, recordingId=None if best is None else best.id, recordings=[each.id for each in found]
                )
            shown.append(view)
        return shown


async def _export(chunks: AsyncIterator[list[CallRecord]], views: Views, *, is_head: bool) -> Response:
    # Read before the answer begins, whose status then tells of a database that is away.
    nothing: list[CallRecord] = []
    first = await anext(chunks, nothing)

    async def lines() -> AsyncIterator[str]:
        if is_head:
            return
        yield call_csv.header() + call_csv.rows(map(row_of, views.of(first)))
        async for chunk in chunks:
            yield call_csv.rows(map(row_of, views.of(chunk)))

    headers = {"content-disposition": 'attachment; filename="calls.csv"', "cache-control": "private, no-store"}
    return StreamingResponse(lines(), media_type=f"{CSV}; charset=utf-8", headers=headers)


def _whose(query: Mapping[str, str], reader: Reader) -> str | None:
    """The id of the entry whose calls are asked for, and may be read; None: everybody's. Raises Forbidden, Invalid."""
    own = reader.account.entry
    if reader.account.role is Role.SERVICE or (own is None and not reader.sets_others):
        raise Forbidden()
    asked = _asked(query.get("entry", "").strip(), query.get("extension", "").strip(), reader)
    if reader.sets_others:
        return asked
    if asked not in (None, own):
        raise Forbidden()
    return own


def _asked(id_: str, extension: str, reader: Reader) -> str | None:
    """The id of the entry that is asked for by its id, by a number, or by both: a number may be shared."""
    if not extension:
        return id_ or None
    own = reader.entry
    if extension == "me" and own is not None:
        holders = [own]
    else:
        known = reader.directory.holders(extension, hidden=True)
        holders = [entry for entry in known if reader.sees_hidden or not entry.hidden or entry == own]
    if not holders:
        raise Invalid("extension", "finns inte", "there is no such extension")
    if id_:
        if all(entry.id != id_ for entry in holders):
            raise Invalid("entry", "har inte den anknytningen", "does not have that extension")
        return id_
    if own is not None and own in holders and not reader.sets_others:
        return own.id
    return (reader.directory.find(extension, hidden=reader.sees_hidden) or holders[0]).id


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    place: Place = place_of(cursor, Place)
    if not place[1].isprintable():
        raise foreign()
    return place
