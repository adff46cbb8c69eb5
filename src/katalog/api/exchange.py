"""One request and its answer: the id by which it is found in the log, and how and when it was answered."""

import re
import secrets
from collections.abc import Awaitable
from time import perf_counter

import msgspec
from starlette.types import Message, Scope, Send

from katalog.api.origin import Proxies, peer
from katalog.api.traffic import OTHER, Traffic

_HEADER = b"x-request-id"
_SANE = re.compile(rb"[\w.:=+/-]{1,128}", re.ASCII)
_SAFE = ("GET", "HEAD", "OPTIONS")


class Exchange(msgspec.Struct):
    """`send` is given to the application in place of the server's own, `wire`. `status` is 0 until the answer begins.

    The id is made when it is needed, and is on the answer of what was to change something, of faults, and with
    `logged` of everything: those have a line somewhere that somebody may ask about. A read has a few microseconds.
    """

    scope: Scope
    wire: Send
    traffic: Traffic
    proxies: Proxies
    logged: bool
    began: float
    status: int = 0
    name: str = ""

    @property
    def id(self) -> str:
        """The one that a trusted proxy has given, else one of our own."""
        if not self.name:
            self.name = self._given() or secrets.token_hex(8)
        return self.name

    @property
    def endpoint(self) -> str:
        """The path as it stands in the table of URLs: what somebody asked for may hold a number."""
        path: str = getattr(self.scope.get("endpoint"), "path", OTHER)
        return path

    def send(self, message: Message) -> Awaitable[None]:
        if not self.status:
            self.status = status = message["status"]
            method = self.scope["method"]
            self.traffic.answered(self.endpoint, method, status, perf_counter() - self.began)
            # A GET may be one, too.
            changes = method not in _SAFE or "is_change" in self.scope
            if status >= 500 or self.logged or changes:
                message["headers"] = [*message.get("headers", ()), (_HEADER, self.id.encode())]
        return self.wire(message)

    def _given(self) -> str:
        if self.proxies.are_there and self.proxies.trusts(peer(self.scope)):
            for name, value in self.scope["headers"]:
                if name == _HEADER and _SANE.fullmatch(value):
                    return str(value, "ascii")
        return ""
