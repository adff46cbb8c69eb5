"""One's own account: who one is, what one may do here, and one's password."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import json, ok
from katalog.api.authentication import Authenticator
from katalog.api.dial import caller_of
from katalog.api.passwords import Passwords, check_strength
from katalog.api.reader import Reader
from katalog.errors import Conflict, Invalid, Stale
from katalog.follower import Follower
from katalog.messages.outbox import Outbox
from katalog.store import accounts, tables, tokens
from katalog.store.database import Database
from katalog.switchboard.switchboard import Switchboard


class MeView(msgspec.Struct, frozen=True):
    """`entry` is the id of one's own entry. `read_only`: what lets one in changes nothing. `dials` and `sms`: whether
    calls and text messages can be asked for, as far as that is known before a number is.
    """

    id: str
    login: str
    role: str
    entry: str | None
    read_only: bool
    has_password: bool
    dials: bool
    sms: bool


class PasswordChange(msgspec.Struct, frozen=True):
    """`current` is the password until now."""

    current: str
    password: str


class Me:
    def __init__(
        self,
        database: Database,
        follower: Follower,
        authenticator: Authenticator,
        passwords: Passwords,
        switchboard: Switchboard,
        outbox: Outbox,
    ) -> None:
        self._database = database
        self._follower = follower
        self._authenticator = authenticator
        self._passwords = passwords
        self._switchboard = switchboard
        self._outbox = outbox

    async def one(self, request: Request, reader: Reader) -> Response:
        account, entry = reader.account, reader.entry
        return json(
            MeView(
                account.id,
                account.login,
                str(account.role),
                None if entry is None else entry.id,
                reader.read_only,
                bool(account.password),
                not reader.read_only and self._switchboard.serves(caller_of(reader)),
                not reader.read_only and self._outbox.serves(entry),
            )
        )

    async def set_password(self, request: Request, reader: Reader) -> Response:
        """One's other sessions end; tokens go on, as they do when a command sets it."""
        given = await body.json_object(request)
        current, password = _text(given, "current"), _text(given, "password")
        check_strength(password)
        if not reader.account.password:
            raise Conflict(
                "Kontot har inget lösenord än. Be en administratör om en inbjudan.",
                "The account has no password yet. Ask an administrator for an invitation.",
            )
        account = await self._authenticator.proven(reader, current)
        if account is None:
            raise Invalid("current", "är inte lösenordet", "is not the password")
        hash_ = await self._passwords.hash(password)
        async with self._database.write(reader.organisation, reader.actor) as change:
            kept = await accounts.select_where(change.connection, tables.account.c.id == account.id)
            # Since it was proven, a command or an invitation may have set another, or shut the account out.
            if not kept or kept[0].stamp != account.stamp:
                raise Stale()
            await tokens.revoke_sessions(change, account, but=reader.token)
            await accounts.alter(change, account, "account.password", password=hash_)
        await self._follower.catch_up()
        return ok()


def _text(given: dict[str, Any], name: str) -> str:
    """Raises Invalid."""
    text = given.get(name)
    if not isinstance(text, str) or not text:
        raise Invalid(name, "ska vara en text", "must be a string")
    return text
