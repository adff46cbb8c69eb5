"""One number written as programs in the field write it in a path."""

from typing import Any
from urllib.parse import quote

from katalog.domain.number import e164


def public(entries: list[Any], country: str) -> tuple[str, str] | None:
    """The first extension that is a number of the public network, as written and in E.164."""
    for entry in entries:
        written = entry.get("extension") if isinstance(entry, dict) else None
        if isinstance(written, str) and (international := e164(written, country)):
            return written, international
    return None


def notations(written: str, international: str) -> dict[str, str]:
    """What it is called, and how it stands in the path."""
    digits = "".join(sign for sign in written if sign in "+0123456789")
    return {
        "+46…": international,
        "%2B46…": quote(international, safe=""),
        "0046…": f"00{international[1:]}",
        "with hyphens": f"{digits[:3]}-{digits[3:6]}-{digits[6:]}",
        "with spaces": f"{digits[:3]}%20{digits[3:6]}%20{digits[6:]}",
    }
