"""Somebody's profile over HTTP: what holds now, setting it, clearing it. The clock stands on Monday 21 September 2026,
16:13:20 in Stockholm."""

import asyncio
from typing import Any

import httpx
import pytest

from katalog.domain.account import Role
from katalog.domain.entry import Entry, Kind
from tests.installation import Installation, basic, bearer

NONE = "0000-00-00 00:00:00"
AVAILABLE = {"available": True, "name": "Tillgänglig", "until": NONE, "message": None}
HOUR, DAY = 3600.0, 86400.0


class People:
    """Anna, who has an account; Bengt; a receptionist, an admin, a program; and a room."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.client = installation.client
        self.entries: dict[str, Entry] = {}

    async def move_in(self) -> None:
        for extension, name, kind in (
            ("100", "Anna", Kind.PERSON), ("101", "Bengt", Kind.PERSON), ("190", "Rum", Kind.ROOM)
        ):  # fmt: skip
            self.entries[extension] = await self.installation.add(extension, name, kind=kind)
        await self.installation.add_account("anna", entry=self.entries["100"])
        await self.installation.add_account("receptionen", role=Role.RECEPTION)
        await self.installation.add_account("chefen", role=Role.ADMIN)
        await self.installation.add_account("program", role=Role.SERVICE)

    async def get(self, path: str = "/api/extensions/100/profile", who: str = "anna") -> httpx.Response:
        return await self.client.get(path, headers=basic(who))

    async def put(
        self, draft: Any, path: str = "/api/extensions/100/profile", who: str = "anna", **headers: str
    ) -> httpx.Response:
        return await self.client.put(path, json=draft, headers=basic(who) | headers)

    async def delete(self, path: str = "/api/extensions/100/profile", who: str = "anna") -> httpx.Response:
        return await self.client.delete(path, headers=basic(who))

    async def plan(self, draft: Any, extension: str = "100", who: str = "anna") -> httpx.Response:
        path = f"/api/entries/{self.entries[extension].id}/absences"
        return await self.client.post(path, json=draft, headers=basic(who))


@pytest.fixture
async def people(installation: Installation) -> People:
    found = People(installation)
    await found.move_in()
    return found


async def test_whoever_set_nothing_is_available_without_end(people: People) -> None:
    response = await people.get()
    assert response.status_code == 200
    assert response.json() == AVAILABLE
    assert list(response.json()) == ["available", "name", "until", "message"]
    assert response.headers["content-type"] == "application/json; charset=utf-8"


async def test_set_it_is_in_every_form_at_once(people: People) -> None:
    draft = {"name": "Semester", "until": "2026-10-04", "message": "Svarar på mail en gång i veckan"}
    response = await people.put(draft)
    expected = {"available": False, "name": "Semester", "until": "2026-10-04 23:59:59", "message": draft["message"]}
    assert (response.status_code, response.json()) == (200, expected)
    for path in ("/api/extensions/100", "/api/extensions/me", f"/api/entries/{people.entries['100'].id}"):
        assert (await people.get(path)).json()["profile"] == expected
    assert (await people.get("/api/extensions/")).json()[0]["profile"] == expected
    for path in (
        "/extensions/me/profile",
        "/extensions/100/profile/",
        f"/api/entries/{people.entries['100'].id}/profile",
    ):
        assert (await people.get(path)).json() == expected


async def test_it_ends_by_the_clock_alone(people: People) -> None:
    await people.put({"name": "Möte", "until": "PT45M"})
    before = await people.get()
    version = people.installation.app.home.version
    people.installation.advance(45 * 60 - 1)
    assert (await people.get()).json()["name"] == "Möte"
    people.installation.advance(1)
    after = await people.get()
    assert after.json() == AVAILABLE
    assert after.headers["etag"] != before.headers["etag"]
    assert (await people.get("/api/extensions/")).json()[0]["profile"] == AVAILABLE
    assert people.installation.app.home.version > version


async def test_delete_takes_back(people: People) -> None:
    await people.put({"name": "Sjuk"})
    response = await people.delete()
    assert (response.status_code, response.json()) == (200, AVAILABLE)
    assert (await people.delete()).json() == AVAILABLE


@pytest.mark.parametrize(
    ("until", "shown"),
    [
        ("2026-09-22 08:30", "2026-09-22 08:30:00"),
        ("2026-09-22 08:30:15", "2026-09-22 08:30:15"),
        ("2026-09-22T08:30", "2026-09-22 08:30:00"),
        ("2026-09-22T08:30:00Z", "2026-09-22 10:30:00"),
        ("2026-09-22T08:30:00-05:00", "2026-09-22 15:30:00"),
        ("2026-09-21", "2026-09-21 23:59:59"),
        ("PT45M", "2026-09-21 16:58:20"),
        ("P1DT1H", "2026-09-22 17:13:20"),
        ("P5W", "2026-10-26 16:13:20"),  # by the wall clock, over the end of summer time
        (NONE, NONE),
        ("", NONE),
        (None, NONE),
    ],
)
async def test_every_way_to_say_until_when(people: People, until: str | None, shown: str) -> None:
    response = await people.put({"name": "Upptagen", "until": until})
    assert (response.status_code, response.json()["until"]) == (200, shown)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Möte", "2026-09-21 17:13:20"),
        ("Lunch", "2026-09-21 17:13:20"),  # 13:00 has passed
        ("Gått för dagen", "2026-09-22 08:00:00"),
        ("Semester", NONE),
        ("Tillgänglig", NONE),
    ],
)
async def test_without_until_it_is_what_the_catalogue_proposes(people: People, name: str, shown: str) -> None:
    assert (await people.put({"name": name})).json()["until"] == shown


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"name": "Semster"}, "name"),
        ({"name": None}, "name"),
        ({"name": ["Möte"]}, "name"),
        ({}, "name"),
        ({"name": "Möte", "until": "2026-09-21 16:13:20"}, "until"),
        ({"name": "Möte", "until": "2015-03-14"}, "until"),
        ({"name": "Möte", "until": "snart"}, "until"),
        ({"name": "Möte", "until": "P"}, "until"),
        ({"name": "Möte", "until": 17}, "until"),
        ({"name": "Möte", "until": "9999-12-31"}, "until"),
        ({"name": "Möte", "message": "x" * 4001}, "message"),
        ({"name": "Möte", "message": 1}, "message"),
        ({"name": "Möte", "message": "a\u0000b"}, "message"),
    ],
)
async def test_what_is_wrong_is_told_with_its_field_and_changes_nothing(people: People, draft: Any, field: str) -> None:
    await people.put({"name": "Sjuk", "until": None})
    response = await people.put(draft)
    assert (response.status_code, response.json()["field"]) == (422, field)
    assert response.json()["message"].startswith(f"{field}: ")
    assert (await people.get()).json()["name"] == "Sjuk"


async def test_a_body_that_is_no_object_is_400(people: People) -> None:
    assert (await people.put([1])).status_code == 400


async def test_a_message_of_4000_characters_is_kept_as_it_is(people: People) -> None:
    text = "å" * 3999 + "\n"
    response = await people.put({"name": "Sjuk", "message": "  " + text})
    assert response.json()["message"] == "å" * 3999
    assert (await people.put({"name": "Sjuk", "message": "å" * 4000})).status_code == 200
    assert (await people.put({"name": "Sjuk", "message": "  "})).json()["message"] is None


@pytest.mark.parametrize("name", ["holiday", "Holiday", "semester", " SEMESTER "])
async def test_a_profile_is_named_in_any_language_and_case_or_by_its_id(people: People, name: str) -> None:
    assert (await people.put({"name": name})).json()["name"] == "Semester"


async def test_what_was_read_can_be_put_back(people: People) -> None:
    await people.put({"name": "Semester", "until": None, "message": "Vi ses"})
    shown = (await people.get()).json()
    assert (await people.put(shown)).json() == shown


async def test_a_repeated_put_changes_nothing(people: People) -> None:
    draft = {"name": "Semester", "until": "2026-10-04", "message": "Vi ses"}
    first = await people.put(draft)
    version = people.installation.app.home.version
    people.installation.advance(60)
    again = await people.put(draft)
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    assert people.installation.app.home.version == version
    history = (await people.get(f"/api/entries/{people.entries['100'].id}/profile/history")).json()["audit"]
    assert len(history) == 1


async def test_put_again_over_a_planned_absence_it_holds_again(people: People) -> None:
    await people.put({"name": "Semester", "until": None})
    await people.plan({"name": "Lunch", "from": "2026-09-21 17:00", "until": "2026-09-21 18:00"})
    people.installation.advance(HOUR)
    assert (await people.get()).json()["name"] == "Lunch"
    assert (await people.put({"name": "Semester", "until": None})).json()["name"] == "Semester"


async def test_if_match_guards_against_what_was_set_meanwhile(people: People) -> None:
    seen = (await people.get()).headers["etag"]
    assert (await people.put({"name": "Sjuk"}, who="receptionen")).status_code == 200
    assert (await people.put({"name": "Möte"}, **{"if-match": seen})).status_code == 412
    now = (await people.get()).headers["etag"]
    assert (await people.put({"name": "Möte"}, **{"if-match": f'"x", {now}'})).status_code == 200
    assert (await people.put({"name": "Lunch"}, **{"if-match": "*"})).status_code == 200


async def test_people_set_their_own_and_reception_and_admins_everybodys(people: People) -> None:
    bengt = "/api/extensions/101/profile"
    assert (await people.put({"name": "Sjuk"}, bengt)).status_code == 403
    assert (await people.put({"name": "Sjuk"}, bengt, who="program")).status_code == 403
    assert (await people.put({"name": "Sjuk"}, bengt, who="receptionen")).status_code == 200
    assert (await people.delete(bengt)).status_code == 403
    assert (await people.delete(bengt, who="chefen")).status_code == 200
    assert (await people.put({"name": "Sjuk"}, "/api/extensions/me/profile")).status_code == 200
    assert (await people.put({"name": "Sjuk"}, "/api/extensions/me/profile", who="chefen")).status_code == 404
    assert (await people.get("/api/extensions/me/profile", who="program")).status_code == 404


async def test_a_read_only_token_sets_nothing(people: People) -> None:
    account = await people.installation.add_account("skylten", role=Role.ADMIN)
    headers = bearer(await people.installation.add_token(account, read_only=True))
    assert (
        await people.client.put("/api/extensions/100/profile", json={"name": "Sjuk"}, headers=headers)
    ).status_code == 403
    assert (await people.client.delete("/api/extensions/100/profile", headers=headers)).status_code == 403


async def test_a_room_has_none_and_gets_none(people: People) -> None:
    assert (await people.get("/api/extensions/190/profile")).json() is None
    response = await people.put({"name": "Möte"}, "/api/extensions/190/profile", who="chefen")
    assert response.status_code == 409
    assert (await people.get("/api/extensions/190")).json()["profile"] is None


async def test_who_is_not_there_is_404(people: People) -> None:
    assert (await people.get("/api/extensions/999/profile")).status_code == 404
    assert (await people.put({"name": "Sjuk"}, "/api/entries/nobody/profile", who="chefen")).status_code == 404


async def test_each_source_can_be_asked_for(people: People) -> None:
    await people.put({"name": "Sjuk", "until": None})
    await people.plan({"name": "Semester", "from": "2026-09-20", "until": "2026-09-25"})
    names = {}
    for source in ("hand", "planned", "calendar", "dnd", "default"):
        found = (await people.get(f"/api/extensions/100/profile?source={source}")).json()
        names[source] = found and found["name"]
    assert names == {"hand": "Sjuk", "planned": "Semester", "calendar": None, "dnd": None, "default": "Tillgänglig"}
    assert (await people.get("/api/extensions/190/profile?source=default")).json() is None
    assert (await people.get("/api/extensions/100/profile?source=all")).status_code == 422


async def test_the_history_is_for_the_person_and_for_admins(people: People) -> None:
    path = f"/api/entries/{people.entries['100'].id}/profile/history"
    await people.put({"name": "Sjuk", "until": None, "message": "Feber"}, who="receptionen")
    await people.delete()
    for who in ("anna", "chefen"):
        rows = (await people.get(path, who)).json()["audit"]
        assert [(row["actor"], row["action"], row["details"]) for row in rows] == [
            ("anna", "profile.cleared", {}),
            ("receptionen", "profile.set", {"profile": "ill", "until": NONE, "message": "Feber"}),
        ]
        assert rows[0]["origin"] == "basic 192.0.2.1"
    assert (await people.get(path, "receptionen")).status_code == 403


async def test_a_profile_of_another_server_and_a_restart_are_the_same(people: People, tmp_path: Any) -> None:
    """Everything is in the store: a server that starts after the end shows it as ended, one before as set."""
    await people.put({"name": "Möte", "until": "PT1H"})
    async with Installation.running(tmp_path, now=1_790_000_000.0 + HOUR - 1) as second:
        headers = basic("anna")
        assert (await second.client.get("/api/extensions/100/profile", headers=headers)).json()["name"] == "Möte"
    async with Installation.running(tmp_path, now=1_790_000_000.0 + HOUR) as third:
        assert (await third.client.get("/api/extensions/100/profile", headers=headers)).json() == AVAILABLE


async def test_many_at_once_leave_one_and_all_are_answered(people: People) -> None:
    drafts = [{"name": "Möte", "until": f"PT{minutes}M"} for minutes in range(10, 30)]
    answers = await asyncio.gather(*(people.put(draft) for draft in drafts))
    assert {answer.status_code for answer in answers} == {200}
    assert (await people.get()).json() in [answer.json() for answer in answers]


async def test_from_another_sites_page_nothing_is_set(people: People) -> None:
    response = await people.put({"name": "Sjuk"}, **{"sec-fetch-site": "cross-site"})
    assert response.status_code == 403


async def test_of_an_entry_that_is_removed_meanwhile_nothing_is_set(people: People) -> None:
    """Whoever comes first: done or not found, never a fault."""
    for number in range(8):
        entry = await people.installation.add(f"9{number}", "Tillfällig")
        path, plan = f"/api/entries/{entry.id}/profile", {"name": "Möte", "from": "2027-01-01"}
        answers = await asyncio.gather(
            *(people.put({"name": "Lunch"}, path, "chefen") for _ in range(3)),
            people.client.post(f"/api/entries/{entry.id}/absences", json=plan, headers=basic("chefen")),
            people.client.delete(f"/api/entries/{entry.id}", headers=basic("chefen")),
            people.client.post(f"/api/entries/{entry.id}/absences", json=plan, headers=basic("chefen")),
            people.put({"url": "https://moln.se/k.ics"}, f"/api/entries/{entry.id}/calendar", "chefen"),
            *(people.put({"name": "Möte"}, path, "chefen") for _ in range(3)),
        )
        assert {answer.status_code for answer in answers} <= {200, 201, 404}
        assert (await people.get(path, "chefen")).status_code == 404
