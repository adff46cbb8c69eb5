"""`katalog profile …`: who can be reached, from the terminal."""

import sys
import time
from typing import Annotated, Any

import typer

from katalog.api.profile import read_hand
from katalog.cli.common import ConfigOption, actor, opened, run
from katalog.cli.picture import found_in, picture
from katalog.domain.entry import Kind
from katalog.domain.presence import Hand, Source
from katalog.domain.profile import NO_END, Profile
from katalog.errors import Conflict
from katalog.live.directory import Directory
from katalog.store import hands

profile_app = typer.Typer(help="Who can be reached, and until when not.", no_args_is_help=True)

EntryArgument = Annotated[str, typer.Argument(metavar="EXTENSION|ID")]


def register(app: typer.Typer) -> None:
    app.add_typer(profile_app, name="profile")


@profile_app.command("set")
def set_(
    entry: EntryArgument,
    name: Annotated[str, typer.Argument(metavar="NAME", help="As the catalogue has it, such as Semester.")],
    until: Annotated[
        str | None,
        typer.Option(
            metavar="WHEN",
            help="A local time, a date (its end), a duration such as PT45M, or none; else what the catalogue proposes.",
        ),
    ] = None,
    message: Annotated[str | None, typer.Option(metavar="TEXT", help="What callers are told.")] = None,
    config: ConfigOption = None,
) -> None:
    """Set somebody's profile by hand; a running server shows it within a second."""
    given: dict[str, Any] = {"name": name, "message": message}
    if until is not None:
        given["until"] = None if until.strip().lower() in ("none", "null") else until
    _change(entry, given, config)


@profile_app.command("clear")
def clear(entry: EntryArgument, config: ConfigOption = None) -> None:
    """Take back what was set by hand; what is planned holds again."""
    _change(entry, None, config)


def _change(text: str, given: dict[str, Any] | None, config: Any) -> None:
    async def work() -> None:
        async with opened(config) as store:
            organisation = store.organisation.id
            command = "profile set" if given else "profile clear"
            async with store.database.write(organisation, actor(command)) as change:
                directory, _ = await picture(store)
                entry = found_in(directory, text)
                if entry.kind is not Kind.PERSON:
                    raise Conflict(
                        f"{entry.name}: har ingen profil", f"{entry.name}: a room or function has no profile"
                    )
                calendar, catalogue = store.settings.organisation.calendar, directory.presences.catalogue
                now = time.time()
                hand = read_hand(given, entry.id, catalogue, now, calendar) if given else Hand(entry.id, "", now)
                await hands.put(change, hand, catalogue, calendar)
            directory, _ = await picture(store)
            print(f"{entry.extension} {entry.name}: {_sentence(directory.profile(entry))}")

    run(work())


@profile_app.command("list")
def list_(
    everyone: Annotated[bool, typer.Option("--all", help="Those too who show the default profile.")] = False,
    config: ConfigOption = None,
) -> None:
    """List who shows another profile than the default one: extension, name, profile, until, from where, message."""

    async def work() -> None:
        async with opened(config) as store:
            directory, _ = await picture(store)
        for row in _rows(directory, everyone=everyone):
            print("\t".join(row))
        catalogue = directory.presences.catalogue
        names = ", ".join(choice.name(catalogue.language) for choice in catalogue.choices)
        print(f"can be set: {names}", file=sys.stderr)

    run(work())


def _rows(directory: Directory, *, everyone: bool) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for entry in directory.entries(hidden=True):
        profile, source = directory.profile(entry), directory.presences.state(entry.id).source
        if profile is not None and (everyone or source is not Source.DEFAULT):
            until = "" if profile.until == NO_END else profile.until
            message = " ".join((profile.message or "").split())
            rows.append((entry.extension, entry.name, profile.name, until, str(source), message))
    return rows


def _sentence(profile: Profile | None) -> str:
    if profile is None:
        return "no profile"
    until = "" if profile.until == NO_END else f" until {profile.until}"
    return f"{profile.name}{until}" + (f", “{profile.message}”" if profile.message else "")
