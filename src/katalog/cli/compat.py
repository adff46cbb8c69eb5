"""`katalog compat`: does a server hold what programs of the v1 family expect? Ours, or the one that you come from."""

import asyncio
import getpass
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from katalog import settings_file
from katalog.cli.common import ConfigOption, fail
from katalog.errors import KatalogError

if TYPE_CHECKING:
    from katalog.compat.examination import Result

_TOKEN = re.compile(r"[!-~]*")
_DIALLED = re.compile(r"\+?[\d ()*#-]{2,40}")


def register(app: typer.Typer) -> None:
    app.command("compat")(compat)


def compat(
    url: Annotated[str, typer.Argument(metavar="URL", help="Its base, with /api or without.")],
    token: Annotated[str, typer.Option(envvar="KATALOG_TOKEN", metavar="TOKEN", help="To be let in by.")] = "",
    username: Annotated[str, typer.Option(metavar="NAME", help="To be let in by a password, and to log in.")] = "",
    password: Annotated[
        str, typer.Option(metavar="PASSWORD", help="Of NAME; else asked for, or read from standard input.")
    ] = "",
    timeout: Annotated[float, typer.Option(min=0.1, max=600, help="Seconds that an answer may take.")] = 10,
    ca: Annotated[Path | None, typer.Option("--ca", metavar="FILE", help="Trust this certificate, too.")] = None,
    connect: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Ask this address for the URL's name: 192.0.2.1, 192.0.2.1:8443.")
    ] = "",
    query_credentials: Annotated[
        bool, typer.Option("--query-credentials", help="Also put name and password into URLs.")
    ] = False,
    hangup: Annotated[bool, typer.Option("--hangup", help="Also hang up, when you have no call.")] = False,
    dial: Annotated[str, typer.Option(metavar="NUMBER", help="Also call NUMBER: your telephone rings first.")] = "",
    sms: Annotated[str, typer.Option(metavar="NUMBER", help="Also send NUMBER a message, which may cost.")] = "",
    config: ConfigOption = None,
) -> None:
    """Ask a server all of the v1 contract, and print what holds, what does not, and what was not asked.

    Nothing rings, costs or changes unless --hangup, --dial or --sms say so. Exit status 1: something does not hold.
    """
    from katalog.compat.asking import Options
    from katalog.compat.credentials import Credentials
    from katalog.compat.examination import examine, trusting
    from katalog.compat.report import table
    from katalog.compat.target import Target

    if not token and not username:
        raise typer.BadParameter("give --token, or --username, or both", param_hint="--token")
    if not _TOKEN.fullmatch(token):
        raise typer.BadParameter("no token: it has signs that none has", param_hint="--token")
    for name, number in (("--dial", dial), ("--sms", sms)):
        if number and not _DIALLED.fullmatch(number):
            raise typer.BadParameter("no telephone number", param_hint=name)
    try:
        target = Target.of(url, connect)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="URL") from None
    try:
        country = settings_file.load(config).organisation.country
        trust = trusting(ca) if target.is_secure else None
    except KatalogError as error:
        fail(str(error))
    except OSError as error:
        raise typer.BadParameter(f"{ca}: no certificate: {error.strerror or error}", param_hint="--ca") from None
    credentials = Credentials(token, username, _password(username, password))
    options = Options(country, query_credentials, hangup, dial, sms)
    result = asyncio.run(examine(target, credentials, options, trust, seconds=timeout))
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    for line in table(result):
        console.print(line)
    _end(result)


def _password(username: str, given: str) -> str:
    if not username or given:
        return given
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise typer.BadParameter("no password was given for it", param_hint="--username")
    return password


def _end(result: "Result") -> None:
    if result.lost:
        fail(result.lost)
    raise typer.Exit(0 if result.holds else 1)
