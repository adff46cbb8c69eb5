"""`katalog watch`: the directory live in the terminal."""

import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from katalog import settings_file
from katalog.cli.common import ConfigOption, fail, run
from katalog.domain.call import Call, Direction
from katalog.domain.profile import NO_END, Profile

if TYPE_CHECKING:
    from katalog.cli.listener import Heard

_ARROWS = {Direction.IN: "←", Direction.OUT: "→", Direction.UNKNOWN: "↔"}


def register(app: typer.Typer) -> None:
    app.command("watch")(watch_command)


def watch_command(
    token: Annotated[
        str, typer.Option(envvar="KATALOG_TOKEN", metavar="TOKEN", help="Of `katalog token add`; read-only is enough.")
    ] = "",
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Where the server is; else by the settings.")
    ] = None,
    extension: Annotated[str, typer.Option(metavar="NUMBER", help="Only whose number this is.")] = "",
    department: Annotated[str, typer.Option(metavar="NAME", help="Only this department.")] = "",
    keyword: Annotated[str, typer.Option(metavar="WORD", help="Only those with this keyword.")] = "",
    config: ConfigOption = None,
) -> None:
    """Watch the directory live; not on a terminal, a line for each change, parted by tabs."""
    if not token:
        fail("a token is needed: katalog token add LOGIN --name watch --read-only, then --token or KATALOG_TOKEN")
    query = {"extension": extension, "department": department, "keyword": keyword}
    run(_watch(url, token, query, config))


async def _watch(url: str | None, token: str, query: dict[str, str], config: Path | None) -> None:
    from katalog.cli.listener import Listener  # slow to import, and of use here alone

    listener = Listener(url or settings_file.load(config).server.url, token, query)
    if sys.stdout.isatty():
        from katalog.cli.wallboard import show

        await show(listener)
    else:
        async for event in listener.events():
            for line in lines(event):
                print(line, flush=True)


class Row(msgspec.Struct):
    """What is shown of an entry; the rest of it is passed over."""

    id: str
    extension: str
    name: str
    profile: Profile | None
    calls: list[Call]

    @property
    def key(self) -> tuple[str, str, str]:
        return self.extension, self.name, self.id


class Snapshot(msgspec.Struct):
    entries: list[Row]


class Gone(msgspec.Struct):
    id: str
    extension: str


def lines(event: "Heard") -> Iterable[str]:
    """Time, kind, extension, name, profile, until, message, calls; the last five of an entry only."""
    now = f"{datetime.now().astimezone():%H:%M:%S}"
    match event.kind:
        case "snapshot":
            rows = msgspec.json.decode(event.data, type=Snapshot).entries
            yield from ("\t".join((now, "snapshot", *_fields(row))) for row in rows)
        case "entry":
            yield "\t".join((now, "entry", *_fields(msgspec.json.decode(event.data, type=Row))))
        case "removed":
            yield "\t".join((now, "removed", msgspec.json.decode(event.data, type=Gone).extension))
        case "lost":
            print(f"katalog: {event.data.decode()}; trying again …", file=sys.stderr)


def _fields(row: Row) -> list[str]:
    profile = row.profile
    said = ["", "", ""]
    if profile is not None:
        said = [profile.name, until(profile), " ".join((profile.message or "").split())]
    return [row.extension, row.name, *said, ", ".join(call_words(call) for call in row.calls)]


def until(profile: Profile) -> str:
    return "" if profile.until == NO_END else profile.until


def call_words(call: Call) -> str:
    return f"{_ARROWS[call.direction]} {call.callerid or '?'} {call.linestatus}"
