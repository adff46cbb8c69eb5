"""Planned absences over HTTP. The clock stands on Monday 21 September 2026, 16:13:20 in Stockholm."""

from typing import Any

import pytest

from tests.api.test_profile import AVAILABLE, DAY, HOUR, People, people
from tests.installation import basic

__all__ = ["people"]


def path(people: People, extension: str = "100", absence: str = "") -> str:
    return f"/api/entries/{people.entries[extension].id}/absences" + (f"/{absence}" if absence else "")


async def test_one_that_is_planned_begins_and_ends_by_the_clock(people: People) -> None:
    draft = {"name": "Semester", "from": "2026-09-22", "until": "2026-09-23", "message": "I fjällen"}
    response = await people.plan(draft)
    assert response.status_code == 201
    planned = response.json()
    assert response.headers["location"] == path(people, "100", planned["id"])
    assert planned == {
        "id": planned["id"], "name": "Semester", "from": "2026-09-22 00:00:00", "until": "2026-09-23 23:59:59",
        "message": "I fjällen", "rrule": None,
    }  # fmt: skip
    assert (await people.get(path(people), "program")).json() == [planned]
    assert (await people.get()).json() == AVAILABLE
    people.installation.advance(DAY)
    assert (await people.get()).json() == {
        "available": False, "name": "Semester", "until": "2026-09-23 23:59:59", "message": "I fjällen",
    }  # fmt: skip
    people.installation.advance(2 * DAY)
    assert (await people.get()).json() == AVAILABLE


async def test_every_friday_afternoon(people: People) -> None:
    draft = {"name": "Gått för dagen", "from": "2026-09-25 13:00", "until": "2026-09-25 17:00", "rrule": "FREQ=WEEKLY"}
    assert (await people.plan(draft)).json()["rrule"] == "FREQ=WEEKLY"
    for day in ("2026-09-25", "2026-10-23", "2026-10-30", "2027-03-26", "2027-04-02"):  # in summer time and in winter
        for time, holds in (("12:59:59", False), ("13:00", True), ("16:59:59", True), ("17:00", False)):
            people.installation.turn_to(f"{day} {time}")
            shown = (await people.get()).json()
            assert shown["until"] == (f"{day} 17:00:00" if holds else AVAILABLE["until"]), (day, time)


async def test_changed_and_removed(people: People) -> None:
    planned = (await people.plan({"name": "Semester", "from": "2026-09-21", "until": "2026-09-23"})).json()
    one = path(people, "100", planned["id"])
    assert (await people.get()).json()["name"] == "Semester"
    changed = await people.put({"name": "Tjänsteresa", "from": "2026-09-21 08:00"}, one)
    assert (changed.status_code, changed.json()["until"]) == (200, None)
    assert (await people.get()).json()["name"] == "Tjänsteresa"
    again = await people.put({"name": "Tjänsteresa", "from": "2026-09-21 08:00"}, one)
    assert again.headers["etag"] == changed.headers["etag"]
    stale = await people.put({"name": "Sjuk", "from": "2026-09-21 08:00"}, one, **{"if-match": '"1"'})
    assert stale.status_code == 412
    assert (await people.delete(one)).json() == {"message": "OK"}
    assert (await people.get()).json() == AVAILABLE
    assert (await people.delete(one)).status_code == 404
    assert (await people.put({"name": "Sjuk", "from": "2026-09-21"}, one)).status_code == 404
    assert (await people.get(path(people))).json() == []
    history = (await people.get(f"/api/entries/{people.entries['100'].id}/profile/history")).json()["audit"]
    assert [row["action"] for row in history] == ["absence.removed", "absence.changed", "absence.added"]


async def test_only_if_nobody_changed_it_meanwhile(people: People) -> None:
    response = await people.plan({"name": "Semester", "from": "2026-09-21", "until": "2026-09-23"})
    one, seen = path(people, "100", response.json()["id"]), response.headers["etag"]
    changed = await people.put({"name": "Sjuk", "from": "2026-09-21"}, one, **{"if-match": seen})
    assert changed.status_code == 200
    deleted = await people.client.delete(one, headers=basic("anna") | {"if-match": seen})
    assert deleted.status_code == 412
    assert (await people.get()).json()["name"] == "Sjuk"


async def test_of_overlapping_ones_the_one_that_began_last_is_shown(people: People) -> None:
    await people.plan({"name": "Semester", "from": "2026-09-21", "until": "2026-09-30"})
    await people.plan({"name": "Möte", "from": "2026-09-21 15:00", "until": "2026-09-21 17:00"})
    await people.plan({"name": "Lunch", "from": "2026-09-21 15:00", "until": "2026-09-21 16:30"})
    names = []
    for _ in range(3):
        names.append((await people.get()).json()["name"])
        people.installation.advance(30 * 60)
    assert names == ["Lunch", "Möte", "Semester"]


async def test_by_hand_and_planned_the_one_that_began_last_is_shown(people: People) -> None:
    await people.plan({"name": "Semester", "from": "2026-09-21", "until": "2026-09-30"})
    assert (await people.put({"name": "Tillgänglig"})).json()["name"] == "Tillgänglig"
    await people.plan({"name": "Möte", "from": "2026-09-21 17:00", "until": "2026-09-21 18:00"})
    people.installation.advance(HOUR)
    assert (await people.get()).json()["name"] == "Möte"
    people.installation.advance(HOUR)
    assert (await people.get()).json()["name"] == "Tillgänglig"
    assert (await people.delete()).json()["name"] == "Semester"


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"from": "2026-09-22"}, "name"),
        ({"name": "Sjuk"}, "from"),
        ({"name": "Sjuk", "from": "i dag"}, "from"),
        ({"name": "Sjuk", "from": 7}, "from"),
        ({"name": "Sjuk", "from": "1999-12-31"}, "from"),
        ({"name": "Sjuk", "from": "2026-09-22", "until": "2026-09-21"}, "until"),
        ({"name": "Sjuk", "from": "2026-09-22 10:00", "until": "2026-09-22 10:00"}, "until"),
        ({"name": "Sjuk", "from": "2026-09-22", "until": []}, "until"),
        ({"name": "Sjuk", "from": "2026-09-22", "rrule": "FREQ=DAILY"}, "until"),
        ({"name": "Sjuk", "from": "2026-09-22", "until": "2029-09-22", "rrule": "FREQ=DAILY"}, "until"),
        ({"name": "Sjuk", "from": "2026-09-22", "until": "2026-09-22", "rrule": 1}, "rrule"),
        ({"name": "Sjuk", "from": "2026-09-22", "until": "2026-09-22", "rrule": "varje fredag"}, "rrule"),
        ({"name": "Sjuk", "from": "2026-09-22", "until": "2026-09-22", "rrule": "FREQ=HOURLY"}, "rrule"),
        ({"name": "Sjuk", "from": "2026-09-22", "until": "2026-09-22", "rrule": "FREQ=DAILY;INTERVAL=0"}, "rrule"),
        ({"name": "Sjuk", "from": "2026-09-22", "message": "x" * 4001}, "message"),
    ],
)
async def test_what_is_wrong_is_told_with_its_field(people: People, draft: Any, field: str) -> None:
    response = await people.plan(draft)
    assert (response.status_code, response.json()["field"]) == (422, field)
    assert (await people.get(path(people))).json() == []


async def test_only_whoever_may_set_may_plan(people: People) -> None:
    draft = {"name": "Sjuk", "from": "2026-09-22"}
    assert (await people.plan(draft, "101")).status_code == 403
    assert (await people.plan(draft, "101", "receptionen")).status_code == 201
    planned = (await people.get(path(people, "101"))).json()[0]["id"]
    assert (await people.delete(path(people, "101", planned))).status_code == 403
    assert (await people.delete(path(people, "100", planned))).status_code == 404
    assert (await people.plan(draft, "190", "chefen")).status_code == 409
    assert (await people.get("/api/entries/nobody/absences")).status_code == 404


async def test_there_is_an_end_to_how_many(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("katalog.api.absences.MAX_ABSENCES", 2)
    codes = [(await people.plan({"name": "Sjuk", "from": "2026-09-22"})).status_code for _ in range(3)]
    assert codes == [201, 201, 409]


async def test_removing_an_entry_takes_what_was_planned_along(people: People) -> None:
    planned = await people.plan({"name": "Sjuk", "from": "2026-09-20"})
    gone = await people.delete(f"/api/entries/{people.entries['100'].id}", "chefen")
    assert gone.status_code == 200
    assert (await people.get(planned.headers["location"], "chefen")).status_code in (404, 405)
    await people.installation.app.follower.load()
