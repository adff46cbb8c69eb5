"""Profiles and telephones, both ways, on a real Asterisk: lamps, presence, codes, do-not-disturb, forwarding."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from katalog.domain.catalogue import Meanwhile
from katalog.store import catalogue
from tests.installation import ACTOR, Installation, bearer
from tests.serving import Serving
from tests.system.asterisk import dialplan
from tests.system.asterisk.observer import Refused
from tests.system.conftest import need_asterisk
from tests.system.directory import Shown, pbx_settings
from tests.system.office import Cast, Office
from tests.system.sip.agent import Agent
from tests.system.sip.lamp import Lamp

pytestmark = [pytest.mark.system, pytest.mark.parametrize("version", ["22", "16"])]


async def becomes(what: str, ask: Callable[[], Awaitable[Any]], wanted: Any, limit: float = 5.0) -> float:
    """How long it took."""
    begun = time.monotonic()
    while (found := await ask()) != wanted:
        assert time.monotonic() - begun < limit, f"{what}: {found!r}, not {wanted!r}"
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


class Desk:
    """A company of which every telephone is somebody's, and what Asterisk has of each."""

    def __init__(self, office: Office, shown: Shown) -> None:
        self.office = office
        self.shown = shown

    @classmethod
    @asynccontextmanager
    async def of(
        cls, folder: Path, version: str, *, user: str = "katalog-profiles", db_context: str = ""
    ) -> AsyncIterator["Desk"]:
        need_asterisk(version)
        async with Office(version) as office, Shown.of(folder, office.pbx, user=user, db_context=db_context) as shown:
            yield cls(office, shown)

    @property
    def installation(self) -> Installation:
        return self.shown.installation

    async def profile(self, phone: Agent) -> dict[str, Any]:
        found: dict[str, Any] = (await self.shown.get(f"/api/extensions/{self.shown.extensions[phone.user]}")).json()
        return dict(found["profile"])

    async def name(self, phone: Agent) -> str:
        return str((await self.profile(phone))["name"])

    async def put(self, phone: Agent, name: str, **fields: Any) -> None:
        entry = self.installation.app.home.find(self.shown.extensions[phone.user], hidden=True)
        assert entry is not None
        choice = self.installation.app.home.presences.catalogue.named(name)
        assert choice is not None
        await self.installation.set_profile(entry, choice.id, **fields)

    async def value(self, variable: str) -> str:
        (answer,) = await self.office.observer.action("Getvar", Variable=variable)
        return answer.get("Value")

    async def forward(self, id_: str, number: str) -> None:
        """A profile of the catalogue sends calls on."""
        app = self.installation.app
        async with app.database.write(self.installation.organisation, ACTOR) as change:
            choice = await catalogue.get(change, id_)
            assert choice is not None
            forward = msgspec.structs.replace(choice, meanwhile=Meanwhile.FORWARD, forward=number)
            await catalogue.replace(change, forward)
        await app.follower.catch_up()

    async def kept(self, family: str, phone: Agent) -> str:
        try:
            _, *items = await self.office.observer.action("DBGet", Family=family, Key=phone.user)
        except Refused:
            return ""
        return next((item.get("Val") for item in items if item.get("Val")), "")

    async def dial(self, phone: Agent, digits: str) -> str:
        """Why the call ended: whether it was done is heard, and is the cause of its end besides."""
        call = phone.dial(digits.replace("#", "%23"))
        await call.over(15)
        return call.why


async def test_a_profile_lights_lamps_and_goes_out_with_its_end(tmp_path: Path, version: str) -> None:
    async with Desk.of(tmp_path, version) as desk, desk.office.cast(3) as cast:
        watcher, anna, bo = cast
        lamps = [Lamp(watcher, phone.user) for phone in (anna, bo)]
        for lamp in lamps:
            await lamp.subscribe()
            await lamp.dark()
        # As long as nobody has set anything, not a word is written.
        assert await desk.value(f"DEVICE_STATE(Custom:absent{anna.user})") in ("UNKNOWN", "")
        now = 1_790_000_000.0
        await desk.put(anna, "Möte", until=now + 600, message="Åter, kl 13;ok\r\nVariable: x")
        await lamps[0].lit()
        presence = f"PRESENCE_STATE(CustomPresence:{anna.user},"
        # Lamps of all come before the words of any.
        await becomes("presence", lambda: desk.value(presence + "value)"), "away")
        assert await desk.value(presence + "subtype)") == "Möte"
        until = "2026-09-21 16:23"
        assert await desk.value(presence + "message)") == f"till {until}. Åter, kl 13;ok Variable: x"
        assert not lamps[1].is_lit
        # A profile with which one can be reached lights nothing.
        await desk.put(bo, "Arbetar hemma")
        await becomes(
            "presence", lambda: desk.value(f"PRESENCE_STATE(CustomPresence:{bo.user},subtype)"), "Arbetar hemma"
        )
        assert lamps[1].states == ["terminated"] * len(lamps[1].states)
        # It ends by the clock, and no request is needed for it but the time to pass.
        desk.installation.advance(601)
        assert await desk.name(anna) == "Tillgänglig"
        await lamps[0].dark()
        await becomes("presence", lambda: desk.value(presence + "value)"), "available")
        assert [state for state, before in zip(lamps[0].states, [None, *lamps[0].states], strict=False) if state != before] == [
            "terminated", "confirmed", "terminated"
        ]  # fmt: skip


async def test_an_unregistered_telephone_stays_unavailable_behind_the_lamp(tmp_path: Path, version: str) -> None:
    """UNAVAILABLE, not NOT_INUSE: a lamp that is out must not hide that nobody is there."""
    async with Desk.of(tmp_path, version) as desk, desk.office.cast(2) as cast:
        _, anna = cast
        await desk.put(anna, "Möte")
        await becomes("lamp", lambda: desk.value(f"DEVICE_STATE(Custom:absent{anna.user})"), "INUSE")
        await desk.put(anna, "Tillgänglig")
        await becomes("lamp", lambda: desk.value(f"DEVICE_STATE(Custom:absent{anna.user})"), "UNAVAILABLE")
        await anna.unregister()
        hint = f"EXTENSION_STATE({anna.user}@from-internal)"
        await becomes("hint", lambda: desk.value(hint), "UNAVAILABLE")
        await anna.register()
        await becomes("hint", lambda: desk.value(hint), "NOT_INUSE")


async def test_what_was_set_is_put_right_after_a_restart_of_either(tmp_path: Path, version: str) -> None:
    async with Desk.of(tmp_path, version) as desk, desk.office.cast(3) as cast:
        _, anna, bo = cast
        state = "DEVICE_STATE(Custom:absent{})".format
        await desk.put(anna, "Semester")
        await becomes("lamp", lambda: desk.value(state(anna.user)), "INUSE")
        # Killed at once, Asterisk has not kept it; and while it is away, Anna is back and Bo has left.
        await desk.office.pbx.kill()
        await desk.put(anna, "Tillgänglig")
        await desk.put(bo, "Sjuk")
        await desk.office.pbx.start()
        await desk.office.furnish_again()
        await becomes("lamp", lambda: desk.value(state(bo.user)), "INUSE", 20)
        # Asterisk may have lost that it was ever lit.
        assert await desk.value(state(anna.user)) in ("UNAVAILABLE", "UNKNOWN")
        # katalog comes anew, with people whom it no longer has: what is left of them goes out.
        await desk.office.observer.action("Setvar", Variable=state("777"), Value="INUSE")
        await desk.office.observer.action("Setvar", Variable=state(bo.user), Value="NOT_INUSE")
        await desk.office.pbx.restart()
        await desk.office.furnish_again()
        await becomes("lamp", lambda: desk.value(state(bo.user)), "INUSE", 20)
        await becomes("lamp", lambda: desk.value(state("777")), "UNAVAILABLE")


async def test_a_katalog_that_comes_back_says_nothing_that_asterisk_knows(tmp_path: Path, version: str) -> None:
    """No lamp flickers when katalog is restarted; what has changed meanwhile is said once."""
    need_asterisk(version)
    async with Office(version) as office, office.cast(2) as (anna, bo):
        said: list[str] = []
        observer = await office.pbx.observer()
        observer.listen(lambda event: said.append(event.get("Device") or event.get("Presentity")))
        everything = sorted(f"Custom{kind}{phone.user}" for phone in (anna, bo) for kind in (":absent", "Presence:"))

        async def told() -> list[str]:
            return sorted(each for each in said if "Custom" in each)

        async with Shown.of(tmp_path, office.pbx, user="katalog-profiles") as shown:
            desk = Desk(office, shown)
            for phone in (anna, bo):
                await desk.put(phone, "Semester", until=1_790_000_600.0, message="Åter i tid")
                await becomes("lamp", partial(desk.value, f"DEVICE_STATE(Custom:absent{phone.user})"), "INUSE")
                presence = f"PRESENCE_STATE(CustomPresence:{phone.user},subtype)"
                await becomes("presence", partial(desk.value, presence), "Semester")
            # Asterisk has it before it tells of it.
            await becomes("told", told, everything)
        said.clear()
        settings = [pbx_settings(office.pbx, user="katalog-profiles")]
        async with Installation.running(tmp_path, pbx=settings) as again:
            async with asyncio.timeout(10):
                while not again.app.home.calls_are_live:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.5)
            assert await told() == []
        # The holiday has ended while no katalog ran.
        async with Installation.running(tmp_path, pbx=settings, now=1_790_000_601.0):
            for phone in (anna, bo):
                dark = f"DEVICE_STATE(Custom:absent{phone.user})"
                await becomes("lamp", partial(desk.value, dark), "UNAVAILABLE")
            await becomes("told", told, everything)
            await asyncio.sleep(0.2)
        assert await told() == everything
        await observer.close()


async def test_codes_set_and_clear_and_wrong_ones_are_answered_as_wrong(tmp_path: Path, version: str) -> None:
    wrong = ("*23*99#", "*23*3*2561#", "*23*9*1301#", "*23*#", "*23**1300#", "*23*3*1300*1400#")
    async with Desk.of(tmp_path, version) as desk, desk.office.cast(8) as cast:
        watcher, anna, *others = cast
        desk.installation.turn_to("2026-11-25 11:30:00")
        lamp = Lamp(watcher, anna.user)
        await lamp.subscribe()
        # How it sounds differs, and so does the cause of the call's end (ITU-T Q.850).
        done, refused = "Q.850;cause=16", "Q.850;cause=21"
        assert await desk.dial(anna, "*23*3*1245#") == done
        assert await desk.profile(anna) == {
            "available": False, "name": "Lunch", "until": "2026-11-25 12:45:00", "message": None
        }  # fmt: skip
        await lamp.lit()
        whys = await asyncio.gather(*(desk.dial(phone, digits) for phone, digits in zip(others, wrong, strict=True)))
        assert dict(zip(wrong, whys, strict=True)) == dict.fromkeys(wrong, refused)
        assert {await desk.name(phone) for phone in others} == {"Tillgänglig"}
        # A telephone that sends at # leaves it out; a holiday's digits are a date, its last day.
        assert await desk.dial(anna, "*23*9*0314") == done
        assert await desk.profile(anna) == {
            "available": False, "name": "Semester", "until": "2027-03-14 23:59:59", "message": None
        }  # fmt: skip
        assert await desk.dial(anna, "#23#") == done
        assert await desk.name(anna) == "Tillgänglig"
        await lamp.dark()


async def test_a_katalog_that_is_away_is_heard_as_a_refusal(tmp_path: Path, version: str) -> None:
    need_asterisk(version)
    async with Office(version) as office, office.cast(1) as (anna,):
        call = anna.dial("*23*3%23")
        begun = time.monotonic()
        await call.over(15)
        assert "cause=21" in call.why
        assert time.monotonic() - begun < 8


async def test_do_not_disturb_at_the_telephone_is_its_own_source(tmp_path: Path, version: str) -> None:
    async with Desk.of(tmp_path, version) as desk, desk.office.cast(2) as cast:
        watcher, anna = cast
        lamp = Lamp(watcher, anna.user)
        await lamp.subscribe()

        async def switch(state: str) -> None:
            await desk.office.observer.action("Setvar", Variable=f"DEVICE_STATE(Custom:DND{anna.user})", Value=state)

        await switch("BUSY")
        taken = [await becomes("profile", lambda: desk.name(anna), "Stör ej")]
        await lamp.lit()
        # What was set by hand is shown before it, and is not touched by its end.
        await desk.put(anna, "Möte")
        assert await desk.name(anna) == "Möte"
        await switch("NOT_INUSE")
        extension = desk.shown.extensions[anna.user]

        async def dnd() -> Any:
            return (await desk.shown.get(f"/api/extensions/{extension}/profile?source=dnd")).json()

        await becomes("source", dnd, None)
        assert await desk.name(anna) == "Möte"
        await desk.put(anna, "Tillgänglig")
        await lamp.dark()
        # A restart of Asterisk keeps it, and no event tells of it.
        await switch("BUSY")
        taken.append(await becomes("profile", lambda: desk.name(anna), "Stör ej"))
        # The better of two: what else the machine does meanwhile is not katalog's.
        assert min(taken) < 1, taken
        await desk.office.pbx.restart()
        await desk.office.furnish_again()
        await desk.shown.until_live(20)
        assert await desk.name(anna) == "Stör ej"
        await switch("UNAVAILABLE")
        await becomes("profile", lambda: desk.name(anna), "Tillgänglig")


async def test_calls_are_refused_and_forwarded_by_the_keys_of_freepbx(tmp_path: Path, version: str) -> None:
    async with (
        Desk.of(tmp_path, version, user="katalog-astdb", db_context="katalog-db") as desk,
        desk.office.cast(3) as cast,
    ):
        anna, bo, cilla = cast

        async def keeps(family: str, phone: Agent, value: str) -> None:
            await becomes(family, lambda: desk.kept(family, phone), value)
            # What is katalog's own is written down after it, by a channel that ends then.
            await desk.office.empty()

        await desk.put(anna, "Upptagen")
        await keeps("DND", anna, "YES")
        # The lamp and the key are katalog's own doing: no do-not-disturb of the telephone's is heard of it.
        extension = desk.shown.extensions[anna.user]
        assert (await desk.shown.get(f"/api/extensions/{extension}/profile?source=dnd")).json() is None
        await desk.put(anna, "Tillgänglig")
        await keeps("DND", anna, "")
        # What somebody has set at the telephone is neither replaced nor taken away.
        await desk.office.observer.action("DBPut", Family="DND", Key=bo.user, Val="YES")
        await desk.put(bo, "Upptagen")
        await desk.put(bo, "Tillgänglig")
        await desk.put(cilla, "Upptagen")
        await keeps("DND", cilla, "YES")
        await desk.office.observer.action("Setvar", Variable=f"DEVICE_STATE(Custom:DND{cilla.user})", Value="BUSY")
        await desk.put(cilla, "Tillgänglig")
        await becomes("profile", lambda: desk.name(cilla), "Stör ej")
        await asyncio.sleep(0.5)
        assert [await desk.kept("DND", phone) for phone in (anna, bo, cilla)] == ["", "YES", "YES"]
        await desk.forward("holiday", "08-123 456")
        await desk.put(anna, "Semester")
        await keeps("CF", anna, "08123456")
        subtype = f"PRESENCE_STATE(CustomPresence:forward{anna.user},subtype)"
        await becomes("forward", lambda: desk.value(subtype), "08123456")
        await desk.forward("holiday", "9")
        await keeps("CF", anna, "9")
        # katalog comes anew, and its holiday is over by then: what it has left behind is put right.
        await desk.office.pbx.stop()
        await desk.put(anna, "Tillgänglig")
        await desk.office.pbx.start()
        await desk.office.furnish_again()
        await becomes("CF", lambda: desk.kept("CF", anna), "", 20)
        await becomes("forward", lambda: desk.value(subtype), "")


async def test_the_dialplan_asks_for_the_referral(tmp_path: Path, version: str) -> None:
    need_asterisk(version)
    async with Office(version) as office, office.cast(2) as (caller, anna):
        # A server of its own port: the dialplan asks over HTTP.
        manager = office.pbx.manager("katalog-profiles")
        pbx = f'[[pbx]]\nport = {manager.port}\nusername = "{manager.user}"\nsecret = "{manager.secret}"\n'
        async with Serving.running(tmp_path, pbx) as serving:
            (tmp_path / "people.csv").write_text(
                f"anknytning;namn;enheter\n08500{anna.user};Anna Å, växel & co;PJSIP/{anna.user}\n", "utf-8"
            )
            serving.command("import", "people.csv")
            serving.add_account("dialplan", "--service")
            token = serving.add_token("dialplan")
            serving.command(
                *("profile", "set", f"08500{anna.user}", "Semester", "--until", "2099-03-14 08:00"),
                *("--message", "Svarar, ibland;\npå mejl 100 % & så"),
            )

            async def shown() -> Any:
                path = f"{serving.url}/api/extensions/08500{anna.user}/profile"
                async with httpx.AsyncClient(headers=bearer(token)) as client:
                    return (await client.get(path)).json().get("name")

            await becomes("profile", shown, "Semester")
            await office.observer.action("Setvar", Variable="KATALOG_URL", Value=serving.url)
            await office.observer.action("Setvar", Variable="KATALOG_TOKEN", Value=token)

            async def told(number: str) -> dict[str, str]:
                call = caller.dial(dialplan.referred(number))
                await call.up()
                channel = await office.channel(caller.user)
                found = {
                    name: await office.observer.variable(channel.name, f"HASH(REFERRAL,{name})")
                    for name in ("available", "name", "profile", "until", "until_local", "message", "forward")
                }
                await call.hangup()
                await office.quiet(Cast([caller]))
                return found

            assert await told(anna.user) == {
                "available": "0",
                "name": "Anna Å, växel & co",
                "profile": "Semester",
                "until": "4077154800",
                "until_local": "2099-03-14 08:00:00",
                "message": "Svarar, ibland; på mejl 100 % & så",
                "forward": "",
            }
            # Nobody's number, and a katalog that is not there: empty, and the call goes on.
            assert set((await told("198")).values()) == {""}
        begun = time.monotonic()
        assert set((await told(anna.user)).values()) == {""}
        assert time.monotonic() - begun < 5
