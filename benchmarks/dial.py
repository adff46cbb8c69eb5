"""What dialling by katalog adds to what Asterisk takes, beside a bare AMI client that sends the same Originate."""

import asyncio
import itertools
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from statistics import median

import httpx

from benchmarks.people import fill, people
from benchmarks.table import Row
from katalog.connectors.asterisk import originate
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.domain.placing import Party, Placing
from tests.serving import Serving
from tests.system.asterisk.configuration import LOOPBACK
from tests.system.asterisk.observer import Message, Observer
from tests.system.asterisk.server import Asterisk
from tests.system.sip.agent import Agent
from tests.system.sip.call import Call
from tests.system.sip.transport import Transport

CALLS, WARMING, OTHERS = 100, 10, 1_000
PHONE, CONTEXT = "100", "from-internal"
ADDS = 10_000
"""Microseconds."""

Times = tuple[float, float]
"""Seconds until one's own telephone has the call, and until it is said that Asterisk has it."""


def measure() -> list[Row]:
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    numbers = (f"070{number:07d}" for number in itertools.count(1_000_000))
    ours, theirs = [], []
    async with Asterisk("22", phones=(PHONE, "101")) as pbx:
        telephone = Telephone(pbx)
        await telephone.open()
        manager = await pbx.observer("katalog-dial", "call,system")
        with tempfile.TemporaryDirectory() as folder:
            serving, token = await _installed(Path(folder), pbx)
            serving.launch()
            try:
                await serving.until_ready(60)
                async with httpx.AsyncClient(base_url=serving.url, headers=token, timeout=30) as client:
                    await _until_live(client)
                line = Line(*await asyncio.open_connection(LOOPBACK, serving.port), token["Authorization"])
                for turn in range(WARMING + CALLS):
                    mine = await telephone.rung(lambda: line.dial(next(numbers)))
                    bare = await telephone.rung(lambda: _by_hand(manager, next(numbers)))
                    if turn >= WARMING:
                        ours.append(mine)
                        theirs.append(bare)
                line.close()
            finally:
                serving.kill(signal.SIGTERM)
                await manager.close()
                telephone.close()
    return list(_rows(ours, theirs))


def _rows(ours: list[Times], theirs: list[Times]) -> Iterator[Row]:
    peer = "the same Originate of a bare AMI client"
    for place, what in enumerate(("one's own telephone has the call", "it is answered")):
        mine, bare = (median(times[place] for times in those) * 1e6 for those in (ours, theirs))
        name = f"dialling: until {what}, median"
        yield Row(name, "µs", mine, bare, peer, mine / bare, None)
        yield Row(f"{name}: what katalog adds", "µs", mine - bare, None, "", mine - bare, ADDS, at_least=False)


class Telephone:
    """One's own, which declines whatever comes."""

    def __init__(self, pbx: Asterisk) -> None:
        self._transport = Transport(LOOPBACK, (LOOPBACK, pbx.sip_port))
        self._offered: asyncio.Queue[float] = asyncio.Queue()
        self._agent = Agent(self._transport, PHONE, self._take)

    async def open(self) -> None:
        await self._transport.open()
        await self._agent.register()

    def close(self) -> None:
        self._agent.forget()
        self._transport.close()

    def _take(self, call: Call) -> None:
        self._offered.put_nowait(time.perf_counter())
        call.refuse(486)

    async def rung(self, dial: Callable[[], Awaitable[None]]) -> Times:
        begun = time.perf_counter()
        await dial()
        answered = time.perf_counter()
        offered = await asyncio.wait_for(self._offered.get(), 5)
        # Asterisk has done with this one before the next.
        await asyncio.sleep(0.02)
        return offered - begun, answered - begun


class Line:
    """One connection to katalog. An HTTP library would take a millisecond or two for itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, authorization: str) -> None:
        self._reader = reader
        self._writer = writer
        self._authorization = authorization

    async def dial(self, number: str) -> None:
        request = f"GET /dial/{number} HTTP/1.1\r\nHost: katalog\r\nAuthorization: {self._authorization}\r\n\r\n"
        self._writer.write(request.encode())
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), 5)
        if not head.startswith(b"HTTP/1.1 200 OK\r\n"):
            raise RuntimeError(f"not placed: {head!r}")
        await self._reader.readexactly(len(b'{"message":"OK"}'))

    def close(self) -> None:
        self._writer.close()


async def _by_hand(manager: Observer, number: str) -> None:
    """Until the Newchannel."""
    channel = new_id()
    born = asyncio.Event()

    def heard(message: Message) -> None:
        if message.event == "Newchannel" and message.get("Uniqueid") == channel:
            born.set()

    stop = manager.listen(heard)
    own, other = Party(PHONE, "Anna"), Party(number)
    placing = Placing(number, (f"PJSIP/{PHONE}",), "", own, other, autoanswer=True)
    headers = originate.direct(placing, channel, CONTEXT)
    fields = {key: value if isinstance(value, str) else [*value] for key, value in headers.items()}
    await manager.action("Originate", **fields)
    await asyncio.wait_for(born.wait(), 5)
    stop()


async def _installed(folder: Path, pbx: Asterisk) -> tuple[Serving, dict[str, str]]:
    manager = pbx.manager("katalog-dial")
    serving = Serving(
        folder,
        f'[dial]\nper_minute = 100000\n[[pbx]]\nname = "bench"\nport = {manager.port}\nusername = "{manager.user}"\n'
        f'secret = "{manager.secret}"\n',
    )
    await fill(serving, [Entry(new_id(), PHONE, "Anna", devices=(f"PJSIP/{PHONE}",)), *people(OTHERS)])
    await asyncio.to_thread(serving.add_account, "anna", "--entry", PHONE)
    return serving, {"Authorization": f"Bearer {await asyncio.to_thread(serving.add_token, 'anna')}"}


async def _until_live(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while (await client.get("/api/extensions/100")).headers["katalog-calls"] != "live":
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)  # and which telephones there are
