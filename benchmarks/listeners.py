"""Many readers of an event stream in a process of their own, each of whom notes when an event comes."""

import asyncio
import multiprocessing
import re
import resource
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection

READY_WITHIN, HEARD_WITHIN = 60.0, 30.0
"""Seconds."""

_AT_ONCE = 200
"""Connections that are made before those are waited for."""


_CALLER = re.compile(rb'"callerid":"07(\d{8})"')
"""Which change it is, stands in the number that calls."""


class Reader(asyncio.Protocol):
    """Notes when how many events had come, and of which change the last was. One who is told several changes at once
    hears of the last of them.
    """

    def __init__(self, request: bytes) -> None:
        self._request = request
        self.heard: list[tuple[float, int, int]] = []
        self.begun = asyncio.get_running_loop().create_future()
        self._events = 0
        self._tail = b""

    def has_heard(self, count: int, last: int) -> bool:
        return bool(self.heard) and (self.heard[-1][1] >= count or self.heard[-1][2] == last)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        whole, end, self._tail = (self._tail + data).rpartition(b"\n")
        callers = _CALLER.findall(whole)
        if not self.begun.done() and b"id: " in whole + end:
            self.begun.set_result(None)
        if callers:
            self._events += len(callers)
            self.heard.append((now, self._events, int(callers[-1])))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.begun.done():
            self.begun.set_exception(ConnectionError("the stream ended"))


@contextmanager
def listeners(port: int, path: str, headers: Mapping[str, str], count: int) -> Iterator[Connection]:
    """Gives a pipe when all are listening; it takes how many changes there will be and the number of the last,
    and gives what each has heard."""
    lines = [f"GET {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(
        target=_run, args=(theirs, port, "\r\n".join(lines).encode(), count)
    )
    process.start()
    theirs.close()
    try:
        if not ours.poll(READY_WITHIN) or ours.recv() != "ready":
            raise RuntimeError(f"{count} readers could not all connect")
        yield ours
    finally:
        process.terminate()
        process.join()


def _run(pipe: Connection, port: int, request: bytes, count: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(_listen(pipe, port, request, count))


async def _listen(pipe: Connection, port: int, request: bytes, count: int) -> None:
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    for start in range(0, count, _AT_ONCE):
        some = range(start, min(count, start + _AT_ONCE))
        made = await asyncio.gather(*(loop.create_connection(lambda: Reader(request), "127.0.0.1", port) for _ in some))
        readers += [reader for _, reader in made]
        await asyncio.gather(*(reader.begun for reader in readers[start:]))
    pipe.send("ready")
    count, last = await asyncio.to_thread(pipe.recv)
    end = time.monotonic() + HEARD_WITHIN
    while time.monotonic() < end and any(not reader.has_heard(count, last) for reader in readers):
        await asyncio.sleep(0.05)
    pipe.send([reader.heard for reader in readers])
