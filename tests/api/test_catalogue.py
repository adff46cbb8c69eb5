"""The catalogue of profiles over HTTP."""

from typing import Any

import pytest

from katalog.domain.account import Role
from tests.api.test_profile import NONE, People, people
from tests.installation import basic, bearer

__all__ = ["people"]

STANDARD = [
    *("Tillgänglig", "Upptagen", "Möte", "Lunch", "Tjänsteresa", "Arbetar hemma", "Gått för dagen", "Sjuk"),
    *("Vård av barn", "Semester", "Föräldraledig"),
]
PROFILES = "/api/profiles"


async def post(people: People, draft: Any, who: str = "chefen") -> Any:
    return await people.client.post(PROFILES, json=draft, headers=basic(who))


async def test_a_new_organisation_has_a_sensible_set(people: People) -> None:
    rows = (await people.get(PROFILES)).json()
    assert [row["name"] for row in rows] == STANDARD
    assert all(row["names"]["en"] for row in rows)
    assert [row["name"] for row in rows if row["available"]] == ["Tillgänglig", "Arbetar hemma"]
    assert [row["id"] for row in rows if row["default"]] == ["available"]
    assert len({row["code"] for row in rows}) == len(rows)
    assert (await people.get(f"{PROFILES}/lunch")).json() == rows[3] == {
        "id": "lunch", "name": "Lunch", "names": {"sv": "Lunch", "en": "Lunch"}, "available": False, "default": False,
        "colour": "#ef6c00", "symbol": "meal", "order": 3, "code": "3", "end": "time", "at": "13:00",
        "ask_message": False, "pbx": "nothing", "forward": "", "proposed": "2026-09-21 17:13:20",
    }  # fmt: skip


async def test_the_end_that_is_proposed_is_the_one_that_is_taken_if_none_is_given(people: People) -> None:
    for local in ("2026-09-25 09:00", "2026-09-25 13:30"):
        people.installation.turn_to(local)
        proposed = {row["id"]: row["proposed"] for row in (await people.get(PROFILES)).json()}
        assert proposed == {
            "available": None, "busy": f"{local[:11]}{int(local[11:13]) + 1:02}{local[13:]}:00", "holiday": None,
            "meeting": f"{local[:11]}{int(local[11:13]) + 1:02}{local[13:]}:00", "travel": None, "parental": None,
            "lunch": "2026-09-25 13:00:00" if "09:00" in local else "2026-09-25 14:30:00",
            **dict.fromkeys(("home", "left", "ill", "child"), "2026-09-28 08:00:00"),
        }  # fmt: skip
        for id_, end in proposed.items():
            assert (await people.put({"name": id_})).json()["until"] == (end or NONE)


async def test_the_tag_is_another_when_the_proposed_end_is(people: People) -> None:
    before = await people.get(f"{PROFILES}/meeting")
    tag = before.headers["etag"]
    seen = {"if-none-match": tag}
    assert (await people.client.get(f"{PROFILES}/meeting", headers=basic("anna") | seen)).status_code == 304
    people.installation.advance(60)
    after = await people.client.get(f"{PROFILES}/meeting", headers=basic("anna") | seen)
    assert (after.status_code, after.json()["proposed"]) == (200, "2026-09-21 17:14:20")
    changed = await people.put(before.json() | {"at": ""}, f"{PROFILES}/meeting", "chefen", **{"if-match": tag})
    assert changed.status_code == 200, "an end that went on is no change of somebody else's"


async def test_a_new_one_can_be_set_at_once(people: People) -> None:
    draft = {"names": {"sv": "Utbildning", "en": "Training"}, "end": "morning", "code": "77", "colour": "#ABCDEF"}
    response = await post(people, draft)
    assert response.status_code == 201
    added = response.json()
    assert (added["name"], added["order"], added["colour"]) == ("Utbildning", 11, "#abcdef")
    assert (await people.get(response.headers["location"])).json() == added
    assert (await people.put({"name": "training"})).json()["until"] == "2026-09-22 08:00:00"


async def test_one_that_is_renamed_is_so_for_everybody_who_shows_it(people: People) -> None:
    await people.put({"name": "Sjuk", "until": None})
    row = (await people.get(f"{PROFILES}/ill")).json()
    renamed = await people.put(row | {"names": {"sv": "Krasslig"}}, f"{PROFILES}/ill", "chefen")
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Krasslig")
    assert (await people.get()).json()["name"] == "Krasslig"
    assert (await people.get("/api/extensions/")).json()[0]["profile"]["name"] == "Krasslig"
    default = (await people.get(f"{PROFILES}/available")).json()
    await people.put(default | {"names": {"sv": "Inne"}}, f"{PROFILES}/available", "chefen")
    assert (await people.get("/api/extensions/")).json()[1]["profile"]["name"] == "Inne"


async def test_the_whole_is_put_and_what_is_the_same_changes_nothing(people: People) -> None:
    before = await people.get(f"{PROFILES}/lunch")
    same = await people.put(before.json(), f"{PROFILES}/lunch", "chefen", **{"if-match": before.headers["etag"]})
    assert (same.status_code, same.json(), same.headers["etag"]) == (200, before.json(), before.headers["etag"])
    changed = await people.put({"name": "Matrast"}, f"{PROFILES}/lunch", "chefen")
    assert changed.json() | {"id": "lunch"} == {
        "id": "lunch", "name": "Matrast", "names": {"sv": "Matrast"}, "available": False, "default": False,
        "colour": "#546e7a", "symbol": "other", "order": 3, "code": "", "end": "none", "at": "", "ask_message": False,
        "pbx": "nothing", "forward": "", "proposed": None,
    }  # fmt: skip
    stale = await people.put(before.json(), f"{PROFILES}/lunch", "chefen", **{"if-match": before.headers["etag"]})
    assert stale.status_code == 412


async def test_one_that_is_removed_cannot_be_set_any_more(people: People) -> None:
    assert (await people.delete(f"{PROFILES}/travel", "chefen")).json() == {"message": "OK"}
    assert (await people.put({"name": "Tjänsteresa"})).status_code == 422
    assert (await people.get(f"{PROFILES}/travel")).status_code == 404
    assert (await people.delete(f"{PROFILES}/travel", "chefen")).status_code == 404
    assert (await people.put({"name": "x"}, f"{PROFILES}/travel", "chefen")).status_code == 404
    assert (await post(people, {"name": "Tjänsteresa"})).status_code == 201


async def test_one_that_is_in_use_stays(people: People) -> None:
    await people.put({"name": "Sjuk", "until": "PT1H"})
    assert (await people.delete(f"{PROFILES}/ill", "chefen")).status_code == 409
    people.installation.advance(3600)
    await people.plan({"name": "Sjuk", "from": "2026-10-01"})
    assert (await people.delete(f"{PROFILES}/ill", "chefen")).status_code == 409
    assert (await people.delete(f"{PROFILES}/available", "chefen")).status_code == 409
    stale = await people.client.delete(f"{PROFILES}/travel", headers=basic("chefen") | {"if-match": '"x"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"names": {}}, "names"),
        ({"names": []}, "names"),
        ({"names": {"fi": "Sairas"}}, "names"),
        ({"names": {"sv": 1}}, "names"),
        ({"name": "x", "available": "ja"}, "available"),
        ({"name": "x", "colour": "röd"}, "colour"),
        ({"name": "x", "symbol": "sol"}, "symbol"),
        ({"name": "x", "symbol": ["meal"]}, "symbol"),
        ({"name": "x", "order": -1}, "order"),
        ({"name": "x", "order": True}, "order"),
        ({"name": "x", "code": "12345"}, "code"),
        ({"name": "x", "code": 5}, "code"),
        ({"name": "x", "end": "soon"}, "end"),
        ({"name": "x", "end": {}}, "end"),
        ({"name": "x", "end": "time"}, "at"),
        ({"name": "x", "end": "time", "at": "25:00"}, "at"),
        ({"name": "x", "ask_message": 1}, "ask_message"),
        ({"name": "x", "pbx": "explode"}, "pbx"),
        ({"name": "x", "pbx": "forward"}, "forward"),
        ({"name": "x", "pbx": "forward", "forward": "08 12"}, "forward"),
    ],
)
async def test_what_is_wrong_is_told_with_its_field(people: People, draft: Any, field: str) -> None:
    response = await post(people, draft)
    assert (response.status_code, response.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    ("draft", "field"),
    [({"name": "lunch"}, "names"), ({"names": {"en": "Busy"}}, "names"), ({"name": "x", "code": "3"}, "code")],
)
async def test_names_and_codes_are_each_of_one_profile(people: People, draft: Any, field: str) -> None:
    response = await post(people, draft)
    assert (response.status_code, response.json()["field"]) == (409, field)


async def test_the_default_one_means_available(people: People) -> None:
    response = await people.put({"name": "Inne", "available": False}, f"{PROFILES}/available", "chefen")
    assert (response.status_code, response.json()["field"]) == (422, "available")


async def test_only_admins_change_it(people: People) -> None:
    assert (await post(people, {"name": "x"}, "receptionen")).status_code == 403
    assert (await people.put({"name": "x"}, f"{PROFILES}/lunch")).status_code == 403
    assert (await people.delete(f"{PROFILES}/lunch")).status_code == 403


async def order(people: People, ids: Any, who: str = "chefen", **headers: str) -> Any:
    return await people.put(ids, f"{PROFILES}/order", who, **headers)


async def test_the_whole_is_brought_into_another_order(people: People) -> None:
    before = await people.get(PROFILES)
    ids = [row["id"] for row in before.json()]
    wanted = [ids[-1], *ids[:-1]]
    answer = await order(people, wanted, **{"if-match": before.headers["etag"]})
    assert answer.status_code == 200
    assert [row["id"] for row in answer.json()] == wanted
    assert [row["order"] for row in answer.json()] == list(range(len(ids)))
    after = await people.get(PROFILES)
    assert (after.json(), after.headers["etag"]) == (answer.json(), answer.headers["etag"])
    assert after.headers["etag"] != before.headers["etag"]
    trail = (await people.get("/api/audit?action=choice.", "chefen")).json()["audit"]
    assert {row["subject"]: row["details"] for row in trail} == {
        id_: {"order": [ids.index(id_), wanted.index(id_)]} for id_ in ids
    }
    assert {row["actor"] for row in trail} == {"chefen"}
    # The same again is no change.
    assert (await order(people, wanted)).headers["etag"] == after.headers["etag"]
    assert (await people.get("/api/audit?action=choice.", "chefen")).json()["audit"] == trail


@pytest.mark.parametrize("change", ["renamed", "added", "removed"])
async def test_a_catalogue_that_somebody_has_changed_is_not_brought_into_an_order_of_before(
    people: People, change: str
) -> None:
    before = await people.get(PROFILES)
    ids = [row["id"] for row in before.json()]
    if change == "renamed":
        await people.put({"name": "Matrast"}, f"{PROFILES}/lunch", "chefen")
    elif change == "added":
        await post(people, {"name": "Utbildning"})
    else:
        await people.delete(f"{PROFILES}/travel", "chefen")
    now = (await people.get(PROFILES)).json()
    stale = await order(people, ids[::-1], **{"if-match": before.headers["etag"]})
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:katalog:error:stale")
    assert (await people.get(PROFILES)).json() == now


@pytest.mark.parametrize(
    ("alter", "sv", "en"),
    [
        (lambda ids: ids[1:], "order: 'available' (Tillgänglig) saknas", "order: 'available' (Available) is missing"),
        (lambda ids: [*ids, "x"], "order: 'x' är ingen profil", "order: 'x' is no profile"),
        (lambda ids: [*ids[:-1], 7], "order: 7 är ingen profil", "order: 7 is no profile"),
        (lambda ids: [*ids, "lunch"], "order: 'lunch' står två gånger", "order: 'lunch' is there twice"),
    ],
    ids=["missing", "unknown", "no text", "twice"],
)
async def test_an_order_is_of_every_profile_once(people: People, alter: Any, sv: str, en: str) -> None:
    before = (await people.get(PROFILES)).json()
    ids = [row["id"] for row in before]
    for language, sentence in (("sv", sv), ("en", en)):
        answer = await order(people, alter(ids[::1]), **{"accept-language": language})
        assert (answer.status_code, answer.json()["field"]) == (422, "order")
        assert answer.json()["message"] == sentence
    assert (await people.get(PROFILES)).json() == before


async def test_who_may_not_change_the_catalogue_may_not_arrange_it(people: People) -> None:
    ids = [row["id"] for row in (await people.get(PROFILES)).json()]
    assert (await order(people, ids[::-1], "anna")).status_code == 403
    account = await people.installation.add_account("läsaren", role=Role.ADMIN)
    reader = bearer(await people.installation.add_token(account, read_only=True))
    assert (await people.client.put(f"{PROFILES}/order", json=ids[::-1], headers=reader)).status_code == 403
    foreign = await order(people, ids[::-1], **{"sec-fetch-site": "cross-site"})
    assert (foreign.status_code, foreign.json()["type"]) == (403, "urn:katalog:error:cross-site")
    assert (await order(people, {"order": ids})).status_code == 400
    assert (await people.client.get(f"{PROFILES}/order", headers=basic("chefen"))).status_code == 405
    assert [row["id"] for row in (await people.get(PROFILES)).json()] == ids


async def test_the_list_is_sent_again_only_when_it_is_another(people: People) -> None:
    etag = (await people.get(PROFILES)).headers["etag"]
    known = basic("anna") | {"if-none-match": etag}
    assert (await people.client.get(PROFILES, headers=known)).status_code == 304
    await people.put({"name": "Matrast"}, f"{PROFILES}/lunch", "chefen")
    changed = await people.client.get(PROFILES, headers=known)
    assert changed.status_code == 200
    # The ends that are proposed go on by themselves. Whoever arranges the list need not have seen the last of them.
    seen = {"if-none-match": changed.headers["etag"]}
    people.installation.advance(60)
    later = await people.client.get(PROFILES, headers=basic("anna") | seen)
    assert (later.status_code, later.json()[2]["proposed"]) == (200, "2026-09-21 17:14:20")
    ids = [row["id"] for row in later.json()]
    assert (await order(people, ids[::-1], **{"if-match": changed.headers["etag"]})).status_code == 200
