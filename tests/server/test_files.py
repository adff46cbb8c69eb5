"""Long answers that are sent from files in memory: over real sockets, quick and slow ones."""

import asyncio
import os
import random
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from katalog.server import files as module
from katalog.server.files import KEPT, WORTH, File, Files
from tests.certificate import certificate
from tests.server.test_connection import GET, Line, listening

SOME = 8
SIZE = 40_000
"""Parts of an answer, and bytes of each: more than a socket takes at once that was told to keep little."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Of each file that was sent: its size, and what the kernel took of it."""
    sent = []
    send = File.send

    def noted(self: File, socket: int) -> int:
        sent.append((self.size, send(self, socket)))
        return sent[-1][1]

    monkeypatch.setattr(File, "send", noted)
    return sent


def version(number: int) -> list[bytes]:
    """Parts of an answer that is like no other."""
    return [random.Random(f"{number} {place}").randbytes(SIZE) for place in range(SOME)]


def opened() -> int:
    """Files in memory that are open."""
    links = [each for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    return sum("memfd:katalog" in str(each.readlink()) for each in links)


@asynccontextmanager
async def slow_line(port: int, keeps: int) -> AsyncIterator[Line]:
    """Of somebody for whom the kernel keeps so many bytes, and the program as many."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, keeps)
    client.connect(("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=client, limit=keeps)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


async def test_what_is_asked_for_often_is_sent_from_a_file_and_what_is_new_at_once(sent: list[tuple[int, int]]) -> None:
    async with listening() as server, server.line() as line:
        server.application.say(*version(0))
        for _ in range(WORTH):
            assert await line.ask(GET) == b"".join(version(0))
        assert len(sent) == 1
        for number in range(1, 10):
            server.application.say(*version(number))
            for _ in range(WORTH):
                assert await line.ask(GET) == b"".join(version(number))
        assert len(sent) == 1 + 9 * WORTH
        assert all(size > SOME * SIZE for size, _ in sent)  # head and all
        assert opened() == KEPT
        # What takes the place of one that was not asked for often waits for its turn.
        for number in range(3):
            server.application.say(*version(number))
            await line.ask(GET)
        assert len(sent) == 1 + 9 * WORTH + 1
    server.held.files = Files()
    assert opened() == 0


async def test_the_second_at_which_it_is_sent_is_right(sent: list[tuple[int, int]]) -> None:
    async with listening() as server, server.line() as line:
        server.application.say(*version(0))
        for day in (b"Mon", b"Tue"):
            server.state.default_headers = [(b"date", day)]
            for _ in range(2 * WORTH):
                line.writer.write(GET)
                head = await line.reader.readuntil(b"\r\n\r\n")
                assert re.findall(rb"date: (.*)\r", head) == [day]
                assert await line.reader.readexactly(SOME * SIZE) == b"".join(version(0))
        assert len(sent) == WORTH + 1 + 2 * WORTH


async def test_a_slow_reader_gets_what_it_was_to_get_although_that_has_changed_since(
    sent: list[tuple[int, int]],
) -> None:
    async with (
        listening(send_buffer=50_000) as server,
        server.line() as quick,
        slow_line(server.port, 20_000) as slow,
    ):
        for number in range(6):
            server.application.say(*version(number))
            for _ in range(WORTH):
                assert await quick.ask(GET) == b"".join(version(number))
            before = len(sent)
            slow.writer.write(GET)
            await asyncio.sleep(0.02)
            async with asyncio.timeout(5):
                while not number and len(sent) == before:  # what it asks for first is of this version
                    await asyncio.sleep(0.01)
        assert any(0 < took < size for size, took in sent)
        assert await slow.answer() == b"".join(version(0))
        # What it asked for before it had taken that waited for it, and is as of then; or it went the long way.
        for _ in range(5):
            assert await slow.answer() in (b"".join(version(5)), b"GET /ready ")


async def test_what_is_sent_from_a_file_overtakes_nothing(sent: list[tuple[int, int]]) -> None:
    slow, whole = GET.replace(b"/ready", b"/slow"), b"".join(version(0))
    async with listening(send_buffer=50_000) as server, server.line() as line:
        server.application.say(*version(0))
        for _ in range(2 * WORTH):
            assert await line.ask(GET) == whole
        before = len(sent)
        line.writer.write(GET + slow + GET)
        assert [await line.answer() for _ in range(3)] == [whole, b"GET /slow ", b"GET /ready "]
        assert len(sent) == before + 1
        assert await line.ask(GET) == whole


async def test_without_room_for_a_file_it_is_answered_all_the_same(
    monkeypatch: pytest.MonkeyPatch, sent: list[tuple[int, int]]
) -> None:
    tried = []

    def refuse(name: str) -> int:
        tried.append(name)
        raise OSError("no room")

    monkeypatch.setattr(os, "memfd_create", refuse)
    async with listening() as server, server.line() as line:
        server.application.say(*version(0))
        for _ in range(3 * WORTH):
            assert await line.ask(GET) == b"".join(version(0))
    assert (len(tried), sent) == (1, [])


async def test_what_is_longer_than_the_kernel_takes_at_once_has_no_file(
    monkeypatch: pytest.MonkeyPatch, sent: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr(module, "LONGEST", SOME * SIZE)
    async with listening() as server, server.line() as line:
        server.application.say(*version(0))
        for _ in range(3 * WORTH):
            assert await line.ask(GET) == b"".join(version(0))
    assert sent == []


async def test_a_reader_who_is_gone_harms_nobody(sent: list[tuple[int, int]]) -> None:
    async with listening() as server, server.line() as line:
        server.application.say(*version(0))
        for _ in range(WORTH):
            await line.ask(GET)
        for _ in range(20):
            async with server.line() as gone:
                gone.writer.write(GET)
                await gone.writer.drain()
                gone.writer.transport.abort()
            assert await line.ask(GET) == b"".join(version(0))
    assert len(sent) > 20


async def test_what_goes_out_enciphered_is_sent_from_no_file(sent: list[tuple[int, int]], tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(cert, key)
    theirs = ssl.create_default_context(cafile=str(cert))
    async with listening(secure=ours) as server, server.line(theirs) as line:
        server.application.say(*version(0))
        for _ in range(3 * WORTH):
            assert await line.ask(GET) == b"".join(version(0))
    assert sent == []
