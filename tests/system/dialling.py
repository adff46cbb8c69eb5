"""People with telephones at a real Asterisk who dial over HTTP, and what an INVITE of theirs says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.asterisk.link import Times
from katalog.connectors.base import PbxAddress
from katalog.live.link import LinkState
from katalog.settings import Dial
from tests.installation import Installation, bearer
from tests.system.asterisk.server import Asterisk
from tests.system.directory import pbx_settings
from tests.system.sip.call import Call
from tests.system.sip.message import Address, Request


class Dialling:
    """One installation at an Asterisk. `person` adds somebody who dials by a token of their own."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self._tokens: dict[str, dict[str, str]] = {}

    @classmethod
    @asynccontextmanager
    async def at(
        cls,
        folder: Path,
        pbx: Asterisk,
        *,
        user: str = "katalog-dial",
        port: int | None = None,
        times: Times | None = None,
    ) -> AsyncIterator[Self]:
        """`port` is where a proxy stands between katalog and the telephone system."""
        settings = pbx_settings(pbx, user=user)
        address = PbxAddress(settings.name, settings.host, port or settings.port, user, settings.secret)
        connector = AsteriskConnector(address, times=times)
        dial = Dial(per_minute=1000)
        async with Installation.running(folder, connectors=[connector], pbx=[settings], dial=dial) as installation:
            dialling = cls(installation)
            await dialling.until_ready()
            yield dialling

    async def until_ready(self, seconds: float = 10.0) -> None:
        """The link is live, and it is known which telephones are registered."""
        (link,) = self.installation.app.home.links.values()
        async with asyncio.timeout(seconds):
            while link.state is not LinkState.LIVE or not link.devices.are_read:
                await asyncio.sleep(0.005)

    async def person(self, extension: str, name: str, *devices: str, **fields: Any) -> str:
        """Their login."""
        entry = await self.installation.add(extension, name, devices=devices, **fields)
        account = await self.installation.add_account(f"{name}-{extension}", entry=entry)
        self._tokens[account.login] = bearer(await self.installation.add_token(account))
        return account.login

    async def ask(self, login: str, path: str) -> httpx.Response:
        return await self.installation.client.get(path, headers=self._tokens[login])

    async def done(self, login: str, path: str) -> None:
        response = await self.ask(login, path)
        assert (response.status_code, response.content) == (200, b'{"message":"OK"}'), response.text

    async def refused(self, login: str, path: str, status: int = 400) -> str:
        """The sentence that says why."""
        response = await self.ask(login, path)
        assert response.status_code == status, response.text
        message: str = response.json()["message"]
        return message

    async def shows(self, login: str) -> list[dict[str, str]]:
        calls: list[dict[str, str]] = (await self.ask(login, "/api/extensions/me")).json()["calls"]
        return calls


def invite_of(call: Call) -> Request:
    """What the call came with."""
    assert call._invite is not None
    return call._invite


def sender_of(call: Call) -> Address:
    """Whom the telephone shows, name and number."""
    return invite_of(call).sender
