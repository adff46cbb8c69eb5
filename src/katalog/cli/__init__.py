"""The commands. Each is thin: it reads its arguments, calls the part that does the work, and prints."""

from importlib.metadata import version
from typing import Annotated

import typer

from katalog.cli import account, backup, calls, check, compat, people, profile, serve, token, watch

app = typer.Typer(
    name="katalog",
    help="The live contact directory for a company's telephone system.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _say_version(wanted: bool) -> None:
    if wanted:
        print(f"katalog {version('katalog')}")
        raise typer.Exit


@app.callback()
def main(
    show: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which version this is.")
    ] = False,
) -> None:
    """The live contact directory for a company's telephone system."""


for part in (serve, watch, check, compat, people, profile, calls, account, token, backup):
    part.register(app)
