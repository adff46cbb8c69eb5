"""Planned absences of an entry: listed, added, changed, removed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import json, ok
from katalog.api.etag import matches, tag
from katalog.api.profile import choice_of, entry_of, must_set, still_there
from katalog.api.reader import Reader
from katalog.domain.absence import EARLIEST, LATEST, LONGEST, Absence, NotARule, parse_rule, parse_wall
from katalog.domain.catalogue import Catalogue
from katalog.domain.fields import message
from katalog.domain.hours import Calendar
from katalog.domain.identifier import new_id
from katalog.domain.presence import plans_in_order
from katalog.errors import Conflict, Invalid, NotFound, Stale
from katalog.follower import Follower
from katalog.store import absences
from katalog.store.database import Database

MAX_ABSENCES = 500
"""Of one entry."""


class AbsenceView(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """Times are the organisation's wall clock, `YYYY-MM-DD HH:MM:SS`; `until` null: without end."""

    id: str
    name: str
    from_: str
    until: str | None
    message: str | None
    rrule: str | None


class AbsenceDraft(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """A date in `from` means its beginning, in `until` its end. `rrule` is of RFC 5545, and needs an `until`."""

    name: str
    from_: str
    until: str | None = None
    message: str | None = None
    rrule: str | None = None


class Absences:
    def __init__(self, database: Database, follower: Follower, calendar: Calendar) -> None:
        self._database = database
        self._follower = follower
        self._calendar = calendar

    async def all(self, request: Request, reader: Reader) -> Response:
        """Everything that is planned for an entry, by its beginning."""
        presences = reader.directory.presences
        plans = plans_in_order(presences.sources(entry_of(request, reader).id).plans)
        return json([view(plan.absence, presences.catalogue) for plan in plans])

    async def add(self, request: Request, reader: Reader) -> Response:
        entry = entry_of(request, reader)
        must_set(reader, entry)
        given = await body.json_object(request)
        absence = self._read(given, reader, new_id(), entry.id)
        async with self._database.write(reader.organisation, reader.actor) as change:
            await self._follower.catch_up()
            still_there(reader, entry)
            if await absences.count(change, entry.id) >= MAX_ABSENCES:
                raise Conflict(
                    f"Det finns redan {MAX_ABSENCES} planerade; ta bort några först.",
                    f"There are {MAX_ABSENCES} planned already; remove some first.",
                )
            absence = await absences.add(change, absence)
        await self._follower.catch_up()
        response = _answer(absence, reader, 201)
        response.headers["location"] = f"/api/entries/{entry.id}/absences/{absence.id}"
        return response

    async def replace(self, request: Request, reader: Reader) -> Response:
        entry = entry_of(request, reader)
        must_set(reader, entry)
        given = await body.json_object(request)
        new = self._read(given, reader, request.path_params["absence"], entry.id)
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await absences.get(change, entry.id, new.id)
            if old is None:
                raise NotFound()
            if not matches(request.headers.get("if-match"), _etag(old)):
                raise Stale()
            if msgspec.structs.replace(old, revision=0) == new:
                new = old
            else:
                new = await absences.replace(change, old, new)
        await self._follower.catch_up()
        return _answer(new, reader)

    async def remove(self, request: Request, reader: Reader) -> Response:
        entry = entry_of(request, reader)
        must_set(reader, entry)
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await absences.get(change, entry.id, request.path_params["absence"])
            if old is None:
                raise NotFound()
            if not matches(request.headers.get("if-match"), _etag(old)):
                raise Stale()
            await absences.remove(change, old)
        await self._follower.catch_up()
        return ok()

    def _read(self, given: Mapping[str, Any], reader: Reader, id_: str, entry: str) -> Absence:
        """Raises Invalid with the field and the reason."""
        choice = choice_of(given, reader.directory.presences.catalogue)
        begin = self._wall(given, "from", last=False)
        if begin is None:
            raise Invalid("from", "måste finnas", "is required")
        end = self._wall(given, "until", last=True)
        if end is not None and end <= begin:
            raise Invalid("until", "ska vara efter början (from)", "must be after the beginning (from)")
        rule = given.get("rrule")
        if rule is not None and not isinstance(rule, str):
            raise Invalid("rrule", "ska vara en text eller null", "must be a string or null")
        kept = ""
        if rule:
            if end is None or end - begin > LONGEST:
                raise Invalid("until", "behövs när det upprepas, högst ett år efter början (from)",
                              "is needed with an rrule, at most a year after the beginning (from)")  # fmt: skip
            try:
                kept = parse_rule(rule, begin, self._calendar.zone)
            except NotARule as error:
                raise Invalid("rrule", error.sv, error.en) from None
        word = message("message", given.get("message"))
        return Absence(id_, entry, choice.id, str(begin), "" if end is None else str(end), kept, word)

    def _wall(self, given: Mapping[str, Any], field: str, *, last: bool) -> datetime | None:
        value = given.get(field)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError(value)
            wall = parse_wall(value, self._calendar.zone, last=last)
            if not EARLIEST <= wall < LATEST - timedelta(days=1):
                raise ValueError(value)
        except (ValueError, OverflowError):
            raise Invalid(
                field,
                "ska vara ÅÅÅÅ-MM-DD HH:MM, ett datum, eller ISO 8601 med tidszon, från år 2000 till 2099",
                "must be YYYY-MM-DD HH:MM, a date, or ISO 8601 with an offset, from 2000 to 2099",
            ) from None
        return wall


def view(absence: Absence, catalogue: Catalogue) -> AbsenceView:
    choice = catalogue.get(absence.choice) or catalogue.default
    return AbsenceView(
        absence.id,
        choice.name(catalogue.language),
        absence.begin,
        absence.end or None,
        absence.message,
        absence.rule or None,
    )


def _answer(absence: Absence, reader: Reader, status: int = 200) -> Response:
    response = json(view(absence, reader.directory.presences.catalogue), status)
    tag(response, _etag(absence))
    return response


def _etag(absence: Absence) -> str:
    return f'"{absence.revision}"'
