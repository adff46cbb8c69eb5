"""`katalog backup` and `katalog restore`."""

from pathlib import Path
from typing import Annotated

import typer

from katalog.cli.common import ConfigOption, opened, run
from katalog.store import backup as store_backup

FileArgument = Annotated[Path, typer.Argument(metavar="FILE")]


def register(app: typer.Typer) -> None:
    app.command("backup")(backup)
    app.command("restore")(restore)


def backup(file: FileArgument, config: ConfigOption = None) -> None:
    """Write a consistent copy of everything to FILE, while the server runs."""

    async def work() -> None:
        async with opened(config) as store:
            rows = await store_backup.backup(store.database, file)
        print(f"{file}: {rows} rows, {file.stat().st_size} bytes")

    run(work())


def restore(file: FileArgument, config: ConfigOption = None) -> None:
    """Replace everything by the backup FILE, in one step."""

    async def work() -> None:
        async with opened(config) as store:
            rows = await store_backup.restore(store.database, file)
        print(f"{rows} rows restored from {file}; restart the server if it runs")

    run(work())
