"""katalog's own entries: reading, adding, changing, removing, and the audit trail of it."""

from typing import Any

import pytest

from katalog.domain.account import Role
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Kind
from katalog.domain.events import LegsRead
from katalog.settings import Pbx
from tests.installation import Installation, basic

KEYS = ["id", "extension", "name", "email", "mobile", "profile", "calls", "keyWords", "kind", "title", "department",
        "location", "numbers", "calls_since"]  # fmt: skip


@pytest.fixture
async def admin(installation: Installation) -> Installation:
    await installation.add_account("admin", role=Role.ADMIN)
    installation.client.headers.update(basic("admin"))
    return installation


async def test_an_entry_is_the_v1_object_with_id_first_and_the_rest_after(admin: Installation) -> None:
    entry = await admin.add("100", "Anna", title="Vd", department="Ledning", numbers=("08-123 456",))
    await admin.add_account("user")
    seen = (await admin.client.get(f"/api/entries/{entry.id}", headers=basic("user"))).json()
    assert list(seen) == KEYS
    v1 = (await admin.client.get("/api/extensions/100")).json()
    assert {key: seen[key] for key in v1} == v1
    assert (seen["id"], seen["kind"], seen["title"], seen["numbers"]) == (entry.id, "person", "Vd", ["08-123 456"])


async def test_how_an_entry_is_wired_is_for_admins(admin: Installation) -> None:
    entry = await admin.add("100", "Anna", devices=("PJSIP/100",), source_id="7")
    seen = (await admin.client.get(f"/api/entries/{entry.id}")).json()
    assert list(seen) == [*KEYS, "devices", "source_id", "hidden"]
    assert (seen["devices"], seen["source_id"], seen["hidden"]) == (["PJSIP/100"], "7", False)


async def test_whether_calls_are_live_is_said_here_too(admin: Installation) -> None:
    entry = await admin.add("100", "Anna")
    for path in ("/api/entries", f"/api/entries/{entry.id}"):
        assert (await admin.client.get(path)).headers["katalog-calls"] == "live"


async def test_post_adds_and_everybody_sees_it_at_once(admin: Installation) -> None:
    response = await admin.client.post(
        "/api/entries",
        json={"extension": " 08-10 ", "name": "Åsa", "kind": "function", "keyWords": ["a", "b", "a"], "email": None},
    )
    assert response.status_code == 201
    made = response.json()
    assert (made["extension"], made["keyWords"], made["email"], made["profile"]) == ("08-10", ["a", "b"], "", None)
    assert response.headers["location"] == f"/api/entries/{made['id']}"
    assert (await admin.client.get(response.headers["location"])).json() == made
    assert [row["name"] for row in (await admin.client.get("/extensions")).json()] == ["Åsa"]


async def test_patch_changes_what_is_given_and_null_clears(admin: Installation) -> None:
    entry = await admin.add("100", "Anna", title="Vd", email="a@b.se", keywords=("x",))
    response = await admin.client.patch(
        f"/api/entries/{entry.id}", json={"name": "Anna Å", "title": None, "keyWords": None}
    )
    assert response.status_code == 200
    changed = response.json()
    assert (changed["name"], changed["title"], changed["keyWords"], changed["email"]) == ("Anna Å", "", [], "a@b.se")


async def test_what_was_read_can_be_sent_back_whole(admin: Installation) -> None:
    entry = await admin.add("100", "Anna", title="Vd", devices=("PJSIP/100",))
    got = await admin.client.get(f"/api/entries/{entry.id}")
    sent = await admin.client.patch(
        f"/api/entries/{entry.id}", json=got.json() | {"title": "Chef"}, headers={"if-match": got.headers["etag"]}
    )
    assert (sent.status_code, sent.json()) == (200, got.json() | {"title": "Chef"})


async def test_the_second_of_two_admins_is_told(admin: Installation) -> None:
    entry = await admin.add("100", "Anna")
    path = f"/api/entries/{entry.id}"
    tag = {"if-match": (await admin.client.get(path)).headers["etag"]}
    first = await admin.client.patch(path, json={"title": "A"}, headers=tag)
    assert first.status_code == 200
    assert first.headers["etag"] != tag["if-match"]
    second = await admin.client.patch(path, json={"title": "B"}, headers=tag)
    assert (second.status_code, second.json()["type"]) == (412, "urn:katalog:error:stale")
    assert (await admin.client.delete(path, headers=tag)).status_code == 412
    assert (await admin.client.get(path)).json()["title"] == "A"
    for good in ("*", f'"other", {first.headers["etag"]}'):
        assert (await admin.client.patch(path, json={"title": "A"}, headers={"if-match": good})).status_code == 200


async def test_one_key_of_the_source_is_one_entry(admin: Installation) -> None:
    await admin.add("100", "Anna", source_id="7")
    bo = await admin.add("101", "Bo", source_id="8")
    added = await admin.client.post("/api/entries", json={"extension": "102", "name": "Cia", "source_id": "7"})
    patched = await admin.client.patch(f"/api/entries/{bo.id}", json={"source_id": "7"})
    for response in (added, patched):
        assert (response.status_code, response.json()["field"]) == (409, "source_id")
        assert "100 Anna" in response.json()["message"]
    for value in ("8", "9", None, ""):
        response = await admin.client.patch(f"/api/entries/{bo.id}", json={"source_id": value})
        assert (response.status_code, response.json()["source_id"]) == (200, value or "")
    assert (await admin.client.post("/api/entries", json={"extension": "102", "name": "Cia"})).status_code == 201
    assert len((await admin.client.get("/api/extensions")).json()) == 3


async def test_a_patch_that_changes_nothing_leaves_the_entity_tag(admin: Installation) -> None:
    entry = await admin.add("100", "Anna", title="Vd")
    path = f"/api/entries/{entry.id}"
    before = (await admin.client.get(path)).headers["etag"]
    assert (await admin.client.patch(path, json={"title": "Vd"})).headers["etag"] == before
    assert (await admin.client.get(path)).headers["etag"] == before


@pytest.mark.parametrize(
    ("field", "value"),
    [("extension", ""), ("extension", None), ("extension", 100), ("extension", "me"), ("extension", "1" * 65),
     ("name", ""), ("name", None), ("name", "a\x00b"), ("name", ["x"]), ("email", "nobody"), ("email", "a b@c.se"),
     ("kind", "robot"), ("kind", 1), ("keyWords", "a"), ("keyWords", [1]), ("keyWords", ["a,b"]), ("numbers", {}),
     ("devices", ["100"]), ("devices", ["PJSIP/"]), ("hidden", "yes"), ("title", "x" * 201), ("nam", "x"),
     ("keywords", [])],
)  # fmt: skip
async def test_a_wrong_field_is_422_with_field_and_reason_and_nothing_is_changed(
    admin: Installation, field: str, value: Any
) -> None:
    entry = await admin.add("100", "Anna", title="Vd")
    before = (await admin.client.get(f"/api/entries/{entry.id}")).json()
    response = await admin.client.patch(f"/api/entries/{entry.id}", json={"title": "changed", field: value})
    assert response.status_code == 422
    assert response.json()["field"] == field
    assert response.json()["message"].startswith(f"{field}: ")
    assert (await admin.client.get(f"/api/entries/{entry.id}")).json() == before
    assert (
        await admin.client.post("/api/entries", json={"extension": "1", "name": "x", field: value})
    ).status_code == 422


@pytest.mark.parametrize("missing", ["extension", "name"])
async def test_extension_and_name_are_required(admin: Installation, missing: str) -> None:
    body = {"extension": "1", "name": "x"}
    del body[missing]
    response = await admin.client.post("/api/entries", json=body)
    assert (response.status_code, response.json()["field"]) == (422, missing)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 100_000, b'{"name": 1e999}'],
)
async def test_a_body_that_is_no_object_is_told(admin: Installation, content: bytes) -> None:
    entry = await admin.add("100", "Anna")
    for method, path in (("POST", "/api/entries"), ("PATCH", f"/api/entries/{entry.id}")):
        response = await admin.client.request(method, path, content=content)
        assert response.status_code in (400, 422), content
        assert response.json()["message"]


async def test_a_body_over_the_limit_is_413(admin: Installation) -> None:
    response = await admin.client.post("/api/entries", content=b" " * 1_000_001)
    assert response.status_code == 413


async def test_delete_removes_and_shuts_the_persons_account(admin: Installation) -> None:
    entry = await admin.add("100", "Anna")
    await admin.add_account("anna", entry=entry)
    assert (await admin.client.get("/extensions/me", headers=basic("anna"))).status_code == 200
    response = await admin.client.delete(f"/api/entries/{entry.id}")
    assert (response.status_code, response.content) == (200, b'{"message":"OK"}')
    assert (await admin.client.get(f"/api/entries/{entry.id}")).status_code == 404
    assert (await admin.client.delete(f"/api/entries/{entry.id}")).status_code == 404
    assert (await admin.client.get("/extensions")).json() == []
    assert (await admin.client.get("/extensions", headers=basic("anna"))).status_code == 401


async def test_pages_neither_skip_nor_repeat_while_people_change(admin: Installation) -> None:
    for number in range(10):
        await admin.add(f"10{number}", f"N{number}")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await admin.client.get("/api/entries", params={"limit": 3, "cursor": cursor})).json()
        seen += [row["extension"] for row in page["entries"]]
        cursor = page["next"]
        if len(seen) == 3:
            await admin.add("1000", "Before the cursor")
            gone = admin.app.home.find("104", hidden=True)
            assert gone is not None
            await admin.client.delete(f"/api/entries/{gone.id}")
    assert seen == ["100", "101", "102", "103", "105", "106", "107", "108", "109"]


async def test_an_exact_last_page_has_no_next(admin: Installation) -> None:
    await admin.add("1", "A")
    await admin.add("2", "B")
    assert (await admin.client.get("/api/entries?limit=2")).json()["next"] is None


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "limit=-1", "limit=²", "cursor=x", "cursor=bnVsbA", "available=perhaps"],
)
async def test_a_wrong_query_is_422(admin: Installation, query: str) -> None:
    response = await admin.client.get(f"/api/entries?{query}")
    assert (response.status_code, response.json()["field"]) == (422, query.split("=")[0])


async def test_filters(tmp_path: Any) -> None:
    async with Installation.running(tmp_path, pbx=[Pbx(name="växel")]) as installation:
        await installation.add_account("user")
        await installation.add("1", "Anna", keywords=("Support",), department="Sälj")
        await installation.add("2", "Bo", keywords=("lager",), department="Lager")
        await installation.add("3", "Rum", kind=Kind.ROOM)
        leg = Leg("1.1", "PJSIP/2", Direction.OUT, LineStatus.UP, "070")
        installation.app.home.apply(LegsRead("växel", (leg,)))

        async def names(query: str) -> list[str]:
            page = (await installation.client.get(f"/api/entries?{query}", headers=basic("user"))).json()
            return [row["name"] for row in page["entries"]]

        assert await names("keyword=support") == ["Anna"]
        assert await names("department=SÄLJ") == ["Anna"]
        assert await names("available=true") == ["Anna", "Bo"]
        assert await names("available=false") == []
        assert await names("oncall=1") == ["Bo"]
        assert await names("oncall=false&keyword=support") == ["Anna"]


async def test_every_change_is_in_the_audit_trail(admin: Installation) -> None:
    made = (await admin.client.post("/api/entries", json={"extension": "1", "name": "A"})).json()
    path = f"/api/entries/{made['id']}"
    await admin.client.patch(path, json={"name": "B"})
    await admin.client.delete(path)
    page = (await admin.client.get("/api/audit", params={"subject": made["id"]})).json()
    assert [row["action"] for row in page["audit"]] == ["entry.removed", "entry.changed", "entry.added"]
    assert page["audit"][1]["details"] == {"name": ["A", "B"]}
    assert {row["actor"] for row in page["audit"]} == {"admin"}
    assert page["audit"][0]["origin"] == "basic 192.0.2.1"
    first = (await admin.client.get("/api/audit?limit=1")).json()
    rest = (await admin.client.get("/api/audit", params={"limit": 1, "cursor": first["next"]})).json()
    assert first["audit"][0]["id"] > rest["audit"][0]["id"]


async def test_a_refused_change_leaves_no_trace(admin: Installation) -> None:
    entry = await admin.add("1", "A")
    before = (await admin.client.get("/api/audit")).json()
    await admin.client.patch(f"/api/entries/{entry.id}", json={"name": "B"}, headers={"if-match": '"0"'})
    assert (await admin.client.get("/api/audit")).json() == before
