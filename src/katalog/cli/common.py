"""What every command needs: the settings, the database brought up to date, errors as one line."""

import asyncio
import getpass
import os
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec
import typer

from katalog import logs, settings_file
from katalog.errors import KatalogError
from katalog.settings import Settings
from katalog.store import organisations
from katalog.store.database import Actor, Database
from katalog.store.migrate import upgrade
from katalog.store.organisations import OrganisationRow

T = TypeVar("T")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="PATH", help="The settings file; ./katalog.toml if there is one."),
]


class Store(msgspec.Struct, frozen=True):
    """The database of the settings, up to date, and the organisation in it that is the settings' own."""

    settings: Settings
    database: Database
    organisation: OrganisationRow


@asynccontextmanager
async def opened(config: Path | None) -> AsyncIterator[Store]:
    """Raises SettingsError or StoreError."""
    loaded = settings_file.load(config)
    async with Database(loaded.database.url) as database:
        await upgrade(database)
        yield Store(loaded, database, await organisations.default(database, loaded.organisation.name))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Runs a command; what goes wrong on purpose is told in a line on standard error, with exit status 1."""
    logs.configure()
    try:
        return asyncio.run(work)
    except KatalogError as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def fail(text: str) -> NoReturn:
    print(f"katalog: {text}", file=sys.stderr)
    raise typer.Exit(1)


def actor(command: str) -> Actor:
    """Whoever runs the command, for the audit trail."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return Actor(name, f"katalog {command}")


def read_password(prompt: str) -> str:
    """Asked for twice on a terminal, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass(f"{prompt}: ")
    if getpass.getpass("Again: ") != password:
        fail("the two passwords differ; nothing was changed")
    return password
