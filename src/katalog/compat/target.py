"""Where the server is that is asked, and under which paths."""

import re
from typing import Self

import msgspec
from yarl import URL

_API = re.compile(r"/api/*$")


class Target(msgspec.Struct, frozen=True):
    """`base` is what paths begin with, as the URL has it; `other` the same with `/api` where it has none, or without.

    `address` and `port` are what is connected to; `host` is the name that the server is asked by.
    """

    is_secure: bool
    host: str
    authority: str
    base: str
    other: str
    address: str
    port: int

    @classmethod
    def of(cls, url: str, connect: str = "") -> Self:
        """`connect` is another address (`192.0.2.1`, `192.0.2.1:8443`) at which the name is asked for. Raises
        ValueError with what is wrong.
        """
        try:
            parsed = URL(url)
        except ValueError as error:
            raise ValueError(f"no URL: {error}") from None
        if parsed.scheme not in ("http", "https") or not parsed.raw_host or parsed.port is None:
            raise ValueError("no URL of a server: use https://… or http://…")
        if parsed.user is not None or parsed.password is not None:
            raise ValueError("a name and password do not belong into the URL: use --username")
        base = parsed.raw_path.rstrip("/")
        root = _API.sub("", base)
        address, port = _address(connect, parsed.port) if connect else (parsed.raw_host, parsed.port)
        other = f"{root}/api" if base == root else root
        return cls(parsed.scheme == "https", parsed.raw_host, parsed.raw_authority, base, other, address, port)


def _address(connect: str, port: int) -> tuple[str, int]:
    found = re.fullmatch(r"(?:\[([^\]]+)\]|([^:]+)|([\da-fA-F:]+:[\da-fA-F:]*))(?::(\d{1,5}))?", connect)
    if found is None:
        raise ValueError(f"{connect}: no address; use 192.0.2.1 or 192.0.2.1:8443")
    return found[1] or found[2] or found[3], int(found[4] or port)
