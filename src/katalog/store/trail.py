"""Lines of the audit trail about what is not kept: they are written just after it was done, or when that is possible.

A call is no row of a database, and whoever is told that it was placed must not wait for a disk, nor hear that the
database is away.
"""

import asyncio
import time
from collections import deque
from typing import Any

import msgspec
import structlog

from katalog.errors import StoreError
from katalog.store import audit
from katalog.store.database import Actor, Database, whole

KEPT = 10_000
"""So many lines wait at most for a database that is away; then the oldest are lost."""

AGAIN = 1.0
"""Seconds until it is tried again."""

log = structlog.get_logger()


class Line(msgspec.Struct, frozen=True):
    at: float
    organisation: str
    actor: Actor
    action: str
    subject: str
    details: dict[str, Any]


class Trail:
    """`run` writes what is noted. What is read of the audit trail is read after `written`."""

    def __init__(self, database: Database, *, again: float = AGAIN) -> None:
        self._database = database
        self._again = again
        self._lines: deque[Line] = deque()
        self._more = asyncio.Event()
        self._is_written = asyncio.Event()
        self._is_written.set()
        self._is_away = False
        self._turn = asyncio.Lock()

    def note(self, organisation: str, actor: Actor, action: str, subject: str, details: dict[str, Any]) -> None:
        self._lines.append(Line(time.time(), organisation, actor, action, subject, details))
        if len(self._lines) > KEPT:
            self._lines.popleft()
        self._is_written.clear()
        self._more.set()

    async def written(self, limit: float = 1.0) -> None:
        """Waits until all is written that has been noted; not for ever, as the database may be away."""
        if not self._is_away:
            try:
                async with asyncio.timeout(limit):
                    await self._is_written.wait()
            except TimeoutError:
                return

    async def run(self) -> None:
        """For ever."""
        while True:
            await self._more.wait()
            self._more.clear()
            await whole(self.write())
            if self._lines:
                await asyncio.sleep(self._again)
                self._more.set()

    async def write(self) -> None:
        """All that waits, as far as it can be written."""
        async with self._turn:
            while self._lines:
                line = self._lines[0]
                try:
                    async with self._database.write(line.organisation, line.actor) as change:
                        await audit.record(change, line.action, line.subject, line.details, at=line.at)
                except StoreError as error:
                    if not self._is_away:
                        self._is_away = True
                        log.warning("dial.unwritten", reason=str(error))
                    return
                if self._lines and self._lines[0] is line:
                    self._lines.popleft()
            self._is_away = False
            self._is_written.set()
