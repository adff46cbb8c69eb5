"""A reader of a server's event stream that comes back whenever it is cut off (docs/api.md, "The event stream")."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping

import aiohttp
import msgspec

from katalog.errors import KatalogError

SILENT = 60.0
"""Seconds without a word, after which the connection is taken for dead."""

SHORTEST, LONGEST = 0.5, 10.0
"""Seconds between two attempts to connect."""


class Refused(KatalogError):
    """The server does not let this reader in; trying again would not help."""

    id = "watch"


class Heard(msgspec.Struct, frozen=True):
    """An event of the stream; or of the connection itself: `connected`, or `lost` with the reason as data."""

    kind: str
    data: bytes = b""


class Listener:
    def __init__(self, url: str, token: str, query: Mapping[str, str]) -> None:
        self._url = f"{url.rstrip('/')}/api/events"
        self._token = token
        self._query = {name: value for name, value in query.items() if value}
        self._last_id = ""

    async def events(self) -> AsyncIterator[Heard]:
        """For ever. Raises Refused if the token is wrong."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=SHORTEST * 20, sock_read=SILENT)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            wait = SHORTEST
            while True:
                try:
                    async with session.get(self._url, params=self._query, headers=self._headers()) as response:
                        await self._check(response)
                        yield Heard("connected")
                        wait = SHORTEST
                        async for event in self._read(response.content):
                            yield event
                    reason = "the server has ended the stream"
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    reason = str(error) or type(error).__name__
                yield Heard("lost", reason.encode())
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - parts those who were cut off together
                wait = min(2 * wait, LONGEST)

    def _headers(self) -> dict[str, str]:
        headers = {"authorization": f"Bearer {self._token}", "accept": "text/event-stream"}
        return headers | ({"last-event-id": self._last_id} if self._last_id else {})

    async def _check(self, response: aiohttp.ClientResponse) -> None:
        if response.status in (401, 403):
            raise Refused(f"{self._url}: the token is not (or no longer) one that opens it; give another")
        if response.content_type != "text/event-stream" and response.status < 500:
            raise Refused(f"{self._url}: no event stream of a katalog is there (status {response.status})")
        response.raise_for_status()

    async def _read(self, content: aiohttp.StreamReader) -> AsyncIterator[Heard]:
        """Not by lines, whose length aiohttp limits: one is as long as a directory."""
        heard = bytearray()
        async for text in content.iter_any():
            start = max(0, len(heard) - 1)
            heard += text
            while (end := heard.find(b"\n\n", start)) >= 0:
                event = self._event(bytes(heard[:end]))
                del heard[: end + 2]
                start = 0
                if event is not None:
                    yield event

    def _event(self, block: bytes) -> Heard | None:
        """As katalog writes them: one line of data for each event."""
        kind, data = "message", b""
        for line in block.split(b"\n"):
            name, _, value = line.partition(b": ")
            if name == b"id":
                self._last_id = value.decode()
            elif name == b"event":
                kind = value.decode()
            elif name == b"data":
                data = value
        return Heard(kind, data) if data else None
