"""The v1 call log, line by line of what programs expect."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from katalog.domain.account import Role
from katalog.domain.call import Direction
from katalog.domain.events import LegsChanged
from katalog.settings import Calls, Pbx
from tests.api.scripted import Scripted
from tests.installation import Installation, basic, bearer

IN, OUT = Direction.IN, Direction.OUT
STOCKHOLM = ZoneInfo("Europe/Stockholm")
KEYS = ["callId", "number", "numberE164", "datetime", "dateTimeISO", "datetimeISO", "duration", "callDirection"]


def at(local: str) -> float:
    return datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp()


NOW = at("2026-04-03 15:00:00")


class Office:
    def __init__(self, installation: Installation, pbx: Scripted) -> None:
        self.installation = installation
        self.pbx = pbx

    async def get(
        self, path: str = "/api/calls", login: str = "anna", **headers: str
    ) -> dict[str, list[dict[str, object]]]:
        response = await self.installation.client.get(path, headers=basic(login) | headers)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        found: dict[str, list[dict[str, object]]] = response.json()
        assert list(found) == ["incoming", "outgoing", "missed"]
        return found


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Anna has 08123456 and the telephone 101; Bengt has 102."""
    pbx = Scripted()
    async with Installation.running(
        tmp_path, now=NOW, connectors=[pbx], pbx=[Pbx(name="växel")], calls=Calls(days=3650)
    ) as installation:
        anna = await installation.add("08123456", "Anna Andersson", devices=("PJSIP/101",))
        bengt = await installation.add("102", "Bengt Bengtsson")
        await installation.add_account("anna", entry=anna)
        await installation.add_account("bengt", entry=bengt)
        await pbx.live()
        yield Office(installation, pbx)


async def test_a_call_has_these_keys_in_this_order(office: Office) -> None:
    began = at("2026-04-03 13:41:23") + 0.467
    await office.pbx.call("101", IN, "0701740605", began=began, answered=began + 5, ended=began + 65.9)
    (call,) = (await office.get())["incoming"]
    assert list(call) == KEYS
    id_ = call.pop("callId")
    assert isinstance(id_, str)
    assert id_
    assert call == {
        "number": "0701740605",
        "numberE164": "+46701740605",
        "datetime": "2026-04-03 13:41:23",
        "dateTimeISO": "2026-04-03T13:41:23.467+0200",
        "datetimeISO": "2026-04-03T13:41:23.467+0200",
        "duration": 60,
        "callDirection": "in",
    }
    assert (await office.get())["incoming"][0]["callId"] == id_, "it is stable"


async def test_each_call_is_in_the_list_where_it_belongs(office: Office) -> None:
    pbx = office.pbx
    await pbx.call("101", IN, "070", began=NOW - 900, answered=NOW - 890, ended=NOW - 880)
    await pbx.call("101", OUT, "102", began=NOW - 800, answered=NOW - 790, ended=NOW - 780)
    await pbx.call("101", OUT, "0709", began=NOW - 700, ended=NOW - 680)
    await pbx.call("101", IN, "071", began=NOW - 600, ended=NOW - 580, cause=0)
    await pbx.call("101", IN, "072", began=NOW - 500, ended=NOW - 480, cause=17)
    await pbx.call("101", IN, "073", began=NOW - 400, ended=NOW - 380, cause=26)
    await pbx.call("101", IN, "074", began=NOW - 300, answered=NOW - 290)
    lists = await office.get()
    assert {name: [call["number"] for call in calls] for name, calls in lists.items()} == {
        "incoming": ["070"], "outgoing": ["0709", "102"], "missed": ["072", "071"],
    }, "answered elsewhere is not missed, and what goes on is not over"  # fmt: skip
    assert [call["duration"] for call in lists["outgoing"]] == [0, 10]
    assert [call["duration"] for call in lists["missed"]] == [0, 0]
    assert all(call["callDirection"] == "in" for call in lists["missed"])
    (one,) = (await office.get(login="bengt"))["incoming"] or [{}]
    assert one == {}, "these are one's own calls"


async def test_a_withheld_number_is_empty_and_an_internal_one_is_the_colleagues_extension(office: Office) -> None:
    await office.pbx.call("102", IN, "", began=NOW - 60, ended=NOW - 50)
    await office.pbx.call("102", OUT, "101", began=NOW - 40, ended=NOW - 30)
    lists = await office.get(login="bengt")
    assert [(call["number"], call["numberE164"]) for call in lists["missed"]] == [("", "")]
    assert [(call["number"], call["numberE164"]) for call in lists["outgoing"]] == [("08123456", "+468123456")]


@pytest.mark.parametrize(
    ("dialled", "expected"),
    [("102", "102"), ("00468123456", "+468123456"), ("90701740605", "+46701740605"), ("004722864400", "+4722864400"),
     ("*23*2", "*23*2")],
)  # fmt: skip
async def test_the_number_in_e164_or_as_it_is(office: Office, dialled: str, expected: str) -> None:
    await office.pbx.call("101", OUT, dialled, began=NOW - 60, ended=NOW - 50)
    assert [call["numberE164"] for call in (await office.get())["outgoing"]] == [expected]


async def test_the_last_thirty_of_each_list_newest_first(office: Office) -> None:
    for number in range(35):
        await office.pbx.call("101", OUT, f"0700{number:06d}", began=NOW - 4000 + number, ended=NOW - 3999 + number)
        await office.pbx.call("101", IN, f"0710{number:06d}", began=NOW - 4000 + number, ended=NOW - 3999 + number)
    lists = await office.get()
    assert [call["number"] for call in lists["outgoing"]] == [f"0700{number:06d}" for number in range(34, 4, -1)]
    assert [call["number"] for call in lists["missed"]] == [f"0710{number:06d}" for number in range(34, 4, -1)]
    assert lists["incoming"] == []


DAYS = {
    "2026-03-27 23:59:59": "0700000001", "2026-03-28 00:00:00": "0700000002", "2026-03-28 23:59:59": "0700000003",
    "2026-03-29 00:00:00": "0700000004", "2026-03-29 23:59:59": "0700000005", "2026-03-30 00:00:00": "0700000006",
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "654321"),
        ("?fromDate=2026-03-28&toDate=2026-03-28", "32"),
        # The day on which summer time began.
        ("?fromDate=2026-03-29&toDate=2026-03-29", "54"),
        ("?fromDate=2026-03-29", "654"),
        ("?toDate=2026-03-28", "321"),
        ("?fromDate=&toDate=", "654321"),
        ("?fromDate=&toDate=2026-03-28?withRecordings=0", "321"),
        ("??fromDate=2026-03-30", "6"),
        ("?fromdate=20260330&unknown=1", "6"),
        ("?fromDate=2026-3-30T12:00:00Z&toDate=undefined", "6"),
        ("?fromDate=2026-03-30&toDate=2026-03-28", ""),
        ("?fromDate=1999-01-01&toDate=9999-12-31", "654321"),
    ],
)
async def test_days_are_local_and_inclusive_at_both_ends(office: Office, query: str, expected: str) -> None:
    for local, number in DAYS.items():
        await office.pbx.call("101", OUT, number, began=at(local), ended=at(local) + 0.5)
    found = (await office.get(f"/api/calls{query}"))["outgoing"]
    assert "".join(str(call["number"])[-1] for call in found) == expected


async def test_no_more_than_four_months_back(office: Office) -> None:
    await office.pbx.call("101", OUT, "0700000001", began=at("2025-12-02 23:59:59"), ended=at("2025-12-03 00:00:09"))
    await office.pbx.call("101", OUT, "0700000002", began=at("2025-12-03 00:00:00"), ended=at("2025-12-03 00:00:09"))
    for query in ("", "?fromDate=2025-01-01", "?toDate=2026-01-01"):
        calls = (await office.get(f"/api/calls{query}"))["outgoing"]
        assert [call["number"] for call in calls] == ["0700000002"], query
        assert [call["datetime"] for call in calls] == ["2025-12-03 00:00:00"]
        assert str(calls[0]["dateTimeISO"]).endswith("+0100")


@pytest.mark.parametrize("query", ["fromDate=yesterday", "toDate=2026-02-30", "fromDate=26-01-01"])
async def test_a_date_that_is_none_is_told(office: Office, query: str) -> None:
    response = await office.installation.client.get(f"/api/calls?{query}", headers=basic("anna"))
    assert response.status_code == 400
    assert query.partition("=")[0] in response.json()["message"]


@pytest.mark.parametrize("said", ["true", "1", "True"])
async def test_recordings_are_told_of_if_they_are_asked_for(office: Office, said: str) -> None:
    await office.pbx.call("101", OUT, "070", began=NOW - 60, ended=NOW - 50)
    (call,) = (await office.get(f"/api/calls?withRecordings={said}"))["outgoing"]
    assert list(call) == [*KEYS, "recordingId"]
    assert call["recordingId"] is None
    for word in ("false", "0", ""):
        (call,) = (await office.get(f"/api/calls?withRecordings={word}"))["outgoing"]
        assert list(call) == KEYS


async def test_an_account_without_an_entry_has_three_empty_lists(office: Office) -> None:
    await office.installation.add_account("program", role=Role.SERVICE)
    assert await office.get(login="program") == {"incoming": [], "outgoing": [], "missed": []}


@pytest.mark.parametrize("path", ["/calls", "/calls/", "/api/calls", "/api/calls/", "/api//calls//"])
async def test_it_is_at_every_spelling_of_its_path(office: Office, path: str) -> None:
    await office.get(path)
    await office.get(path, **{"content-type": "application/json", "accept": "*/*"})


async def test_five_in_a_burst_and_nobody_without_credentials(office: Office) -> None:
    for _ in range(5):
        await office.get()
    response = await office.installation.client.get("/calls")
    assert response.status_code == 401
    assert response.json()["message"]


async def test_what_has_ended_is_there_at_once(office: Office) -> None:
    """A program asks as soon as it hears of the end."""
    for number in range(20):
        await office.pbx.call("101", OUT, f"07{number:08d}", began=NOW + number, ended=NOW + number + 1)
        assert (await office.get())["outgoing"][0]["number"] == f"07{number:08d}"


async def test_calls_are_forgotten_after_their_days(tmp_path: Path) -> None:
    pbx = Scripted()
    pbxs = [Pbx(name="växel")]
    async with Installation.running(
        tmp_path, now=NOW, connectors=[pbx], pbx=pbxs, calls=Calls(days=3650)
    ) as installation:
        anna = await installation.add("101", "Anna")
        await installation.add_account("anna", entry=anna)
        office = Office(installation, pbx)
        await pbx.call("101", OUT, "0700000001", began=NOW - timedelta(days=31).total_seconds(), ended=NOW)
        await pbx.call("101", OUT, "0700000002", began=NOW - timedelta(days=29).total_seconds(), ended=NOW)
        assert len((await office.get())["outgoing"]) == 2
    async with Installation.running(
        tmp_path, now=NOW, connectors=[pbx], pbx=pbxs, calls=Calls(days=30)
    ) as installation:
        office = Office(installation, pbx)
        async with asyncio.timeout(10):
            while len(found := (await office.get())["outgoing"]) > 1:
                pass
        assert [call["number"] for call in found] == ["0700000002"]


async def test_who_is_removed_takes_the_calls_along(office: Office) -> None:
    installation = office.installation
    await installation.add_account("chefen", role=Role.ADMIN)
    await office.pbx.call("101", OUT, "102", began=NOW - 60, ended=NOW - 50)
    await office.pbx.call("102", IN, "101", began=NOW - 60, ended=NOW - 50)
    assert len((await office.get())["outgoing"]) == 1
    going = await office.pbx.call("101", OUT, "102", began=NOW - 40)
    entry = installation.app.home.find("08123456", hidden=True)
    assert entry is not None
    response = await installation.client.delete(f"/api/entries/{entry.id}", headers=basic("chefen"))
    assert response.status_code == 200
    emit = await office.pbx.live()
    emit(LegsChanged("växel", (), (going,)))
    assert len((await office.get(login="bengt"))["missed"]) == 1, "those of others stay, and the log goes on"


async def test_every_answer_is_raw_json(office: Office) -> None:
    await office.pbx.call("101", IN, "åäö", began=NOW - 60, ended=NOW - 50)
    response = await office.installation.client.get("/calls", headers=basic("anna"))
    assert "åäö".encode() in response.content
    assert re.match(rb'\{"incoming":\[', response.content)
    json.loads(response.content)
    token = await office.installation.add_token(await office.installation.add_account("p", role=Role.SERVICE))
    assert (await office.installation.client.get("/calls", headers=bearer(token))).status_code == 200
