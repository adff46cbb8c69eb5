"""Identifiers made here: UUIDv7 (RFC 9562), so that they sort by the time they were made."""

import secrets
import time
import uuid


def new_id(milliseconds: int | None = None) -> str:
    """A new UUIDv7 as text: 48 bits of Unix time in milliseconds, then 74 random bits."""
    stamp = int(time.time() * 1000) if milliseconds is None else milliseconds
    random = secrets.randbits(74)
    value = (stamp & (1 << 48) - 1) << 80 | 7 << 76 | (random >> 62) << 64 | 2 << 62 | random & (1 << 62) - 1
    return str(uuid.UUID(int=value))
