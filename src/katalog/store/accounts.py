"""Accounts: the logins. A login is unique in the whole database, whatever the organisation."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.account import Account, Role
from katalog.domain.identifier import new_id
from katalog.errors import Conflict, Invalid
from katalog.store import audit, invitations, tables, tokens
from katalog.store.database import Change

MAX_LOGIN = 200


async def select_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Account]:
    table = tables.account
    rows = await connection.execute(
        select(
            table.c.id, table.c.organisation_id, table.c.login, table.c.entry_id, table.c.role, table.c.password,
            table.c.stamp, table.c.disabled, table.c.revision,
        ).where(condition).order_by(table.c.login)
    )  # fmt: skip
    return [
        Account(id_, organisation, login, entry, Role(role), password, stamp, bool(disabled), revision)
        for id_, organisation, login, entry, role, password, stamp, disabled, revision in rows
    ]


async def all_of(connection: AsyncConnection, organisation: str) -> list[Account]:
    return await select_where(connection, tables.account.c.organisation_id == organisation)


async def by_login(connection: AsyncConnection, login: str) -> Account | None:
    found = await select_where(connection, tables.account.c.login == login)
    return found[0] if found else None


async def add(change: Change, login: str, *, entry: str | None, role: Role, password: str) -> Account:
    """A new account; `password` is its hash, `""` for none yet.

    The login may not be another account's number or e-mail: then two people would answer to one name.
    """
    if not is_login(login):
        raise Invalid(
            "login",
            f"ska vara 1–{MAX_LOGIN} tecken utan kolon (RFC 7617) och utan blanktecken ytterst",
            f"must be 1–{MAX_LOGIN} characters, without a colon (RFC 7617) or outer blanks",
        )
    if await by_login(change.connection, login):
        raise Conflict(f"Kontot {login!r} finns redan.", f"There is already an account {login!r}.", field="login")
    await _refuse_borrowed(change.connection, login, entry)
    account = made(change, login, entry=entry, role=role, password=password)
    await add_many(change, [account])
    return account


def is_login(text: str) -> bool:
    return 0 < len(text) <= MAX_LOGIN and text == text.strip() and text.isprintable() and ":" not in text


def made(change: Change, login: str, *, entry: str | None, role: Role, password: str) -> Account:
    """An account that is to be added."""
    return Account(new_id(), change.organisation, login, entry, role, password, new_id(), False, change.revision)


async def add_many(change: Change, new: Sequence[Account]) -> None:
    """Those whose logins are known to be good."""
    if not new:
        return
    now = time.time()
    await change.connection.execute(
        insert(tables.account),
        [
            {
                "id": account.id, "organisation_id": change.organisation, "revision": change.revision,
                "login": account.login, "entry_id": account.entry, "role": str(account.role),
                "password": account.password, "stamp": account.stamp, "disabled": False, "created": now,
            }
            for account in new
        ],
    )  # fmt: skip
    lines = [
        (account.id, {"login": account.login, "role": str(account.role), "entry": account.entry}) for account in new
    ]
    await audit.record_many(change, "account.added", lines)


async def _refuse_borrowed(connection: AsyncConnection, login: str, entry: str | None, *, own: str = "") -> None:
    """`own` is the account's id, if it is there already."""
    account, person = tables.account, tables.entry
    owned = (
        select(account.c.login)
        .join(person, account.c.entry_id == person.c.id)
        .where((person.c.extension == login) | (func.lower(person.c.email) == login.lower()), account.c.id != own)
    )
    if entry is not None:
        # One's own number or e-mail is the best login there is.
        owned = owned.where(account.c.entry_id != entry)
    other = (await connection.execute(owned.limit(1))).scalar()
    if other is not None:
        raise Conflict(
            f"{login!r} är redan numret eller e-posten för kontot {other!r}.",
            f"{login!r} is already the number or e-mail of the account {other!r}.",
            field="login",
        )


async def alter(change: Change, account: Account, action: str, **values: Any) -> Account:
    """Changes fields of an account, and its stamp: whatever was proven before must be proven again."""
    altered = msgspec.structs.replace(account, **values, stamp=new_id(), revision=change.revision)
    row: dict[str, Any] = {
        "password": altered.password,
        "disabled": altered.disabled,
        "role": str(altered.role),
        "entry_id": altered.entry,
    }
    await change.connection.execute(
        update(tables.account)
        .where(tables.account.c.id == account.id)
        .values(**row, stamp=altered.stamp, revision=change.revision)
    )
    details = {"login": account.login} | {
        name: [getattr(account, name), getattr(altered, name)]
        for name in ("role", "entry")
        if getattr(altered, name) != getattr(account, name)
    }
    await audit.record(change, action, account.id, details)
    return altered


async def put(change: Change, old: Account, new: Account) -> Account:
    """Writes role, entry and whether it is shut out over `old`, which must have been read in this transaction.

    Raises Conflict if the login is another's number or e-mail, or if no admin would be left who can log in.
    """
    if new.entry not in (None, old.entry):
        await _refuse_borrowed(change.connection, new.login, new.entry, own=old.id)
    if is_working_admin(old) and not is_working_admin(new):
        table = tables.account
        admins = (table.c.organisation_id == change.organisation) & (table.c.role == str(Role.ADMIN))
        if not await select_where(change.connection, admins & ~table.c.disabled & (table.c.id != old.id)):
            raise Conflict(
                f"{old.login!r} är den enda administratören. Gör någon annan till administratör först.",
                f"{old.login!r} is the only administrator. Make somebody else one first.",
            )
    action = "account.changed" if new.disabled == old.disabled else "account.enabled"
    if new.disabled and not old.disabled:
        action = "account.disabled"
        await tokens.revoke_sessions(change, old)
        await invitations.withdraw(change, old)
    return await alter(change, old, action, role=new.role, entry=new.entry, disabled=new.disabled)


def is_working_admin(account: Account) -> bool:
    return account.role is Role.ADMIN and not account.disabled


async def disable_of(change: Change, entries: Sequence[str]) -> None:
    """Disables the accounts of entries."""
    table = tables.account
    for start in range(0, len(entries), 500):
        condition = table.c.entry_id.in_(entries[start : start + 500]) & ~table.c.disabled
        for account in await select_where(change.connection, condition):
            await alter(change, account, "account.disabled", disabled=True)
