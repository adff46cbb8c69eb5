"""An SMS gateway on loopback that behaves as 46elks documents its own; `answer` has it behave otherwise."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Self
from urllib.parse import parse_qsl

from aiohttp import web

from katalog.settings import SmsHttp
from tests.listening import listening

USER, SECRET = "u1", "hemligt"

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Elks:
    """`forms` are those that came, in order; `delay` is how long it thinks."""

    def __init__(self) -> None:
        self.port = 0
        self.delay = 0.0
        self.forms: list[dict[str, str]] = []
        self.requests: list[web.BaseRequest] = []
        self.answer: Answer = self._as_documented

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator[Self]:
        elks = cls()
        async with listening(elks._hear) as elks.port:
            yield elks

    def settings(self, **fields: Any) -> SmsHttp:
        """As the documentation has them."""
        own = {
            "url": f"http://127.0.0.1:{self.port}/a1/sms", "username": USER, "secret": SECRET, "allow_private": True,
            "ok_pointer": "/status", "ok_pattern": "^(created|sent|delivered)$", "id_pointer": "/id",
        }  # fmt: skip
        return SmsHttp.model_validate(own | fields)

    @property
    def texts(self) -> list[str]:
        return [form["message"] for form in self.forms]

    async def until(self, count: int) -> None:
        """Waits for so many forms."""
        async with asyncio.timeout(5):
            while len(self.forms) < count:
                await asyncio.sleep(0.01)

    async def _hear(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        self.forms.append(dict(parse_qsl((await request.read()).decode(), keep_blank_values=True)))
        await asyncio.sleep(self.delay)
        return await self.answer(request)

    async def _as_documented(self, request: web.BaseRequest) -> web.StreamResponse:
        form = self.forms[-1]
        credential = base64.b64encode(f"{USER}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {credential}":
            return web.Response(status=401, text="API access requires Basic HTTP authentication")
        if request.path != "/a1/sms" or request.method != "POST":
            return web.Response(status=404, text="Not found")
        for name in ("to", "from", "message"):
            if not form.get(name):
                return web.Response(status=400, text=f"Missing key {name}")
        if not form["to"].startswith("+"):
            return web.Response(status=400, text="Invalid to number")
        answer = {
            "status": "created", "direction": "outgoing", "from": form["from"], "to": form["to"], "parts": 1,
            "created": "2026-09-21T14:13:20.000000", "message": form["message"], "cost": 3500,
            "id": f"s{len(self.forms):032x}",
        }  # fmt: skip
        return web.json_response(answer)


def replying(status: int, text: str = "", **headers: str) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(
            status=status, text=text, headers={name.replace("_", "-"): headers[name] for name in headers}
        )

    return answer
