"""The v1 contact directory: `GET /api/extensions/…` (contract)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import Encoded
from katalog.api.encoding import accepts_gzip
from katalog.api.etag import NotModified, is_known
from katalog.api.header import header
from katalog.api.reader import Reader
from katalog.domain.entry import Entry
from katalog.errors import NotFound
from katalog.live.directory import Directory

Header = tuple[bytes, bytes]

_OWN = (b"cache-control", b"private, no-cache")
_LIVE, _STALE = (b"katalog-calls", b"live"), (b"katalog-calls", b"stale")
_VARY, _GZIP = (b"vary", b"accept-encoding"), (b"content-encoding", b"gzip")


class Ready(msgspec.Struct, frozen=True):
    """The answer with a whole list, for as long as its bytes are these and calls are as live."""

    parts: tuple[bytes, ...]
    live: bool
    response: Encoded


class Extensions:
    """Ready-made bytes: nothing is encoded for a read that was not changed since the last one."""

    def __init__(self) -> None:
        self._ready: dict[tuple[str, bool, bool], Ready] = {}

    def all(self, request: Request, reader: Reader) -> Response:
        """An array of every entry the reader may see; compressed for those who say that they unpack."""
        directory = reader.directory
        packed = accepts_gzip(header(request, b"accept-encoding") or "")
        listing = directory.contacts(hidden=reader.sees_hidden)
        which = reader.organisation, reader.sees_hidden, packed
        parts = listing.gzip() if packed else listing.plain()
        ready = self._ready.get(which)
        if ready is None or ready.parts is not parts or ready.live is not directory.calls_are_live:
            whose = "+" if reader.sees_hidden else "-"
            tag = f"{directory.changes.run}{whose}{listing.number}{f'-gzip{listing.packing}' if packed else ''}"
            shown = *_shown(directory, tag), _VARY, *((_GZIP,) if packed else ())
            ready = self._ready[which] = Ready(parts, directory.calls_are_live, Encoded(parts, *shown))
        return ready.response

    def me(self, request: Request, reader: Reader) -> Response:
        """The entry of the authenticated account; an account without one has none to show."""
        if (entry := reader.entry) is None:
            raise NotFound("Kontot har ingen egen anknytning.", "The account has no extension of its own.")
        return _one(request, reader.directory, entry)

    def one(self, request: Request, reader: Reader) -> Response:
        """One object, never a list of one."""
        entry = reader.directory.find(request.path_params["extension"], hidden=reader.sees_hidden)
        if entry is None:
            raise NotFound("Anknytningen finns inte.", "There is no such extension.")
        return _one(request, reader.directory, entry)


def _one(request: Request, directory: Directory, entry: Entry) -> Response:
    text = directory.contact(entry)
    tag = directory.tag(entry)
    shown = _shown(directory, tag)
    return NotModified(shown) if is_known(request, f'"{tag}"') else Encoded((text,), *shown)


def _shown(directory: Directory, tag: str) -> list[Header]:
    return [(b"etag", b'"%b"' % tag.encode()), *marks(directory)]


def marks(directory: Directory) -> tuple[Header, ...]:
    """Says whether `calls` are as of now, or a telephone system is away; and that the answer is one reader's."""
    return _OWN, _LIVE if directory.calls_are_live else _STALE
