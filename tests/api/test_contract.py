"""The v1 contact directory, line by line of the contract."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from katalog.api.passwords import hash_password
from katalog.domain.account import Role
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Entry, Kind
from katalog.domain.events import LegsRead
from katalog.domain.identifier import new_id
from katalog.settings import Pbx
from katalog.store import accounts, entries, organisations
from tests.installation import ACTOR, PASSWORD, Installation, basic, bearer

EXAMPLE = Path(__file__).parent / "example.json"
STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEFORE_THE_HOLIDAY_ENDED = datetime(2015, 3, 1, 12, tzinfo=STOCKHOLM).timestamp()
HOLIDAY_ENDS = datetime(2015, 3, 14, 9, 26, 53, tzinfo=STOCKHOLM).timestamp()


@pytest.fixture
async def example(tmp_path: Path) -> AsyncIterator[Installation]:
    """The organisation of the example: added in another order than it is shown in."""
    async with Installation.running(
        tmp_path,
        now=BEFORE_THE_HOLIDAY_ENDED,
        pbx=[Pbx(name="växel")],
    ) as installation:
        await installation.add("08040506", "Konferensrum A", kind=Kind.ROOM)
        bengt = await installation.add(
            "08040506", "Bengt Bengtsson", email="bengt.bengtsson@mail.se", mobile="0733313232",
            keywords=("business", "malmö"),
        )  # fmt: skip
        await installation.add(
            "08010203", "Anna Andersson", email="anna.andersson@mail.se", mobile="0729913232",
            keywords=("support", "stockholm"), devices=("PJSIP/anna",),
        )  # fmt: skip
        await installation.set_profile(bengt, "holiday", until=HOLIDAY_ENDS, message="Svarar på mail en gång i veckan")
        leg = Leg("1.1", "PJSIP/anna", Direction.IN, LineStatus.UP, "0701231234")
        installation.app.home.apply(LegsRead("växel", (leg,)))
        account = await installation.add_account("program", role=Role.SERVICE)
        installation.client.headers.update(bearer(await installation.add_token(account)))
        yield installation


def compact_example() -> bytes:
    return json.dumps(json.loads(EXAMPLE.read_bytes()), ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "path", ["/api/extensions", "/api/extensions/", "/extensions", "/extensions/", "//api//extensions//"]
)
async def test_the_example_organisation_answers_with_the_example_document(example: Installation, path: str) -> None:
    response = await example.client.get(path)
    assert response.status_code == 200
    assert response.content == compact_example()
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.headers["katalog-calls"] == "live"


async def test_an_empty_organisation_is_an_empty_array(installation: Installation) -> None:
    account = await installation.add_account("program", role=Role.SERVICE)
    response = await installation.client.get("/api/extensions/", headers=bearer(await installation.add_token(account)))
    assert (response.status_code, response.content) == (200, b"[]")


@pytest.mark.parametrize(
    "written",
    ["08010203", "08-010 203", "+468010203", "%2B468010203", "00468010203", "08%20010%20203", "+46%20(0)8-010203",
     "08010203/", "/08010203"],
)  # fmt: skip
async def test_one_number_in_any_notation_is_one_object(example: Installation, written: str) -> None:
    for prefix in ("/api/extensions/", "/extensions/"):
        response = await example.client.get(prefix + written)
        assert response.status_code == 200, written
        assert (
            response.content
            == json.dumps(json.loads(EXAMPLE.read_bytes())[0], ensure_ascii=False, separators=(",", ":")).encode()
        )


@pytest.mark.parametrize(
    "unknown", ["8010203", "010203", "0801020", "080102030", "Anna", "0", "%00", "%ff", "%F0%9F%98%80", "..", "a/b"]
)
async def test_nothing_is_guessed(example: Installation, unknown: str) -> None:
    response = await example.client.get(f"/api/extensions/{unknown}")
    assert response.status_code == 404
    assert response.json()["message"]


async def test_a_shared_number_gives_the_person_then_whoever_logs_in(example: Installation) -> None:
    assert (await example.client.get("/extensions/08040506")).json()["name"] == "Bengt Bengtsson"
    room = next(entry for entry in example.app.home.entries(hidden=True) if entry.kind is Kind.ROOM)
    await example.add_account("rummet", entry=room)
    assert (await example.client.get("/extensions/08040506")).json()["name"] == "Konferensrum A"


async def test_me_is_the_entry_of_the_account(example: Installation) -> None:
    anna = example.app.home.find("08010203", hidden=False)
    assert anna is not None
    await example.add_account("anna", entry=anna)
    for path in ("/api/extensions/me", "/api/extensions/me/", "/extensions/me"):
        response = await example.client.get(path, headers=basic("anna"))
        assert (response.status_code, response.json()["name"]) == (200, "Anna Andersson")
    assert (await example.client.get("/extensions/me")).status_code == 404, "a service account has no entry"


async def test_not_authenticated_is_two_challenges_basic_first(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/extensions/")
    assert response.status_code == 401
    challenges = response.headers.get_list("www-authenticate")
    assert [challenge.split()[0] for challenge in challenges] == ["Basic", "Bearer"]
    assert response.json()["message"]


async def test_a_pages_own_script_gets_no_basic_challenge(client: httpx.AsyncClient) -> None:
    headers = {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty", "sec-fetch-site": "same-origin"}
    response = await client.get("/api/extensions/", headers=headers)
    assert response.headers.get_list("www-authenticate") == ['Bearer realm="katalog"']


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/extensions/nobody", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing", 404),
        ("DELETE", "/api/extensions", 405),
        ("POST", "/extensions/08010203", 405),
        ("PATCH", "/api/entries/unknown", 403),
        ("GET", "/api/audit", 403),
        ("POST", "/api/tokens", 400),
    ],
)
async def test_an_error_is_a_problem_object_with_a_message(
    example: Installation, method: str, path: str, status: int
) -> None:
    response = await example.client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:katalog:error:")
    assert problem["message"] == problem["detail"]
    assert problem["title"]


async def test_a_wrong_method_names_those_that_work(example: Installation) -> None:
    response = await example.client.put("/api/extensions/")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    response = await example.client.options("/api/extensions/")
    assert (response.status_code, response.headers["allow"]) == (200, "GET, HEAD, OPTIONS")
    assert response.content == b'{"message":"OK"}'


async def test_head_has_the_headers_of_get_and_no_body(example: Installation) -> None:
    got, head = await example.client.get("/extensions/"), await example.client.head("/extensions/")
    assert head.content == b""
    for name in ("content-length", "content-type", "katalog-calls"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("query", ["?fields=name", "??autoanswer=1", "?a=b&a=c", "?%ff=%fe", "?username=&password="])
async def test_unknown_query_parameters_are_ignored(example: Installation, query: str) -> None:
    assert (await example.client.get(f"/extensions/{query}")).content == compact_example()


@pytest.mark.parametrize(
    "headers",
    [{"content-type": "application/json"}, {"accept": "*/*"}, {"accept": "text/xml"},
     {"content-type": "application/x-www-form-urlencoded"}],
)  # fmt: skip
async def test_the_answer_is_json_whatever_type_is_asked_for(example: Installation, headers: dict[str, str]) -> None:
    response = await example.client.get("/extensions/", headers=headers)
    assert response.content == compact_example()


async def test_hidden_entries_are_for_admins_only(installation: Installation) -> None:
    await installation.add("100", "Seen")
    hidden = await installation.add("200", "Hidden", hidden=True)
    user = basic((await installation.add_account("user")).login)
    admin = basic((await installation.add_account("admin", role=Role.ADMIN)).login)
    client = installation.client
    assert [row["name"] for row in (await client.get("/extensions", headers=user)).json()] == ["Seen"]
    assert [row["name"] for row in (await client.get("/extensions", headers=admin)).json()] == ["Seen", "Hidden"]
    assert (await client.get("/extensions/200", headers=user)).status_code == 404
    assert (await client.get("/extensions/200", headers=admin)).status_code == 200
    assert (await client.get(f"/api/entries/{hidden.id}", headers=user)).status_code == 404
    await installation.add_account("owner", entry=hidden)
    assert (await client.get("/extensions/me", headers=basic("owner"))).json()["name"] == "Hidden"


async def test_another_organisation_does_not_exist(installation: Installation) -> None:
    await installation.add("100", "Ours")
    other = await organisations.add(installation.app.database, "Other")
    async with installation.app.database.write(other.id, ACTOR) as change:
        theirs = await entries.add(change, Entry(new_id(), "200", "Theirs"))
        await accounts.add(change, "other", entry=theirs.id, role=Role.ADMIN, password=hash_password(PASSWORD))
    await installation.add_account("admin", role=Role.ADMIN)
    await installation.app.follower.catch_up()
    client, ours, others = installation.client, basic("admin"), basic("other")
    assert [row["name"] for row in (await client.get("/extensions", headers=ours)).json()] == ["Ours"]
    assert [row["name"] for row in (await client.get("/extensions", headers=others)).json()] == ["Theirs"]
    assert (await client.get(f"/api/entries/{theirs.id}", headers=ours)).status_code == 404
    assert (await client.patch(f"/api/entries/{theirs.id}", headers=ours, json={"name": "x"})).status_code == 404
    assert (await client.delete(f"/api/entries/{theirs.id}", headers=ours)).status_code == 404
    logins = [row["login"] for row in (await client.get("/api/accounts", headers=ours)).json()]
    assert logins == ["admin"]
    subjects = {row["subject"] for row in (await client.get("/api/audit", headers=ours)).json()["audit"]}
    assert theirs.id not in subjects
