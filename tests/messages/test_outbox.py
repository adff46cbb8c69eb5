"""Two servers on one database: what is the same for one is the same for both."""

import asyncio
from pathlib import Path

import pytest

from katalog.connectors.base import Finding
from katalog.domain.account import Account, Role
from katalog.domain.destination import Destination
from katalog.domain.message import Outcome, Reason, State
from katalog.domain.sender import Senders
from katalog.errors import NotDone
from katalog.gateways.base import Sms
from katalog.messages import outbox
from katalog.messages.draft import Rules
from katalog.messages.outbox import Budget, Caller, Outbox
from katalog.store import accounts, messages, organisations
from katalog.store.database import Actor, Database
from katalog.store.safe import Safe
from tests.live.directories import directory

ACTOR = Actor("test", "tests")
RULES = Rules("SE", tuple(Destination), Senders(fallback="Exempel"), 6, True)
NUMBER = "0701740606"
NOW = 2_000_000_000.0


class Gateway:
    """Takes its time."""

    in_house = False

    def __init__(self, outcome: Outcome = Outcome(State.SENT), seconds: float = 0.2) -> None:  # noqa: B008
        self.outcome = outcome
        self.seconds = seconds
        self.sent: list[str] = []

    def objection(self, sms: Sms) -> Reason | None:
        return None

    async def send(self, sms: Sms) -> Outcome:
        self.sent.append(sms.text)
        await asyncio.sleep(self.seconds)
        return self.outcome

    async def check(self) -> list[Finding]:
        return []


class Servers:
    """Two of them, with one gateway."""

    def __init__(self, database: Database, account: Account, folder: Path, gateway: Gateway, budget: Budget) -> None:
        self.database = database
        self.account = account
        self.gateway = gateway
        self.now = NOW
        self.outboxes = [
            Outbox(database, Safe(folder / "katalog.key"), "g", gateway, RULES, budget, lambda: self.now)
            for _ in range(2)
        ]

    async def send(self, server: int, text: str = "Hej") -> str:
        """`""` if it was sent, else why not."""
        caller = Caller(self.account, None, directory(), ACTOR)
        try:
            await self.outboxes[server].send(caller, NUMBER, text)
        except NotDone as error:
            return error.message("en")
        return ""

    async def close(self) -> None:
        for each in self.outboxes:
            await each.close()


async def servers(
    database: Database, folder: Path, gateway: Gateway, *, per_minute: int = 100, per_day: int = 100
) -> Servers:
    organisation = await organisations.default(database, "Test")
    async with database.write(organisation.id, ACTOR) as change:
        account = await accounts.add(change, "program", entry=None, role=Role.SERVICE, password="")
    return Servers(database, account, folder, gateway, Budget(per_minute, per_day))


async def test_the_same_at_both_at_once_is_one_message(database: Database, tmp_path: Path) -> None:
    two = await servers(database, tmp_path, Gateway())
    assert await asyncio.gather(*(two.send(number % 2) for number in range(10))) == [""] * 10
    assert two.gateway.sent == ["Hej"]
    two.now += outbox.SAME_SECONDS + 1
    assert [*await asyncio.gather(two.send(0), two.send(1))] == ["", ""]
    assert len(two.gateway.sent) == 2


async def test_both_have_one_budget(database: Database, tmp_path: Path) -> None:
    two = await servers(database, tmp_path, Gateway(seconds=0), per_minute=3)
    said = await asyncio.gather(*(two.send(number % 2, f"{number}") for number in range(8)))
    assert sorted(bool(why) for why in said) == [False] * 3 + [True] * 5
    assert len(two.gateway.sent) == 3


async def test_what_failed_at_one_may_be_sent_by_the_other(database: Database, tmp_path: Path) -> None:
    two = await servers(database, tmp_path, Gateway(Outcome(State.FAILED, Reason("Nej", "No")), seconds=0))
    assert await two.send(0) == "No"
    two.gateway.outcome = Outcome(State.SENT)
    assert await two.send(1) == ""
    assert await two.send(0) == ""
    assert len(two.gateway.sent) == 2


async def test_one_that_died_in_the_middle_is_unknown_to_the_other(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "ELSEWHERE_SECONDS", 0.3)
    monkeypatch.setattr(outbox, "CLOSING_SECONDS", 0.0)
    two = await servers(database, tmp_path, Gateway(seconds=60))
    asking = asyncio.create_task(two.send(0))
    while not two.gateway.sent:
        await asyncio.sleep(0.01)
    # Cut off as by SIGKILL: nothing is written any more.
    await two.outboxes[0].close()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert "It is not known" in await two.send(1)
    assert len(two.gateway.sent) == 1
    async with database.read() as connection:
        (left,) = await messages.page(connection, two.account.organisation, limit=9)
    assert left.outcome.state is State.SENDING


async def test_a_gateway_without_end_is_cut_off(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "LONGEST_SECONDS", 0.1)
    two = await servers(database, tmp_path, Gateway(seconds=60))
    assert "an inner fault" in await two.send(0)
