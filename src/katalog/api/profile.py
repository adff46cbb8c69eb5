"""Somebody's profile: what holds now, setting it, clearing it, and who set it when."""

import hashlib
import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import json
from katalog.api.audit import AuditPage, page_of
from katalog.api.etag import matches
from katalog.api.extensions import marks
from katalog.api.reader import Reader
from katalog.domain.catalogue import Catalogue, Choice
from katalog.domain.ending import NotAnEnd, parse_end, proposed
from katalog.domain.entry import Entry, Kind
from katalog.domain.fields import message
from katalog.domain.hours import Calendar
from katalog.domain.presence import Hand, Source
from katalog.domain.profile import Profile
from katalog.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from katalog.follower import Follower
from katalog.store import audit, hands
from katalog.store.database import Database


class ProfileDraft(msgspec.Struct, frozen=True):
    """`until` absent: what the catalogue proposes; null: no end. Other fields are passed over."""

    name: str
    until: str | None | msgspec.UnsetType = msgspec.UNSET
    message: str | None = None


class Profiles:
    def __init__(self, database: Database, follower: Follower, calendar: Calendar, clock: Callable[[], float]) -> None:
        self._database = database
        self._follower = follower
        self._calendar = calendar
        self._clock = clock

    async def now(self, request: Request, reader: Reader) -> Response:
        """The profile that holds; `?source=` what one source alone says."""
        entry = entry_of(request, reader)
        source = request.query_params.get("source")
        if not source:
            return self._answer(reader, entry)
        if source not in set(Source):
            raise Invalid("source", f"ska vara {', '.join(Source)}", f"must be one of {', '.join(Source)}")
        return json(reader.directory.profile_of_source(entry, Source(source)))

    async def set(self, request: Request, reader: Reader) -> Response:
        """By hand: `{"name", "until", "message"}`. What holds already stays untouched."""
        entry = entry_of(request, reader)
        must_set(reader, entry)
        given = await body.json_object(request)
        now = self._clock()
        hand = read_hand(given, entry.id, reader.directory.presences.catalogue, now, self._calendar)
        await self._put(request, reader, entry, hand)
        return self._answer(reader, entry)

    async def clear(self, request: Request, reader: Reader) -> Response:
        """What was set by hand is taken back; what is planned or in a calendar holds again."""
        entry = entry_of(request, reader)
        must_set(reader, entry)
        await self._put(request, reader, entry, Hand(entry.id, "", self._clock()))
        return self._answer(reader, entry)

    async def history(self, request: Request, reader: Reader) -> Response:
        """Who set what, when, and from where: for the person and for admins."""
        entry = entry_of(request, reader)
        if not reader.is_admin and reader.account.entry != entry.id:
            raise Forbidden()
        page: AuditPage = await page_of(
            self._database, reader.organisation, self._calendar.zone, request.query_params,
            audit.Wanted(subject=entry.id, actions=audit.OF_PROFILES),
        )  # fmt: skip
        return json(page)

    async def _put(self, request: Request, reader: Reader, entry: Entry, hand: Hand) -> None:
        await self._follower.catch_up()
        self._match(request, reader, entry)
        if holds_already(reader.directory.presences.sources(entry.id).hand, hand, reader, entry):
            return
        async with self._database.write(reader.organisation, reader.actor) as change:
            # From here on nobody else writes; what another server has written meanwhile is seen before it is replaced.
            await self._follower.catch_up()
            still_there(reader, entry)
            self._match(request, reader, entry)
            await hands.put(change, hand, reader.directory.presences.catalogue, self._calendar)
        await self._follower.catch_up()

    def _match(self, request: Request, reader: Reader, entry: Entry) -> None:
        if not matches(request.headers.get("if-match"), etag(reader.directory.profile(entry))):
            raise Stale()

    def _answer(self, reader: Reader, entry: Entry) -> Response:
        profile = reader.directory.profile(entry)
        response = json(profile)
        response.headers["etag"] = etag(profile)
        response.raw_headers += marks(reader.directory)
        return response


def entry_of(request: Request, reader: Reader) -> Entry:
    """Whom a path means: `me`, an extension in any notation, or an entry's id. Raises NotFound."""
    parameters = request.path_params
    if "id" in parameters:
        is_own = parameters["id"] == reader.account.entry
        entry = reader.directory.get(parameters["id"], hidden=is_own or reader.sees_hidden)
    elif "extension" in parameters:
        entry = reader.directory.find(parameters["extension"], hidden=reader.sees_hidden)
    else:
        entry = reader.entry
    if entry is None:
        raise NotFound()
    return entry


def still_there(reader: Reader, entry: Entry) -> None:
    """Asked in the writing transaction, after catching up: somebody may have removed it meanwhile. Raises NotFound."""
    if reader.directory.get(entry.id, hidden=True) is None:
        raise NotFound()


def must_set(reader: Reader, entry: Entry) -> None:
    """People set their own; reception and admins everybody's; a room has none. Raises Forbidden, Conflict."""
    if not reader.sets_others and reader.account.entry != entry.id:
        raise Forbidden()
    if entry.kind is not Kind.PERSON:
        raise Conflict("Ett rum eller en funktion har ingen profil.", "A room or a function has no profile.")


def choice_of(given: Mapping[str, Any], catalogue: Catalogue) -> Choice:
    """The profile that is meant by `name`. Raises Invalid."""
    name = given.get("name")
    choice = catalogue.named(name) if isinstance(name, str) else None
    if choice is None:
        sv, en = (", ".join(choice.name(language) for choice in catalogue.choices) for language in ("sv", "en"))
        raise Invalid("name", f"ska vara en av {sv}", f"must be one of {en}")
    return choice


def read_hand(given: Mapping[str, Any], entry: str, catalogue: Catalogue, now: float, calendar: Calendar) -> Hand:
    """What is to be set by hand. Raises Invalid with the field and the reason."""
    choice = choice_of(given, catalogue)
    end: float | None
    if "until" in given:
        until = given["until"]
        if until is not None and not isinstance(until, str):
            raise Invalid("until", "ska vara en text eller null", "must be a string or null")
        try:
            end = parse_end(until, now, calendar)
        except NotAnEnd as error:
            raise Invalid("until", error.sv, error.en) from None
    else:
        end = proposed(choice, now, calendar)
    return Hand(entry, choice.id, now, math.inf if end is None else end, message("message", given.get("message")))


def holds_already(old: Hand | None, new: Hand, reader: Reader, entry: Entry) -> bool:
    """Whether it makes no difference: nothing to clear, or just what was set, and is what is shown."""
    if not new.choice:
        return old is None or not old.choice
    if old is None or (old.choice, old.end, old.message) != (new.choice, new.end, new.message):
        return False
    return reader.directory.presences.state(entry.id).source is Source.HAND


def etag(profile: Profile | None) -> str:
    """Of what is shown now, so that it is another when the profile has ended by itself."""
    return f'"{hashlib.sha256(msgspec.json.encode(profile)).hexdigest()[:20]}"'
