"""Imports over HTTP: every difference is shown before it is made, and just that is made."""

import random
from collections.abc import Mapping
from typing import Any

import pytest

from katalog.api import imports as module
from katalog.api import spool
from katalog.domain.account import Role
from katalog.domain.row import Row
from katalog.errors import TooLarge
from katalog.store import imports, staging
from katalog.store.database import Actor
from tests.installation import Installation, basic, bearer

PEOPLE = "Anknytning;Namn;Titel;Dold\n101;Åsa Öberg;Vd;nej\n102;Bo Al;;ja\n"
SWEDISH, ENGLISH = {"accept-language": "sv"}, {"accept-language": "en"}
Headers = dict[str, str]


class Desk:
    """An admin, and what the tests have them bring."""

    def __init__(self, installation: Installation, headers: Headers) -> None:
        self.installation = installation
        self.client = installation.client
        self.headers = headers

    async def bring(
        self, text: str | bytes, *, headers: Mapping[str, str] = SWEDISH, status: int = 200, **query: Any
    ) -> Any:
        answer = await self.client.post(
            "/api/imports",
            params={name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()},
            content=text if isinstance(text, bytes) else text.encode(),
            headers={"content-type": "text/csv"} | self.headers | dict(headers),
        )
        assert answer.status_code == status, answer.text
        if status == 200:
            assert answer.headers["etag"] == f'"{answer.json()["digest"]}"'
            assert int(answer.headers["content-length"]) == len(answer.content)
        return answer.json()

    async def get(self, path: str, **query: Any) -> Any:
        answer = await self.client.get(path, params=query, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def people(self) -> list[tuple[str, str]]:
        return [(each["extension"], each["name"]) for each in (await self.get("/api/entries", limit=1000))["entries"]]


@pytest.fixture
async def desk(installation: Installation) -> Desk:
    account = await installation.add_account("chefen", role=Role.ADMIN)
    return Desk(installation, bearer(await installation.add_token(account)))


def counts(added: int = 0, changed: int = 0, unchanged: int = 0, removed: int = 0, rejected: int = 0) -> dict[str, int]:
    return {"added": added, "changed": changed, "unchanged": unchanged, "removed": removed, "rejected": rejected}


async def test_a_preview_shows_each_difference_and_writes_nothing(desk: Desk) -> None:
    cia = await desk.installation.add("103", "Cia Ek", title="Säljare", keywords=("support",))
    await desk.installation.add("104", "Dan")
    text = "extension;name;title;keywords\n103;Cia Ek;Chef;support, vd\n104;Dan;;\n101;Åsa;;\n"
    before = await desk.get("/api/audit")
    shown = await desk.bring(text, dry_run=True)
    assert {name: shown[name] for name in ("id", "counts", "refused", "warnings", "rejections")} == {
        "id": None, "counts": counts(added=1, changed=1, unchanged=1), "refused": None, "warnings": [], "rejections": [],
    }  # fmt: skip
    assert shown["differences"] == [
        {"action": "changed", "entry": cia.id, "extension": "103", "name": "Cia Ek",
         "fields": {"keywords": [["support"], ["support", "vd"]], "title": ["Säljare", "Chef"]}},
        {"action": "added", "entry": None, "extension": "101", "name": "Åsa",
         "fields": {"extension": [None, "101"], "name": [None, "Åsa"], "kind": [None, "person"]}},
    ]  # fmt: skip
    assert await desk.get("/api/audit") == before
    assert await desk.people() == [("103", "Cia Ek"), ("104", "Dan")]


async def test_it_is_applied_in_one_step_and_seen_at_once(desk: Desk) -> None:
    done = await desk.bring(PEOPLE.encode("cp1252"), name="C:\\personal\\Höst.csv")
    assert done["counts"] == counts(added=2)
    assert done["id"]
    assert await desk.people() == [("101", "Åsa Öberg"), ("102", "Bo Al")]
    trail = (await desk.get("/api/audit", limit=3))["audit"]
    assert [row["action"] for row in trail] == ["import.applied", "entry.added", "entry.added"]
    assert (trail[0]["actor"], trail[0]["origin"], trail[0]["subject"]) == ("chefen", "bearer 192.0.2.1", "Höst.csv")
    again = await desk.bring(PEOPLE)
    assert (again["counts"], again["differences"]) == (counts(unchanged=2), [])


async def test_only_what_was_shown_is_done(desk: Desk) -> None:
    anna = await desk.installation.add("101", "Anna", title="Vd")
    text = "extension;name;title\n101;Anna;Chef\n102;Bo;\n"
    shown = await desk.bring(text, dry_run=True)
    path, wanted = f"/api/entries/{anna.id}", {"if-match": f'"{shown["digest"]}"'}
    await desk.client.patch(path, json={"title": "Ekonom"}, headers=desk.headers)
    before = await desk.get("/api/audit")
    stale = await desk.bring(text, headers=SWEDISH | wanted, status=412)
    assert stale["type"] == "urn:katalog:error:stale"
    assert stale["message"].endswith("Inget ändrades.")
    assert (await desk.bring(text, headers=ENGLISH | wanted, status=412))["message"].endswith("Nothing was changed.")
    assert await desk.get("/api/audit") == before
    assert await desk.people() == [("101", "Anna")]
    # What does not matter to the import is no reason to refuse it.
    await desk.client.patch(path, json={"title": "Vd", "mobile": "070"}, headers=desk.headers)
    assert (await desk.bring(text, headers=wanted))["counts"] == counts(added=1, changed=1)
    assert (await desk.get(path))["title"] == "Chef"


async def test_another_file_than_the_one_that_was_shown_is_not_taken(desk: Desk) -> None:
    shown = await desk.bring(PEOPLE, dry_run=True)
    wanted = {"if-match": shown["digest"]}
    assert await desk.bring(PEOPLE, headers=wanted, status=412)  # no entity tag: it has no quotation marks
    wanted = {"if-match": f'"{shown["digest"]}"'}
    await desk.bring(PEOPLE.replace("Vd", "VD"), headers=wanted, status=412)
    await desk.bring(PEOPLE, headers=wanted, prune=True)


async def test_what_cannot_be_taken_is_told_in_the_readers_language(desk: Desk) -> None:
    text = b"extension;name;epost;typ\n101;\xe5sa;;\n;Bo;;\n103;Cia;;hund\n101;\xe5sa;;\n" + b"104;\x81;;\n"
    shown = await desk.bring(text, dry_run=True)
    assert shown["counts"] == counts(added=1, rejected=4)
    assert shown["warnings"] == ["den okända kolumnen 'epost' utelämnas; menas 'e-post'?"]
    assert shown["rejections"] == [
        {"line": 3, "column": "extension", "value": "", "reason": "måste finnas"},
        {"line": 4, "column": "typ", "value": "hund", "reason": "ska vara person, room eller function"},
        {"line": 5, "column": "extension", "value": "101",
         "reason": "'åsa' med den anknytningen finns redan på rad 2; ge båda ett id om de är två"},
        {"line": 6, "column": "name", "value": "\ufffd", "reason": "har en byte som inte är CP1252"},
    ]  # fmt: skip
    english = await desk.bring(text, headers=ENGLISH)
    assert english["warnings"] == ["unknown column 'epost' is left out; did you mean 'e-post'?"]
    assert [each["reason"] for each in english["rejections"]][:2] == ["is required", "must be person, room or function"]
    assert english["counts"] == counts(added=1, rejected=4)


async def test_more_than_a_fifth_is_removed_only_by_force(desk: Desk) -> None:
    await desk.bring(PEOPLE)
    one = "extension;name\n101;Åsa Öberg\n"
    shown = await desk.bring(one, dry_run=True, prune=True)
    assert shown["counts"] == counts(unchanged=1, removed=1)
    assert shown["refused"].startswith("1 av 2 poster saknas i filen")
    (gone,) = shown["differences"]
    assert (gone["action"], gone["extension"], gone["name"], gone["fields"]) == ("removed", "102", "Bo Al", {})
    refused = await desk.bring(one, prune=True, headers=ENGLISH, status=409)
    assert refused["message"].startswith("1 of 2 entries are not in the file")
    assert len(await desk.people()) == 2
    assert (await desk.bring(one, dry_run=True, prune=True, force=True))["refused"] is None
    wanted = {"if-match": f'"{shown["digest"]}"'}
    assert (await desk.bring(one, prune=True, force=True, headers=wanted))["counts"] == counts(unchanged=1, removed=1)
    assert await desk.people() == [("101", "Åsa Öberg")]


@pytest.mark.parametrize(
    ("content", "sv", "en"),
    [
        (b"", "personal.csv: är tom", "personal.csv: is empty"),
        (b"PK\x03\x04", "personal.csv: är en Excel-arbetsbok", "personal.csv: is an Excel workbook"),
        (b'extension;name\n1;"A\n2;B\n', "personal.csv: rad 2: ett citattecken", "personal.csv: line 2: a quotation"),
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_read_is_refused_whole(desk: Desk, content: bytes, sv: str, en: str) -> None:
    for dry_run in (True, False):
        for headers, begins in ((SWEDISH, sv), (ENGLISH, en)):
            refused = await desk.bring(content, dry_run=dry_run, name="personal.csv", headers=headers, status=400)
            assert refused["type"] == "urn:katalog:error:bad-request"
            assert refused["message"].startswith(begins)
    assert await desk.people() == []


@pytest.mark.parametrize(("query", "field"), [({"dry_run": "kanske"}, "dry_run"), ({"name": "x" * 201}, "name")])
async def test_what_the_query_says_is_looked_at(desk: Desk, query: dict[str, Any], field: str) -> None:
    assert (await desk.bring(PEOPLE, **query, status=422))["field"] == field


async def test_a_file_that_is_too_large_is_not_read_to_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILE", 1000)
    assert (await desk.bring("x" * 1001, status=413))["type"] == f"urn:katalog:error:{TooLarge.id}"
    assert (await desk.bring("extension;name\n" + "1;A\n" * 246))["counts"]["added"] == 1


async def test_all_differences_of_a_large_file_are_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """On disk, once there are more of them than memory is to hold."""
    monkeypatch.setattr(spool, "IN_MEMORY", 10_000)
    people = [f"{number};Person {number}" for number in range(3000)]
    random.Random(1).shuffle(people)
    shown = await desk.bring("extension;name\n" + "\n".join(people), dry_run=True)
    assert [f"{each['extension']};{each['name']}" for each in shown["differences"]] == people
    done = await desk.bring(
        "extension;name\n" + "\n".join(people), headers={"if-match": f'"{shown["digest"]}"'}
    )  # fmt: skip
    assert done["counts"] == counts(added=3000)
    told: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await desk.get(f"/api/imports/{done['id']}", limit=1000, cursor=cursor)
        told += [f"{each['extension']};{each['name']}" for each in page["differences"]]
        cursor = page["next"]
    assert told == people


async def test_the_history_has_those_of_the_command_too(desk: Desk) -> None:
    first = await desk.bring(PEOPLE, name="personal.csv")
    database, command = desk.installation.app.database, Actor("root", "katalog import x.csv")
    rows = [Row(2, {"extension": "101", "name": "Åsa Öberg", "title": ""})]
    async with (
        staging.staged(database, rows) as session,
        database.write(desk.installation.organisation, command, session=session) as change,
    ):
        await imports.apply(change, source="x.csv", prune=True, force=True)
    listed = await desk.get("/api/imports")
    assert listed["next"] is None
    assert [(each["actor"], each["origin"], each["name"], each["counts"]) for each in listed["imports"]] == [
        ("root", "katalog import x.csv", "x.csv", counts(changed=1, removed=1)),
        ("chefen", "bearer 192.0.2.1", "personal.csv", counts(added=2)),
    ]
    assert listed["imports"][1]["id"] == first["id"]
    page = await desk.get("/api/imports", limit=1)
    rest = await desk.get("/api/imports", limit=1, cursor=page["next"])
    assert page["imports"] + rest["imports"] == listed["imports"]
    assert rest["next"] is None


async def test_an_import_tells_what_it_did_and_nothing_else(desk: Desk) -> None:
    cia = await desk.installation.add("103", "Cia")
    await desk.installation.add_account("cia", entry=cia)
    await desk.bring("extension;name\n101;Åsa\n103;Cia\n")
    made = await desk.bring("extension;name;title\n101;Åsa;Vd\n102;Bo;\n", prune=True, force=True)
    by_number = {each["extension"]: each["id"] for each in (await desk.get("/api/entries"))["entries"]}
    # What comes later is no part of it; but it tells what those are called now.
    await desk.client.patch(f"/api/entries/{by_number['101']}", json={"name": "Åsa Öberg"}, headers=desk.headers)
    await desk.client.delete(f"/api/entries/{by_number['102']}", headers=desk.headers)
    one = await desk.get(f"/api/imports/{made['id']}")
    assert one.pop("next") is None
    differences = one.pop("differences")
    assert one == (await desk.get("/api/imports"))["imports"][0]
    assert sorted(differences, key=lambda each: str(each["extension"])) == [
        {"action": "changed", "entry": by_number["101"], "extension": "101", "name": "Åsa Öberg",
         "fields": {"title": ["", "Vd"]}},
        {"action": "added", "entry": by_number["102"], "extension": "102", "name": "Bo",
         "fields": {"extension": [None, "102"], "name": [None, "Bo"], "kind": [None, "person"]}},
        {"action": "removed", "entry": cia.id, "extension": "103", "name": "Cia", "fields": {}},
    ]  # fmt: skip
    await desk.client.delete(f"/api/entries/{by_number['101']}", headers=desk.headers)
    again = (await desk.get(f"/api/imports/{made['id']}"))["differences"]
    assert {each["name"] for each in again} == {"Åsa Öberg", "Bo", "Cia"}


async def test_an_import_that_there_is_not_is_not_found(desk: Desk) -> None:
    entry = await desk.installation.add("1", "A")  # which was a change, too, and no import
    for id_ in ("0", str(entry.revision), "x", "9" * 30, "%00"):
        answer = await desk.client.get(f"/api/imports/{id_}", headers=desk.headers)
        assert answer.status_code == 404, id_
    made = await desk.bring(PEOPLE)
    for path in ("/api/imports", f"/api/imports/{made['id']}"):
        for query in ({"cursor": "x"}, {"limit": "0"}):
            answer = await desk.client.get(path, params=query, headers=desk.headers)
            assert answer.status_code == 422, (path, query)


@pytest.mark.parametrize("role", [Role.USER, Role.RECEPTION, Role.SERVICE])
async def test_it_is_for_admins(installation: Installation, role: Role) -> None:
    other = bearer(await installation.add_token(await installation.add_account("anna", role=role)))
    for method, path in (("POST", "/api/imports"), ("GET", "/api/imports"), ("GET", "/api/imports/1")):
        answer = await installation.client.request(method, path, content=PEOPLE, headers=other)
        assert answer.status_code == 403, (method, path)


async def test_who_may_only_read_sees_the_history_and_imports_nothing(installation: Installation) -> None:
    account = await installation.add_account("chefen", role=Role.ADMIN)
    reader = bearer(await installation.add_token(account, read_only=True))
    for query in ("?dry_run=true", ""):
        answer = await installation.client.post(f"/api/imports{query}", content=PEOPLE, headers=reader)
        assert answer.status_code == 403
    assert (await installation.client.get("/api/imports", headers=reader)).json() == {"imports": [], "next": None}


async def test_another_sites_page_imports_nothing(installation: Installation) -> None:
    await installation.add_account("chefen", role=Role.ADMIN)
    foreign = basic("chefen") | {"sec-fetch-site": "cross-site"}
    answer = await installation.client.post("/api/imports", content=PEOPLE, headers=foreign)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:katalog:error:cross-site")
    assert (await installation.client.get("/api/entries", headers=basic("chefen"))).json()["entries"] == []
