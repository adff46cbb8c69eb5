"""Invitations: one-time links by which somebody chooses a password."""

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.account import Account
from katalog.store import audit, tables, tokens
from katalog.store.database import Change

VALID_SECONDS = 14 * 24 * 3600.0


async def add(change: Change, account: Account) -> str:
    """A new invitation's secret; those that the account had before are void."""
    (secret,) = await add_many(change, [account])
    return secret


async def add_many(change: Change, invited: Sequence[Account]) -> list[str]:
    """The secret of each, in their order."""
    if not invited:
        return []
    table = tables.invitation
    for start in range(0, len(invited), 500):
        ids = [account.id for account in invited[start : start + 500]]
        await change.connection.execute(delete(table).where(table.c.account_id.in_(ids)))
    now = time.time()
    secrets = [tokens.new_secret() for _ in invited]
    rows = [
        {
            "hash": tokens.hash_of(secret), "organisation_id": change.organisation, "account_id": account.id,
            "created": now, "expires": now + VALID_SECONDS,
        }
        for account, secret in zip(invited, secrets, strict=True)
    ]  # fmt: skip
    await change.connection.execute(insert(table), rows)
    lines: list[tuple[str, dict[str, Any]]] = [(account.id, {"login": account.login}) for account in invited]
    await audit.record_many(change, "account.invited", lines)
    return secrets


async def withdraw(change: Change, account: Account) -> None:
    """The account's invitation, if it has one, is void."""
    table = tables.invitation
    await change.connection.execute(delete(table).where(table.c.account_id == account.id))


async def open_of(connection: AsyncConnection, organisation: str) -> dict[str, float]:
    """Account → until when its invitation holds, in Unix seconds, of those who have one."""
    table = tables.invitation
    rows = await connection.execute(
        select(table.c.account_id, table.c.expires).where(
            table.c.organisation_id == organisation, table.c.expires > time.time()
        )
    )
    return {row.account_id: row.expires for row in rows}


async def account_of(connection: AsyncConnection, secret: str) -> tuple[str, str] | None:
    """(organisation, account) that a secret invites, or None if it is unknown, used or too old."""
    table = tables.invitation
    row = (
        await connection.execute(
            select(table.c.organisation_id, table.c.account_id).where(
                (table.c.hash == tokens.hash_of(secret)) & (table.c.expires > time.time())
            )
        )
    ).one_or_none()
    return (row.organisation_id, row.account_id) if row else None


async def use(change: Change, secret: str) -> bool:
    """Takes the invitation away; False if somebody else was first."""
    table = tables.invitation
    result = await change.connection.execute(delete(table).where(table.c.hash == tokens.hash_of(secret)))
    return result.rowcount == 1
