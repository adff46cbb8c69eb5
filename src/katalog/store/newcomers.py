"""People who have no account yet: each gets one, and an invitation."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.account import Account, Role
from katalog.domain.entry import Entry, Kind
from katalog.errors import KatalogError
from katalog.store import accounts, entries, invitations, tables, tokens
from katalog.store.database import Change


class Logins:
    """Which there are, and whose extension or e-mail somebody types to log in: read once for however many are made."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._owners: defaultdict[str, set[str]] = defaultdict(set)

    async def read(self, connection: AsyncConnection) -> None:
        account, person = tables.account, tables.entry
        owned = select(account.c.login, person.c.id, person.c.extension, person.c.email).outerjoin(
            person, account.c.entry_id == person.c.id
        )
        for login, entry, extension, email in await connection.execute(owned):
            self._taken.add(login)
            if entry is not None:
                self._own(entry, extension, email)

    def take(self, login: str, entry: Entry) -> None:
        """It is this entry's from now on."""
        self._taken.add(login)
        self._own(entry.id, entry.extension, entry.email)

    def _own(self, entry: str, extension: str, email: str) -> None:
        for name in (extension, email.lower()):
            self._owners[name].add(entry)

    def free(self, entry: Entry) -> str:
        """What its owner knows by heart: the e-mail, else the extension, else both."""
        for login in (entry.email, entry.extension, f"{entry.extension} {entry.name}", entry.id):
            if accounts.is_login(login) and login not in self._taken and not self._is_anothers(login, entry):
                return login
        raise KatalogError(f"no login can be made for {entry.extension} {entry.name}")

    def _is_anothers(self, login: str, entry: Entry) -> bool:
        owners = self._owners.get(login, set()) | self._owners.get(login.lower(), set())
        return bool(owners - {entry.id})


async def invite_all(change: Change) -> list[tuple[Account, Entry, str]]:
    """Everybody who has none, in list order, with the secret of the invitation. All in one transaction: a list that
    names half of the people would be lost with the rest.
    """
    people = await _without_account(change)
    invited = await accounts_for(change, people)
    return list(zip(invited, people, await invitations.add_many(change, invited), strict=True))


async def _without_account(change: Change) -> list[Entry]:
    entry, account = tables.entry, tables.account
    rows = await change.connection.execute(
        entries.query(change.organisation)
        .where(entry.c.kind == str(Kind.PERSON), ~exists().where(account.c.entry_id == entry.c.id))
        .order_by(entry.c.extension, entry.c.name, entry.c.id)
    )
    return [entries.from_row(row) for row in rows]


async def accounts_for(change: Change, people: Sequence[Entry]) -> list[Account]:
    """An account for each, in their order."""
    logins = Logins()
    await logins.read(change.connection)
    left = await _left(change)
    given, new = [], []
    for entry in people:
        back = left.pop(entry.email, None)
        if back is not None:
            account = await _restored(change, back, entry)
        else:
            account = accounts.made(change, logins.free(entry), entry=entry.id, role=Role.USER, password="")
            new.append(account)
        logins.take(account.login, entry)
        given.append(account)
    await accounts.add_many(change, new)
    return given


async def _left(change: Change) -> dict[str, Account]:
    """By their logins, the accounts of those who were removed."""
    table = tables.account
    gone = (table.c.organisation_id == change.organisation) & table.c.disabled & table.c.entry_id.is_(None)
    return {account.login: account for account in await accounts.select_where(change.connection, gone)}


async def _restored(change: Change, account: Account, entry: Entry) -> Account:
    """Whoever was removed by mistake and imported again gets the old login back. By the e-mail only: an extension is
    given to somebody else. And nothing that opened the account before does so again.
    """
    await tokens.revoke_all(change, account)
    back = {"entry": entry.id, "disabled": False, "password": "", "role": Role.USER}
    return await accounts.alter(change, account, "account.restored", **back)
