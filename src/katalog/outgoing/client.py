"""Sends requests to addresses that people have given, within bounds.

Where a request goes is decided by the address that is connected to, after the name was looked up, and anew for every
redirect: a name that leads elsewhere the second time leads nowhere. No proxy of the environment is used, no cookie is
kept, nothing waits for ever.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from katalog.errors import OutgoingError
from katalog.outgoing.address import is_public
from katalog.outgoing.target import NotATarget, parse_target, without_credentials

CONNECT_SECONDS, TOTAL_SECONDS = 5.0, 30.0
BEGINNING_SECONDS = 2.0
MAX_REDIRECTS = 3
MAX_BYTES = 10_000_000
_CHUNK = 65_536
_REDIRECTS = (301, 302, 303, 307, 308)
_AUTO = 32 + zlib.MAX_WBITS
"""Lets zlib see for itself whether it is gzip or deflate."""

Lookup = Callable[[str, int], Awaitable[list[tuple[int, str]]]]
"""Host, port → (address family, address) of each."""


class Reply(msgspec.Struct, frozen=True):
    """`headers` by their name in lower case; `body` as it was before it was compressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Refused(OSError):
    """The name leads into a network where nobody may send katalog."""


class Outgoing:
    """`allow_private` lets requests into private networks too. `lookup` is for tests."""

    def __init__(self, *, allow_private: bool, lookup: Lookup | None = None) -> None:
        self._allow_private = allow_private
        self._lookup = lookup or _system_lookup
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(self._lookup, allow_private=self._allow_private), use_dns_cache=False, force_close=True
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            auto_decompress=False,
            trust_env=False,
            headers={"user-agent": "katalog", "accept-encoding": "gzip"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(
        self, url: URL, headers: Mapping[str, str] = {}, *, authorization: str | None = None, limit: int = MAX_BYTES
    ) -> Reply:
        """As `send`, and follows redirects."""
        return await self.send("GET", url, headers, authorization=authorization, limit=limit, redirects=MAX_REDIRECTS)

    async def send(
        self,
        method: str,
        url: URL,
        headers: Mapping[str, str] = {},
        body: bytes | None = None,
        *,
        authorization: str | None = None,
        limit: int = MAX_BYTES,
        redirects: int = 0,
        beginning: int = 0,
    ) -> Reply:
        """What `url` has before its host, or else `authorization`, goes to its own host only.

        Without `redirects` one is an answer as any other. Raises OutgoingError if there is no answer, or one that is
        larger than `limit` bytes, or one redirect too many. The body of an answer is read if its status is 200; with
        `beginning` only so many bytes, as they are sent, whatever the status.
        """
        own = url.origin()
        url, from_url = without_credentials(url)
        authorization = from_url or authorization
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                for _ in range(redirects + 1):
                    sent = dict(headers)
                    if authorization is not None and url.origin() == own:
                        sent["authorization"] = authorization
                    reply = await self._once(method, url, sent, body, limit, beginning)
                    location = reply.headers.get("location")
                    if reply.status not in _REDIRECTS or location is None or not redirects:
                        return reply
                    url = _next(url, location)
        except TimeoutError as error:
            raise _explained(error) from None
        raise OutgoingError("Servern skickar vidare för många gånger.", "The server redirects too many times.")

    async def check(self, url: URL) -> None:
        """Raises OutgoingError if a request may not go there; a name that is not known now may be some day."""
        host = url.raw_host or ""
        if self._allow_private:
            return
        if _is_address(host):
            found = [host]
        else:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    found = [address for _, address in await self._lookup(host, url.port or 443)]
            except (OSError, UnicodeError):
                return
        if found and not any(is_public(address.partition("%")[0]) for address in found):
            raise _refusal()

    async def _once(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None, limit: int, beginning: int
    ) -> Reply:
        assert self._session is not None  # noqa: S101
        host = url.raw_host or ""
        # aiohttp looks up names only; an address that stands in the URL itself is ours to check.
        if not self._allow_private and _is_address(host) and not is_public(host.partition("%")[0]):
            raise _refusal()
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                if beginning:
                    content = await _begin(response, beginning)
                else:
                    content = await _read(response, limit) if response.status == 200 else b""
                found = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, found, content)
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            raise _explained(error) from None


def _next(url: URL, location: str) -> URL:
    try:
        target = parse_target(str(url.join(URL(location, encoded=location.isascii()))))
    except (NotATarget, ValueError):
        raise OutgoingError(
            "Servern skickar vidare till något som inte är en webbadress.",
            "The server redirects to what is no web address.",
        ) from None
    if url.scheme == "https" and target.scheme == "http":
        raise OutgoingError("Servern skickar vidare från https till http.", "The server redirects from https to http.")
    return without_credentials(target)[0]


async def _begin(response: aiohttp.ClientResponse, count: int) -> bytes:
    """What comes of the body, soon; the status counts, however it goes on."""
    content = bytearray()
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with asyncio.timeout(BEGINNING_SECONDS):
            while len(content) < count and (chunk := await response.content.read(count - len(content))):
                content += chunk
    return bytes(content)


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The whole body, decompressed piece by piece: a small answer can hold a very large one."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise OutgoingError(
            "Svaret är packat på ett sätt som inte går att läsa.",
            "The answer is compressed in a way that cannot be read.",
        )
    unpack = None if coding in ("identity", "") else zlib.decompressobj(_AUTO)
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk if unpack is None else unpack.decompress(chunk, limit + 1 - len(body))
        if len(body) > limit:
            raise OutgoingError(
                f"Svaret är större än {limit // 1_000_000} MB.", f"The answer is larger than {limit // 1_000_000} MB."
            )
    if unpack is not None and not unpack.eof:
        raise OutgoingError("Svaret tog slut i förtid.", "The answer ended too early.")
    return bytes(body)


class _Resolver(AbstractResolver):
    """Gives only addresses that may be connected to."""

    def __init__(self, lookup: Lookup, *, allow_private: bool) -> None:
        self._lookup = lookup
        self._allow_private = allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._lookup(host, port)
        allowed = [pair for pair in found if self._allow_private or is_public(pair[1].partition("%")[0])]
        if not allowed:
            raise _Refused() if found else socket.gaierror(socket.EAI_NONAME, "no address")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in allowed
        ]

    async def close(self) -> None:
        pass


async def _system_lookup(host: str, port: int) -> list[tuple[int, str]]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, str(address[0])) for family, _, _, _, address in found]


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _refusal() -> OutgoingError:
    return OutgoingError(
        "Adressen leder in i ett eget nät, dit katalog inte får gå (webhooks.allow_private).",
        "The address leads into a private network, where katalog may not go (webhooks.allow_private).",
    )


def _explained(error: Any) -> OutgoingError:
    """A sentence of our own for each: those of the libraries may hold the URL."""
    causes = [error, getattr(error, "os_error", None), getattr(error, "__cause__", None)]
    if any(isinstance(cause, _Refused) for cause in causes):
        return _refusal()
    if isinstance(error, TimeoutError):
        return OutgoingError("Servern svarar inte i tid.", "The server does not answer in time.")
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return OutgoingError("Servern finns inte: namnet är okänt.", "There is no such server: its name is not known.")
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return OutgoingError("Serverns certifikat gäller inte.", "The server's certificate is not valid.")
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionError):
        return OutgoingError("Servern går inte att nå.", "The server cannot be reached.")
    return OutgoingError("Svaret går inte att läsa.", "The answer cannot be read.")
