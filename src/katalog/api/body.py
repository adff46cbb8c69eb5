"""Reads a request's body, bounded, as JSON."""

from typing import IO, Any

import msgspec
from starlette.requests import Request

from katalog.errors import BadRequest, TooLarge

MAX_BYTES = 1_000_000


async def read(request: Request, limit: int = MAX_BYTES) -> bytes:
    """The whole body; raises TooLarge as soon as it is over the limit."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge()
        chunks.append(chunk)
    return b"".join(chunks)


async def store(request: Request, file: IO[bytes], limit: int) -> None:
    """The body into a file, as it comes; raises TooLarge as soon as it is over the limit."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge()
        file.write(chunk)
    file.flush()


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object (RFC 8259), whatever type it claims; raises BadRequest."""
    return decode_object(await read(request))


async def json_array(request: Request) -> list[Any]:
    """As `json_object`, of an array."""
    value = _decoded(await read(request))
    if not isinstance(value, list):
        raise BadRequest("Innehållet ska vara en JSON-lista.", "The body must be a JSON array.")
    return value


def decode_object(body: bytes) -> dict[str, Any]:
    value = _decoded(body)
    if not isinstance(value, dict):
        raise BadRequest("Innehållet ska vara ett JSON-objekt.", "The body must be a JSON object.")
    return value


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"Innehållet är inte giltig JSON: {error}", f"The body is not valid JSON: {error}") from None
