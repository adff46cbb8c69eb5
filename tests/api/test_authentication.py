"""Who gets in, by what, and for how long."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from katalog.api.authentication import COOKIE
from katalog.api.passwords import Passwords, hash_password
from katalog.domain.account import Role
from katalog.settings import Server
from katalog.store import accounts, tokens
from tests.installation import ACTOR, PASSWORD, Installation, basic, bearer

ME = "/api/extensions/me"


@pytest.fixture
async def anna(installation: Installation) -> Installation:
    """Anna has the extension 100, an e-mail, and an account of another name."""
    entry = await installation.add("100", "Anna Åström", email="Anna@Exempel.se")
    await installation.add_account("aastrom", entry=entry)
    return installation


async def status(client: httpx.AsyncClient, headers: dict[str, str], path: str = ME) -> int:
    return (await client.get(path, headers=headers)).status_code


@pytest.mark.parametrize("login", ["aastrom", "100", "Anna@Exempel.se", "anna@exempel.se"])
async def test_basic_by_name_extension_or_email(anna: Installation, login: str) -> None:
    assert await status(anna.client, basic(login)) == 200


async def test_an_account_that_another_process_made_a_moment_ago_opens(anna: Installation) -> None:
    async with anna.app.database.write(anna.organisation, ACTOR) as change:
        new = await accounts.add(change, "new", entry=None, role=Role.USER, password=hash_password(PASSWORD))
        _, secret = await tokens.add(change, new, "program")
        _, session = await tokens.add(change, new, "browser", session=True)
    assert await status(anna.client, bearer(secret), "/api/extensions/") == 200
    async with anna.app.database.write(anna.organisation, ACTOR) as change:
        await accounts.alter(change, new, "account.password", password=hash_password("ett annat lösenord"))
    assert await status(anna.client, basic("new", "ett annat lösenord"), "/api/extensions/") == 200
    assert await status(anna.client, {"cookie": f"{COOKIE}={session}"}, "/api/extensions/") == 200
    assert await status(anna.client, bearer("nobody's"), "/api/extensions/") == 401


async def test_a_number_of_two_accounts_is_nobodys_login(anna: Installation) -> None:
    twin = await anna.add("100", "Twin")
    assert await status(anna.client, basic("100")) == 200
    await anna.add_account("twin", entry=twin)
    assert await status(anna.client, basic("100")) == 401
    assert await status(anna.client, basic("twin")) == 200


async def test_an_account_name_that_is_anothers_number_or_email_is_refused(anna: Installation) -> None:
    other = await anna.add("200", "Other")
    for taken in ("100", "anna@exempel.se", "aastrom"):
        with pytest.raises(Exception, match="already"):
            await anna.add_account(taken, entry=other)
    await anna.add_account("200", entry=other)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !",
        "Basic YWJj",
        "Basic Og==",
        "Bearer",
        "Bearer x",
        "Digest a=b",
        "basic \xff",
        "Negotiate x",
    ],
)
async def test_missing_or_malformed_credentials_are_401_and_do_not_count(anna: Installation, header: str) -> None:
    for _ in range(60):
        response = await anna.client.get(ME, headers={b"authorization": header.encode("latin-1")})
        assert response.status_code == 401
    assert await status(anna.client, basic("aastrom")) == 200


async def test_a_bearer_token_opens_until_it_is_revoked(anna: Installation) -> None:
    made = await anna.client.post("/api/tokens", headers=basic("aastrom"), json={"name": "wallboard"})
    assert made.status_code == 201
    token = made.json()
    headers = bearer(token["token"])
    assert await status(anna.client, headers) == 200
    listed = (await anna.client.get("/api/tokens", headers=headers)).json()
    assert [row["name"] for row in listed] == ["wallboard"]
    assert "token" not in listed[0]
    assert listed[0]["last_used"] is not None
    gone = await anna.client.delete(f"/api/tokens/{token['id']}", headers=headers)
    assert (gone.status_code, gone.content) == (200, b'{"message":"OK"}')
    assert await status(anna.client, headers) == 401


async def test_a_token_ends_when_it_expires(anna: Installation) -> None:
    made = await anna.client.post(
        "/api/tokens", headers=basic("aastrom"), json={"name": "x", "expires": "2026-09-23T12:00:00+02:00"}
    )
    headers = bearer(made.json()["token"])
    assert await status(anna.client, headers) == 200
    anna.advance(2 * 86400)
    assert await status(anna.client, headers) == 401


@pytest.mark.parametrize(
    "body",
    [{}, {"name": ""}, {"name": 1}, {"name": "x" * 101}, {"name": "x", "expires": "soon"}, {"name": "x", "expires": 5},
     {"name": "x", "read_only": "yes"}],
)  # fmt: skip
async def test_a_token_with_a_wrong_field_is_refused(anna: Installation, body: dict[str, Any]) -> None:
    response = await anna.client.post("/api/tokens", headers=basic("aastrom"), json=body)
    assert response.status_code == 422
    assert response.json()["field"] in ("name", "expires", "read_only")


async def test_only_hashes_of_secrets_are_kept(anna: Installation) -> None:
    made = await anna.client.post("/api/tokens", headers=basic("aastrom"), json={"name": "x"})
    await anna.client.post("/auth/login", data={"username": "aastrom", "password": PASSWORD})
    secret, session = made.json()["token"], anna.client.cookies[COOKIE]
    path = anna.app.database.path
    assert path is not None
    kept = b"".join(file.read_bytes() for file in path.parent.glob("katalog.db*"))
    for text in (secret, session, PASSWORD):
        assert text.encode() not in kept


async def test_somebody_elses_token_cannot_be_revoked(anna: Installation) -> None:
    await anna.add_account("other")
    made = await anna.client.post("/api/tokens", headers=basic("aastrom"), json={"name": "x"})
    response = await anna.client.delete(f"/api/tokens/{made.json()['id']}", headers=basic("other"))
    assert response.status_code == 404
    assert await status(anna.client, bearer(made.json()["token"])) == 200


@pytest.mark.parametrize("way", ["form", "multipart", "json", "basic", "basic-get", "query-get", "query-post"])
@pytest.mark.parametrize("path", ["/auth/login", "/api/auth/login/"])
async def test_login_sets_a_session_cookie(anna: Installation, way: str, path: str) -> None:
    client, credentials = anna.client, {"username": "aastrom", "password": PASSWORD}
    match way:
        case "form":
            response = await client.post(path, data=credentials)
        case "multipart":
            files = {name: (None, value) for name, value in credentials.items()}
            response = await client.post(path, files=files)
        case "json":
            response = await client.post(path, json=credentials)
        case "basic":
            response = await client.post(path, headers=basic("aastrom"))
        case "basic-get":
            response = await client.get(path, headers=basic("aastrom") | {"content-type": "application/json"})
        case "query-get":
            response = await client.get(path, params=credentials)
        case _:
            response = await client.post(path, params=credentials)
    assert (response.status_code, response.content) == (200, b'{"message":"OK"}')
    cookie = response.headers["set-cookie"]
    for attribute in ("Path=/", "HttpOnly", "SameSite=Strict"):
        assert attribute in cookie.split("; ")
    assert "Secure" not in cookie
    assert await status(client, {}) == 200


async def test_a_wrong_login_is_401_without_a_cookie(anna: Installation) -> None:
    for credentials in ({"username": "aastrom", "password": "wrong"}, {"username": "aastrom"}, {}):
        response = await anna.client.post("/auth/login", json=credentials)
        assert response.status_code == 401
        assert response.json()["message"]
        assert "set-cookie" not in response.headers


async def test_many_sessions_at_once_and_each_ends_alone(anna: Installation) -> None:
    sessions = []
    for _ in range(3):
        await anna.client.post("/auth/login", headers=basic("aastrom"))
        sessions.append(anna.client.cookies[COOKIE])
        anna.client.cookies.clear()
    one, *others = [{"cookie": f"other=1; {COOKIE}={session}"} for session in sessions]
    assert (await anna.client.post("/auth/logout", headers=one)).status_code == 200
    assert await status(anna.client, one) == 401
    for other in others:
        assert await status(anna.client, other) == 200


async def test_a_session_ends_when_it_is_not_used(anna: Installation) -> None:
    await anna.client.post("/auth/login", headers=basic("aastrom"))
    # The clock of the installation is not the wall's, by which the session was stamped.
    anna.advance(time.time() - 1_790_000_000)
    for _ in range(3):
        anna.advance(20 * 86400)
        assert await status(anna.client, {}) == 200
    anna.advance(31 * 86400)
    assert await status(anna.client, {}) == 401


async def test_a_session_is_no_token_and_a_token_no_session(anna: Installation) -> None:
    await anna.client.post("/auth/login", headers=basic("aastrom"))
    session = anna.client.cookies[COOKIE]
    anna.client.cookies.clear()
    assert await status(anna.client, bearer(session)) == 401
    token = (await anna.client.post("/api/tokens", headers=basic("aastrom"), json={"name": "x"})).json()["token"]
    assert await status(anna.client, {"cookie": f"{COOKIE}={token}"}) == 401


async def test_the_cookie_is_secure_under_https(tmp_path: Path) -> None:
    server = Server(trusted_proxies=["192.0.2.0/24"])
    async with Installation.running(tmp_path, server=server) as installation:
        await installation.add_account("anna")
        response = await installation.client.post("/auth/login", headers=basic("anna") | {"x-forwarded-proto": "https"})
        assert "; Secure" in response.headers["set-cookie"]


async def test_query_credentials_only_where_the_settings_allow_them(tmp_path: Path) -> None:
    for allowed in (False, True):
        folder = tmp_path / str(allowed)
        folder.mkdir()
        async with Installation.running(folder, server=Server(query_credentials=allowed)) as installation:
            await installation.add_account("anna")
            params = {"username": "anna", "password": PASSWORD}
            response = await installation.client.get("/extensions/", params=params)
            assert response.status_code == (200 if allowed else 401)


async def test_ten_failures_slow_a_login_down_and_eleven_do_not_open(anna: Installation) -> None:
    await anna.add_account("other")
    for _ in range(10):
        assert await status(anna.client, basic("aastrom", "wrong password")) == 401
    refused = await anna.client.get(ME, headers=basic("aastrom", PASSWORD))
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert await status(anna.client, basic("other"), "/api/extensions") == 200


async def test_an_unknown_login_is_slowed_down_alike(anna: Installation) -> None:
    for _ in range(10):
        assert await status(anna.client, basic("nobody", "wrong password")) == 401
    assert await status(anna.client, basic("nobody", "wrong password")) == 429


async def test_tokens_and_what_was_verified_before_are_never_refused(anna: Installation) -> None:
    token = (await anna.client.post("/api/tokens", headers=basic("aastrom"), json={"name": "x"})).json()["token"]
    for number in range(55):
        await status(anna.client, basic(f"nobody{number % 7}", "wrong password"))
    assert await status(anna.client, basic("someone new", "wrong password")) == 429
    assert await status(anna.client, basic("aastrom")) == 200
    assert await status(anna.client, bearer(token)) == 200


async def test_a_program_that_comes_back_with_many_connections_is_let_in(anna: Installation) -> None:
    """After a restart nothing is verified yet, and all its requests come at once, each with the same password."""
    answers = await asyncio.gather(*(status(anna.client, basic("aastrom")) for _ in range(40)))
    assert set(answers) == {200}
    wrong = await asyncio.gather(*(status(anna.client, basic("100", "fel")) for _ in range(40)))
    assert set(wrong) == {401}
    guesses = await asyncio.gather(*(status(anna.client, basic("100", f"fel {number}")) for number in range(12)))
    assert sorted(guesses) == [401] * 9 + [429] * 3


async def test_fifty_failures_slow_an_address_down_and_no_other(tmp_path: Path) -> None:
    server = Server(trusted_proxies=["192.0.2.1"], failures_per_address=5)
    async with Installation.running(tmp_path, server=server) as installation:
        await installation.add_account("anna")

        async def guess(address: str, number: int) -> int:
            headers = basic(f"login{number}", "wrong password") | {"x-forwarded-for": f"203.0.113.9, {address}"}
            return await status(installation.client, headers, "/extensions")

        assert [await guess("198.51.100.7", number) for number in range(6)] == [401] * 5 + [429]
        assert await guess("198.51.100.8", 9) == 401


async def test_forwarded_addresses_are_believed_of_trusted_proxies_only(anna: Installation) -> None:
    for number in range(50):
        headers = basic(f"login{number}", "wrong password") | {"x-forwarded-for": f"198.51.100.{number}"}
        assert await status(anna.client, headers) == 401
    assert await status(anna.client, basic("loginx", "wrong password") | {"x-forwarded-for": "10.0.0.1"}) == 429


async def test_a_poller_with_basic_pays_for_argon2_once(anna: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    verify = Passwords.verify

    async def counted(self: Passwords, *arguments: Any) -> bool:
        verified.append(arguments[1])
        return await verify(self, *arguments)

    monkeypatch.setattr(Passwords, "verify", counted)
    for _ in range(20):
        assert await status(anna.client, basic("100")) == 200
    assert verified == ["100"]


@pytest.mark.alone
async def test_the_time_of_a_failure_does_not_tell_whether_the_login_exists(anna: Installation) -> None:
    await anna.add_account("invited", password=PASSWORD)

    async def seconds(login: str) -> float:
        begun = time.perf_counter()
        assert await status(anna.client, basic(login, f"wrong {begun}")) == 401
        return time.perf_counter() - begun

    known = sorted([await seconds("aastrom") for _ in range(7)])[3]
    unknown = sorted([await seconds("nobody") for _ in range(7)])[3]
    assert 0.5 < known / unknown < 2


async def test_the_answer_of_a_failure_does_not_tell_either(anna: Installation) -> None:
    known = await anna.client.get(ME, headers=basic("aastrom", "wrong password"))
    unknown = await anna.client.get(ME, headers=basic("nobody", "wrong password"))
    assert (known.status_code, known.content, known.headers) == (401, unknown.content, unknown.headers)


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"},
     {"origin": "null"}],
)  # fmt: skip
async def test_another_sites_page_changes_nothing_with_what_a_browser_adds(
    anna: Installation, headers: dict[str, str]
) -> None:
    body = {"name": "x"}
    token = (await anna.client.post("/api/tokens", headers=basic("aastrom"), json=body)).json()["token"]
    assert (await anna.client.post("/auth/login", headers=basic("aastrom") | headers)).status_code == 403
    assert (await anna.client.get("/auth/login", headers=basic("aastrom") | headers)).status_code == 403
    await anna.client.post("/auth/login", headers=basic("aastrom"))
    assert (await anna.client.post("/api/tokens", headers=headers, json=body)).status_code == 403
    assert (await anna.client.get("/api/tokens", headers=headers)).status_code == 200, "reading is no change"
    assert (await anna.client.post("/auth/logout", headers=headers)).status_code == 403
    anna.client.cookies.clear()
    assert (await anna.client.post("/api/tokens", headers=basic("aastrom") | headers, json=body)).status_code == 403
    assert (await anna.client.post("/api/tokens", headers=bearer(token) | headers, json=body)).status_code == 201


@pytest.mark.parametrize(
    "headers", [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": "http://katalog.test"}]
)
async def test_its_own_pages_and_programs_may_change(anna: Installation, headers: dict[str, str]) -> None:
    response = await anna.client.post("/api/tokens", headers=basic("aastrom") | headers, json={"name": "x"})
    assert response.status_code == 201


async def test_a_read_only_token_reads_and_changes_nothing(installation: Installation) -> None:
    admin = await installation.add_account("admin", role=Role.ADMIN)
    headers = bearer(await installation.add_token(admin, read_only=True))
    entry = await installation.add("100", "Anna")
    client = installation.client
    assert await status(client, headers, "/extensions") == 200
    assert await status(client, headers, "/api/audit") == 200
    for method, path in [
        ("POST", "/api/entries"), ("PATCH", f"/api/entries/{entry.id}"), ("DELETE", f"/api/entries/{entry.id}"),
        ("POST", "/api/tokens"), ("DELETE", "/api/tokens/x"),
    ]:  # fmt: skip
        response = await client.request(method, path, headers=headers, json={"extension": "1", "name": "x"})
        assert response.status_code == 403, (method, path)


@pytest.mark.parametrize("role", [Role.USER, Role.SERVICE, Role.RECEPTION])
async def test_administration_is_for_admins(installation: Installation, role: Role) -> None:
    headers = basic((await installation.add_account("somebody", role=role)).login)
    for method, path in [
        ("GET", "/api/audit"), ("GET", "/api/pbx"), ("GET", "/api/accounts"), ("POST", "/api/entries"),
        ("PATCH", "/api/entries/x"), ("DELETE", "/api/entries/x"),
    ]:  # fmt: skip
        assert (await installation.client.request(method, path, headers=headers)).status_code == 403, path
