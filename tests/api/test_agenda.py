"""What is known of somebody's time to come, over HTTP. The clock stands on Monday 21 September 2026, 16:13:20 in
Stockholm."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.api.test_calendar import Server, Start, server, start, until
from tests.api.test_calendar import path as calendar_of
from tests.api.test_profile import DAY, People, people
from tests.installation import basic

__all__ = ["people", "server", "start"]

NOW = "2026-09-21T16:13:20+02:00"
SEED = 20_260_921


def path(people: People, extension: str = "100") -> str:
    return f"/api/entries/{people.entries[extension].id}/agenda"


async def agenda(people: People, query: str = "", who: str = "anna", extension: str = "100") -> Any:
    response = await people.get(path(people, extension) + query, who)
    assert response.status_code == 200, response.text
    return response.json()


async def test_nothing_is_known_of_whoever_plans_nothing(people: People) -> None:
    assert await agenda(people) == {"free": NOW, "spans": []}


async def test_each_source_says_its_own_whole_and_in_order(people: People) -> None:
    holiday = await people.plan(
        {"name": "Semester", "from": "2026-09-01", "until": "2026-09-23", "message": "I fjällen"}
    )
    left = {"name": "left", "from": "2026-09-25 13:00", "until": "2026-09-25 17:00", "rrule": "FREQ=WEEKLY;COUNT=2"}
    friday = await people.plan(left)
    await people.put({"name": "Möte", "until": "PT1H"})
    found = await agenda(people, who="program")
    assert found["free"] == "2026-09-23T23:59:59+02:00"
    holidays = {
        "from": "2026-09-01T00:00:00+02:00", "until": "2026-09-23T23:59:59+02:00", "profile": "holiday",
        "name": "Semester", "available": False, "message": "I fjällen", "source": "planned",
        "absence": holiday.json()["id"],
    }  # fmt: skip
    assert found["spans"][:2] == [
        holidays,
        {"from": NOW, "until": "2026-09-21T17:13:20+02:00", "profile": "meeting", "name": "Möte", "available": False,
         "message": None, "source": "hand", "absence": None},
    ]  # fmt: skip
    assert list(found["spans"][0]) == list(holidays)
    assert [(span["from"], span["absence"]) for span in found["spans"][2:]] == [
        ("2026-09-25T13:00:00+02:00", friday.json()["id"]),
        ("2026-10-02T13:00:00+02:00", friday.json()["id"]),
    ]


async def test_six_weeks_are_told_or_the_days_that_are_asked_for(people: People) -> None:
    await people.plan(
        {"name": "left", "from": "2026-09-20 08:00", "until": "2026-09-20 09:00", "rrule": "FREQ=DAILY"}, who="chefen"
    )

    async def days(query: str) -> tuple[str, str, int]:
        found = [span["from"][:10] for span in (await agenda(people, query))["spans"]]
        return found[0], found[-1], len(found)

    assert await days("") == ("2026-09-21", "2026-11-01", 42)
    assert await days("?from=2026-10-24") == ("2026-10-24", "2026-12-04", 42)
    assert await days("?from=2026-09-19&to=2026-09-22") == ("2026-09-20", "2026-09-22", 3)
    assert await days("?to=20260921") == ("2026-09-21", "2026-09-21", 1)
    assert await days("?from=2026-09-21&to=2026-12-29") == ("2026-09-21", "2026-12-29", 100)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=i%20dag", "from"),
        ("from=1999-12-31", "from"),
        ("to=2100-01-01", "to"),
        ("to=2026-09-31", "to"),
        ("from=2026-09-22&to=2026-09-21", "to"),
        ("from=2026-09-21&to=2026-12-30", "to"),
    ],
)
async def test_days_that_are_no_good_are_told_in_both_languages(people: People, query: str, field: str) -> None:
    for language, words in (("sv", ("ska vara",)), ("en", ("must be",))):
        headers = basic("anna") | {"accept-language": language}
        response = await people.client.get(f"{path(people)}?{query}", headers=headers)
        assert (response.status_code, response.json()["field"]) == (422, field)
        assert all(word in response.json()["message"] for word in words)


async def test_whoever_sees_an_entry_sees_its_agenda_and_nobody_else(people: People) -> None:
    hidden = await people.installation.add("199", "Hemlig", hidden=True)
    assert (await people.get(f"/api/entries/{hidden.id}/agenda")).status_code == 404
    assert (await people.get(f"/api/entries/{hidden.id}/agenda", "chefen")).status_code == 200
    assert (await people.get("/api/entries/nobody/agenda")).status_code == 404
    assert (await people.client.get(path(people))).status_code == 401


async def test_a_room_has_none(people: People) -> None:
    assert await agenda(people, extension="190") == {"free": None, "spans": []}


async def test_without_an_end_until_is_null_and_so_is_free(people: People) -> None:
    await people.put({"name": "Sjuk", "until": None})
    found = await agenda(people)
    assert (found["free"], found["spans"][0]["until"]) == (None, None)


async def test_a_profile_of_the_catalogue_that_is_renamed_is_so_here(people: People) -> None:
    await people.put({"name": "Möte", "until": "PT1H"})
    choice = (await people.get("/api/profiles/meeting", "chefen")).json()
    await people.put(choice | {"names": {"sv": "Sammanträde"}, "available": True}, "/api/profiles/meeting", "chefen")
    found = await agenda(people)
    assert (found["free"], found["spans"][0]["name"], found["spans"][0]["available"]) == (NOW, "Sammanträde", True)


async def test_busy_times_of_a_calendar_are_told_without_their_subject(start: Start, server: Server) -> None:
    people = await start()
    await people.put({"url": server.url}, calendar_of(people))
    await until(people, state="ok")
    found = await agenda(people, who="program")
    assert found == {
        "free": "2026-09-21T17:00:00+02:00",
        "spans": [
            {"from": "2026-09-21T16:00:00+02:00", "until": "2026-09-21T17:00:00+02:00", "profile": "meeting",
             "name": "Möte", "available": False, "message": None, "source": "calendar", "absence": None}
        ],
    }  # fmt: skip


# -- what is told is what will be shown ------------------------------------------------------------------

RULES = [None, None, "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "FREQ=DAILY;INTERVAL=2;COUNT=20", "FREQ=MONTHLY"]
NAMES = ["Semester", "Möte", "Arbetar hemma", "Sjuk", "Lunch"]


async def plan_at_random(people: People, entry: str, rng: random.Random) -> None:
    today = datetime(2026, 9, 21)  # noqa: DTZ001 - wall clock
    for _ in range(rng.randrange(1, 7)):
        begin = today + timedelta(minutes=rng.randrange(-4000, 8000) * 5)
        rule = rng.choice(RULES)
        end = None if rule is None and rng.random() < 0.1 else str(begin + timedelta(minutes=rng.randrange(1, 900) * 5))
        draft = {"name": rng.choice(NAMES), "from": str(begin), "until": end, "rrule": rule}
        response = await people.client.post(f"/api/entries/{entry}/absences", json=draft, headers=basic("chefen"))
        assert response.status_code == 201, response.text
    if rng.random() < 0.5:
        until = rng.choice([None, f"PT{rng.randrange(1, 90)}H"])
        draft = {"name": rng.choice(["Upptagen", "Tillgänglig"]), "until": until}
        await people.put(draft, f"/api/entries/{entry}/profile", "chefen")


@pytest.mark.parametrize("part", range(5))
async def test_when_it_says_free_the_directory_shows_an_available_profile_then_and_none_before(
    people: People, part: int
) -> None:
    rng = random.Random(SEED + part)
    outcomes: set[str] = set()
    begin = people.installation.app._clock()
    for number in range(10):
        people.installation.advance(begin - people.installation.app._clock())
        entry = await people.installation.add(f"3{number:02}", f"Person {number}")
        people.entries[entry.extension] = entry
        await plan_at_random(people, entry.id, rng)

        found = await agenda(people, extension=entry.extension)
        outcomes.add("now" if found["free"] == NOW else "never" if found["free"] is None else "later")
        free = begin + 366 * DAY if found["free"] is None else datetime.fromisoformat(found["free"]).timestamp()
        # The clock runs forward: one that is put back by a second is passed over.
        for moment in [*sorted(begin + rng.random() * (free - 1 - begin) for _ in range(10)), free - 1, free]:
            if moment >= begin:
                people.installation.advance(moment - people.installation.app._clock())
                shown = (await people.get(f"/api/extensions/{entry.extension}/profile")).json()
                expected = moment == free and found["free"] is not None
                assert shown["available"] is expected, (SEED + part, number, moment)
    assert "later" in outcomes
