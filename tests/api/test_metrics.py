"""What Prometheus is told, read with the parser of its own library; and who is told."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import CollectorRegistry

from katalog.api.histogram import BUCKETS
from katalog.api.metrics import Measure, Measures
from katalog.api.traffic import Traffic
from katalog.calendars import calendars as reading
from katalog.connectors.base import Emit, Finding
from katalog.domain.account import Role
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.events import CalendarFailed, LegsChanged, LegsRead, LegsWithdrawn, LinkLost
from katalog.errors import LinkError
from katalog.settings import Calendars, Limits, Pbx, Server
from tests.installation import Installation, basic, bearer

LEG = Leg("1.1", "PJSIP/100", Direction.IN, LineStatus.UP, "0701231234")
NAME = "Anna Hemlig"


class Exchange:
    """A telephone system whose link never comes, and that has put two differences right."""

    name = "växel"
    healed = 2

    async def session(self, emit: Emit) -> None:
        raise LinkError("it is not there")

    async def check(self) -> list[Finding]:
        return []


class Plain:
    """One that compares nothing."""

    name = "lagret"

    async def session(self, emit: Emit) -> None:
        raise LinkError("it is not there")

    async def check(self) -> list[Finding]:
        return []


def families(response: httpx.Response) -> dict[str, Metric]:
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {family.name: family for family in text_string_to_metric_families(response.text)}


async def scraped(installation: Installation) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Of each sample's name: labels → value."""
    samples: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in families(await installation.client.get("/metrics")).values():
        for sample in family.samples:
            samples.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return samples


def labels(**given: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(given.items()))


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    """Two telephone systems, a scraper's token as the client's own."""
    # Its calendar is at a server that there is not: at the second tick it would be broken by itself.
    monkeypatch.setattr(reading, "TICK", 3600.0)
    calendars = Calendars(template="https://moln.example/{email}/k.ics", key_file=str(tmp_path / "k.key"))
    async with Installation.running(
        tmp_path,
        connectors=[Exchange(), Plain()],
        pbx=[Pbx(name="växel"), Pbx(name="lagret")],
        calendars=calendars,
    ) as installation:
        await installation.add("100", NAME, email="anna@mail.example", mobile="0729913232")
        account = await installation.add_account("prometheus", role=Role.SERVICE)
        installation.client.headers.update(bearer(await installation.add_token(account, read_only=True)))
        yield installation


# --- who -----------------------------------------------------------------------------------------------


async def test_admins_and_service_accounts_may_read_and_nobody_else(installation: Installation) -> None:
    for role, status in ((Role.ADMIN, 200), (Role.SERVICE, 200), (Role.RECEPTION, 403), (Role.USER, 403)):
        await installation.add_account(f"some {role}", role=role)
        response = await installation.client.get("/metrics", headers=basic(f"some {role}"))
        assert response.status_code == status, role
    response = await installation.client.get("/metrics")
    assert response.status_code == 401
    assert response.headers.get_list("www-authenticate")
    assert (await installation.client.post("/metrics")).status_code == 405
    assert (await installation.client.get("/api/metrics")).status_code == 404


@pytest.mark.parametrize(
    ("server", "headers", "status"),
    [
        ({"metrics_from": ["192.0.2.0/24"]}, {}, 200),
        ({"metrics_from": ["192.0.2.1"]}, {}, 200),
        ({"metrics_from": ["0.0.0.0/0"]}, {}, 200),
        ({"metrics_from": ["127.0.0.1"]}, {}, 401),
        # A proxy that is not trusted hides who asks.
        ({"metrics_from": ["192.0.2.1"]}, {"x-forwarded-for": "203.0.113.7"}, 401),
        ({"metrics_from": ["203.0.113.7"]}, {"x-forwarded-for": "203.0.113.7"}, 401),
        ({"metrics_from": ["203.0.113.7"], "trusted_proxies": ["192.0.2.1"]}, {"x-forwarded-for": "203.0.113.7"}, 200),
        ({"metrics_from": ["192.0.2.1"], "trusted_proxies": ["192.0.2.1"]}, {"x-forwarded-for": "203.0.113.7"}, 401),
        ({"metrics_from": ["192.0.2.1"], "trusted_proxies": ["192.0.2.1"]}, {}, 200),
    ],
)  # fmt: skip
async def test_addresses_that_may_read_without_a_login(
    tmp_path: Path, server: Mapping[str, list[str]], headers: dict[str, str], status: int
) -> None:
    async with Installation.running(tmp_path, server=Server.model_validate(server)) as installation:
        assert (await installation.client.get("/metrics", headers=headers)).status_code == status
        assert (await installation.client.get("/api/extensions", headers=headers)).status_code == 401


# --- requests ------------------------------------------------------------------------------------------


async def test_requests_are_counted_by_endpoint_method_and_class_of_status(office: Installation) -> None:
    for path in ("/api/extensions/100", "/extensions/100/", "/api/extensions/0700000000", "/nothing", "/api/nothing"):
        await office.client.get(path)
    await office.client.head("/api/extensions/100")
    await office.client.get("/api/extensions", headers={"authorization": "Bearer wrong"})
    await office.client.post("/api/extensions")
    await office.client.options("/api/extensions")
    for nonsense in ("BREW", "WHEN"):
        await office.client.request(nonsense, "/api/extensions/100")
    counted = (await scraped(office))["katalog_http_requests_total"]
    one = "/api/extensions/{extension}"
    assert counted == {
        labels(endpoint=one, method="GET", status="2xx"): 2,
        labels(endpoint=one, method="GET", status="4xx"): 1,
        labels(endpoint=one, method="HEAD", status="2xx"): 1,
        labels(endpoint=one, method="other", status="4xx"): 2,
        labels(endpoint="other", method="GET", status="4xx"): 2,
        labels(endpoint="/api/extensions", method="GET", status="4xx"): 1,
        labels(endpoint="/api/extensions", method="POST", status="4xx"): 1,
        labels(endpoint="/api/extensions", method="OPTIONS", status="2xx"): 1,
    }
    assert (await scraped(office))["katalog_http_requests_total"][
        labels(endpoint="/metrics", method="GET", status="2xx")
    ] == 1


async def test_a_fault_is_a_5xx(office: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(type(office.app.home), "find", broken)
    assert (await office.client.get("/api/extensions/100")).status_code == 503
    counted = (await scraped(office))["katalog_http_requests_total"]
    assert counted == {labels(endpoint="/api/extensions/{extension}", method="GET", status="5xx"): 1}


def test_how_long_they_took_is_a_histogram() -> None:
    traffic = Traffic()
    for seconds, status in ((0.00005, 200), (0.0001, 200), (0.0007, 404), (0.2, 200), (60.0, 503)):
        traffic.answered("/api/extensions", "GET", status, seconds)
    _, latencies = traffic.collect()
    buckets = {sample.labels["le"]: sample.value for sample in latencies.samples if sample.name.endswith("_bucket")}
    assert list(buckets) == [*map(str, BUCKETS), "+Inf"]
    assert [buckets[le] for le in ("0.0001", "0.0005", "0.001", "0.1", "0.5", "5.0", "+Inf")] == [2, 2, 3, 3, 4, 4, 5]
    others = {sample.name.rpartition("_")[2]: sample.value for sample in latencies.samples[len(buckets) :]}
    assert others == {"count": 5, "sum": pytest.approx(60.20085)}


def test_nonsense_makes_no_new_series() -> None:
    traffic = Traffic()
    for number in range(1000):
        traffic.answered("other", f"METHOD{number}", 405, 0.0)
    requests, _ = traffic.collect()
    assert [sample.value for sample in requests.samples] == [1000]
    assert len(traffic._answers) == 1


async def test_what_a_limit_refuses_is_counted(tmp_path: Path) -> None:
    server = Server(metrics_from=["192.0.2.1"])
    async with Installation.running(tmp_path, server=server, limits=Limits(login_per_minute=1)) as installation:
        for _ in range(3):
            await installation.client.get("/api/auth/login")
        assert (await scraped(installation))["katalog_limited_requests_total"] == {
            labels(limit="login"): 2, labels(limit="search"): 0, labels(limit="import"): 0,
        }  # fmt: skip


# --- the live picture ----------------------------------------------------------------------------------


async def test_links_calls_and_entries_are_as_they_are_now(office: Installation) -> None:
    home = office.app.home
    before = await scraped(office)
    assert before["katalog_entries"] == {(): 1}
    assert before["katalog_pbx_away"] == {(): 2}
    assert "katalog_pbx_connected_timestamp_seconds" not in before
    assert before["katalog_pbx_link"][labels(pbx="växel", state="withdrawn")] == 1

    home.apply(LegsRead("växel", (LEG,)))
    home.apply(LegsChanged("växel", (Leg("1.2", "PJSIP/101", Direction.OUT, LineStatus.UP, "100"),)))
    now = await scraped(office)
    assert now["katalog_calls"] == {labels(pbx="växel"): 2, labels(pbx="lagret"): 0}
    assert now["katalog_pbx_away"] == {(): 1}
    assert now["katalog_pbx_connected_timestamp_seconds"] == {labels(pbx="växel"): 1_790_000_000}
    assert now["katalog_pbx_events_total"] == {labels(pbx="växel"): 2, labels(pbx="lagret"): 0}
    assert [now["katalog_pbx_link"][labels(pbx="växel", state=state)] for state in ("live", "stale", "withdrawn")] == [
        1, 0, 0,
    ]  # fmt: skip

    home.apply(LinkLost("växel", "gone"))
    lost = await scraped(office)
    assert [lost["katalog_pbx_link"][labels(pbx="växel", state=state)] for state in ("live", "stale")] == [0, 1]
    assert "katalog_pbx_connected_timestamp_seconds" not in lost
    assert lost["katalog_pbx_away"] == {(): 2}

    home.apply(LegsWithdrawn("växel"))
    assert (await scraped(office))["katalog_calls"][labels(pbx="växel")] == 0


async def test_every_kind_of_event_is_counted(office: Installation) -> None:
    before = (await scraped(office))["katalog_events_total"]
    assert {dict(each)["kind"] for each in before} == {
        "legs_read", "legs_changed", "link_lost", "legs_withdrawn", "dnd_read", "dnd_changed", "devices_read",
        "device_changed", "entries_read",
        "entries_changed", "presences_read", "presences_changed", "catalogue_changed", "feeds_read", "feeds_changed",
        "calendar_read", "calendar_failed",
    }  # fmt: skip
    await office.add("101", "Bengt")
    office.app.home.apply(LegsChanged("växel"))
    after = (await scraped(office))["katalog_events_total"]
    grown = {dict(kind)["kind"]: after[kind] - before[kind] for kind in after if after[kind] != before[kind]}
    assert grown.pop("entries_changed") >= 1
    assert grown.pop("legs_changed") == 1
    assert set(grown) <= {"link_lost"}  # the connectors of this office tell of it when they like


async def test_what_was_healed_is_told_by_connectors_that_compare(office: Installation) -> None:
    assert (await scraped(office))["katalog_pbx_healed_total"] == {labels(pbx="växel"): 2}


async def test_broken_calendars_and_a_database_that_is_away_are_seen(office: Installation) -> None:
    well = await scraped(office)
    assert well["katalog_calendars"] == {(): 1}
    assert well["katalog_calendars_broken"] == {(): 0}
    assert well["katalog_database_away"] == {(): 0}
    home = office.app.home
    ((id_, status),) = home.feeds.statuses.items()
    home.apply(CalendarFailed(id_, status.address, "Den finns inte.", "It is not there."))
    office.app.follower.is_away = True
    away = await scraped(office)
    assert away["katalog_calendars_broken"] == {(): 1}
    assert away["katalog_database_away"] == {(): 1}


async def test_the_process_and_the_version_are_told(office: Installation) -> None:
    now = await scraped(office)
    ((version, value),) = now["katalog_info"].items()
    assert dict(version)["version"]
    assert value == 1
    assert now["process_resident_memory_bytes"][()] > 10_000_000
    assert now["process_cpu_seconds_total"][()] > 0
    assert now["python_info"]


async def test_no_label_and_no_line_holds_anything_of_a_person(office: Installation) -> None:
    office.app.home.apply(LegsRead("växel", (LEG,)))
    await office.add_account("hemligt-login")
    for path in ("/api/extensions/100", "/api/extensions/0729913232", "/nothing/0701231234", "/api/entries?q=Hemlig"):
        await office.client.get(path, headers=basic("hemligt-login"))
    text = (await office.client.get("/metrics")).text
    for secret in ("Hemlig", "hemligt-login", "0701231234", "0729913232", "PJSIP", "anna@", "prometheus"):
        assert secret not in text, secret


def test_a_metric_more_is_one_row() -> None:
    queue: list[str] = ["one"]
    registry = CollectorRegistry()
    registry.register(
        Measures(
            [
                Measure("katalog_waiting", "How many wait.", lambda: len(queue)),
                Measure("katalog_sent_total", "How many were sent.", lambda: {("a",): 1, ("b",): 2}, ("to",)),
            ]
        )
    )
    waiting, sent = registry.collect()
    assert (waiting.type, [sample.value for sample in waiting.samples]) == ("gauge", [1])
    assert (sent.type, [sample.labels for sample in sent.samples]) == ("counter", [{"to": "a"}, {"to": "b"}])
