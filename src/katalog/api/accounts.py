"""Accounts, for admins: who can log in, and as what."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import json, streamed
from katalog.api.authentication import Authenticator
from katalog.api.etag import matches, tag
from katalog.api.links import Links
from katalog.api.reader import Reader
from katalog.domain.account import Account, Role
from katalog.domain.moment import iso
from katalog.errors import Conflict, Invalid, NotFound, Stale
from katalog.follower import Follower
from katalog.live.accounts import Accounts as LiveAccounts
from katalog.store import accounts, entries, invitations, tables
from katalog.store.database import Change, Database


class AccountView(msgspec.Struct, frozen=True):
    """`entry` is the id of the account's own entry; `has_password` is false until one has been chosen. `invited` is
    until when an invitation is open, `last_used` when any of the tokens and sessions that there are was used last.
    `invitation` is a link by which a password is chosen once, in the answer that makes it and never again.
    """

    id: str
    login: str
    role: str
    entry: str | None
    disabled: bool
    has_password: bool
    invited: str | None
    last_used: str | None
    invitation: str | msgspec.UnsetType = msgspec.UNSET


class AccountDraft(msgspec.Struct, frozen=True):
    """`entry` is the id of the account's own entry; a service account has none."""

    login: str
    role: Role = Role.USER
    entry: str | None = None


class AccountPatch(msgspec.Struct, frozen=True):
    """What is absent stays."""

    role: Role | msgspec.UnsetType = msgspec.UNSET
    entry: str | None | msgspec.UnsetType = msgspec.UNSET
    disabled: bool | msgspec.UnsetType = msgspec.UNSET


class Accounts:
    def __init__(
        self,
        database: Database,
        follower: Follower,
        live: LiveAccounts,
        authenticator: Authenticator,
        links: Links,
        zone: ZoneInfo,
    ) -> None:
        self._database = database
        self._follower = follower
        self._live = live
        self._authenticator = authenticator
        self._links = links
        self._zone = zone

    async def all(self, request: Request, reader: Reader) -> Response:
        async with self._database.read() as connection:
            invited = await invitations.open_of(connection, reader.organisation)
        return streamed(self._view(account, invited) for account in self._live.all_accounts(reader.organisation))

    async def one(self, request: Request, reader: Reader) -> Response:
        async with self._database.read() as connection:
            account = await found(connection, request, reader)
        return await self._answer(account)

    async def add(self, request: Request, reader: Reader) -> Response:
        """With an invitation, whose link is in this answer only; a service account is made for tokens and has none."""
        given = await body.json_object(request)
        _refuse_unknown(given, AccountDraft.__struct_fields__)
        login, role, entry = given.get("login"), _role(given, Role.USER), _entry(given, None)
        if not isinstance(login, str):
            raise Invalid("login", "ska vara en text", "must be a string")
        async with self._database.write(reader.organisation, reader.actor) as change:
            await _check_entry(change, role, entry)
            account = await accounts.add(change, login, entry=entry, role=role, password="")
            secret = "" if role is Role.SERVICE else await invitations.add(change, account)
        await self._follower.catch_up()
        link = self._links.invitation(request, secret) if secret else ""
        response = await self._answer(account, status=201, invitation=link)
        response.headers["location"] = f"/api/accounts/{account.id}"
        return response

    async def change(self, request: Request, reader: Reader) -> Response:
        """Role, own entry, and whether it is shut out; what is absent stays. With `If-Match`, only if nobody changed it
        meanwhile.
        """
        given = await body.json_object(request)
        _refuse_unknown(given, AccountPatch.__struct_fields__)
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await found(change.connection, request, reader)
            if not matches(request.headers.get("if-match"), _etag(old)):
                raise Stale()
            new = msgspec.structs.replace(
                old,
                role=_role(given, old.role),
                entry=_entry(given, old.entry),
                disabled=_disabled(given, old.disabled),
            )
            _refuse_to_shut_oneself_out(reader, new)
            if new != old:
                await _check_entry(change, new.role, new.entry)
                new = await accounts.put(change, old, new)
        await self._follower.catch_up()
        return await self._answer(new)

    async def _answer(self, account: Account, *, status: int = 200, invitation: str = "") -> Response:
        async with self._database.read() as connection:
            view = self._view(account, await invitations.open_of(connection, account.organisation))
        response = json(msgspec.structs.replace(view, invitation=invitation) if invitation else view, status)
        tag(response, _etag(account))
        return response

    def _view(self, account: Account, invited: dict[str, float]) -> AccountView:
        used = (self._authenticator.last_used(token) for token in self._live.tokens_of(account.id))
        last_used = max((at for at in used if at is not None), default=None)
        until = invited.get(account.id)
        return AccountView(
            account.id,
            account.login,
            str(account.role),
            account.entry,
            account.disabled,
            bool(account.password),
            None if until is None else iso(until, self._zone),
            None if last_used is None else iso(last_used, self._zone),
        )


async def found(connection: AsyncConnection, request: Request, reader: Reader) -> Account:
    """The account of the path. Raises NotFound."""
    table = tables.account
    known = (table.c.organisation_id == reader.organisation) & (table.c.id == request.path_params["id"])
    accounts_found = await accounts.select_where(connection, known)
    if not accounts_found:
        raise NotFound()
    return accounts_found[0]


def _etag(account: Account) -> str:
    return f'"{account.revision}"'


def _refuse_to_shut_oneself_out(reader: Reader, new: Account) -> None:
    if new.id == reader.account.id and not accounts.is_working_admin(new):
        raise Conflict(
            "Du kan inte stänga ute dig själv. Be en annan administratör.",
            "You cannot shut yourself out. Ask another administrator.",
        )


def _refuse_unknown(given: dict[str, Any], known: Iterable[str]) -> None:
    for name in given:
        if name not in known:
            raise Invalid(name[:64], "kan inte anges här", "cannot be given here")


def _role(given: dict[str, Any], old: Role) -> Role:
    """Raises Invalid."""
    role = given.get("role", old)
    if not isinstance(role, str) or role not in tuple(Role):
        known = ", ".join(Role)
        raise Invalid("role", f"ska vara en av {known}", f"must be one of {known}")
    return Role(role)


def _entry(given: dict[str, Any], old: str | None) -> str | None:
    """Raises Invalid."""
    entry = given.get("entry", old)
    if entry is not None and not isinstance(entry, str):
        raise Invalid("entry", "ska vara en posts id eller null", "must be the id of an entry, or null")
    return entry


def _disabled(given: dict[str, Any], old: bool) -> bool:
    """Raises Invalid."""
    disabled = given.get("disabled", old)
    if not isinstance(disabled, bool):
        raise Invalid("disabled", "ska vara true eller false", "must be true or false")
    return disabled


async def _check_entry(change: Change, role: Role, entry: str | None) -> None:
    """Raises Invalid."""
    if entry is None:
        return
    if role is Role.SERVICE:
        raise Invalid("entry", "ett tjänstekonto har ingen egen post", "a service account has no entry of its own")
    if await entries.get(change.connection, change.organisation, entry) is None:
        raise Invalid("entry", "det finns ingen sådan post", "there is no such entry")
