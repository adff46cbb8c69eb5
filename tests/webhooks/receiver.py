"""A program that is told by webhooks: it verifies what it gets, and answers as a test wants."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self

import msgspec
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from tests.listening import listening


class Told(msgspec.Struct):
    """One request: `id` is its `webhook-id`."""

    id: str
    type: str
    data: dict[str, Any]
    headers: dict[str, str]
    body: bytes
    at: float


class Receiver:
    """`answer` gives the status, or the whole answer, for what was told."""

    def __init__(self) -> None:
        self.url = ""
        self.told: list[Told] = []
        self.answer: Callable[[Told], int | web.Response] = lambda _: 200
        self.delay = 0.0

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        receiver = cls()
        async with listening(receiver._hear) as port:
            receiver.url = f"http://127.0.0.1:{port}/katalog"
            yield receiver

    async def _hear(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        message = json.loads(body)
        loop = asyncio.get_running_loop()
        headers = {name.lower(): value for name, value in request.headers.items()}
        told = Told(headers["webhook-id"], message["type"], message["data"], headers, body, loop.time())
        await asyncio.sleep(self.delay)
        self.told.append(told)
        answer = self.answer(told)
        return web.Response(status=answer) if isinstance(answer, int) else answer

    @property
    def types(self) -> list[str]:
        return [each.type for each in self.told]

    async def until(self, count: int, *, seconds: float = 5.0) -> list[Told]:
        """Waits for so many requests; there must be no more of them."""
        async with asyncio.timeout(seconds):
            while len(self.told) < count:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert len(self.told) == count, self.types
        return self.told


def signed_by(told: Told, secret: str) -> bool:
    """By the library's own rules, but for the age: a test's clock stands still."""
    signer = Webhook(secret)
    at = datetime.fromtimestamp(int(told.headers["webhook-timestamp"]), UTC)
    return signer.sign(told.id, at, told.body.decode()) in told.headers["webhook-signature"].split(" ")
