"""What an administrator has after an hour: settings, a CSV of 5,000 people, a real Asterisk; and a call that shows."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from tests.installation import bearer
from tests.serving import Serving
from tests.system.conftest import need_asterisk
from tests.system.office import Office
from tests.system.sip.moment import Moment

PEOPLE, LIMIT = 5_000, 0.1

pytestmark = [pytest.mark.system, pytest.mark.alone]


async def shown(client: httpx.AsyncClient, extension: str, linestatus: str | None, began: Moment | None) -> float:
    """Seconds from the telephone's own moment until readers see it; `None` is: no call."""
    assert began is not None
    wanted = [] if linestatus is None else [linestatus]
    async with asyncio.timeout(5):
        while True:
            calls = (await client.get(f"/api/extensions/{extension}")).json()["calls"]
            if [call["linestatus"] for call in calls] == wanted:
                return time.monotonic() - began.monotonic


@pytest.mark.parametrize("version", ["22", "16"])
async def test_a_call_is_ringing_up_and_gone_within_100_ms(tmp_path: Path, version: str) -> None:
    need_asterisk(version)
    async with Office(version) as office:
        manager = office.pbx.manager("katalog")
        pbx = f'[[pbx]]\nname = "växel"\nport = {manager.port}\nusername = "katalog"\nsecret = "{manager.secret}"\n'
        rows = [f"{number};Förnamn {number};" for number in range(10_000, 10_000 + PEOPLE)]
        rows += [f"08500{phone};Telefon {phone};PJSIP/{phone}" for phone in office.pbx.phones]
        (tmp_path / "people.csv").write_text("\n".join(["anknytning;namn;enheter", *rows]), "cp1252")
        async with Serving.running(tmp_path, pbx) as serving:
            serving.command("import", "people.csv")
            serving.add_account("program", "--service")
            headers = bearer(serving.add_token("program"))
            async with httpx.AsyncClient(base_url=serving.url, headers=headers) as client, office.cast(2) as cast:
                await asyncio.sleep(1)
                async with asyncio.timeout(30):
                    while len((await client.get("/api/extensions/")).json()) != len(rows):
                        await asyncio.sleep(0.1)
                a, b = cast
                for _ in range(5):
                    call = a.dial(b.user)
                    other = await b.offered()
                    other.ring()
                    await call.ringing()
                    seen = {"ringing": await shown(client, f"08500{b.user}", "ringing", other.rang)}
                    other.answer()
                    await call.up()
                    seen["up"] = await shown(client, f"08500{a.user}", "up", call.answered)
                    await call.hangup()
                    await other.over()
                    seen["gone"] = await shown(client, f"08500{b.user}", None, other.ended)
                    print(version, {name: f"{seconds * 1000:.0f} ms" for name, seconds in seen.items()})
                    assert max(seen.values()) < LIMIT, seen
