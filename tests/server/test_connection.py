"""A connection over real sockets: what is answered at once, what goes the long way, and how much may come in."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from katalog.server import connection as module
from katalog.server.connection import Answer, Asked, Connection, Held

GET = b"GET /ready HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cret\r\n\r\n"
LONG = 3_000_000


class Application:
    """`/ready` is prompt; everything else, and that too where it goes the long way, takes a moment. `seen` is what came
    each way.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.knows = True
        self.say(b"re", b"ady")

    def say(self, *parts: bytes) -> None:
        """From now on."""
        self.answer: Answer = 200, b"content-length: %d\r\n" % sum(map(len, parts)), parts

    def prompt(self, scope: Scope) -> Asked | None:
        self.seen.append("prompt")
        return self.ask if scope["path"] == "/ready" and self.knows else None

    def ask(self) -> Answer | None:
        self.seen.append("asked")
        return self.answer if self.knows else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.seen.append("application")
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        await asyncio.sleep(0.02)
        text = f"{scope['method']} {scope['path']} {body.decode()}".encode()
        headers = [(b"content-length", b"%d" % len(text))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": text})


class Line:
    """The client's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, request: bytes) -> bytes:
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> bytes:
        """The body of the next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\ndate: " in head
        length = re.search(rb"content-length: (\d+)", head)
        assert length is not None
        return await asyncio.wait_for(self.reader.readexactly(int(length[1])), 5)

    async def until_closed(self) -> bytes:
        with suppress(ConnectionResetError):
            return await asyncio.wait_for(self.reader.read(), 5)
        return b""


class Listening:
    def __init__(self, application: Application, held: Held, state: ServerState, port: int) -> None:
        self.application = application
        self.held = held
        self.state = state
        self.port = port

    @property
    def seen(self) -> list[str]:
        seen, self.application.seen = self.application.seen, []
        return seen

    @asynccontextmanager
    async def line(self, secure: ssl.SSLContext | None = None) -> AsyncIterator[Line]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=secure)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()


@asynccontextmanager
async def listening(
    keep_alive: float = module.KEEP_ALIVE, send_buffer: int | None = None, secure: ssl.SSLContext | None = None
) -> AsyncIterator[Listening]:
    application, held = Application(), Held()
    config = uvicorn.Config(
        application,
        ws="none", lifespan="off", log_config=None, log_level="critical", timeout_keep_alive=cast("int", keep_alive),
    )  # fmt: skip
    config.load()
    server = uvicorn.Server(config)
    await server.on_tick(0)
    made = partial(Connection, application.prompt, held, config, server.server_state, {})
    served = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0, ssl=secure)
    if send_buffer is not None:
        served.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    async with served:
        yield Listening(application, held, server.server_state, served.sockets[0].getsockname()[1])
        for each in tuple(server.server_state.connections):
            each.transport.close()
        await asyncio.sleep(0.05)


async def test_what_is_ready_is_answered_at_once_and_the_same_again_is_not_read_again() -> None:
    async with listening() as server, server.line() as line:
        assert await line.ask(GET) == b"ready"
        assert server.seen == ["prompt", "asked"]
        for _ in range(3):
            assert await line.ask(GET) == b"ready"
        assert server.seen == ["asked"] * 3
        server.application.say(b"as of now")
        assert await line.ask(GET) == b"as of now"
        assert await line.ask(GET.replace(b"s3cret", b"s3cres")) == b"as of now"
        assert server.seen == ["asked", "prompt", "asked"]


async def test_what_cannot_be_answered_at_once_any_more_goes_to_the_application() -> None:
    async with listening() as server, server.line() as line:
        await line.ask(GET)
        server.application.knows = False
        assert server.seen == ["prompt", "asked"]
        assert await line.ask(GET) == b"GET /ready "
        assert server.seen == ["asked", "prompt", "application"]
        server.application.knows = True
        assert await line.ask(GET) == b"ready"
        assert server.seen == ["prompt", "asked"]


@pytest.mark.parametrize(
    "request_",
    [
        GET.replace(b"/ready", b"/other"),
        GET.replace(b"/ready", b"/ready?a=b"),
        GET.replace(b"/ready", b"/read%79"),
        GET.replace(b"/ready", b"http://x/ready"),
        GET.replace(b"GET", b"PUT"),
        GET.replace(b"Host: x", b"Host: x\r\nContent-Length: 4") + b"body",
        GET.replace(b"Host: x", b"Host: x\r\nTransfer-Encoding: chunked") + b"4\r\nbody\r\n0\r\n\r\n",
        GET.replace(b"Host: x", b"Host: x\r\nUpgrade: h2c\r\nConnection: upgrade"),
    ],
    ids=["path", "query", "escape", "absolute", "method", "body", "chunks", "upgrade"],
)
async def test_what_is_not_plain_goes_to_the_application_each_time(request_: bytes) -> None:
    async with listening() as server, server.line() as line:
        for _ in range(2):
            assert (await line.ask(request_)).startswith(request_.split()[0] + b" /")
            assert server.seen[-1] == "application"
        assert b"pgrade" in request_ or await line.ask(GET) == b"ready"


@pytest.mark.parametrize(
    "request_", [GET.replace(b"1.1", b"1.0"), GET.replace(b"Host", b"Connection: close\r\nHost")], ids=["1.0", "close"]
)
async def test_a_connection_that_is_to_be_closed_is(request_: bytes) -> None:
    async with listening() as server, server.line() as line:
        assert await line.ask(GET.replace(b"Host", b"Connection: Keep-Alive\r\nHost")) == b"ready"
        assert server.seen == ["prompt", "asked"]
        assert await line.ask(request_) == b"GET /ready "
        assert await line.until_closed() == b""


async def test_requests_that_come_together_are_answered_in_their_order() -> None:
    slow = GET.replace(b"/ready", b"/slow")
    async with listening() as server, server.line() as line:
        line.writer.write(GET + slow + GET + GET + slow)
        assert [await line.answer() for _ in range(5)] == [
            b"ready", b"GET /slow ", b"GET /ready ", b"GET /ready ", b"GET /slow ",
        ]  # fmt: skip
        line.writer.write(GET + GET)
        assert [await line.answer() for _ in range(2)] == [b"ready", b"ready"]
        # Not one request: the same bytes again are read again.
        assert await line.ask(GET + GET) == b"ready"
        assert await line.answer() == b"ready"
        assert server.seen[-4:] == ["prompt", "asked"] * 2


async def test_a_request_in_pieces_is_one() -> None:
    async with listening() as server, server.line() as line:
        for place in range(len(GET)):
            line.writer.write(GET[place : place + 1])
            await asyncio.sleep(0.001)
        assert await line.answer() == b"ready"
        # The last piece is no request of its own.
        line.writer.write(GET[-1:])
        await asyncio.sleep(0.05)
        assert server.seen == ["prompt", "asked"]
        assert await line.ask(GET) == b"ready"


async def test_a_url_may_be_written_as_people_do_and_bodies_are_left_alone() -> None:
    async with listening() as server, server.line() as line:
        for _ in range(2):
            assert await line.ask("GET /å 1?text=Hej på HTTP/1.1\r\nHost: x\r\n\r\n".encode()) == "GET /å 1 ".encode()
        body = "GET /ä b HTTP/1.1\r\n".encode()
        head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (2 * len(body))
        assert await line.ask(head + body + body) == b"POST / " + body + body
        # A body that comes by itself begins as a request does.
        line.writer.write(head)
        await asyncio.sleep(0.02)
        line.writer.write(body)
        await asyncio.sleep(0.02)
        assert await line.ask(body) == b"POST / " + body + body
        assert await line.ask("GET /ö HTTP/1.1\r\nHost: x\r\n\r\n".encode()) == "GET /ö ".encode()


async def test_a_head_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HEAD", 2000)
    async with listening() as server, server.line() as line:
        line.writer.write(GET[:-2] + b"a: " + b"b" * 1500)
        await asyncio.sleep(0.05)
        line.writer.write(b"b" * 1500)
        assert (await line.until_closed()).startswith(b"HTTP/1.1 431 ")
        assert server.seen == []


async def test_what_cannot_be_read_is_refused() -> None:
    async with listening() as server, server.line() as line:
        assert await line.ask(GET) == b"ready"
        line.writer.write(b"GET /ready HTTP/one\r\n\r\n")
        assert (await line.until_closed()).startswith(b"HTTP/1.1 400 ")
        assert server.seen == ["prompt", "asked"]


@pytest.mark.alone  # when it is closed is measured
async def test_a_head_may_not_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEAD_WITHIN", 0.2)
    begun = asyncio.get_running_loop().time()
    async with listening() as server, server.line() as silent, server.line() as slow, server.line() as again:
        assert await again.ask(GET) == b"ready"
        closed = [asyncio.create_task(line.until_closed()) for line in (silent, slow, again)]
        for place in range(40):  # each letter comes well within the time
            for line in (slow, again):
                line.writer.write(GET[place : place + 1])
            await asyncio.sleep(0.02)
            if all(task.done() for task in closed):
                break
        assert [await task for task in closed] == [b""] * 3
    assert 0.2 <= asyncio.get_running_loop().time() - begun < 0.7


@pytest.mark.alone  # when it is closed is measured
async def test_a_connection_without_requests_is_closed_and_one_that_polls_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "KEEP_ALIVE", 0.2)
    loop = asyncio.get_running_loop()
    async with listening(keep_alive=0.2) as server, server.line() as polling, server.line() as idle:
        begun = loop.time()
        assert await idle.ask(GET) == b"ready"
        closed = asyncio.create_task(idle.until_closed())
        for _ in range(10):
            assert await polling.ask(GET) == b"ready"
            await asyncio.sleep(0.05)
        assert closed.done()
        assert await polling.until_closed() == b""
        assert 0.6 < loop.time() - begun < 1.2


async def test_slow_readers_hold_so_much_and_then_answers_go_the_long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HELD", LONG)
    async with listening() as server, server.line() as quick:
        server.application.say(*(b"x" * (LONG // 2),) * 2)
        async with server.line() as one, server.line() as other:
            for line in (one, other):
                line.writer.write(GET * 4)
                await asyncio.sleep(0.1)
            async with asyncio.timeout(5):
                while server.held.bytes <= LONG // 2:
                    await asyncio.sleep(0.01)
            # Of whoever has not taken the answer before, the next waits for it.
            assert server.seen.count("asked") < 8
            server.application.say(b"short")
            monkeypatch.setattr(module, "HELD", server.held.bytes)
            assert await quick.ask(GET) == b"GET /ready "
            for _ in range(4):
                body = await other.answer()
                assert body in (b"short", b"GET /ready ") or body == b"x" * LONG
        for _ in range(100):
            if not server.held.bytes:
                break
            await asyncio.sleep(0.02)
        assert server.held.bytes == 0
        assert await quick.ask(GET) == b"short"
