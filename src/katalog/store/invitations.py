"""Invitations: one-time links by which somebody chooses a password."""

import time

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.account import Account
from katalog.store import audit, tables, tokens
from katalog.store.database import Change

VALID_SECONDS = 14 * 24 * 3600.0


async def add(change: Change, account: Account) -> str:
    """A new invitation's secret; those that the account had before are void."""
    table = tables.invitation
    await change.connection.execute(delete(table).where(table.c.account_id == account.id))
    secret = tokens.new_secret()
    now = time.time()
    row = {
        "hash": tokens.hash_of(secret), "organisation_id": change.organisation, "account_id": account.id,
        "created": now, "expires": now + VALID_SECONDS,
    }  # fmt: skip
    await change.connection.execute(insert(table), [row])
    await audit.record(change, "account.invited", account.id, {"login": account.login})
    return secret


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
