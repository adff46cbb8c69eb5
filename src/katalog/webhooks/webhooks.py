"""Runs the webhooks of every organisation: what happens is queued, what is queued is sent, and how it went is kept.

One server of a database does it (`store/alone.py`). Messages are sent after they are committed, together with the
ledger of what was told (`ledger.py`): so a message that was sent once has the same id ever after, and one that was
never committed is found again as a difference at the next start.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog

from katalog.domain.webhook import Webhook
from katalog.errors import StoreError
from katalog.live.directory import Directory
from katalog.outgoing.client import Outgoing
from katalog.store import deliveries, told, webhooks
from katalog.store.alone import AFTER_FAULT, Duty
from katalog.store.database import Database
from katalog.webhooks.office import CHUNK, Batch, Office
from katalog.webhooks.queue import Queue, Waiting
from katalog.webhooks.sender import Sender

TICK = 0.25
"""Seconds between two looks for what is due."""

FOLLOW = 1.0
"""Seconds between two looks for what other servers have changed of webhooks."""

PURGE = 600.0
"""Seconds between two looks for what is to be forgotten."""

T = TypeVar("T")

log = structlog.get_logger()


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
        """Attempts by how they ended: `ok`, `failed`."""
        self._database = database
        self._duty = Duty(database, "webhooks", "webhook")
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
        self._leads = False  # whether this server is the one that sends
        self._tasks: asyncio.TaskGroup | None = None

    # -- what others ask -----------------------------------------------------------------------------------

    def waiting(self) -> dict[str, int]:
        """Webhook → messages in its queue; of this server, if it is the one that sends."""
        return {id_: len(queue) for office in self._offices.values() for id_, queue in office.queues.items()}

    def states(self) -> Counter[str]:
        """How many are `active`, `failing`, `paused`."""
        queues = [queue for office in self._offices.values() for queue in office.queues.values()]
        return Counter(str(queue.health.state) for queue in queues)

    def left_out(self) -> int:
        """Calls that were not told, since too much waited."""
        return sum(office.left_out for office in self._offices.values())

    async def look(self) -> None:
        """What was changed of webhooks, or is to be sent again, holds from now on; if this server sends."""
        if self._leads:
            async with self._turn:
                await self._follow()

    # -- running -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever."""
        async with self._outgoing:
            await self._duty.run(self._send_all, self._leave)

    def _leave(self) -> None:
        self._leads = False
        self._offices = {}
        self._stamp = {}

    async def _send_all(self) -> None:
        async with self._turn:
            async with self._database.read() as connection:
                self._sequence = await deliveries.last_sequence(connection)
            await self._follow()
            self._leads = True
        self._duty.back()
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._often(FOLLOW, self._follow_by_turn, self._duty.check), name="follow")
                tasks.create_task(self._often(PURGE, lambda: deliveries.purge(self._database, self._clock())))
                while True:
                    with suppress(TimeoutError):
                        async with asyncio.timeout(TICK):
                            await self._wake.wait()
                    self._wake.clear()
                    async with self._turn:
                        await self._commit_all()
                    self._dispatch()
        except asyncio.CancelledError:
            await self._commit_rest()
            raise
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
            async with self._database.read() as connection:
                if self._stamp.get(organisation) != stamp.get(organisation):
                    found = await webhooks.all_of(connection, organisation)
                    # What waits is in its queues already, but for those that are new.
                    waiting = await deliveries.waiting(connection, organisation) if office.new_of(found) else []
                    office.follow(found, waiting)
                office.put_back(await deliveries.waiting(connection, organisation, new=True))
            if not office.webhooks:
                await self._close(organisation)
        self._stamp = stamp
        self._wake.set()

    async def _open(self, organisation: str, directory: Directory) -> Office:
        """An organisation's first webhook, or the start of a server: what was told before is read."""
        office = Office(directory, self._clock, self._wake.set, self._next)
        ledger = office.ledger
        async with self._database.read() as connection:
            async for rows in told.stream(connection, organisation):
                ledger.load(rows)
                await asyncio.sleep(0)
        if not ledger.is_begun:
            everybody = ledger.everybody()
            for start in range(0, len(everybody), CHUNK):
                ledger.begin(everybody[start : start + CHUNK])
                changed, ledger.changed = ledger.changed, {}
                async with self._database.aside() as connection:
                    await told.put(connection, organisation, changed)
            ledger.mark()
        self._offices[organisation] = office
        # From here on nothing is missed; what came before is compared.
        if organisation not in self._watched:
            self._watched.add(organisation)
            directory.watch(self._passing(organisation, Office.heard_people))
            directory.watch_calls(self._passing(organisation, Office.heard_lines))
            directory.watch_links(self._passing(organisation, Office.heard_link))
        office.begin()
        return office

    def _passing(self, organisation: str, hear: Callable[[Office, T], None]) -> Callable[[T], None]:
        """Passes on to the organisation's office, while there is one."""

        def passed(what: T) -> None:
            if (office := self._offices.get(organisation)) is not None:
                hear(office, what)

        return passed

    async def _close(self, organisation: str) -> None:
        """Nobody is told of anything any more."""
        del self._offices[organisation]
        async with self._database.aside() as connection:
            await told.clear(connection, organisation)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    # -- what is sent --------------------------------------------------------------------------------------

    async def _commit_all(self) -> None:
        """What has happened, and what was sent, since the last time."""
        for organisation, office in list(self._offices.items()):
            office.directory.advance()
            more = True
            while more:
                more = office.compare_some()
                if (batch := office.take()) is not None:
                    await self._duty.commit(partial(self._write, organisation, batch))
                    office.admit(batch)
                    self._dispatch()

    async def _write(self, organisation: str, batch: Batch) -> None:
        async with self._database.aside() as connection:
            await deliveries.add(connection, organisation, batch.new)
            await deliveries.put(connection, batch.finished)
            await deliveries.drop(connection, batch.stale)
            await told.put(connection, organisation, batch.told)
            await webhooks.write_health(connection, batch.health)

    async def _commit_rest(self) -> None:
        """At the end of a server, so that nothing that was sent is sent again at its next start."""
        with suppress(StoreError):
            for organisation, office in self._offices.items():
                if (batch := office.take()) is not None:
                    await self._write(organisation, batch)

    def _dispatch(self) -> None:
        assert self._tasks is not None  # noqa: S101
        now = self._clock()
        for office in self._offices.values():
            for id_, queue in office.queues.items():
                while (waiting := queue.take(now)) is not None:
                    self._tasks.create_task(self._send(office, office.webhooks[id_], queue, waiting), name="webhook")

    async def _send(self, office: Office, webhook: Webhook, queue: Queue, waiting: Waiting) -> None:
        delivery = office.fresh.pop(waiting.id, None)
        try:
            if delivery is None:
                async with self._database.read() as connection:
                    delivery = await deliveries.get(connection, webhook.id, waiting.id)
        except StoreError as error:
            self._duty.away(error)
            queue.later(waiting, self._clock() + AFTER_FAULT)
            return
        if delivery is None:
            queue.done(waiting)  # the webhook was removed
            return
        attempt = await self._sender.send(webhook, waiting.id, delivery.body)
        self.results["ok" if attempt.succeeded else "failed"] += 1
        office.sent(webhook, queue, waiting, delivery, attempt, self._chance())
        # Committed with what comes next, or at the next look: after a crash some are sent twice.
        self._dispatch()
