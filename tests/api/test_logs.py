"""Each request has an id that its log lines and its answer share; and what is logged tells nothing of people."""

import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from katalog.domain.account import Role
from katalog.errors import StoreError
from katalog.live.directory import Directory
from katalog.logs import with_request
from katalog.settings import Server
from tests.installation import PASSWORD, Installation, basic, bearer

OF_PEOPLE = {
    "password": PASSWORD, "wrong password": "fel-lösenord-4711", "login": "anna.hemlig", "name": "Anna Hemlig",
    "number": "0729913232", "caller": "0701231234", "e-mail": "anna@hemlig.example", "keyword": "hemligt-ord",
}  # fmt: skip


def break_reads(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(Directory, "find", broken)


async def program(installation: Installation) -> dict[str, str]:
    return bearer(await installation.add_token(await installation.add_account("program", role=Role.ADMIN)))


@pytest.mark.parametrize(
    ("error", "event"), [(RuntimeError("a fault"), "http.fault"), (StoreError("it is away"), "store.unavailable")]
)
async def test_a_fault_can_be_quoted(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, error: Exception, event: str
) -> None:
    token = await program(installation)
    break_reads(monkeypatch, error)
    with capture_logs([with_request]) as logged:
        response = await installation.client.get("/api/extensions/100", headers=token)
        other = await installation.client.get("/api/extensions/100", headers=token)
    assert response.status_code == 503
    name = response.headers["x-request-id"]
    assert response.json()["request"] == name
    assert [(line["event"], line["request"]) for line in logged] == [
        (event, name), (event, other.headers["x-request-id"]),
    ]  # fmt: skip
    assert name != other.headers["x-request-id"]
    assert name.isalnum()


async def test_changes_have_an_id_and_reads_do_without(installation: Installation) -> None:
    token = await program(installation)
    client = installation.client
    added = await client.post("/api/entries", headers=token, json={"extension": "100", "name": "Anna"})
    refused = await client.post("/api/entries", headers=token, json={"extension": "100"})
    for response, status in ((added, 201), (refused, 422)):
        assert response.status_code == status
        assert response.headers["x-request-id"]
        assert "request" not in response.json()
    for path, status in (("/api/extensions/100", 200), ("/api/extensions/1", 404)):
        response = await client.get(path, headers=token)
        assert response.status_code == status
        assert "x-request-id" not in response.headers


@pytest.mark.parametrize(
    ("proxies", "given", "taken"),
    [
        (["192.0.2.1"], "4bf92f3577b34da6a3ce929d0e0e4736", True),
        (["192.0.2.1"], "Root=1-67891233-abcdef012345678912345678", True),
        (["192.0.2.1"], "x" * 129, False),
        (["192.0.2.1"], "", False),
        (["192.0.2.1"], "two words", False),
        (["192.0.2.1"], 'a"b', False),
        (["192.0.2.1"], "a\tb", False),
        (["192.0.2.1"], "é", False),
        (["198.51.100.1"], "4bf92f3577b34da6a3ce929d0e0e4736", False),
        ([], "4bf92f3577b34da6a3ce929d0e0e4736", False),
    ],
)
async def test_an_id_is_taken_from_a_trusted_proxy_if_it_is_one(
    tmp_path: Path, proxies: list[str], given: str, taken: bool
) -> None:
    async with Installation.running(tmp_path, server=Server(trusted_proxies=proxies)) as installation:
        headers = {b"x-request-id": given.encode("latin-1")}
        response = await installation.client.post("/api/entries", headers=headers)
        assert response.status_code == 401
        assert (response.headers["x-request-id"] == given) is taken
        assert response.headers["x-request-id"].isprintable()


# --- the access log ------------------------------------------------------------------------------------


async def test_requests_are_not_logged_by_default(installation: Installation) -> None:
    with capture_logs() as logged:
        await installation.client.get("/api/extensions/100", headers=await program(installation))
    assert logged == []


async def test_the_access_log_has_a_line_for_each_request(tmp_path: Path) -> None:
    async with Installation.running(tmp_path, server=Server(access_log=True)) as installation:
        account = await installation.add_account("program")
        token = bearer(await installation.add_token(account))
        await installation.add("0729913232", "Anna Hemlig")
        with capture_logs([with_request]) as logged:
            answers = [
                await installation.client.get("/extensions/0729913232/", headers=token),
                await installation.client.get("/api/extensions/0729913232"),
                await installation.client.get("/nothing/0729913232"),
            ]
    one = "/api/extensions/{extension}"
    assert [(line["endpoint"], line["status"], line["account"]) for line in logged] == [
        (one, 200, account.id),
        (one, 401, None),
        ("other", 404, None),
    ]
    for line, answer in zip(logged, answers, strict=True):
        assert (line["event"], line["log_level"], line["method"]) == ("http.request", "info", "GET")
        assert line["request"] == answer.headers["x-request-id"]
        assert 0 < line["ms"] < 10_000


# --- nothing of people ---------------------------------------------------------------------------------


async def ask_everything(installation: Installation) -> tuple[str, str]:
    """Requests of every kind that hold what may not be logged, some of which go wrong; what was logged, and a token."""
    entry = await installation.add(
        OF_PEOPLE["number"], OF_PEOPLE["name"], email=OF_PEOPLE["e-mail"], keywords=(OF_PEOPLE["keyword"],)
    )
    account = await installation.add_account(OF_PEOPLE["login"], entry=entry, role=Role.ADMIN)
    secret = await installation.add_token(account)
    right, wrong = basic(OF_PEOPLE["login"]), basic(OF_PEOPLE["login"], OF_PEOPLE["wrong password"])
    query = {"username": OF_PEOPLE["login"], "password": PASSWORD, "q": OF_PEOPLE["name"], "token": secret}
    client = installation.client
    with capture_logs([with_request]) as logged:
        for headers in (right, wrong, bearer(secret), bearer(secret + "x"), {"cookie": f"katalog_session={secret}"}):
            for path in ("/api/extensions/me", f"/api/extensions/{OF_PEOPLE['number']}", "/metrics", "/api/audit"):
                await client.get(path, headers=headers, params=query)
            await client.get(f"/api/entries/{OF_PEOPLE['name']}", headers=headers)
            await client.get("/api/auth/login", headers=headers, params=query)
            await client.post("/api/auth/login", headers=headers, json=query)
            await client.post("/api/auth/login", data=query)
            await client.put(
                f"/api/extensions/{OF_PEOPLE['number']}/profile", headers=headers,
                json={"name": "lunch", "message": f"{OF_PEOPLE['name']} {OF_PEOPLE['caller']}"},
            )  # fmt: skip
            await client.post("/api/entries", headers=headers, json={"extension": OF_PEOPLE["caller"], "nam": "x"})
            await client.get(f"/{OF_PEOPLE['number']}/{secret}", headers=headers)
            await client.get(f"/invitation/{secret}", headers=headers)
    assert {line["status"] for line in logged} >= {200, 401, 404, 422}
    return json.dumps(logged, ensure_ascii=False, default=str), secret


async def test_nothing_of_people_and_no_secret_is_logged(tmp_path: Path) -> None:
    server = Server(access_log=True, query_credentials=True)
    async with Installation.running(tmp_path, server=server) as installation:
        text, secret = await ask_everything(installation)
    hidden = {**OF_PEOPLE, "token": secret}
    assert {what for what, value in hidden.items() if value.lower() in text.lower()} == set()


async def test_a_fault_tells_no_header_and_no_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Installation.running(tmp_path, server=Server(query_credentials=True)) as installation:
        await installation.add_account(OF_PEOPLE["login"])
        break_reads(monkeypatch, RuntimeError("a fault"))
        path = f"/api/extensions/{OF_PEOPLE['number']}"
        with capture_logs([with_request]) as logged:
            for headers, query in ((basic(OF_PEOPLE["login"]), {}), ({}, {"username": OF_PEOPLE["login"]})):
                await installation.client.get(path, headers=headers, params={**query, "password": PASSWORD})
    assert logged
    text = json.dumps(logged, ensure_ascii=False, default=str)
    assert {what for what, value in OF_PEOPLE.items() if value in text} == set()
    assert logged[0]["endpoint"] == "/api/extensions/{extension}"
