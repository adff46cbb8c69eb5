"""Processor time of katalog while its Asterisk has 50 new calls a second, beside Asterisk's own."""

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import httpx

from benchmarks.people import fill, people
from benchmarks.processor import processor_time
from benchmarks.sipp import Sipp
from benchmarks.table import Row
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from tests.serving import Serving, children_of
from tests.system.asterisk.configuration import extensions
from tests.system.asterisk.server import Asterisk

RUNS, RATE, LASTING = 5, 50, 1.0
PHONES, OTHERS = 200, 1_000
SETTLING, WINDOW = 2.0, 6.0
"""Seconds before, and for which, processor time is counted."""

SHARE = 0.3


def measure() -> list[Row]:
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    ours, theirs, alone = [], [], []
    async with Asterisk("22", phones=extensions(PHONES)) as pbx, Sipp.of(pbx) as sipp:
        with tempfile.TemporaryDirectory() as folder:
            serving, token = await installed(Path(folder), pbx, OTHERS)
            for _ in range(RUNS):
                async with running(serving, token) as client:
                    mine, own = await _window(sipp, pbx, serving, client)
                ours.append(mine)
                theirs.append(own)
                _, own = await _window(sipp, pbx)
                alone.append(own)
    mine, own, bare = (median(times) * 1000 / WINDOW for times in (ours, theirs, alone))
    name = f"{RATE} new calls a second: processor time a second"
    peer = "Asterisk 22 itself"
    return [
        Row(name, "ms", mine, own, peer, mine / own, SHARE, at_least=False),
        Row(f"{name}, of Asterisk", "ms", own, bare, f"{peer}, with nobody who follows", own / bare, None),
    ]


async def installed(folder: Path, pbx: Asterisk, others: int) -> tuple[Serving, dict[str, str]]:
    """An entry for each telephone, and others."""
    manager = pbx.manager("katalog")
    serving = Serving(
        folder,
        f'[[pbx]]\nname = "bench"\nport = {manager.port}\nusername = "{manager.user}"\nsecret = "{manager.secret}"\n',
    )
    phones = [Entry(new_id(), phone, f"Telefon {phone}", devices=(f"PJSIP/{phone}",)) for phone in pbx.phones]
    await fill(serving, [*phones, *people(others)])
    await asyncio.to_thread(serving.add_account, "program", "--service")
    return serving, {"Authorization": f"Bearer {await asyncio.to_thread(serving.add_token, 'program')}"}


@asynccontextmanager
async def running(serving: Serving, token: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the server, once calls are live."""
    serving.launch()
    try:
        await serving.until_ready(60)
        async with httpx.AsyncClient(base_url=serving.url, headers=token, timeout=30) as client:
            async with asyncio.timeout(20):
                while (await client.get("/api/extensions/100")).headers["katalog-calls"] != "live":
                    await asyncio.sleep(0.05)
            yield client
    finally:
        serving.kill(signal.SIGTERM)


async def _window(
    sipp: Sipp, pbx: Asterisk, serving: Serving | None = None, client: httpx.AsyncClient | None = None
) -> tuple[float, float]:
    """Seconds of processor time: of katalog's processes, and of Asterisk's."""
    assert pbx.pid is not None
    ours: list[int] = []
    if serving is not None and serving.process is not None:
        ours = [serving.process.pid, *children_of(serving.process.pid)]
    calls = await sipp.call(round(RATE * (SETTLING + WINDOW + 1)), rate=RATE, seconds=LASTING)
    await asyncio.sleep(SETTLING)
    if client is not None and not await _shown(client):
        raise RuntimeError("no call is shown")
    before = processor_time(ours), processor_time([pbx.pid])
    await asyncio.sleep(WINDOW)
    after = processor_time(ours), processor_time([pbx.pid])
    if await calls.wait():
        raise RuntimeError("not every call came up and ended as it should")
    if client is not None:
        async with asyncio.timeout(2):
            while await _shown(client):
                await asyncio.sleep(0.05)
    return after[0] - before[0], after[1] - before[1]


async def _shown(client: httpx.AsyncClient) -> int:
    """How many calls are shown now."""
    return sum(len(entry["calls"]) for entry in (await client.get("/api/extensions/")).json())
