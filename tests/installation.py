"""An installation of katalog for tests: the real application with a database of its own, asked in memory."""

import base64
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import httpx

from katalog.api.passwords import hash_password
from katalog.app import App
from katalog.connectors.base import Connector
from katalog.domain.account import Account, Role
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.domain.presence import Hand
from katalog.settings import Calendars, Database, Recordings, Settings
from katalog.store import accounts, entries, hands, tokens
from katalog.store.database import Actor
from tests import migrated

ACTOR = Actor("test", "tests")
PASSWORD = "ett bra lösenord"


def basic(login: str, password: str = PASSWORD) -> dict[str, str]:
    """The header of RFC 7617, in UTF-8."""
    credential = base64.b64encode(f"{login}:{password}".encode()).decode()
    return {"authorization": f"Basic {credential}"}


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


class Installation:
    """`client` asks the application without a socket; `now` is its clock."""

    def __init__(self, app: App, client: httpx.AsyncClient, clock: list[float]) -> None:
        self.app = app
        self.client = client
        self._clock = clock

    @classmethod
    @asynccontextmanager
    async def running(
        cls,
        folder: Path,
        *,
        now: float = 1_790_000_000.0,
        connectors: Sequence[Connector] | None = None,
        **sections: Any,
    ) -> AsyncIterator[Self]:
        clock = [now]
        kept = folder / "katalog.db"
        await migrated.lay(kept)
        sections.setdefault("calendars", Calendars(key_file=str(folder / "katalog.key")))
        sections.setdefault("recordings", Recordings(cache=str(folder / "recordings")))
        settings = Settings(database=Database(url=f"sqlite:///{kept}"), **sections)
        app = App(settings, connectors=connectors, clock=lambda: clock[0])
        transport = httpx.ASGITransport(app.application, client=("192.0.2.1", 4711))
        async with app.running(), httpx.AsyncClient(transport=transport, base_url="http://katalog.test") as client:
            yield cls(app, client, clock)

    @property
    def organisation(self) -> str:
        return next(id_ for id_, directory in self.app.directories.items() if directory is self.app.home)

    def advance(self, seconds: float) -> None:
        self._clock[0] += seconds

    def turn_to(self, local: str) -> None:
        """The clock stands at a local time of the organisation."""
        zone = ZoneInfo(self.app.settings.organisation.timezone)
        self._clock[0] = datetime.fromisoformat(local).replace(tzinfo=zone).timestamp()

    async def add(self, extension: str, name: str, **fields: Any) -> Entry:
        async with self.app.database.write(self.organisation, ACTOR) as change:
            entry = await entries.add(change, Entry(new_id(), extension, name, **fields))
        await self.app.follower.catch_up()
        return entry

    async def set_profile(
        self, entry: Entry, choice: str, *, until: float = math.inf, message: str | None = None
    ) -> None:
        """By hand, as of now."""
        async with self.app.database.write(self.organisation, ACTOR) as change:
            hand = Hand(entry.id, choice, self._clock[0], until, message)
            calendar = self.app.settings.organisation.calendar
            await hands.put(change, hand, self.app.home.presences.catalogue, calendar)
        await self.app.follower.catch_up()

    async def add_account(
        self, login: str, *, entry: Entry | None = None, role: Role = Role.USER, password: str = PASSWORD
    ) -> Account:
        async with self.app.database.write(self.organisation, ACTOR) as change:
            account = await accounts.add(
                change, login, entry=entry.id if entry else None, role=role, password=hash_password(password)
            )
        await self.app.follower.catch_up()
        return account

    async def alter(self, login: str, action: str, **values: Any) -> None:
        """Changes columns of an account."""
        async with self.app.database.write(self.organisation, ACTOR) as change:
            account = await accounts.by_login(change.connection, login)
            assert account is not None
            await accounts.alter(change, account, action, **values)
        await self.app.follower.catch_up()

    async def add_token(self, account: Account, **fields: Any) -> str:
        async with self.app.database.write(self.organisation, ACTOR) as change:
            _, secret = await tokens.add(change, account, "test", **fields)
        await self.app.follower.catch_up()
        return secret
