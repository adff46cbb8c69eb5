"""The outermost layer: one spelling for every path, a count of every answer, and no fault gets out.

Programs in the field have base URLs with `/api` or without, with a slash at the end or two in the middle, and
follow no redirect. So each is served as the one canonical path, `/api/…` without a slash at the end.
"""

import re
from collections.abc import Callable
from time import perf_counter

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from katalog import logs
from katalog.api.answer import problem
from katalog.api.exchange import Exchange
from katalog.api.origin import Proxies
from katalog.api.traffic import Traffic
from katalog.errors import Unavailable

V1 = frozenset({"extensions", "auth", "calls", "recordings", "dial", "hangup", "sms"})
"""The first segments of the v1 family, which is served alike with and without `/api`."""

_SLASHES = re.compile(r"/{2,}")

Failed = Callable[[Request, Exception], Response | None]

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
    """Wraps the application. What it raises is answered by `failed`, in one place for every URL. A fault, for which
    that has None, becomes 503: a 5xx of any other kind makes programs give up.

    With `access_log` each answer is a line of the log.
    """

    def __init__(
        self, app: ASGIApp, failed: Failed, language: str, traffic: Traffic, proxies: Proxies, *, access_log: bool
    ) -> None:
        self._app = app
        self._failed = failed
        self._language = language
        self._traffic = traffic
        self._proxies = proxies
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["path"] = canonical(scope["path"])
        exchange = Exchange(scope, send, self._traffic, self._proxies, self._access_log, perf_counter())
        # The server makes a task of each request, and with it a context of its own.
        logs.answering.set(exchange)
        try:
            await self._app(scope, receive, exchange.send)
        except Exception as error:
            response = None if exchange.status else self._failed(Request(scope, receive), error)
            if response is None:
                log.exception("http.fault", method=scope["method"], endpoint=exchange.endpoint)
                response = problem(Unavailable(), self._language, request=exchange.id)
            if not exchange.status:
                await response(scope, receive, exchange.send)
        finally:
            if self._access_log:
                self._log(scope, exchange)

    def _log(self, scope: Scope, exchange: Exchange) -> None:
        """A status of 0 is of a client that did not wait."""
        log.info(
            "http.request",
            method=scope["method"],
            endpoint=exchange.endpoint,
            status=exchange.status,
            ms=round((perf_counter() - exchange.began) * 1000, 3),
            account=scope.get("account"),
        )
