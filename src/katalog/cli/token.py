"""`katalog token …`: what programs prove themselves by."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from katalog.api.tokens import parse_expiry, token_fields
from katalog.cli.account import named
from katalog.cli.common import ConfigOption, actor, fail, opened, run
from katalog.domain.moment import iso
from katalog.store import accounts, tables, tokens

token_app = typer.Typer(help="Tokens: what programs prove themselves by.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(token_app, name="token")


@token_app.command("add")
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    expires: Annotated[str | None, typer.Option(metavar="DATE", help="Its last day, or a time.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="It may read, and change nothing.")] = False,
    config: ConfigOption = None,
) -> None:
    """Make a token and print it, once."""

    async def work() -> None:
        async with opened(config) as store:
            zone = ZoneInfo(store.settings.organisation.timezone)
            end = parse_expiry(expires, zone) if expires else None
            label, _, _ = token_fields({"name": name}, zone)
            async with store.database.write(store.organisation.id, actor("token add")) as change:
                account = await named(change, login)
                if account.disabled:
                    fail(f"the account {login!r} is disabled; `katalog account password {login}` enables it")
                _, secret = await tokens.add(change, account, label, expires=end, read_only=read_only)
        print(secret)

    run(work())


@token_app.command("list")
def list_(config: ConfigOption = None) -> None:
    """List the tokens: id, account, name, what it may, made, ends, last used."""

    async def work() -> None:
        async with opened(config) as store, store.database.read() as connection:
            zone = ZoneInfo(store.settings.organisation.timezone)
            logins = {account.id: account.login for account in await accounts.all_of(connection, store.organisation.id)}
            for token in await tokens.all_of(connection, store.organisation.id):
                if token.session:
                    continue
                ends = iso(token.expires, zone) if token.expires is not None else "never ends"
                used = iso(token.used, zone) if token.used is not None else "never used"
                may = "read-only" if token.read_only else "read-write"
                print(
                    "\t".join(
                        (
                            token.id,
                            logins[token.account],
                            token.name,
                            may,
                            iso(token.created, zone),
                            ends,
                            used,
                        )
                    )
                )

    run(work())


@token_app.command("revoke")
def revoke(id_: Annotated[str, typer.Argument(metavar="ID")], config: ConfigOption = None) -> None:
    """Make a token useless, on a running server within a second."""

    async def work() -> None:
        async with (
            opened(config) as store,
            store.database.write(store.organisation.id, actor("token revoke")) as change,
        ):
            mine = tables.token.c.organisation_id == store.organisation.id
            found = await tokens.select_where(change.connection, mine & (tables.token.c.id == id_))
            if not found:
                fail(f"there is no token {id_!r}; `katalog token list` shows them")
            await tokens.revoke(change, found[0])
        print(f"{id_}: revoked")

    run(work())
