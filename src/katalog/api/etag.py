"""Entity tags (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2)."""

import hashlib

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from katalog.api.header import header

KEPT = frozenset({b"etag", b"cache-control", b"vary", b"katalog-calls"})
"""Headers of a 200 that a 304 in its place has as well."""


def matches(wanted: str | None, etag: str) -> bool:
    """Whether `If-Match` lets a change through: it is not there, is `*`, or names the tag that holds.

    A tag that goes on after a `-` names it too: what follows is of what changes do not depend on, and a call that came
    meanwhile is no reason to refuse one.
    """
    if wanted is None or wanted.strip() == "*":
        return True
    begun = f"{etag[:-1]}-"
    tags = [tag.strip() for tag in wanted.split(",")]
    return any(tag == etag or (tag.startswith(begun) and tag.endswith('"')) for tag in tags)


def tag(response: Response, etag: str) -> None:
    """Gives an answer the tag by which `If-Match` goes, and after a `-` one of everything that is shown.

    Some of that is another without a change of its own: the end that is proposed, the name of a profile, a state.
    """
    response.headers["etag"] = f'{etag[:-1]}-{hashlib.sha256(response.body).hexdigest()[:16]}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether `If-None-Match` says that the reader has just this already."""
    wanted = header(request, b"if-none-match")
    if wanted is None or wanted == etag:
        return wanted is not None
    tags = [tag.strip().removeprefix("W/") for tag in wanted.split(",")]
    return etag in tags or tags == ["*"]


class NotModified(Response):
    """304: what the reader has is as it was. `headers` are those of the answer that it stands for, of KEPT."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.status_code = 304
        self.background = None
        self.raw_headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": b""})


def unless_known(request: Request, response: Response) -> Response:
    """An answer to a GET; 304 instead, if the reader has it already."""
    if response.status_code != 200 or header(request, b"if-none-match") is None:
        return response
    etag = next((value for name, value in response.raw_headers if name == b"etag"), None)
    if etag is None or not is_known(request, etag.decode("latin-1")):
        return response
    return NotModified([each for each in response.raw_headers if each[0] in KEPT])
