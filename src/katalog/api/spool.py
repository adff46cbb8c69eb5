"""Answers with arrays of any length: their items wait on disk until all is known, and then go out bit by bit.

So no transaction is held by a reader who is slow, and what goes wrong is an answer of its own, not a broken one.
"""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from katalog.api.answer import JSON

IN_MEMORY = 1 << 20
"""Bytes of one array that need no disk."""

_PIECE = 1 << 16
_encode = msgspec.json.Encoder().encode


class Spool:
    """The items of one JSON array, in the order in which they were added."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed by whoever sends it
        self._hash = hashlib.sha256()
        self.size = 0

    def add(self, items: Iterable[Any]) -> None:
        for item in items:
            encoded = (b"," if self.size else b"") + _encode(item)
            self._file.write(encoded)
            self._hash.update(encoded)
            self.size += len(encoded)

    @property
    def digest(self) -> str:
        """Another one, if any item is another, or stands elsewhere."""
        return self._hash.hexdigest()[:32]

    def pieces(self) -> Iterator[bytes]:
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def close(self) -> None:
        self._file.close()


class Spooled(Response):
    """A JSON object whose last keys are the names of `spools`, with their items. It closes them."""

    def __init__(self, value: msgspec.Struct, **spools: Spool) -> None:
        """`value` has those keys last, each with an empty array."""
        self.status_code = 200
        self.background = None
        empty = b",".join(b'"%b":[]' % name.encode() for name in spools) + b"}"
        self._head = _encode(value).removesuffix(empty)
        self._spools = spools
        size = len(self._head) + len(empty) + sum(spool.size for spool in spools.values())
        self.raw_headers = [(b"content-length", b"%d" % size), (b"content-type", JSON.encode())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            for piece in self._pieces():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            for spool in self._spools.values():
                spool.close()

    def _pieces(self) -> Iterator[bytes]:
        before = self._head
        for name, spool in self._spools.items():
            yield before + b'"%b":[' % name.encode()
            yield from spool.pieces()
            before = b"],"
        yield b"]}"
