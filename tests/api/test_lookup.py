"""`GET /api/lookup/{number}`: who has a number, and why."""

import pytest

from katalog.domain.account import Role
from katalog.domain.entry import Kind
from tests.api.test_entries import KEYS
from tests.installation import Installation, basic


@pytest.fixture
async def user(installation: Installation) -> Installation:
    await installation.add_account("user")
    await installation.add_account("admin", role=Role.ADMIN)
    installation.client.headers.update(basic("user"))
    return installation


async def found(user: Installation, number: str) -> list[tuple[str, str, str]]:
    """Of each its name, the field and how."""
    response = await user.client.get(f"/api/lookup/{number}")
    assert response.status_code == 200
    return [(entry["name"], entry["match"]["field"], entry["match"]["kind"]) for entry in response.json()["entries"]]


@pytest.mark.parametrize(
    "asked",
    ["0729913232", "072-991 32 32", "+46729913232", "%2B46729913232", "0046%2072%20991%2032%2032", "+46(0)729913232"],
)
@pytest.mark.parametrize("written", ["0729913232", "+46 72 991 32 32"])
async def test_a_mobile_in_any_notation(user: Installation, asked: str, written: str) -> None:
    await user.add("100", "Anna", mobile=written)
    await user.add("101", "Bo", mobile="0739913232")
    response = (await user.client.get(f"/api/lookup/{asked}")).json()
    assert response["number"] == "+46729913232"
    (entry,) = response["entries"]
    assert list(entry) == [*KEYS, "match"]
    kind = "exact" if asked == written else "e164"
    assert entry["match"] == {"field": "mobile", "number": written, "kind": kind}


async def test_an_admin_gets_how_an_entry_is_wired_and_the_match_is_last(user: Installation) -> None:
    await user.add("100", "Anna")
    (entry,) = (await user.client.get("/api/lookup/100", headers=basic("admin"))).json()["entries"]
    assert list(entry) == [*KEYS, "devices", "source_id", "hidden", "match"]


async def test_the_best_is_first_and_it_is_the_one_that_the_number_gives(user: Installation) -> None:
    await user.add("0850010000", "Block", numbers=("0850010010-0850010099",))
    await user.add("1", "Mobile", mobile="08-500 100 50")
    await user.add("+46850010050", "Otherwise written")
    await user.add("2", "Further", numbers=("0850010050",))
    await user.add("0850010050", "Extension")
    assert await found(user, "0850010050") == [
        ("Extension", "extension", "exact"),
        ("Further", "numbers", "exact"),
        ("Otherwise written", "extension", "e164"),
        ("Mobile", "mobile", "e164"),
        ("Block", "numbers", "range"),
    ]
    assert (await user.client.get("/api/extensions/0850010050")).json()["name"] == "Extension"


async def test_of_those_who_share_a_number_who_logs_in_then_a_person_then_list_order(user: Installation) -> None:
    await user.add("100", "A room", kind=Kind.ROOM)
    await user.add("100", "B")
    await user.add("100", "C")
    entry = await user.add("100", "D")
    await user.add_account("d", entry=entry)
    assert [name for name, *_ in await found(user, "100")] == ["D", "B", "C", "A room"]


async def test_an_internal_number_is_no_ending_of_a_public_one(user: Installation) -> None:
    await user.add("101", "Internal")
    await user.add("0850010101", "Public", mobile="0701234101")
    assert await found(user, "101") == [("Internal", "extension", "exact")]
    assert (await user.client.get("/api/lookup/101")).json()["number"] == "101"


@pytest.mark.parametrize("written", ["08-500 100 00–99", "0850010000-0850010099", "0850010000-99"])
async def test_a_number_of_a_range_finds_whose_it_is(user: Installation, written: str) -> None:
    entry = await user.add("1", "Växel", numbers=(written,))
    assert await found(user, "+46 8 500 100 42") == [("Växel", "numbers", "range")]
    assert await found(user, "0850010100") == []
    await user.client.patch(f"/api/entries/{entry.id}", json={"numbers": []}, headers=basic("admin"))
    assert await found(user, "0850010042") == []


async def test_a_range_of_internal_numbers(user: Installation) -> None:
    await user.add("1", "Kö", numbers=("100-199",))
    assert await found(user, "150") == [("Kö", "numbers", "range")]
    assert await found(user, "250") == await found(user, "08150") == []


async def test_a_range_that_ends_before_it_begins_is_refused(user: Installation) -> None:
    entry = await user.add("1", "Växel")
    change = {"numbers": ["08-500 100 99–00"]}
    response = await user.client.patch(f"/api/entries/{entry.id}", json=change, headers=basic("admin"))
    assert (response.status_code, response.json()["field"]) == (422, "numbers")


async def test_who_is_hidden_is_found_by_admins_only(user: Installation) -> None:
    await user.add("100", "Anna", hidden=True)
    assert await found(user, "100") == []
    assert len((await user.client.get("/api/lookup/100", headers=basic("admin"))).json()["entries"]) == 1


@pytest.mark.parametrize("asked", ["999", "anna", "+", "0", "%20", "070-"])
async def test_a_number_that_nobody_has_is_an_empty_list(user: Installation, asked: str) -> None:
    await user.add("100", "Anna", mobile="växeln")
    assert await found(user, asked) == []
