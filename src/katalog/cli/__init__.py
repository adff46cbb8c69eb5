"""The commands. Each is thin: it reads its arguments, calls the part that does the work, and prints."""

import typer

from katalog.cli import account, backup, check, people, serve, token

app = typer.Typer(
    name="katalog",
    help="The live contact directory for a company's telephone system.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for part in (serve, check, people, account, token, backup):
    part.register(app)
