"""One organisation's webhooks: their queues, what has happened that they are told of, and what is to be committed."""

from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

from katalog.domain.identifier import new_id
from katalog.domain.webhook import Attempt, Delivery, Health, HealthState, State, Webhook
from katalog.live.directory import Directory
from katalog.live.link import Link, LinkState
from katalog.webhooks import retry
from katalog.webhooks.ledger import Happening, Key, Ledger
from katalog.webhooks.message import body, topic_of
from katalog.webhooks.queue import Queue, Waiting

CHUNK = 500
"""So many entries are compared, and committed, at a time; then others have their turn."""

MOST = 100_000
"""From so many messages on that wait for one receiver, calls are left out; states are bounded by the entries."""

FRESH = 2_000
"""Messages that are held in memory until they are sent; the others are read again."""

KEPT_ATTEMPTS = 20
"""Of one message."""

log = structlog.get_logger()


class Batch(msgspec.Struct, frozen=True):
    """What is committed together; `health` has with each the revision by which its webhook is known."""

    new: list[Delivery]
    stale: list[str]
    finished: list[Delivery]
    told: dict[Key, bytes | None]
    health: dict[str, tuple[int, Health]]


class Office:
    """`wake` is called when there is something to commit; `next_` gives the sequence of a new message."""

    def __init__(
        self,
        directory: Directory,
        clock: Callable[[], float],
        wake: Callable[[], None],
        next_: Callable[[], int],
    ) -> None:
        self.directory = directory
        self.ledger = Ledger(directory, clock)
        self.webhooks: dict[str, Webhook] = {}
        self.queues: dict[str, Queue] = {}
        self.fresh: dict[str, Delivery] = {}  # by id: committed lately, so that they need not be read to be sent
        self.left_out = 0
        self._clock = clock
        self._wake = wake
        self._next = next_
        self._touched: dict[str, None] = {}
        self._happened: list[Happening] = []
        self._finished: dict[str, Delivery] = {}  # by id
        self._health: dict[str, Health] = {}  # by webhook

    # -- which webhooks there are --------------------------------------------------------------------------

    def follow(self, webhooks: Sequence[Webhook], waiting: Iterable[Delivery]) -> None:
        """These there are now, and no others; `waiting` goes into the queues of those that are new."""
        known, self.webhooks = self.webhooks, {each.id: each for each in webhooks}
        for id_ in [id_ for id_ in self.queues if id_ not in self.webhooks]:
            del self.queues[id_]
        new = self.new_of(webhooks)
        for id_ in new:
            self.queues[id_] = Queue(self.webhooks[id_].health)
        for delivery in waiting:
            if delivery.webhook in new:
                self._enqueue(self.queues[delivery.webhook], delivery)
        for webhook in webhooks:
            if webhook.id not in new and known[webhook.id].revision != webhook.revision:
                queue = self.queues[webhook.id]
                queue.health = webhook.health
                if webhook.health.state is HealthState.ACTIVE:
                    queue.hurry(self._clock())
                # Whoever has changed it has decided. Of the others the queue knows more than the database.
                self._health.pop(webhook.id, None)

    def new_of(self, webhooks: Iterable[Webhook]) -> set[str]:
        """Ids of those that have no queue yet."""
        return {each.id for each in webhooks} - self.queues.keys()

    def put_back(self, deliveries: Iterable[Delivery]) -> None:
        """What somebody has sent again waits at the end, and is due now."""
        for delivery in deliveries:
            queue = self.queues.get(delivery.webhook)
            if queue is None or delivery.id in self._finished:
                continue  # the webhook is gone, or it was sent already
            if delivery.id in queue:
                queue.hurry(self._clock(), delivery.id)
            else:
                self._enqueue(queue, delivery)

    def _enqueue(self, queue: Queue, delivery: Delivery) -> None:
        sequence = abs(delivery.sequence) or self._next()
        failures = sum(not attempt.succeeded for attempt in delivery.attempts)
        queue.put(Waiting(delivery.id, sequence, delivery.topic, delivery.subject, delivery.due, failures))

    # -- what happens --------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Whatever is different from what was told last has happened."""
        self._touched = dict.fromkeys(self.ledger.everybody())
        self._happened += self.ledger.lines(self.ledger.callers())
        for link in self.directory.links.values():
            if link.state is LinkState.LIVE or link.reason:
                self._happened += self.ledger.link(link)

    def heard_people(self, ids: Iterable[str]) -> None:
        """Entries, or their profiles, may be others."""
        self._touched.update(dict.fromkeys(ids))
        self._wake()

    def heard_lines(self, ids: Iterable[str]) -> None:
        """Their calls may be others. Compared at once: one that comes and goes within a moment is told all the same."""
        # An entry comes before its calls.
        self._compare([id_ for id_ in ids if id_ in self._touched])
        self._happen(self.ledger.lines(ids))

    def heard_link(self, link: Link) -> None:
        self._happen(self.ledger.link(link))

    def _happen(self, happenings: Iterable[Happening]) -> None:
        before = len(self._happened)
        self._happened += happenings
        if len(self._happened) > before:
            self._wake()

    def compare_some(self) -> bool:
        """Of those who may be others; false when there is nobody left."""
        self._compare([id_ for id_, _ in zip(tuple(self._touched), range(CHUNK), strict=False)])
        return bool(self._touched)

    def _compare(self, ids: Iterable[str]) -> None:
        for id_ in ids:
            del self._touched[id_]
        self._happened += self.ledger.people(ids)

    # -- what is committed ---------------------------------------------------------------------------------

    def take(self) -> Batch | None:
        """What is to be committed, if there is anything; what is new in it is in the queues from now on, and held."""
        if not (self._happened or self.ledger.changed or self._finished or self._health):
            return None
        new, stale = self._messages()
        health = {
            id_: (self.webhooks[id_].revision, state) for id_, state in self._health.items() if id_ in self.webhooks
        }
        batch = Batch(new, stale, list(self._finished.values()), self.ledger.changed, health)
        self.ledger.changed, self._finished, self._health = {}, {}, {}
        return batch

    def admit(self, batch: Batch) -> None:
        """It is committed: what is new in it may be sent."""
        self.fresh.update((each.id, each) for each in batch.new)
        for id_ in tuple(self.fresh)[: max(0, len(self.fresh) - FRESH)]:
            del self.fresh[id_]
        for queue in self.queues.values():
            queue.admit()

    def _messages(self) -> tuple[list[Delivery], list[str]]:
        """Of what has happened: messages in their order, and the ids of those that are stale by them."""
        happened, self._happened = self._happened, []
        new: dict[str, Delivery] = {}
        stale: list[str] = []
        for happening in happened:
            for webhook in self.webhooks.values():
                topic = topic_of(happening, webhook, self.directory.country)
                if topic is None:
                    continue
                queue = self.queues[webhook.id]
                if len(queue) >= MOST and happening.call is not None:
                    self._leave_out(webhook.id, queue)
                    continue
                topic = queue.topic_for(topic, happening.subject)
                delivery = Delivery(
                    new_id(), webhook.id, self._next(), topic, happening.subject, happening.at, body(happening, topic)
                )  # fmt: skip
                new[delivery.id] = delivery
                gone = queue.add(Waiting(delivery.id, delivery.sequence, topic, delivery.subject, 0.0))
                stale += [id_ for id_ in gone if new.pop(id_, None) is None]
        return list(new.values()), stale

    def _leave_out(self, webhook: str, queue: Queue) -> None:
        if not queue.health.left_out:
            log.warning("webhook.full", webhook=webhook, waiting=len(queue))
        self.left_out += 1
        queue.health = msgspec.structs.replace(queue.health, left_out=queue.health.left_out + 1)
        self._health[webhook] = queue.health

    # -- what was sent -------------------------------------------------------------------------------------

    def sent(
        self, webhook: Webhook, queue: Queue, waiting: Waiting, delivery: Delivery, attempt: Attempt, chance: float
    ) -> None:
        """An attempt has ended: what becomes of the message, and of its receiver."""
        now, before = self._clock(), queue.health
        health = queue.health = retry.after(before, attempt, now, chance)
        attempts = (*delivery.attempts, attempt)
        if attempt.succeeded or retry.is_given_up(health, attempts):
            state, due = State.DELIVERED if attempt.succeeded else State.FAILED, 0.0
            queue.done(waiting)
        else:
            state, due = State.WAITING, now + retry.wait(waiting.failures + 1, chance)
            queue.again(waiting, due)
        if attempt.succeeded and (before.rests or before.paused_since is not None):
            queue.hurry(now)
        self._finished[waiting.id] = msgspec.structs.replace(
            delivery, sequence=waiting.sequence, state=state, due=due, attempts=attempts[-KEPT_ATTEMPTS:]
        )
        self._health[webhook.id] = health
        _tell(webhook, before, health)


def _tell(webhook: Webhook, before: Health, now: Health) -> None:
    """To the log: when a receiver is left in peace, paused, or back."""
    if before.paused_since is None and now.paused_since is not None:
        log.error("webhook.paused", webhook=webhook.id, reason=now.en)
    elif not before.rests and now.rests:
        log.warning("webhook.failing", webhook=webhook.id, reason=now.en)
    elif (before.rests or before.paused_since is not None) and now.failing_since is None:
        log.info("webhook.well", webhook=webhook.id)
