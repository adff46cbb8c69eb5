"""Sessions that are begun by a token, as a wall's board does: they may what the token may, and end with it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from katalog.api.authentication import COOKIE
from katalog.domain.account import Account, Role
from katalog.store import tables, tokens
from tests.installation import ACTOR, PASSWORD, Installation, basic, bearer

ME = "/api/accounts/me"
Headers = dict[str, str]


@pytest.fixture
async def anna(installation: Installation) -> Account:
    return await installation.add_account("anna", role=Role.ADMIN)


async def login(installation: Installation, secret: str, method: str = "POST", **more: Any) -> httpx.Response:
    headers = bearer(secret) | more.pop("headers", {})
    return await installation.client.request(method, "/api/auth/login", headers=headers, **more)


async def begun(installation: Installation, secret: str) -> Headers:
    """The cookie of a session by a token."""
    response = await login(installation, secret)
    installation.client.cookies.clear()
    assert (response.status_code, response.content) == (200, b'{"message":"OK"}')
    return {"cookie": response.headers["set-cookie"].partition(";")[0]}


async def status(installation: Installation, headers: Headers, method: str = "GET", path: str = ME) -> int:
    body = {"extension": "1", "name": "x"}
    return (await installation.client.request(method, path, headers=headers, json=body)).status_code


async def own(installation: Installation, headers: Headers) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await installation.client.get("/api/tokens", headers=headers)).json()
    return found


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_token_begins_a_session_with_a_cookie_like_any(
    installation: Installation, anna: Account, method: str
) -> None:
    response = await login(installation, await installation.add_token(anna), method)
    assert response.status_code == 200
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=kat_")
    for attribute in ("Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=2592000"):
        assert attribute in cookie.split("; ")
    assert await status(installation, {}) == 200
    assert await status(installation, {}, "POST", "/api/tokens") == 201, "it may what the token may"


async def test_a_token_that_only_reads_gives_a_session_that_only_reads(
    installation: Installation, anna: Account
) -> None:
    session = await begun(installation, await installation.add_token(anna, read_only=True))
    assert (await installation.client.get(ME, headers=session)).json()["read_only"] is True
    assert await status(installation, session, path="/api/entries") == 200
    for method, path in (
        ("POST", "/api/tokens"), ("POST", "/api/entries"), ("PUT", f"{ME}/password"), ("DELETE", "/api/tokens/x"),
        ("GET", "/api/dial/100"), ("POST", "/api/accounts"),
    ):  # fmt: skip
        assert await status(installation, session, method, path) in (403, 405), (method, path)
    assert all(row["read_only"] for row in await own(installation, session))


async def test_the_list_says_which_one_asks_and_which_began_it(installation: Installation, anna: Account) -> None:
    secret = await installation.add_token(anna, read_only=True)
    session = await begun(installation, secret)
    (token, of_cookie) = await own(installation, session)
    assert [(row["session"], row["current"]) for row in (token, of_cookie)] == [(False, False), (True, True)]
    assert (token["source"], of_cookie["source"]) == (None, token["id"])
    assert [row["current"] for row in await own(installation, bearer(secret))] == [True, False]
    assert [row["current"] for row in await own(installation, basic("anna"))] == [False, False]


async def test_the_session_ends_when_the_token_is_revoked(installation: Installation, anna: Account) -> None:
    secret, other = await installation.add_token(anna), await installation.add_token(anna)
    sessions = [await begun(installation, secret) for _ in range(2)]
    others = await begun(installation, other)
    (token, *_) = await own(installation, bearer(secret))
    revoke = f"/api/tokens/{token['id']}"
    assert await status(installation, basic("anna"), "DELETE", revoke) == 200
    assert [await status(installation, session) for session in sessions] == [401, 401]
    assert await status(installation, others) == 200
    assert await status(installation, basic("anna"), "DELETE", revoke) == 404
    trail = (await installation.client.get("/api/audit?limit=3", headers=basic("anna"))).json()["audit"]
    assert [line["action"] for line in trail] == ["token.revoked", "session.ended", "session.ended"]


async def test_the_session_ends_when_the_token_expires(installation: Installation, anna: Account) -> None:
    session = await begun(installation, await installation.add_token(anna, expires=1_790_000_100.0))
    assert await status(installation, session) == 200
    installation.advance(101)
    assert await status(installation, session) == 401


async def test_the_token_goes_on_when_its_session_ends(installation: Installation, anna: Account) -> None:
    secret = await installation.add_token(anna)
    session = await begun(installation, secret)
    await installation.client.post("/auth/logout", headers=session)
    assert await status(installation, session) == 401
    assert await status(installation, bearer(secret)) == 200


async def test_a_new_password_ends_the_session_and_the_token_begins_another(
    installation: Installation, anna: Account
) -> None:
    secret = await installation.add_token(anna, read_only=True)
    session = await begun(installation, secret)
    given = {"current": PASSWORD, "password": "ett nytt lösenord"}
    await installation.client.put(f"{ME}/password", json=given, headers=basic("anna"))
    assert await status(installation, session) == 401
    assert await status(installation, await begun(installation, secret)) == 200


@pytest.mark.parametrize("secret", ["", "kat_nobodys", "\xff"])
async def test_a_token_that_is_none_is_401_without_a_cookie(installation: Installation, secret: str) -> None:
    headers = {b"authorization": f"Bearer {secret}".encode("latin-1")}
    response = await installation.client.post("/api/auth/login", headers=headers)
    assert response.status_code == 401
    assert response.json()["message"]
    assert "set-cookie" not in response.headers


async def test_neither_a_session_nor_the_token_of_who_is_shut_out_begins_one(
    installation: Installation, anna: Account
) -> None:
    secret = await installation.add_token(anna)
    session = (await begun(installation, secret))["cookie"].partition("=")[2]
    assert (await login(installation, session)).status_code == 401
    await installation.alter("anna", "account.disabled", disabled=True)
    assert (await login(installation, secret)).status_code == 401


async def test_another_sites_page_begins_none(installation: Installation, anna: Account) -> None:
    secret = await installation.add_token(anna)
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        response = await login(installation, secret, headers=headers)
        assert (response.status_code, response.json()["type"]) == (403, "urn:katalog:error:cross-site")


async def test_a_password_counts_before_a_token_that_came_along(installation: Installation, anna: Account) -> None:
    """A program that logs in anew because its old token is no good may still send it."""
    cases: list[dict[str, Any]] = [
        {"json": {"username": "anna", "password": PASSWORD}},
        {"params": {"username": "anna"}},
    ]
    for given in cases:
        response = await login(installation, "kat_old", **given)
        assert response.status_code == (200 if "json" in given else 401)
    assert (await login(installation, await installation.add_token(anna), params={"username": "x"})).status_code == 401


async def test_a_token_that_is_revoked_just_then_begins_no_session(
    installation: Installation, anna: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await installation.add_token(anna)
    begin = tokens.begin

    async def late(change: Any, token: Any, *rest: Any) -> str | None:
        await change.connection.execute(tables.token.delete().where(tables.token.c.id == token.id))
        return await begin(change, token, *rest)

    monkeypatch.setattr(tokens, "begin", late)
    assert (await login(installation, secret)).status_code == 401


async def test_a_command_that_revokes_the_token_ends_the_session_of_a_running_server(
    installation: Installation, anna: Account
) -> None:
    secret = await installation.add_token(anna)
    session = await begun(installation, secret)
    async with installation.app.database.write(installation.organisation, ACTOR) as change:
        (token,) = await tokens.select_where(change.connection, tables.token.c.hash == tokens.hash_of(secret))
        assert await tokens.revoke(change, token) is True
        assert await tokens.revoke(change, token) is False
    await installation.app.follower.look()
    assert await status(installation, session) == 401


async def test_a_session_that_has_ended_by_itself_is_told_no_more(installation: Installation, anna: Account) -> None:
    # What is kept says of a token when it was made by the computer's own clock.
    installation.turn_to(datetime.now(ZoneInfo("Europe/Stockholm")).replace(tzinfo=None).isoformat())
    secret = await installation.add_token(anna)
    old = await begun(installation, secret)
    installation.advance(20 * 86_400)
    new = await begun(installation, secret)
    assert [each["session"] for each in await own(installation, new)] == [False, True, True]
    installation.advance(20 * 86_400)
    assert (await status(installation, old), await status(installation, new)) == (401, 200)
    assert [each["session"] for each in await own(installation, new)] == [False, True]
