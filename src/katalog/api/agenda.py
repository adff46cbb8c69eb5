"""What is known of somebody's time to come, and when they can be reached next."""

import asyncio
import math
from collections.abc import Callable, Mapping
from datetime import date, timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.profile import entry_of
from katalog.api.reader import Reader
from katalog.domain.absence import EARLIEST, LATEST
from katalog.domain.agenda import Span, free, spans
from katalog.domain.catalogue import Catalogue
from katalog.domain.dates import begin_of, day_of, end_of, parse_date
from katalog.domain.entry import Kind
from katalog.domain.hours import Calendar
from katalog.domain.moment import iso
from katalog.domain.presence import Source, Sources
from katalog.errors import Invalid

USUAL, MOST = timedelta(days=42), timedelta(days=100)


class SpanView(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """What one source says from `from_` on and before `until`, null: without end.

    `profile` is the id of the catalogue, `name` its name in the organisation's language, `absence` the id of the
    planned one, else null.
    """

    from_: str
    until: str | None
    profile: str
    name: str
    available: bool
    message: str | None
    source: Source
    absence: str | None


class AgendaView(msgspec.Struct, frozen=True):
    """`free` is when an available profile is shown next, now if one is; null if that is not in sight."""

    free: str | None
    spans: list[SpanView]


class Agendas:
    """`clock` gives Unix seconds."""

    def __init__(self, calendar: Calendar, clock: Callable[[], float]) -> None:
        self._calendar = calendar
        self._clock = clock

    async def one(self, request: Request, reader: Reader) -> Response:
        """Whoever sees an entry sees this of it, as they see its profile and what is planned."""
        entry, now = entry_of(request, reader), self._clock()
        first, last = _days(request.query_params, day_of(now, self._calendar.zone))
        if entry.kind is not Kind.PERSON:
            return json(AgendaView(None, []))
        presences = reader.directory.presences
        sources = presences.sources(entry.id)
        # Hundreds of rules take seconds. Nothing of what is looked at is ever changed in place.
        return await asyncio.to_thread(self._answer, sources, presences.catalogue, first, last, now)

    def _answer(self, sources: Sources, catalogue: Catalogue, first: date, last: date, now: float) -> Response:
        zone = self._calendar.zone
        found = spans(sources, begin_of(first, zone), end_of(last, zone))
        next_ = free(sources, catalogue, now)
        return json(AgendaView(self._moment(next_), [self._view(span, catalogue) for span in found]))

    def _view(self, span: Span, catalogue: Catalogue) -> SpanView:
        state = span.state
        choice = catalogue.get(state.choice) or catalogue.default
        return SpanView(
            iso(state.begin, self._calendar.zone),
            self._moment(None if state.end == math.inf else state.end),
            choice.id,
            choice.name(catalogue.language),
            choice.available,
            state.message,
            state.source,
            span.absence or None,
        )

    def _moment(self, seconds: float | None) -> str | None:
        return None if seconds is None else iso(seconds, self._calendar.zone)


def _days(query: Mapping[str, str], today: date) -> tuple[date, date]:
    """The first and the last day that are asked for. Raises Invalid."""
    first = _day(query, "from") or today
    last = _day(query, "to") or first + USUAL - timedelta(days=1)
    if not timedelta() <= last - first < MOST:
        raise Invalid(
            "to", f"ska vara from eller senare, högst {MOST.days} dagar i allt",
            f"must be from or later, {MOST.days} days at most in all",
        )  # fmt: skip
    return first, last


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        day = parse_date(text)
        if not EARLIEST.date() <= day < LATEST.date():
            raise ValueError(text)
    except ValueError:
        raise Invalid(
            name, "ska vara en dag som 2026-09-21, från år 2000 till 2099",
            "must be a day such as 2026-09-21, from 2000 to 2099",
        ) from None  # fmt: skip
    return day
