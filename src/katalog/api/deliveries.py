"""What was sent to a webhook, for admins: read, sent again, tried."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.entries import limit_of
from katalog.api.language import language_of
from katalog.api.reader import Reader
from katalog.api.webhooks import WebhookApi, forgiven
from katalog.domain.identifier import new_id
from katalog.domain.moment import iso
from katalog.domain.webhook import Attempt, Delivery, State, Topic, Webhook
from katalog.errors import Conflict, Invalid, NotFound
from katalog.store import deliveries, webhooks
from katalog.store.database import Database
from katalog.webhooks.message import OfTest, encode
from katalog.webhooks.sender import Sender
from katalog.webhooks.webhooks import Webhooks


class AttemptView(msgspec.Struct, frozen=True):
    """`milliseconds` until the answer; `status` is null if there was none, `response` how its body begins, `reason` why
    it failed, else null.
    """

    at: str
    milliseconds: int
    status: int | None
    response: str
    reason: str | None


class DeliveryView(msgspec.Struct, frozen=True):
    """One message. `id` is its `webhook-id`; messages with the same `subject` (an entry's id, or `pbx:` and a name)
    are sent one after another. `state` is `waiting`, `delivered` or `failed`, `next` when it is tried again, null if
    at once or never. `attempts` are the latest, `message` is what is sent, in the answer to one of them.
    """

    id: str
    event: Topic
    subject: str
    created: str
    state: State
    next: str | None
    attempts: list[AttemptView]
    message: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class DeliveryPage(msgspec.Struct, frozen=True):
    """`next` is the cursor of the page after this one, null on the last."""

    deliveries: list[DeliveryView]
    next: str | None


class DeliveryApi:
    def __init__(
        self,
        database: Database,
        api: WebhookApi,
        sender: Sender,
        running: Webhooks,
        clock: Callable[[], float],
        zone: ZoneInfo,
        language: str,
    ) -> None:
        self._database = database
        self._api = api
        self._sender = sender
        self._running = running
        self._clock = clock
        self._zone = zone
        self._language = language

    async def page(self, request: Request, reader: Reader) -> Response:
        """Newest first; `?state=`, `?limit=`, `?cursor=`."""
        webhook = await self._api.found(request, reader)
        query = request.query_params
        limit, state = limit_of(query.get("limit")), _state(query.get("state"))
        async with self._database.read() as connection:
            found = await deliveries.page(
                connection, webhook.id, limit=limit + 1, before=query.get("cursor") or None, state=state
            )
        views = [self._view(request, each) for each in found[:limit]]
        return json(DeliveryPage(views, found[limit - 1].id if len(found) > limit else None))

    async def one(self, request: Request, reader: Reader) -> Response:
        webhook = await self._api.found(request, reader)
        return self._whole(request, await self._found(request, webhook))

    async def retry(self, request: Request, reader: Reader) -> Response:
        """Sent again as soon as the receiver may be asked, with what it said then; one that waits is due now."""
        webhook = await self._api.found(request, reader)
        async with self._database.aside() as connection:
            delivery = await deliveries.get(connection, webhook.id, request.path_params["delivery"])
            if delivery is None:
                raise NotFound()
            if delivery.topic is Topic.TEST:
                raise Conflict("Ett prov sänds inte om. Gör ett nytt.", "A test is not sent again. Make a new one.")
            # One that waits keeps its place; another has none until whoever sends has seen it.
            sequence = -abs(delivery.sequence) if delivery.state is State.WAITING else 0
            delivery = msgspec.structs.replace(delivery, state=State.WAITING, sequence=sequence, due=0.0)
            await deliveries.put(connection, [delivery])
        await self._go_on(reader, webhook)
        return self._whole(request, delivery, 202)

    async def test(self, request: Request, reader: Reader) -> Response:
        """Sends a message of no meaning at once, past the queue, and gives what came of it."""
        webhook = await self._api.found(request, reader)
        now = self._clock()
        body = encode(Topic.TEST, now, OfTest(webhook.id))
        delivery = Delivery(new_id(), webhook.id, 0, Topic.TEST, "", now, body)
        attempt = await self._sender.send(webhook, delivery.id, body)
        state = State.DELIVERED if attempt.succeeded else State.FAILED
        delivery = msgspec.structs.replace(delivery, state=state, attempts=(attempt,))
        async with self._database.aside() as connection:
            await deliveries.add(connection, reader.organisation, [delivery])
        if attempt.succeeded and not webhook.health.by_hand:
            await self._go_on(reader, webhook)
        return self._whole(request, delivery)

    async def _go_on(self, reader: Reader, webhook: Webhook) -> None:
        """Nothing is held against a receiver that is back, or that somebody wants to be tried."""
        if webhook.health.failing_since is not None and not webhook.health.by_hand:
            async with self._database.write(reader.organisation, reader.actor) as change:
                now = await webhooks.get(change.connection, reader.organisation, webhook.id)
                if now is not None:
                    await webhooks.put(change, forgiven(now), "webhook.resumed", {})
        await self._running.look()

    async def _found(self, request: Request, webhook: Webhook) -> Delivery:
        async with self._database.read() as connection:
            delivery = await deliveries.get(connection, webhook.id, request.path_params["delivery"])
        if delivery is None:
            raise NotFound()
        return delivery

    def _whole(self, request: Request, delivery: Delivery, status: int = 200) -> Response:
        view = self._view(request, delivery)
        return json(msgspec.structs.replace(view, message=msgspec.Raw(delivery.body)), status)

    def _view(self, request: Request, delivery: Delivery) -> DeliveryView:
        swedish = language_of(request, self._language) == "sv"
        later = delivery.state is State.WAITING and delivery.due > self._clock()
        return DeliveryView(
            delivery.id,
            delivery.topic,
            delivery.subject,
            iso(delivery.created, self._zone),
            delivery.state,
            iso(delivery.due, self._zone) if later else None,
            [self._attempt(each, each.sv if swedish else each.en) for each in delivery.attempts],
        )

    def _attempt(self, attempt: Attempt, reason: str) -> AttemptView:
        return AttemptView(
            iso(attempt.at, self._zone), attempt.milliseconds, attempt.status, attempt.response, reason or None
        )


def _state(text: str | None) -> State | None:
    if not text:
        return None
    if text not in list(State):
        names = ", ".join(State)
        raise Invalid("state", f"ska vara något av {names}", f"must be one of {names}")
    return State(text)
