"""What is answered past the application is what the application would have answered."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Scope

from katalog.api.endpoint import Endpoint
from katalog.domain.account import Role
from katalog.settings import Limits, Server
from tests.installation import PASSWORD, Installation, bearer

BASIC = {"authorization": "Basic " + b64encode(f"anna:{PASSWORD}".encode()).decode()}


def scope(path: str, headers: dict[str, str]) -> Scope:
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.1", 4711),
        "server": ("192.0.2.2", 80),
        "scheme": "http",
        "root_path": "",
    }


def at_once(of: Installation, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes] | None:
    asked = of.app.prompt(scope(path, headers))
    answer = asked() if asked is not None else None
    if answer is None:
        return None
    status, lines, parts = answer
    named = [line.partition(": ") for line in lines.decode().splitlines()]
    return status, {name: value for name, _, value in named}, b"".join(parts)


async def by_the_application(of: Installation, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    request = httpx.Request("GET", f"http://katalog.test{path}", headers=headers)
    if "accept-encoding" not in headers:
        request.headers.pop("accept-encoding", None)
    response = await of.client.send(request, stream=True)
    body = b"".join([part async for part in response.aiter_raw()])
    return response.status_code, dict(response.headers), body


@pytest.mark.parametrize("role", [Role.USER, Role.ADMIN])
@pytest.mark.parametrize("coding", [{}, {"accept-encoding": "gzip"}, {"accept-encoding": "identity"}])
async def test_it_is_what_the_application_answers(tmp_path: Path, role: Role, coding: dict[str, str]) -> None:
    async with Installation.running(tmp_path) as one:
        own = await one.add("101", "Anna")
        await one.add("102", "Bertil", hidden=True)
        account = await one.add_account("anna", entry=own, role=role)
        secret = await one.add_token(account)
        assert (await one.client.get("/api/extensions", headers=BASIC)).status_code == 200  # verified from now on
        for path in (
            "/api/extensions",
            "/extensions/",
            "//api//extensions/101/",
            "/api/extensions/me",
            "/extensions/101",
        ):
            for credential in (bearer(secret), BASIC):
                headers = credential | coding
                told = at_once(one, path, headers)
                assert told == await by_the_application(one, path, headers)
                assert told is not None
                assert told[0] == 200
                known = headers | {"if-none-match": told[1]["etag"]}
                assert at_once(one, path, known) == await by_the_application(one, path, known)
                assert at_once(one, path, known)[0] == 304  # type: ignore[index]


async def test_it_is_as_of_now_whenever_it_is_asked(tmp_path: Path) -> None:
    async with Installation.running(tmp_path) as one:
        account = await one.add_account("anna")
        headers = bearer(await one.add_token(account)) | {"accept-encoding": "gzip"}
        asked = one.app.prompt(scope("/api/extensions", headers))
        assert asked is not None
        before = asked()
        assert asked() == before
        await one.add("101", "Anna")
        after = asked()
        assert after != before
        assert after is not None
        assert b"".join(after[2]) == (await by_the_application(one, "/api/extensions", headers))[2]


async def test_who_may_read_no_more_is_left_to_the_application(tmp_path: Path) -> None:
    async with Installation.running(tmp_path) as one:
        account = await one.add_account("anna")
        secret = await one.add_token(account)
        expiring = await one.add_token(account, expires=1_790_000_060.0)
        asked = [one.app.prompt(scope("/api/extensions", bearer(each))) for each in (secret, expiring)]
        assert all(each is not None and each() is not None for each in asked)
        one.advance(120)
        assert [each() is not None for each in asked if each] == [True, False]
        await one.alter("anna", "account.disable", disabled=True)
        assert [each() is not None for each in asked if each] == [False, False]


async def test_a_new_role_shows_at_once(tmp_path: Path) -> None:
    async with Installation.running(tmp_path) as one:
        await one.add("101", "Hemlig", hidden=True)
        account = await one.add_account("anna", role=Role.ADMIN)
        asked = one.app.prompt(scope("/api/extensions", bearer(await one.add_token(account))))
        assert asked is not None
        assert b"Hemlig" in b"".join(asked()[2])  # type: ignore[index]
        await one.alter("anna", "account.role", role=Role.USER)
        assert b"".join(asked()[2]) == b"[]"  # type: ignore[index]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/extensions/999", None),
        ("/api/extensions/me", None),
        ("/api/extensions/101/profile", None),
        ("/api/entries", None),
        ("/healthz", None),
        ("/api/extensions", {}),
        ("/api/extensions", bearer("nobody")),
        ("/api/extensions", BASIC),
        ("/api/extensions", {"authorization": "Basic ?"}),
    ],
)
async def test_everything_else_is_left_to_the_application(
    tmp_path: Path, path: str, headers: dict[str, str] | None
) -> None:
    async with Installation.running(tmp_path) as one:
        await one.add("101", "Anna")
        account = await one.add_account("anna")
        known = bearer(await one.add_token(account))
        assert at_once(one, path, known if headers is None else headers) is None


@pytest.mark.parametrize(
    "sections",
    [{"limits": Limits(read_per_minute=5)}, {"server": Server(access_log=True)}],
    ids=["limit", "access log"],
)
async def test_what_is_counted_or_logged_is_left_to_the_application(tmp_path: Path, sections: dict[str, Any]) -> None:
    async with Installation.running(tmp_path, **sections) as one:
        account = await one.add_account("anna")
        assert at_once(one, "/api/extensions", bearer(await one.add_token(account))) is None


async def test_it_is_in_the_metrics_and_stamps_the_token(tmp_path: Path) -> None:
    async with Installation.running(tmp_path) as one:
        account = await one.add_account("anna", role=Role.ADMIN)
        headers = bearer(await one.add_token(account))
        asked = one.app.prompt(scope("/api/extensions", headers))
        assert asked is not None
        asked()
        one.advance(60)
        asked()
        assert list(one.app._authenticator.take_unwritten().values()) == [1_790_000_060.0]
        text = (await one.client.get("/metrics", headers=headers)).text
        assert 'endpoint="/api/extensions",method="GET",status="2xx"} 2.0' in text


def test_what_only_admins_may_read_is_never_prompt() -> None:
    def handler(request: Any, reader: Any) -> Response:
        return Response()

    assert Endpoint("GET", "/a", handler, "").is_prompt
    assert not Endpoint("GET", "/a", handler, "", admin=True).is_prompt
    assert not Endpoint("GET", "/a", handler, "", public=True).is_prompt
