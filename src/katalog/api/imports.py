"""Imports of people, for admins: what one would do, doing just that, and what those before have done."""

import asyncio
import re
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import json
from katalog.api.audit import place_in
from katalog.api.cursor import cursor_of, foreign, place_of
from katalog.api.entries import flag, limit_of
from katalog.api.etag import matches
from katalog.api.language import language_of
from katalog.api.reader import Reader
from katalog.api.spool import Spool, Spooled
from katalog.domain.difference import Action, Difference
from katalog.domain.fields import MAX_TEXT
from katalog.domain.moment import iso
from katalog.domain.row import Rejection
from katalog.errors import BadRequest, Conflict, Invalid, NotFound, SourceError, Stale
from katalog.follower import Follower
from katalog.live.directory import Directory
from katalog.sources.csv import CsvSource
from katalog.store import audit, imports, staging
from katalog.store.audit import AuditRecord
from katalog.store.database import Database
from katalog.store.imports import Counts
from katalog.store.matching import match

MAX_FILE = 50_000_000
"""Bytes of a file of people."""

_ID = re.compile(r"-?[0-9]{1,18}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class RejectionView(msgspec.Struct, frozen=True):
    """Why a row is not taken: `line` of the file (from 1), `column` and `value` as they stand there."""

    line: int
    column: str
    value: str
    reason: str


class ImportAnswer(msgspec.Struct, frozen=True):
    """What an import did, or would do; `id` is null if nothing was written, `refused` why it would not be done.

    `digest` names the differences, all of which are there.
    """

    id: str | None
    digest: str
    counts: Counts
    refused: str | None
    warnings: list[str]
    rejections: list[RejectionView]
    differences: list[Difference]


class ImportView(msgspec.Struct, frozen=True):
    """`name` is the file, `origin` how and from which address it came, or the command."""

    id: str
    at: str
    actor: str
    origin: str
    name: str
    counts: Counts


class ImportPage(msgspec.Struct, frozen=True):
    """`next` is the cursor of the page after this one, null on the last."""

    imports: list[ImportView]
    next: str | None


class ImportDetails(ImportView, frozen=True):
    """With what it did, a page at a time."""

    differences: list[Difference]
    next: str | None


class Asked(msgspec.Struct, frozen=True):
    """What the query of an import says."""

    name: str
    is_dry: bool
    prune: bool
    force: bool

    @classmethod
    def of(cls, request: Request) -> "Asked":
        query = request.query_params
        name = re.split(r"[/\\]", query.get("name", "").strip())[-1] or "people.csv"
        if len(name) > MAX_TEXT or not name.isprintable():
            raise Invalid("name", f"ska vara högst {MAX_TEXT} tecken", f"must be {MAX_TEXT} characters at most")
        is_dry, prune, force = (bool(flag(query, each)) for each in ("dry_run", "prune", "force"))
        return cls(name, is_dry, prune, force)


class Done(msgspec.Struct):
    """What is known of an import so far; `id` once it is written. What waits on disk is closed by the answer."""

    rejections: Spool
    differences: Spool
    counts: Counts = Counts(0, 0, 0, 0, 0)
    id: str | None = None
    refused: str | None = None


class Imports:
    def __init__(self, database: Database, follower: Follower, zone: ZoneInfo, language: str) -> None:
        self._database = database
        self._follower = follower
        self._zone = zone
        self._language = language

    async def bring(self, request: Request, reader: Reader) -> Response:
        """`?dry_run=true` writes nothing. With `If-Match`, it is done only if it is what that digest named."""
        asked, language = Asked.of(request), language_of(request, self._language)
        done = Done(Spool(), Spool())
        try:
            warnings = await self._staged(request, reader, asked, done, language)
            await self._follower.catch_up()
        except BaseException as error:
            done.rejections.close()
            done.differences.close()
            if isinstance(error, SourceError):
                raise BadRequest(error.sv, error.en) from None
            raise
        digest = done.differences.digest
        answer = ImportAnswer(done.id, digest, done.counts, done.refused, warnings, [], [])
        response = Spooled(answer, rejections=done.rejections, differences=done.differences)
        response.headers["etag"] = f'"{digest}"'
        return response

    async def _staged(self, request: Request, reader: Reader, asked: Asked, done: Done, language: str) -> list[str]:
        """Reads the file and does what is asked for; gives what there is to be said of the whole file."""
        async with AsyncExitStack() as stack:
            file = stack.enter_context(tempfile.NamedTemporaryFile(prefix="katalog-import-"))  # noqa: SIM115 - it is one
            await body.store(request, file, MAX_FILE)
            # Its encoding is found out by reading all of it.
            source = stack.enter_context(await asyncio.to_thread(CsvSource, Path(file.name), called=asked.name))
            session = await stack.enter_async_context(staging.staged(self._database, source.rows()))
            if asked.is_dry:
                await self._preview(session, reader, asked, done, language)
            else:
                await self._apply(session, request, reader, asked, done)
            async for rejection in staging.rejections(session):
                done.rejections.add([_shown(rejection, language)])
            return [_clean(getattr(warning, language)) for warning in source.warnings]

    async def _preview(self, session: AsyncConnection, reader: Reader, asked: Asked, done: Done, language: str) -> None:
        async with session.begin():
            await match(session, reader.organisation)
            async for differences in imports.preview(session, reader.organisation, prune=asked.prune):
                done.differences.add(differences)
            done.counts = await imports.count(session, reader.organisation, prune=asked.prune)
            if asked.force:
                return
            try:
                await imports.refuse_many(session, reader.organisation, done.counts.removed)
            except Conflict as conflict:
                done.refused = conflict.message(language)

    async def _apply(
        self, session: AsyncConnection, request: Request, reader: Reader, asked: Asked, done: Done
    ) -> None:
        async with self._database.write(reader.organisation, reader.actor, session=session) as change:
            done.counts = await imports.apply(
                change, source=asked.name, prune=asked.prune, force=asked.force, told=done.differences.add
            )
            if not matches(request.headers.get("if-match"), f'"{done.differences.digest}"'):
                raise Stale(
                    "Det som skulle göras är inte längre det som visades: någon har ändrat något sedan dess. "
                    "Inget ändrades.",
                    "What would be done is no longer what was shown: somebody has changed something since. "
                    "Nothing was changed.",
                )
            done.id = str(change.revision)

    async def page(self, request: Request, reader: Reader) -> Response:
        """The newest first; those of the command, too."""
        query = request.query_params
        limit, before = limit_of(query.get("limit")), place_in(query.get("cursor"))
        wanted = audit.Wanted(actions=("import.applied",))
        async with self._database.read() as connection:
            records = await audit.page(connection, reader.organisation, wanted, limit=limit + 1, before=before)
        views = [ImportView(*self._values(record)) for record in records[:limit]]
        last = records[limit - 1] if len(records) > limit else None
        return json(ImportPage(views, None if last is None else cursor_of((last.at, last.id))))

    async def one(self, request: Request, reader: Reader) -> Response:
        """With what it did, in that order."""
        limit, id_ = limit_of(request.query_params.get("limit")), request.path_params["id"]
        after = _after(request.query_params.get("cursor"))
        if not _ID.fullmatch(id_):
            raise NotFound()
        async with self._database.read() as connection:
            applied = await audit.applied_in(connection, reader.organisation, int(id_))
            if applied is None:
                raise NotFound()
            found = await audit.done_in(connection, reader.organisation, int(id_), limit=limit + 1, after=after)
            shown = found[:limit]
            gone = [each.subject for each in shown if reader.directory.get(each.subject, hidden=True) is None]
            last_known = await audit.last_known(connection, reader.organisation, gone)
        differences = [_difference(each, reader.directory, last_known) for each in shown]
        next_ = cursor_of(shown[-1].id) if len(found) > limit else None
        return json(ImportDetails(*self._values(applied), differences, next_))

    def _values(self, record: AuditRecord) -> tuple[str, str, str, str, str, Counts]:
        """Of an `ImportView`."""
        counts = msgspec.convert(record.details, Counts)
        return (
            str(record.revision), iso(record.at, self._zone), record.actor, record.origin, record.subject, counts
        )  # fmt: skip


def _after(cursor: str | None) -> str:
    after: str = place_of(cursor, str) if cursor else ""
    if not after.isprintable():
        raise foreign()
    return after


def _shown(rejection: Rejection, language: str) -> RejectionView:
    return RejectionView(
        rejection.line, _clean(rejection.column), _clean(rejection.value), getattr(rejection, language)
    )


def _clean(text: str) -> str:
    """What was no text in the file cannot be written in JSON either."""
    return _SURROGATE.sub("\ufffd", text)


def _difference(record: AuditRecord, directory: Directory, last_known: dict[str, AuditRecord]) -> Difference:
    """Of one that was changed, what it is called by it, else now, else when it was removed."""
    action, id_ = Action(record.action.removeprefix("entry.")), record.subject
    if action is Action.REMOVED:
        return Difference(action, id_, *_called(record.details), {})
    now, gone = directory.get(id_, hidden=True), last_known.get(id_)
    extension, name = (now.extension, now.name) if now else _called(gone.details if gone else {})
    after = {field: value for field, (_, value) in record.details.items()}
    return Difference(action, id_, after.get("extension", extension), after.get("name", name), record.details)


def _called(details: Mapping[str, Any]) -> tuple[str, str]:
    """Of an entry that was removed; katalog once kept no name of it."""
    return str(details.get("extension", "")), str(details.get("name", ""))
