"""Tokens and sessions: random secrets of which only the hash is kept."""

import hashlib
import secrets
import time

from sqlalchemy import ColumnElement, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.account import Account, Token
from katalog.domain.identifier import new_id
from katalog.store import audit, removals, tables
from katalog.store.database import Change, Database

PREFIX = "kat_"
"""Makes a token recognisable to people and to programs that look for leaked secrets."""


def new_secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(secret: str) -> bytes:
    """SHA-256 suits: the secret is 256 random bits, so there is nothing to guess and no need to be slow."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


async def select_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Token]:
    table = tables.token
    rows = await connection.execute(
        select(
            table.c.id, table.c.account_id, table.c.hash, table.c.name, table.c.read_only, table.c.created,
            table.c.expires, table.c.used, table.c.session, table.c.revision, table.c.source_id,
        ).where(condition).order_by(table.c.id)
    )  # fmt: skip
    return [
        Token(
            id_, account, bytes(hash_), name, bool(read_only), created, expires, used, bool(session), revision, source
        )
        for id_, account, hash_, name, read_only, created, expires, used, session, revision, source in rows
    ]


async def all_of(connection: AsyncConnection, organisation: str) -> list[Token]:
    return await select_where(connection, tables.token.c.organisation_id == organisation)


async def add(
    change: Change,
    account: Account,
    name: str,
    *,
    expires: float | None = None,
    read_only: bool = False,
    session: bool = False,
    source: str | None = None,
) -> tuple[Token, str]:
    """A new token and its secret, which is told this once."""
    secret = new_secret()
    token = Token(
        new_id(),
        account.id,
        hash_of(secret),
        name,
        read_only,
        time.time(),
        expires,
        None,
        session,
        change.revision,
        source,
    )
    await change.connection.execute(
        insert(tables.token),
        [
            {
                "id": token.id, "organisation_id": change.organisation, "revision": change.revision,
                "account_id": account.id, "hash": token.hash, "name": name, "read_only": read_only,
                "session": session, "created": token.created, "expires": expires, "used": None,
                "source_id": source,
            }
        ],
    )  # fmt: skip
    action = "session.begun" if session else "token.added"
    await audit.record(change, action, token.id, {"account": account.login, "name": name})
    return token, secret


async def begin(change: Change, token: Token, account: Account, name: str) -> str | None:
    """A session by a token: it may what the token may, and ends with it. Its secret; None if the token is gone."""
    if not await select_where(change.connection, tables.token.c.id == token.id):
        return None
    _, secret = await add(
        change,
        account,
        name,
        expires=token.expires,
        read_only=token.read_only,
        session=True,
        source=token.id,
    )
    return secret


async def revoke(change: Change, token: Token) -> bool:
    """With the sessions that it began; False if somebody else was first."""
    if not await select_where(change.connection, tables.token.c.id == token.id):
        return False
    for session in await select_where(change.connection, tables.token.c.source_id == token.id):
        await _revoke(change, session)
    await _revoke(change, token)
    return True


async def _revoke(change: Change, token: Token) -> None:
    action = "session.ended" if token.session else "token.revoked"
    await audit.record(change, action, token.id, {"account": token.account, "name": token.name})
    await removals.forget(change, "token", [token.id])


async def revoke_sessions(change: Change, account: Account, *, but: Token | None = None) -> None:
    """Ends every session of an account, but for one; its tokens stay: they survive a change of password."""
    condition = (tables.token.c.account_id == account.id) & tables.token.c.session
    if but is not None:
        condition &= tables.token.c.id != but.id
    for token in await select_where(change.connection, condition):
        await _revoke(change, token)


async def revoke_all(change: Change, account: Account) -> None:
    """Ends every session and every token of an account."""
    for token in await select_where(change.connection, tables.token.c.account_id == account.id):
        await _revoke(change, token)


async def stamp_used(database: Database, used: dict[str, float]) -> None:
    """Writes when tokens were last used, many at once. No revision: nothing that readers see changes."""
    if not used:
        return
    statement = update(tables.token).where(tables.token.c.id == bindparam("token_id")).values(used=bindparam("used_at"))
    async with database.aside() as connection:
        await connection.execute(statement, [{"token_id": id_, "used_at": at} for id_, at in used.items()])
