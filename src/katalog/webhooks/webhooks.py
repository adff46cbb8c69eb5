"""Runs the webhooks of every organisation: what happens is queued, what is queued is sent, and how it went is kept.

One server of a database does it (`store/alone.py`). Messages are sent after they are committed, together with the
ledger of what was told (`ledger.py`): so a message that was sent once has the same id ever after, and one that was
never committed is found again as a difference at the next start.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress

import msgspec
import structlog

from katalog.domain.identifier import new_id
from katalog.domain.webhook import Delivery, Health, State, Webhook
from katalog.errors import StoreError
from katalog.live.directory import Directory
from katalog.live.link import Link, LinkState
from katalog.outgoing.client import Outgoing
from katalog.store import deliveries, told, webhooks
from katalog.store.alone import alone
from katalog.store.database import Database
from katalog.webhooks import retry
from katalog.webhooks.ledger import Happening, Key, Ledger
from katalog.webhooks.message import body, topic_of
from katalog.webhooks.queue import Queue, Waiting
from katalog.webhooks.sender import Sender

TICK = 0.25
"""Seconds between two looks for what is due."""

FOLLOW = 1.0
"""Seconds between two looks for what other servers have changed of webhooks."""

PURGE = 600.0
"""Seconds between two looks for what is to be forgotten."""

AFTER_FAULT = 1.0

CHUNK = 200
"""So many entries are compared at a time, then others have their turn."""

MOST = 100_000
"""From so many messages on that wait for one receiver, calls are left out; states are bounded by the entries."""

KEPT_ATTEMPTS = 20
"""Of one message."""

log = structlog.get_logger()


class Office:
    """One organisation's: its webhooks, their queues, and what is still to be committed."""

    def __init__(self, directory: Directory, clock: Callable[[], float]) -> None:
        self.directory = directory
        self.ledger = Ledger(directory, clock)
        self.webhooks: dict[str, Webhook] = {}
        self.queues: dict[str, Queue] = {}
        self.touched: dict[str, None] = {}
        self.happened: list[Happening] = []
        self.finished: dict[str, Delivery] = {}  # by id: how it went, to be committed
        self.ill: dict[str, Health] = {}  # by webhook: to be committed
        self.fresh: dict[str, Delivery] = {}  # by id: just committed, so that they need not be read to be sent


class Batch(msgspec.Struct, frozen=True):
    """What is committed together."""

    new: list[Delivery]
    stale: list[str]
    finished: list[Delivery]
    told: dict[Key, bytes | None]
    health: dict[str, tuple[int, Health]]


class Webhooks:
    """`run` is for ever. `directories` by organisation; `chance` gives numbers from 0 to 1."""

    def __init__(
        self,
        database: Database,
        directories: Mapping[str, Directory],
        outgoing: Outgoing,
        sender: Sender,
        *,
        clock: Callable[[], float],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.results: Counter[str] = Counter()
        """Attempts by how they ended: `ok`, `failed`; and calls `left_out`."""
        self._database = database
        self._directories = directories
        self._outgoing = outgoing
        self._sender = sender
        self._clock = clock
        self._chance = chance
        self._offices: dict[str, Office] = {}
        self._watched: set[str] = set()
        self._stamp: dict[str, tuple[int, int]] = {}
        self._sequence = 0
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._is_away = False
        self._leads = False  # whether this server is the one that sends

    # -- what others ask -----------------------------------------------------------------------------------

    def waiting(self) -> dict[str, int]:
        """Webhook → messages in its queue; of this server, if it is the one that sends."""
        return {id_: len(queue) for office in self._offices.values() for id_, queue in office.queues.items()}

    def states(self) -> Counter[str]:
        """How many are `active`, `failing`, `paused`."""
        queues = [queue for office in self._offices.values() for queue in office.queues.values()]
        return Counter(state_of(queue.health) for queue in queues)

    async def look(self) -> None:
        """What was changed of webhooks, or is to be sent again, holds from now on; if this server sends."""
        if self._leads:
            async with self._turn:
                await self._follow()

    # -- running -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever."""
        async with self._outgoing:
            while True:
                try:
                    async with alone(self._database, "webhooks") as held:
                        await self._send_all(held)
                except StoreError as error:
                    self._tell_away(str(error))
                except Exception:
                    # A fault of ours here must not take the directory of people with it.
                    log.exception("webhook.fault")
                finally:
                    self._leads = False
                    self._offices = {}
                    self._stamp = {}
                await asyncio.sleep(AFTER_FAULT)

    def _tell_away(self, reason: str) -> None:
        if not self._is_away:
            log.warning("webhook.away", reason=reason)
        self._is_away = True

    async def _send_all(self, held: Callable[[], Awaitable[None]]) -> None:
        async with self._turn:
            async with self._database.read() as connection:
                self._sequence = await deliveries.last_sequence(connection)
            await self._follow()
            self._leads = True
        self._is_away = False
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._often(FOLLOW, self._follow_by_turn, held), name="follow")
                tasks.create_task(self._often(PURGE, lambda: deliveries.purge(self._database, self._clock())))
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(TICK):
                            await self._wake.wait()
                    self._wake.clear()
                    async with self._turn:
                        await self._commit_all(held)
                    # What is sent was committed before.
                    self._dispatch(tasks)
        except ExceptionGroup as group:
            away, others = group.split(StoreError)
            if away is None or others is not None:
                raise
            raise StoreError(str(away.exceptions[0])) from None

    async def _often(self, period: float, *actions: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(period)
            for action in actions:
                await action()

    async def _follow_by_turn(self) -> None:
        async with self._turn:
            await self._follow()

    # -- which webhooks there are --------------------------------------------------------------------------

    async def _follow(self) -> None:
        """What the database says of webhooks is another, or messages were put back into their queue."""
        async with self._database.read() as connection:
            stamp = await webhooks.stamp(connection)
        for organisation, directory in list(self._directories.items()):
            office = self._offices.get(organisation)
            if organisation not in stamp and office is None:
                continue
            if office is None:
                office = await self._open(organisation, directory)
            if self._stamp.get(organisation) != stamp.get(organisation):
                await self._read(organisation, office)
            else:
                await self._take_new(organisation, office)
            if not office.webhooks:
                await self._close(organisation)
        self._stamp = stamp
        self._wake.set()

    async def _open(self, organisation: str, directory: Directory) -> Office:
        """An organisation's first webhook, or the start of a server: what was told before is read."""
        office = Office(directory, self._clock)
        ledger = office.ledger
        async with self._database.read() as connection:
            async for rows in told.stream(connection, organisation):
                ledger.load(rows)
                await asyncio.sleep(0)
        if not ledger.is_begun:
            everybody = ledger.everybody()
            for start in range(0, len(everybody), CHUNK):
                ledger.begin(everybody[start : start + CHUNK])
                await asyncio.sleep(0)
            ledger.mark()
        self._offices[organisation] = office
        # From here on nothing is missed; what came before is compared.
        if organisation not in self._watched:
            self._watched.add(organisation)
            directory.watch(lambda ids: self._heard_people(organisation, ids))
            directory.watch_calls(lambda ids: self._heard_lines(organisation, ids))
            directory.watch_links(lambda link: self._heard_link(organisation, link))
        office.touched = dict.fromkeys(ledger.everybody())
        office.happened += ledger.lines(ledger.callers())
        for link in directory.links.values():
            if link.state is LinkState.LIVE or link.reason:
                office.happened += ledger.link(link)
        return office

    async def _read(self, organisation: str, office: Office) -> None:
        async with self._database.read() as connection:
            found = await webhooks.all_of(connection, organisation)
            waiting = await deliveries.waiting(connection, organisation)
        office.webhooks = {each.id: each for each in found}
        for id_ in [id_ for id_ in office.queues if id_ not in office.webhooks]:
            del office.queues[id_]
        for webhook in found:
            queue = office.queues.get(webhook.id)
            if queue is None:
                queue = office.queues[webhook.id] = Queue(webhook.health)
                for delivery in waiting:
                    if delivery.webhook == webhook.id:
                        self._enqueue(queue, delivery)
            else:
                was_well = state_of(queue.health) == "active"
                queue.health = webhook.health
                if not was_well and state_of(webhook.health) == "active":
                    queue.hurry(self._clock())
            office.ill.pop(webhook.id, None)
        await self._take_new(organisation, office)

    async def _take_new(self, organisation: str, office: Office) -> None:
        """What somebody has sent again waits at the end, and is due now."""
        async with self._database.read() as connection:
            new = await deliveries.waiting(connection, organisation, new=True)
        for delivery in new:
            queue = office.queues.get(delivery.webhook)
            if queue is None:
                continue
            if delivery.id in queue:
                queue.hurry(self._clock(), delivery.id)
            else:
                self._enqueue(queue, delivery)

    def _enqueue(self, queue: Queue, delivery: Delivery) -> None:
        sequence = delivery.sequence or self._next()
        failures = sum(not attempt.succeeded for attempt in delivery.attempts)
        queue.put(Waiting(delivery.id, sequence, delivery.topic, delivery.subject, delivery.due, failures))

    async def _close(self, organisation: str) -> None:
        """Nobody is told of anything any more."""
        del self._offices[organisation]
        async with self._database.aside() as connection:
            await told.clear(connection, organisation)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    # -- what happens --------------------------------------------------------------------------------------

    def _heard_people(self, organisation: str, ids: Iterable[str]) -> None:
        if (office := self._offices.get(organisation)) is not None:
            office.touched.update(dict.fromkeys(ids))
            self._wake.set()

    def _heard_lines(self, organisation: str, ids: Iterable[str]) -> None:
        # At once: a call that comes and goes within a moment is told all the same.
        if (office := self._offices.get(organisation)) is not None:
            if known := [id_ for id_ in ids if id_ in office.touched]:
                self._compare(office, known)  # an entry comes before its calls
            self._happened(office, office.ledger.lines(ids))

    def _heard_link(self, organisation: str, link: Link) -> None:
        if (office := self._offices.get(organisation)) is not None:
            self._happened(office, office.ledger.link(link))

    def _happened(self, office: Office, happenings: Iterable[Happening]) -> None:
        before = len(office.happened)
        office.happened += happenings
        if len(office.happened) > before:
            self._wake.set()

    async def _commit_all(self, held: Callable[[], Awaitable[None]]) -> None:
        """What has happened, and what was sent, since the last time."""
        for organisation, office in list(self._offices.items()):
            office.directory.advance()
            while office.touched:
                self._compare(office, [id_ for id_, _ in zip(tuple(office.touched), range(CHUNK), strict=False)])
                await asyncio.sleep(0)
            if office.happened or office.ledger.changed or office.finished or office.ill:
                await self._commit(organisation, office, held)

    def _compare(self, office: Office, ids: Iterable[str]) -> None:
        for id_ in ids:
            del office.touched[id_]
        office.happened += office.ledger.people(ids)

    async def _commit(self, organisation: str, office: Office, held: Callable[[], Awaitable[None]]) -> None:
        """Again and again, if the database cannot be used: what has happened is known here only."""
        batch = self._batch(office)
        while True:
            try:
                async with self._database.aside() as connection:
                    await deliveries.add(connection, organisation, batch.new)
                    await deliveries.put(connection, batch.finished)
                    await deliveries.drop(connection, batch.stale)
                    await told.put(connection, organisation, batch.told)
                    await webhooks.write_health(connection, batch.health)
            except StoreError as error:
                self._tell_away(str(error))
                await asyncio.sleep(AFTER_FAULT)
                await held()
            else:
                self._is_away = False
                office.fresh = {each.id: each for each in batch.new}
                return

    def _batch(self, office: Office) -> Batch:
        new, stale = self._messages(office)
        health = {
            id_: (office.webhooks[id_].revision, state) for id_, state in office.ill.items() if id_ in office.webhooks
        }
        batch = Batch(new, stale, list(office.finished.values()), office.ledger.changed, health)
        office.ledger.changed, office.finished, office.ill = {}, {}, {}
        return batch

    def _messages(self, office: Office) -> tuple[list[Delivery], list[str]]:
        """Of what has happened: messages in their order, and the ids of those that are stale by them."""
        happened, office.happened = office.happened, []
        new: dict[str, Delivery] = {}
        stale: list[str] = []
        for happening in happened:
            for webhook in office.webhooks.values():
                topic = topic_of(happening, webhook, office.directory.country)
                if topic is None:
                    continue
                queue = office.queues[webhook.id]
                if len(queue) >= MOST and happening.call is not None:
                    self._leave_out(office, webhook.id, queue)
                    continue
                topic = queue.topic_for(topic, happening.subject)
                delivery = Delivery(
                    new_id(),
                    webhook.id,
                    self._next(),
                    topic,
                    happening.subject,
                    happening.at,
                    body(happening, topic),
                )
                new[delivery.id] = delivery
                gone = queue.add(Waiting(delivery.id, delivery.sequence, topic, delivery.subject, 0.0))
                stale += [id_ for id_ in gone if new.pop(id_, None) is None]
        return list(new.values()), stale

    def _leave_out(self, office: Office, webhook: str, queue: Queue) -> None:
        if not queue.health.left_out:
            log.warning("webhook.full", webhook=webhook, waiting=len(queue))
        self.results["left_out"] += 1
        queue.health = msgspec.structs.replace(queue.health, left_out=queue.health.left_out + 1)
        office.ill[webhook] = queue.health

    # -- sending -------------------------------------------------------------------------------------------

    def _dispatch(self, tasks: asyncio.TaskGroup) -> None:
        now = self._clock()
        for office in self._offices.values():
            for id_, queue in office.queues.items():
                while (waiting := queue.take(now)) is not None:
                    tasks.create_task(self._send(office, office.webhooks[id_], queue, waiting), name="webhook")

    async def _send(self, office: Office, webhook: Webhook, queue: Queue, waiting: Waiting) -> None:
        delivery = office.fresh.pop(waiting.id, None)
        if delivery is None:
            async with self._database.read() as connection:
                delivery = await deliveries.get(connection, webhook.id, waiting.id)
        if delivery is None:
            queue.done(waiting)  # the webhook was removed
            return
        attempt = await self._sender.send(webhook, waiting.id, delivery.body)
        now = self._clock()
        self.results["ok" if attempt.succeeded else "failed"] += 1
        before = queue.health
        queue.health = retry.after(before, attempt, now, self._chance())
        self._tell(webhook, before, queue.health)
        attempts = (*delivery.attempts, attempt)
        state, due = State.WAITING, 0.0
        if attempt.succeeded:
            state = State.DELIVERED
        elif retry.is_given_up(queue.health, attempts):
            state = State.FAILED
        else:
            due = now + retry.wait(waiting.failures + 1, self._chance())
        if state is State.WAITING:
            queue.again(waiting, due)
        else:
            queue.done(waiting)
        if attempt.succeeded and (before.rests or before.paused_since is not None):
            queue.hurry(now)
        office.finished[waiting.id] = msgspec.structs.replace(
            delivery, sequence=waiting.sequence, state=state, due=due, attempts=attempts[-KEPT_ATTEMPTS:]
        )
        office.ill[webhook.id] = queue.health
        self._wake.set()

    def _tell(self, webhook: Webhook, before: Health, now: Health) -> None:
        """To the log: only what is different."""
        if before.paused_since is None and now.paused_since is not None:
            log.error("webhook.paused", webhook=webhook.id, reason=now.en)
        elif before.failing_since is None and now.failing_since is not None:
            log.warning("webhook.failing", webhook=webhook.id, reason=now.en)
        elif before.failing_since is not None and now.failing_since is None:
            log.info("webhook.well", webhook=webhook.id)


def state_of(health: Health) -> str:
    """`active`, `failing` or `paused`."""
    if health.paused_since is not None:
        return "paused"
    return "failing" if health.failing_since is not None else "active"
