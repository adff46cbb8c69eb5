"""Somebody's telephones over HTTP: in the order in which dialling prefers them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from katalog.domain.account import Role
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Kind
from katalog.domain.events import DeviceChanged, DndRead, LegsChanged, LinkLost
from tests.api.telephony import Telephony
from tests.api.test_dial import NUMBER, Office

ANNA = "08123456"


@pytest.fixture
def pbx() -> Telephony:
    return Telephony(registered=["PJSIP/104", "PJSIP/101"], absent=["PJSIP/100"])


@pytest.fixture
async def office(tmp_path: Path, pbx: Telephony) -> AsyncIterator[Office]:
    """Anna's are 100 and 104, of which she prefers 100."""
    async with Office.open(tmp_path, pbx) as opened:
        yield opened


async def devices(office: Office, headers: dict[str, str] | None = None, extension: str = ANNA) -> list[dict[str, Any]]:
    entry = office.installation.app.home.find(extension, hidden=True)
    assert entry is not None
    response = await office.get(f"/api/entries/{entry.id}/devices", headers)
    assert response.status_code == 200, response.text
    assert response.headers["katalog-calls"] in ("live", "stale")
    found: list[dict[str, Any]] = response.json()
    return found


def device(name: str, registered: bool | None = True, **other: Any) -> dict[str, Any]:
    told = {"device": name, "pbx": "växel", "registered": registered, "dnd": False, "preferred": False, "calls": 0}
    return told | other


async def test_the_one_that_can_be_rung_is_first_and_is_the_one_that_rings(office: Office, pbx: Telephony) -> None:
    found = await devices(office)
    assert found == [device("PJSIP/104", preferred=True), device("PJSIP/100", False)]
    assert list(found[0]) == ["device", "pbx", "registered", "dnd", "preferred", "calls"]
    await office.done(f"/api/dial/{NUMBER}")
    office.installation.app.home.apply(DeviceChanged("växel", "PJSIP/100", registered=True))
    assert await devices(office) == [device("PJSIP/100", preferred=True), device("PJSIP/104")]
    await office.done("/api/dial/0701112234")
    assert [placing.devices[0] for placing in pbx.placed] == ["PJSIP/104", "PJSIP/100"]


async def test_where_none_can_be_rung_none_is_preferred(office: Office) -> None:
    office.installation.app.home.apply(DeviceChanged("växel", "PJSIP/104", registered=False))
    assert await devices(office) == [device("PJSIP/100", False), device("PJSIP/104", False)]
    await office.refused(f"/api/dial/{NUMBER}")


async def test_of_a_telephone_system_that_is_away_nothing_is_known(office: Office) -> None:
    office.installation.app.home.apply(LinkLost("växel", "lost"))
    assert await devices(office) == [device("PJSIP/100", None), device("PJSIP/104", None)]


async def test_one_of_which_nothing_is_said_is_preferred_if_no_other_is_registered(office: Office) -> None:
    await office.installation.add("300", "Cilla", devices=("PJSIP/100", "PJSIP/300", "växel:PJSIP/300"))
    chef = await office.login("chef", role=Role.ADMIN)
    assert await devices(office, chef, "300") == [device("PJSIP/300", None, preferred=True), device("PJSIP/100", False)]


async def test_whoever_names_none_has_those_of_the_extension(office: Office) -> None:
    await office.installation.add("101", "Bengt")
    await office.installation.add("102", "Cilla")
    reception = await office.login("reception", role=Role.RECEPTION)
    assert await devices(office, reception, "101") == [device("PJSIP/101", preferred=True)]
    assert await devices(office, reception, "102") == []


async def test_calls_and_do_not_disturb_are_of_each_device(office: Office) -> None:
    legs = [
        Leg("1", "PJSIP/104", Direction.IN, LineStatus.UP, "1"),
        Leg("2", "PJSIP/104", Direction.IN, LineStatus.RINGING, "2"),
        Leg("3", "PJSIP/101", Direction.IN, LineStatus.UP, "3"),
    ]
    office.installation.app.home.apply(LegsChanged("växel", tuple(legs)))
    office.installation.app.home.apply(DndRead("växel", frozenset({"100", "101"})))
    assert await devices(office) == [device("PJSIP/104", preferred=True, calls=2), device("PJSIP/100", False, dnd=True)]


async def test_several_telephone_systems(tmp_path: Path) -> None:
    here, there = Telephony("växel", absent=["PJSIP/100"]), Telephony("filial", registered=["PJSIP/100"])
    async with Office.open(tmp_path, here, there) as office:
        first, *rest = await devices(office)
        assert first == device("PJSIP/100", pbx="filial", preferred=True)
        assert [(each["device"], each["pbx"]) for each in rest] == [
            ("PJSIP/100", "växel"), ("PJSIP/104", "växel"), ("PJSIP/104", "filial"),
        ]  # fmt: skip


async def test_they_are_for_whose_they_are_for_reception_and_for_admins(office: Office) -> None:
    bengt = await office.installation.add("101", "Bengt")
    await office.installation.add("190", "Rum", kind=Kind.ROOM, devices=("PJSIP/190",))
    path = f"/api/entries/{bengt.id}/devices"
    assert "to do that" in await office.refused(path, office.headers | {"accept-language": "en"}, status=403)
    assert "behörig" in await office.refused(path, status=403)
    await office.refused(path, await office.login("program", role=Role.SERVICE), status=403)
    assert (await office.get(path, await office.login("bengt", entry=bengt))).status_code == 200
    reception = await office.login("reception", role=Role.RECEPTION)
    assert await devices(office, reception, "190") == [device("PJSIP/190", None, preferred=True)]
    await office.refused("/api/entries/nobody/devices", status=404)
    assert (await office.get(path, {})).status_code == 401


async def test_of_a_hidden_entry_only_itself_and_admins_know(office: Office) -> None:
    secret = await office.installation.add("199", "Hemlig", hidden=True, devices=("PJSIP/199",))
    path = f"/api/entries/{secret.id}/devices"
    await office.refused(path, status=404)
    await office.refused(path, await office.login("reception", role=Role.RECEPTION), status=404)
    for headers in (await office.login("hemlig", entry=secret), await office.login("chef", role=Role.ADMIN)):
        assert (await office.get(path, headers)).json() == [device("PJSIP/199", None, preferred=True)]
        assert (await office.get(f"/api/entries/{secret.id}/absences", headers)).json() == []
