"""Has the telephones show what the directory shows: after every change, and when a profile begins or ends by itself.

What is told here is told besides: no reader of the directory depends on it.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress

import structlog

from katalog.connectors.base import Telephones
from katalog.live.directory import Directory

LONGEST_WAIT = 30.0
"""Seconds; so late at most is seen that somebody has set the clock."""

AFTER_FAULT = 1.0
"""Seconds."""

CHUNK = 200
"""So many are worked out at a time, then others have their turn."""


log = structlog.get_logger()


class Indications:
    """`telephones` by the name of their telephone system; `clock` is the directory's."""

    def __init__(self, directory: Directory, telephones: Mapping[str, Telephones], clock: Callable[[], float]) -> None:
        self._directory = directory
        self._telephones = telephones
        self._clock = clock
        self._touched: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._lines: dict[str, set[tuple[str, str]]] = {}
        directory.watch(self._heard)
        self._heard(directory.ids)

    def _heard(self, ids: Iterable[str]) -> None:
        self._touched.update(dict.fromkeys(ids))
        self._wake.set()

    async def begin(self) -> None:
        """All of them, before a telephone system is connected: what it has of old is compared with this."""
        self._directory.advance()
        await self._indicate()

    async def run(self) -> None:
        """For ever, after `begin`."""
        while True:
            left = self._directory.presences.next_change - self._clock()
            # Not wait_for: Python 3.11's may take a cancellation for its own.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(max(0.0, left), LONGEST_WAIT)):
                    await self._wake.wait()
            self._wake.clear()
            self._directory.advance()
            try:
                await self._indicate()
            except Exception:
                # A fault of ours, or of somebody's connector, must not take the directory of people with it.
                log.exception("indications.fault")
                await asyncio.sleep(AFTER_FAULT)

    async def _indicate(self) -> None:
        while self._touched:
            # From the end: to take many from the beginning of a dictionary takes longer the more there are.
            ids = [self._touched.popitem()[0] for _ in range(min(CHUNK, len(self._touched)))]
            lines: set[tuple[str, str]] = set()
            for id_ in ids:
                now = set(self._directory.lines(id_))
                # A number that is no longer somebody's shows nothing of them.
                lines |= now | self._lines.pop(id_, set())
                if now:
                    self._lines[id_] = now
            for name, telephones in self._telephones.items():
                telephones.indicate(self._directory.indication(pbx, number) for pbx, number in lines if pbx == name)
            await asyncio.sleep(0)
