"""katalog's own call log: one's own calls, or everybody's for reception and admins; in pages, or as CSV."""

import base64
import binascii
from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from katalog.api.answer import json
from katalog.api.calls import international
from katalog.api.entries import limit_of
from katalog.api.reader import Reader
from katalog.api.recordings import Recordings, may_listen
from katalog.calllog.calllog import CallLog
from katalog.domain.account import Role
from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Clock, Outcome
from katalog.domain.dates import begin_of, end_of, parse_date
from katalog.domain.dialling import Dialling
from katalog.domain.moment import parse_moment
from katalog.domain.recording import longest
from katalog.errors import Forbidden, Invalid
from katalog.live.directory import Directory
from katalog.outputs import call_csv
from katalog.store import call_records
from katalog.store.call_records import Place, Wanted
from katalog.store.database import Database

T = TypeVar("T", bound=StrEnum)

CHUNK = 1_000
"""Records of an export that are read and sent at a time."""


class Person(msgspec.Struct, frozen=True):
    """Whose call it was, or who is at the other end: an entry."""

    id: str
    extension: str
    name: str


class PartView(msgspec.Struct, frozen=True):
    """A stretch of an answered call with one other party."""

    number: str
    party: Person | None
    began: str
    ended: str


class CallRecordView(msgspec.Struct, frozen=True):
    """A leg that `entry` took part in. Times are ISO 8601 with milliseconds, `duration` whole seconds from the answer.

    `party` is whose `number` is, `by` who answered instead, `forward` where the telephone sent its caller, `parts` are
    there where an answered call had several parties. `call` is the same for all records of one call. `clock` says whose
    the times are: `pbx`, `katalog`, or `guessed` where nobody saw the end. `recordings` are ids of what the reader may
    listen to, in the order in which they began, and `recordingId` that of the longest; null if there is none.
    """

    id: str
    call: str
    entry: Person
    direction: Direction
    outcome: Outcome
    number: str
    numberE164: str  # noqa: N815 - as in v1
    party: Person | None
    began: str
    answered: str | None
    ended: str
    duration: int
    by: str
    forward: str
    parts: list[PartView]
    pbx: str
    clock: Clock
    recordingId: str | None = None  # noqa: N815
    recordings: list[str] = []


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
        wanted, limit = self._wanted(query, reader), limit_of(query.get("limit"))
        await self._calllog.settle()
        if query.get("format", "").lower() == "csv":
            return self._export(wanted, reader)
        async with self._database.read() as connection:
            found = await call_records.page(
                connection, reader.organisation, wanted, limit=limit + 1, before=_place(query.get("cursor"))
            )
        views = Views(reader.directory, self._zone, self._country, sees_hidden=reader.sees_hidden)
        last = found[limit - 1] if len(found) > limit else None
        shown = await self._with_recordings(found[:limit], views, reader)
        return json(CallRecordPage(shown, None if last is None else _cursor(last)))

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

    def _export(self, wanted: Wanted, reader: Reader) -> Response:
        views = Views(reader.directory, self._zone, self._country, sees_hidden=reader.sees_hidden)
        headers = {"content-disposition": 'attachment; filename="calls.csv"', "cache-control": "private, no-store"}
        return StreamingResponse(
            self._lines(wanted, reader.organisation, views), media_type="text/csv; charset=utf-8", headers=headers
        )

    async def _lines(self, wanted: Wanted, organisation: str, views: "Views") -> AsyncIterator[str]:
        yield call_csv.header()
        before: Place | None = None
        while True:
            # A transaction for each chunk: who reads slowly holds none open.
            async with self._database.read() as connection:
                found = await call_records.page(connection, organisation, wanted, limit=CHUNK, before=before)
            if not found:
                return
            before = found[-1].began, found[-1].id
            yield call_csv.rows(map(row_of, views.of(found)))

    def _wanted(self, query: Mapping[str, str], reader: Reader) -> Wanted:
        dialling = Dialling(self._country)
        numbers = tuple(dict.fromkeys(_notations(query.get("number", ""), self._country, dialling)))
        return Wanted(
            entry=_whose(query, reader),
            hidden=reader.sees_hidden or not reader.sets_others,
            direction=_one_of(query, "direction", Direction),
            outcome=_one_of(query, "outcome", Outcome),
            numbers=numbers,
            since=self._moment(query, "from"),
            until=self._moment(query, "to"),
        )

    def _moment(self, query: Mapping[str, str], name: str) -> float | None:
        """A day (`to`: with it), or a moment as everywhere."""
        text = query.get(name, "").strip()
        if not text:
            return None
        try:
            if len(text) <= len("2026-01-31"):
                day = parse_date(text)
                return begin_of(day, self._zone) if name == "from" else end_of(day, self._zone)
            return parse_moment(text, self._zone)
        except ValueError:
            raise Invalid(
                name, "ska vara en dag eller en tidpunkt (ISO 8601)", "must be a day or a moment (ISO 8601)"
            ) from None


class Views:
    """Records as they are shown to one reader; who has a number is looked up once for all of them."""

    def __init__(self, directory: Directory, zone: ZoneInfo, country: str, *, sees_hidden: bool) -> None:
        self._directory = directory
        self._zone = zone
        self._country = country
        self._sees_hidden = sees_hidden
        self._parties: dict[str, Person | None] = {}

    def of(self, records: Iterable[CallRecord]) -> list[CallRecordView]:
        return [self._one(record) for record in records]

    def _one(self, record: CallRecord) -> CallRecordView:
        entry = self._directory.get(record.entry, hidden=True)
        whose = Person(record.entry, "", "") if entry is None else Person(entry.id, entry.extension, entry.name)
        return CallRecordView(
            record.id, record.call, whose, record.direction, record.outcome, record.number,
            international(record.number, self._country), self._party(record.number), self._iso(record.began),
            None if record.answered is None else self._iso(record.answered), self._iso(record.ended), record.duration,
            record.by, record.forward,
            [PartView(p.number, self._party(p.number), self._iso(p.began), self._iso(p.ended)) for p in record.parts],
            record.pbx, record.clock,
        )  # fmt: skip

    def _party(self, number: str) -> Person | None:
        if not number:
            return None
        if number not in self._parties:
            entry = self._directory.find(number, hidden=self._sees_hidden)
            self._parties[number] = None if entry is None else Person(entry.id, entry.extension, entry.name)
        return self._parties[number]

    def _iso(self, seconds: float) -> str:
        return datetime.fromtimestamp(seconds, self._zone).isoformat(timespec="milliseconds")


def row_of(view: CallRecordView) -> list[str]:
    """The cells of `call_csv.COLUMNS`."""
    party = "" if view.party is None else view.party.name
    return [
        view.began, view.entry.extension, view.entry.name, view.direction, view.outcome, view.number, party,
        view.answered or "", view.ended, str(view.duration), view.by, view.forward, view.clock, view.id, view.call,
    ]  # fmt: skip


def _whose(query: Mapping[str, str], reader: Reader) -> str | None:
    """The id of the entry whose calls are asked for, and may be read; None: everybody's. Raises Forbidden, Invalid."""
    if reader.account.role is Role.SERVICE:
        raise Forbidden()
    id_, extension = query.get("entry", "").strip(), query.get("extension", "").strip()
    asked = id_ or None
    if extension:
        own = reader.entry if extension == "me" else None
        entry = own or reader.directory.find(extension, hidden=reader.sees_hidden)
        if entry is None:
            raise Invalid("extension", "finns inte", "there is no such extension")
        asked = entry.id
    if reader.sets_others:
        return asked
    if reader.account.entry is None or (asked is not None and asked != reader.account.entry):
        raise Forbidden()
    return reader.account.entry


def _notations(text: str, country: str, dialling: Dialling) -> Iterable[str]:
    """The ways in which a telephone system may have written a number."""
    text = text.strip()
    if text:
        yield text
        public = international(text, country)
        yield public
        if public.startswith("+"):
            yield dialling.international + public[1:]
            own = f"+{dialling.code}"
            if public.startswith(own):
                yield dialling.trunk + public.removeprefix(own)


def _one_of(query: Mapping[str, str], name: str, kind: type[T]) -> T | None:
    text = query.get(name, "").strip().lower()
    if not text:
        return None
    try:
        return kind(text)
    except ValueError:
        known = ", ".join(kind)
        raise Invalid(name, f"ska vara {known}", f"must be one of {known}") from None


def _cursor(record: CallRecord) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((record.began, record.id))).decode().rstrip("=")


def _place(text: str | None) -> Place | None:
    if not text:
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=tuple[float, str])
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise Invalid("cursor", "är ingen av våra", "is none of ours") from None
