"""The stream over HTTP: who may read it, and for how long; what is sent is tested in tests/push."""

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from unittest.mock import patch

import pytest

from katalog.api import events
from katalog.api.passwords import hash_password
from katalog.domain.account import Role
from katalog.domain.entry import Entry
from katalog.push.frames import HEARTBEAT
from tests.api.streaming import Stream, streaming
from tests.installation import PASSWORD, Installation, basic, bearer

SOON = 3.0
"""Seconds that are still less than what silent streams wait for, which end then, too."""


@pytest.fixture
async def anna(installation: Installation) -> Entry:
    await installation.add("102", "Chef", hidden=True)
    return await installation.add("100", "Anna", department="Sälj")


@pytest.fixture
async def token(installation: Installation, anna: Entry) -> str:
    return await installation.add_token(await installation.add_account("anna", entry=anna))


def stream(
    installation: Installation, headers: dict[str, str], url: str = "/api/events", method: str = "GET"
) -> AbstractAsyncContextManager[Stream]:
    return streaming(installation.app.application, url, headers, method)


async def test_a_snapshot_then_changes(installation: Installation, anna: Entry, token: str) -> None:
    async with stream(installation, bearer(token)) as one:
        assert one.status == 200
        assert one.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert one.headers["cache-control"] == "private, no-cache"
        ((kind, told),) = await one.events(1)
        assert (kind, [entry["name"] for entry in told["entries"]]) == ("snapshot", ["Anna"])
        answer = await installation.client.get(f"/api/entries/{anna.id}", headers=bearer(token))
        assert told["entries"] == [answer.json()]
        put = await installation.client.put(
            "/api/extensions/me/profile", json={"name": "Lunch", "until": "PT1H"}, headers=bearer(token)
        )
        assert put.status_code == 200
        kind, told = (await one.events(2))[-1]
        assert (kind, told["profile"]["name"]) == ("entry", "Lunch")
        # It ends by the clock, and nobody asks for anything.
        installation.advance(3601)
        installation.app.home.changes.wake()
        kind, told = (await one.events(3))[-1]
        assert told["profile"]["name"] == "Tillgänglig"


async def test_who_comes_back_goes_on(installation: Installation, anna: Entry, token: str) -> None:
    async with stream(installation, bearer(token)) as one:
        await one.events(1)
    bo = await installation.add("101", "Bo")
    async with stream(installation, bearer(token) | {"Last-Event-ID": one.picture.last_id}) as again:
        assert [(kind, told["id"]) for kind, told in await again.events(1)] == [("entry", bo.id)]


async def test_filters_and_no_snapshot(installation: Installation, anna: Entry, token: str) -> None:
    url = "/api/events?snapshot=false&department=s%C3%A4lj"
    async with stream(installation, bearer(token), url) as one:
        await one.until(lambda: one.picture.last_id)
        await installation.add("101", "Bo", department="IT")
        await installation.set_profile(anna, "lunch")
        assert [(kind, told["id"]) for kind, told in await one.events(1)] == [("entry", anna.id)]


@pytest.mark.parametrize("path", ["/api/events/", "//api//events"])
async def test_every_spelling_of_the_path(installation: Installation, token: str, path: str) -> None:
    async with stream(installation, bearer(token), path) as one:
        await one.events(1)


async def test_a_wrong_flag_and_no_credentials_are_plain_problems(installation: Installation, token: str) -> None:
    answer = await installation.client.get("/api/events?snapshot=maybe", headers=bearer(token))
    assert (answer.status_code, answer.json()["field"]) == (422, "snapshot")
    assert (await installation.client.get("/api/events")).status_code == 401


async def test_head_has_no_body_and_ends(installation: Installation, token: str) -> None:
    answer = await installation.client.head("/api/events", headers=bearer(token))
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/event-stream")


async def test_a_revoked_token_ends_its_streams_at_once(installation: Installation, token: str) -> None:
    async with stream(installation, bearer(token)) as one, stream(installation, bearer(token)) as other:
        await one.events(1)
        (row,) = (await installation.client.get("/api/tokens", headers=bearer(token))).json()
        await installation.client.delete(f"/api/tokens/{row['id']}", headers=bearer(token))
        await one.until(lambda: one.ended, SOON)
        await other.until(lambda: other.ended, SOON)
        assert one.text.count(b"event:") == 1


async def test_an_expired_token_is_told_no_more(installation: Installation, anna: Entry) -> None:
    account = await installation.add_account("anna", entry=anna)
    token = await installation.add_token(account, expires=1_790_000_060.0)
    async with stream(installation, bearer(token)) as one:
        await one.events(1)
        installation.advance(61)
        await installation.set_profile(anna, "lunch")
        await one.until(lambda: one.ended)
        assert len(one.picture.events) == 1


async def test_a_disabled_account_and_another_password_end_streams(installation: Installation, anna: Entry) -> None:
    await installation.add_account("anna", entry=anna)
    await installation.add_account("chef", role=Role.ADMIN)
    async with stream(installation, basic("anna")) as one, stream(installation, basic("chef")) as other:
        await one.events(1)
        await installation.alter("anna", "account.password", password=hash_password(PASSWORD + "!"))
        await one.until(lambda: one.ended, SOON)
        assert not other.ended
        await installation.alter("chef", "account.disabled", disabled=True)
        await other.until(lambda: other.ended, SOON)


async def test_another_role_sees_at_once_what_it_may(installation: Installation, anna: Entry, token: str) -> None:
    async with stream(installation, bearer(token)) as one:
        await one.events(1)
        await installation.alter("anna", "account.role", role=Role.ADMIN)
        _, told = (await one.events(2))[-1]
        assert [entry["name"] for entry in told["entries"]] == ["Anna", "Chef"]
        await installation.alter("anna", "account.role", role=Role.USER)
        _, told = (await one.events(3))[-1]
        assert [entry["name"] for entry in told["entries"]] == ["Anna"]
        assert "devices" not in told["entries"][0]


async def test_what_is_silent_has_a_comment_now_and_then(tmp_path: Path) -> None:
    with patch.object(events, "SILENCE", 0.05):
        async with Installation.running(tmp_path) as installation:
            token = await installation.add_token(await installation.add_account("chef", role=Role.ADMIN))
            async with stream(installation, bearer(token)) as one:
                await one.until(lambda: one.text.count(HEARTBEAT) >= 3)
                assert len(one.picture.events) == 1


async def test_streams_end_with_the_server(installation: Installation, token: str) -> None:
    async with stream(installation, bearer(token)) as one:
        await one.events(1)
        installation.app.end()
        await one.until(lambda: one.ended, SOON)
