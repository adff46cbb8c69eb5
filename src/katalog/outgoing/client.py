"""Sends requests to addresses that people have given, within bounds.

Where a request goes is decided by the address that is connected to, after the name was looked up, and anew for every
redirect: a name that leads elsewhere the second time leads nowhere. No proxy of the environment is used, no cookie is
kept, nothing waits for ever.
"""

import asyncio
import socket
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from yarl import URL

from katalog.errors import OutgoingError
from katalog.outgoing.address import is_public
from katalog.outgoing.reply import Lookup, Reply, refusal, too_late
from katalog.outgoing.target import NotATarget, parse_target, without_credentials

if TYPE_CHECKING:
    from katalog.outgoing.connections import Connections

LOOKUP_SECONDS, TOTAL_SECONDS = 5.0, 30.0
MAX_REDIRECTS = 3
MAX_BYTES = 10_000_000
_REDIRECTS = (301, 302, 303, 307, 308)


class Outgoing:
    """`allow_private` lets requests into private networks too, and is said in `setting`. `lookup` is for tests."""

    def __init__(
        self, *, allow_private: bool, setting: str = "webhooks.allow_private", lookup: Lookup | None = None
    ) -> None:
        self._allow_private = allow_private
        self._setting = setting
        self._lookup = lookup or _system_lookup
        self._connections: Connections | None = None

    async def __aenter__(self) -> Self:
        connections = await asyncio.to_thread(_connections)
        self._connections = connections(self._lookup, allow_private=self._allow_private, setting=self._setting)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connections is not None:
            await self._connections.close()

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
                    reply = await self._request(method, url, sent, body, limit, beginning)
                    location = reply.headers.get("location")
                    if reply.status not in _REDIRECTS or location is None or not redirects:
                        return reply
                    url = _next(url, location)
        except TimeoutError:
            raise too_late() from None
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
                async with asyncio.timeout(LOOKUP_SECONDS):
                    found = [address for _, address in await self._lookup(host, url.port or 443)]
            except (OSError, UnicodeError):
                return
        if found and not any(is_public(address) for address in found):
            raise refusal(self._setting)

    async def _request(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes | None, limit: int, beginning: int
    ) -> Reply:
        assert self._connections is not None  # noqa: S101
        host = url.raw_host or ""
        # aiohttp looks up names only; an address that stands in the URL itself is ours to check.
        if not self._allow_private and _is_address(host) and not is_public(host):
            raise refusal(self._setting)
        return await self._connections.request(method, url, headers, body, limit, beginning)


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


async def _system_lookup(host: str, port: int) -> list[tuple[int, str]]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, str(address[0])) for family, _, _, _, address in found]


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _connections() -> "type[Connections]":
    """What takes long to import, for which nobody who reads the directory need wait."""
    from katalog.outgoing.connections import Connections

    return Connections
