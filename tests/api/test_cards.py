"""Entries to take along: vCards, QR codes, and all of them as CSV."""

from urllib.parse import unquote

import httpx
import pytest
import zxingcpp

from katalog.domain.account import Role
from katalog.domain.entry import Entry
from tests.installation import Installation, bearer
from tests.outputs.test_qr import picture

Headers = dict[str, str]


async def anybody(installation: Installation, role: Role = Role.USER) -> Headers:
    return bearer(await installation.add_token(await installation.add_account(f"en {role}", role=role)))


@pytest.fixture
async def anna(installation: Installation) -> Entry:
    return await installation.add(
        "101", "Åsa Öberg", email="asa@b.se", mobile="0701740605", title="Vd", department="Ledning"
    )


async def test_a_card_can_be_saved_under_its_name(installation: Installation, anna: Entry) -> None:
    headers = await anybody(installation)
    answer = await installation.client.get(f"/api/entries/{anna.id}/vcard", headers=headers)
    assert answer.headers["content-type"] == "text/vcard; charset=utf-8"
    assert answer.text.splitlines() == [
        "BEGIN:VCARD", "VERSION:3.0", "N:Öberg;Åsa;;;", "FN:Åsa Öberg", "ORG:Exempel AB;Ledning", "TITLE:Vd",
        "TEL;TYPE=WORK,VOICE:101", "TEL;TYPE=CELL,VOICE:+46701740605", "EMAIL;TYPE=INTERNET,WORK:asa@b.se",
        f"UID:urn:uuid:{anna.id}", "END:VCARD",
    ]  # fmt: skip
    first, _, second = answer.headers["content-disposition"].rpartition("; ")
    assert first == 'attachment; filename="contact.vcf"'
    assert unquote(second.removeprefix("filename*=UTF-8''")) == "Åsa Öberg.vcf"


async def test_the_code_has_the_card(installation: Installation, anna: Entry) -> None:
    headers = await anybody(installation)
    path = f"/api/entries/{anna.id}"
    answer = await installation.client.get(f"{path}/qr", headers=headers)
    assert answer.headers["content-type"] == "image/svg+xml"
    (found,) = zxingcpp.read_barcodes(picture(answer.content))
    assert found.text == (await installation.client.get(f"{path}/vcard", headers=headers)).text


@pytest.mark.parametrize("kind", ["vcard", "qr"])
async def test_it_is_sent_again_only_when_the_entry_is_another(
    installation: Installation, anna: Entry, kind: str
) -> None:
    headers = await anybody(installation, Role.ADMIN)
    path = f"/api/entries/{anna.id}"
    etag = (await installation.client.get(f"{path}/{kind}", headers=headers)).headers["etag"]
    again = headers | {"if-none-match": etag}
    assert (await installation.client.get(f"{path}/{kind}", headers=again)).status_code == 304
    await installation.client.patch(path, json={"title": "Ekonom"}, headers=headers)
    assert (await installation.client.get(f"{path}/{kind}", headers=again)).status_code == 200


@pytest.mark.parametrize("kind", ["vcard", "qr"])
async def test_who_is_not_seen_has_no_card(installation: Installation, kind: str) -> None:
    hidden = await installation.add("102", "Bo", hidden=True)
    user, admin = await anybody(installation), await anybody(installation, Role.ADMIN)
    for id_, headers, status in (
        (hidden.id, user, 404),
        ("x", user, 404),
        (hidden.id, admin, 200),
        (hidden.id, {}, 401),
    ):
        answer = await installation.client.get(f"/api/entries/{id_}/{kind}", headers=headers)
        assert answer.status_code == status


async def export(installation: Installation, headers: Headers, **query: str) -> httpx.Response:
    return await installation.client.get("/api/entries", params={"format": "csv"} | query, headers=headers)


async def test_admins_export_everybody_and_an_import_of_it_changes_nothing(
    installation: Installation, anna: Entry
) -> None:
    headers = await anybody(installation, Role.ADMIN)
    await installation.add("102", "Bo; Al", hidden=True, keywords=("ett", "två"), devices=("PJSIP/102",))
    answer = await export(installation, headers, limit="1")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="people.csv"'
    assert answer.text == (
        "\ufeffid;extension;name;email;mobile;keywords;kind;title;department;location;numbers;devices;hidden\r\n"
        ";101;Åsa Öberg;asa@b.se;0701740605;;person;Vd;Ledning;;;;no\r\n"
        ';102;"Bo; Al";;;ett, två;person;;;;;PJSIP/102;yes\r\n'
    )
    brought = await installation.client.post("/api/imports", content=answer.content, headers=headers)
    assert brought.json()["counts"] == {"added": 0, "changed": 0, "unchanged": 2, "removed": 0, "rejected": 0}
    assert brought.json()["differences"] == []


async def test_an_export_is_of_those_who_are_asked_for(installation: Installation, anna: Entry) -> None:
    headers = await anybody(installation, Role.ADMIN)
    for number in range(450):
        await installation.add(f"2{number}", f"Person {number}", department="Sälj")
    lines = (await export(installation, headers, department="sälj")).text.splitlines()
    assert len(lines) == 451
    assert [line.split(";")[2] for line in (await export(installation, headers, q="asa")).text.splitlines()] == [
        "name", "Åsa Öberg",
    ]  # fmt: skip
    assert (await export(installation, headers, available="kanske")).status_code == 422
    head = await installation.client.head("/api/entries?format=csv", headers=headers)
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("role", [Role.USER, Role.RECEPTION, Role.SERVICE])
async def test_an_export_is_for_admins(installation: Installation, anna: Entry, role: Role) -> None:
    assert (await export(installation, await anybody(installation, role))).status_code == 403
