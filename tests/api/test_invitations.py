"""Invitations over HTTP: one account's, and everybody's who has none."""

import csv
from pathlib import Path
from typing import Any

import pytest

from katalog.domain.account import Role
from katalog.domain.entry import Kind
from katalog.settings import Server
from katalog.store import accounts
from tests.installation import ACTOR, Installation, basic, bearer

ALL = "/api/accounts/invitations"
Headers = dict[str, str]


async def admin_of(installation: Installation) -> Headers:
    return bearer(await installation.add_token(await installation.add_account("chefen", role=Role.ADMIN)))


@pytest.fixture
async def admin(installation: Installation) -> Headers:
    return await admin_of(installation)


async def invited(installation: Installation, admin: Headers) -> list[dict[str, Any]]:
    answer = await installation.client.post(ALL, headers=admin)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    found: list[dict[str, Any]] = answer.json()["invited"]
    return found


# --- one -----------------------------------------------------------------------------------------------


async def test_a_new_link_chooses_a_password_and_the_one_before_is_void(
    installation: Installation, admin: Headers
) -> None:
    anna = await installation.add_account("anna")
    first, second = [
        (await installation.client.post(f"/api/accounts/{anna.id}/invitation", headers=admin)).json() for _ in range(2)
    ]
    assert set(first) == {"link", "expires"}
    assert (await installation.client.get(first["link"])).status_code == 404
    await installation.client.post(second["link"], data={"password": "hemligheter"})
    assert (await installation.client.get("/extensions", headers=basic("anna", "hemligheter"))).status_code == 200
    trail = (await installation.client.get(f"/api/audit?subject={anna.id}", headers=admin)).json()["audit"]
    assert [line["action"] for line in trail[:3]] == ["account.password", "account.invited", "account.invited"]


@pytest.mark.parametrize(
    ("fields", "field", "sv", "en"),
    [({"role": Role.SERVICE}, "role", "nyckel", "token"), ({"disabled": True}, "disabled", "avstängt", "disabled")],
)
async def test_neither_a_program_nor_who_is_shut_out_is_invited(
    installation: Installation, admin: Headers, fields: dict[str, Any], field: str, sv: str, en: str
) -> None:
    anna = await installation.add_account("anna")
    await installation.alter("anna", "account.changed", **fields)
    for language, word in (("sv", sv), ("en", en)):
        answer = await installation.client.post(
            f"/api/accounts/{anna.id}/invitation", headers=admin | {"accept-language": language}
        )
        assert (answer.status_code, answer.json()["field"], word in answer.json()["message"]) == (409, field, True)


@pytest.mark.parametrize(
    ("server", "headers", "base"),
    [
        ({}, {}, "http://katalog.test"),
        ({}, {"host": "telefon.exempel.se:8080"}, "http://telefon.exempel.se:8080"),
        ({"trusted_proxies": ["192.0.2.1"]}, {"x-forwarded-proto": "https"}, "https://katalog.test"),
        ({"public_url": "https://katalog.exempel.se/"}, {"host": "10.0.0.1"}, "https://katalog.exempel.se"),
    ],
)
async def test_a_link_is_whole_as_people_reach_the_server(
    tmp_path: Path, server: dict[str, Any], headers: Headers, base: str
) -> None:
    async with Installation.running(tmp_path, server=Server(**server)) as installation:
        admin = await admin_of(installation) | headers
        await installation.add("100", "Anna")
        ((one),) = await invited(installation, admin)
        assert one["link"].startswith(f"{base}/invitation/kat_")


# --- everybody -----------------------------------------------------------------------------------------


async def test_everybody_who_has_no_account_gets_one_and_a_link(installation: Installation, admin: Headers) -> None:
    anna = await installation.add("200", "Anna", email="anna@exempel.se")
    await installation.add("100", "Bo", hidden=True)
    await installation.add("300", "Rum", kind=Kind.ROOM)
    await installation.add_account("cia", entry=await installation.add("400", "Cia"))
    found = await invited(installation, admin)
    assert [(each["login"], each["name"], each["email"]) for each in found] == [
        ("100", "Bo", ""),
        ("anna@exempel.se", "Anna", "anna@exempel.se"),
    ]
    await installation.client.post(found[1]["link"], data={"password": "hemligheter"})
    own = basic("anna@exempel.se", "hemligheter")
    me = (await installation.client.get("/api/accounts/me", headers=own)).json()
    assert (me["id"], me["entry"], me["role"]) == (found[1]["account"], anna.id, "user")
    assert await invited(installation, admin) == []


async def test_the_csv_is_that_of_the_command(installation: Installation, admin: Headers) -> None:
    await installation.add("100", 'Anna "Ann", A', email="anna@exempel.se")
    answer = await installation.client.post(f"{ALL}?format=csv", headers=admin)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "invitations.csv" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "private, no-store"
    (row,) = csv.DictReader(answer.text.splitlines())
    assert list(row) == ["login", "name", "email", "link"]
    assert (row["login"], row["name"], row["email"]) == ("anna@exempel.se", 'Anna "Ann", A', "anna@exempel.se")
    assert (await installation.client.get(row["link"])).status_code == 200


async def test_an_unknown_format_is_refused_before_anybody_is_invited(
    installation: Installation, admin: Headers
) -> None:
    await installation.add("100", "Anna")
    answer = await installation.client.post(f"{ALL}?format=xml", headers=admin)
    assert (answer.status_code, answer.json()["field"]) == (422, "format")
    assert len(await invited(installation, admin)) == 1


async def test_an_account_that_a_command_made_a_moment_ago_is_seen(installation: Installation, admin: Headers) -> None:
    anna = await installation.add("100", "Anna")
    async with installation.app.database.write(installation.organisation, ACTOR) as change:
        await accounts.add(change, "anna", entry=anna.id, role=Role.USER, password="")
    assert await invited(installation, admin) == []


async def test_the_login_is_what_its_owner_knows_and_nobody_elses(installation: Installation, admin: Headers) -> None:
    await installation.add_account("200")
    await installation.add_account("x", entry=await installation.add("700", "Åke", email="Ake@Exempel.se"))
    for extension, name, email in (
        ("100", "Anna", "vaxel@exempel.se"),
        ("100", "Bo", "vaxel@exempel.se"),
        ("200", "Cia", "ake@exempel.se"),
        ("300", "Dan", "a:b@exempel.se"),
        ("700", "Eva", ""),
    ):
        await installation.add(extension, name, email=email)
    assert {each["name"]: each["login"] for each in await invited(installation, admin)} == {
        "Anna": "vaxel@exempel.se",
        "Bo": "100 Bo",
        "Cia": "200 Cia",
        "Dan": "300",
        "Eva": "700 Eva",
    }


async def test_who_was_removed_gets_the_old_login_back_and_only_one_does(
    installation: Installation, admin: Headers
) -> None:
    anna = await installation.add("100", "Anna", email="anna@exempel.se")
    (first,) = await invited(installation, admin)
    await installation.client.delete(f"/api/entries/{anna.id}", headers=admin)
    await installation.add("100", "Anna", email="anna@exempel.se")
    await installation.add("101", "Anna", email="anna@exempel.se")
    found = await invited(installation, admin)
    assert [(each["account"] == first["account"], each["login"]) for each in found] == [
        (True, "anna@exempel.se"),
        (False, "101"),
    ]
    assert (await installation.client.get(first["link"])).status_code == 404
    trail = (await installation.client.get(f"/api/audit?subject={first['account']}", headers=admin)).json()["audit"]
    assert [line["action"] for line in trail[:2]] == ["account.invited", "account.restored"]
