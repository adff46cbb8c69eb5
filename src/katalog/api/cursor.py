"""Where a page of a list ends, as readers hand it back for the next one."""

import base64
import binascii
from typing import Any

import msgspec

from katalog.errors import Invalid


def cursor_of(place: object) -> str:
    """Where the last one of a page stands: there the next one goes on, whatever was changed meanwhile."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_of(cursor: str, kind: Any) -> Any:
    """The place that `cursor_of` was given, of that type. Raises Invalid."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(text, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise foreign() from None


def foreign() -> Invalid:
    return Invalid("cursor", "är ingen sida härifrån", "is not a cursor from here")
