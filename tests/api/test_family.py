"""What holds of every request of the v1 family, whichever there are: read from the table of URLs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from starlette.responses import Response
from structlog.testing import capture_logs

from katalog.api.application import application
from katalog.api.endpoint import Endpoint
from katalog.api.limits import Limits
from katalog.api.origin import Proxies
from katalog.api.paths import V1
from katalog.api.routes import resources
from katalog.api.traffic import Traffic
from katalog.errors import StoreError
from katalog.settings import Server
from katalog.store.database import Database
from tests.installation import PASSWORD, Installation, basic, bearer


def family(installation: Installation) -> list[Endpoint]:
    rows = [row for row in installation.app.endpoints if row.path.removeprefix("/api/").split("/")[0] in V1]
    assert {("GET", "/api/extensions"), ("POST", "/api/auth/login")} <= {(row.method, row.path) for row in rows}
    return rows


def address(row: Endpoint) -> str:
    """Without `/api`, and with something in its places."""
    path = row.path.removeprefix("/api")
    for name in ("{extension}", "{number}", "{id}", "{recording}"):
        path = path.replace(name, "08010203")
    assert "{" not in path
    return path


async def asked(installation: Installation, row: Endpoint, headers: dict[str, str], query: str = "") -> httpx.Response:
    return await installation.client.request(row.method, address(row) + query, headers=headers)


@pytest.fixture
async def anna(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation.running(
        tmp_path, server=Server(query_credentials=True, failures_per_login=1000, failures_per_address=1000)
    ) as installation:
        entry = await installation.add("08010203", "Anna")
        await installation.add_account("anna", entry=entry)
        yield installation


# --- 401 is for credentials only -----------------------------------------------------------------------


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), StoreError("it is away")])
async def test_an_inner_fault_is_503_with_retry_after(anna: Installation, error: Exception) -> None:
    def broken(*_: object) -> Response:
        raise error

    rows = [msgspec.structs.replace(row, handler=broken) for row in family(anna)]
    found = resources(rows, anna.app._authenticator, Limits(anna.app.settings.limits.per_minute, lambda: 0.0))
    made = application(found, Traffic(), Proxies([]), "sv", access_log=False)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(made), base_url="http://x")
    with capture_logs() as logged:
        answers = [await client.request(row.method, address(row), headers=basic("anna")) for row in rows]
    await client.aclose()
    for row, answer in zip(rows, answers, strict=True):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), row.path
        assert answer.json()["message"]
    assert {line["event"] for line in logged} <= {"http.fault", "store.unavailable"}
    assert len(logged) == len(rows)


class Away:
    """The database, which can be taken away."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_away = False
        for name in ("read", "write"):
            monkeypatch.setattr(Database, name, self._standing_before(getattr(Database, name)))

    def _standing_before(self, opens: Callable[..., AbstractAsyncContextManager[Any]]) -> Callable[..., Any]:
        @asynccontextmanager
        async def opened(*arguments: Any, **options: Any) -> AsyncIterator[Any]:
            if self.is_away:
                raise StoreError("it is away")
            async with opens(*arguments, **options) as found:
                yield found

        return opened


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    return Away(monkeypatch)


async def test_without_the_database_who_is_known_is_served_or_told_503(away: Away, anna: Installation) -> None:
    (account,) = anna.app.accounts.all_accounts(anna.organisation)
    token = await anna.add_token(account)
    away.is_away = True
    for row in family(anna):
        for headers in (basic("anna"), basic("anna") if row.public else bearer(token)):
            answer = await asked(anna, row, headers)
            assert answer.status_code != 401, row.path
            assert answer.status_code < 500 or answer.headers["retry-after"] == "5", row.path
    assert (await anna.client.get("/extensions/", headers=bearer(token))).status_code == 200


@pytest.mark.parametrize("headers", [bearer("kat_made-by-another-a-moment-ago"), basic("new", "a new password"),
                                     basic("anna", "a new password"), {"cookie": "katalog_session=new"}])  # fmt: skip
async def test_without_the_database_who_is_not_known_is_not_refused_for_good(
    away: Away, anna: Installation, headers: dict[str, str]
) -> None:
    away.is_away = True
    for row in family(anna):
        if not row.public:
            answer = await asked(anna, row, headers)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), row.path
    away.is_away = False
    assert (await anna.client.get("/extensions/", headers=headers)).status_code == 401
    assert (await anna.client.get("/extensions/")).status_code == 401


# --- credentials in the query --------------------------------------------------------------------------


@pytest.mark.parametrize("query", [
    "?username=08010203&password=ett%20bra%20l%C3%B6senord", "?username=anna&password=ett+bra+l%F6senord",
    "??username=anna&password=ett+bra+l%C3%B6senord", "?fromDate=&toDate=?username=anna&password=ett+bra+l%C3%B6senord",
    "?UserName=anna&PassWord=ett+bra+l%C3%B6senord",
])  # fmt: skip
async def test_the_query_opens_every_request(anna: Installation, query: str) -> None:
    assert PASSWORD == "ett bra lösenord"
    for row in family(anna):
        assert (await asked(anna, row, {}, query)).status_code != 401, row.path


async def test_the_query_opens_nothing_unless_the_settings_say_so(installation: Installation) -> None:
    await installation.add_account("anna")
    for row in family(installation):
        if not row.public:
            answer = await asked(installation, row, {}, "?username=anna&password=ett+bra+l%C3%B6senord")
            assert answer.status_code == 401, row.path


async def test_a_session_that_has_ended_is_no_obstacle_to_the_query(anna: Installation) -> None:
    """A program that keeps cookies goes on to send the one of an old login."""
    query = {"username": "anna", "password": PASSWORD}
    stale = {"cookie": "katalog_session=ended"}
    assert (await anna.client.get("/extensions/", params=query, headers=stale)).status_code == 200
    assert (await anna.client.get("/extensions/", headers=stale)).status_code == 401
    await anna.client.get("/auth/login", params=query)
    assert (await anna.client.get("/extensions/", params={"username": "", "password": ""})).status_code == 200
