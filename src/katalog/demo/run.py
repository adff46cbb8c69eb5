"""Fills the throw-away database and serves it."""

import asyncio
import os
import secrets
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from katalog.app import App
from katalog.connectors.demo import DemoConnector
from katalog.demo import presences
from katalog.demo.people import people
from katalog.domain.account import Role
from katalog.domain.catalogue import Catalogue, standard
from katalog.domain.entry import Entry
from katalog.domain.hours import Calendar
from katalog.server.certificate import Certificate
from katalog.server.server import serve
from katalog.settings import Calendars, Pbx, Server, Settings
from katalog.settings import Database as DatabaseSettings
from katalog.store import absences, accounts, entries, hands, organisations, tokens
from katalog.store.database import Actor, Change, Database
from katalog.store.migrate import upgrade

_ACTOR = Actor("demo", "katalog demo")


class Filled(msgspec.Struct, frozen=True):
    """What whoever tries the demo needs: a token of Anna's, and the telephones there are."""

    token: str
    devices: tuple[str, ...]


def run_demo(port: int) -> None:
    """Until Ctrl-C; nothing is left behind. Raises KatalogError if it cannot be served."""
    with tempfile.TemporaryDirectory(prefix="katalog-demo-") as folder:
        settings = Settings(
            server=Server(port=port),
            database=DatabaseSettings(url=f"sqlite:///{Path(folder) / 'katalog.db'}"),
            calendars=Calendars(key_file=str(Path(folder) / "katalog.key")),
            pbx=[Pbx(name="demo", type="demo", pattern=r"^DEMO/(?P<extension>\d+)$")],
        )
        filled = asyncio.run(fill(settings))
        url = settings.server.url
        ready = partial(_say_ready, url, filled.token)
        serve(settings.server, partial(_app, settings, filled.devices, ready))


async def fill(settings: Settings) -> Filled:
    async with Database(settings.database.url) as database:
        await upgrade(database)
        organisation = await organisations.default(database, settings.organisation.name)
        everybody = list(people())
        async with database.write(organisation.id, _ACTOR) as change:
            for entry in everybody:
                await entries.add(change, entry)
            await _fill_days(change, everybody, settings.organisation.calendar)
            # An admin without a password: only this token opens it, and it goes with the folder.
            anna = await accounts.add(change, "anna", entry=everybody[0].id, role=Role.ADMIN, password="")
            _, secret = await tokens.add(change, anna, f"demo {secrets.token_hex(4)}")
    return Filled(secret, tuple(device for entry in everybody for device in entry.devices))


async def _fill_days(change: Change, everybody: list[Entry], calendar: Calendar) -> None:
    """What people have set and planned."""
    now, catalogue = time.time(), Catalogue(standard(), "sv")
    for hand in presences.hands(everybody, now, calendar):
        await hands.put(change, hand, catalogue, calendar)
    for absence in presences.absences(everybody, now, calendar):
        await absences.add(change, absence)


def _app(
    settings: Settings, devices: tuple[str, ...], ready: Callable[[], None], certificate: Certificate | None
) -> App:
    connector = DemoConnector("demo", devices)
    return App(settings, connectors=[connector], ready=ready, certificate=certificate)


def _say_ready(url: str, token: str) -> None:
    # Written at once and whole: programs wait for these lines. The first has the browser logged in as Anna.
    lines = f"{url}/#token={token}\n{url}/\ncurl -H 'Authorization: Bearer {token}' {url}/api/extensions/\n"
    os.write(1, lines.encode())
