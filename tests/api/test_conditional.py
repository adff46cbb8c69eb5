"""Entity tags: who has the answer already is told so, and is never told so of another answer."""

from pathlib import Path

import httpx
import pytest

from katalog.domain.account import Role
from katalog.domain.entry import Entry
from tests.installation import Installation, bearer

Headers = dict[str, str]


@pytest.fixture
async def anna(installation: Installation) -> Entry:
    return await installation.add("100", "Anna", devices=("PJSIP/100",))


@pytest.fixture
async def user(installation: Installation, anna: Entry) -> Headers:
    return bearer(await installation.add_token(await installation.add_account("anna", entry=anna)))


@pytest.fixture
async def admin(installation: Installation) -> Headers:
    return bearer(await installation.add_token(await installation.add_account("chef", role=Role.ADMIN)))


async def get(client: httpx.AsyncClient, path: str, headers: Headers, etag: str = "", **more: str) -> httpx.Response:
    sent = headers | ({"if-none-match": etag} if etag else {}) | {"accept-encoding": "identity"} | more
    return await client.get(path, headers=sent)


@pytest.mark.parametrize(
    "path",
    ["/api/extensions/", "/extensions", "/api/extensions/100", "/api/extensions/me", "/api/entries/{id}",
     "/api/extensions/me/profile", "/api/profiles/lunch"],
)  # fmt: skip
async def test_304_until_it_is_another(installation: Installation, anna: Entry, user: Headers, path: str) -> None:
    client, path = installation.client, path.replace("{id}", anna.id)
    first = await get(client, path, user)
    etag = first.headers["etag"]
    assert (first.status_code, etag[0], etag[-1]) == (200, '"', '"')
    for known in (etag, f'"x", {etag}', f"W/{etag}", "*", f'"y",W/{etag} , "z"'):
        answer = await get(client, path, user, known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert "content-type" not in answer.headers
        assert answer.headers.get("cache-control") == first.headers.get("cache-control")
        head = await client.head(path, headers=user | {"if-none-match": known, "accept-encoding": "identity"})
        assert head.status_code == 304
    for other in ('"x"', etag.replace('"', ""), etag + "x"):
        assert (await get(client, path, user, other)).status_code == 200
    if "profiles" in path:
        return
    await installation.set_profile(anna, "lunch", until=1_790_000_600.0)
    second = await get(client, path, user, etag)
    assert (second.status_code, second.headers["etag"] != etag) == (200, True)
    assert (await get(client, path, user, second.headers["etag"])).status_code == 304
    # It ends by the clock alone.
    installation.advance(601)
    third = await get(client, path, user, second.headers["etag"])
    assert (third.status_code, third.content) == (200, first.content)


async def test_the_list_packed_and_plain_are_two(installation: Installation, anna: Entry, user: Headers) -> None:
    plain = await get(installation.client, "/api/extensions/", user)
    packed = await get(installation.client, "/api/extensions/", user, **{"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["etag"] != plain.headers["etag"]
    other = await get(
        installation.client, "/api/extensions/", user, plain.headers["etag"], **{"accept-encoding": "gzip"}
    )
    assert other.status_code == 200
    again = await get(
        installation.client, "/api/extensions/", user, packed.headers["etag"], **{"accept-encoding": "gzip"}
    )
    assert (again.status_code, again.headers["vary"]) == (304, "accept-encoding")
    assert "content-encoding" not in again.headers


async def test_a_call_changes_its_entry_and_the_list_and_no_other(
    installation: Installation, anna: Entry, user: Headers
) -> None:
    await installation.add("101", "Bo")
    client = installation.client
    tags = {path: (await get(client, path, user)).headers["etag"] for path in ("/extensions", "/extensions/101")}
    tags["/extensions/100"] = (await get(client, "/extensions/100", user)).headers["etag"]
    await installation.set_profile(anna, "lunch")
    assert [(await get(client, path, user, tag)).status_code for path, tag in tags.items()] == [200, 304, 200]


async def test_what_one_may_not_see_does_not_change_it(
    installation: Installation, anna: Entry, user: Headers, admin: Headers
) -> None:
    client = installation.client
    boss = await installation.add("102", "Chef", hidden=True)
    mine, theirs = [(await get(client, "/extensions/", who)).headers["etag"] for who in (user, admin)]
    assert mine != theirs
    await installation.set_profile(boss, "lunch")
    assert (await get(client, "/extensions/", user, mine)).status_code == 304
    assert (await get(client, "/extensions/", admin, theirs)).status_code == 200
    # What an admin sees of an entry is more.
    path = f"/api/entries/{anna.id}"
    assert (await get(client, path, user, (await get(client, path, admin)).headers["etag"])).status_code == 200


async def test_a_number_that_is_another_s_now_is_another_answer(
    installation: Installation, anna: Entry, user: Headers
) -> None:
    client = installation.client
    first = await get(client, "/extensions/200", user)
    assert first.status_code == 404
    one, other = await installation.add("200", "A"), await installation.add("200", "B")
    etag = (await get(client, "/extensions/200", user)).headers["etag"]
    await installation.add_account("b", entry=other)
    answer = await get(client, "/extensions/200", user, etag)
    assert (answer.status_code, answer.json()["name"]) == (200, "B")
    assert one.id != other.id


async def test_a_restart_makes_every_tag_another(installation: Installation, anna: Entry, user: Headers) -> None:
    etag = (await get(installation.client, "/extensions/100", user)).headers["etag"]
    path = installation.app.database.path
    assert path is not None
    async with Installation.running(Path(path).parent) as again:
        assert (await get(again.client, "/extensions/100", user, etag)).status_code == 200


async def test_a_call_that_came_meanwhile_does_not_refuse_a_change(
    installation: Installation, anna: Entry, admin: Headers
) -> None:
    client, path = installation.client, f"/api/entries/{anna.id}"
    etag = (await get(client, path, admin)).headers["etag"]
    await installation.set_profile(anna, "lunch")
    assert (await get(client, path, admin)).headers["etag"] != etag
    changed = await client.patch(path, json={"title": "x"}, headers=admin | {"if-match": etag})
    assert changed.status_code == 200
    for stale in (etag, etag.split("-")[0] + '"', '"0"', '"x-y"'):
        refused = await client.patch(path, json={"title": "y"}, headers=admin | {"if-match": stale})
        assert refused.status_code == 412
    # The revision alone is enough.
    revision = changed.headers["etag"].split("-")[0] + '"'
    assert (await client.patch(path, json={"title": "z"}, headers=admin | {"if-match": revision})).status_code == 200
