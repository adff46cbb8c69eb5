"""The database: one engine, reading and writing transactions, and the order of changes.

SQLite runs in WAL mode, so readers never wait and a running server and the commands share one file. Every
write takes the organisation's next revision first: that row's lock makes writers take turns on both, so
revisions become visible in their order and nobody who asks "what is new since n" can miss one.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Self

import msgspec
from sqlalchemy import event, make_url, update
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from katalog.errors import StoreError
from katalog.store import tables

BUSY_SECONDS = 30.0
"""How long a writer waits for another; a large import takes a few seconds."""


class Actor(msgspec.Struct, frozen=True):
    """Who changes something, and from where, for the audit trail."""

    name: str
    origin: str


class Change:
    """One writing transaction: its connection, and the revision that everything in it gets."""

    def __init__(self, connection: AsyncConnection, organisation: str, revision: int, actor: Actor) -> None:
        self.connection = connection
        self.organisation = organisation
        self.revision = revision
        self.actor = actor


async def whole(writing: Coroutine[None, None, None]) -> None:
    """To its end, also if whoever waits is cancelled: a transaction that is broken off keeps its lock on SQLite."""
    task = asyncio.ensure_future(writing)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


class Database:
    """The store's only way to the outside. `url` as in the settings: `sqlite:///FILE` or `postgresql://…`."""

    def __init__(self, url: str) -> None:
        self.url = _async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)
        # Writers of one process take turns before they take a connection: many that held one each while they
        # waited for the database's lock would leave none for whoever holds it.
        self._turn = asyncio.Lock()

    @property
    def name(self) -> str:
        """The URL as people write it, without the password."""
        return self.url.set(drivername=self.url.get_backend_name()).render_as_string(hide_password=True)

    @property
    def path(self) -> Path | None:
        """The file of an SQLite database."""
        return Path(self.url.database or "") if self.is_sqlite else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection that sees one consistent state from its first question on."""
        async with _explained(), self._connected() as connection:
            if not self.is_sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncConnection]:
        """A connection for several transactions, one after another, that share its temporary tables."""
        async with _explained(), self._connected() as connection:
            yield connection

    @asynccontextmanager
    async def write(
        self, organisation: str, actor: Actor, *, session: AsyncConnection | None = None
    ) -> AsyncIterator[Change]:
        """A transaction that is committed when the block ends, or leaves nothing at all if it raises."""
        async with self._turn, nullcontext(session) if session else self.session() as connection:
            await connection.execution_options(katalog_write=True)
            try:
                async with _explained(), connection.begin():
                    revision = await next_revision(connection, organisation)
                    yield Change(connection, organisation, revision, actor)
            finally:
                await connection.execution_options(katalog_write=False)

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[AsyncConnection]:
        """A writing transaction without a revision: for what no reader of the directory sees."""
        async with self._turn, _explained(), self._connected() as connection:
            await connection.execution_options(katalog_write=True)
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """Who is cancelled while a connection is made would lose it, open; so it is made first, and closed."""
        making = asyncio.ensure_future(self._connect())
        try:
            connection = await asyncio.shield(making)
        except asyncio.CancelledError:
            with suppress(Exception):
                await (await making).close()
            raise
        try:
            yield connection
        finally:
            await asyncio.shield(asyncio.ensure_future(connection.close()))

    async def _connect(self) -> AsyncConnection:
        return await self.engine.connect()

    async def close(self) -> None:
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def next_revision(connection: AsyncConnection, organisation: str) -> int:
    table = tables.organisation
    statement = (
        update(table)
        .where(table.c.id == organisation)
        .values(revision=table.c.revision + 1)
        .returning(table.c.revision)
    )
    revision: int = (await connection.execute(statement)).scalar_one()
    return revision


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    try:
        yield
    except (OSError, OperationalError, DBAPIError) as error:
        if isinstance(error, DBAPIError) and not _is_away(error):
            raise
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise StoreError(f"the database cannot be used: {cause}") from error


def _is_away(error: DBAPIError) -> bool:
    """Whether the database is at fault; anything else is a fault of ours, to be seen as such."""
    return isinstance(error, OperationalError) or error.connection_invalidated


def _async_url(url: str) -> URL:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return parsed.set(drivername="sqlite+aiosqlite")
    return parsed.set(drivername="postgresql+asyncpg")


# What people are called and hashes of what they know must not come into the log with a faulty statement.
_PRIVATE = {"hide_parameters": True}


def _postgresql_engine(url: URL) -> AsyncEngine:
    try:
        return create_async_engine(url, pool_pre_ping=True, **_PRIVATE)
    except ModuleNotFoundError as error:
        raise StoreError(f"PostgreSQL needs {error.name}: pip install 'katalog[postgresql]'") from None


def _into_wal(cursor: Any) -> None:
    """Several that open a new file at once may refuse each other this, however long each would wait for a lock."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _sqlite_engine(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS}, **_PRIVATE)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: object) -> None:
        # The driver's own idea of when a transaction begins (before the first write) would let a reader see
        # two states; so it is switched off, and `begin` below says BEGIN.
        connection.isolation_level = None
        cursor = connection.cursor()
        _into_wal(cursor)
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "temp_store = FILE"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("katalog_write", False)
        # A writer asks for the lock at once: one that began as a reader would be refused, not made to wait.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
