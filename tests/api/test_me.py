"""One's own account: what one is told of it, and one's own password."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from katalog.domain.account import Role
from katalog.domain.events import DeviceChanged, LinkLost
from katalog.settings import Dial, Pbx, Server, Sms, SmsHttp
from katalog.store import accounts, tables
from tests.api.telephony import Telephony
from tests.installation import ACTOR, PASSWORD, Installation, basic, bearer

ME, PASSWORD_OF = "/api/accounts/me", "/api/accounts/me/password"
NEW = "ett nytt lösenord"
CHANGE = {"current": PASSWORD, "password": NEW}
Headers = dict[str, str]


async def login(installation: Installation, name: str = "anna") -> Headers:
    """A new session's cookie."""
    response = await installation.client.post("/auth/login", headers=basic(name))
    installation.client.cookies.clear()
    return {"cookie": response.headers["set-cookie"].partition(";")[0]}


async def opens(installation: Installation, headers: Headers) -> bool:
    return (await installation.client.get(ME, headers=headers)).status_code == 200


async def change(installation: Installation, headers: Headers, given: dict[str, Any] | None = None) -> httpx.Response:
    return await installation.client.put(PASSWORD_OF, json=CHANGE if given is None else given, headers=headers)


async def told(installation: Installation, headers: Headers) -> dict[str, Any]:
    found: dict[str, Any] = (await installation.client.get(ME, headers=headers)).json()
    return found


# --- who one is ----------------------------------------------------------------------------------------


async def test_one_is_told_who_one_is(installation: Installation) -> None:
    entry = await installation.add("100", "Anna", hidden=True)
    anna = await installation.add_account("anna", entry=entry, role=Role.RECEPTION)
    assert await told(installation, basic("anna")) == {
        "id": anna.id, "login": "anna", "role": "reception", "entry": entry.id, "read_only": False,
        "has_password": True, "dials": False, "sms": False,
    }  # fmt: skip


async def test_a_program_is_told_that_it_may_only_read_and_has_no_entry(installation: Installation) -> None:
    async with installation.app.database.write(installation.organisation, ACTOR) as change_:
        account = await accounts.add(change_, "tavla", entry=None, role=Role.SERVICE, password="")
    found = await told(installation, bearer(await installation.add_token(account, read_only=True)))
    assert (found["role"], found["entry"], found["read_only"], found["has_password"]) == ("service", None, True, False)


async def test_nobody_is_told_without_a_login(installation: Installation) -> None:
    for method, path in (("GET", ME), ("PUT", PASSWORD_OF)):
        assert (await installation.client.request(method, path, json=CHANGE)).status_code == 401


@asynccontextmanager
async def telephones(folder: Path, system: Telephony, **sections: Any) -> AsyncIterator[Installation]:
    async with Installation.running(folder, connectors=[system], pbx=[Pbx(name=system.name)], **sections) as running:
        yield running


async def test_who_has_a_telephone_dials(tmp_path: Path) -> None:
    async with telephones(tmp_path, Telephony(registered=("PJSIP/100",))) as installation:
        anna = await installation.add_account("anna", entry=await installation.add("100", "A", devices=("PJSIP/100",)))
        await installation.add_account("bo", entry=await installation.add("200", "B"))
        await installation.add_account("cia")
        assert (await told(installation, basic("anna")))["dials"] is True
        read_only = bearer(await installation.add_token(anna, read_only=True))
        assert (await told(installation, read_only))["dials"] is False
        assert (await told(installation, basic("cia")))["dials"] is False
        # Whose telephone is a moment from being back can dial; Bo has none at all.
        installation.app.home.apply(DeviceChanged("växel", "PJSIP/100", registered=False))
        assert (await told(installation, basic("anna")))["dials"] is True
        assert (await told(installation, basic("bo")))["dials"] is False
        installation.app.home.apply(LinkLost("växel", "away"))
        assert (await told(installation, basic("anna")))["dials"] is True


async def test_who_may_dial_nothing_does_not_dial(tmp_path: Path) -> None:
    dial = Dial(roles={"reception": ["internal"]}, kinds=[])
    async with telephones(tmp_path, Telephony(registered=("PJSIP/100",)), dial=dial) as installation:
        entry = await installation.add("100", "A", devices=("PJSIP/100",))
        for name, role in (("anna", Role.USER), ("bo", Role.RECEPTION)):
            await installation.add_account(name, entry=entry, role=role)
        assert (await told(installation, basic("anna")))["dials"] is False
        assert (await told(installation, basic("bo")))["dials"] is True


@pytest.mark.parametrize(
    ("settings", "sends"),
    [({}, True), ({"gateway": ""}, False), ({"allow": []}, False), ({"per_minute": 0}, False), ({"per_day": 0}, False)],
)
async def test_text_messages_take_a_gateway_and_a_sender(tmp_path: Path, settings: dict[str, Any], sends: bool) -> None:
    sms = Sms.model_validate({"gateway": "http", **settings})
    http = SmsHttp(url="http://127.0.0.1:1/")
    async with Installation.running(tmp_path, sms=sms, sms_http=http) as installation:
        anna = await installation.add_account("anna", entry=await installation.add("100", "A"))
        await installation.add_account("program", role=Role.SERVICE)
        assert (await told(installation, basic("anna")))["sms"] is sends
        assert (await told(installation, basic("program")))["sms"] is False
        read_only = bearer(await installation.add_token(anna, read_only=True))
        assert (await told(installation, read_only))["sms"] is False


# --- one's password ------------------------------------------------------------------------------------


async def test_a_new_password_holds_at_once_and_ends_the_other_sessions(installation: Installation) -> None:
    anna = await installation.add_account("anna")
    own, other, token = await login(installation), await login(installation), await installation.add_token(anna)
    response = await change(installation, own)
    assert (response.status_code, response.content) == (200, b'{"message":"OK"}')
    assert await opens(installation, own), "the session that asked goes on"
    assert not await opens(installation, other)
    assert await opens(installation, bearer(token)), "tokens survive a new password"
    assert not await opens(installation, basic("anna"))
    assert await opens(installation, basic("anna", NEW))


async def test_it_is_written_down_without_the_password(installation: Installation) -> None:
    anna = await installation.add_account("anna")
    await installation.add_account("chef", role=Role.ADMIN)
    await change(installation, await login(installation))
    trail = await installation.client.get(f"/api/audit?subject={anna.id}", headers=basic("chef"))
    line, *_ = trail.json()["audit"]
    assert (line["action"], line["actor"], line["details"]) == ("account.password", "anna", {"login": "anna"})
    assert NEW not in trail.text


@pytest.mark.parametrize(("language", "sentence"), [("sv", "är inte lösenordet"), ("en", "is not the password")])
async def test_a_wrong_password_is_told_and_changes_nothing(
    installation: Installation, language: str, sentence: str
) -> None:
    await installation.add_account("anna")
    own, other = await login(installation), await login(installation)
    wrong = await change(installation, own | {"accept-language": language}, CHANGE | {"current": "fel"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "current")
    assert sentence in wrong.json()["message"]
    assert await opens(installation, other)
    assert await opens(installation, basic("anna"))


async def test_guessing_the_password_is_slowed_down_like_any_guessing(tmp_path: Path) -> None:
    async with Installation.running(tmp_path, server=Server(failures_per_login=3)) as installation:
        await installation.add_account("anna")
        own = await login(installation)
        # What was verified before is never refused, and so is no password to try this with.
        await change(installation, own)
        for number in range(3):
            answer = await change(installation, own, {"current": f"fel {number}", "password": NEW})
            assert answer.status_code == 422
        refused = await change(installation, own, {"current": NEW, "password": PASSWORD})
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 300
        assert (await installation.client.post("/auth/login", headers=basic("anna", NEW))).status_code == 429


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"password": NEW}, "current"),
        (CHANGE | {"current": 7}, "current"),
        (CHANGE | {"current": ""}, "current"),
        ({"current": PASSWORD}, "password"),
        (CHANGE | {"password": ["x"]}, "password"),
        (CHANGE | {"password": "sju tec"}, "password"),
        (CHANGE | {"password": "x" * 1025}, "password"),
    ],
)
async def test_what_is_wrong_is_named(installation: Installation, given: dict[str, Any], field: str) -> None:
    await installation.add_account("anna")
    answer = await change(installation, basic("anna"), given)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert await opens(installation, basic("anna"))


async def test_who_has_no_password_is_told_whom_to_ask(installation: Installation) -> None:
    async with installation.app.database.write(installation.organisation, ACTOR) as change_:
        account = await accounts.add(change_, "anna", entry=None, role=Role.USER, password="")
    token = bearer(await installation.add_token(account))
    answer = await change(installation, token | {"accept-language": "sv"})
    assert answer.status_code == 409
    assert "inbjudan" in answer.json()["message"]


async def test_a_token_that_only_reads_and_another_sites_page_change_no_password(installation: Installation) -> None:
    anna = await installation.add_account("anna")
    read_only = bearer(await installation.add_token(anna, read_only=True))
    assert (await change(installation, read_only)).status_code == 403
    cross = await change(installation, await login(installation) | {"sec-fetch-site": "cross-site"})
    assert (cross.status_code, cross.json()["type"]) == (403, "urn:katalog:error:cross-site")
    assert await opens(installation, basic("anna"))


async def test_a_password_that_a_command_has_set_meanwhile_is_not_written_over(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installation.add_account("anna")
    own = await login(installation)
    hash_ = installation.app._passwords.hash

    async def meanwhile(password: str) -> str:
        async with installation.app.database.write(installation.organisation, ACTOR) as change_:
            (anna,) = await accounts.select_where(change_.connection, tables.account.c.login == "anna")
            await accounts.alter(change_, anna, "account.password", password=await hash_("kommandots lösenord"))
        return await hash_(password)

    monkeypatch.setattr(installation.app._passwords, "hash", meanwhile)
    assert (await change(installation, own)).status_code == 412
    assert await opens(installation, basic("anna", "kommandots lösenord"))
