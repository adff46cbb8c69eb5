"""The state of telephone systems: what admins see of each, and what they are told to do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from katalog.connectors.base import Emit, Finding
from katalog.domain.account import Role
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.events import LegsChanged, LegsRead, LegsWithdrawn, LinkLost
from katalog.settings import Pbx
from tests.installation import Installation, bearer

Headers = dict[str, str]


class Silent:
    """A telephone system that says nothing by itself, and has put three differences right."""

    healed = 3

    def __init__(self, name: str) -> None:
        self.name = name

    async def session(self, emit: Emit) -> None:
        await asyncio.Event().wait()

    async def check(self) -> list[Finding]:
        return []


def leg(id_: str) -> Leg:
    return Leg(id_, "PJSIP/100", Direction.IN, LineStatus.UP, "0701231234")


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    pbxs = [
        Pbx(name="växel", host="192.0.2.5", secret="hemligheten"),
        Pbx(name="lager", type="demo", host="katalog:hemligheten@2001:db8::1", port=99),
    ]
    async with Installation.running(tmp_path, pbx=pbxs, connectors=[Silent("växel")]) as running:
        yield running


@pytest.fixture
async def admin(installation: Installation) -> Headers:
    return bearer(await installation.add_token(await installation.add_account("chefen", role=Role.ADMIN)))


async def asked(installation: Installation, headers: Headers, language: str = "sv") -> dict[str, dict[str, Any]]:
    answer = await installation.client.get("/api/pbx", headers=headers | {"accept-language": language})
    assert answer.status_code == 200
    assert "hemligheten" not in answer.text
    return {each.pop("name"): each for each in answer.json()}


async def test_one_that_was_never_there_says_what_it_is_and_what_to_do(
    installation: Installation, admin: Headers
) -> None:
    told = await asked(installation, admin)
    advice = told["växel"].pop("advice")
    assert advice.startswith("Det försöks igen av sig självt.")
    assert (await asked(installation, admin, "en"))["växel"]["advice"].startswith("It is tried again by itself.")
    assert told["växel"] == {
        "type": "asterisk", "host": "192.0.2.5:5038", "link": "withdrawn", "since": None, "reason": "", "events": 0,
        "last_event": None, "rate": 0.0, "healed": {"last": 0, "total": 3}, "legs": 0,
    }  # fmt: skip
    assert (told["lager"]["type"], told["lager"]["host"]) == ("demo", "[2001:db8::1]:99")
    assert told["lager"]["healed"] == {"last": 0, "total": 0}


async def test_while_it_is_live_it_says_how_much_it_tells(installation: Installation, admin: Headers) -> None:
    home = installation.app.home
    home.apply(LegsRead("växel", (leg("a"),)))
    for number in range(29):
        home.apply(LegsChanged("växel", (leg(f"b{number}"),)))
    installation.advance(30)
    told = (await asked(installation, admin))["växel"]
    assert (told["link"], told["advice"], told["reason"]) == ("live", None, "")
    assert (told["events"], told["rate"], told["last_event"]) == (30, 0.5, "2026-09-21T16:13:20+02:00")
    installation.advance(30)
    assert (await asked(installation, admin))["växel"]["rate"] == 0.0


async def test_what_to_do_is_told_in_the_readers_language(installation: Installation, admin: Headers) -> None:
    home = installation.app.home
    home.apply(LegsRead("växel", ()))
    home.apply(LinkLost("växel", "refused", "Check host.", "Se efter host.", "avvisat"))
    told = (await asked(installation, admin))["växel"]
    assert (told["reason"], told["advice"]) == ("avvisat", "Se efter host.")
    told = (await asked(installation, admin, "en"))["växel"]
    assert (told["reason"], told["advice"]) == ("refused", "Check host.")
    home.apply(LinkLost("växel", "worn out", "Buy another."))
    told = (await asked(installation, admin))["växel"]
    assert (told["reason"], told["advice"]) == ("worn out", "Buy another.")
    home.apply(LinkLost("växel", "closed"))
    assert (await asked(installation, admin, "en"))["växel"]["advice"].startswith("It is tried again by itself.")
    home.apply(LegsRead("växel", ()))
    assert (await asked(installation, admin))["växel"]["advice"] is None


async def test_what_a_new_reading_finds_otherwise_is_counted(installation: Installation, admin: Headers) -> None:
    home = installation.app.home

    async def healed() -> tuple[int, int]:
        found = (await asked(installation, admin))["växel"]["healed"]
        return found["last"], found["total"] - Silent.healed

    home.apply(LegsRead("växel", (leg("a"), leg("b"))))
    assert await healed() == (0, 0)  # the first has nothing to differ from
    home.apply(LegsChanged("växel", (leg("c"),), ("a",)))
    home.apply(LegsRead("växel", (leg("c"), leg("d"), leg("e"))))
    assert await healed() == (3, 3)  # b is gone, d and e are there
    home.apply(LinkLost("växel", "gone"))
    home.apply(LegsRead("växel", (leg("c"), leg("d"), leg("e"))))
    assert await healed() == (0, 3)
    home.apply(LinkLost("växel", "gone"))
    home.apply(LegsWithdrawn("växel"))
    home.apply(LegsWithdrawn("växel"))
    home.apply(LegsRead("växel", (leg("c"), leg("d"))))
    assert await healed() == (1, 4)


async def test_it_is_for_admins(installation: Installation) -> None:
    for role in (Role.USER, Role.RECEPTION, Role.SERVICE):
        other = bearer(await installation.add_token(await installation.add_account(str(role), role=role)))
        assert (await installation.client.get("/api/pbx", headers=other)).status_code == 403
