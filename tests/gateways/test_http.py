"""The HTTP gateway against a server on loopback: one that behaves as documented, and mean ones."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web

from katalog.domain.destination import Destination
from katalog.domain.message import Outcome, State
from katalog.errors import SettingsError
from katalog.gateways.base import Gateway, Setup, Sms, make_gateway
from katalog.gateways.http import HttpGateway
from tests.gateways.elks import SECRET, USER, Elks, replying

TEXT = "Hej å&=+ {to} €😀\r\nrad"
SMS = Sms("0701740606", Destination.MOBILE, "08123456", TEXT)


@pytest.fixture
async def elks() -> AsyncIterator[Elks]:
    async with Elks.running() as running:
        yield running


def gateway(elks: Elks, **settings: Any) -> Gateway:
    return make_gateway("http", Setup("SE", elks.settings(**settings).model_dump(), {}))


def why(outcome: Outcome) -> str:
    assert outcome.reason is not None
    return outcome.reason.en


async def test_a_message_is_sent_as_46elks_documents_it(elks: Elks) -> None:
    outcome = await gateway(elks).send(SMS)
    assert outcome == Outcome(State.SENT, None, f"s{1:032x}")
    (request,) = elks.requests
    assert (request.method, request.path_qs) == ("POST", "/a1/sms")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert elks.forms == [{"from": "+468123456", "to": "+46701740606", "message": TEXT}]


async def test_a_wrong_password_or_a_missing_key_is_told_in_its_words(elks: Elks) -> None:
    outcome = await gateway(elks, secret="fel").send(SMS)
    assert (outcome.state, why(outcome)) == (
        State.FAILED, "The gateway refuses (401: API access requires Basic HTTP authentication).",
    )  # fmt: skip
    outcome = await gateway(elks, body="to={to}&text={text}").send(SMS)
    assert why(outcome) == "The gateway refuses (400: Missing key from)."


async def test_json_with_a_token(elks: Elks) -> None:
    elks.answer = replying(201, '{"messages": [{"ref": 17, "accepted": true}]}')
    body = '{"messages": [{"to": "{to}", "from": "{from}", "text": "{text}"}]}'
    settings = {"format": "json", "body": body, "username": "", "ok_pointer": "/messages/0/accepted", "ok_pattern": ""}
    outcome = await gateway(elks, id_pointer="/messages/0/ref", numbers="digits", method="PUT", **settings).send(SMS)
    assert outcome == Outcome(State.SENT, None, "17")
    (request,) = elks.requests
    assert (request.method, request.headers["content-type"]) == ("PUT", "application/json")
    assert request.headers["authorization"] == f"Bearer {SECRET}"
    sent = {"to": "46701740606", "from": "468123456", "text": TEXT}
    assert json.loads(await request.read()) == {"messages": [sent]}


async def test_a_query_with_a_key_in_it(elks: Elks) -> None:
    elks.answer = replying(200, "OK 4711")
    settings = {"format": "query", "method": "GET", "username": "", "ok_pointer": "", "ok_pattern": "^OK"}
    body = "key={secret}&to={to}&text={text}"
    url = f"http://127.0.0.1:{elks.port}/send?flash=0&x=%2F"
    outcome = await gateway(elks, url=url, body=body, numbers="national", **settings).send(SMS)
    assert outcome.state is State.SENT
    (request,) = elks.requests
    assert (request.method, request.path, "authorization" in request.headers) == ("GET", "/send", False)
    assert request.path_qs.startswith("/send?flash=0&x=%2F&key=")
    assert parse_qsl(request.query_string) == [
        ("flash", "0"), ("x", "/"), ("key", SECRET), ("to", "0701740606"), ("text", TEXT),
    ]  # fmt: skip


async def test_a_key_in_a_header_of_its_own(elks: Elks) -> None:
    elks.answer = replying(200, '{"status": "sent"}')
    await gateway(elks, username="", headers={"X-Api-Key": "k {secret}"}).send(SMS)
    (request,) = elks.requests
    assert (request.headers["x-api-key"], "authorization" in request.headers) == (f"k {SECRET}", False)


@pytest.mark.parametrize(
    ("numbers", "number", "written"),
    [
        ("e164", "004790123456", "+4790123456"), ("digits", "004790123456", "4790123456"),
        ("national", "004790123456", "004790123456"), ("national", "0701740606", "0701740606"),
        ("e164", "71020", "71020"),
    ],
)  # fmt: skip
async def test_numbers_are_written_as_the_gateway_wants_them(
    elks: Elks, numbers: str, number: str, written: str
) -> None:
    elks.answer = replying(200, '{"status": "sent"}')
    await gateway(elks, numbers=numbers).send(Sms(number, Destination.MOBILE, "Exempel", "x"))
    assert (elks.forms[0]["to"], elks.forms[0]["from"]) == (written, "Exempel")


async def test_an_internal_number_is_refused_beforehand(elks: Elks) -> None:
    objection = gateway(elks).objection(Sms("101", Destination.INTERNAL, "102", "x"))
    assert objection is not None
    assert objection.en == "The SMS gateway reaches public numbers only, and this is none."
    assert gateway(elks).objection(SMS) is None


async def test_a_redirect_is_not_followed(elks: Elks) -> None:
    elks.answer = replying(307, "", location=f"http://127.0.0.1:{elks.port}/other")
    outcome = await gateway(elks).send(SMS)
    assert (outcome.state, why(outcome)) == (State.FAILED, "The gateway redirects (307).")
    assert len(elks.requests) == 1


async def test_of_a_slow_one_nobody_knows(elks: Elks) -> None:
    elks.delay = 1.2
    outcome = await gateway(elks, seconds=1).send(SMS)
    assert (outcome.state, len(elks.requests)) == (State.UNKNOWN, 1)
    assert "does not answer in time" in why(outcome)


async def test_of_one_that_hangs_up_nobody_knows(elks: Elks) -> None:
    async def hang_up(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    elks.answer = hang_up
    outcome = await gateway(elks).send(SMS)
    assert (outcome.state, len(elks.requests)) == (State.UNKNOWN, 1)


async def test_of_half_an_answer_nobody_knows_and_a_huge_one_is_not_read(elks: Elks) -> None:
    async def half(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-length": "100"})
        await response.prepare(request)
        await response.write(b'{"status": "crea')
        assert request.transport is not None
        request.transport.close()
        return response

    async def huge(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b"[" * 65_536)
            await asyncio.sleep(0)
        return response

    for answer in (half, huge):
        elks.answer = answer
        assert (await gateway(elks).send(SMS)).state is State.UNKNOWN


@pytest.mark.parametrize(("status", "state"), [(500, State.UNKNOWN), (503, State.FAILED), (200, State.UNKNOWN)])
async def test_a_page_of_html_is_no_success(elks: Elks, status: int, state: State) -> None:
    elks.answer = replying(status, "<html><h1>Welcome</h1>", content_type="text/html")
    outcome = await gateway(elks).send(SMS)
    assert outcome.state is state
    assert "Welcome" not in why(outcome)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/", "cannot be reached"),
        ("http://finns-inte.invalid/", "name is not known"),
        ("https://127.0.0.1:{port}/", "certificate"),
    ],
)
async def test_what_never_left_has_failed(elks: Elks, url: str, told: str) -> None:
    outcome = await gateway(elks, url=url.format(port=elks.port)).send(SMS)
    assert outcome.state is State.FAILED
    assert told in why(outcome)
    assert elks.requests == []


async def test_a_private_address_needs_a_setting(elks: Elks) -> None:
    closed = gateway(elks, allow_private=False)
    outcome = await closed.send(SMS)
    assert (outcome.state, "sms_http.allow_private" in why(outcome)) == (State.FAILED, True)
    (finding,) = await closed.check()
    assert (finding.ok, "sms_http.allow_private" in finding.text) == (False, True)
    assert elks.requests == []


async def test_a_check_asks_for_the_start_page_and_sends_nothing(elks: Elks) -> None:
    (finding,) = await gateway(elks).check()
    assert finding.ok
    (request,) = elks.requests
    assert (request.method, request.path, "authorization" in request.headers) == ("HEAD", "/", False)
    (finding,) = await gateway(elks, url="http://127.0.0.1:1/hemlig").check()
    assert (finding.ok, "hemlig" in finding.text) == (False, False)


@pytest.mark.parametrize("url", ["", "sms.exempel.se", "ftp://x/"])
def test_what_is_no_address_is_told_at_the_start(url: str) -> None:
    with pytest.raises(SettingsError, match=r"sms_http\.url: must be an address"):
        HttpGateway(Setup("SE", {"url": url, "username": USER}, {}))


@pytest.mark.parametrize("headers", [{"a b": "x"}, {"": "x"}, {"x": "a\r\nb: c"}, {"x": "å"}, {"x": "{secret}"}, {}])
def test_what_is_no_header_is_told_at_the_start(headers: dict[str, str]) -> None:
    options = {"url": "https://sms.example.com/", "secret": "a\nb", "headers": headers}
    with pytest.raises(SettingsError, match=r"sms_http\.headers: "):
        HttpGateway(Setup("SE", options, {}))


def test_a_gateway_that_is_not_known_is_told() -> None:
    with pytest.raises(SettingsError, match="unknown gateway 'brevduva'; known: asterisk, http"):
        make_gateway("brevduva", Setup("SE", {}, {}))
