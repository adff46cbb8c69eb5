"""An office that sends text messages, by a gateway on loopback."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from katalog.domain.account import Role
from katalog.domain.entry import Entry
from katalog.settings import Sms
from tests.gateways.elks import Elks
from tests.installation import Installation, bearer

OK = b'{"message":"OK"}'
ANNA, BENGT = "0701740605", "0701740606"


class Desk:
    """Anna and Bengt with logins, an admin, and a program; all send by one gateway."""

    def __init__(self, installation: Installation, elks: Elks, before: "Desk | None" = None) -> None:
        """`before` is whose people they are, where the server was started again."""
        self.installation = installation
        self.client = installation.client
        self.elks = elks

        self._tokens: dict[str, str] = {} if before is None else before._tokens

    async def move_in(self) -> None:
        for login, extension, mobile, role in (
            ("anna", "08123456", "070-174 06 05", Role.USER),
            ("bengt", "08123457", "", Role.RECEPTION),
        ):
            entry = await self.installation.add(extension, login.title(), mobile=mobile)
            await self._add(login, role, entry)
        await self._add("chef", Role.ADMIN)
        await self._add("program", Role.SERVICE)

    async def _add(self, login: str, role: Role, entry: Entry | None = None) -> None:
        account = await self.installation.add_account(login, entry=entry, role=role)
        self._tokens[login] = await self.installation.add_token(account)

    def as_(self, who: str) -> dict[str, str]:
        """Headers of somebody who reads English."""
        return {"accept-language": "en", **bearer(self._tokens[who])}

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, http: dict[str, Any] | None = None, **settings: Any) -> AsyncIterator[Self]:
        """`settings` are of `[sms]`, `http` of its gateway."""
        async with AsyncExitStack() as stack:
            elks = await stack.enter_async_context(Elks.running())
            sms = Sms.model_validate({"gateway": "http", **settings})
            running = Installation.running(folder, sms=sms, sms_http=elks.settings(**http or {}))
            desk = cls(await stack.enter_async_context(running), elks)
            await desk.move_in()
            yield desk

    async def send(
        self, number: str = BENGT, text: str | None = "Hej", who: str = "anna", **options: Any
    ) -> httpx.Response:
        headers = self.as_(who) | options.pop("headers", {})
        query = {} if text is None else {"message": text}
        return await self.client.get(f"/api/sms/{number}", params=query, headers=headers, **options)

    async def kept(self, who: str = "chef", **query: Any) -> list[dict[str, Any]]:
        response = await self.client.get("/api/messages", headers=self.as_(who), params=query)
        assert response.status_code == 200
        found: list[dict[str, Any]] = response.json()["messages"]
        return found

    async def audit(self) -> list[dict[str, Any]]:
        rows = (await self.client.get("/api/audit", headers=self.as_("chef"))).json()["audit"]
        return [row for row in rows if row["action"].startswith("message.")]

    async def preview(self, who: str = "anna", **query: str) -> dict[str, Any]:
        response = await self.client.get("/api/messages/preview", headers=self.as_(who), params=query)
        assert response.status_code == 200
        told: dict[str, Any] = response.json()
        return told


def told(response: httpx.Response) -> str:
    """Why it was not sent."""
    assert response.status_code == 400, response.text
    problem = response.json()
    assert problem["type"] == "urn:katalog:error:not-done"
    message: str = problem["message"]
    return message
