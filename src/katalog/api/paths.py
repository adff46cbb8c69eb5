"""The outermost layer: one spelling for every path, and no fault gets out.

Programs in the field have base URLs with `/api` or without, with a slash at the end or two in the middle, and
follow no redirect. So each is served as the one canonical path, `/api/…` without a slash at the end.
"""

import re

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from katalog.api.answer import problem
from katalog.errors import Unavailable

V1 = frozenset({"extensions", "auth", "calls", "recordings", "dial", "hangup", "sms"})
"""The first segments of the v1 family, which is served alike with and without `/api`."""

_SLASHES = re.compile(r"/{2,}")

log = structlog.get_logger()


def canonical(path: str) -> str:
    """
    >>> canonical("//extensions//08123456/"), canonical("/api/extensions/"), canonical("/healthz/")
    ('/api/extensions/08123456', '/api/extensions', '/healthz')
    """
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if path.endswith("/") and path != "/":
        path = path[:-1]
    if path[1:].split("/", 1)[0] in V1:
        return f"/api{path}"
    return path


class Paths:
    """Wraps the application. An inner fault becomes 503: a 5xx of any other kind makes programs give up."""

    def __init__(self, app: ASGIApp, language: str) -> None:
        self._app = app
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["path"] = canonical(scope["path"])
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            log.exception("http.fault", method=scope["method"])
            if not started:
                await problem(Unavailable(), self._language)(scope, receive, send)
