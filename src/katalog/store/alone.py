"""What only one of the servers that share a database may do, for as long as it lives: a duty.

It goes with a lock that ends with the process that holds it: in SQLite on a file beside the database (flock), in
PostgreSQL an advisory lock of a session.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from katalog.errors import StoreError
from katalog.store.database import Database, whole

PERIOD = 0.5
"""Seconds between two tries to get it."""

AFTER_FAULT = 1.0
"""Seconds until it is tried again."""

Held = Callable[[], Awaitable[None]]
"""Raises StoreError if the lock is held no more."""

log = structlog.get_logger()


class Duty:
    """One server does it, under a lock of this `name`. That the database is away is logged once, as `<noun>.away`."""

    def __init__(self, database: Database, name: str, noun: str) -> None:
        self._database = database
        self._name = name
        self._fault, self._away = f"{noun}.fault", f"{noun}.away"
        self._held: Held = _is_held
        self._is_away = False

    async def run(self, do: Callable[[], Awaitable[None]], ended: Callable[[], None]) -> None:
        """For ever: waits for its turn, and does it; `ended` is called when it does so no more."""
        while True:
            try:
                async with alone(self._database, self._name) as self._held:
                    await do()
            except StoreError as error:
                self.away(error)
            except Exception:
                # A fault of ours here must not take the directory of people with it.
                log.exception(self._fault)
            finally:
                ended()
            if (task := asyncio.current_task()) is not None and task.cancelling():
                # What went wrong did so at the end of the server, which must not go on for it.
                raise asyncio.CancelledError
            await asyncio.sleep(AFTER_FAULT)

    async def commit(self, write: Callable[[], Coroutine[None, None, None]]) -> None:
        """To its end, and again and again if the database cannot be used: what has happened is known here only.

        Raises StoreError as `check`.
        """
        while True:
            try:
                await whole(write())
            except StoreError as error:
                self.away(error)
                await asyncio.sleep(AFTER_FAULT)
                await self.check()
            else:
                self.back()
                return

    async def check(self) -> None:
        """Raises StoreError if it is another server's duty by now."""
        await self._held()

    def away(self, error: StoreError) -> None:
        if not self._is_away:
            log.warning(self._away, reason=str(error))
        self._is_away = True

    def back(self) -> None:
        self._is_away = False


@asynccontextmanager
async def alone(database: Database, name: str) -> AsyncIterator[Held]:
    """Waits until nobody else does what `name` says. Raises StoreError if the database is away."""
    async with _by_file(database, name) if database.is_sqlite else _by_session(database, name) as held:
        yield held


@asynccontextmanager
async def _by_file(database: Database, name: str) -> AsyncIterator[Held]:
    try:
        descriptor = os.open(f"{database.path}-{name}", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StoreError(f"{database.path}-{name}: cannot be opened: {error.strerror}") from None
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            await asyncio.sleep(PERIOD)
        yield _is_held
    finally:
        os.close(descriptor)


async def _is_held() -> None:
    """Nothing takes the lock of a file away."""


@asynccontextmanager
async def _by_session(database: Database, name: str) -> AsyncIterator[Held]:
    key = {"name": f"katalog {name}"}
    try:
        async with database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            question = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
            while True:
                if (await connection.execute(question, key)).scalar():
                    break
                await asyncio.sleep(PERIOD)

            turn = asyncio.Lock()

            async def held() -> None:
                try:
                    async with turn:
                        await connection.execute(text("SELECT 1"))
                except (OSError, DBAPIError) as error:
                    raise StoreError("the database's connection that held a lock is lost") from error

            try:
                yield held
            finally:
                # The connection goes back to others, or is broken and its lock gone with it.
                with suppress(OSError, DBAPIError):
                    await connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))"), key)
    except (OSError, OperationalError) as error:
        raise StoreError(f"the database cannot be used: {error}") from error
