"""Keeps the live picture at what the store says: after this server's own changes, and after others'.

Commands and other servers write to the same database. A running server asks several times a second whether an
organisation's revision has moved, and reads just the rows that are newer than what it has.
"""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.events import (
    CatalogueChanged,
    EntriesChanged,
    EntriesRead,
    FeedsChanged,
    FeedsRead,
    PresencesChanged,
    PresencesRead,
)
from katalog.errors import StoreError
from katalog.live.accounts import Accounts
from katalog.live.directory import Directory
from katalog.store import absences, calendars, catalogue, changes, entries, hands, organisations
from katalog.store import accounts as account_rows
from katalog.store import tokens as token_rows
from katalog.store.changes import Changes
from katalog.store.database import Database

PERIOD = 0.2
"""Seconds between two looks. Revoking holds within a second: this, and the reading."""

PATIENCE = 1.0
"""Seconds that somebody unknown waits at most for a store that is slow."""

log = structlog.get_logger()


async def read_people(connection: AsyncConnection, organisation: str, directory: Directory) -> None:
    """Everybody, and what is kept of whether they can be reached; nothing of what the outside world says."""
    directory.apply(EntriesRead(tuple(await entries.all_of(connection, organisation))))
    directory.apply(
        PresencesRead(
            tuple(await catalogue.all_of(connection, organisation)),
            tuple(await hands.all_of(connection, organisation)),
            tuple(await absences.all_of(connection, organisation)),
        )
    )


class Follower:
    """`make` gives an empty directory for an organisation that is seen for the first time."""

    def __init__(
        self,
        database: Database,
        directories: dict[str, Directory],
        accounts: Accounts,
        make: Callable[[str], Directory],
    ) -> None:
        self._database = database
        self._directories = directories
        self._accounts = accounts
        self._make = make
        self.is_away = False
        self._seen: dict[str, tuple[int, str]] = {}
        self._turn = asyncio.Lock()
        self._next_look: asyncio.Task[bool] | None = None

    async def load(self) -> None:
        """Reads everything; raises StoreError if the database cannot be used."""
        async with self._turn, self._database.read() as connection:
            for organisation in await organisations.all_of(connection):
                await self._load(connection, organisation.id)
                self._seen[organisation.id] = (organisation.revision, organisation.generation)

    async def _load(self, connection: AsyncConnection, organisation: str) -> None:
        directory = self._directories.get(organisation)
        if directory is None:
            directory = self._directories[organisation] = self._make(organisation)
        await read_people(connection, organisation, directory)
        directory.apply(FeedsRead(tuple(await calendars.all_of(connection, organisation))))
        self._accounts.clear_organisation(organisation)
        for account in await account_rows.all_of(connection, organisation):
            self._accounts.put_account(account)
        for token in await token_rows.all_of(connection, organisation):
            self._accounts.put_token(token)

    async def catch_up(self) -> None:
        """Brings the picture to what is committed now. Called after every change of our own, before the answer."""
        async with self._turn:
            await self._read_changes()

    async def look(self) -> bool:
        """As `catch_up`, before somebody is refused whom another process may have let in a moment ago. Gives whether
        the picture is now what is committed: a store that is away or slow leaves it as it is.

        However many ask, two looks at most are under way: one that may have begun too early, and the one that all
        of them share.
        """
        if self._next_look is None:
            self._next_look = asyncio.create_task(self._look())
        try:
            return await asyncio.wait_for(asyncio.shield(self._next_look), PATIENCE)
        except TimeoutError:
            return False

    async def _look(self) -> bool:
        async with self._turn:
            self._next_look = None
            try:
                await self._read_changes()
            except StoreError:  # told by `run`
                return False
            return True

    async def _read_changes(self) -> None:
        async with self._database.read() as connection:
            current = await changes.revisions(connection)
            for organisation, (revision, generation) in current.items():
                seen = self._seen.get(organisation)
                if seen == (revision, generation):
                    continue
                if seen is None or seen[1] != generation or revision - seen[0] > changes.KEPT_REMOVALS:
                    await self._load(connection, organisation)
                else:
                    self._apply(organisation, await changes.since(connection, organisation, seen[0], revision))
                self._seen[organisation] = (revision, generation)

    def _apply(self, organisation: str, new: Changes) -> None:
        removed: dict[str, list[str]] = {"entry": [], "account": [], "token": [], "absence": []}
        for noun, id_ in new.removed:
            removed[noun].append(id_)
        for id_ in removed["token"]:
            self._accounts.drop_token(id_)
        for id_ in removed["account"]:
            self._accounts.drop_account(id_)
        for account in new.accounts:
            self._accounts.put_account(account)
        for token in new.tokens:
            self._accounts.put_token(token)
        directory = self._directories[organisation]
        if new.accounts or new.tokens or removed["account"] or removed["token"]:
            directory.changes.wake()  # for streams of those who may read no more, or something else
        directory.apply(EntriesChanged(tuple(new.entries), tuple(removed["entry"])))
        if new.choices:
            directory.apply(CatalogueChanged(tuple(new.choices)))
        if new.hands or new.absences or removed["absence"]:
            directory.apply(PresencesChanged(tuple(new.hands), tuple(new.absences), tuple(removed["absence"])))
        if new.feeds:
            directory.apply(FeedsChanged(tuple(new.feeds)))

    async def run(self) -> None:
        """For ever; a database that is away is said once, and again when it is back."""
        while True:
            await asyncio.sleep(PERIOD)
            try:
                await self.catch_up()
            except StoreError as error:
                if not self.is_away:
                    log.error("store.lost", reason=str(error))
                self.is_away = True
            else:
                if self.is_away:
                    log.info("store.back")
                self.is_away = False
