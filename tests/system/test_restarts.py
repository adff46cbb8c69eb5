"""katalog is killed and started again in the middle of calls: the log loses none and doubles none."""

import asyncio
import itertools
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.installation import bearer
from tests.serving import Serving
from tests.system.checkpoint import Checkpoint
from tests.system.conftest import need_asterisk
from tests.system.mixture import Mixture
from tests.system.office import Office
from tests.system.telling import Logbook
from tests.system.truth import Truth

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

RESTARTS = 3
FLOWS = 50, 1000
"""In the ordinary run, and with --long."""

COMMITTED = 1.0
"""Seconds until what is heard is committed: it is gathered for half of one, and the machine may be busy."""

SETTLED = 6.0
"""Seconds: until telephone systems are live again, and their own records were read twice."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["22", "16"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    need_asterisk(request.param)
    async with Office(request.param) as office:
        yield office


class Shop:
    """`katalog serve` as a process, with an entry for each telephone; it can be ended and started again."""

    def __init__(self, serving: Serving, token: str, extensions: dict[str, str]) -> None:
        self.serving = serving
        self.extensions = extensions
        self._headers = bearer(token)

    @classmethod
    def set_up(cls, folder: Path, office: Office) -> "Shop":
        manager = office.pbx.manager("katalog")
        serving = Serving(
            folder,
            f'[organisation]\ntimezone = "UTC"\n[[pbx]]\nname = "växel"\nhost = "{manager.host}"\nport = {manager.port}\n'
            f'username = "{manager.user}"\nsecret = "{manager.secret}"\ncdr_file = "{office.pbx.cdr_file}"\n',
        )
        extensions = {
            device: f"08500{device}" if number % 2 else device for number, device in enumerate(office.pbx.phones)
        }
        people = folder / "people.csv"
        rows = [f"{number};Telefon {device};PJSIP/{device}" for device, number in extensions.items()]
        people.write_text("\n".join(["extension;name;devices", *rows, ""]), "utf-8")
        serving.command("import", str(people))
        serving.add_account("växeln", "--role", "reception")
        return cls(serving, serving.add_token("växeln"), extensions)

    async def ask(self, path: str) -> Any:
        async with httpx.AsyncClient(base_url=self.serving.url, headers=self._headers) as client:
            answer = await client.get(path)
            assert answer.status_code == 200, answer.text
            return answer.json()

    async def start(self) -> None:
        self.serving.launch()
        await self.serving.until_ready()

    async def until_live(self) -> None:
        async with httpx.AsyncClient(base_url=self.serving.url, headers=self._headers) as client:
            while (await client.get("/api/extensions/")).headers["katalog-calls"] != "live":
                await asyncio.sleep(0.02)


async def test_restarts_in_the_middle_of_calls(office: Office, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    shop = Shop.set_up(tmp_path, office)
    await shop.start()
    await shop.until_live()
    mixture = Mixture(office)
    truth = Truth(office.observer)
    gaps: list[tuple[float, float]] = []

    async def shortly(checkpoint: Checkpoint) -> None:
        # Without waiting for Asterisk a flow may ask for what is not there yet, or hang up inside a transfer.
        await truth.agrees(checkpoint)
        await asyncio.sleep(0.05)

    played = asyncio.Event()

    async def restart() -> None:
        for number in itertools.count():
            if played.is_set() and number >= RESTARTS:
                return
            await asyncio.sleep(2.0)
            clean = number % 2 == 1
            # What was heard just before a crash is not committed.
            since = time.time() - (0.0 if clean else COMMITTED)
            await asyncio.to_thread(shop.serving.kill, signal.SIGTERM if clean else signal.SIGKILL)
            await asyncio.sleep(0.3)
            await shop.start()
            await shop.until_live()
            gaps.append((since, time.time()))

    restarting = asyncio.create_task(restart())
    try:
        await mixture.run(shortly, flows=FLOWS[bool(request.config.getoption("--long"))])
        played.set()
        await restarting
        print(mixture)
        await office.empty()
        await asyncio.sleep(SETTLED)
        logbook = Logbook(office, shop.extensions, shop.ask)
        await logbook.agrees(gaps)
        assert '.fault"' not in shop.serving.log
        print(f"{len(gaps)} restarts, {len(logbook.lost)} calls lost", *logbook.lost, sep="\n")
    finally:
        restarting.cancel()
        if shop.serving.process is not None:
            shop.serving.kill(signal.SIGTERM)
