"""What only one of the servers that share a database may do: a lock that ends with the process that holds it.

In SQLite it is a lock on a file beside the database (flock), in PostgreSQL an advisory lock of a session.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from katalog.errors import StoreError
from katalog.store.database import Database

PERIOD = 0.5
"""Seconds between two tries to get it."""

Held = Callable[[], Awaitable[None]]
"""Raises StoreError if the lock is held no more."""


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

            async def held() -> None:
                try:
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
