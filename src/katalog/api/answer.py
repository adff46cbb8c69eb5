"""What is sent back: JSON in raw UTF-8, always with its charset, errors too."""

from typing import Any

import msgspec
from starlette.responses import Response

from katalog.errors import RequestError

_encode = msgspec.json.Encoder().encode

JSON = "application/json; charset=utf-8"
_JSON_HEADER = (b"content-type", JSON.encode())

CHALLENGES = ('Basic realm="katalog", charset="UTF-8"', 'Bearer realm="katalog"')
"""Basic first: programs in the field take the first that they know."""


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RFC 9457 problem object that also has `message`, which the v1 family's programs show.

    `type` is the error's stable id as a URN; `field` names what a 422 or 409 is about.
    """

    type: str
    title: str
    status: int
    detail: str
    message: str
    field: str | None = None


class Encoded(Response):
    """JSON that is encoded already, with its header ready: what pollers get, thousands of times a second."""

    def __init__(self, body: bytes, *headers: tuple[bytes, bytes]) -> None:
        self.status_code = 200
        self.background = None
        self.body = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), _JSON_HEADER, *headers]


def json(value: Any, status: int = 200) -> Response:
    return Response(_encode(value), status, media_type=JSON)


def ok() -> Response:
    """Success without data, as programs in the field compare it literally."""
    return Response(b'{"message":"OK"}', media_type=JSON)


def problem(error: RequestError, language: str, *, challenges: tuple[str, ...] = ()) -> Response:
    message = error.message(language)
    body = Problem(f"urn:katalog:error:{error.id}", error.title, error.status, message, message, error.field)
    response = json(body, error.status)
    for name, value in error.headers:
        response.headers[name] = value
    for challenge in challenges:
        response.headers.append("www-authenticate", challenge)
    return response
