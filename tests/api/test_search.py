"""`GET /api/entries?q=`: what is found, its order, pages while people change, filters, errors."""

import random
from typing import Any

import pytest

from katalog.domain.account import Role
from tests.installation import Installation, basic


@pytest.fixture
async def user(installation: Installation) -> Installation:
    await installation.add_account("user")
    await installation.add_account("admin", role=Role.ADMIN)
    installation.client.headers.update(basic("user"))
    return installation


async def page(user: Installation, q: str, login: str = "user", **query: Any) -> dict[str, Any]:
    response = await user.client.get("/api/entries", params={"q": q, **query}, headers=basic(login))
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def names(user: Installation, q: str, **query: Any) -> list[str]:
    return [entry["name"] for entry in (await page(user, q, **query))["entries"]]


async def test_several_words_in_any_order_by_their_beginnings(user: Installation) -> None:
    await user.add("1", "Anna Andersson", department="Support")
    await user.add("2", "Anders Annerberg")
    await user.add("3", "Bo Andersson")
    assert await names(user, "and ann") == ["Anna Andersson", "Anders Annerberg"]
    assert await names(user, "supp Anna") == ["Anna Andersson"]
    assert await names(user, "anna bo") == []


@pytest.mark.parametrize(
    "fields",
    [{"title": "Montör"}, {"department": "montör"}, {"location": "Montör 3"}, {"keywords": ("x", "montör")},
     {"email": "montor@x.se"}, {"name": "Anna Montör"}],
)  # fmt: skip
async def test_every_field_is_searched(user: Installation, fields: dict[str, Any]) -> None:
    await user.add("1", **({"name": "Anna"} | fields))
    assert len((await page(user, "monto"))["entries"]) == 1
    assert len((await page(user, "montör"))["entries"]) == 1


async def test_accents_are_folded_both_ways_and_what_is_spelled_so_is_first(user: Installation) -> None:
    for number, name in enumerate(["Ake", "Akesson", "Åkesson", "Åke", "Bo Åker"]):
        await user.add(str(number), name)
    assert await names(user, "åke") == ["Åke", "Åkesson", "Bo Åker", "Ake", "Akesson"]
    assert await names(user, "ake") == ["Ake", "Åke", "Akesson", "Åkesson", "Bo Åker"]


async def test_whole_words_then_beginnings_then_typos_and_the_name_before_the_rest(user: Installation) -> None:
    await user.add("1", "Typo Sivanson")
    await user.add("2", "Mail", email="svanson@x.se")
    await user.add("3", "Work", title="Svansonist")
    await user.add("4", "Begins Svansonsson")
    await user.add("5", "Works", title="Svanson")
    await user.add("6", "Name Svanson")
    await user.add("7", "Svanson")
    assert await names(user, "svanson") == [
        "Svanson", "Name Svanson", "Works", "Mail", "Begins Svansonsson", "Work", "Typo Sivanson",
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["andesson", "anderssson", "andarsson", "adnersson"])
async def test_one_typo_is_forgiven_in_a_word_of_four_letters_or_more(user: Installation, typed: str) -> None:
    await user.add("1", "Eva Andersson")
    assert await names(user, typed) == ["Eva Andersson"]
    assert await names(user, f"eva {typed}") == ["Eva Andersson"]
    assert await names(user, "evs") == []


@pytest.mark.parametrize(
    "typed",
    ["070-123 45 67", "+46 70-123", "070123", "004670123", "0046 (0)70-123", "234567", "345", "+46701234567"],
)
async def test_a_number_by_any_part_and_in_any_notation(user: Installation, typed: str) -> None:
    await user.add("1", "Other", mobile="0707654321")
    for number, written in enumerate(["0701234567", "+46 70 123 45 67", "0046701234567"]):
        await user.add(f"2{number}", written, mobile=written)
    assert len(await names(user, typed)) == 3
    assert await names(user, "0701234999") == []


async def test_a_plus_that_was_not_encoded_does_no_harm(user: Installation) -> None:
    await user.add("1", "Anna", mobile="0701234567")
    response = await user.client.get("/api/entries?q=+46+70-123")
    assert [entry["name"] for entry in response.json()["entries"]] == ["Anna"]


async def test_the_extension_first_then_what_begins_so_then_what_has_it_within(user: Installation) -> None:
    await user.add("1", "Part", mobile="0701013333")
    await user.add("1012", "Begins")
    await user.add("101", "Whole")
    await user.add("2", "Further", numbers=("101",))
    await user.add("3", "Room 101")
    assert await names(user, "101") == ["Whole", "Room 101", "Further", "Begins", "Part"]
    assert await names(user, "10") == ["Whole", "Begins", "Room 101"]
    assert await names(user, "whole 101") == ["Whole"]


async def test_all_pieces_of_a_number_are_not_the_number(user: Installation) -> None:
    await user.add("1", "Pieces", numbers=("1234", "2345"))
    await user.add("2", "Number", numbers=("12345",))
    assert await names(user, "12345") == ["Number"]


async def test_who_is_hidden_is_found_by_admins_only(user: Installation) -> None:
    await user.add("1", "Anna", hidden=True)
    await user.add("2", "Anna Seen")
    assert await names(user, "anna") == ["Anna Seen"]
    assert await names(user, "anna", login="admin") == ["Anna", "Anna Seen"]


async def test_filters_hold_for_what_is_found(user: Installation) -> None:
    await user.add("1", "Anna", department="Sälj", keywords=("x",))
    await user.add("2", "Anna", department="Lager")
    for filters in ({"department": "sälj"}, {"keyword": "X"}, {"department": "Sälj", "available": "true"}):
        found = (await page(user, "anna", **filters))["entries"]
        assert [entry["extension"] for entry in found] == ["1"], filters
    assert await names(user, "anna", oncall="true") == []


async def test_changes_are_found_at_once(user: Installation) -> None:
    entry = await user.add("1", "Anna")
    assert await names(user, "anna") == ["Anna"]
    path, admin = f"/api/entries/{entry.id}", basic("admin")
    await user.client.patch(path, json={"name": "Beata"}, headers=admin)
    assert (await names(user, "anna"), await names(user, "beata")) == ([], ["Beata"])
    await user.client.delete(path, headers=admin)
    assert await names(user, "beata") == []


async def test_pages_neither_skip_nor_repeat_while_others_change(user: Installation) -> None:
    there = [
        await user.add(f"{number:02}", name) for number, name in enumerate(["Anna", "Anna B", "Annab", "Bo Anna"] * 5)
    ]
    whole = [entry["id"] for entry in (await page(user, "anna"))["entries"]]
    steady = {entry.id for entry in there[::2]}
    rng = random.Random(1)
    seen: list[str] = []
    cursor = None
    while True:
        found = await page(user, "anna", limit=3, **({"cursor": cursor} if cursor else {}))
        seen += [entry["id"] for entry in found["entries"]]
        cursor = found["next"]
        if cursor is None:
            break
        for entry in rng.sample(there[1::2], 3):
            name = rng.choice(["Annab", "Anna", "Beata", "Bo Anna"])
            change = {"name": name, "extension": str(rng.randrange(100))}
            await user.client.patch(f"/api/entries/{entry.id}", json=change, headers=basic("admin"))
        await user.add(str(rng.randrange(100)), "Anna new")
    assert [id_ for id_ in seen if id_ in steady] == [id_ for id_ in whole if id_ in steady]


async def test_fields_are_given_in_the_order_of_the_object(user: Installation) -> None:
    await user.add("1", "Anna")
    for query in ({"q": "anna"}, {}):
        response = await user.client.get("/api/entries", params={**query, "fields": "name, extension,calls,"})
        assert [list(entry.items()) for entry in response.json()["entries"]] == [
            [("extension", "1"), ("name", "Anna"), ("calls", [])]
        ]
        assert response.json()["next"] is None
    assert list((await page(user, "anna", login="admin", fields="hidden,id"))["entries"][0]) == ["id", "hidden"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("q=anna&fields=nam", "fields"), ("fields=name,hidden", "fields"), ("q=" + "a" * 201, "q"), ("q=a&cursor=x", "cursor"),
     ("q=a&cursor=WyIxIiwiYSIsImIiXQ", "cursor"), ("q=a&limit=0", "limit"), ("q=a&available=x", "available")],
)  # fmt: skip
async def test_a_wrong_query_is_422(user: Installation, query: str, field: str) -> None:
    response = await user.client.get(f"/api/entries?{query}")
    assert (response.status_code, response.json()["field"]) == (422, field)


async def test_nothing_to_look_for_finds_nobody_and_an_empty_query_everybody(user: Installation) -> None:
    await user.add("1", "Anna")
    assert await names(user, "--") == []
    assert await names(user, " ") == ["Anna"]


async def test_whether_calls_are_live_is_said_here_too(user: Installation) -> None:
    assert (await user.client.get("/api/entries?q=a")).headers["katalog-calls"] == "live"
