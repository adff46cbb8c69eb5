"""Webhooks of a real server: calls of a real Asterisk; and, killed fifty times, nothing is lost and all is in order."""

import asyncio
import itertools
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiohttp import web

from tests.connectors.asterisk.fake import SECRET, FakeAsterisk, item, served
from tests.installation import bearer
from tests.serving import Serving
from tests.system.conftest import missing, need_asterisk
from tests.system.office import Office
from tests.system.postgresql import NoPostgresql, postgresql
from tests.webhooks.receiver import Receiver, Told

pytestmark = pytest.mark.system

KILLS = 50
PEOPLE = 6
EVENTS = ["call.started", "call.answered", "call.ended", "entry.changed", "entry.removed", "profile.changed"]


class Exchange(FakeAsterisk):
    """One call after another on each telephone, whoever listens."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self.calls: dict[str, list[float]] = {}  # by unique id: when it began, was answered, and ended
        self._rng = rng
        self._up: dict[str, str] = {}
        self._numbers = itertools.count(1)

    async def telephone(self, extension: str, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            number = next(self._numbers)
            uid, channel = f"17955{number:05}.1", f"PJSIP/{extension}-{number:08x}"
            moments = self.calls[uid] = []
            for event, state in (("Newchannel", 5), ("Newstate", 6)):
                self._up[uid] = item(uid, channel, state, connected="0701234567", linkedid=f"{uid}0")
                moments.append(time.monotonic())
                self._tell(event, uid, channel, state)
                await asyncio.sleep(self._rng.uniform(1, 3))
            del self._up[uid]
            moments.append(time.monotonic())
            self._tell("Hangup", uid, channel, 6)
            await asyncio.sleep(self._rng.uniform(0, 1))

    async def left(self) -> None:
        """Waits until nobody is connected."""
        async with asyncio.timeout(5):
            while self._writer is not None and not self._writer.is_closing():
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)

    def _tell(self, event: str, uid: str, channel: str, state: int) -> None:
        self.channels = list(self._up.values())
        if self._writer is None or self._writer.is_closing():
            return
        self.say(
            f"Event: {event}", "Privilege: call,all", f"Channel: {channel}", f"ChannelState: {state}",
            f"ChannelStateDesc: {'Up' if state == 6 else 'Ringing'}", "CallerIDNum: 1", "CallerIDName: x",
            "ConnectedLineNum: 0701234567", "ConnectedLineName: <unknown>", "Language: sv", "AccountCode: ",
            "Context: from-internal", "Exten: ", "Priority: 1", f"Uniqueid: {uid}", f"Linkedid: {uid}0",
        )  # fmt: skip


class Client:
    """Changes entries and profiles as fast as the server lets it; remembers what it was told is done.

    It waits long: what it gave up might be done after what it asks for next.
    """

    def __init__(self, serving: Serving, token: str) -> None:
        self.http = httpx.AsyncClient(base_url=serving.url, headers=bearer(token), timeout=60)
        self.done: dict[str, int] = defaultdict(int)

    async def change(self, id_: str, stopping: asyncio.Event) -> None:
        for number in itertools.count(1):
            if stopping.is_set():
                return
            try:
                answer = await self.http.patch(f"/api/entries/{id_}", json={"title": str(number)})
                self.done[id_] = number if answer.status_code == 200 else self.done[id_]
                body = {"name": "Upptagen", "message": str(number)}
                await self.http.put(f"/api/entries/{id_}/profile", json=body)
            except httpx.TransportError:
                pass  # it is being killed; perhaps done, perhaps not
            await asyncio.sleep(0.1)

    async def get(self, path: str) -> Any:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def until_live(self) -> None:
        async with asyncio.timeout(20):
            while True:
                try:
                    if (await self.http.get("/api/extensions")).headers.get("katalog-calls") == "live":
                        return
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.05)  # not more often: it starts slower for every look


def proved(exchange: Exchange, witness: Receiver, live: float, killed: float) -> list[tuple[float, float]]:
    """What was said to a server and came from it while it lived: when it was said, and when it came.

    What is sent has been committed, with all that was said before it: of that, nothing may be lost.
    """
    kinds = {"call.started": 0, "call.answered": 1, "call.ended": 2}
    found = []
    for told in witness.told:
        if told.type in kinds and live < told.at < killed:
            moments = exchange.calls[told.data["call"]["id"]]
            said = moments[kinds[told.type]]
            if live < said:
                found.append((said, told.at))
    return found


async def proof(exchange: Exchange, witness: Receiver, live: float) -> None:
    async with asyncio.timeout(20):
        while not proved(exchange, witness, live, time.monotonic()):
            await asyncio.sleep(0.01)


def answers(rng: random.Random) -> Iterator[int]:
    while True:
        yield rng.choices([200, 204, 500, 404, 0], [60, 15, 12, 10, 3])[0]


def once(told: list[Told]) -> list[Told]:
    """As a receiver does that knows what it has had: each message by its id, where it came first."""
    return list({each.id: each for each in reversed(told)}.values())[::-1]


@pytest.mark.parametrize("version", ["22", "16"])
async def test_a_call_and_a_restart_of_a_real_asterisk(tmp_path: Path, version: str) -> None:
    """With a PostgreSQL database once, and with SQLite."""
    need_asterisk(version)
    if version == "22":
        try:
            with postgresql() as url:
                await _a_call_and_a_restart(tmp_path, version, f'[database]\nurl = "{url}"\n')
        except NoPostgresql as error:
            missing(str(error))
    else:
        await _a_call_and_a_restart(tmp_path, version, "")


async def _a_call_and_a_restart(tmp_path: Path, version: str, database: str) -> None:
    async with Office(version) as office, Receiver.running() as receiver:
        manager = office.pbx.manager("katalog")
        settings = (
            f'{database}[webhooks]\nallow_private = true\n[[pbx]]\nname = "växel"\nport = {manager.port}\n'
            f'username = "katalog"\nsecret = "{manager.secret}"\n'
        )
        async with Serving.running(tmp_path, settings) as serving, office.cast(2) as cast:
            a, b = cast
            serving.add_account("chefen", "--admin")
            client = Client(serving, serving.add_token("chefen"))
            for phone in cast:
                await client.http.post("/api/entries", json={"extension": phone.user, "name": f"Telefon {phone.user}"})
            await client.until_live()
            events = [*EVENTS[:3], "pbx.lost", "pbx.back"]
            await client.http.post("/api/webhooks", json={"url": receiver.url, "events": events})
            # A server that has just started may see it a second later.
            async with asyncio.timeout(10):
                while 'katalog_webhooks{state="active"} 1.0' not in (await client.http.get("/metrics")).text:
                    await asyncio.sleep(0.05)
            call = a.dial(b.user)
            other = await b.offered()
            other.ring()
            await call.ringing()
            # What katalog hears of together it need not tell step by step.
            await receiver.until(2, seconds=10)
            other.answer()
            await call.up()
            await receiver.until(4, seconds=10)
            await call.hangup()
            await other.over()
            await receiver.until(6, seconds=10)
            for phone, direction, party in ((a, "out", b), (b, "in", a)):
                told = [each for each in receiver.told if each.data["entry"]["extension"] == phone.user]
                assert [each.type for each in told] == ["call.started", "call.answered", "call.ended"]
                assert {each.data["call"]["direction"] for each in told} == {direction}
                assert {each.data["call"]["id"] for each in told} == {told[0].data["call"]["id"]}
                last = told[-1].data["call"]
                assert (last["pbx"], last["callerid"]) == ("växel", party.user)
                assert last["started"] <= last["answered"] <= last["ended"]
            await office.pbx.restart()
            await office.furnish_again()
            await receiver.until(8, seconds=20)
            assert receiver.types[6:] == ["pbx.lost", "pbx.back"]
            await client.http.aclose()


async def test_nothing_is_lost_and_all_is_in_order_over_kills(tmp_path: Path) -> None:
    rng = random.Random(20261127)
    exchange = Exchange(rng)
    stopping = asyncio.Event()
    async with served(exchange), Receiver.running() as receiver, Receiver.running() as witness:
        serving = Serving(
            tmp_path,
            f'[webhooks]\nallow_private = true\n[[pbx]]\nport = {exchange.port}\nusername = "katalog"\n'
            f'secret = "{SECRET}"\n',
        )
        serving.add_account("chefen", "--admin")
        client = Client(serving, serving.add_token("chefen"))
        accepted: list[Told] = []
        statuses = answers(rng)

        def answer(told: Told) -> int | web.Response:
            status = 200 if stopping.is_set() else next(statuses)
            if status in (0, 200, 204):
                accepted.append(told)  # of 0 the server never hears that it was
            return web.Response(status=status) if status else web.Response(status=503)

        receiver.answer = answer
        try:
            serving.launch()
            await client.until_live()
            people = []
            for number in range(PEOPLE):
                body = {"extension": str(100 + number), "name": f"Anna {number}", "devices": [f"PJSIP/{100 + number}"]}
                people.append((await client.http.post("/api/entries", json=body)).json()["id"])
            hook = await client.http.post("/api/webhooks", json={"url": receiver.url, "events": EVENTS})
            path = f"/api/webhooks/{hook.json()['id']}"
            await client.http.post("/api/webhooks", json={"url": witness.url, "events": EVENTS[:3]})
            tasks = [asyncio.create_task(client.change(id_, stopping)) for id_ in people]
            tasks += [asyncio.create_task(exchange.telephone(str(100 + n), stopping)) for n in range(PEOPLE)]
            windows = []
            for kill in range(KILLS):
                live = time.monotonic()
                if kill % 2:
                    await proof(exchange, witness, live)
                await asyncio.sleep(rng.uniform(0, 0.6))
                windows.append((live, time.monotonic()))
                await asyncio.to_thread(serving.kill)
                serving.launch()
                await client.until_live()
            stopping.set()
            await asyncio.gather(*tasks)
            await client.http.patch(path, json={"paused": False})
            # What was said last is heard and in the queue by then.
            await asyncio.sleep(1.5)
            async with asyncio.timeout(60):
                while (await client.get(path))["waiting"]:
                    await asyncio.sleep(0.1)
            shown = {id_: await client.get(f"/api/entries/{id_}") for id_ in people}
        finally:
            stopping.set()
            await client.http.aclose()
            serving.kill()
            await exchange.left()

    told = once(accepted)
    for id_ in people:
        titles = [
            int(each.data["entry"]["title"] or 0) for each in told if each.type == "entry.changed" and of(each) == id_
        ]
        assert titles == sorted(titles), id_
        assert titles[-1] == int(shown[id_]["title"]) >= client.done[id_] > 0
        messages = [
            int(each.data["profile"]["message"]) for each in told if each.type == "profile.changed" and of(each) == id_
        ]
        assert messages == sorted(messages), id_
        assert str(messages[-1]) == shown[id_]["profile"]["message"]

    of_calls: dict[str, list[str]] = {uid: [] for uid in exchange.calls}
    for each in told:
        if each.type.startswith("call."):
            of_calls[each.data["call"]["id"]].append(each.type)
    # What nobody was there to hear of, nobody can tell; whatever a server saw for a moment is told, and its end.
    orders: tuple[list[str], ...] = (
        [],
        ["call.started", "call.ended"],
        ["call.started", "call.answered", "call.ended"],
    )
    proofs = [each for live, killed in windows for each in proved(exchange, witness, live, killed)]
    seen = 0
    for uid, (begun, answered, ended) in exchange.calls.items():
        assert of_calls[uid] in orders, uid
        for said, came in proofs:
            if begun < said and came < ended:
                assert of_calls[uid], uid
            if answered < said and came < ended:
                assert "call.answered" in of_calls[uid], uid
                seen += 1
    assert seen > KILLS // 2
    assert sum(map(bool, of_calls.values())) > KILLS // 2
    assert len(accepted) > len(told), "nothing was ever told twice: was anything killed in the midst of it?"


def of(told: Told) -> str:
    """Whom it is about."""
    id_: str = told.data["entry"]["id"]
    return id_
