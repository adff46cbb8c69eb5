"""Connections of HTTP to whoever may be connected to. aiohttp takes a tenth of a server's start to import: this file is
imported when the first request may be sent, and nowhere else (see `client.py`).
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from katalog.errors import OutgoingError
from katalog.outgoing.address import is_public
from katalog.outgoing.reply import Lookup, Reply, refusal, too_late

CONNECT_SECONDS = 5.0
BEGINNING_SECONDS = 2.0
_CHUNK = 65_536
_AUTO = 32 + zlib.MAX_WBITS
"""Lets zlib see for itself whether it is gzip or deflate."""


class _Refused(OSError):
    """The name leads into a network where nobody may send katalog."""


class Connections:
    """`allow_private` lets them lead into private networks too, and `setting` is where that is said."""

    def __init__(self, lookup: Lookup, *, allow_private: bool, setting: str) -> None:
        self._setting = setting
        connector = aiohttp.TCPConnector(
            resolver=_Resolver(lookup, allow_private=allow_private), use_dns_cache=False, force_close=True
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            auto_decompress=False,
            trust_env=False,
            headers={"user-agent": "katalog", "accept-encoding": "gzip"},
        )

    async def close(self) -> None:
        await self._session.close()

    async def request(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None, limit: int, beginning: int
    ) -> Reply:
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                whole = True
                if beginning:
                    content, whole = await _begin(response, beginning)
                else:
                    content = await _read(response, limit) if response.status == 200 else b""
                found = {name.lower(): value for name, value in response.headers.items()}
                return Reply(response.status, found, content, whole)
        except (aiohttp.ClientError, OSError, ValueError, zlib.error) as error:
            raise _explained(error, self._setting) from None


async def _begin(response: aiohttp.ClientResponse, count: int) -> tuple[bytes, bool]:
    """What comes of the body, soon, and whether that is all; the status counts, however it goes on."""
    content, whole = bytearray(), False
    with suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with asyncio.timeout(BEGINNING_SECONDS):
            while len(content) < count and (chunk := await response.content.read(count - len(content))):
                content += chunk
            whole = response.content.at_eof()
    return bytes(content), whole


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
        allowed = [pair for pair in found if self._allow_private or is_public(pair[1])]
        if not allowed:
            raise _Refused() if found else socket.gaierror(socket.EAI_NONAME, "no address")
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in allowed
        ]

    async def close(self) -> None:
        pass


def _explained(error: Any, setting: str) -> OutgoingError:
    """A sentence of our own for each: those of the libraries may hold the URL."""
    unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    causes = [error, getattr(error, "os_error", None), getattr(error, "__cause__", None)]
    if any(isinstance(cause, _Refused) for cause in causes):
        return refusal(setting)
    if isinstance(error, TimeoutError):
        return too_late(unsent=unsent)
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return OutgoingError(
            "Servern finns inte: namnet är okänt.", "There is no such server: its name is not known.", unsent=unsent
        )
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return OutgoingError(
            "Serverns certifikat gäller inte.", "The server's certificate is not valid.", unsent=unsent
        )
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionError):
        return OutgoingError("Servern går inte att nå.", "The server cannot be reached.", unsent=unsent)
    return OutgoingError("Svaret går inte att läsa.", "The answer cannot be read.")
