"""Requests that go out: to a real server on loopback, by names that lead where the test says."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from yarl import URL

from katalog.errors import OutgoingError
from katalog.outgoing import client, connections
from katalog.outgoing.client import MAX_REDIRECTS, Outgoing
from katalog.outgoing.reply import Reply
from tests.listening import listening

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LIMIT = 100_000


class Server:
    """Answers as its `handler` says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[web.Request] = []
        self.handler: Handler = self._hello
        self.port = 0

    async def _hello(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="hej")

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        assert isinstance(request, web.BaseRequest)
        self.requests.append(request)  # type: ignore[arg-type]
        return await self.handler(request)  # type: ignore[arg-type]

    def redirect(self, *locations: str) -> None:
        """One after another; then the answer."""
        left = list(locations)

        async def handler(request: web.Request) -> web.StreamResponse:
            return web.Response(status=302, headers={"location": left.pop(0)}) if left else web.Response(text="framme")

        self.handler = handler

    def url(self, host: str = "127.0.0.1", path: str = "/") -> URL:
        return URL(f"http://{host}:{self.port}{path}")


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with listening(made.answer) as made.port:
        yield made


@asynccontextmanager
async def outgoing(*answers: list[str], allow_private: bool = False) -> AsyncIterator[tuple[Outgoing, list[str]]]:
    """One whose names lead to `answers`, one after another, the last for ever; and the names that were looked up."""
    asked: list[str] = []

    async def lookup(host: str, port: int) -> list[tuple[int, str]]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(10 if ":" in address else 2, address) for address in found]

    async with Outgoing(allow_private=allow_private, lookup=lookup) as made:
        yield made, asked


async def refusal(work: Awaitable[Reply]) -> str:
    with pytest.raises(OutgoingError) as refused:
        await work
    assert refused.value.sv
    return refused.value.en


async def test_an_answer_comes_with_status_headers_and_body(server: Server) -> None:
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, asked):
        reply = await sender.get(server.url("moln.se", "/k?a=b"), {"if-none-match": '"1"'})
    assert (reply.status, reply.body, asked) == (200, b"hej", ["moln.se"])
    assert reply.headers["content-type"].startswith("text/plain")
    (request,) = server.requests
    assert (request.path_qs, request.headers["host"], request.headers["if-none-match"]) == (
        "/k?a=b", f"moln.se:{server.port}", '"1"',
    )  # fmt: skip


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.1", "2130706433"])
async def test_a_private_address_in_the_url_is_refused_without_a_look(server: Server, host: str) -> None:
    async with outgoing(["127.0.0.1"]) as (sender, asked):
        assert "private network" in await refusal(sender.get(server.url(host)))
    assert (server.requests, asked) == ([], [])


@pytest.mark.parametrize("found", [["127.0.0.1"], ["::1"], ["192.168.0.1", "10.0.0.1"], ["::ffff:127.0.0.1"]])
async def test_a_name_that_leads_into_a_private_network_is_refused(server: Server, found: list[str]) -> None:
    async with outgoing(found) as (sender, _):
        assert "webhooks.allow_private" in await refusal(sender.get(server.url("moln.se")))
    assert server.requests == []


async def test_localhost_is_refused_by_the_system_s_own_look_up(server: Server) -> None:
    async with Outgoing(allow_private=False) as sender:
        assert "private network" in await refusal(sender.get(server.url("localhost")))
    assert server.requests == []


async def test_of_several_addresses_the_private_ones_are_never_connected_to(server: Server) -> None:
    async with outgoing(["127.0.0.1", "::1"]) as (sender, _):
        await refusal(sender.get(server.url("moln.se")))
    assert server.requests == []


async def test_a_name_that_leads_elsewhere_the_second_time_leads_nowhere(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    # For the first look the loopback counts as open, so that the request can be answered at all.
    for module in (client, connections):
        monkeypatch.setattr(module, "is_public", lambda address: address == "127.0.0.1")
    server.redirect(str(server.url("moln.se", "/andra")))
    async with outgoing(["127.0.0.1"], ["127.0.0.2"]) as (sender, asked):
        assert "private network" in await refusal(sender.get(server.url("moln.se")))
    assert asked == ["moln.se", "moln.se"]
    assert [request.path for request in server.requests] == ["/"]


async def test_a_redirect_is_checked_like_any_address(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "is_public", lambda address: address == "127.0.0.1")
    for location in ("http://127.0.0.2/", "http://[::1]/", "http://169.254.169.254/latest/meta-data"):
        server.redirect(location)
        async with outgoing(["127.0.0.1"]) as (sender, _):
            assert "private network" in await refusal(sender.get(server.url("moln.se")))


async def test_redirects_are_followed_and_counted(server: Server) -> None:
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        server.redirect("/a", "b", str(server.url("annan.se", "/c")))
        assert (await sender.get(server.url("moln.se", "/x/"))).body == b"framme"
        assert [request.path for request in server.requests] == ["/x/", "/a", "/b", "/c"]
        server.redirect(*["/om"] * (MAX_REDIRECTS + 1))
        assert "too many times" in await refusal(sender.get(server.url("moln.se")))


async def test_what_is_sent_comes_with_its_body_and_is_sent_nowhere_else(server: Server) -> None:
    received: list[bytes] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        received.append(await request.read())
        return web.Response(status=307, headers={"location": "/annan"})

    server.handler = handler
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        reply = await sender.send("POST", server.url("moln.se"), {"content-type": "application/json"}, b"{}")
    assert (reply.status, reply.body, received) == (307, b"", [b"{}"])
    (request,) = server.requests
    assert (request.method, request.headers["content-type"]) == ("POST", "application/json")


@pytest.mark.parametrize("location", ["ftp://moln.se/", "file:///etc/passwd", "http://[", "gopher:x"])
async def test_a_redirect_to_what_is_no_web_address_is_refused(server: Server, location: str) -> None:
    server.redirect(location)
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        assert "no web address" in await refusal(sender.get(server.url("moln.se")))


async def test_credentials_go_to_their_own_host_only(server: Server) -> None:
    server.redirect("/samma", str(server.url("annan.se", "/annan")), str(server.url("x:y@annan.se", "/igen")))
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        await sender.get(server.url("anna:hemligt@moln.se"))
    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == ["Basic YW5uYTpoZW1saWd0", "Basic YW5uYTpoZW1saWd0", None, None]


async def test_credentials_can_be_given_beside_the_url(server: Server) -> None:
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        await sender.get(server.url("moln.se"), authorization="Basic eA==")
        await sender.get(server.url("a:b@moln.se"), authorization="Basic eA==")
    assert [request.headers.get("authorization") for request in server.requests] == ["Basic eA==", "Basic YTpi"]


async def test_no_proxy_of_the_environment_and_no_cookie_is_used(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(headers={"set-cookie": "a=b"})

    server.handler = handler
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        await sender.get(server.url("moln.se"))
        await sender.get(server.url("moln.se"))
    assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("coding", ["identity", "gzip", "deflate"])
async def test_no_answer_is_larger_than_the_limit_before_or_after_it_is_unpacked(
    server: Server, coding: str, extra: int
) -> None:
    body = b"x" * (LIMIT + extra)
    packed = {"identity": body, "gzip": gzip.compress(body), "deflate": zlib.compress(body)}[coding]

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"content-encoding": coding})

    server.handler = handler
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        if extra:
            assert "larger than" in await refusal(sender.get(server.url("moln.se"), limit=LIMIT))
        else:
            assert (await sender.get(server.url("moln.se"), limit=LIMIT)).body == body


async def test_a_small_answer_that_holds_a_very_large_one_is_not_unpacked_whole(server: Server) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=gzip.decompress(bomb), headers={"content-encoding": "gzip"})

    server.handler = handler
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        assert "larger than" in await refusal(sender.get(server.url("moln.se"), limit=LIMIT))


@pytest.mark.parametrize(
    ("coding", "body", "told"),
    [
        ("br", b"x", "compressed in a way"),
        ("gzip", b"no gzip", "cannot be read"),
        ("gzip", gzip.compress(b"halva", mtime=0)[:-6], "too early"),
    ],
)
async def test_an_answer_that_cannot_be_unpacked_is_told(server: Server, coding: str, body: bytes, told: str) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"content-encoding": coding})

    server.handler = handler
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        assert told in await refusal(sender.get(server.url("moln.se")))


async def test_what_never_answers_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TOTAL_SECONDS", 0.2)

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x")
            await asyncio.sleep(0.05)
        return response

    server.handler = trickle
    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        assert "in time" in await refusal(sender.get(server.url("moln.se")))


async def test_why_there_is_no_answer_is_told_without_the_url(server: Server) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with outgoing(["127.0.0.1"], allow_private=True) as (sender, _):
        server.handler = broken
        assert await refusal(sender.get(server.url("moln.se", "/hemlig"))) == "The answer cannot be read."
        assert "reached" in await refusal(sender.get(URL("http://moln.se:1/hemlig")))
        assert "certificate" in await refusal(sender.get(URL(f"https://moln.se:{server.port}/hemlig")))
    async with outgoing([], allow_private=True) as (sender, _):
        assert "not known" in await refusal(sender.get(server.url("moln.se", "/hemlig")))
    async with Outgoing(allow_private=True) as sender:
        assert "not known" in await refusal(sender.get(URL("http://finns-inte.invalid/hemlig")))
