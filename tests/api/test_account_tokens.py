"""Tokens of others, for admins: shown and revoked; for programs made, too."""

from typing import Any

import pytest

from katalog.domain.account import Account, Role
from tests.installation import Installation, basic, bearer

Headers = dict[str, str]


@pytest.fixture
async def admin(installation: Installation) -> Headers:
    return bearer(await installation.add_token(await installation.add_account("chefen", role=Role.ADMIN)))


@pytest.fixture
async def program(installation: Installation) -> Account:
    return await installation.add_account("program", role=Role.SERVICE)


def tokens(account: Account) -> str:
    return f"/api/accounts/{account.id}/tokens"


async def test_a_program_gets_a_token_that_is_shown_once(
    installation: Installation, admin: Headers, program: Account
) -> None:
    given = {"name": "växeltavla", "read_only": True, "expires": "2026-12-31"}
    made = await installation.client.post(tokens(program), json=given, headers=admin)
    assert made.status_code == 201
    token = made.json()
    secret = token.pop("token")
    assert (token["name"], token["read_only"], token["expires"]) == ("växeltavla", True, "2027-01-01T00:00:00+01:00")
    assert (await installation.client.get(tokens(program), headers=admin)).json() == [token]
    me = (await installation.client.get("/api/accounts/me", headers=bearer(secret))).json()
    assert (me["login"], me["read_only"]) == ("program", True)
    used = (await installation.client.get(tokens(program), headers=admin)).json()
    assert used[0]["last_used"] is not None
    line = (await installation.client.get(f"/api/audit?subject={token['id']}", headers=admin)).json()["audit"][0]
    assert (line["action"], line["actor"], line["details"]["account"]) == ("token.added", "chefen", "program")


async def test_a_token_of_anybodys_is_revoked_and_a_session_ended(installation: Installation, admin: Headers) -> None:
    anna = await installation.add_account("anna")
    token = bearer(await installation.add_token(anna))
    response = await installation.client.post("/auth/login", headers=basic("anna"))
    installation.client.cookies.clear()
    session = {"cookie": response.headers["set-cookie"].partition(";")[0]}
    listed = (await installation.client.get(tokens(anna), headers=admin)).json()
    assert [each["session"] for each in listed] == [False, True]
    assert not any(each["current"] for each in listed)
    for each, credential in zip(listed, (token, session), strict=True):
        assert (await installation.client.get("/api/tokens", headers=credential)).status_code == 200
        gone = await installation.client.delete(f"{tokens(anna)}/{each['id']}", headers=admin)
        assert (gone.status_code, gone.content) == (200, b'{"message":"OK"}')
        assert (await installation.client.get("/api/tokens", headers=credential)).status_code == 401
        assert (await installation.client.delete(f"{tokens(anna)}/{each['id']}", headers=admin)).status_code == 404


async def test_a_token_is_looked_for_at_its_account_alone(
    installation: Installation, admin: Headers, program: Account
) -> None:
    anna = await installation.add_account("anna")
    await installation.add_token(anna)
    (token,) = (await installation.client.get(tokens(anna), headers=admin)).json()
    assert (await installation.client.delete(f"{tokens(program)}/{token['id']}", headers=admin)).status_code == 404
    assert (await installation.client.get(tokens(anna), headers=admin)).json() == [token]


@pytest.mark.parametrize("role", [Role.USER, Role.RECEPTION, Role.ADMIN])
async def test_nobody_makes_tokens_in_a_persons_name(installation: Installation, admin: Headers, role: Role) -> None:
    anna = await installation.add_account("anna", role=role)
    for language, word in (("sv", "tjänstekonto"), ("en", "service account")):
        answer = await installation.client.post(
            tokens(anna), json={"name": "x"}, headers=admin | {"accept-language": language}
        )
        assert (answer.status_code, answer.json()["field"], word in answer.json()["message"]) == (409, "role", True)


async def test_a_program_that_is_shut_out_gets_no_token(
    installation: Installation, admin: Headers, program: Account
) -> None:
    await installation.alter("program", "account.disabled", disabled=True)
    answer = await installation.client.post(tokens(program), json={"name": "x"}, headers=admin)
    assert (answer.status_code, answer.json()["field"]) == (409, "disabled")


@pytest.mark.parametrize("given", [{}, {"name": ""}, {"name": "x", "expires": "soon"}, {"name": "x", "read_only": 1}])
async def test_a_token_with_a_wrong_field_is_refused(
    installation: Installation, admin: Headers, program: Account, given: dict[str, Any]
) -> None:
    answer = await installation.client.post(tokens(program), json=given, headers=admin)
    assert answer.status_code == 422
    assert answer.json()["field"] in ("name", "expires", "read_only")
