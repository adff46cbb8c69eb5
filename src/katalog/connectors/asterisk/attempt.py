"""A call that is being placed: the telephones that are rung for it, and what is known of it so far."""

import asyncio
import secrets

from katalog.connectors.asterisk.channel import PLACED
from katalog.domain.placing import Placing


class Leg:
    """One telephone that is rung for an attempt."""

    __slots__ = ("attempt", "channel")

    def __init__(self, attempt: "Attempt", channel: str) -> None:
        self.attempt = attempt
        self.channel = channel
        attempt.open.add(self)


class Attempt:
    """`open` are the legs that ring, or may still.

    `taken` is done when Asterisk has a channel of it, or has said why it has none; `is_queued` says that it has
    answered at all. With `waits`, whoever answers first is the `winner`, and is sent on to the number by us.
    """

    def __init__(self, placing: Placing) -> None:
        self.placing = placing
        self.id = f"{PLACED}{secrets.token_hex(12)}"
        self.waits = bool(placing.mobile) or len(placing.devices) > 1
        self.taken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.open: set[Leg] = set()
        self.winner: Leg | None = None
        self.is_queued = False

    def take(self) -> None:
        if not self.taken.done():
            self.taken.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.taken.done():
            self.taken.set_exception(error)
            # Whoever waited for it may be gone.
            self.taken.exception()
