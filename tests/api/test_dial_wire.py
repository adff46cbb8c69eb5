"""Dialling as programs in the field put it on the wire, where an HTTP library would tidy up."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from katalog.settings import Dial, Pbx
from tests.api.telephony import Telephony, listening, raw
from tests.installation import Installation, bearer

ANNA = "PJSIP/100", "PJSIP/104"
OK = b'{"message":"OK"}'


class Wire:
    def __init__(self, pbx: Telephony, port: int, authorization: str) -> None:
        self.pbx = pbx
        self.port = port
        self._authorization = authorization

    async def ask(self, line: str, *headers: str, body: str = "") -> tuple[int, bytes]:
        lines = [f"{line} HTTP/1.1", "Host: x", f"Authorization: {self._authorization}", *headers, "", body]
        return await raw(self.port, "\r\n".join(lines).encode())


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    pbx = Telephony(registered=ANNA)
    async with Installation.running(
        tmp_path, connectors=[pbx], pbx=[Pbx()], dial=Dial(per_minute=1000)
    ) as installation:
        anna = await installation.add("08123456", "Anna", devices=ANNA)
        token = await installation.add_token(await installation.add_account("anna", entry=anna))
        async with listening(installation.app) as port:
            while not installation.app.home.links["växel"].devices.are_read:
                await raw(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            yield Wire(pbx, port, bearer(token)["authorization"])


async def test_paths_and_queries(wire: Wire) -> None:
    for start in ("/dial/", "/api/dial/", "//dial//", "//api//dial/", "/api/dial///"):
        for rest, number, rings in (
            ("0701112233", "0701112233", 1),
            ("0701112233/", "0701112233", 1),
            ("0701112233//??autoanswer=1", "0701112233", 1),
            ("0701112233??autoanswer=0", "0701112233", 2),
            ("0701112233?x=1?autoanswer=false", "0701112233", 2),
            ("+46701112233?", "0701112233", 1),
            ("%2B46701112233", "0701112233", 1),
            ("%2b46%2070-111%2022%2033", "0701112233", 1),
            ("070/111%2F22%2033", "0701112233", 1),
            ("070-111 22 33?namn=Åsa", "0701112233", 1),
            ("0046701112233?autoanswer", "0701112233", 1),
            ("070%2D1112233?AUTOANSWER=No&&=", "0701112233", 2),
            ("101?autoanswer=%", "101", 1),
        ):
            assert await wire.ask(f"GET {start}{rest}") == (200, OK)
            placing = wire.pbx.placed[-1]
            assert (placing.number, len(placing.devices)) == (number, rings), rest
            assert await wire.ask("GET /hangup") == (200, OK)


async def test_bodies_and_headers_of_any_kind(wire: Wire) -> None:
    for headers, body in (
        (("Content-Type: application/json",), ""),
        (("Content-Type: application/json", "Content-Length: 0", "Accept: */*"), ""),
        (("Content-Type: application/x-www-form-urlencoded", "Content-Length: 0"), ""),
        (("Content-Type: application/json", "Content-Length: 2"), "{}"),
        (("Content-Type: application/x-www-form-urlencoded", "Content-Length: 12"), "autoanswer=1"),
        (("Transfer-Encoding: chunked",), "c\r\nautoanswer=1\r\n0\r\n\r\n"),
        (("Content-Length: 3", "Accept-Language: ??", "If-None-Match: *"), "\x00{["),
    ):
        for method in ("GET", "POST"):
            assert await wire.ask(f"{method} /dial/0701112233", *headers, body=body) == (200, OK)
            assert await wire.ask("POST /hangup", "Content-Length: 0") == (200, OK)
    assert len(wire.pbx.placed) == 14


async def test_head_and_options_dial_nothing(wire: Wire) -> None:
    assert (await wire.ask("HEAD /dial/0701112233"))[0] == 405
    assert (await wire.ask("OPTIONS /dial/0701112233"))[0] == 200
    assert wire.pbx.placed == []


async def test_what_is_no_number_is_a_400_and_never_a_404(wire: Wire) -> None:
    for path in (
        "/dial/",
        "/dial//",
        "/api/dial?x",
        "/dial/%20",
        "/dial/%00",
        "/dial/%FF",
        "/dial/a%2Fb%2F",
        "/dial/1/x",
    ):
        for method in ("GET", "POST"):
            status, body = await wire.ask(f"{method} {path}")
            assert (status, b'"message"' in body) == (400, True), path
    assert wire.pbx.placed == []


async def test_hanging_up(wire: Wire) -> None:
    for path in ("/hangup", "/hangup/", "/api/hangup", "//api//hangup//", "/hangup??x=1"):
        assert (await wire.ask(f"GET {path}"))[0] == 400
        for method in ("GET", "POST"):
            wire.pbx.call(f"{method} {path}", "PJSIP/100")
            assert await wire.ask(f"{method} {path}") == (200, OK)
            assert wire.pbx.ended[-1] == f"{method} {path}"
