"""`katalog account …`: the logins."""

import sys
from typing import Annotated

import typer

from katalog.api.passwords import hash_password
from katalog.cli.common import ConfigOption, Store, actor, fail, opened, read_password, run
from katalog.cli.picture import find_entry, picture
from katalog.domain.account import Account, Role
from katalog.domain.entry import Entry, Kind
from katalog.errors import Conflict, NotFound
from katalog.live.accounts import Accounts
from katalog.live.directory import Directory
from katalog.outputs import invitation_csv
from katalog.store import accounts, invitations, newcomers, tokens
from katalog.store.database import Change

account_app = typer.Typer(help="The logins: who may use katalog, and as what.", no_args_is_help=True)

LoginArgument = Annotated[str, typer.Argument(metavar="LOGIN")]


def register(app: typer.Typer) -> None:
    app.add_typer(account_app, name="account")


@account_app.command("add")
def add(
    login: LoginArgument,
    entry: Annotated[str | None, typer.Option(metavar="EXTENSION|ID", help="Whose account it is.")] = None,
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.USER,
    admin: Annotated[bool, typer.Option("--admin", help="The same as --role admin.")] = False,
    service: Annotated[bool, typer.Option("--service", help="For a program; has no entry of its own.")] = False,
    config: ConfigOption = None,
) -> None:
    """Add an account. Its password is asked for, or read from standard input."""
    chosen = Role.SERVICE if service else Role.ADMIN if admin else role
    if service and (admin or role not in (Role.USER, Role.SERVICE)):
        raise typer.BadParameter("a service account has no other role")
    if chosen is Role.SERVICE and entry:
        raise typer.BadParameter("a service account has no entry of its own")

    async def work() -> None:
        async with opened(config) as store:
            owner = await find_entry(store, entry) if entry else None
            hash_ = hash_password(read_password(f"Password for {login}"))
            async with store.database.write(store.organisation.id, actor("account add")) as change:
                await accounts.add(change, login, entry=owner.id if owner else None, role=chosen, password=hash_)
            print(f"{login}: {chosen}" + (f", {owner.extension} {owner.name}" if owner else ""))

    run(work())


@account_app.command("invite")
def invite(
    logins: Annotated[list[str] | None, typer.Argument(metavar="LOGIN…")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Everybody who has no account yet.")] = False,
    config: ConfigOption = None,
) -> None:
    """Make accounts for people who have none, and print a CSV of links by which they choose a password.

    A LOGIN is an account, or the extension or e-mail of a person. Each link works once, for 14 days.
    """
    if bool(logins) == everyone:
        raise typer.BadParameter("name LOGINs, or say --all")

    async def work() -> None:
        async with opened(config) as store:
            rows = await _invite(store, logins or [])
            server = store.settings.server
            base = server.public_url.rstrip("/") or server.url
            text = invitation_csv.text(
                (account.login, *((entry.name, entry.email) if entry else ("", "")), f"{base}/invitation/{secret}")
                for account, entry, secret in rows
            )
            sys.stdout.write(text)
            print(f"{len(rows)} invited", file=sys.stderr)

    run(work())


async def _invite(store: Store, logins: list[str]) -> list[tuple[Account, Entry | None, str]]:
    """All in one transaction: a CSV that names half of the people would be lost with the rest."""
    directory, live = await picture(store)
    async with store.database.write(store.organisation.id, actor("account invite")) as change:
        invited: list[tuple[Account, Entry | None, str]] = []
        if not logins:
            invited += await newcomers.invite_all(change)
        for login in logins:
            account, found = await _account_of(change, login, directory, live)
            invited.append((account, found, await invitations.add(change, account)))
        return invited


async def _account_of(change: Change, login: str, directory: Directory, live: Accounts) -> tuple[Account, Entry | None]:
    account = live.named(login)
    people = [entry for entry in directory.with_extension_or_email(login) if entry.kind is Kind.PERSON]
    if account is not None and account.disabled and not people:
        raise Conflict(
            f"Kontot {login!r} är avstängt.",
            f"The account {login!r} is disabled; `katalog account password {login}` enables it.",
        )
    if account is not None and not account.disabled:
        return account, directory.get(account.entry, hidden=True) if account.entry else None
    if len({entry.id for entry in people}) != 1:
        what = "nobody has" if not people else "several people have"
        raise NotFound(f"{login}: hittar ingen ensam person", f"{login}: {what} this login, extension or e-mail")
    held = live.of_entries([people[0].id])
    if held:
        return held[0], people[0]
    (made,) = await newcomers.accounts_for(change, people[:1])
    return made, people[0]


@account_app.command("list")
def list_(config: ConfigOption = None) -> None:
    """List the accounts."""

    async def work() -> None:
        async with opened(config) as store:
            directory, live = await picture(store)
            for account in live.all_accounts(store.organisation.id):
                entry = directory.get(account.entry, hidden=True) if account.entry else None
                state = "disabled" if account.disabled else "" if account.password else "no password yet"
                owner = f"{entry.extension} {entry.name}" if entry else ""
                print("\t".join((account.login, str(account.role), owner, state)))

    run(work())


@account_app.command("disable")
def disable(login: LoginArgument, config: ConfigOption = None) -> None:
    """Shut an account out, on a running server too; its tokens and sessions no longer work."""

    async def work() -> None:
        async with (
            opened(config) as store,
            store.database.write(store.organisation.id, actor("account disable")) as change,
        ):
            account = await named(change, login)
            await tokens.revoke_sessions(change, account)
            await invitations.withdraw(change, account)
            await accounts.alter(change, account, "account.disabled", disabled=True)
        print(f"{login}: disabled")

    run(work())


@account_app.command("password")
def password(login: LoginArgument, config: ConfigOption = None) -> None:
    """Set a new password, and enable the account if it was disabled. Sessions end; tokens go on."""

    async def work() -> None:
        async with opened(config) as store:
            async with store.database.read() as connection:
                if await accounts.by_login(connection, login) is None:
                    fail(f"there is no account {login!r}")
            hash_ = hash_password(read_password(f"New password for {login}"))
            async with store.database.write(store.organisation.id, actor("account password")) as change:
                account = await named(change, login)
                await tokens.revoke_sessions(change, account)
                await accounts.alter(change, account, "account.password", password=hash_, disabled=False)
        print(f"{login}: password changed")

    run(work())


async def named(change: Change, login: str) -> Account:
    account = await accounts.by_login(change.connection, login)
    if account is None or account.organisation != change.organisation:
        raise NotFound(f"Kontot {login!r} finns inte.", f"There is no account {login!r}.")
    return account
