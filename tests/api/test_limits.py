"""What is costly is shared fairly; reading the directory is not limited unless somebody says so."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from katalog.api import limits as module
from katalog.api.limits import Limit, Limits
from katalog.domain.account import Role
from katalog.errors import TooMany
from katalog.settings import Limits as LimitSettings
from katalog.settings import Server
from tests.clock import Clock
from tests.installation import Installation, basic, bearer

SEARCH = "/api/entries?q=anna"


@pytest.fixture(autouse=True)
def standing(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    """Nobody's share comes back while a slow machine asks."""
    monkeypatch.setattr("katalog.app.Limits", lambda per_minute, _: Limits(per_minute, clock))


def wait(limit: Limit, who: str = "anna") -> int:
    """The seconds that are to be waited, 0 if none."""
    try:
        limit.take(who)
    except TooMany as error:
        return error.retry_after
    return 0


# --- the bucket ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("amount", [1, 2, 7, 10, 60, 600, 9973])
def test_a_minutes_amount_may_come_at_once_and_no_more(clock: Clock, amount: int) -> None:
    limit = Limit(amount, clock)
    assert [wait(limit) for _ in range(amount)] == [0] * amount
    assert wait(limit) > 0
    assert limit.refused == 1


def test_then_each_has_to_wait_for_its_share(clock: Clock) -> None:
    limit = Limit(10, clock)
    for _ in range(10):
        limit.take("anna")
    assert wait(limit) == 6
    clock.now += 5.9
    assert wait(limit) == 1
    clock.now += 0.2
    assert wait(limit) == 0
    assert wait(limit) == 6


def test_who_comes_after_the_seconds_that_were_told_is_let_in(clock: Clock) -> None:
    limit = Limit(7, clock)
    for _ in range(50):
        if seconds := wait(limit):
            clock.now += seconds
            assert wait(limit) == 0
    assert limit.refused > 30


def test_over_any_time_it_is_the_amount_and_the_first_burst(clock: Clock) -> None:
    limit, let_in = Limit(60, clock), 0
    for _ in range(6000):
        clock.now += 0.1
        let_in += wait(limit) == 0
    assert let_in == pytest.approx(60 + 600, abs=1)


def test_who_was_refused_has_paid_nothing(clock: Clock) -> None:
    limit = Limit(1, clock)
    limit.take("anna")
    assert [wait(limit) for _ in range(100)] == [60] * 100
    clock.now += 60
    assert wait(limit) == 0


def test_everybody_has_a_bucket_of_their_own(clock: Clock) -> None:
    limit = Limit(1, clock)
    assert [wait(limit, who) for who in ("anna", "bengt", "anna")] == [0, 0, 60]


def test_a_full_bucket_needs_no_memory(clock: Clock) -> None:
    limit = Limit(60, clock)
    for number in range(100):
        limit.take(f"program {number}")
    assert len(limit) == 100
    clock.now += 2
    limit.take("anna")
    assert len(limit) == 1


def test_memory_is_bounded_and_who_asked_last_is_remembered(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 10)
    limit = Limit(1, clock)
    limit.take("first")
    for number in range(10):
        clock.now += 0.001
        limit.take(f"program {number}")
    assert len(limit) == 10
    assert wait(limit, "program 9") == 60
    assert wait(limit, "first") == 0


def test_zero_is_no_limit_and_no_cost_has_none(clock: Clock) -> None:
    limits = Limits({"search": 0, "login": 5}, clock)
    assert limits.of("") is None
    assert limits.of("search") is None
    assert limits.of("login") is not None
    assert limits.refused() == {("login",): 0}
    with pytest.raises(KeyError):
        limits.of("unknown")


# --- over HTTP -----------------------------------------------------------------------------------------


async def program(installation: Installation, login: str = "program") -> dict[str, str]:
    return bearer(await installation.add_token(await installation.add_account(login, role=Role.SERVICE)))


def running(folder: Path, **limits: int) -> Any:
    return Installation.running(folder, limits=LimitSettings(**limits))


def assert_refused(response: httpx.Response) -> None:
    assert response.status_code == 429
    assert response.json()["type"] == "urn:katalog:error:too-many"
    assert int(response.headers["retry-after"]) >= 1


async def test_searches_are_limited_for_each_account_and_reads_go_on(tmp_path: Path) -> None:
    async with running(tmp_path, search_per_minute=3) as installation:
        one, other = await program(installation, "one"), await program(installation, "other")
        client = installation.client
        assert [(await client.get(SEARCH, headers=one)).status_code for _ in range(3)] == [200] * 3
        refused = await client.get(SEARCH, headers={**one, "accept-language": "sv"})
        assert_refused(refused)
        assert refused.json()["message"] == "För många begäranden på en minut. Försök igen om 20 sekunder."
        assert refused.headers["retry-after"] == "20"
        assert (await client.get(SEARCH, headers=other)).status_code == 200
        assert (await client.get("/api/extensions", headers=one)).status_code == 200


async def test_another_token_of_the_account_is_no_way_around(tmp_path: Path) -> None:
    async with running(tmp_path, search_per_minute=1) as installation:
        account = await installation.add_account("program", role=Role.SERVICE)
        tokens = [bearer(await installation.add_token(account)) for _ in range(2)]
        answers = [(await installation.client.get(SEARCH, headers=token)).status_code for token in tokens]
        assert answers == [200, 429]


async def test_a_page_without_a_search_is_a_read(tmp_path: Path) -> None:
    async with running(tmp_path, search_per_minute=1) as installation:
        token = await program(installation)
        paths = (SEARCH, "/api/entries", "/api/entries?limit=1", SEARCH, "/api/entries")
        answers = [(await installation.client.get(path, headers=token)).status_code for path in paths]
        assert answers == [200, 200, 200, 429, 200]


async def test_who_is_not_logged_in_gets_401_whatever_the_limit(tmp_path: Path) -> None:
    async with running(tmp_path, search_per_minute=1, read_per_minute=1) as installation:
        for path in (SEARCH, "/api/extensions") * 3:
            assert (await installation.client.get(path)).status_code == 401


async def test_reading_the_directory_is_not_limited_by_default(installation: Installation) -> None:
    token = await program(installation)
    await installation.add("100", "Anna")
    for _ in range(700):
        assert (await installation.client.get("/api/extensions/100", headers=token)).status_code == 200


async def test_reading_can_be_limited(tmp_path: Path) -> None:
    async with running(tmp_path, read_per_minute=2) as installation:
        token = await program(installation)
        await installation.add("100", "Anna")
        paths = ("/api/extensions", "/extensions/100", "/api/extensions/100")
        answers = [await installation.client.get(path, headers=token) for path in paths]
        assert [answer.status_code for answer in answers] == [200, 200, 429]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_logins_are_limited_by_address_good_ones_too(tmp_path: Path, method: str) -> None:
    async with running(tmp_path, login_per_minute=2) as installation:
        await installation.add_account("anna")
        client = installation.client
        answers = [await client.request(method, "/api/auth/login", headers=basic("anna")) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert_refused(answers[-1])
        # To log out and to read, one needs no login.
        assert (await client.get("/api/auth/logout")).status_code == 200
        assert (await client.get("/api/extensions", headers=basic("anna"))).status_code == 200


async def test_the_address_is_the_clients_own_and_of_ipv6_the_network(tmp_path: Path) -> None:
    server = Server(trusted_proxies=["192.0.2.1"])
    async with Installation.running(tmp_path, server=server, limits=LimitSettings(login_per_minute=1)) as installation:
        await installation.add_account("anna")

        async def login(address: str) -> int:
            headers = basic("anna") | {"x-forwarded-for": address}
            return (await installation.client.get("/api/auth/login", headers=headers)).status_code

        assert [await login("203.0.113.7"), await login("203.0.113.8"), await login("203.0.113.7")] == [200, 200, 429]
        assert [await login("2001:db8::1"), await login("2001:db8::ffff"), await login("2001:db8:1::1")] == [
            200, 429, 200,
        ]  # fmt: skip


async def test_every_cost_has_a_limit_and_what_follows_on_a_dial_has_none(installation: Installation) -> None:
    rows = installation.app.endpoints
    costs = {cost for row in rows for cost in (row.cost, *row.costs.values()) if cost}
    assert costs <= set(LimitSettings().per_minute)
    family = ("/api/calls", "/api/hangup", "/api/sms", "/api/recordings")
    assert [row.path for row in rows if row.path.startswith(family) and (row.cost or row.costs)] == []
