"""What is on the wire, and what is said of a server that answers wrongly or not at all."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from katalog.compat.answer import Answer
from katalog.compat.asking import Options
from katalog.compat.credentials import Credentials
from katalog.compat.examination import examine, trusting
from katalog.compat.exchange import Exchange
from katalog.compat.target import Target
from tests.certificate import certificate
from tests.serving import free_port

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


@asynccontextmanager
async def listening(serve: Serve, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def saying(*parts: bytes, pause: float = 0.0) -> Serve:
    """Answers one request with these bytes, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return serve


@asynccontextmanager
async def to(port: int, seconds: float = 5.0, name: str = "http://127.0.0.1") -> AsyncIterator[Exchange]:
    exchange = Exchange(Target.of(f"{name}:{port}/"), None, seconds)
    yield exchange
    await exchange.closed()


async def asked(target: Target, trust: ssl.SSLContext, seconds: float = 5.0) -> Answer:
    exchange = Exchange(target, trust, seconds)
    answer = await exchange.ask("GET", "/", ())
    await exchange.closed()
    return answer


@pytest.mark.parametrize(
    ("parts", "status", "body"),
    [
        ([OK], 200, b"[]"),
        ([b"HTTP/1.1 200 OK\r\n\r\n[", b"]"], 200, b"[]"),
        ([b"HTTP/1.0 200 OK\r\n\r\n"], 200, b""),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n", b"1\r\n]\r\n0\r\n\r\n"], 200, b"[]"),
        ([b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", OK], 200, b"[]"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], 204, b""),
        ([bytes([each]) for each in OK], 200, b"[]"),
    ],
)
async def test_an_answer_in_any_framing(parts: list[bytes], status: int, body: bytes) -> None:
    async with listening(saying(*parts)) as port, to(port) as exchange:
        answer = await exchange.ask("GET", "/", ())
    assert (answer.status, answer.body, answer.fault) == (status, body, "")
    assert answer.all("link") == []


@pytest.mark.parametrize(
    ("serve", "fault"),
    [
        (saying(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1,2"), "the answer broke off after 4 bytes of its body"),
        (saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1"), "the answer broke off after 2 bytes of its body"),
        (saying(b"HTTP/1.1 200 OK\r\nContent-Le"), "the answer broke off after 0 bytes of its body"),
        (saying(), "it hung up unasked"),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "what came is no HTTP/1.1 answer"),
        (saying(b"\x15\x03\x01\x00\x02\x02F"), "what came is no HTTP/1.1 answer"),
        (saying(OK[:20], pause=1), "no answer within 0.2 s"),
    ],
)  # fmt: skip
async def test_half_answers_and_others(serve: Serve, fault: str) -> None:
    async with listening(serve) as port, to(port, 0.2) as exchange:
        answer = await exchange.ask("GET", "/", ())
    assert (answer.status, answer.fault) == (0, fault)


async def test_nobody_there_and_no_such_name() -> None:
    async with to(free_port()) as exchange:
        assert (await exchange.ask("GET", "/", ())).fault == "nobody listens there"
    async with to(80, name="http://katalog.invalid") as exchange:
        assert (await exchange.ask("GET", "/", ())).fault == "its name is not known"


async def test_tls_that_is_not_trusted_or_none(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(cert, key)
    async with listening(saying(OK), ours) as port:
        target = Target.of(f"https://localhost:{port}/")
        untrusted = await asked(target, trusting(None))
        assert untrusted.fault.startswith("its certificate is not trusted: ")
        assert (await asked(target, trusting(cert))).status == 200
        other = Target.of("https://api.example.se/", f"127.0.0.1:{port}")
        assert "not valid for 'api.example.se'" in (await asked(other, trusting(cert))).fault
    async with listening(saying(OK)) as port:
        plain = await asked(Target.of(f"https://localhost:{port}/"), trusting(cert), 1)
        assert plain.fault in ("no answer within 1 s", "TLS fails: wrong version number")


async def test_the_request_goes_out_byte_for_byte() -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(OK)

    async with listening(serve) as port, to(port) as exchange:
        path = "//dial/+46%2B8 1??autoanswer=1?x"
        for _ in range(2):
            await exchange.ask("GET", path, (("Host", "x"), ("Accept", "*/*")))
    assert heard == [f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n".encode()] * 2


async def test_a_connection_that_ended_while_it_waited_is_made_again_unless_it_acts() -> None:
    async with listening(saying(OK)) as port, to(port) as exchange:
        for _ in range(3):
            assert (await exchange.ask("GET", "/", ())).status == 200
            await asyncio.sleep(0.02)
    heard = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        await reader.readuntil(b"\r\n\r\n")
        heard += 1

    async with listening(once) as port, to(port) as exchange:
        assert (await exchange.ask("GET", "/dial/1", (), fresh=True)).status == 0
        assert heard == 1


async def test_no_more_of_a_body_is_read_than_is_enough() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    async with listening(saying(head, b"ID3" + bytes(9000), pause=0.5)) as port, to(port, 2) as exchange:
        answer = await exchange.ask("GET", "/", (), enough=4096)
    assert answer.body[:3] == b"ID3"


async def test_a_server_that_is_lost_on_the_way_is_not_asked_for_ever() -> None:
    answers = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answers
        await reader.readuntil(b"\r\n\r\n")
        answers += 1
        if answers == 1:
            writer.write(OK)

    async with listening(serve) as port:
        result = await examine(Target.of(f"http://127.0.0.1:{port}/"), Credentials("x"), Options(), seconds=1)
    assert (result.holds, answers) == (False, 4)
    assert result.lost.endswith("it hung up unasked")
    assert result.lines
