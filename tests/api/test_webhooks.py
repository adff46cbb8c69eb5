"""Webhooks over HTTP: who may, what is refused, what is shown, what is written down."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from katalog.api import webhooks as module
from katalog.domain.account import Role
from katalog.domain.webhook import TOPICS
from tests.installation import Installation, bearer

URL = "https://example.com/katalog?nyckel=hemlig"
DRAFT = {"url": URL, "events": ["entry.added"]}
Headers = dict[str, str]


@pytest.fixture
async def installation(tmp_path: Path) -> AsyncIterator[Installation]:
    async with Installation.running(tmp_path) as running:
        yield running


@pytest.fixture
async def admin(installation: Installation) -> Headers:
    return bearer(await installation.add_token(await installation.add_account("chefen", role=Role.ADMIN)))


async def added(installation: Installation, admin: Headers, **fields: Any) -> dict[str, Any]:
    answer = await installation.client.post("/api/webhooks", json=DRAFT | fields, headers=admin)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_secret_is_shown_once_and_the_rest_whenever_it_is_asked_for(
    installation: Installation, admin: Headers
) -> None:
    made = await added(installation, admin, department="Sälj")
    assert made.pop("secret").startswith("whsec_")
    one = await installation.client.get(f"/api/webhooks/{made['id']}", headers=admin)
    assert one.json() == made
    assert (await installation.client.get("/api/webhooks", headers=admin)).json() == [made]
    assert made == {
        "id": made["id"], "url": URL, "events": ["entry.added"], "extension": "", "department": "Sälj", "keyword": "",
        "created": "2026-09-21T16:13:20+02:00", "state": "active", "paused": False, "by_hand": False, "since": None,
        "reason": None, "next": None, "waiting": 0, "left_out": 0, "former_until": None,
    }  # fmt: skip


async def test_neither_address_nor_secrets_are_in_the_database_in_the_clear(
    installation: Installation, admin: Headers, tmp_path: Path
) -> None:
    made = await added(installation, admin)
    await installation.client.post(f"/api/webhooks/{made['id']}/secret", headers=admin)
    written = b"".join(path.read_bytes() for path in tmp_path.glob("katalog.db*"))
    assert b"hemlig" not in written
    assert made["secret"].removeprefix("whsec_").encode() not in written
    trail = (await installation.client.get("/api/audit", headers=admin)).json()["audit"]
    assert [row["action"] for row in trail if row["subject"] == made["id"]] == ["webhook.rotated", "webhook.added"]


@pytest.mark.parametrize("role", [Role.USER, Role.RECEPTION, Role.SERVICE])
async def test_it_is_for_admins(installation: Installation, admin: Headers, role: Role) -> None:
    made = await added(installation, admin)
    other = bearer(await installation.add_token(await installation.add_account("anna", role=role)))
    one = f"/api/webhooks/{made['id']}"
    for method, path in (
        ("GET", "/api/webhooks"), ("POST", "/api/webhooks"), ("GET", one), ("PATCH", one), ("DELETE", one),
        ("POST", f"{one}/secret"), ("POST", f"{one}/test"), ("GET", f"{one}/deliveries"),
        ("GET", f"{one}/deliveries/x"), ("POST", f"{one}/deliveries/x/retry"),
    ):  # fmt: skip
        answer = await installation.client.request(method, path, headers=other)
        assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"events": ["entry.added"]}, "url"),
        (DRAFT | {"url": 7}, "url"),
        (DRAFT | {"url": "example.com"}, "url"),
        ({"url": URL}, "events"),
        (DRAFT | {"events": []}, "events"),
        (DRAFT | {"events": "entry.added"}, "events"),
        (DRAFT | {"events": ["entry.added", "test"]}, "events"),
        (DRAFT | {"events": [["entry.added"]]}, "events"),
        (DRAFT | {"department": 7}, "department"),
        (DRAFT | {"keyword": "x" * 201}, "keyword"),
    ],
)
async def test_what_is_wrong_is_named(
    installation: Installation, admin: Headers, given: dict[str, Any], field: str
) -> None:
    answer = await installation.client.post("/api/webhooks", json=given, headers=admin)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_it_is_changed_in_part_and_only_by_who_has_seen_it(installation: Installation, admin: Headers) -> None:
    made = await added(installation, admin, keyword="Malmö")
    path = f"/api/webhooks/{made['id']}"
    etag = (await installation.client.get(path, headers=admin)).headers["etag"]
    events = ["pbx.lost", "call.started", "call.started"]
    changed = await installation.client.patch(path, json={"events": events}, headers=admin | {"if-match": etag})
    assert changed.json() | {"secret": made["secret"]} == made | {"events": ["call.started", "pbx.lost"]}
    again = await installation.client.patch(path, json={"keyword": ""}, headers=admin | {"if-match": etag})
    assert again.status_code == 412
    same = await installation.client.patch(path, json={}, headers=admin)
    assert same.headers["etag"] == changed.headers["etag"]
    assert (await installation.client.patch(path, json={"paused": 1}, headers=admin)).json()["field"] == "paused"
    for method, suffix in (("DELETE", ""), ("POST", "/secret")):
        stale = await installation.client.request(method, path + suffix, headers=admin | {"if-match": etag})
        assert stale.status_code == 412


async def test_it_is_removed(installation: Installation, admin: Headers) -> None:
    made = await added(installation, admin)
    path = f"/api/webhooks/{made['id']}"
    assert (await installation.client.delete(path, headers=admin)).json() == {"message": "OK"}
    assert (await installation.client.get("/api/webhooks", headers=admin)).json() == []
    for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/test"), ("GET", "/deliveries")):
        assert (await installation.client.request(method, path + suffix, headers=admin)).status_code == 404


async def test_there_are_not_too_many(
    installation: Installation, admin: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WEBHOOKS", 1)
    await added(installation, admin, events=[str(topic) for topic in TOPICS])
    answer = await installation.client.post("/api/webhooks", json=DRAFT, headers=admin)
    assert answer.status_code == 409


async def test_without_the_key_it_is_shown_and_can_be_given_a_new_address(
    installation: Installation, admin: Headers, tmp_path: Path
) -> None:
    made = await added(installation, admin)
    (tmp_path / "katalog.key").unlink()
    path = f"/api/webhooks/{made['id']}"
    assert (await installation.client.get(path, headers=admin)).json()["url"] is None
    tried = await installation.client.post(f"{path}/test", headers=admin | {"accept-language": "en"})
    (attempt,) = tried.json()["attempts"]
    assert "katalog.key" in attempt["reason"]


async def test_deliveries_are_paged_newest_first_and_one_is_shown_whole(
    installation: Installation, admin: Headers
) -> None:
    made = await added(installation, admin)
    path = f"/api/webhooks/{made['id']}"
    ids = []
    for _ in range(3):
        tried = (await installation.client.post(f"{path}/test", headers=admin)).json()
        assert tried["state"] == "failed"
        assert tried["message"] == {
            "type": "test", "timestamp": "2026-09-21T14:13:20.000Z", "data": {"webhook": made["id"]}
        }  # fmt: skip
        ids.append(tried["id"])
    listed: list[str] = []
    cursor = ""
    while True:
        page = (await installation.client.get(f"{path}/deliveries?limit=2&{cursor}", headers=admin)).json()
        assert all("message" not in each for each in page["deliveries"])
        listed += [each["id"] for each in page["deliveries"]]
        if page["next"] is None:
            break
        cursor = f"cursor={page['next']}"
    assert sorted(listed) == sorted(ids)
    assert listed == sorted(listed, reverse=True)
    one = f"{path}/deliveries/{ids[0]}"
    assert (await installation.client.get(one, headers=admin)).json()["event"] == "test"
    assert (await installation.client.post(f"{one}/retry", headers=admin)).status_code == 409
    assert (await installation.client.get(f"{path}/deliveries/x", headers=admin)).status_code == 404
    assert (await installation.client.post(f"{path}/deliveries/x/retry", headers=admin)).status_code == 404
    wrong = await installation.client.get(f"{path}/deliveries?state=borta", headers=admin)
    assert wrong.json()["field"] == "state"
