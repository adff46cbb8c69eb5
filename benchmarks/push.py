"""From a change at the telephone system's socket until everybody who listens has it."""

import asyncio
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from statistics import median

import httpx
from starlette.types import Receive, Scope, Send

from benchmarks.listeners import listeners
from benchmarks.peers import granian
from benchmarks.people import fill, people
from benchmarks.table import Row
from tests.connectors.asterisk.fake import SECRET, FakeAsterisk, item, served
from tests.serving import Serving

RUNS, CHANGES, RATE, READERS = 5, 50, 10, 1000
TABLE = [(readers, rate) for readers in (1, 100, 1000, 5000) for rate in (1, 10, 100)]
_CHANNEL, _UID, _LINKED = "PJSIP/999-00000001", "1795519759.2", "1795519759.1"

SHORT = 3.0
"""Seconds that a cell of the table is measured for."""


class Change:
    """Each call of it is one change. `counts`: its number is in what readers are sent."""

    def __init__(self, say: Callable[[int], None], *, counts: bool) -> None:
        self.number = 1
        self.counts = counts
        self._say = say

    def __call__(self) -> None:
        self._say(self.number)
        self.number += 1


def measure() -> list[Row]:
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        async with _katalog(Path(name)) as (port, headers, change):
            frame = await _frame(port, headers, change)
            async with _bare(frame) as (bare_port, bare_change):
                ours, bare = [], []
                path = "/api/events?snapshot=false"
                for _ in range(RUNS):
                    ours.append(await _latencies(port, path, headers, change, READERS, CHANGES, RATE))
                    bare.append(await _latencies(bare_port, "/", {}, bare_change, READERS, CHANGES, RATE))
            rows = [_row(f"p{share}", ours, bare, share, 1.5 if share == 99 else None) for share in (50, 99)]
            for readers, rate in TABLE:
                times = await _latencies(port, path, headers, change, readers, max(3, int(rate * SHORT)), rate)
                rows.append(_cell(readers, rate, times))
    return rows


def _row(name: str, ours: list[list[float]], bare: list[list[float]], share: int, promise: float | None) -> Row:
    mine, theirs = [median([_percentile(run, share) * 1000 for run in runs]) for runs in (ours, bare)]
    title = f"a change until {READERS:,} readers have it, {RATE} a second: {name}"
    return Row(title, "ms", mine, theirs, "bare ASGI fan-out on granian", mine / theirs, promise, at_least=False)


def _cell(readers: int, rate: int, times: list[float]) -> Row:
    p50, p99 = (_percentile(times, share) * 1000 for share in (50, 99))
    saturated = " (saturated)" if p50 > 1000 / rate else ""
    title = f"{readers:,} readers, {rate} changes a second: p99; p50 is {p50:.1f} ms{saturated}"
    return Row(title, "ms", p99, None, "", p99, None, at_least=False)


def _percentile(times: list[float], share: int) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]


async def _latencies(
    port: int, path: str, headers: dict[str, str], change: Change, readers: int, changes: int, rate: int
) -> list[float]:
    """Seconds of every change for every reader."""
    with listeners(port, path, headers, readers) as pipe:
        begun, told = time.monotonic() + 1.0, []
        first = change.number
        pipe.send((changes, first + changes - 1))
        for number in range(changes):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            told.append(time.monotonic())
            change()
            await asyncio.sleep(0)
        heard = await asyncio.to_thread(pipe.recv)
    found = []
    for steps in heard:
        left = iter(steps)
        at, reached = 0.0, 0
        for number, moment in enumerate(told, 1):
            while reached < number:
                step = next(left, None)
                if step is None:
                    raise RuntimeError("somebody has not heard of every change")
                at, events, caller = step
                reached = max(events, caller - first + 1) if change.counts else events
            found.append(at - moment)
    return found


@asynccontextmanager
async def _katalog(folder: Path) -> AsyncIterator[tuple[int, dict[str, str], Change]]:
    """Its port, what lets a reader in, and what makes one change at its telephone system's socket."""
    pbx = FakeAsterisk()
    async with served(pbx):
        block = f'[[pbx]]\nport = {pbx.port}\nusername = "katalog"\nsecret = "{SECRET}"\n'
        serving = Serving(folder, block)
        await fill(serving, people(1000))
        (folder / "one.csv").write_text("extension;name;devices\n999;Bench;PJSIP/999\n", "utf-8")
        for arguments in (("import", "one.csv"), ("account", "add", "program", "--service")):
            await asyncio.to_thread(serving.command, *arguments, stdin="hemligheter\n")
        token = await asyncio.to_thread(serving.add_token, "program")
        serving.launch()
        try:
            await serving.until_ready()
            async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
                async with asyncio.timeout(20):
                    while (await client.get(f"{serving.url}/api/extensions/999")).headers["katalog-calls"] != "live":
                        await asyncio.sleep(0.05)

            def say(number: int) -> None:
                # It is asked for all its channels now and then.
                pbx.channels = [item(_UID, _CHANNEL, 5, connected=_caller(number), linkedid=_LINKED)]
                pbx.say(*_event("NewConnectedLine", number))

            pbx.say(*_event("Newchannel", 0))
            yield serving.port, {"Authorization": f"Bearer {token}"}, Change(say, counts=True)
        finally:
            serving.kill(signal.SIGTERM)


def _caller(number: int) -> str:
    return f"07{number:08}"


def _event(name: str, number: int) -> list[str]:
    """The one telephone is called, and who calls turns out to be another."""
    return [
        f"Event: {name}", "Privilege: call,all", f"Channel: {_CHANNEL}", "ChannelState: 5",
        "ChannelStateDesc: Ringing", "CallerIDNum: 999", "CallerIDName: Bench", f"ConnectedLineNum: {_caller(number)}",
        "ConnectedLineName: <unknown>", "Language: sv", "AccountCode: ", "Context: from-internal", "Exten: ",
        "Priority: 1", f"Uniqueid: {_UID}", f"Linkedid: {_LINKED}",
    ]  # fmt: skip


async def _frame(port: int, headers: dict[str, str], change: Change) -> bytes:
    """What one reader is sent of a change."""
    async with (
        httpx.AsyncClient(headers=headers, timeout=10) as client,
        client.stream("GET", f"http://127.0.0.1:{port}/api/events?snapshot=false") as response,
    ):
        heard, number = b"", 0
        async for text in response.aiter_raw():
            heard += text
            *frames, _ = heard.split(b"\n\n")
            if len(frames) == 3:
                return frames[1] + b"\n\n"
            if len(frames) > number:
                change()
                number += 1
    raise RuntimeError("the stream ended")


class Fanout:
    """As little as an ASGI application can do: whenever its socket says so, the same bytes go to everybody."""

    def __init__(self, frame: bytes, port: int) -> None:
        self._frame = frame
        self._port = port
        self._number = 0
        self._next = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        mark = self._frame.partition(b"\n")[0] + b"\n\n"
        await send({"type": "http.response.body", "body": mark, "more_body": True})
        seen = self._number
        while True:
            while seen < self._number:
                seen += 1
                await send({"type": "http.response.body", "body": self._frame, "more_body": True})
            await self._next.wait()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        reader, _ = await asyncio.open_connection("127.0.0.1", self._port)
        task = asyncio.create_task(self._hear(reader))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        task.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        while await reader.readline():
            self._number += 1
            event, self._next = self._next, asyncio.Event()
            event.set()


@asynccontextmanager
async def _bare(frame: bytes) -> AsyncIterator[tuple[int, Change]]:
    writers: list[asyncio.StreamWriter] = []

    async def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        with granian(partial(Fanout, frame, server.sockets[0].getsockname()[1])) as port:
            async with asyncio.timeout(20):
                while not writers:
                    await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)  # it is connected as it begins, a moment before it listens
            yield port, Change(lambda _: writers[0].write(b"x\n"), counts=False)
    finally:
        server.close()
