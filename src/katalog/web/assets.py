"""The files that pages are made of, at addresses that change with what is in them: a browser keeps them for good.

One version for all: modules name each other by relative addresses, and a page is always of one piece.
"""

import gzip
import hashlib
import re
from functools import cache
from importlib.resources import files

import msgspec

PREFIX = "/assets/"
KEPT = "public, max-age=31536000, immutable"
"""Cache-Control (RFC 8246) of a file whose address has its version."""

_IMPORTED = re.compile(r'^import (?:[^"]* from )?"\./([a-z-]+\.js)";$', re.MULTILINE)

TYPES = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}


class Asset(msgspec.Struct, frozen=True):
    content: bytes
    packed: bytes
    """The same by gzip."""
    media_type: str


@cache
def assets() -> dict[str, Asset]:
    """By name."""
    found = {}
    for file in sorted((files(__package__) / "assets").iterdir(), key=lambda file: file.name):
        kind = file.name.rpartition(".")[2]
        if kind in TYPES:
            content = file.read_bytes()
            found[file.name] = Asset(content, gzip.compress(content, 9, mtime=0), f"{TYPES[kind]}; charset=utf-8")
    return found


@cache
def version() -> str:
    digest = hashlib.sha256()
    for name, asset in assets().items():
        digest.update(f"{name} {len(asset.content)} ".encode() + asset.content)
    return digest.hexdigest()[:12]


def address(name: str) -> str:
    """
    >>> address("app.js").startswith("/assets/")
    True
    """
    return f"{PREFIX}{version()}/{name}"


@cache
def modules(name: str) -> list[str]:
    """A module and all that it imports at once, in the order in which they are found; a browser fetches them together.

    >>> modules("dom.js")
    ['dom.js', 'drawings.js']
    """
    found = [name]
    for each in found:
        imported = _IMPORTED.findall(assets()[each].content.decode("utf-8"))
        found.extend(dict.fromkeys(one for one in imported if one not in found))
    return found
