"""The same call asked for again within seconds is one call: programs repeat a request, and people a click."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

REPEATED = 10.0
"""Seconds, from when the call was taken."""

Key = tuple[str, str]
"""Whose call it is, and the number as it is dialled."""


class Attempt(msgspec.Struct):
    """`at` is when the call was taken, None before."""

    task: asyncio.Task[None]
    at: float | None = None


class Once:
    """`clock` gives seconds that never go back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._attempts: dict[Key, Attempt] = {}

    def __len__(self) -> int:
        return len(self._attempts)

    async def do(self, key: Key, place: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Has a call placed, or waits for the one that is; false for a repetition. Raises what placing it raises: one
        that came to nothing may be tried again at once.
        """
        self._forget()
        attempt = self._attempts.get(key)
        if attempt is not None:
            await asyncio.shield(attempt.task)
            return False
        task = asyncio.create_task(place(), name="dial")
        self._attempts[key] = Attempt(task)
        task.add_done_callback(lambda task: self._done(key, task))
        # Whoever goes away meanwhile is no reason to leave a call half placed.
        await asyncio.shield(task)
        return True

    async def settled(self, who: str) -> None:
        """Waits until nothing is being placed for somebody."""
        under_way = [attempt.task for key, attempt in self._attempts.items() if key[0] == who]
        await asyncio.gather(*map(asyncio.shield, under_way), return_exceptions=True)

    def forget(self, who: str) -> None:
        """Somebody has hung up: what they dial next they mean."""
        for key in [key for key, attempt in self._attempts.items() if key[0] == who and attempt.at is not None]:
            del self._attempts[key]

    def _done(self, key: Key, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is not None:
            del self._attempts[key]
        else:
            self._attempts[key].at = self._clock()

    def _forget(self) -> None:
        before = self._clock() - REPEATED
        for key in [key for key, attempt in self._attempts.items() if attempt.at is not None and attempt.at <= before]:
            del self._attempts[key]
