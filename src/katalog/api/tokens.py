"""Tokens: made, shown once, listed, revoked; one's own, and for admins those of others."""

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.accounts import found
from katalog.api.answer import json, ok
from katalog.api.authentication import Authenticator
from katalog.api.reader import Reader
from katalog.domain.account import Account, Role, Token
from katalog.domain.moment import iso, parse_moment
from katalog.errors import Conflict, Invalid, NotFound
from katalog.follower import Follower
from katalog.live.accounts import Accounts
from katalog.store import tokens
from katalog.store.database import Database

MAX_NAME = 100


class TokenView(msgspec.Struct, frozen=True):
    """Times are ISO 8601 with offset; `current` is what lets the reader in. `source` is, of a session that was begun by
    a token, the id of that. `token` is the secret, in the answer that makes it and never again.
    """

    id: str
    name: str
    read_only: bool
    session: bool
    created: str
    expires: str | None
    last_used: str | None
    current: bool
    source: str | None
    token: str | msgspec.UnsetType = msgspec.UNSET


class TokenDraft(msgspec.Struct, frozen=True):
    """`expires` is a date (its end) or a time; absent or null: never."""

    name: str
    expires: str | None = None
    read_only: bool = False


class Tokens:
    def __init__(
        self,
        database: Database,
        follower: Follower,
        accounts: Accounts,
        authenticator: Authenticator,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._follower = follower
        self._accounts = accounts
        self._authenticator = authenticator
        self._zone = zone

    async def all(self, request: Request, reader: Reader) -> Response:
        """One's own tokens and sessions, the oldest first; a session that has ended by itself is left out."""
        return self._all(reader, reader.account)

    async def add(self, request: Request, reader: Reader) -> Response:
        """`{"name", "expires", "read_only"}` → the token, whose secret is in this answer only."""
        name, expires, read_only = token_fields(await body.json_object(request), self._zone)
        async with self._database.write(reader.organisation, reader.actor) as change:
            made = await tokens.add(change, reader.account, name, expires=expires, read_only=read_only)
        return await self._made(reader, *made)

    async def revoke(self, request: Request, reader: Reader) -> Response:
        """At once, on every server of the same database within a second."""
        return await self._revoke(reader, reader.account.id, request.path_params["id"])

    async def all_of(self, request: Request, reader: Reader) -> Response:
        """The same of any account, for admins."""
        async with self._database.read() as connection:
            account = await found(connection, request, reader)
        return self._all(reader, account)

    async def add_for(self, request: Request, reader: Reader) -> Response:
        """For programs only: whoever had made a token of a person's account could act in that person's name."""
        name, expires, read_only = token_fields(await body.json_object(request), self._zone)
        async with self._database.write(reader.organisation, reader.actor) as change:
            account = await found(change.connection, request, reader)
            if account.role is not Role.SERVICE:
                raise Conflict(
                    "Bara den vars konto det är gör nycklar till det. Gör ett tjänstekonto åt ett program.",
                    "Only whose account it is makes tokens of it. Make a service account for a program.",
                    field="role",
                )
            if account.disabled:
                raise Conflict(
                    "Kontot är avstängt. Öppna det först.",
                    "The account is disabled. Enable it first.",
                    field="disabled",
                )
            made = await tokens.add(change, account, name, expires=expires, read_only=read_only)
        return await self._made(reader, *made)

    async def revoke_of(self, request: Request, reader: Reader) -> Response:
        async with self._database.read() as connection:
            account = await found(connection, request, reader)
        return await self._revoke(reader, account.id, request.path_params["token"])

    def _all(self, reader: Reader, account: Account) -> Response:
        there = [
            token
            for token in self._accounts.tokens_of(account.id)
            if not token.session or self._authenticator.holds(token)
        ]
        return json([self._view(token, reader) for token in there])

    async def _made(self, reader: Reader, token: Token, secret: str) -> Response:
        await self._follower.catch_up()
        return json(msgspec.structs.replace(self._view(token, reader), token=secret), 201)

    async def _revoke(self, reader: Reader, account: str, id_: str) -> Response:
        token = self._accounts.token(id_)
        if token is None or token.account != account:
            raise NotFound()
        async with self._database.write(reader.organisation, reader.actor) as change:
            if not await tokens.revoke(change, token):
                raise NotFound()
        await self._follower.catch_up()
        return ok()

    def _view(self, token: Token, reader: Reader) -> TokenView:
        used = self._authenticator.last_used(token)
        return TokenView(
            token.id,
            token.name,
            token.read_only,
            token.session,
            iso(token.created, self._zone),
            None if token.expires is None else iso(token.expires, self._zone),
            None if used is None else iso(used, self._zone),
            reader.token is not None and reader.token.id == token.id,
            token.source,
        )


def token_fields(given: dict[str, Any], zone: ZoneInfo) -> tuple[str, float | None, bool]:
    """Name, Unix seconds of the end, and whether it may only read. Raises Invalid."""
    name, expires, read_only = given.get("name"), given.get("expires"), given.get("read_only", False)
    if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid("name", f"ska vara 1–{MAX_NAME} tecken", f"must be 1–{MAX_NAME} characters")
    if not isinstance(read_only, bool):
        raise Invalid("read_only", "ska vara true eller false", "must be true or false")
    return name.strip(), None if expires is None else parse_expiry(expires, zone), read_only


def parse_expiry(text: object, zone: ZoneInfo) -> float:
    """Unix seconds. Raises Invalid."""
    try:
        if not isinstance(text, str):
            raise ValueError
        return parse_moment(text, zone)
    except (ValueError, OverflowError):
        raise Invalid(
            "expires", "ska vara ett datum (2027-01-31) eller en tid", "must be a date (2027-01-31) or a time"
        ) from None
