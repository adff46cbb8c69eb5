"""The pages without script: the start page, and choosing a password by an invitation."""

import pytest

from katalog.store import invitations
from tests.installation import ACTOR, Installation, basic


@pytest.fixture
async def code(installation: Installation) -> str:
    account = await installation.add_account("anna")
    async with installation.app.database.write(installation.organisation, ACTOR) as change:
        return await invitations.add(change, account)


async def test_the_start_page_tells_the_address_in_the_readers_language(installation: Installation) -> None:
    swedish = await installation.client.get("/", headers={"accept-language": "sv-SE,sv;q=0.9,en;q=0.8"})
    english = await installation.client.get("/", headers={"accept-language": "en-GB"})
    assert swedish.headers["content-type"] == "text/html; charset=utf-8"
    assert "http://katalog.test/api/" in swedish.text
    assert '<html lang="sv">' in swedish.text
    assert '<html lang="en">' in english.text
    # Its own scripts run, and none that is written into it.
    assert "script-src 'self';" in swedish.headers["content-security-policy"]
    assert "unsafe" not in swedish.headers["content-security-policy"]


async def test_an_invitation_chooses_a_password_once(installation: Installation, code: str) -> None:
    client = installation.client
    form = await client.get(f"/invitation/{code}")
    assert (form.status_code, "anna" in form.text) == (200, True)
    assert "script" not in form.headers["content-security-policy"]
    assert form.headers["referrer-policy"] == "same-origin", "or browsers post `Origin: null`"
    own = {"origin": "http://katalog.test"}
    chosen = await client.post(f"/invitation/{code}", data={"password": "hemligheter"}, headers=own)
    assert chosen.status_code == 200
    assert (await client.get("/extensions", headers=basic("anna", "hemligheter"))).status_code == 200
    assert (await client.get("/extensions", headers=basic("anna"))).status_code == 401
    assert (await client.get(f"/invitation/{code}")).status_code == 404
    assert (await client.post(f"/invitation/{code}", data={"password": "något annat"})).status_code == 404
    assert (await client.get("/extensions", headers=basic("anna", "något annat"))).status_code == 401


async def test_a_short_password_is_told_and_the_link_still_works(installation: Installation, code: str) -> None:
    for form in ({"password": "kort"}, {}):
        response = await installation.client.post(f"/invitation/{code}", data=form)
        assert response.status_code == 422
        assert 'role="alert"' in response.text
    assert (await installation.client.get(f"/invitation/{code}")).status_code == 200


async def test_another_sites_page_cannot_use_an_invitation(installation: Installation, code: str) -> None:
    response = await installation.client.post(
        f"/invitation/{code}", data={"password": "hemligheter"}, headers={"sec-fetch-site": "cross-site"}
    )
    assert response.status_code == 403


async def test_names_are_put_in_as_text(installation: Installation) -> None:
    account = await installation.add_account("<img src=x onerror=alert(1)>")
    async with installation.app.database.write(installation.organisation, ACTOR) as change:
        code = await invitations.add(change, account)
    text = (await installation.client.get(f"/invitation/{code}")).text
    assert "<img" not in text
    assert "&lt;img" in text
