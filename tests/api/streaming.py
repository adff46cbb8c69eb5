"""An answer that does not end, asked of the application in memory: httpx waits there for its end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.types import ASGIApp, Message

from tests.push.reading import Picture


class Stream:
    """What has come of it so far."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.picture = Picture()
        self.text = b""
        self.ended = False
        self.left = asyncio.Event()
        self._news = asyncio.Event()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            body = message.get("body", b"")
            self.text += body
            if "event-stream" in self.headers.get("content-type", ""):
                self.picture.hear([body])
            self.ended = not message.get("more_body", False)
        self._news.set()

    async def until(self, condition: Callable[[], Any], seconds: float = 5.0) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s; heard {self.picture.events[-3:]}") from None

    async def events(self, count: int) -> list[tuple[str, Any]]:
        await self.until(lambda: len(self.picture.events) >= count)
        assert len(self.picture.events) == count
        return self.picture.events


@asynccontextmanager
async def streaming(
    application: ASGIApp, url: str, headers: dict[str, str], method: str = "GET"
) -> AsyncIterator[Stream]:
    """The stream, from its first byte on; left at the end."""
    stream = Stream()
    path, _, query = url.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "scheme": "http",
        "server": ("katalog.test", 80),
        "client": ("192.0.2.1", 4711),
        "http_version": "1.1",
        "asgi": {"version": "3.0"},
    }
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await stream.left.wait()
        return {"type": "http.disconnect"}

    async def ask() -> None:
        await application(scope, receive, stream.send)

    task = asyncio.create_task(ask())
    try:
        await stream.until(lambda: stream.status)
        yield stream
        stream.left.set()
        # Who has left is forgotten at once.
        async with asyncio.timeout(5):
            await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
