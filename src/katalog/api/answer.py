"""What is sent back: JSON in raw UTF-8, always with its charset, errors too."""

from collections.abc import AsyncIterator, Iterable, Sequence
from itertools import islice
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from katalog.errors import RequestError

_encode = msgspec.json.Encoder().encode

JSON = "application/json; charset=utf-8"
_JSON_HEADER = (b"content-type", JSON.encode())

AT_ONCE = 500
"""Items of a long list that are encoded in one turn of the event loop."""

CHALLENGES = ('Basic realm="katalog", charset="UTF-8"', 'Bearer realm="katalog"')
"""Basic first: programs in the field take the first that they know."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem object that also has `message`, which the v1 family's programs show.

    `type` is the error's stable id as a URN; `field` names what a 422 or 409 is about; `request` is the id by which
    a fault of the server's stands in its log.
    """

    type: str
    title: str
    status: int
    detail: str
    message: str
    field: str | None = None
    request: str | None = None


class Encoded(Response):
    """JSON that is encoded already, in parts, with its header ready: what pollers get, thousands of times a second."""

    def __init__(self, parts: Sequence[bytes], *headers: tuple[bytes, bytes]) -> None:
        self.status_code = 200
        self.background = None
        self.raw_headers = [(b"content-length", b"%d" % sum(map(len, parts))), _JSON_HEADER, *headers]
        self.parts = parts
        self._lines = b""

    @property
    def lines(self) -> bytes:
        """The headers as they are on the wire."""
        if not self._lines:
            self._lines = header_lines(self)
        return self._lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        left = len(self.parts)
        for part in self.parts:
            left -= 1
            # The server holds a few parts at most for a reader who is slow, and lets the others have their turn.
            await send({"type": "http.response.body", "body": part, "more_body": left > 0})


def header_lines(response: Response) -> bytes:
    return b"".join([b"%b: %b\r\n" % header for header in response.raw_headers])


def json(value: Any, status: int = 200) -> Response:
    return Response(_encode(value), status, media_type=JSON)


def streamed(items: Iterable[object]) -> StreamingResponse:
    """A list that may be long: its items are made and encoded as it is sent, so that others have their turn."""
    left = iter(items)

    async def parts() -> AsyncIterator[bytes]:
        before = b"["
        while some := list(islice(left, AT_ONCE)):
            yield before + _encode(some)[1:-1]
            before = b","
        yield b"[]" if before == b"[" else b"]"

    return StreamingResponse(parts(), media_type=JSON)


def ok() -> Response:
    """Success without data, as programs in the field compare it literally."""
    return Response(b'{"message":"OK"}', media_type=JSON)


def done() -> Response:
    """The same of what is done anew each time, also by GET, so that nobody may answer it from a cache."""
    response = ok()
    response.headers["cache-control"] = "no-store"
    return response


def problem(error: RequestError, language: str, *, challenges: tuple[str, ...] = (), request: str = "") -> Response:
    message = error.message(language)
    about = error.field, request or None
    body = Problem(f"urn:katalog:error:{error.id}", error.title, error.status, message, message, *about)
    response = json(body, error.status)
    for name, value in error.headers:
        response.headers[name] = value
    for challenge in challenges:
        response.headers.append("www-authenticate", challenge)
    return response
