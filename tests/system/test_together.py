"""Everything that says whether Anna can be reached, at once: her calendar, her telephone, her colleagues' programs;
and everything that shows it: the API, a lamp on the receptionist's telephone, the dialplan that answers her callers.

All of it is real: Asterisk and SIP calls, Radicale, and `katalog serve`, which is killed in the middle.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.serving import Serving
from tests.system.asterisk import dialplan
from tests.system.conftest import need_asterisk
from tests.system.office import Office
from tests.system.radicale import Radicale
from tests.system.sip.agent import Agent
from tests.system.sip.lamp import Lamp

pytestmark = pytest.mark.system

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SEEN_WITHIN = 0.1
"""Seconds from the request that sets a profile until every reader of v1 has it."""


async def becomes(ask: Callable[[], Awaitable[Any]], wanted: Any, limit: float = 15.0) -> None:
    begun = time.monotonic()
    while (found := await ask()) != wanted:
        assert time.monotonic() - begun < limit, f"{found!r}, not {wanted!r}"
        await asyncio.sleep(0.02)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def wall(moment: datetime) -> str:
    return moment.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S")


async def dial(phone: Agent, digits: str) -> str:
    call = phone.dial(digits.replace("#", "%23"))
    await call.over(15)
    return call.why


@pytest.mark.parametrize("version", ["22", "16"])
async def test_calendar_code_lamp_and_api_agree(tmp_path: Path, version: str) -> None:
    need_asterisk(version)
    (tmp_path / "radicale").mkdir()
    async with (
        Radicale.running(tmp_path / "radicale") as radicale,
        Office(version) as office,
        office.cast(2) as (reception, anna),
    ):
        manager = office.pbx.manager("katalog-profiles")
        number = f"08500{anna.user}"
        (tmp_path / "people.csv").write_text(
            f"anknytning;namn;e-post;enheter\n{number};Anna Öst;anna@ex.se;PJSIP/{anna.user}\n", "utf-8"
        )
        settings = (
            f'[[pbx]]\nport = {manager.port}\nusername = "{manager.user}"\nsecret = "{manager.secret}"\n'
            "[webhooks]\nallow_private = true\n"
            f'[calendars]\ninterval = 1\ntemplate = "{radicale.url_with_password("{email}")}"\n'
        )
        await radicale.make_calendar("anna@ex.se")
        async with Serving.running(tmp_path, settings) as serving:
            serving.command("import", "people.csv")
            for login, *options in (("receptionen", "--role", "reception"), ("program", "--service")):
                serving.add_account(login, *options)
            await office.observer.action("Setvar", Variable="KATALOG_URL", Value=serving.url)
            await office.observer.action("Setvar", Variable="KATALOG_TOKEN", Value=serving.add_token("program"))
            await story(office, radicale, serving, reception, anna, number)


@pytest.mark.alone
async def test_whoever_sets_a_profile_is_seen_within_100_ms(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("anknytning;namn\n100;Anna Öst\n", "utf-8")
    async with Serving.running(tmp_path) as serving:
        serving.command("import", "people.csv")
        serving.add_account("receptionen", "--role", "reception")
        async with httpx.AsyncClient(base_url=serving.url, auth=("receptionen", "hemligheter")) as client:
            await becomes(partial(_shown, client), "Tillgänglig")
            for name in ("Semester", "Lunch", "Möte"):
                begun = time.monotonic()
                assert (await client.put("/api/extensions/100/profile", json={"name": name})).status_code == 200
                assert await _shown(client) == name
                assert time.monotonic() - begun < SEEN_WITHIN


async def _shown(client: httpx.AsyncClient) -> str:
    (row,) = (await client.get("/api/extensions/")).json()
    return str(row["profile"]["name"])


async def story(
    office: Office, radicale: Radicale, serving: Serving, reception: Agent, anna: Agent, number: str
) -> None:
    lamp = Lamp(reception, anna.user)
    await lamp.subscribe()
    async with httpx.AsyncClient(base_url=serving.url, auth=("receptionen", "hemligheter")) as client:
        shown = partial(_shown, client)

        async def says(source: str) -> Any:
            told = (await client.get(f"/api/extensions/{number}/profile", params={"source": source})).json()
            return told and told["name"]

        await becomes(shown, "Tillgänglig")
        await lamp.dark()

        # A meeting in her calendar: the API says until when, the lamp is lit.
        end = datetime.now(UTC) + timedelta(minutes=45)
        meeting = (f"DTSTART:{stamp(datetime.now(UTC))}", f"DTEND:{stamp(end)}", "SUMMARY:Hemligt")
        await radicale.put("anna@ex.se", "1", *meeting)
        await becomes(shown, "Möte")
        assert (await client.get(f"/api/extensions/{number}/profile")).json() == {
            "available": False, "name": "Möte", "until": wall(end), "message": None
        }  # fmt: skip
        await lamp.lit()

        # Her telephone goes before the calendar, which still says what it says.
        assert await dial(anna, "*23*3#") == "Q.850;cause=16"
        assert await shown() == "Lunch"
        assert [await says(source) for source in ("hand", "calendar", "planned", "dnd")] == [
            "Lunch",
            "Möte",
            None,
            None,
        ]
        assert lamp.is_lit
        assert await dial(anna, "*23*77#") == "Q.850;cause=21"
        assert await shown() == "Lunch"
        # She can be reached in spite of the meeting.
        assert await dial(anna, "*23*0#") == "Q.850;cause=16"
        assert await shown() == "Tillgänglig"
        await lamp.dark()
        # Do-not-disturb at the telephone is shown where all else says that she can be reached, and ends with it.
        dnd = partial(office.observer.action, "Setvar", Variable=f"DEVICE_STATE(Custom:DND{anna.user})")
        await dnd(Value="BUSY")
        await becomes(shown, "Stör ej")
        await lamp.lit()
        await dnd(Value="NOT_INUSE")
        await becomes(shown, "Tillgänglig")
        await lamp.dark()
        # Taken back by the other code: the meeting again.
        assert await dial(anna, "#23#") == "Q.850;cause=16"
        assert await shown() == "Möte"
        await lamp.lit()

        # The receptionist sets it for her, and every reader has it at once; the caller is told.
        draft = {"name": "Semester", "until": "2099-03-14", "message": "Svarar på mejl"}
        assert (await client.put(f"/api/extensions/{number}/profile", json=draft)).status_code == 200
        assert await shown() == "Semester"
        call = reception.dial(dialplan.referred(anna.user))
        await call.up()
        channel = await office.channel(reception.user)
        told = {
            name: await office.observer.variable(channel.name, f"HASH(REFERRAL,{name})")
            for name in ("name", "available", "profile", "until_local", "message")
        }
        await call.hangup()
        assert told == {
            "name": "Anna Öst", "available": "0", "profile": "Semester", "until_local": "2099-03-14 23:59:59",
            "message": "Svarar på mejl",
        }  # fmt: skip

        # A server that is away takes nothing away; and with katalog killed, what ends meanwhile has ended.
        radicale.stop()
        await client.put(f"/api/extensions/{number}/profile", json={"name": "Lunch", "until": "PT4S"})
        ends = time.monotonic() + 5
        serving.kill()
        await asyncio.sleep(1)
        assert lamp.is_lit
        serving.launch()
        await serving.until_ready()
        still = await shown()
        if time.monotonic() < ends - 2:
            assert still == "Lunch"
        serving.kill()
        await asyncio.sleep(max(0.0, ends - time.monotonic()))
        serving.launch()
        await serving.until_ready()
        assert await shown() == "Tillgänglig"
        await lamp.dark()
        # Its server is back, and so is the meeting.
        radicale.launch()
        await radicale.until_ready()
        await becomes(shown, "Möte")
        await lamp.lit()
        changes = [state for state, before in zip(lamp.states, [None, *lamp.states], strict=False) if state != before]
        lit, dark = "confirmed", "terminated"
        assert changes == [dark, lit, dark, lit, dark, lit, dark, lit], "no lamp flickers"
