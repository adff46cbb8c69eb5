"""`/api/call-records`: who may read what, every filter, pages, and CSV."""

import csv
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import msgspec
import pytest

from katalog.domain.account import Role
from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Clock, Outcome, Part
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.errors import StoreError
from katalog.settings import Calls, Pbx
from katalog.store import call_records
from tests.api.scripted import Scripted
from tests.installation import Installation, basic

IN, OUT = Direction.IN, Direction.OUT
STOCKHOLM = ZoneInfo("Europe/Stockholm")
KEYS = [
    "id", "call", "entry", "direction", "outcome", "number", "numberE164", "party", "began", "answered", "ended",
    "duration", "by", "forward", "parts", "pbx", "clock", "recordingId", "recordings",
]  # fmt: skip
COLUMNS = [
    "began", "extension", "name", "direction", "outcome", "number", "party", "answered", "ended", "duration", "by",
    "forward", "clock", "id", "call",
]  # fmt: skip
CUSTOMER = "0701740605"


def at(local: str) -> float:
    return datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp()


NOW = at("2026-04-03 15:00:00")


class Office:
    """`people` by their logins; all of them but `cecilia` can be seen by everybody."""

    def __init__(self, installation: Installation, people: dict[str, Entry]) -> None:
        self.installation = installation
        self.people = people
        self._count = 0

    def record(self, login: str, number: str = CUSTOMER, began: float = NOW - 60, **fields: Any) -> CallRecord:
        self._count += 1
        leg = f"1.{self._count}"
        kept = CallRecord(
            new_id(self._count), self.people[login].id, "växel", leg, "", leg, IN, Outcome.MISSED, number, began,
            None, began + 5, Clock.PBX,
        )  # fmt: skip
        return msgspec.structs.replace(kept, **fields)

    async def put(self, *records: CallRecord) -> None:
        async with self.installation.app.database.aside() as connection:
            await call_records.add(connection, self.installation.organisation, records)

    async def keep(self, login: str, number: str = CUSTOMER, began: float = NOW - 60, **fields: Any) -> CallRecord:
        record = self.record(login, number, began, **fields)
        await self.put(record)
        return record

    async def ask(
        self, query: str = "", *, login: str = "chefen", method: str = "GET", path: str = "/api/call-records"
    ) -> httpx.Response:
        url = f"{path}?{query}" if query else path
        return await self.installation.client.request(method, url, headers=basic(login))

    async def page(self, query: str = "", *, login: str = "chefen") -> tuple[list[dict[str, Any]], str | None]:
        response = await self.ask(query, login=login)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert list(answer) == ["records", "next"]
        return answer["records"], answer["next"]

    async def numbers(self, query: str = "", *, login: str = "chefen") -> list[str]:
        return [record["number"] for record in (await self.page(query, login=login))[0]]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Anna and Bengt; Cecilia, who is hidden and at the reception; and accounts that have no entry."""
    async with Installation.running(tmp_path, now=NOW, calls=Calls(days=3650)) as installation:
        people = {
            "anna": await installation.add("08123456", "Anna Andersson", mobile="070-999 99 99"),
            "bengt": await installation.add("102", "Bengt Bengtsson"),
            "cecilia": await installation.add("103", "Cecilia Ceder", hidden=True),
        }
        for login, entry in people.items():
            await installation.add_account(login, entry=entry, role=Role.RECEPTION if login == "cecilia" else Role.USER)
        for login, role in (("chefen", Role.ADMIN), ("disken", Role.RECEPTION), ("program", Role.SERVICE),
                            ("ny", Role.USER)):  # fmt: skip
            await installation.add_account(login, role=role)
        yield Office(installation, people)


# --- who may read what --------------------------------------------------------------------------------


async def test_everybody_reads_their_own_and_reception_and_admins_everybodys(office: Office) -> None:
    for login, number in (("anna", "1"), ("bengt", "2"), ("cecilia", "3")):
        await office.keep(login, number)
    seen = {login: await office.numbers(login=login) for login in ("anna", "bengt", "cecilia", "disken", "chefen")}
    assert seen == {
        "anna": ["1"], "bengt": ["2"],
        # Who is hidden sees oneself.
        "cecilia": ["3", "2", "1"],
        "disken": ["2", "1"], "chefen": ["3", "2", "1"],
    }  # fmt: skip


async def test_who_has_no_calls_reads_none(office: Office) -> None:
    for login in ("program", "ny"):
        for query in ("", "extension=me", "extension=102", "format=csv"):
            response = await office.ask(query, login=login)
            assert (response.status_code, response.json()["title"]) == (403, "Forbidden"), (login, query)


async def test_somebody_elses_are_refused(office: Office) -> None:
    await office.keep("anna", "1")
    await office.keep("bengt", "2")
    anna, bengt = office.people["anna"].id, office.people["bengt"].id
    for query in (f"entry={bengt}", "extension=102", f"entry={bengt}&extension=102", f"entry={new_id()}"):
        assert (await office.ask(query, login="anna")).status_code == 403, query
        assert (await office.ask(f"{query}&format=csv", login="anna")).status_code == 403, query
    for query in ("extension=me", f"entry={anna}", "extension=08-12%2034%2056", f"entry={anna}&extension=me"):
        assert await office.numbers(query, login="anna") == ["1"], query
    assert (await office.installation.client.get("/api/call-records")).status_code == 401


async def test_a_number_that_is_shared_is_ones_own_and_of_others_by_their_id(office: Office) -> None:
    shared = await office.installation.add("102", "Aron Aronsson")
    office.people["aron"] = shared
    await office.installation.add_account("aron", entry=shared)
    await office.keep("aron", "1")
    await office.keep("bengt", "2")
    assert await office.numbers("extension=102", login="aron") == ["1"]
    assert await office.numbers("extension=102", login="bengt") == ["2"]
    assert await office.numbers("extension=102") == ["1"], "as GET /api/extensions/102"
    assert await office.numbers(f"extension=102&entry={office.people['bengt'].id}") == ["2"]


async def test_reception_knows_nothing_of_who_is_hidden(office: Office) -> None:
    await office.keep("cecilia", "3")
    cecilia = office.people["cecilia"].id
    assert await office.numbers(f"entry={cecilia}", login="disken") == []
    response = await office.ask("extension=103", login="disken")
    assert (response.status_code, response.json()["field"]) == (422, "extension")
    for query in (f"entry={cecilia}", "extension=103", "extension=me"):
        assert await office.numbers(query, login="cecilia") == ["3"], query
    assert await office.numbers("extension=103") == ["3"]
    hidden, unknown = [await office.ask(f"extension={number}", login="anna") for number in ("103", "999")]
    assert (hidden.status_code, hidden.json()["message"]) == (unknown.status_code, unknown.json()["message"])


# --- what a record is ---------------------------------------------------------------------------------


async def test_a_record_is_told_whole(office: Office) -> None:
    anna, bengt = (
        {"id": entry.id, "extension": entry.extension, "name": entry.name}
        for entry in (office.people["anna"], office.people["bengt"])
    )
    began = at("2026-04-03 13:41:23") + 0.467
    parts = (Part("070-9999999", began + 5, began + 20), Part("102", began + 20, began + 65.9))
    kept = await office.keep(
        "bengt", "+46709999999", began, answered=began + 5, ended=began + 65.9, outcome=Outcome.ANSWERED, call="7.1",
        forward="071", parts=parts, clock=Clock.KATALOG,
    )  # fmt: skip
    response = await office.ask()
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert "etag" not in response.headers
    (record,) = response.json()["records"]
    assert list(record) == KEYS
    assert record == {
        "id": kept.id, "call": "7.1", "entry": bengt, "direction": "in", "outcome": "answered",
        "number": "+46709999999", "numberE164": "+46709999999", "party": anna,
        "began": "2026-04-03T13:41:23.467+02:00", "answered": "2026-04-03T13:41:28.467+02:00",
        "ended": "2026-04-03T13:42:29.367+02:00", "duration": 60, "by": "", "forward": "071",
        "parts": [
            {"number": "070-9999999", "party": anna, "began": "2026-04-03T13:41:28.467+02:00",
             "ended": "2026-04-03T13:41:43.467+02:00"},
            {"number": "102", "party": bengt, "began": "2026-04-03T13:41:43.467+02:00",
             "ended": "2026-04-03T13:42:29.367+02:00"},
        ],
        "pbx": "växel", "clock": "katalog", "recordingId": None, "recordings": [],
    }  # fmt: skip


async def test_the_party_is_who_has_the_number_now(office: Office) -> None:
    """By any of the numbers, in any notation, also behind a digit for an outside line; as a lookup would have it."""
    for number in (CUSTOMER, "", "90701740605", "08-500 100 42"):
        await office.keep("anna", number)
    assert [record["party"] for record in (await office.page())[0]] == [None] * 4
    add = office.installation.add
    david = await add("104", "David Dahl", mobile="070-174 06 05")
    block = await add("105", "Exempel AB", numbers=("08-500 100 00–99",))
    ids = [record["party"] and record["party"]["id"] for record in (await office.page())[0]]
    assert ids == [block.id, david.id, None, david.id]
    (record,) = [record for record in (await office.page())[0] if record["number"] == CUSTOMER]
    assert record["party"] == {"id": david.id, "extension": "104", "name": "David Dahl"}
    assert (record["answered"], record["duration"]) == (None, 0)


async def test_who_is_hidden_is_no_party_and_answers_unnamed(office: Office) -> None:
    parts = (Part("103", NOW - 50, NOW - 40), Part("102", NOW - 40, NOW - 30))
    await office.keep("anna", "103", parts=parts, outcome=Outcome.ANSWERED, answered=NOW - 50)
    await office.keep("anna", outcome=Outcome.ELSEWHERE, by="103")
    await office.keep("anna", outcome=Outcome.ELSEWHERE, by="102")
    await office.keep("anna", outcome=Outcome.ELSEWHERE, by="0709")
    for login, by, names in (
        ("anna", ["0709", "102", "", ""], [None, "Bengt Bengtsson"]),
        ("disken", ["0709", "102", "", ""], [None, "Bengt Bengtsson"]),
        ("chefen", ["0709", "102", "103", ""], ["Cecilia Ceder", "Bengt Bengtsson"]),
    ):
        records, _ = await office.page(login=login)
        assert [record["by"] for record in records] == by, login
        answered = records[-1]
        assert answered["number"] == "103", "what the telephone has shown"
        assert [part["party"] and part["party"]["name"] for part in answered["parts"]] == names, login
        assert (answered["party"] and answered["party"]["name"]) == names[0], login
        (row,) = [row for row in rows(await office.ask("format=csv", login=login)) if row["number"] == "103"]
        assert row["party"] == (names[0] or ""), login


async def test_a_number_that_somebody_hidden_shares_is_told(office: Office) -> None:
    await office.keep("anna", outcome=Outcome.ELSEWHERE, by="103")
    blocks = await office.installation.add("105", "Exempel AB", numbers=("100–199",))
    assert [record["by"] for record in (await office.page(login="anna"))[0]] == [""], "in a range is everybody"
    await office.installation.add("103", "Fredrik Falk")
    assert [record["by"] for record in (await office.page(login="anna"))[0]] == ["103"]
    assert blocks.id not in str(await office.page(login="anna"))


async def test_what_has_just_ended_is_in_it(tmp_path: Path) -> None:
    pbx = Scripted()
    async with Installation.running(tmp_path, now=NOW, connectors=[pbx], pbx=[Pbx(name="växel")]) as installation:
        anna = await installation.add("101", "Anna")
        await installation.add_account("anna", entry=anna)
        office = Office(installation, {"anna": anna})
        for number in range(5):
            await pbx.call("101", OUT, f"07{number:08d}", began=NOW + number, ended=NOW + number + 1)
            assert (await office.numbers(login="anna"))[0] == f"07{number:08d}"
        await pbx.call("101", OUT, "0711111111", began=NOW + 9, ended=NOW + 10)
        assert rows(await office.ask("format=csv", login="anna"))[0]["number"] == "0711111111"


# --- filters ------------------------------------------------------------------------------------------


async def test_every_filter_and_all_together(office: Office) -> None:
    await office.keep("anna", "1", direction=OUT, outcome=Outcome.BUSY)
    await office.keep("anna", "2", direction=OUT, outcome=Outcome.UNANSWERED)
    await office.keep("anna", "3")
    await office.keep("bengt", "4", direction=OUT, outcome=Outcome.BUSY)
    await office.keep("anna", "5", at("2026-04-01 12:00:00"), direction=OUT, outcome=Outcome.BUSY)
    anna = office.people["anna"].id
    for query, expected in (
        ("direction=out", "4215"), ("direction=IN", "3"), ("outcome=busy", "415"), ("outcome=missed", "3"),
        ("outcome=declined", ""), (f"entry={anna}", "3215"), ("extension=%2B468123456", "3215"), ("number=4", "4"),
        ("from=2026-04-02", "4321"), ("to=2026-04-02", "5"), ("direction=&outcome=&entry=&number=&from=&to=", "43215"),
        ("direction=out&outcome=busy", "415"), (f"direction=out&outcome=busy&entry={anna}", "15"),
        (f"direction=out&outcome=busy&entry={anna}&from=2026-04-02", "1"),
        (f"direction=out&outcome=busy&entry={anna}&from=2026-04-02&number=2", ""), ("unknown=1", "43215"),
    ):  # fmt: skip
        assert "".join(await office.numbers(query)) == expected, query
        assert "".join(row["number"] for row in rows(await office.ask(f"{query}&format=CSV"))) == expected, query


async def test_a_number_in_any_notation_finds_all_of_them(office: Office) -> None:
    written = ["0701740605", "+46701740605", "0046701740605", "90701740605", "90046701740605"]
    for number in (*written, "0701740606", "701740605", "605", "102"):
        await office.keep("anna", number)
    for asked in (
        "0701740605", "070-174%2006%2005", "%2B46701740605", "+46701740605", "+46+70-174+06+05", "0046701740605",
        "90701740605", "(070)1740605",
    ):  # fmt: skip
        assert sorted(await office.numbers(f"number={asked}")) == sorted(written), asked
    assert await office.numbers("number=102") == ["102"]
    assert await office.numbers("number=10+2") == ["102"]
    assert await office.numbers("number=605") == ["605"], "no part of a number is the number"


DAYS = {
    "2026-03-27T23:59:59.999": "1", "2026-03-28T00:00:00": "2", "2026-03-28T23:59:59.999": "3",
    "2026-03-29T00:00:00": "4", "2026-03-29T23:59:59.999": "5", "2026-03-30T00:00:00": "6",
}  # fmt: skip


RANGES = [
    ("from=2026-03-28&to=2026-03-28", "32"),
    # The day on which summer time began.
    ("from=2026-03-29&to=2026-03-29", "54"),
    ("from=2026-03-29", "654"),
    ("to=2026-03-28", "321"),
    ("from=20260330", "6"),
    ("to=2026-3-28", "321"),
    ("from=2026-03-30&to=2026-03-28", ""),
    ("from=0001-01-01&to=9999-12-31", "654321"),
    # Moments: the end is not in it.
    ("from=2026-03-28T00:00:00&to=2026-03-29T00:00:00", "32"),
    ("from=2026-03-28T00:00:00.001", "6543"),
    ("from=2026-03-28%2000:00", "65432"),
    ("from=2026-03-29T21:59:59Z", "65"),
    ("from=2026-03-28T23:00:00%2B00:00&to=2026-03-29T22:00Z", "54"),
    # A plus that nobody encoded.
    ("from=2026-03-29T00:00:00+01:00&to=2026-03-30T00:00:00.000+0200", "54"),
]


async def test_days_are_local_and_inclusive_and_moments_exact(office: Office) -> None:
    await office.put(*[office.record("anna", number, at(local)) for local, number in DAYS.items()])
    for query, expected in RANGES:
        assert "".join(await office.numbers(query)) == expected, query


WRONG = [
    ("limit=0", "limit"), ("limit=1001", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"),
    ("cursor=x", "cursor"), ("cursor=WzEsIDJd", "cursor"), ("cursor=!!!!", "cursor"),
    ("cursor=WzEuMCwgIlx1MDAwMCJd", "cursor"), ("direction=up", "direction"), ("direction=unknown", "direction"),
    ("outcome=lost", "outcome"), ("from=yesterday", "from"), ("to=2026-02-30", "to"), ("to=2026-04-03T25:00", "to"),
    ("from=2026-04-03T12:00:00.000Zx", "from"), ("extension=999", "extension"), ("extension=me", "extension"),
    (f"number={'1' * 65}", "number"), ("number=1%00", "number"),
]  # fmt: skip


async def test_what_is_wrong_is_told_by_its_name(office: Office) -> None:
    for query, field in WRONG:
        for form in ("json", "csv"):
            response = await office.ask(f"{query}&format={form}")
            assert (response.status_code, response.json().get("field")) == (422, field), query
            assert response.json()["message"].startswith(f"{field}: ")


async def test_an_entry_that_has_another_number_is_told(office: Office) -> None:
    response = await office.ask(f"entry={office.people['anna'].id}&extension=102")
    assert (response.status_code, response.json()["field"]) == (422, "entry")


# --- pages --------------------------------------------------------------------------------------------


async def test_pages_of_calls_that_began_at_one_moment_while_others_come(office: Office) -> None:
    kept = [office.record("anna", str(number), NOW - 60 - number // 5) for number in range(20)]
    await office.put(*kept)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        records, cursor = await office.page(f"limit=3&cursor={cursor}")
        assert len(records) == 3 or cursor is None
        found += [record["id"] for record in records]
        await office.keep("anna", "new", NOW)
    assert found == [each.id for each in sorted(kept, key=lambda each: (each.began, each.id), reverse=True)]


async def test_the_bounds_of_a_page(office: Office) -> None:
    await office.put(*[office.record("anna", str(number), NOW - number) for number in range(101)])
    records, cursor = await office.page()
    assert len(records) == 100
    assert (await office.numbers(f"cursor={cursor}")) == ["100"]
    records, cursor = await office.page("limit=1000")
    assert (len(records), cursor) == (101, None)
    records, cursor = await office.page("limit=101")
    assert (len(records), cursor) == (101, None), "no empty page comes after the last"
    assert len((await office.page("limit=1"))[0]) == 1


# --- spellings and methods ----------------------------------------------------------------------------


async def test_it_is_there_with_a_slash_and_without(office: Office) -> None:
    await office.keep("anna")
    for path in ("/api/call-records", "/api/call-records/", "/api//call-records//"):
        assert len((await office.ask(path=path)).json()["records"]) == 1, path


async def test_head_has_the_headers_alone(office: Office) -> None:
    await office.keep("anna")
    for query in ("", "format=csv"):
        get, head = [await office.ask(query, method=method) for method in ("GET", "HEAD")]
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers == get.headers
    assert (await office.ask("limit=0", method="HEAD")).status_code == 422
    assert (await office.ask(method="POST")).status_code == 405


# --- CSV ----------------------------------------------------------------------------------------------


def rows(response: httpx.Response) -> list[dict[str, str]]:
    """As a spreadsheet reads them."""
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(response.content.decode("utf-8").splitlines(), delimiter=";"))


async def test_a_line_of_csv(office: Office) -> None:
    began = at("2026-04-03 13:41:23")
    kept = await office.keep(
        "anna", "102", began, answered=began + 5, ended=began + 65, outcome=Outcome.ANSWERED, direction=OUT, forward="9"
    )
    response = await office.ask("format=csv")
    assert response.headers["content-disposition"] == 'attachment; filename="calls.csv"'
    assert "etag" not in response.headers
    assert response.content.decode("utf-8") == (
        f"{';'.join(COLUMNS)}\r\n"
        "2026-04-03T13:41:23.000+02:00;08123456;Anna Andersson;out;answered;102;Bengt Bengtsson;"
        f"2026-04-03T13:41:28.000+02:00;2026-04-03T13:42:28.000+02:00;60;;9;pbx;{kept.id};{kept.call}\r\n"
    )


async def test_csv_of_nothing_is_its_header(office: Office) -> None:
    assert (await office.ask("format=csv")).text == ";".join(COLUMNS) + "\r\n"


CELLS = [
    ("=1+1", "'=1+1"), ("@x", "'@x"), ("+46701740605", "+46701740605"), ("+46 70 174", "+46 70 174"),
    ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"), ("-2", "-2"), ("\t=1", "'\t=1"),
    ("＝1", "'＝1"), ("+", "'+"), ("*23*2", "*23*2"), ("", ""), ("1=1", "1=1"), ("å;ä", "å;ä"), ('"', '"'),
]  # fmt: skip


async def test_what_a_spreadsheet_would_reckon_is_masked(office: Office) -> None:
    await office.put(*[office.record("anna", number, NOW - place) for place, (number, _) in enumerate(CELLS)])
    assert [row["number"] for row in rows(await office.ask("format=csv"))] == [cell for _, cell in CELLS]


async def test_names_are_masked_too(office: Office) -> None:
    office.people["eva"] = await office.installation.add("105", '=HYPERLINK("x")')
    await office.keep("eva", "105")
    (row,) = rows(await office.ask("format=csv"))
    assert (row["name"], row["party"]) == ('\'=HYPERLINK("x")',) * 2


async def test_csv_has_all_that_is_found_whatever_the_limit(office: Office) -> None:
    count = 2 * call_records.CHUNK + 1
    kept = [office.record("anna", f"{number:04}", NOW - number // 7) for number in range(count)]
    await office.put(*kept, *[office.record("bengt", "x") for _ in range(3)])
    found = rows(await office.ask("format=csv&extension=me&limit=10", login="anna"))
    expected = sorted(kept, key=lambda each: (each.began, each.id), reverse=True)
    assert [row["id"] for row in found] == [each.id for each in expected]
    assert len(rows(await office.ask("format=csv"))) == count + 3


async def test_a_database_that_is_away_is_told_by_the_status(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> list[CallRecord]:
        raise StoreError("the database cannot be used")

    monkeypatch.setattr(call_records, "page", away)
    for query in ("", "format=csv"):
        response = await office.ask(query)
        assert response.status_code == 503
        assert response.headers["retry-after"]


async def test_the_description_says_that_there_is_csv(office: Office) -> None:
    document = (await office.installation.client.get("/api/openapi.json")).json()
    content = document["paths"]["/api/call-records"]["get"]["responses"]["200"]["content"]
    assert list(content) == ["application/json", "text/csv"]
    assert content["text/csv"] == {"schema": {"type": "string"}}
