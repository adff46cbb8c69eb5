"""Text messages through real Asterisk 16 and 22, to telephones that say what came; and at the wire of a real server."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from katalog.app import connectors_of, gateway_of
from katalog.live.link import LinkState
from katalog.settings import Settings, Sms, SmsAsterisk
from tests.gateways.elks import SECRET, USER, Elks
from tests.installation import Installation, bearer
from tests.serving import Serving
from tests.system.asterisk.configuration import OUTSIDE
from tests.system.conftest import need_asterisk
from tests.system.directory import pbx_settings
from tests.system.office import ABSENT, Office

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

ANNA, BENGT, CECILIA = "100", "101", "102"
TEXT = " åäö€😀\r\nrad 2\n\n{to} %41 \\n ; Body: x "


class House:
    """Anna, Bengt and Cecilia with a telephone each, all of them known by long numbers but Bengt; who sends is Anna."""

    def __init__(self, office: Office, installation: Installation, headers: dict[str, str]) -> None:
        self.office = office
        self.installation = installation
        self._headers = headers

    async def until_live(self) -> None:
        links = self.installation.app.home.links.values()
        async with asyncio.timeout(10):
            while not all(link.state is LinkState.LIVE for link in links):
                await asyncio.sleep(0.01)

    async def send(self, number: str, text: str = "Hej") -> httpx.Response:
        return await self.installation.client.get(
            f"/sms/{number}", params={"message": text}, headers=self._headers | {"accept-language": "en"}
        )


@contextlib.asynccontextmanager
async def house(office: Office, folder: Path, user: str = "katalog-messages") -> AsyncIterator[House]:
    outside = f"pjsip:trunk/sip:{{number}}@{OUTSIDE}:{office.pbx.trunk_port}"
    async with Installation.running(
        folder,
        pbx=[pbx_settings(office.pbx, user=user)],
        sms=Sms(gateway="asterisk", per_minute=1000),
        sms_asterisk=SmsAsterisk(outside=outside),
    ) as installation:
        anna = await installation.add("08500100", "Anna", devices=(f"PJSIP/{ANNA}",))
        await installation.add("101", "Bengt")
        await installation.add("08500102", "Cecilia", devices=(f"PJSIP/{CECILIA}", "PJSIP/08010203"))
        account = await installation.add_account("anna", entry=anna)
        made = House(office, installation, bearer(await installation.add_token(account)))
        await made.until_live()
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["22", "16"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    need_asterisk(request.param)
    async with Office(request.param, phones=3) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(office: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house(office, tmp_path_factory.mktemp("katalog")) as opened:
        yield opened


async def test_a_text_arrives_byte_for_byte_from_who_sent_it(home: House) -> None:
    for number, text in ((BENGT, TEXT), (BENGT, "a" * 756), (BENGT, "å" * 508)):
        phone = home.office.phones[BENGT]
        before = len(phone.messages)
        response = await home.send(number, text)
        assert (response.status_code, response.content) == (200, b'{"message":"OK"}'), response.text
        message = await phone.received(before + 1)
        assert message.body == text
        assert message.sender.uri.user == "08500100"
        assert message.get("Content-Type").startswith("text/plain")
    assert "bytes at most" in (await home.send(BENGT, "\n" + "å" * 400)).json()["message"]


async def test_a_colleagues_public_number_is_their_telephones(home: House) -> None:
    phones = [home.office.phones[name] for name in (CECILIA, "08010203")]
    before = [len(phone.messages) for phone in phones]
    assert (await home.send("+46 8 500102", "Till båda")).status_code == 200
    for phone, count in zip(phones, before, strict=True):
        assert (await phone.received(count + 1)).body == "Till båda"


async def test_other_numbers_go_out_by_the_trunk(home: House) -> None:
    before = len(home.office.trunk.messages)
    response = await home.send("+46701112233", TEXT)
    assert response.status_code == 200, response.text
    message = await home.office.trunk.received(before + 1)
    assert (message.uri.partition("@")[0], message.body) == ("sip:0701112233", TEXT)
    assert (await home.send("0900 123 45 67")).status_code == 400
    assert len(home.office.trunk.messages) == before + 1


async def test_to_a_telephone_that_is_not_there_nothing_is_sent(home: House) -> None:
    for number in (ABSENT, "198"):
        response = await home.send(number)
        assert response.status_code == 400
        assert "no telephone is registered" in response.json()["message"]
    phone = home.office.phones[BENGT]
    await phone.unregister()
    try:
        assert (await home.send(BENGT, "Är du där?")).status_code == 400
    finally:
        await phone.register()
    before = len(phone.messages)
    assert (await home.send(BENGT, "Är du där?")).status_code == 200
    assert (await phone.received(before + 1)).body == "Är du där?"


async def test_what_a_telephone_answers_is_not_known(home: House) -> None:
    """Asterisk says so before: `sent` is handed over, not read."""
    phone = home.office.phones[BENGT]
    before, phone.answer = len(phone.messages), 486
    try:
        assert (await home.send(BENGT, "Upptagen?")).status_code == 200
        await phone.received(before + 1)
    finally:
        phone.answer = 200


async def test_without_the_right_it_says_which_is_missing(office: Office, tmp_path: Path) -> None:
    async with house(office, tmp_path, "katalog") as home:
        before = len(office.phones[BENGT].messages)
        response = await home.send(BENGT)
        assert response.status_code == 400
        assert "write=message is missing in manager.conf" in response.json()["message"]
        assert len(office.phones[BENGT].messages) == before


async def test_a_check_says_whether_it_may_and_sends_nothing(office: Office) -> None:
    before = len(office.phones[BENGT].messages)
    for user, ok in (("katalog-messages", True), ("katalog", False)):
        settings = Settings(pbx=[pbx_settings(office.pbx, user=user)], sms=Sms(gateway="asterisk"))
        gateway = gateway_of(settings, connectors_of(settings.pbx))
        assert gateway is not None
        (finding,) = await gateway.check()
        assert (finding.ok, finding.subject) == (ok, "write=message")
        assert ok or "write=reporting,message" in finding.advice.replace(" ", "")
    assert len(office.phones[BENGT].messages) == before


async def test_while_asterisk_is_away_nothing_is_sent_and_then_it_goes_on(home: House) -> None:
    office = home.office
    await office.pbx.kill()
    (link,) = home.installation.app.home.links.values()
    # Before, it would not be known whether it was sent.
    async with asyncio.timeout(10):
        while link.state is LinkState.LIVE:
            await asyncio.sleep(0.01)
    response = await home.send(BENGT, "Borta")
    assert (response.status_code, "cannot be reached" in response.json()["message"]) == (400, True)
    await office.pbx.start()
    await office.furnish_again()
    await home.until_live()
    before = len(office.phones[BENGT].messages)
    assert (await home.send(BENGT, "Åter")).status_code == 200
    assert (await office.phones[BENGT].received(before + 1)).body == "Åter"


# --- at the wire ---------------------------------------------------------------------------------------


async def test_bytes_of_old_programs_at_a_real_server(tmp_path: Path) -> None:
    async with Elks.running() as elks:
        settings = (
            f'[sms]\ngateway = "http"\nfallback = "Exempel"\nper_minute = 100\n'
            f'[sms_http]\nurl = "http://127.0.0.1:{elks.port}/a1/sms"\nusername = "{USER}"\nsecret = "{SECRET}"\n'
            'ok_pointer = "/status"\nok_pattern = "^created$"\nallow_private = true\n'
        )
        async with Serving.running(tmp_path, settings) as serving:
            await asyncio.to_thread(serving.add_account, "program", "--service")
            token = await asyncio.to_thread(serving.add_token, "program")

            async def ask(head: str, body: bytes = b"") -> bytes:
                reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
                lines = f"{head}\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
                writer.write(lines.encode("latin-1") + b"\r\n" + body)
                async with asyncio.timeout(10):
                    answer = await reader.read()
                writer.close()
                return answer

            form = "Content-Type: application/x-www-form-urlencoded"
            said = [
                ("GET /sms/0701740606?message=Hej HTTP/1.1", b"", "Hej"),
                ("GET /api/sms/0701740606/??message=ett HTTP/1.1", b"", "ett"),
                ("GET //sms//+46701740606?message=Vad?+Nu? HTTP/1.1", b"", "Vad? Nu?"),
                ("GET /sms/%2B46%2070-174%2006%2006?message=tv%E5 HTTP/1.1", b"", "två"),
                ("GET /sms/0701740606?message=json HTTP/1.1\r\nContent-Type: application/json", b"", "json"),
                (f"GET /sms/0701740606?message=form HTTP/1.1\r\nContent-Length: 0\r\n{form}", b"", "form"),
                ("POST /sms/0701740606?message=post HTTP/1.1\r\nContent-Length: 0", b"", "post"),
                ("POST /sms/0701740606 HTTP/1.1\r\nContent-Length: 14", b"message=sju+ja", "sju ja"),
                ("POST /sms/0701740606 HTTP/1.1\r\nContent-Length: 16", b'{"message": "x"}', "x"),
            ]  # fmt: skip
            for head, body, text in said:
                answer = await ask(head, body)
                top, _, content = answer.partition(b"\r\n\r\n")
                assert (top.split(b"\r\n")[0], content) == (b"HTTP/1.1 200 OK", b'{"message":"OK"}'), (head, answer)
                assert elks.texts[-1] == text
            count = len(elks.forms)
            for head in (
                "HEAD /sms/0701740606?message=huvud HTTP/1.1",
                "GET /sms/0701740606?message=hund HTTP/1.1\r\nSec-Purpose: prefetch",
                "GET /sms/112?message=hund HTTP/1.1",
                "GET /sms/0701740606 HTTP/1.1",
            ):
                answer = await ask(head)
                assert re.match(rb"HTTP/1.1 40[035] ", answer), answer
                assert b"application/json; charset=utf-8" in answer.lower()
            assert len(elks.forms) == count
            assert re.search("hund|0701740606|46701740606", serving.log) is None
