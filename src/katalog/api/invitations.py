"""Invitations, for admins: links by which people choose a password, once."""

import time
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.accounts import found
from katalog.api.answer import json
from katalog.api.links import Links
from katalog.api.reader import Reader
from katalog.domain.account import Role
from katalog.domain.moment import iso
from katalog.errors import Conflict, Invalid
from katalog.follower import Follower
from katalog.outputs import invitation_csv
from katalog.store import invitations, newcomers
from katalog.store.database import Database

CSV = "text/csv"


class InvitationView(msgspec.Struct, frozen=True):
    """`link` is in this answer only; those that were made for the account before are void."""

    link: str
    expires: str


class Invited(msgspec.Struct, frozen=True):
    """`account` is its id; `name` and `email` are of its entry."""

    account: str
    login: str
    name: str
    email: str
    link: str


class InvitedPeople(msgspec.Struct, frozen=True):
    """In the order of the directory."""

    invited: list[Invited]


class Invitations:
    def __init__(self, database: Database, follower: Follower, links: Links, zone: ZoneInfo) -> None:
        self._database = database
        self._follower = follower
        self._links = links
        self._zone = zone

    async def one(self, request: Request, reader: Reader) -> Response:
        """A new link for an account, also for who has forgotten a password."""
        async with self._database.write(reader.organisation, reader.actor) as change:
            account = await found(change.connection, request, reader)
            if account.disabled:
                raise Conflict(
                    "Kontot är avstängt. Öppna det först.",
                    "The account is disabled. Enable it first.",
                    field="disabled",
                )
            if account.role is Role.SERVICE:
                raise Conflict(
                    "Ett tjänstekonto har inget lösenord. Gör en nyckel åt det.",
                    "A service account has no password. Make a token for it.",
                    field="role",
                )
            secret = await invitations.add(change, account)
        expires = time.time() + invitations.VALID_SECONDS
        return _private(json(InvitationView(self._links.invitation(request, secret), iso(expires, self._zone))))

    async def everybody(self, request: Request, reader: Reader) -> Response:
        """Accounts and links for all people who have none. `?format=csv` as `katalog account invite --all` prints."""
        form = request.query_params.get("format", "json")
        if form not in ("json", "csv"):
            raise Invalid("format", "ska vara json eller csv", "must be json or csv")
        async with self._database.write(reader.organisation, reader.actor) as change:
            made = await newcomers.invite_all(change)
        await self._follower.catch_up()
        invited = [
            Invited(account.id, account.login, entry.name, entry.email, self._links.invitation(request, secret))
            for account, entry, secret in made
        ]
        if form == "json":
            return _private(json(InvitedPeople(invited)))
        text = invitation_csv.text((each.login, each.name, each.email, each.link) for each in invited)
        headers = {"content-disposition": 'attachment; filename="invitations.csv"'}
        return _private(Response(text, media_type=CSV, headers=headers))


def _private(response: Response) -> Response:
    response.headers["cache-control"] = "private, no-store"
    return response
