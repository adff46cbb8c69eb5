"""Sends messages: each once, within the account's budget, and with what became of it kept.

A message is written down before it is handed over, so none is sent that nobody knows of. From then on whoever asked is
told by 200 or 400 what became of it, whatever happens here: programs do again what ends in 429 or 5xx.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

import msgspec
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.account import Account
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.domain.message import LOST, Message, Outcome, Reason, State
from katalog.errors import NotDone, StoreError
from katalog.gateways.base import Gateway
from katalog.live.directory import Directory
from katalog.messages.draft import Draft, Rules, draft
from katalog.store import audit, messages
from katalog.store.database import Actor, Database
from katalog.store.safe import Safe

SAME_SECONDS = 30.0
"""The same text from the same account to the same number within so long is the same message."""

LONGEST_SECONDS = 60.0
"""No gateway may take longer."""

ELSEWHERE_SECONDS, LOOK_SECONDS = 10.0, 0.1
"""For so long it is looked how a message goes that another server is sending, or was when it ended; and how often."""

CLOSING_SECONDS = 20.0
"""For so long a server that ends waits for what is under way."""

MINUTE, DAY = 60.0, 86_400.0

_FAULT = Reason(
    "Det är okänt om meddelandet sändes: ett inre fel hindrade svaret.",
    "It is not known whether the message was sent: an inner fault prevented the answer.",
)

log = structlog.get_logger()


class Caller(msgspec.Struct, frozen=True):
    """Who sends, in whose name (None: a program's), and where numbers are looked up."""

    account: Account
    entry: Entry | None
    directory: Directory
    actor: Actor


class Budget(msgspec.Struct, frozen=True):
    """Messages of one account; 0 is none at all."""

    per_minute: int
    per_day: int


class Outbox:
    """`name` is the gateway's, as the settings have it. `clock` gives Unix seconds."""

    def __init__(
        self,
        database: Database,
        safe: Safe,
        name: str,
        gateway: Gateway | None,
        rules: Rules,
        budget: Budget,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._safe = safe
        self._name = name
        self._gateway = gateway
        self._rules = rules
        self._budget = budget
        self._clock = clock
        self.outcomes: Counter[State] = Counter()
        """How many this server has handed over, by what became of them."""
        # By their mark, those under way and those that are not to be sent again yet.
        self._recent: dict[str, tuple[float, asyncio.Task[Outcome]]] = {}
        self._refused: dict[tuple[str, str, str], float] = {}

    def serves(self, entry: Entry | None) -> bool:
        """Whether messages can be sent at all in somebody's name; None: a program's."""
        may = self._rules.allow and self._budget.per_minute and self._budget.per_day
        return self._gateway is not None and bool(may) and bool(self._rules.senders.of(entry))

    def draft(self, caller: Caller, number: str, text: str) -> Draft:
        """What would be sent, with what stands in the way but for the budget."""
        return draft(self._rules, self._gateway, caller.directory, caller.entry, number, text)

    async def over_budget(self, account: Account) -> Reason | None:
        async with self._database.read() as connection:
            return await self._over(connection, account)

    async def send(self, caller: Caller, number: str, text: str) -> None:
        """Returns if it was sent. Raises NotDone with the reason; StoreError only if nothing was."""
        made = self.draft(caller, number, text)
        if made.objection is not None:
            await self._refuse(caller, made, made.objection)
        mark = self._safe.mark(f"{caller.account.id}\0{made.number}\0{made.text}")
        self._forget()
        recent = self._recent.get(mark)
        if recent is None:
            task = asyncio.create_task(self._dispatch(caller, made, mark), name="message")
            task.add_done_callback(_had)
            self._recent[mark] = self._clock(), task
        else:
            task = recent[1]
        # Whoever asked may leave; what was begun is brought to its end.
        outcome = await asyncio.shield(task)
        if outcome.state is not State.SENT:
            reason = outcome.reason or LOST
            raise NotDone(reason.sv, reason.en)

    async def close(self) -> None:
        """Waits for what is under way."""
        tasks = [task for _, task in self._recent.values() if not task.done()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSING_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _forget(self) -> None:
        now = self._clock()
        for mark, (at, task) in list(self._recent.items()):
            if task.done() and (now - at >= SAME_SECONDS or not _counts(task)):
                del self._recent[mark]

    async def _dispatch(self, caller: Caller, made: Draft, mark: str) -> Outcome:
        accepted, is_new = await self._accept(caller, made, mark)
        if not is_new:
            return await self._outcome_elsewhere(accepted)
        outcome = await self._hand_over(made, accepted)
        self.outcomes[outcome.state] += 1
        await self._settle(caller, made, accepted, outcome)
        return outcome

    async def _accept(self, caller: Caller, made: Draft, mark: str) -> tuple[Message, bool]:
        """The message as it is kept, and whether it is to be sent. Raises NotDone."""
        now, account = self._clock(), caller.account
        entry = caller.entry.id if caller.entry is not None else None
        new = Message(
            new_id(), account.id, entry, made.number, made.sender, now, self._name, made.size.parts,
            made.size.encoding, mark,
        )  # fmt: skip
        async with self._database.write(account.organisation, caller.actor) as change:
            # From here on nobody else writes: no two servers accept the same, or both the last of a budget.
            await messages.unmark(change.connection, now - SAME_SECONDS, account.id)
            known = await messages.same(change.connection, account.id, mark, now - SAME_SECONDS)
            over = None if known is not None else await self._over(change.connection, account)
            if known is None and over is None:
                await messages.add(change, new)
        if over is not None:
            await self._refuse(caller, made, over)
        return known or new, known is None

    async def _over(self, connection: AsyncConnection, account: Account) -> Reason | None:
        """Of a day those that failed do not count: they were not sent."""
        now, budget = self._clock(), self._budget
        if await messages.count(connection, account.id, now - MINUTE, failed=True) >= budget.per_minute:
            return Reason(
                f"Högst {budget.per_minute} meddelanden får sändas på en minut. Försök igen om en stund.",
                f"At most {budget.per_minute} messages may be sent in a minute. Try again in a while.",
            )
        if await messages.count(connection, account.id, now - DAY, failed=False) >= budget.per_day:
            return Reason(
                f"Högst {budget.per_day} meddelanden får sändas på ett dygn.",
                f"At most {budget.per_day} messages may be sent in 24 hours.",
            )
        return None

    async def _hand_over(self, made: Draft, message: Message) -> Outcome:
        assert self._gateway is not None  # noqa: S101
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                outcome = await self._gateway.send(made.sms)
        except Exception:
            log.exception("message.fault", message=message.id)
            return Outcome(State.UNKNOWN, _FAULT)
        if outcome.state is not State.SENT:
            # Its reason may hold the number, and stays out of the log.
            log.warning("message.failed", message=message.id, gateway=self._name, state=outcome.state)
        return outcome

    async def _settle(self, caller: Caller, made: Draft, message: Message, outcome: Outcome) -> None:
        """Whatever happens here, it has been sent, or not."""
        action = "message.refused" if outcome.state is State.FAILED else "message.sent"
        try:
            async with self._database.write(caller.account.organisation, caller.actor) as change:
                await messages.settle(change, message.id, outcome)
                await audit.record(change, action, message.id, _details(made, outcome.state, outcome.reason))
        except StoreError as error:
            log.error("message.unrecorded", message=message.id, state=outcome.state, reason=str(error))
        except Exception:
            log.exception("message.fault", message=message.id)

    async def _outcome_elsewhere(self, message: Message) -> Outcome:
        """Of a message that this server has not sent."""
        with suppress(StoreError, TimeoutError):
            async with asyncio.timeout(ELSEWHERE_SECONDS):
                while message.outcome.state is State.SENDING:
                    await asyncio.sleep(LOOK_SECONDS)
                    async with self._database.read() as connection:
                        message = await messages.get(connection, message.id) or message
        return message.outcome if message.outcome.state is not State.SENDING else Outcome(State.UNKNOWN, LOST)

    async def _refuse(self, caller: Caller, made: Draft, reason: Reason) -> NoReturn:
        """What could have been a message is in the audit trail, the same again and again once."""
        now, key = self._clock(), (caller.account.id, made.number, reason.en)
        self._refused = {key: at for key, at in self._refused.items() if now - at < SAME_SECONDS}
        is_one = made.kind is not None and made.text.strip() and self._gateway is not None
        if is_one and key not in self._refused:
            self._refused[key] = now
            try:
                async with self._database.write(caller.account.organisation, caller.actor) as change:
                    await audit.record(change, "message.refused", caller.account.id, _details(made, None, reason))
            except StoreError as error:
                log.error("message.unrecorded", message=None, state="refused", reason=str(error))
        raise NotDone(reason.sv, reason.en)


def _details(made: Draft, state: State | None, reason: Reason | None) -> dict[str, Any]:
    known = {"number": made.number, "sender": made.sender, "parts": made.size.parts}
    return known | {"outcome": state or "refused", "reason": reason.en if reason is not None else None}


def _counts(task: asyncio.Task[Outcome]) -> bool:
    """Whether the same again is the same message. What was not sent may be tried again at once."""
    return not task.cancelled() and task.exception() is None and task.result().state is not State.FAILED


def _had(task: asyncio.Task[Outcome]) -> None:
    """Nobody may be left who would see why it failed."""
    if not task.cancelled():
        task.exception()
