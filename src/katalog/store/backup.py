"""Backups: the whole database as one SQLite file, whichever database it comes from or goes to."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.identifier import new_id
from katalog.errors import StoreError
from katalog.store import tables
from katalog.store.database import Database
from katalog.store.migrate import upgrade

_CHUNK = 2000
_KEPT = [table for table in tables.metadata.sorted_tables if table not in tables.PASSING]
_MAGIC = b"SQLite format 3\0"


async def backup(database: Database, file: Path) -> int:
    """Writes a consistent copy while servers run; gives the number of rows. `file` is whole or untouched."""
    if not file.parent.is_dir():
        raise StoreError(f"{file}: there is no such folder {file.parent}")
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
        copy = Path(folder) / "backup.db"
        # It holds hashes of passwords: for the owner's eyes only, from the first byte on.
        os.close(os.open(copy, os.O_CREAT | os.O_WRONLY, 0o600))
        async with Database(f"sqlite:///{copy}") as target:
            await upgrade(target)
            async with database.read() as source, target.engine.begin() as into:
                rows = await _copy(source, into)
            async with target.engine.connect() as connection:
                # One file, not a file and its log.
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        copy.replace(file)
    return rows


async def restore(database: Database, file: Path) -> int:
    """Puts a backup in the place of everything there is, in one transaction; gives the number of rows."""
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(_MAGIC))
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror}") from None
    if magic != _MAGIC:
        raise StoreError(f"{file}: is no backup made by `katalog backup`")
    with tempfile.TemporaryDirectory(prefix="katalog-restore-") as folder:
        copy = Path(folder) / "backup.db"
        shutil.copyfile(file, copy)
        async with Database(f"sqlite:///{copy}") as source:
            # An older backup is brought to today's tables; the backup itself is left as it is.
            await upgrade(source)
            async with source.read() as connection:
                if not (await connection.execute(select(tables.organisation.c.id))).first():
                    raise StoreError(f"{file}: holds no organisation; is it a backup made by `katalog backup`?")
                return await _put(connection, database)


async def _put(source: AsyncConnection, database: Database) -> int:
    async with database.engine.connect() as into:
        await into.execution_options(katalog_write=True)
        async with into.begin():
            before = (await into.execute(select(tables.organisation.c.revision))).scalars().all()
            for table in reversed(_KEPT):
                await into.execute(delete(table))
            rows = await _copy(source, into)
            # A running server must see that nothing it remembers counts, whatever the revisions were.
            organisation = tables.organisation
            after = (await into.execute(select(organisation.c.revision))).scalars().all()
            revision = max([*before, *after]) + 1
            await into.execute(update(organisation).values(revision=revision, generation=new_id()))
    return rows


async def _copy(source: AsyncConnection, into: AsyncConnection) -> int:
    count = 0
    for table in _KEPT:
        result = await source.stream(select(table).execution_options(yield_per=_CHUNK))
        async for rows in result.mappings().partitions(_CHUNK):
            values: list[dict[str, Any]] = [dict(row) for row in rows]
            await into.execute(insert(table), values)
            count += len(values)
    return count
