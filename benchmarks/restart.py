"""Asterisk killed under 200 calls and started again: from when its AMI lets somebody in until the picture is right."""

import asyncio
import tempfile
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import httpx

from benchmarks.calls import installed, running
from benchmarks.sipp import Sipp, end
from benchmarks.table import Row
from tests.system.asterisk.configuration import extensions
from tests.system.asterisk.observer import Observer
from tests.system.asterisk.server import Asterisk

RUNS, CALLS, NEW, RATE = 5, 200, 20, 100
PHONES, OTHERS = 400, 1_000
RIGHT_WITHIN = 500.0
"""Milliseconds."""

LIMIT, POLL = 30.0, 0.005


class Times(NamedTuple):
    """Seconds from the first login that Asterisk accepts: until it says that it has started, and until its picture is
    shown; and from when Asterisk has new calls until they are."""

    booted: float
    right: float
    new: float


def measure() -> list[Row]:
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with Asterisk("22", phones=extensions(PHONES)) as pbx, Sipp.of(pbx) as sipp:
        with tempfile.TemporaryDirectory() as folder:
            serving, token = await installed(Path(folder), pbx, OTHERS)
            async with running(serving, token) as client:
                runs = [await _restarted(pbx, sipp, client) for _ in range(RUNS)]
    booted, right, new = (median(each) * 1000 for each in zip(*runs, strict=True))
    worst = max(run.right for run in runs) * 1000
    name = f"Asterisk killed under {CALLS} calls and started: from its first login until the picture is right"
    return [
        Row(name, "ms", right, None, "", right, RIGHT_WITHIN, at_least=False),
        Row("the same, the longest of the runs", "ms", worst, None, "", worst, None),
        Row("of it, until Asterisk says that it has started", "ms", booted, None, "", booted, None),
        Row(f"after that, from when Asterisk has {NEW} new calls until they are shown", "ms", new, None, "", new, None),
    ]


async def _restarted(pbx: Asterisk, sipp: Sipp, client: httpx.AsyncClient) -> Times:
    old = await sipp.call(CALLS, rate=RATE, seconds=90)
    observer = await pbx.observer(events="off")
    await _until(lambda: _has(observer, CALLS))
    await _until(lambda: _agrees(observer, client))
    await observer.close()
    await pbx.kill()
    await end(old)
    starting = asyncio.create_task(pbx.start())
    observer = await _let_in(pbx)
    begun = time.monotonic()
    booting = asyncio.create_task(_booted(observer))
    right = await _until(lambda: _agrees(observer, client))
    booted = await booting
    await starting
    calls = await _call_anew(sipp, observer)
    has = time.monotonic()
    new = await _until(lambda: _agrees(observer, client))
    await end(calls)
    for channel in await observer.channels():
        await observer.hangup(channel.name)
    await _until(lambda: _has(observer, 0))
    await observer.close()
    return Times(booted - begun, right - begun, max(0.0, new - has))


async def _let_in(pbx: Asterisk) -> Observer:
    """Somebody else who asks again and again."""
    while True:
        try:
            return await pbx.observer(events="system")
        except (OSError, EOFError):
            await asyncio.sleep(POLL)


async def _booted(observer: Observer) -> float:
    await observer.fully_booted()
    return time.monotonic()


async def _call_anew(sipp: Sipp, observer: Observer) -> Process:
    calls = await sipp.call(NEW, rate=RATE, seconds=90)
    await _until(lambda: _has(observer, NEW))
    return calls


async def _has(observer: Observer, calls: int) -> bool:
    channels = await observer.channels()
    return len(channels) == 2 * calls and all(channel.state == "Up" for channel in channels)


async def _agrees(observer: Observer, client: httpx.AsyncClient) -> bool:
    """Whether what is shown is what Asterisk has, just before and just after."""
    before = await _devices(observer)
    answer = await client.get("/api/extensions/")
    shown = Counter({entry["extension"]: len(entry["calls"]) for entry in answer.json() if entry["calls"]})
    if answer.headers["katalog-calls"] != "live" or shown != before:
        return False
    return await _devices(observer) == before


async def _devices(observer: Observer) -> Counter[str]:
    return Counter(channel.endpoint for channel in await observer.channels() if channel.endpoint)


async def _until(holds: Callable[[], Awaitable[bool]]) -> float:
    """When it was so."""
    async with asyncio.timeout(LIMIT):
        while not await holds():
            await asyncio.sleep(POLL)
    return time.monotonic()
