"""katalog's own entries: reading, adding, changing, removing (docs/api.md)."""

import difflib
import itertools
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from katalog.api import body
from katalog.api.answer import json, ok
from katalog.api.cursor import cursor_of, place_of
from katalog.api.etag import matches
from katalog.api.extensions import marks
from katalog.api.reader import Reader
from katalog.domain import fields
from katalog.domain.entry import Entry, Kind
from katalog.domain.identifier import new_id
from katalog.domain.query import Query
from katalog.domain.view import FOR_ADMINS, EntryView
from katalog.domain.wanted import Wanted
from katalog.errors import Invalid, NotFound, Stale
from katalog.follower import Follower
from katalog.live.listing import Key
from katalog.live.search.index import Position
from katalog.outputs import csv as outputs_csv
from katalog.store import entries
from katalog.store.database import Database

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
CSV = "text/csv"

_WRITTEN_AT_ONCE = 200
"""Entries of an export that are written before others have their turn."""

_JSON_NAMES = {"keyWords": "keywords"} | {name: name for name in fields.FIELDS if name != "keywords"}
_READ_ONLY = frozenset({"id", "profile", "calls", "calls_since"})
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


class Page(msgspec.Struct, frozen=True):
    """`next` is the cursor of the page after this one, null on the last."""

    entries: list[EntryView]
    next: str | None


class EntryDraft(msgspec.Struct, frozen=True):
    """What may be given of an entry; `extension` and `name` must be there in a new one. null clears."""

    extension: str | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    email: str | None | msgspec.UnsetType = msgspec.UNSET
    mobile: str | None | msgspec.UnsetType = msgspec.UNSET
    keyWords: list[str] | None | msgspec.UnsetType = msgspec.UNSET  # noqa: N815 - the contract's capital W
    kind: Kind | None | msgspec.UnsetType = msgspec.UNSET
    title: str | None | msgspec.UnsetType = msgspec.UNSET
    department: str | None | msgspec.UnsetType = msgspec.UNSET
    location: str | None | msgspec.UnsetType = msgspec.UNSET
    numbers: list[str] | None | msgspec.UnsetType = msgspec.UNSET
    devices: list[str] | None | msgspec.UnsetType = msgspec.UNSET
    source_id: str | None | msgspec.UnsetType = msgspec.UNSET
    hidden: bool | None | msgspec.UnsetType = msgspec.UNSET


class Entries:
    """Reads come from the live directory; changes are committed first, then seen by everybody."""

    def __init__(self, database: Database, follower: Follower) -> None:
        self._database = database
        self._follower = follower

    async def page(self, request: Request, reader: Reader) -> Response:
        """Entries a page at a time, filtered: in list order, or with `q` the best first. `?format=csv` is all of them,
        for admins.
        """
        query = request.query_params
        if query.get("format", "").strip().lower() == "csv":
            reader.must_be_admin()
            return _export([entry for _, entry in await _found(query, None, reader)], is_head=request.method == "HEAD")
        limit, names = limit_of(query.get("limit")), _fields(query, reader)
        found = await _found(query, query.get("cursor"), reader)
        some = list(itertools.islice(found, limit + 1))
        next_ = cursor_of(some[limit - 1][0]) if len(some) > limit else None
        views = [reader.directory.view(entry, full=reader.is_admin) for _, entry in some[:limit]]
        response = json(Page(views, next_) if names is None else {"entries": _parts(views, names), "next": next_})
        response.raw_headers += marks(reader.directory)
        return response

    async def one(self, request: Request, reader: Reader) -> Response:
        return _answer(reader, visible(request, reader))

    async def add(self, request: Request, reader: Reader) -> Response:
        given = await body.json_object(request)
        draft = Entry(new_id(), **_checked(given, required=("extension", "name")))
        async with self._database.write(reader.organisation, reader.actor) as change:
            entry = await entries.add(change, draft)
        await self._follower.catch_up()
        response = _answer(reader, entry, status=201)
        response.headers["location"] = f"/api/entries/{entry.id}"
        return response

    async def change(self, request: Request, reader: Reader) -> Response:
        """A merge patch (RFC 7396): null clears. With `If-Match`, only if nobody changed it meanwhile."""
        given = _checked(await body.json_object(request))
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await entries.get(change.connection, reader.organisation, request.path_params["id"])
            if old is None:
                raise NotFound()
            if not matches(request.headers.get("if-match"), _revision(old)):
                raise Stale()
            new = msgspec.structs.replace(old, **given)
            if new != old:
                new = await entries.replace(change, old, new)
        await self._follower.catch_up()
        return _answer(reader, new)

    async def remove(self, request: Request, reader: Reader) -> Response:
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await entries.get(change.connection, reader.organisation, request.path_params["id"])
            if old is None:
                raise NotFound()
            if not matches(request.headers.get("if-match"), _revision(old)):
                raise Stale()
            await entries.remove(change, [old])
        await self._follower.catch_up()
        return ok()


def visible(request: Request, reader: Reader) -> Entry:
    """The entry of the path, if the reader sees it. Raises NotFound."""
    entry = reader.directory.get(request.path_params["id"], hidden=reader.sees_hidden)
    if entry is None:
        raise NotFound()
    return entry


def _answer(reader: Reader, entry: Entry, status: int = 200) -> Response:
    response = json(reader.directory.view(entry, full=reader.is_admin), status)
    response.headers["etag"] = f'"{entry.revision}-{reader.directory.tag(entry, full=reader.is_admin)}"'
    response.raw_headers += marks(reader.directory)
    return response


def _revision(entry: Entry) -> str:
    """The beginning of an entry's tag, by which `If-Match` goes."""
    return f'"{entry.revision}"'


def _checked(given: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """What is given, by the names of `Entry`. Raises Invalid for the first field that is wrong."""
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in _READ_ONLY:
            continue
        field = _JSON_NAMES.get(name)
        if field is None:
            near = difflib.get_close_matches(name, _JSON_NAMES, n=1)
            hint_sv, hint_en = (f"; menas {near[0]!r}?", f"; did you mean {near[0]!r}?") if near else ("", "")
            raise Invalid(name[:64], f"okänt fält{hint_sv}", f"unknown field{hint_en}")
        values[field] = fields.check(field, value, called=name)
    for field in required:
        if field not in values:
            fields.check(field, None)
    return values


async def _found(
    query: Mapping[str, str], cursor: str | None, reader: Reader
) -> Iterator[tuple[Key | Position, Entry]]:
    """Those asked for, each with where it stands. Raises Invalid."""
    filters = _filters(query, reader)
    found: Iterator[tuple[Key | Position, Entry]]
    if text := query.get("q", "").strip():
        found = await _searched(text, cursor, reader)
    else:
        found = _listed(cursor, reader)
    return (each for each in found if filters(each[1]))


def _export(found: Sequence[Entry], *, is_head: bool) -> Response:
    """As `katalog export` writes it into a file."""

    async def lines() -> AsyncIterator[str]:
        if is_head:
            return
        yield outputs_csv.BYTE_ORDER_MARK + outputs_csv.header()
        for start in range(0, len(found), _WRITTEN_AT_ONCE):
            yield outputs_csv.rows(found[start : start + _WRITTEN_AT_ONCE])

    headers = {"content-disposition": 'attachment; filename="people.csv"', "cache-control": "private, no-store"}
    return StreamingResponse(lines(), media_type=f"{CSV}; charset=utf-8", headers=headers)


def _listed(cursor: str | None, reader: Reader) -> Iterator[tuple[Key, Entry]]:
    """Every entry in list order, each with where it stands."""
    after = place_of(cursor, Key) if cursor else None
    for entry in reader.directory.entries(hidden=reader.sees_hidden, after=after):
        yield entry.key, entry


async def _searched(text: str, cursor: str | None, reader: Reader) -> Iterator[tuple[Position, Entry]]:
    """Who is found, the best first, each with where it stands. Raises Invalid."""
    search = reader.directory.search
    asked = Query.parse(text, search.dialling)
    after = place_of(cursor, Position) if cursor else None
    await search.ready()
    found = search.find(asked, hidden=reader.sees_hidden, after=after)
    return (((level, entry.key), entry) for level, entry in found)


def _fields(query: Mapping[str, str], reader: Reader) -> list[str] | None:
    """The keys that are to be given, in the object's order; None for all. Raises Invalid."""
    if not (text := query.get("fields", "").strip()):
        return None
    wanted = {name.strip() for name in text.split(",")} - {""}
    known = [name for name in EntryView.__struct_fields__ if reader.is_admin or name not in FOR_ADMINS]
    for name in sorted(wanted.difference(known)):
        raise Invalid("fields", f"okänt fält {name[:64]!r}", f"unknown field {name[:64]!r}")
    return [name for name in known if name in wanted]


def _parts(views: Iterable[EntryView], names: Iterable[str]) -> list[dict[str, Any]]:
    return [{name: getattr(view, name) for name in names} for view in views]


def _filters(query: Mapping[str, str], reader: Reader) -> Callable[[Entry], bool]:
    """Whether an entry is one of those asked for. Raises Invalid."""
    wanted = Wanted(department=query.get("department", ""), keyword=query.get("keyword", ""))
    available, oncall = flag(query, "available"), flag(query, "oncall")

    def fits(entry: Entry) -> bool:
        if not wanted.takes(entry, reader.directory.country):
            return False
        if available is not None:
            profile = reader.directory.profile(entry)
            if profile is None or profile.available is not available:
                return False
        return oncall is None or bool(reader.directory.calls(entry)) is oncall

    return fits


def flag(query: Mapping[str, str], name: str) -> bool | None:
    text = query.get(name, "").lower()
    if not text:
        return None
    if text not in (*_TRUE, *_FALSE):
        raise Invalid(name, "ska vara true eller false", "must be true or false")
    return text in _TRUE


def limit_of(text: str | None) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MAX_LIMIT):
        raise Invalid("limit", f"ska vara 1–{MAX_LIMIT}", f"must be 1–{MAX_LIMIT}")
    return int(text)
