"""`katalog import` and `katalog export`."""

import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.cli.common import ConfigOption, Store, actor, opened, run
from katalog.cli.output import STANDARD, say, written
from katalog.cli.progress import progress
from katalog.domain.columns import OF_FIELD
from katalog.domain.difference import Action, Difference
from katalog.domain.row import Rejection
from katalog.outputs import csv as outputs_csv
from katalog.sources.csv import CsvSource
from katalog.store import entries, imports, staging
from katalog.store.imports import Counts
from katalog.store.matching import match

_LONGEST_VALUE = 60
_SIGNS = {Action.ADDED: "+", Action.CHANGED: "~", Action.REMOVED: "-"}


def register(app: typer.Typer) -> None:
    app.command("import")(import_)
    app.command("export")(export)


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file; - is standard input.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and write nothing.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove those who are no longer in the file.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Prune even more than a fifth of all entries.")] = False,
    config: ConfigOption = None,
) -> None:
    """Import people from a CSV file: every good row, in one step.

    The first line names the columns, in Swedish or English and in any order: extension and name, and of id,
    email, mobile, keywords, kind, title, department, location, numbers, devices and hidden those that there are.
    A column that is not there leaves the field alone, an empty cell clears it. Rows that cannot be taken are
    listed, and make the exit status 1.
    """

    async def work() -> Counts:
        async with AsyncExitStack() as stack:
            source = stack.enter_context(CsvSource(file))
            for warning in source.warnings:
                print(f"{source.name}: {warning.en}", file=sys.stderr)
            store = await stack.enter_async_context(opened(config))
            with progress("reading", source.size) as reached:
                session = await stack.enter_async_context(
                    staging.staged(store.database, source.rows(), progress=lambda: reached(source.position))
                )
            if dry_run:
                return await _preview(session, store, source.name, prune=prune, force=force)
            with progress("writing"):
                async with store.database.write(
                    store.organisation.id, actor(f"import {file}"), session=session
                ) as change:
                    counts = await imports.apply(change, source=source.name, prune=prune, force=force)
            await _list_rejections(session, source.name)
            say(_summary(counts))
            return counts

    if run(work()).rejected:
        raise typer.Exit(1)


async def _preview(session: AsyncConnection, store: Store, name: str, *, prune: bool, force: bool) -> Counts:
    """Person by person what an import would do; only its own temporary tables are written."""
    organisation = store.organisation.id
    async with session.begin():
        await match(session, organisation)
        await _list_rejections(session, name)
        async for differences in imports.preview(session, organisation, prune=prune):
            for difference in differences:
                say(_shown(difference))
        counts = await imports.count(session, organisation, prune=prune)
        say(_summary(counts))
        if not force:
            await imports.refuse_many(session, organisation, counts.removed)
    return counts


async def _list_rejections(session: AsyncConnection, name: str) -> None:
    async for rejection in staging.rejections(session):
        say(_sentence(name, rejection))


def _sentence(name: str, rejection: Rejection) -> str:
    where = f"{name}:{rejection.line}: "
    if rejection.column:
        where += f"column {rejection.column!r}: "
    if rejection.column or rejection.value:
        shown = rejection.value[:_LONGEST_VALUE]
        where += repr(shown) + ("…" if shown != rejection.value else "") + ": "
    return where + rejection.en


def _shown(difference: Difference) -> str:
    # A name may have line breaks; a line is one person.
    shown = f"{_SIGNS[difference.action]} {difference.extension} {' '.join(difference.name.split())}"
    if difference.action is not Action.CHANGED:
        return shown
    changes = []
    for field, (before, after) in difference.fields.items():
        column = OF_FIELD[field]
        changes.append(f"{column.name} {column.render(before)!r} → {column.render(after)!r}")
    return f"{shown}: {', '.join(changes)}"


def _summary(counts: Counts) -> str:
    return "  ".join(f"{name} {getattr(counts, name)}" for name in Counts.__struct_fields__)


def export(
    file: Annotated[Path, typer.Argument(metavar="[FILE|-]", help="Standard output if not given, or -.")] = STANDARD,
    config: ConfigOption = None,
) -> None:
    """Export all people as CSV (UTF-8, parted by semicolons), of which an import changes nothing.

    A file opens rightly in a Swedish Excel; but Excel drops the + and the first zeros of numbers unless their
    columns are imported as text (Data, From Text/CSV).
    """

    async def work() -> None:
        count = 0
        async with opened(config) as store, store.database.read() as connection:
            with written(file) as write, progress("writing") as reached:
                write(outputs_csv.header())
                async for chunk in entries.stream(connection, store.organisation.id):
                    write(outputs_csv.rows(chunk))
                    reached(count := count + len(chunk))
        if file != STANDARD:
            say(f"{file}: {count} entries")

    run(work())
