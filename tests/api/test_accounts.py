"""Accounts over HTTP: who may, what is refused, what is shown, what is written down."""

from typing import Any

import httpx
import pytest

from katalog.api.accounts import AccountView
from katalog.domain.account import Role
from katalog.store import accounts, tables
from tests.installation import ACTOR, Installation, basic, bearer

ALL = "/api/accounts"
Headers = dict[str, str]


@pytest.fixture
async def admin(installation: Installation) -> Headers:
    return bearer(await installation.add_token(await installation.add_account("chefen", role=Role.ADMIN)))


async def added(installation: Installation, admin: Headers, login: str = "anna", **fields: Any) -> dict[str, Any]:
    answer = await installation.client.post(ALL, json={"login": login} | fields, headers=admin)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{ALL}/{answer.json()['id']}"
    found: dict[str, Any] = answer.json()
    return found


async def patched(
    installation: Installation, headers: Headers, id_: str, given: dict[str, Any], etag: str | None = None
) -> httpx.Response:
    headers = headers if etag is None else headers | {"if-match": etag}
    return await installation.client.patch(f"{ALL}/{id_}", json=given, headers=headers)


async def row(installation: Installation, admin: Headers, id_: str) -> dict[str, Any]:
    (found,) = [each for each in (await installation.client.get(ALL, headers=admin)).json() if each["id"] == id_]
    one = await installation.client.get(f"{ALL}/{id_}", headers=admin)
    assert one.json() == found
    result: dict[str, Any] = found
    return result


async def trail(installation: Installation, admin: Headers, subject: str) -> list[tuple[str, dict[str, Any]]]:
    lines = (await installation.client.get(f"/api/audit?subject={subject}", headers=admin)).json()["audit"]
    return [(line["action"], line["details"]) for line in lines]


async def test_an_account_is_added_with_an_invitation_that_is_shown_once(
    installation: Installation, admin: Headers
) -> None:
    entry = await installation.add("100", "Anna")
    made = await added(installation, admin, role="reception", entry=entry.id)
    link = made.pop("invitation")
    assert link.startswith("http://katalog.test/invitation/kat_")
    assert await row(installation, admin, made["id"]) == made
    assert made["invited"] is not None
    assert made == {
        "id": made["id"], "login": "anna", "role": "reception", "entry": entry.id, "disabled": False,
        "has_password": False, "invited": made["invited"], "last_used": None,
    }  # fmt: skip
    assert await trail(installation, admin, made["id"]) == [
        ("account.invited", {"login": "anna"}),
        ("account.added", {"login": "anna", "role": "reception", "entry": entry.id}),
    ]
    await installation.client.post(link, data={"password": "hemligheter"})
    assert (await installation.client.get("/extensions/me", headers=basic("anna", "hemligheter"))).json()["name"]
    after = await row(installation, admin, made["id"])
    assert (after["has_password"], after["invited"]) == (True, None)


async def test_a_service_account_has_no_invitation(installation: Installation, admin: Headers) -> None:
    made = await added(installation, admin, "program", role="service")
    assert "invitation" not in made
    assert (made["role"], made["invited"], made["has_password"]) == ("service", None, False)


async def test_it_is_shown_when_somebody_was_last_there(installation: Installation, admin: Headers) -> None:
    anna = await installation.add_account("anna")
    assert (await row(installation, admin, anna.id))["last_used"] is None
    first, second = [bearer(await installation.add_token(anna)) for _ in range(2)]
    for headers in (second, first):
        installation.advance(60)
        await installation.client.get("/api/extensions", headers=headers)
    assert (await row(installation, admin, anna.id))["last_used"] == "2026-09-21T16:15:20+02:00"


@pytest.mark.parametrize(
    ("given", "field", "sv", "en"),
    [
        ({}, "login", "ska vara en text", "must be a string"),
        ({"login": ["x"]}, "login", "ska vara en text", "must be a string"),
        ({"login": ""}, "login", "1–200 tecken", "1–200 characters"),
        ({"login": "a:b"}, "login", "kolon", "colon"),
        ({"login": "x", "role": "boss"}, "role", "ska vara en av", "must be one of"),
        ({"login": "x", "role": None}, "role", "ska vara en av", "must be one of"),
        ({"login": "x", "entry": 7}, "entry", "null", "null"),
        ({"login": "x", "entry": "nobody"}, "entry", "ingen sådan post", "no such entry"),
        ({"login": "x", "password": "hemligheter"}, "password", "kan inte anges", "cannot be given"),
    ],
)
async def test_what_is_wrong_is_named_in_both_languages(
    installation: Installation, admin: Headers, given: dict[str, Any], field: str, sv: str, en: str
) -> None:
    for language, sentence in (("sv", sv), ("en", en)):
        answer = await installation.client.post(ALL, json=given, headers=admin | {"accept-language": language})
        assert (answer.status_code, answer.json()["field"]) == (422, field)
        assert sentence in answer.json()["message"]
    assert len((await installation.client.get(ALL, headers=admin)).json()) == 1


async def test_a_program_has_no_entry_and_a_login_is_one_accounts(installation: Installation, admin: Headers) -> None:
    entry = await installation.add("100", "Anna")
    service = {"login": "program", "role": "service", "entry": entry.id}
    assert (await installation.client.post(ALL, json=service, headers=admin)).json()["field"] == "entry"
    made = await added(installation, admin, entry=entry.id)
    for login in ("anna", "100"):
        answer = await installation.client.post(ALL, json={"login": login}, headers=admin)
        assert (answer.status_code, answer.json()["field"]) == (409, "login")
    assert (await patched(installation, admin, made["id"], {"role": "service"})).json()["field"] == "entry"
    freed = await patched(installation, admin, made["id"], {"role": "service", "entry": None})
    assert (freed.json()["role"], freed.json()["entry"]) == ("service", None)


async def test_it_is_changed_in_part_and_only_by_who_has_seen_it(installation: Installation, admin: Headers) -> None:
    entry = await installation.add("100", "Anna")
    made = await added(installation, admin)
    etag = (await installation.client.get(f"{ALL}/{made['id']}", headers=admin)).headers["etag"]
    # What is shown besides is another, and refuses nothing.
    await installation.client.post(f"{ALL}/{made['id']}/invitation", headers=admin)
    changed = await patched(installation, admin, made["id"], {"role": "reception"}, etag)
    assert (changed.status_code, changed.json()["role"], changed.json()["entry"]) == (200, "reception", None)
    late = await patched(installation, admin, made["id"], {"entry": entry.id}, etag)
    assert (late.status_code, late.json()["type"]) == (412, "urn:katalog:error:stale")
    again = await patched(installation, admin, made["id"], {"entry": entry.id}, changed.headers["etag"])
    assert again.json()["entry"] == entry.id
    same = await patched(installation, admin, made["id"], {"entry": entry.id, "role": "reception"})
    assert same.headers["etag"] == again.headers["etag"]
    assert (await trail(installation, admin, made["id"]))[:3] == [
        ("account.changed", {"login": "anna", "entry": [None, entry.id]}),
        ("account.changed", {"login": "anna", "role": ["user", "reception"]}),
        ("account.invited", {"login": "anna"}),
    ]


async def test_who_has_it_already_is_told_so_until_something_is_another(
    installation: Installation, admin: Headers
) -> None:
    made = await added(installation, admin)
    one = f"{ALL}/{made['id']}"
    etag = (await installation.client.get(one, headers=admin)).headers["etag"]
    assert (await installation.client.get(one, headers=admin | {"if-none-match": etag})).status_code == 304
    await installation.client.post(made["invitation"], data={"password": "hemligheter"})
    assert (await installation.client.get(one, headers=admin | {"if-none-match": etag})).status_code == 200


async def test_a_role_holds_at_once(installation: Installation, admin: Headers) -> None:
    anna = await installation.add_account("anna")
    token = bearer(await installation.add_token(anna))
    assert (await installation.client.get(ALL, headers=token)).status_code == 403
    await patched(installation, admin, anna.id, {"role": "admin"})
    assert (await installation.client.get(ALL, headers=token)).status_code == 200
    await patched(installation, admin, anna.id, {"role": "user"})
    assert (await installation.client.get(ALL, headers=token)).status_code == 403


async def test_who_is_shut_out_has_no_session_no_invitation_and_no_use_of_tokens(
    installation: Installation, admin: Headers
) -> None:
    anna = await installation.add_account("anna")
    token = bearer(await installation.add_token(anna))
    response = await installation.client.post("/auth/login", headers=basic("anna"))
    installation.client.cookies.clear()
    session = {"cookie": response.headers["set-cookie"].partition(";")[0]}
    link = (await installation.client.post(f"{ALL}/{anna.id}/invitation", headers=admin)).json()["link"]
    shut = await patched(installation, admin, anna.id, {"disabled": True})
    assert (shut.json()["disabled"], shut.json()["invited"]) == (True, None)
    for headers in (token, session, basic("anna")):
        assert (await installation.client.get("/api/extensions", headers=headers)).status_code == 401
    assert (await installation.client.get(link)).status_code == 404
    assert (await patched(installation, admin, anna.id, {"disabled": False})).json()["disabled"] is False
    for headers, status in ((token, 200), (session, 401), (basic("anna"), 200)):
        assert (await installation.client.get("/api/extensions", headers=headers)).status_code == status
    assert (await installation.client.get(link)).status_code == 404
    actions = [action for action, _ in await trail(installation, admin, anna.id)]
    assert actions == ["account.enabled", "account.disabled", "account.invited", "account.added"]


@pytest.mark.parametrize("given", [{"disabled": True}, {"role": "user"}, {"role": "service"}])
@pytest.mark.parametrize(("language", "sentence"), [("sv", "stänga ute dig själv"), ("en", "shut yourself out")])
async def test_nobody_shuts_themselves_out(
    installation: Installation, admin: Headers, given: dict[str, Any], language: str, sentence: str
) -> None:
    await installation.add_account("another", role=Role.ADMIN)
    (me,) = [each for each in (await installation.client.get(ALL, headers=admin)).json() if each["login"] == "chefen"]
    answer = await patched(installation, admin | {"accept-language": language}, me["id"], given)
    assert (answer.status_code, sentence in answer.json()["message"]) == (409, True)
    entry = await installation.add("100", "Chefen")
    assert (await patched(installation, admin, me["id"], {"entry": entry.id})).status_code == 200


@pytest.mark.parametrize("given", [{"disabled": True}, {"role": "user"}])
async def test_the_last_admin_stays_one_though_two_shut_each_other_out(
    installation: Installation, admin: Headers, given: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await installation.add_account("another", role=Role.ADMIN)
    put = accounts.put

    async def late(change: Any, old: Any, new: Any) -> Any:
        """Whoever asks has been made a user by the other, a moment ago."""
        (me,) = await accounts.select_where(change.connection, tables.account.c.login == "chefen")
        await accounts.alter(change, me, "account.changed", role=Role.USER)
        return await put(change, old, new)

    monkeypatch.setattr(accounts, "put", late)
    answer = await patched(installation, admin | {"accept-language": "en"}, other.id, given)
    assert (answer.status_code, "only administrator" in answer.json()["message"]) == (409, True)
    monkeypatch.undo()
    assert (await patched(installation, admin, other.id, given)).status_code == 200


async def test_a_login_that_is_anothers_number_cannot_move_to_somebody_else(
    installation: Installation, admin: Headers
) -> None:
    anna, bo = await installation.add("100", "Anna"), await installation.add("200", "Bo")
    made = await added(installation, admin, "100", entry=anna.id)
    assert (await patched(installation, admin, made["id"], {"entry": bo.id})).status_code == 200
    other = await added(installation, admin, "anna", entry=anna.id)
    await patched(installation, admin, made["id"], {"entry": None})
    answer = await patched(installation, admin, made["id"], {"entry": bo.id})
    assert (answer.status_code, answer.json()["field"]) == (409, "login")
    assert (await row(installation, admin, other["id"]))["entry"] == anna.id


@pytest.mark.parametrize(
    ("given", "field"),
    [({"role": 7}, "role"), ({"disabled": "yes"}, "disabled"), ({"disabled": None}, "disabled"),
     ({"entry": "nobody"}, "entry"), ({"login": "new"}, "login")],
)  # fmt: skip
async def test_a_change_that_is_wrong_is_named(
    installation: Installation, admin: Headers, given: dict[str, Any], field: str
) -> None:
    made = await added(installation, admin)
    answer = await patched(installation, admin, made["id"], given)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


PATHS = [
    ("GET", ALL), ("POST", ALL), ("POST", f"{ALL}/invitations"), ("GET", f"{ALL}/x"), ("PATCH", f"{ALL}/x"),
    ("POST", f"{ALL}/x/invitation"), ("GET", f"{ALL}/x/tokens"), ("POST", f"{ALL}/x/tokens"),
    ("DELETE", f"{ALL}/x/tokens/y"),
]  # fmt: skip
CHANGES = [(method, path) for method, path in PATHS if method != "GET"]
GOOD = {"login": "x", "name": "x"}


@pytest.mark.parametrize("role", [Role.USER, Role.RECEPTION, Role.SERVICE])
async def test_it_is_for_admins(installation: Installation, role: Role) -> None:
    await installation.add_account("anna", role=role)
    for method, path in PATHS:
        answer = await installation.client.request(method, path, json=GOOD, headers=basic("anna"))
        assert answer.status_code == 403, (method, path)
        assert (await installation.client.request(method, path, json=GOOD)).status_code == 401


async def test_a_token_that_only_reads_and_another_sites_page_change_nothing(installation: Installation) -> None:
    chefen = await installation.add_account("chefen", role=Role.ADMIN)
    read_only = bearer(await installation.add_token(chefen, read_only=True))
    cross = basic("chefen") | {"sec-fetch-site": "cross-site"}
    for method, path in CHANGES:
        for headers in (read_only, cross):
            answer = await installation.client.request(method, path, json=GOOD, headers=headers)
            assert answer.status_code == 403, (method, path)
    assert len((await installation.client.get(ALL, headers=read_only)).json()) == 1


async def test_an_account_that_is_none_is_404(installation: Installation, admin: Headers) -> None:
    for method, path in PATHS:
        if "/x" in path:
            given = {"name": "x"} if path.endswith("tokens") else {}
            answer = await installation.client.request(method, path, json=given, headers=admin)
            assert answer.status_code == 404, (method, path)


async def test_an_account_that_a_command_made_is_there(installation: Installation, admin: Headers) -> None:
    async with installation.app.database.write(installation.organisation, ACTOR) as change:
        account = await accounts.add(change, "new", entry=None, role=Role.USER, password="")
    assert (await installation.client.get(f"{ALL}/{account.id}", headers=admin)).json()["login"] == "new"
    await installation.app.follower.look()
    assert set(await row(installation, admin, account.id)) == set(AccountView.__struct_fields__) - {"invitation"}
