"""The stream of a real server: readers who are slow, servers that are killed, ends that nobody asks about."""

import asyncio
import json
import resource
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.push.reading import Picture
from tests.serving import Serving

pytestmark = pytest.mark.system


class Listener:
    """A program that keeps a picture, and comes back whenever its stream ends."""

    def __init__(self, client: httpx.AsyncClient, path: str = "/api/events") -> None:
        self.client = client
        self.path = path
        self.picture = Picture()
        self.connects = 0
        self._news = asyncio.Event()

    async def run(self) -> None:
        while True:
            headers = {"last-event-id": self.picture.last_id} if self.picture.last_id else {}
            try:
                async with self.client.stream("GET", self.path, headers=headers) as response:
                    assert response.status_code == 200
                    self.connects += 1
                    self.picture.cut()
                    async for text in response.aiter_raw():
                        self.picture.hear([text])
                        self._news.set()
            except httpx.TransportError:
                await asyncio.sleep(0.05)

    async def until(self, condition: Any, seconds: float = 5.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def listening(client: httpx.AsyncClient, path: str = "/api/events") -> AsyncIterator[Listener]:
    listener = Listener(client, path)
    task = asyncio.create_task(listener.run())
    try:
        await listener.until(lambda: listener.picture.last_id)
        yield listener
    finally:
        task.cancel()


class Company:
    def __init__(self, serving: Serving, client: httpx.AsyncClient) -> None:
        self.serving, self.client = serving, client

    @classmethod
    @asynccontextmanager
    async def of(cls, folder: Path, people: int) -> AsyncIterator["Company"]:
        async with Serving.running(folder) as serving:
            rows = "".join(f"{1000 + number};Person {number};Avdelning {number % 7}\n" for number in range(people))
            (folder / "people.csv").write_text(f"extension;name;department\n{rows}", "utf-8")
            serving.command("import", "people.csv")
            serving.add_account("chef", "--admin")
            token = serving.add_token("chef")
            limits = httpx.Limits(max_connections=None)
            async with httpx.AsyncClient(
                base_url=serving.url, headers={"authorization": f"Bearer {token}"}, limits=limits, timeout=30
            ) as client:
                yield cls(serving, client)

    async def entries(self) -> dict[str, Any]:
        answer = await self.client.get("/api/entries?limit=1000")
        return {entry["id"]: entry for entry in answer.json()["entries"]}

    async def put(self, id_: str, **profile: Any) -> None:
        answer = await self.client.put(f"/api/entries/{id_}/profile", json=profile)
        assert answer.status_code == 200, answer.text

    def memory(self) -> int:
        """Bytes of the process that serves."""
        assert self.serving.process is not None
        pages = int((Path("/proc") / str(self.serving.process.pid) / "statm").read_text().split()[1])
        return pages * resource.getpagesize()


@pytest.mark.alone  # when it is told is measured
async def test_an_end_is_told_though_nobody_asks(tmp_path: Path) -> None:
    async with Company.of(tmp_path, 3) as company, listening(company.client) as one:
        (first, *_) = await company.entries()
        begun = time.monotonic()
        await company.put(first, name="Lunch", until="PT2S")
        await one.until(lambda: one.picture.entries[first]["profile"]["name"] == "Lunch", 1)
        await one.until(lambda: one.picture.entries[first]["profile"]["name"] == "Tillgänglig", 4)
        assert 1 < time.monotonic() - begun < 3.6


async def test_a_picture_is_right_again_after_every_kind_of_end(tmp_path: Path) -> None:
    async with Company.of(tmp_path, 50) as company, listening(company.client) as one:
        ids = list(await company.entries())
        for kind in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            await company.put(ids[0], name="Möte", message=kind.name)
            await one.until(lambda kind=kind: one.picture.entries[ids[0]]["profile"]["message"] == kind.name)
            begun = time.monotonic()
            company.serving.kill(kind)
            if kind is signal.SIGTERM:
                assert time.monotonic() - begun < 3, "open streams do not hold up the end"
            company.serving.command("profile", "set", "1001", "Semester", "--message", kind.name)
            company.serving.launch()
            await company.serving.until_ready()
            await one.until(lambda kind=kind: one.picture.entries[ids[1]]["profile"]["message"] == kind.name)
            assert one.picture.entries == await company.entries()
        assert one.connects == 4


@pytest.mark.alone  # memory is measured, and the reader sleeps as long as the others write
async def test_a_reader_who_does_not_read_costs_nothing_and_is_right_in_the_end(tmp_path: Path) -> None:
    """Of forty people each changes 25 times, 8 KB a time: 8 MB for a reader for whom it were kept."""
    async with Company.of(tmp_path, 200) as company:
        ids = list(await company.entries())[:40]
        with _unread(company) as sleeper:
            async with listening(company.client) as quick:
                await _chatter(company, ids, "0")
                before = company.memory()
                for number in range(1, 25):
                    await _chatter(company, ids, f"{number}")
                grown = company.memory() - before
                print(f"grown by {grown / 1e6:.1f} MB")
                assert grown < 4_000_000, f"{grown / 1e6:.1f} MB"
                expected = await company.entries()
                await quick.until(lambda: quick.picture.entries == expected)
                slow = await asyncio.to_thread(_read_up, sleeper, expected)
                assert slow.entries == expected
                assert len(slow.events) < 800, "states that nobody read in time are passed over"


async def _chatter(company: Company, ids: list[str], word: str) -> None:
    for start in range(0, len(ids), 4):
        message = f"{word} {'å' * 3900}"
        await asyncio.gather(*(company.put(id_, name="Möte", message=message) for id_ in ids[start : start + 4]))


def _unread(company: Company) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    # Loopback's segments are of 64 KB: a window that never holds one is told of only when the sender asks for it, and
    # after a minute of silence it asks seldom (RFC 9293, sections 3.8.6.1 and 3.8.6.2.2).
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
    made.connect(("127.0.0.1", company.serving.port))
    authorization = company.client.headers["authorization"]
    made.sendall(f"GET /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\n\r\n".encode())
    return made


def _read_up(sleeper: socket.socket, expected: dict[str, Any]) -> Picture:
    """All there is: a chunked body (RFC 9112, section 7.1), which is read without a library to be as slow as we like."""
    picture = Picture()
    sleeper.settimeout(10)
    with sleeper.makefile("rb") as file:
        while file.readline().strip():
            pass
        while picture.entries != expected:
            size = int(file.readline(), 16)
            picture.hear([file.read(size)])
            file.readline()
    return picture


@pytest.mark.alone  # it fills the machine, and how long others wait is measured
async def test_many_listen_and_others_are_answered_as_ever(tmp_path: Path) -> None:
    """More than the thousand connections that a server has by itself."""
    async with Company.of(tmp_path, 20) as company:
        ids = list(await company.entries())
        listening = asyncio.Semaphore(0)
        readers = [asyncio.create_task(_first_lunch(company, listening)) for _ in range(1200)]
        async with asyncio.timeout(120):
            for _ in readers:
                await listening.acquire()
        assert _connections(company.serving.port) >= 1200
        begun = time.monotonic()
        assert (await company.client.get("/api/extensions/")).status_code == 200
        assert time.monotonic() - begun < 2
        await company.put(ids[0], name="Lunch")
        async with asyncio.timeout(90):
            assert await asyncio.gather(*readers) == [ids[0]] * 1200


async def _first_lunch(company: Company, listening: asyncio.Semaphore) -> str:
    picture = Picture()
    async with company.client.stream("GET", "/api/events?snapshot=false") as response:
        listening.release()
        async for text in response.aiter_raw():
            for _, told in picture.hear([text]):
                return str(told["id"])
    raise AssertionError("the stream ended")


def _connections(port: int) -> int:
    """Established ones of the server's port, as the kernel counts them."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] == "01" for row in rows)


async def test_curl_reads_it(tmp_path: Path) -> None:
    async with Company.of(tmp_path, 3) as company:
        token = company.client.headers["authorization"]
        with subprocess.Popen(
            ["curl", "-sN", "-H", f"Authorization: {token}", f"{company.serving.url}/api/events"],
            stdout=subprocess.PIPE, text=True,
        ) as curl:  # fmt: skip
            assert curl.stdout is not None
            assert curl.stdout.readline().startswith("id: ")
            assert curl.stdout.readline() == "event: snapshot\n"
            assert len(json.loads(curl.stdout.readline().removeprefix("data: "))["entries"]) == 3
            curl.terminate()
