"""Since when each call is as it is shown. The clock stands on Monday 21 September 2026, 16:13:20 in Stockholm."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from katalog.connectors.base import Emit
from katalog.domain.call import Direction, Leg, LineStatus, Trace
from katalog.domain.entry import Entry
from katalog.domain.events import LegsChanged, LegsRead, LegsWithdrawn, LinkLost
from katalog.settings import Pbx
from tests.api.scripted import Scripted
from tests.api.streaming import streaming
from tests.installation import Installation, basic

NOW = 1_790_000_000.0
BEGAN = "2026-09-21T16:13:10.250+02:00"
ANSWERED = "2026-09-21T16:13:15.500+02:00"
SEEN = "2026-09-21T16:13:20.000+02:00"
UP, RINGING, DOWN = LineStatus.UP, LineStatus.RINGING, LineStatus.DOWN
TOLD, SILENT = Trace(NOW - 9.75), Trace()


class Office:
    """Anna at PJSIP/100."""

    def __init__(self, installation: Installation, anna: Entry, pbx: Scripted, emit: Emit) -> None:
        self.installation = installation
        self.anna = anna
        self.pbx = pbx
        self.emit = emit

    def tell(self, *legs: Leg, ended: tuple[str, ...] = ()) -> None:
        self.emit(LegsChanged("växel", legs, ended))

    def read(self, *legs: Leg) -> None:
        self.emit(LegsRead("växel", legs))

    async def get(self, path: str) -> Any:
        return (await self.installation.client.get(path, headers=basic("anna"))).json()

    async def since(self) -> list[str]:
        found: list[str] = (await self.get(f"/api/entries/{self.anna.id}"))["calls_since"]
        return found


def leg(status: LineStatus, trace: Trace = TOLD, id_: str = "1790000000.1", number: str = "0701231234") -> Leg:
    return Leg(id_, "PJSIP/100", Direction.IN, status, number, None, trace)


def answered(at: float | None = NOW - 4.5, trace: Trace = TOLD) -> Trace:
    return msgspec.structs.replace(trace, answered=at)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    pbx = Scripted()
    async with Installation.running(tmp_path, now=NOW, connectors=[pbx], pbx=[Pbx(name="växel")]) as installation:
        anna = await installation.add("100", "Anna")
        await installation.add_account("anna", entry=anna)
        yield Office(installation, anna, pbx, await pbx.live())


async def test_one_that_rings_since_it_began_and_one_that_is_up_since_it_was_answered(office: Office) -> None:
    assert await office.since() == []
    office.tell(leg(RINGING))
    assert await office.since() == [BEGAN]
    office.tell(leg(UP, answered()))
    assert await office.since() == [ANSWERED]
    office.tell(leg(DOWN, id_="2", number="0702"))
    assert await office.since() == [ANSWERED, BEGAN]
    office.tell(ended=("1790000000.1",))
    assert await office.since() == [BEGAN]
    office.tell(ended=("2",))
    assert await office.since() == []


async def test_where_no_times_are_told_it_is_since_it_was_seen(office: Office) -> None:
    office.tell(leg(DOWN, SILENT))
    office.installation.advance(5)
    office.tell(leg(RINGING, SILENT))
    assert await office.since() == [SEEN]
    office.tell(leg(UP, answered(0.0, SILENT)))
    office.installation.advance(60)
    assert await office.since() == ["2026-09-21T16:13:25.000+02:00"]


async def test_it_is_last_for_everybody_in_every_form_and_the_v1_object_has_nothing_of_it(office: Office) -> None:
    office.tell(leg(UP, answered()))
    one = await office.get(f"/api/entries/{office.anna.id}")
    assert list(one)[-2:] == ["numbers", "calls_since"]
    assert (await office.get("/api/entries"))["entries"] == [one]
    assert (await office.get("/api/entries?fields=calls_since,calls"))["entries"] == [
        {"calls": one["calls"], "calls_since": [ANSWERED]}
    ]
    (holder,) = (await office.get("/api/lookup/100"))["entries"]
    assert holder["calls_since"] == [ANSWERED]
    v1 = await office.get("/api/extensions/100")
    assert list(v1) == ["extension", "name", "email", "mobile", "profile", "calls", "keyWords"]
    assert v1["calls"] == [{"callerid": "0701231234", "direction": "in", "linestatus": "up"}]


async def test_it_is_pushed_and_also_where_nothing_else_is_another(office: Office) -> None:
    """A program has placed a call: the telephone was lifted, then the other party answers."""
    placed = Trace(NOW - 9.75, placed=True)
    async with streaming(office.installation.app.application, "/api/events", basic("anna")) as stream:
        await stream.events(1)
        office.tell(leg(UP, placed))
        office.tell(leg(UP, placed))
        await stream.until(lambda: stream.picture.entries[office.anna.id]["calls_since"] == [SEEN])
        office.tell(leg(UP, answered(trace=placed)))
        await stream.until(lambda: stream.picture.entries[office.anna.id]["calls_since"] == [ANSWERED])


async def test_what_is_sent_back_is_passed_over(office: Office) -> None:
    await office.installation.alter("anna", "account.restored", role="admin")
    change = {"calls_since": ["x"], "title": "Vd"}
    path = f"/api/entries/{office.anna.id}"
    response = await office.installation.client.patch(path, json=change, headers=basic("anna"))
    assert (response.status_code, response.json()["calls_since"]) == (200, [])


@pytest.mark.parametrize("times", [TOLD, SILENT], ids=["told", "silent"])
@pytest.mark.parametrize("withdrawn", [False, True])
async def test_a_lost_link_makes_no_time_another(office: Office, times: Trace, withdrawn: bool) -> None:
    """Of one that is up, a telephone system that is asked anew does not say when it was answered."""
    office.tell(leg(RINGING, times), leg(UP, times, id_="2"))
    office.tell(leg(RINGING, times), leg(UP, answered(0.0 if times is SILENT else NOW - 4.5, times), id_="2"))
    before = await office.since()
    assert before == ([SEEN, SEEN] if times is SILENT else [BEGAN, ANSWERED])
    office.emit(LinkLost("växel", "lost"))
    if withdrawn:
        office.emit(LegsWithdrawn("växel"))
        assert await office.since() == []
    office.installation.advance(30)
    office.read(leg(RINGING, times), leg(UP, answered(0.0, times), id_="2"), leg(UP, answered(0.0, times), id_="3"))
    assert await office.since() == [*before, "2026-09-21T16:13:50.000+02:00"]


async def test_of_one_that_is_gone_nothing_is_known_any_more(office: Office) -> None:
    office.tell(leg(UP, answered(0.0, SILENT)))
    office.emit(LegsWithdrawn("växel"))
    office.read()
    office.installation.advance(30)
    office.tell(leg(UP, answered(0.0, SILENT)))
    assert await office.since() == ["2026-09-21T16:13:50.000+02:00"]


async def test_a_restart_of_katalog_makes_no_time_another(tmp_path: Path) -> None:
    """When a call was answered that a restarted server finds is in the call log."""
    before, after = Scripted(), Scripted(leg(RINGING), leg(UP, answered(0.0), id_="2"))
    async with Installation.running(tmp_path, now=NOW, connectors=[before], pbx=[Pbx(name="växel")]) as installation:
        anna = await installation.add("100", "Anna")
        await installation.add_account("anna", entry=anna)
        office = Office(installation, anna, before, await before.live())
        office.tell(leg(RINGING), leg(UP, answered(), id_="2"))
        assert await office.since() == [BEGAN, ANSWERED]
    async with Installation.running(
        tmp_path, now=NOW + 60, connectors=[after], pbx=[Pbx(name="växel")]
    ) as installation:
        assert await Office(installation, anna, after, await after.live()).since() == [BEGAN, ANSWERED]


async def test_the_zone_is_the_organisations_and_summer_time_is_minded(office: Office) -> None:
    office.installation.turn_to("2026-10-25 02:30")
    office.tell(leg(RINGING, SILENT))
    office.installation.advance(3600)
    office.tell(leg(RINGING, SILENT), leg(RINGING, SILENT, id_="2"))
    assert await office.since() == ["2026-10-25T02:30:00.000+02:00", "2026-10-25T02:30:00.000+01:00"]
