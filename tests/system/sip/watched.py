"""Waiting for a state instead of for a time."""

import asyncio
from collections.abc import Callable
from typing import Self

LIMIT = 10.0
"""Seconds until a wait is a failure. Nothing on loopback takes one second; a busy machine may."""


class NeverCame(AssertionError):
    """What was waited for did not come in time; the text says what was there instead."""


class Watched:
    """Something whose state can be waited for: whoever changes it calls `changed()`."""

    def __init__(self) -> None:
        self._watchers: list[asyncio.Event] = []

    def changed(self) -> None:
        for watcher in self._watchers:
            watcher.set()

    async def until(self, condition: Callable[[Self], object], what: str, limit: float = LIMIT) -> Self:
        """Returns at once when it is so already."""
        watcher = asyncio.Event()
        self._watchers.append(watcher)
        try:
            async with asyncio.timeout(limit):
                while not condition(self):
                    watcher.clear()
                    await watcher.wait()
        except TimeoutError:
            raise NeverCame(f"not within {limit:g} s: {what}; it is {self!r}") from None
        finally:
            self._watchers.remove(watcher)
        return self
