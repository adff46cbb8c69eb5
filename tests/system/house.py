"""A server with people, for tests of its pages: what is seen there, and what is done by HTTP beside it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.serving import Serving

PASSWORD = "hemligheter"
ADMIN, RECEPTION, USER = ("chef", PASSWORD), ("vaxel", PASSWORD), ("anna", PASSWORD)


def today() -> date:
    """By the organisation's clock."""
    return datetime.now(ZoneInfo("Europe/Stockholm")).date()


class House:
    """`client` asks as an admin."""

    def __init__(self, serving: Serving, client: httpx.AsyncClient) -> None:
        self.serving, self.client = serving, client

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, people: str, settings: str = "", *, anna: str = "101") -> AsyncIterator["House"]:
        """`people` is CSV; `anna` whose entry the accounts `anna` (a user) and `vaxel` (reception) have."""
        organisation = '[organisation]\nname = "Exempel & Söner"\n'
        async with Serving.running(folder, organisation + settings) as serving:
            (folder / "people.csv").write_text(people, "utf-8")
            serving.command("import", "people.csv")
            serving.add_account("chef", "--admin", password=PASSWORD)
            entry = ("--entry", anna) if anna else ()
            serving.add_account("vaxel", "--role", "reception", *entry, password=PASSWORD)
            serving.add_account("anna", *entry, password=PASSWORD)
            headers = {"authorization": f"Bearer {serving.add_token('chef')}"}
            async with httpx.AsyncClient(base_url=serving.url, headers=headers, timeout=30) as client:
                yield cls(serving, client)

    async def entry(self, number: str) -> dict[str, Any]:
        answer = await self.client.get(f"/api/lookup/{number}")
        found: dict[str, Any] = answer.json()["entries"][0]
        return found

    async def set(self, number: str, name: str, until: str | None = None, message: str | None = None) -> None:
        entry = await self.entry(number)
        given = {"name": name, "message": message} | ({} if until is None else {"until": until})
        (await self.client.put(f"/api/entries/{entry['id']}/profile", json=given)).raise_for_status()

    async def clear(self, number: str) -> None:
        entry = await self.entry(number)
        (await self.client.delete(f"/api/entries/{entry['id']}/profile")).raise_for_status()

    async def ask(self, method: str, path: str, **given: Any) -> Any:
        answer = await self.client.request(method, path, **given)
        answer.raise_for_status()
        return answer.json()
