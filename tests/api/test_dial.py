"""Dialling and hanging up over HTTP: who may call whom, by which telephone, and how often."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from katalog.domain.account import Role
from katalog.domain.events import DeviceChanged, LinkLost
from katalog.domain.placing import Party, Placing
from katalog.errors import LinkError, NotDone, StoreError
from katalog.settings import Dial, Pbx, Server
from katalog.store import audit
from tests.api.telephony import Telephony
from tests.installation import Installation, basic, bearer

OK = b'{"message":"OK"}'
NUMBER = "0701112233"


class Office:
    """Anna with two telephones and a mobile, at one telephone system or several."""

    def __init__(self, installation: Installation, *systems: Telephony) -> None:
        self.installation = installation
        self.systems = systems
        self.client = installation.client
        self.headers: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, *systems: Telephony, **sections: Any) -> AsyncIterator["Office"]:
        pbxs = [Pbx(name=system.name) for system in systems]
        sections.setdefault("dial", Dial(per_minute=1000))
        async with Installation.running(folder, connectors=systems, pbx=pbxs, **sections) as installation:
            office = cls(installation, *systems)
            anna = await installation.add(
                "08123456", "Anna", devices=("PJSIP/100", "PJSIP/104"), mobile="070-987 65 43"
            )
            office.headers = await office.login("anna", entry=anna)
            await office.settled()
            yield office

    async def settled(self) -> None:
        """Those telephone systems that are there have said so."""
        async with asyncio.timeout(10):
            while not all(
                self.installation.app.home.links[system.name].devices.are_read
                for system in self.systems
                if system.there
            ):
                await asyncio.sleep(0)

    async def login(self, login: str, **account: Any) -> dict[str, str]:
        return bearer(await self.installation.add_token(await self.installation.add_account(login, **account)))

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.client.get(path, headers=self.headers if headers is None else headers)

    async def done(self, path: str, headers: dict[str, str] | None = None) -> None:
        response = await self.get(path, headers)
        assert (response.status_code, response.content) == (200, OK), response.text
        assert response.headers["content-type"] == "application/json; charset=utf-8"

    async def refused(self, path: str, headers: dict[str, str] | None = None, *, status: int = 400) -> str:
        response = await self.get(path, headers)
        assert response.status_code == status, response.text
        message: str = response.json()["message"]
        assert message == response.json()["detail"]
        return message

    async def trail(self) -> list[tuple[str, dict[str, Any]]]:
        """Of dialling, the oldest first."""
        await self.installation.app._trail.written()
        async with self.installation.app.database.read() as connection:
            records = await audit.page(
                connection, self.installation.organisation, audit.Wanted(actions=("dial.",)), limit=50
            )
        return [(record.action, record.details) for record in reversed(records)]


@pytest.fixture
def pbx() -> Telephony:
    return Telephony(registered=["PJSIP/100", "PJSIP/104", "PJSIP/101"], absent=["PJSIP/199"])


@pytest.fixture
async def office(tmp_path: Path, pbx: Telephony) -> AsyncIterator[Office]:
    async with Office.open(tmp_path, pbx) as opened:
        yield opened


# --- what is placed ------------------------------------------------------------------------------------


async def test_the_preferred_telephone_rings_then_the_number(office: Office, pbx: Telephony) -> None:
    await office.done(f"/api/dial/{NUMBER}")
    assert pbx.placed == [Placing(NUMBER, ("PJSIP/100",), "", Party("100", "Anna"), Party(NUMBER, ""), autoanswer=True)]
    assert await office.trail() == [
        ("dial.placed", {"number": NUMBER, "kind": "mobile", "pbx": "växel", "by": ["PJSIP/100"]})
    ]


async def test_parameters(office: Office, pbx: Telephony) -> None:
    for ways, devices, mobile in (
        ("", ["PJSIP/100"], ""),
        ("?autoanswer=true", ["PJSIP/100"], ""),
        ("?autoanswer=", ["PJSIP/100"], ""),
        ("?autoanswer=maybe&x=y", ["PJSIP/100"], ""),
        ("?autoanswer=false", ["PJSIP/100", "PJSIP/104"], ""),
        ("?AutoAnswer=0", ["PJSIP/100", "PJSIP/104"], ""),
        ("?onlycallmobile=1", [], "0709876543"),
        ("?autoanswer=1&onlyCallMobile=True", [], "0709876543"),
        ("?onlycallmobile=false", ["PJSIP/100"], ""),
    ):
        await office.done(f"/dial/{NUMBER}{ways}")
        await office.done("/hangup")
        placing = pbx.placed[-1]
        assert (list(placing.devices), placing.mobile) == (devices, mobile), ways


async def test_a_body_is_read_generously_and_never_the_reason_of_a_failure(office: Office, pbx: Telephony) -> None:
    form, json = "application/x-www-form-urlencoded", "application/json"
    for content, kind, rings in (
        (b"", form, 1),
        (b"", json, 1),
        (b"autoanswer=0", form, 2),
        (b"AUTOANSWER=false&x", "text/plain", 2),
        (b'{"autoanswer": false, "number": 1}', json, 2),
        (b'{"autoAnswer": "0"}', form, 2),
        (b"[1]", json, 1),
        (b'{"autoanswer": nul', json, 1),
        (b"\xff\xfe", json, 1),
        (b"autoanswer=0&" + b"x" * 20_000, form, 1),
    ):
        headers = office.headers | {"content-type": kind}
        response = await office.client.post(f"/dial/{NUMBER}/", headers=headers, content=content)
        assert (response.status_code, response.content) == (200, OK)
        await office.done("/hangup")
        assert len(pbx.placed[-1].devices) == rings, content


async def test_the_query_goes_before_the_body_and_a_gets_body_is_nothing(office: Office, pbx: Telephony) -> None:
    for method, number in (("POST", "0701112233"), ("GET", "0701112244")):
        url = f"/dial/{number}?autoanswer=1" if method == "POST" else f"/dial/{number}"
        response = await office.client.request(method, url, headers=office.headers, content=b"autoanswer=0")
        assert response.status_code == 200
    assert [len(placing.devices) for placing in pbx.placed] == [1, 1]


async def test_the_name_of_whoever_is_called_is_shown_if_the_caller_may_see_them(
    office: Office, pbx: Telephony
) -> None:
    await office.installation.add("101", "Bengt", devices=("PJSIP/101",))
    await office.installation.add("102", "Hemlig", hidden=True)
    for number in ("101", "102"):
        await office.done(f"/dial/{number}")
    assert [placing.callee for placing in pbx.placed] == [Party("101", "Bengt"), Party("102", "")]


# --- what is not ---------------------------------------------------------------------------------------


async def test_what_is_no_number(office: Office, pbx: Telephony) -> None:
    for path in ("/dial/", "/dial", "/api/dial/abc", "/dial/%2A8101", "/dial/%23%23", "/dial/%20", "/dial/-"):
        assert await office.refused(path) == "Det är inget telefonnummer."
        assert await office.refused(path, office.headers | {"accept-language": "en"}) == "That is no telephone number."
    assert pbx.placed == []
    trail = await office.trail()
    assert [(action, details["reason"]) for action, details in trail] == [("dial.refused", "number")] * 14


async def test_ones_own_number(office: Office, pbx: Telephony) -> None:
    for number in ("08123456", "+46 8 12 34 56", "08/12 34 56", "100", "104"):
        assert await office.refused(f"/dial/{number}") == "Det är ditt eget nummer."
    assert pbx.placed == []


async def test_ones_own_mobile_is_another_telephone_but_not_by_itself(office: Office, pbx: Telephony) -> None:
    assert await office.refused("/dial/0709876543?onlycallmobile=1") == "Det är ditt eget nummer."
    await office.done("/dial/0709876543")
    assert len(pbx.placed) == 1


async def test_kinds_that_may_not_be_dialled(office: Office, pbx: Telephony) -> None:
    for number, reason, told in (
        ("0900-1234567", "premium", "betalnummer"),
        ("+4722864400", "international", "utlandsnummer"),
        ("112", "emergency", "nödnummer"),
        ("0112", "emergency", "nödnummer"),
        ("118118", "premium", "betalnummer"),
    ):
        assert told in await office.refused(f"/dial/{number}")
        action, details = (await office.trail())[-1]
        assert (action, details["reason"], details["kind"]) == ("dial.refused", reason, reason)
    assert pbx.placed == []


async def test_the_policy_is_the_settings(tmp_path: Path, pbx: Telephony) -> None:
    dial = Dial(kinds=["internal"], roles={Role.RECEPTION: ["international"]})
    async with Office.open(tmp_path, pbx, dial=dial) as office:
        reception = await office.installation.add("300", "Receptionen", devices=("PJSIP/101",))
        headers = await office.login("reception", entry=reception, role=Role.RECEPTION)
        assert "mobilnummer" in await office.refused(f"/dial/{NUMBER}")
        await office.done("/dial/300")
        await office.done("/dial/+4722864400", headers)
        assert "interna nummer" in await office.refused("/dial/08123456", headers)
        # One's own mobile is dialled, too.
        assert "mobilnummer" in await office.refused("/dial/300?onlycallmobile=1", await _other(office))


async def _other(office: Office) -> dict[str, str]:
    other = await office.installation.add("301", "Cecilia", mobile="0703334455")
    return await office.login("cecilia", entry=other)


async def test_a_budget_by_the_minute_and_repetitions_cost_nothing(tmp_path: Path, pbx: Telephony) -> None:
    async with Office.open(tmp_path, pbx, dial=Dial(per_minute=2)) as office:
        for _ in range(3):
            await office.done("/dial/0701112201")
            await office.done("/dial/0701112202")
        assert "dial.per_minute" in await office.refused("/dial/0701112203")
        other = await office.installation.add("101", "Bengt")
        await office.done("/dial/0701112203", await office.login("bengt", entry=other))
        assert [details.get("reason") for _, details in await office.trail()] == [None, None, "budget", None]


async def test_an_account_without_an_entry_or_with_one_without_a_telephone(office: Office, pbx: Telephony) -> None:
    service = await office.login("program", role=Role.SERVICE)
    assert await office.refused(f"/dial/{NUMBER}", service) == "Kontot har ingen egen telefon."
    assert await office.refused("/hangup", service) == "Du har inget samtal att avsluta."
    bare = await office.login("bare", entry=await office.installation.add("555", "Utan"))
    assert await office.refused(f"/dial/{NUMBER}", bare) == "Du har ingen telefon i växeln."
    assert await office.refused(f"/dial/{NUMBER}?onlycallmobile=1", bare) == "Du har inget mobilnummer."
    away = await office.installation.add("556", "Frånkopplad", devices=("PJSIP/199",))
    gone = await office.login("gone", entry=away)
    assert await office.refused(f"/dial/{NUMBER}", gone) == "Ingen av dina telefoner är registrerad i växeln."
    assert pbx.placed == []


@pytest.mark.parametrize("path", [f"/dial/{NUMBER}", f"/dial/{NUMBER}?onlycallmobile=1", "/hangup"])
async def test_without_a_telephone_system_it_is_a_400(tmp_path: Path, path: str) -> None:
    async with Office.open(tmp_path) as office:
        message = await office.refused(path)
    assert message in ("Det finns ingen växel som kan ringa upp.", "Du har inget samtal att avsluta.")


class Listening:
    """One that places no calls."""

    def __init__(self) -> None:
        self.name = "växel"
        self._telephony = Telephony()
        self.session, self.check = self._telephony.session, self._telephony.check


async def test_one_that_cannot_place_calls_is_as_none(tmp_path: Path) -> None:
    async with Installation.running(tmp_path, connectors=[Listening()], pbx=[Pbx()]) as installation:
        anna = await installation.add("100", "Anna", devices=("PJSIP/100",))
        headers = bearer(await installation.add_token(await installation.add_account("anna", entry=anna)))
        for path in (f"/dial/{NUMBER}", "/hangup"):
            assert (await installation.client.get(path, headers=headers)).status_code == 400


# --- which telephone system ----------------------------------------------------------------------------


async def test_the_telephone_system_at_which_a_telephone_is_registered(tmp_path: Path) -> None:
    first, second = Telephony("växel", absent=["PJSIP/100"]), Telephony("lagret", registered=["PJSIP/104"])
    async with Office.open(tmp_path, first, second) as office:
        await office.done(f"/dial/{NUMBER}?autoanswer=0")
        assert (first.placed, [placing.devices for placing in second.placed]) == ([], [("PJSIP/104",)])


async def test_one_that_the_telephone_system_does_not_know_is_tried_where_no_other_is_there(tmp_path: Path) -> None:
    pbx = Telephony(registered=["PJSIP/104"])
    async with Office.open(tmp_path, pbx) as office:
        await office.done(f"/dial/{NUMBER}?autoanswer=0")
        office.installation.app.home.apply(DeviceChanged("växel", "PJSIP/104", False))
        await office.done("/dial/0701112244")
        assert [placing.devices for placing in pbx.placed] == [("PJSIP/104",), ("PJSIP/100",)]


async def test_one_that_is_away_is_a_503_only_where_the_telephone_may_be_there(tmp_path: Path) -> None:
    here, away = Telephony("växel", registered=["PJSIP/101"], absent=["PJSIP/199"]), Telephony("lagret")
    away.there = False
    async with Office.open(tmp_path, here, away) as office:
        add = office.installation.add
        only_here = await office.login("a", entry=await add("300", "A", devices=("växel:PJSIP/199",)))
        only_there = await office.login("b", entry=await add("301", "B", devices=("lagret:PJSIP/1",)))
        by_pattern = await office.login("c", entry=await add("302", "C"))
        registered = await office.login("d", entry=await add("101", "D"))
        await office.refused(f"/dial/{NUMBER}", only_here)
        for headers in (only_there, by_pattern):
            response = await office.get(f"/dial/{NUMBER}", headers)
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        await office.done(f"/dial/{NUMBER}", registered)
        assert [details.get("reason") for _, details in await office.trail()] == ["unregistered", "away", "away", None]


async def test_what_the_telephone_system_says_is_handed_on(office: Office, pbx: Telephony) -> None:
    pbx.refuses = NotDone("Växeln vill inte.", "It will not.")
    assert await office.refused(f"/dial/{NUMBER}") == "Växeln vill inte."
    assert await office.refused("/hangup") == "Du har inget samtal att avsluta."
    pbx.refuses = LinkError("gone")
    await office.refused(f"/dial/{NUMBER}", status=503)
    pbx.refuses = None
    await office.done(f"/dial/{NUMBER}")
    assert len(pbx.placed) == 3


# --- once ----------------------------------------------------------------------------------------------


async def test_many_at_once_are_one_call_in_whatever_notation(office: Office, pbx: Telephony) -> None:
    pbx.go.clear()
    paths = ["/dial/0701112233", "/api/dial/%2B46701112233/", "/dial/0046 701-112233", "/dial/+46(0)70 111 22 33"]
    asked = [asyncio.create_task(office.get(path)) for path in paths]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in asked)
    pbx.go.set()
    assert [(answer.status_code, answer.content) for answer in await asyncio.gather(*asked)] == [(200, OK)] * 4
    await office.done(paths[1])
    assert len(pbx.placed) == 1
    assert len(await office.trail()) == 1


async def test_others_and_other_numbers_are_other_calls(office: Office, pbx: Telephony) -> None:
    other = await office.login("bengt", entry=await office.installation.add("101", "Bengt"))
    await office.done(f"/dial/{NUMBER}")
    await office.done(f"/dial/{NUMBER}", other)
    await office.done("/dial/0701112234")
    assert len(pbx.placed) == 3


async def test_a_repetition_is_done_whatever_has_happened_since(
    office: Office, pbx: Telephony, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.done(f"/dial/{NUMBER}")
    pbx.refuses = LinkError("gone")
    office.installation.app.home.apply(LinkLost("växel", "gone"))
    await office.done(f"/dial/{NUMBER}")


async def test_a_call_that_was_taken_is_done_while_the_database_is_away(
    office: Office, pbx: Telephony, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise StoreError("away")

    with monkeypatch.context() as patched:
        patched.setattr(office.installation.app.database, "write", away)
        for _ in range(2):
            await office.done(f"/dial/{NUMBER}")
    assert len(pbx.placed) == 1
    async with asyncio.timeout(5):
        while not await office.trail():
            await asyncio.sleep(0.02)
    assert [action for action, _ in await office.trail()] == ["dial.placed"]


# --- hanging up ----------------------------------------------------------------------------------------


async def test_every_leg_of_ones_own_is_ended_and_no_other(office: Office, pbx: Telephony) -> None:
    await office.installation.add("101", "Bengt", devices=("PJSIP/101",))
    pbx.call("1.1", "PJSIP/100")
    pbx.call("1.2", "PJSIP/104")
    pbx.call("1.3", "PJSIP/101")
    await office.done("/api/hangup/")
    assert pbx.ended == ["1.1", "1.2"]
    assert await office.refused("/hangup") == "Du har inget samtal att avsluta."
    assert await office.trail() == [("dial.ended", {"legs": 2})]


async def test_what_was_just_dialled_is_ended_before_it_is_shown_and_then_dialled_anew(
    office: Office, pbx: Telephony
) -> None:
    for _ in range(2):
        await office.done(f"/dial/{NUMBER}?onlycallmobile=1")
        if not pbx.ended:  # of the first it is shown by now
            pbx.call("leg-1", "PJSIP/100")
        assert (await office.client.post("/hangup", headers=office.headers, content=b"")).content == OK
    assert pbx.ended == ["leg-1", "leg-2"]
    assert [details for action, details in await office.trail() if action == "dial.ended"] == [{"legs": 1}] * 2


async def test_who_hangs_up_before_the_call_was_taken_ends_it(office: Office, pbx: Telephony) -> None:
    pbx.go.clear()
    dialling = asyncio.create_task(office.get(f"/dial/{NUMBER}"))
    async with asyncio.timeout(10):
        while not pbx.placed:
            await asyncio.sleep(0)
    ending = asyncio.create_task(office.get("/hangup"))
    await asyncio.sleep(0.02)
    pbx.go.set()
    assert [(await task).status_code for task in (dialling, ending)] == [200, 200]
    assert pbx.ended == ["leg-1"]


async def test_on_a_shared_telephone_only_what_katalog_placed_is_known_to_be_ones_own(
    office: Office, pbx: Telephony
) -> None:
    other = await office.login("bengt", entry=await office.installation.add("101", "Bengt", devices=("PJSIP/100",)))
    pbx.call("1.1", "PJSIP/100")
    pbx.call("1.2", "PJSIP/104")
    await office.refused("/hangup", other)
    await office.done("/dial/0701112255", other)
    pbx.call("leg-1", "PJSIP/100")
    await office.done("/hangup")
    assert pbx.ended == ["1.2"]
    await office.done("/hangup", other)
    assert pbx.ended == ["1.2", "leg-1"]


async def test_a_room_at_the_same_extension_shares_nothing_as_nobody_logs_in_with_it(
    office: Office, pbx: Telephony
) -> None:
    bengt = await office.login("bengt", entry=await office.installation.add("101", "Bengt"))
    await office.installation.add("101", "Rum")
    pbx.call("1.1", "PJSIP/101")
    await office.done("/hangup", bengt)
    assert pbx.ended == ["1.1"]


async def test_nothing_to_end_where_a_telephone_system_is_away_is_not_known(tmp_path: Path) -> None:
    here, away = Telephony("växel"), Telephony("lagret")
    away.there = False
    async with Office.open(tmp_path, here, away) as office:
        response = await office.get("/hangup")
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        here.call("1.1", "PJSIP/100")
        await office.done("/hangup")


async def test_a_link_that_goes_while_it_is_ended(office: Office, pbx: Telephony) -> None:
    pbx.call("1.1", "PJSIP/100")
    pbx.refuses = LinkError("gone")
    await office.refused("/hangup", status=503)
    pbx.refuses = NotDone("Får inte.", "May not.")
    assert await office.refused("/hangup") == "Får inte."


# --- who may ask ---------------------------------------------------------------------------------------

PATHS = [f"/dial/{NUMBER}", "/dial", "/hangup"]


async def test_only_get_and_post_do_anything(office: Office, pbx: Telephony) -> None:
    pbx.call("1.1", "PJSIP/100")
    for path in PATHS:
        for method in ("HEAD", "PUT", "DELETE", "PATCH"):
            response = await office.client.request(method, path, headers=office.headers)
            assert (response.status_code, response.headers["allow"]) == (405, "GET, OPTIONS, POST")
        response = await office.client.options(path, headers=office.headers)
        assert (response.status_code, response.headers["allow"]) == (200, "GET, OPTIONS, POST")
    assert (pbx.placed, pbx.ended) == ([], [])


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}]
)
async def test_another_sites_page_does_nothing_with_what_a_browser_adds(
    office: Office, pbx: Telephony, headers: dict[str, str]
) -> None:
    pbx.call("1.1", "PJSIP/100")
    for path in PATHS:
        for method in ("GET", "POST"):
            answer = await office.client.request(method, path, headers=basic("anna") | headers)
            assert (answer.status_code, answer.json()["type"]) == (403, "urn:katalog:error:cross-site")
        await office.client.get("/auth/login", headers=basic("anna"))
        assert (await office.client.get(path, headers=headers)).status_code == 403
        office.client.cookies.clear()
    assert (pbx.placed, pbx.ended) == ([], [])
    for path in PATHS:
        answer = await office.client.get(path, headers=office.headers | headers)
        assert answer.status_code == (400 if path == "/dial" else 200), "Bearer is exempt"


async def test_a_browser_that_looks_ahead_does_nothing(office: Office, pbx: Telephony) -> None:
    pbx.call("1.1", "PJSIP/100")
    for path in PATHS:
        for name, value in (
            ("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("purpose", "Prefetch"), ("x-moz", "prefetch"),
        ):  # fmt: skip
            assert (await office.client.get(path, headers=basic("anna") | {name: value})).status_code == 403
    assert (pbx.placed, pbx.ended) == ([], [])


async def test_a_read_only_token_and_nobody(office: Office, pbx: Telephony) -> None:
    account = office.installation.app.accounts.named("anna")
    assert account is not None
    reads = bearer(await office.installation.add_token(account, read_only=True))
    for path in PATHS:
        for method in ("GET", "POST"):
            assert (await office.client.request(method, path, headers=reads)).status_code == 403
            assert (await office.client.request(method, path)).status_code == 401
    assert (pbx.placed, pbx.ended) == ([], [])


async def test_by_cookie_basic_and_query(tmp_path: Path, pbx: Telephony) -> None:
    async with Office.open(tmp_path, pbx, server=Server(query_credentials=True)) as office:
        await office.done("/dial/0701112201", basic("anna"))
        credentials = "username=anna&password=ett%20bra%20l%C3%B6senord"
        await office.done(f"/dial/0701112202?autoanswer=0&{credentials}", {})
        await office.done(f"/dial/0701112203?{credentials}", {})
        await office.client.get("/auth/login", headers=basic("anna"))
        await office.done("/dial/0701112204", {"sec-fetch-site": "same-origin"})
        assert len(pbx.placed) == 4


async def test_what_came_of_it_is_counted(office: Office, pbx: Telephony) -> None:
    for _ in range(3):
        await office.done(f"/dial/{NUMBER}")
    await office.refused("/dial/112")
    pbx.refuses = LinkError("gone")
    await office.refused("/dial/0701112244", status=503)
    registry = office.installation.app.metrics.registry
    told = {
        outcome: registry.get_sample_value("katalog_dials_total", {"outcome": outcome})
        for outcome in ("placed", "repeated", "refused", "away")
    }
    assert told == {"placed": 1, "repeated": 2, "refused": 1, "away": 1}


async def test_the_audit_trail_has_it_as_soon_as_it_was_answered_and_it_is_no_profile(
    office: Office, pbx: Telephony
) -> None:
    admin = await office.login("chef", role=Role.ADMIN)
    await office.done(f"/dial/{NUMBER}")
    rows = (await office.get("/api/audit?limit=1", admin)).json()["audit"]
    assert [(row["action"], row["actor"], row["details"]["number"]) for row in rows] == [
        ("dial.placed", "anna", NUMBER)
    ]
    entry = rows[0]["subject"]
    assert (await office.get(f"/api/entries/{entry}/profile/history", admin)).json()["audit"] == []
    await audit.purge(office.installation.app.database, audit.OF_PEOPLE, 4e9)
    assert await office.trail() == []
