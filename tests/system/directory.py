"""What readers of katalog see, against what a flow says must be shown."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from katalog.domain.account import Role
from katalog.settings import Pbx
from tests.installation import Installation, bearer
from tests.system.asterisk.server import Asterisk
from tests.system.checkpoint import Checkpoint, Line

SETTLED = 3.0
"""Seconds within which the directory shows what Asterisk has; the usual is a few milliseconds, but a busy machine may
stand still."""


def pbx_settings(
    pbx: Asterisk, name: str = "växel", *, user: str = "katalog", db_context: str = "", recordings: bool = False
) -> Pbx:
    manager = pbx.manager(user)
    return Pbx(
        name=name,
        host=manager.host,
        port=manager.port,
        username=manager.user,
        secret=manager.secret,
        db_context=db_context,
        recordings=str(pbx.recordings) if recordings else "",
        recordings_prefix=pbx.recordings_prefix,
    )


class Shown:
    """Entries for every telephone of an Asterisk, read over HTTP.

    Every other telephone is called by the number of the company and has its device named, as where extension
    101 stands in the directory as 08123456; the rest are found by the pattern.
    """

    def __init__(self, installation: Installation, headers: dict[str, str]) -> None:
        self.installation = installation
        self._headers = headers
        self.extensions: dict[str, str] = {}
        self.slowest = 0.0
        self._reception: dict[str, str] | None = None

    @classmethod
    @asynccontextmanager
    async def of(
        cls, folder: Path, pbx: Asterisk, *, port: int | None = None, user: str = "katalog", db_context: str = ""
    ) -> AsyncIterator[Self]:
        """`port` is where a proxy stands between katalog and the telephone system."""
        settings = pbx_settings(pbx, user=user, db_context=db_context)
        if port is not None:
            settings = settings.model_copy(update={"port": port})
        async with Installation.running(folder, pbx=[settings]) as installation:
            account = await installation.add_account("program", role=Role.SERVICE)
            shown = cls(installation, bearer(await installation.add_token(account)))
            for number, device in enumerate(pbx.phones):
                await shown.add(device, f"08500{device}" if number % 2 else device)
            await shown.until_live()
            yield shown

    async def add(self, device: str, extension: str) -> None:
        devices = () if extension == device else (f"PJSIP/{device}",)
        self.extensions[device] = extension
        await self.installation.add(extension, f"Telefon {device}", devices=devices)

    async def get(self, path: str) -> httpx.Response:
        return await self.installation.client.get(path, headers=self._headers)

    async def ask(self, path: str) -> Any:
        """What reception is answered."""
        if self._reception is None:
            account = await self.installation.add_account("växeln", role=Role.RECEPTION)
            self._reception = bearer(await self.installation.add_token(account))
        response = await self.installation.client.get(path, headers=self._reception)
        assert response.status_code == 200, response.text
        return response.json()

    async def until_live(self, seconds: float = 10.0) -> float:
        """How long it took until the calls were as of now."""
        begun = time.monotonic()
        async with asyncio.timeout(seconds):
            while (await self.get("/api/extensions/")).headers["katalog-calls"] != "live":
                await asyncio.sleep(0.01)
        return time.monotonic() - begun

    async def lines(self, device: str) -> list[Line]:
        response = await self.get(f"/api/extensions/{self.extensions[device]}")
        assert response.status_code == 200
        return sorted(Line(**call) for call in response.json()["calls"])

    async def agrees(self, checkpoint: Checkpoint, limit: float = SETTLED, *, only_states: bool = False) -> None:
        """Waits until the directory shows just these calls (or just as many in these states); else AssertionError."""

        def seen(lines: list[Line]) -> list[Line]:
            return sorted(Line("", "", line.linestatus) for line in lines) if only_states else lines

        expected = {device: seen(self._in_words(lines)) for device, lines in checkpoint.lines.items()}
        begun = time.monotonic()
        while True:
            found = {device: seen(await self.lines(device)) for device in expected}
            if found == expected:
                self.slowest = max(self.slowest, time.monotonic() - begun)
                return
            if time.monotonic() - begun > limit:
                wrong = {
                    device: (found[device], expected[device])
                    for device in expected
                    if found[device] != expected[device]
                }
                told = "\n".join(f"  {device}: shown {got}, expected {lines}" for device, (got, lines) in wrong.items())
                raise AssertionError(f"at {checkpoint.name!r}\n{told}")
            await asyncio.sleep(0.005)

    def _in_words(self, lines: tuple[Line, ...]) -> list[Line]:
        """An internal party is shown by its entry's extension."""
        return sorted(line._replace(callerid=self.extensions.get(line.callerid, line.callerid)) for line in lines)

    async def is_empty(self) -> bool:
        return all(row["calls"] == [] for row in (await self.get("/api/extensions/")).json())
