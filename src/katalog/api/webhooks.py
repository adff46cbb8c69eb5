"""Webhooks, for admins: who is told of what, and how it goes."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from yarl import URL

from katalog.api import body
from katalog.api.answer import json, ok
from katalog.api.etag import matches, tag
from katalog.api.language import language_of
from katalog.api.reader import Reader
from katalog.domain.identifier import new_id
from katalog.domain.moment import iso
from katalog.domain.wanted import Wanted
from katalog.domain.webhook import TOPICS, Health, HealthState, Topic, Webhook
from katalog.errors import Conflict, Invalid, NotFound, OutgoingError, Stale
from katalog.outgoing.client import Outgoing
from katalog.outgoing.target import NotATarget, parse_target
from katalog.store import deliveries, webhooks
from katalog.store.database import Database
from katalog.store.safe import Locked, Safe
from katalog.webhooks.sender import FORMER_SECONDS, new_secret
from katalog.webhooks.webhooks import Webhooks

MAX_WEBHOOKS = 50
"""Of one organisation."""

MAX_FILTER = 200


class WebhookView(msgspec.Struct, frozen=True):
    """`url` is null if it cannot be decrypted. `state` is `active`, `failing` or `paused`, `since` from when on, and
    `reason` why; `by_hand` that somebody has paused it. `next` is before when nothing is sent, null if that is no
    time. `waiting` messages are to be sent, `left_out` calls were not told since too many waited. `former_until` is how
    long the secret before signs too. `secret` is in the answer that makes it and never again.
    """

    id: str
    url: str | None
    events: tuple[Topic, ...]
    extension: str
    department: str
    keyword: str
    created: str
    state: HealthState
    paused: bool
    by_hand: bool
    since: str | None
    reason: str | None
    next: str | None
    waiting: int
    left_out: int
    former_until: str | None
    secret: str | msgspec.UnsetType = msgspec.UNSET


class WebhookDraft(msgspec.Struct, frozen=True):
    """`extension`, `department` and `keyword` choose entries as those of the event stream; absent or "": all."""

    url: str
    events: list[Topic]
    extension: str = ""
    department: str = ""
    keyword: str = ""


class WebhookPatch(msgspec.Struct, frozen=True):
    """What is absent stays. `paused` false has it go on at once."""

    url: str | msgspec.UnsetType = msgspec.UNSET
    events: list[Topic] | msgspec.UnsetType = msgspec.UNSET
    extension: str | msgspec.UnsetType = msgspec.UNSET
    department: str | msgspec.UnsetType = msgspec.UNSET
    keyword: str | msgspec.UnsetType = msgspec.UNSET
    paused: bool | msgspec.UnsetType = msgspec.UNSET


class WebhookApi:
    """`running` is who sends; it is asked to look after every change."""

    def __init__(
        self,
        database: Database,
        safe: Safe,
        outgoing: Outgoing,
        running: Webhooks,
        clock: Callable[[], float],
        zone: ZoneInfo,
        language: str,
    ) -> None:
        self._database = database
        self._safe = safe
        self._outgoing = outgoing
        self._running = running
        self._clock = clock
        self._zone = zone
        self._language = language

    async def all(self, request: Request, reader: Reader) -> Response:
        """In the order in which they were made."""
        async with self._database.read() as connection:
            found = await webhooks.all_of(connection, reader.organisation)
            counts = await deliveries.counts(connection, reader.organisation)
        return json([self._view(request, each, counts.get(each.id, 0)) for each in found])

    async def one(self, request: Request, reader: Reader) -> Response:
        return await self._answer(request, reader, await self.found(request, reader))

    async def add(self, request: Request, reader: Reader) -> Response:
        """The secret is in this answer only."""
        given = await body.json_object(request)
        url, events, wanted = await self._url(given), _events(given), _wanted(given, Wanted())
        secret = new_secret()
        webhook = Webhook(
            new_id(), self._safe.seal(str(url)), events, wanted, self._safe.seal(secret), self._clock()
        )  # fmt: skip
        async with self._database.write(reader.organisation, reader.actor) as change:
            if len(await webhooks.all_of(change.connection, reader.organisation)) >= MAX_WEBHOOKS:
                raise Conflict(
                    f"Det finns redan {MAX_WEBHOOKS} webhooks. Ta bort någon först.",
                    f"There are {MAX_WEBHOOKS} webhooks already. Remove one first.",
                )
            webhook = await webhooks.add(change, webhook)
        await self._running.look()
        return await self._answer(request, reader, webhook, status=201, secret=secret)

    async def change(self, request: Request, reader: Reader) -> Response:
        """A new address, and `"paused": false`, begin anew: nothing is held against the receiver."""
        given = await body.json_object(request)
        url = await self._url(given) if "url" in given else None
        events = _events(given) if "events" in given else None
        paused = _paused(given)
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await self.found(request, reader)
            self._must_match(request, old)
            new = msgspec.structs.replace(
                old,
                url=old.url if url is None else self._safe.seal(str(url)),
                events=old.events if events is None else events,
                wanted=_wanted(given, old.wanted),
            )
            if paused is True and not old.health.by_hand:
                health = msgspec.structs.replace(old.health, paused_since=self._clock(), by_hand=True)
                new = msgspec.structs.replace(new, health=health)
            elif paused is False or (url is not None and not old.health.by_hand):
                new = forgiven(new)
            # To say that it goes on is a change even of one that does: what waits for its next attempt is due.
            if new != old or paused is False:
                fields = sorted(name for name in given if name in WebhookPatch.__struct_fields__)
                new = await webhooks.put(change, new, "webhook.changed", {"fields": fields})
        await self._running.look()
        return await self._answer(request, reader, new)

    async def rotate(self, request: Request, reader: Reader) -> Response:
        """A new secret; the one before signs too, for a day."""
        secret = new_secret()
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await self.found(request, reader)
            self._must_match(request, old)
            new = msgspec.structs.replace(
                old,
                secret=self._safe.seal(secret),
                former=old.secret,
                former_until=self._clock() + FORMER_SECONDS,
            )
            new = await webhooks.put(change, new, "webhook.rotated", {})
        await self._running.look()
        return await self._answer(request, reader, new, secret=secret)

    async def remove(self, request: Request, reader: Reader) -> Response:
        """With all that waits to be sent to it."""
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await self.found(request, reader)
            self._must_match(request, old)
            await webhooks.remove(change, old)
        await self._running.look()
        return ok()

    async def found(self, request: Request, reader: Reader) -> Webhook:
        """Raises NotFound."""
        async with self._database.read() as connection:
            webhook = await webhooks.get(connection, reader.organisation, request.path_params["id"])
        if webhook is None:
            raise NotFound()
        return webhook

    def _must_match(self, request: Request, webhook: Webhook) -> None:
        if not matches(request.headers.get("if-match"), _etag(webhook)):
            raise Stale()

    async def _url(self, given: dict[str, Any]) -> URL:
        """Raises Invalid, also if it leads to where katalog may not go."""
        text = given.get("url")
        if not isinstance(text, str):
            raise Invalid("url", "ska vara en text", "must be a string")
        try:
            url = parse_target(text)
            await self._outgoing.check(url)
        except (NotATarget, OutgoingError) as error:
            raise Invalid("url", error.sv, error.en) from None
        return url

    async def _answer(
        self, request: Request, reader: Reader, webhook: Webhook, *, status: int = 200, secret: str = ""
    ) -> Response:
        async with self._database.read() as connection:
            counts = await deliveries.counts(connection, reader.organisation)
        view = self._view(request, webhook, counts.get(webhook.id, 0))
        response = json(msgspec.structs.replace(view, secret=secret) if secret else view, status)
        tag(response, _etag(webhook))
        return response

    def _view(self, request: Request, webhook: Webhook, waiting: int) -> WebhookView:
        health, now = webhook.health, self._clock()
        try:
            url: str | None = self._safe.open(webhook.url)
        except Locked:
            url = None

        def moment(at: float | None) -> str | None:
            return None if at is None else iso(at, self._zone)

        reason = health.sv if language_of(request, self._language) == "sv" else health.en
        return WebhookView(
            webhook.id,
            url,
            webhook.events,
            webhook.wanted.extension,
            webhook.wanted.department,
            webhook.wanted.keyword,
            iso(webhook.created, self._zone),
            health.state,
            health.paused_since is not None,
            health.by_hand,
            moment(health.failing_since if health.paused_since is None else health.paused_since),
            reason or None,
            moment(health.rest_until) if health.rest_until > now and not health.by_hand else None,
            waiting,
            health.left_out,
            moment(webhook.former_until) if webhook.former_until > now else None,
        )


def _etag(webhook: Webhook) -> str:
    return f'"{webhook.revision}"'


def _events(given: dict[str, Any]) -> tuple[Topic, ...]:
    """In the order of the list of all, each once. Raises Invalid."""
    names = given.get("events")
    known = ", ".join(TOPICS)
    if not isinstance(names, list) or not names or any(name not in TOPICS for name in names):
        raise Invalid("events", f"ska vara en lista av några av {known}", f"must be a list of some of {known}")
    return tuple(topic for topic in TOPICS if topic in names)


def _wanted(given: dict[str, Any], old: Wanted) -> Wanted:
    """Raises Invalid."""
    fields = {}
    for name in Wanted.__struct_fields__:
        text = given.get(name, getattr(old, name))
        if not isinstance(text, str) or len(text) > MAX_FILTER or not text.isprintable():
            raise Invalid(
                name, f"ska vara en text på högst {MAX_FILTER} tecken", f"must be a string of at most {MAX_FILTER}"
            )
        fields[name] = text.strip()
    return Wanted(**fields)


def _paused(given: dict[str, Any]) -> bool | None:
    paused = given.get("paused")
    if "paused" in given and not isinstance(paused, bool):
        raise Invalid("paused", "ska vara true eller false", "must be true or false")
    return paused


def forgiven(webhook: Webhook) -> Webhook:
    """As one that has never failed."""
    health = Health(succeeded=webhook.health.succeeded, left_out=webhook.health.left_out)
    return msgspec.structs.replace(webhook, health=health)
