"""`katalog calls`: the call log, from the terminal."""

import sys
from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from katalog.api.call_filter import wanted_of
from katalog.api.call_views import CallRecordView, Views, row_of
from katalog.cli.common import ConfigOption, opened, run
from katalog.cli.output import STANDARD, say, written
from katalog.cli.picture import found_in, picture
from katalog.cli.progress import progress
from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Outcome
from katalog.outputs import call_csv
from katalog.store import call_records

NEWEST = 50
"""So many are shown, if nobody says otherwise."""

_ARROWS = {Direction.IN: "←", Direction.OUT: "→"}
_WORDS = {Outcome.ELSEWHERE: "answered elsewhere", Outcome.UNANSWERED: "not answered"}
_STYLES = {Outcome.ANSWERED: "green", Outcome.MISSED: "red", Outcome.DECLINED: "red"}


class Way(StrEnum):
    """The directions that a record may have."""

    IN = "in"
    OUT = "out"


def register(app: typer.Typer) -> None:
    app.command("calls")(calls)


def calls(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE|-]", help="Of --csv; standard output if not given, or -.")
    ] = None,
    from_: Annotated[str, typer.Option("--from", metavar="DAY", help="From this day or moment on.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="Until this day is over, or before a moment.")] = "",
    extension: Annotated[str, typer.Option(metavar="NUMBER", help="Only whose number or id this is.")] = "",
    direction: Annotated[Way | None, typer.Option(help="Only what came in, or went out.")] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="Only what ended so.")] = None,
    number: Annotated[str, typer.Option(metavar="NUMBER", help="Only with this other party, in any notation.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help=f"The newest N: {NEWEST} if not given, with --csv all.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Write all that is found as CSV, to FILE.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show calls that are over, the newest first; not on a terminal, a line for each, parted by tabs.

    CSV has the columns of /api/call-records, UTF-8, parted by semicolons; cells that a spreadsheet would take for a
    formula are masked by an apostrophe.
    """
    if file is not None and not csv:
        raise typer.BadParameter("is for --csv alone", param_hint="FILE")
    given = {"from": from_, "to": to, "direction": direction or "", "outcome": outcome or "", "number": number}

    async def work() -> None:
        async with opened(config) as store:
            organisation = store.settings.organisation
            zone, country = ZoneInfo(organisation.timezone), organisation.country
            directory, _ = await picture(store)
            entry = found_in(directory, extension).id if extension.strip() else None
            wanted = wanted_of(given, entry, zone, country)
            views = Views(directory, zone, country, sees_hidden=True)
            most = limit if csv else limit or NEWEST
            found = call_records.every(store.database, store.organisation.id, wanted, limit=most)
            if csv:
                await _export(found, views, STANDARD if file is None else file)
            elif sys.stdout.isatty():
                Console().print(_table([view async for some in found for view in views.of(some)]))
            else:
                async for some in found:
                    for view in views.of(some):
                        say("\t".join(_cells(view)))

    run(work())


async def _export(found: AsyncIterator[list[CallRecord]], views: Views, file: Path) -> None:
    count = 0
    with written(file) as write, progress("writing") as reached:
        write(call_csv.header())
        async for some in found:
            write(call_csv.rows(map(row_of, views.of(some))))
            reached(count := count + len(some))
    if file != STANDARD:
        say(f"{file}: {count} calls")


def _table(views: list[CallRecordView]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="dim")
    # Numbers and times are shown whole; names and outcomes take lines of what is left.
    for name in ("When", "Number", "Whose", "", "Other", "Name", "Outcome", "Lasted"):
        whole = name not in ("Whose", "Name", "Outcome")
        justify: JustifyMethod = "right" if name == "Lasted" else "left"
        table.add_column(name, no_wrap=whole, justify=justify, min_width=len("answered") if name == "Outcome" else None)
    for view in views:
        when, extension, name, arrow, number, party, outcome, duration = _cells(view)
        table.add_row(
            Text(when[: len("2026-01-31 12:00")], "dim"), Text(extension), Text(name, "bold"), Text(arrow),
            Text(number), Text(party, "bold"), Text(outcome, _STYLES.get(view.outcome, "")), Text(duration),
        )  # fmt: skip
    return table


def _cells(view: CallRecordView) -> tuple[str, ...]:
    party = "" if view.party is None else view.party.name
    when = f"{datetime.fromisoformat(view.began):%Y-%m-%d %H:%M:%S}"
    cells = (
        when, view.entry.extension, view.entry.name, _ARROWS.get(view.direction, "↔"), view.number, party,
        _outcome(view), _duration(view),
    )  # fmt: skip
    return tuple(map(_plain, cells))


def _outcome(view: CallRecordView) -> str:
    words = _WORDS.get(view.outcome, str(view.outcome))
    by = f" by {view.by}" if view.by else ""
    sent = f", sent on to {view.forward}" if view.forward else ""
    return f"{words}{by}{sent}"


def _duration(view: CallRecordView) -> str:
    """`1:02:03`, `2:03`; nothing of a call that was not answered."""
    if view.answered is None:
        return ""
    minutes, seconds = divmod(view.duration, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _plain(cell: str) -> str:
    """On one line, and no sign of it moves a terminal: a caller has a say in what the number is."""
    return "".join(sign if sign.isprintable() else "?" for sign in " ".join(cell.split()))
