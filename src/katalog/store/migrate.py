"""Brings a database up to date, under a lock, in one transaction: it is either the old one or the new."""

import os
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from katalog.errors import StoreError
from katalog.store.database import Database

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6B6174616C6F67  # "katalog": any number that nobody else takes


def revisions() -> list[str]:
    """Every revision of the schema that this program knows, the newest last: the numbers of its files."""
    return sorted(file.name.partition("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    """The newest of them."""
    return revisions()[-1]


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    current = _current(connection)
    if current == head():
        return
    if current is not None and current not in revisions():
        raise StoreError(
            f"the database was written by a newer katalog (schema {current}, this one knows {head()}); "
            "install that version, or restore a backup made with this one"
        )
    # Slow to import, and every command asks whether there is something to do.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


async def upgrade(database: Database) -> None:
    """Raises StoreError if the database cannot be reached, written, or is newer than this program."""
    if database.path is not None and not database.path.parent.is_dir():
        raise StoreError(f"{database.path}: there is no such folder {database.path.parent}; make it first")
    try:
        if database.path is not None:
            # It holds hashes of passwords: for the owner's eyes only, from the first byte on.
            os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
        async with database.engine.connect() as connection:
            await connection.execution_options(katalog_write=True)
            async with connection.begin():
                await connection.run_sync(_upgrade)
    except StoreError:
        raise
    except Exception as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"the database {database.name} cannot be opened: {cause}") from error
