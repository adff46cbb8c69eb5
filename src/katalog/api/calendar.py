"""Where an entry's calendar is read from, and how the reading of it goes."""

from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from yarl import URL

from katalog.api import body
from katalog.api.answer import json, ok
from katalog.api.etag import matches, tag
from katalog.api.language import language_of
from katalog.api.profile import entry_of, must_set, still_there
from katalog.api.reader import Reader
from katalog.domain.entry import Entry
from katalog.domain.feed import Feed
from katalog.domain.moment import iso
from katalog.errors import Invalid, NotFound, Stale
from katalog.follower import Follower
from katalog.outgoing.target import NotATarget, masked, parse_target
from katalog.store import calendars
from katalog.store.database import Database
from katalog.store.safe import Locked, Safe


class CalendarView(msgspec.Struct, frozen=True):
    """`url` is only where it leads to, null if it cannot be decrypted; `own` false: the template of the settings gives
    it. `state` is `waiting`, `ok` or `broken`, `since` from when on, and `reason` why it is broken, else null.
    `checked` is when it was last asked for, `changed` when it last said something else, `events` how many there are.
    """

    url: str | None
    own: bool
    state: str
    since: str
    reason: str | None
    checked: str | None
    changed: str | None
    events: int


class CalendarDraft(msgspec.Struct, frozen=True):
    """`url` is an iCalendar address; what it has before its host is sent as user name and password."""

    url: str


class CalendarApi:
    def __init__(self, database: Database, follower: Follower, safe: Safe, zone: ZoneInfo, language: str) -> None:
        self._database = database
        self._follower = follower
        self._safe = safe
        self._zone = zone
        self._language = language

    async def one(self, request: Request, reader: Reader) -> Response:
        entry = entry_of(request, reader)
        must_set(reader, entry)
        return self._answer(request, reader, entry)

    async def set(self, request: Request, reader: Reader) -> Response:
        """What is set already stays untouched."""
        entry = entry_of(request, reader)
        must_set(reader, entry)
        url = read_url(await body.json_object(request))
        async with self._database.write(reader.organisation, reader.actor) as change:
            await self._follower.catch_up()
            still_there(reader, entry)
            old = await calendars.get(change, entry.id)
            if not matches(request.headers.get("if-match"), _etag(old)):
                raise Stale()
            if old is None or self._opened(old.sealed) != url:
                await calendars.put(change, Feed(entry.id, self._safe.seal(str(url))))
        await self._follower.catch_up()
        return self._answer(request, reader, entry)

    async def remove(self, request: Request, reader: Reader) -> Response:
        entry = entry_of(request, reader)
        must_set(reader, entry)
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await calendars.get(change, entry.id)
            if old is None or not old.sealed:
                raise NotFound()
            if not matches(request.headers.get("if-match"), _etag(old)):
                raise Stale()
            await calendars.put(change, Feed(entry.id, ""))
        await self._follower.catch_up()
        return ok()

    def _opened(self, sealed: str) -> URL | None:
        try:
            return parse_target(self._safe.open(sealed)) if sealed else None
        except (Locked, NotATarget):
            return None

    def _answer(self, request: Request, reader: Reader, entry: Entry) -> Response:
        """Raises NotFound where there is neither an own one nor a template."""
        status = reader.directory.feeds.statuses.get(entry.id)
        if status is None:
            raise NotFound()
        address = status.address
        url = URL(address.url) if address.url else self._opened(address.sealed)
        reason = status.sv if language_of(request, self._language) == "sv" else status.en
        response = json(
            CalendarView(
                None if url is None else masked(url),
                bool(address.sealed),
                str(status.state),
                iso(status.since, self._zone),
                reason or None,
                None if status.checked is None else iso(status.checked, self._zone),
                None if status.changed is None else iso(status.changed, self._zone),
                len(reader.directory.presences.sources(entry.id).busy),
            )
        )
        tag(response, _etag(reader.directory.feeds.own(entry.id)))
        return response


def read_url(given: dict[str, object]) -> URL:
    """Raises Invalid. `webcal` is how calendars' links are often written, and means https."""
    text = given.get("url")
    if not isinstance(text, str):
        raise Invalid("url", "ska vara en text", "must be a string")
    scheme, colon, rest = text.strip().partition(":")
    if colon and scheme.lower() in ("webcal", "webcals"):
        text = f"https:{rest}"
    try:
        return parse_target(text)
    except NotATarget as error:
        raise Invalid("url", error.sv, error.en) from None


def _etag(feed: Feed | None) -> str:
    """Of the address, not of what is read at it."""
    return f'"{feed.revision if feed is not None and feed.sealed else 0}"'
