"""Real recordings of real Asterisk 16 and 22: whose they are, how long they sound, and what a restart makes of them."""

import asyncio
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from katalog.compat.asking import Options
from katalog.compat.credentials import Credentials
from katalog.compat.examination import examine
from katalog.compat.target import Target
from katalog.domain.account import Role
from tests.installation import Installation, basic
from tests.serving import Serving
from tests.sound import seconds_of_mp3
from tests.system.asterisk import dialplan
from tests.system.dialling import invite_of
from tests.system.directory import pbx_settings
from tests.system.flows.steps import joined
from tests.system.office import Office
from tests.system.sip.agent import Agent
from tests.system.sip.call import Call
from tests.system.sip.media import PERIOD

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

TALK = 0.5
"""Seconds of sound."""
NOT_ASKED = {
    "a call is callerid, direction, linestatus",  # nobody is in one just then
    "an account without an entry has three empty lists",
    "401 is for credentials only; an inner fault is 503 with Retry-After",
    "?username=&password= open instead of a header",  # is off, as it is by default
    'GET with username and password in the query is 200 and {"message":"OK"}, literally',
    'POST with username and password in the query is 200 and {"message":"OK"}, literally',
    "GET /sms/{number} sends, or is 400 with the reason",
}
"""Of the contract; whatever else there is to see must be seen."""


class Archive:
    """What katalog says of recordings, to an admin."""

    def __init__(self, office: Office, client: httpx.AsyncClient) -> None:
        self.client = client
        self._headers = basic("chefen")
        self._before = {device: len(phone.calls) for device, phone in office.phones.items()}

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path, headers=self._headers)

    async def live(self) -> None:
        async with asyncio.timeout(30):
            while (await self.get("/api/extensions")).headers["katalog-calls"] != "live":
                await asyncio.sleep(0.02)

    async def records(self, phone: Agent) -> list[dict[str, Any]]:
        """The calls of a telephone, the oldest first; all of them that it has had."""
        async with asyncio.timeout(30):
            while True:
                response = await self.get(f"/api/call-records?extension={phone.user}")
                assert response.status_code == 200, response.text
                records: list[dict[str, Any]] = response.json()["records"][::-1]
                if len(records) == len(phone.calls) - self._before[phone.user]:
                    return records
                await asyncio.sleep(0.02)

    async def newest(self, phone: Agent) -> dict[str, Any]:
        return (await self.records(phone))[-1]

    async def recorded(self, phone: Agent) -> str:
        """The recording of its newest call, which must have one."""
        async with asyncio.timeout(30):
            while (id_ := (await self.newest(phone))["recordingId"]) is None:
                pass
        return str(id_)

    async def seconds(self, id_: str) -> float:
        response = await self.get(f"/api/recordings/{id_}")
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "audio/mpeg"
        return seconds_of_mp3(response.content)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def archive(open_office: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Archive]:
    folder = tmp_path_factory.mktemp("katalog")
    async with Installation.running(folder, pbx=[pbx_settings(open_office.pbx, recordings=True)]) as installation:
        await furnish(installation, open_office)
        archive = Archive(open_office, installation.client)
        await archive.live()
        yield archive


async def furnish(installation: Installation, office: Office) -> None:
    for device in office.phones:
        await installation.add(device, f"Telefon {device}")
    await installation.add_account("chefen", role=Role.ADMIN)


async def talk(office: Office, callee: Agent, *calls: Call) -> None:
    await joined(office, callee)
    for call in calls:
        call.talk()
    # By packets: while we stand still none are sent.
    for _ in range(round(TALK / PERIOD)):
        await asyncio.sleep(PERIOD)


async def answered(call: Call, callee: Agent, number: str | None = None) -> Call:
    other = await callee.offered(number)
    other.ring()
    other.answer()
    await call.up()
    return other


async def together(*flows: Coroutine[Any, Any, None]) -> None:
    async with asyncio.TaskGroup() as tasks:
        for flow in flows:
            tasks.create_task(flow)


async def test_whose_a_recording_is(office: Office, archive: Archive) -> None:
    async def inbound() -> None:
        """On the trunk's channel: it is the callee's."""
        async with office.cast(1) as (a,):
            call = office.trunk.dial(dialplan.recorded(a.user), caller=office.number())
            other = await answered(call, a)
            await talk(office, a, call, other)
            await call.hangup()
            await other.over()
            assert await archive.seconds(await archive.recorded(a)) >= TALK / 2

    async def outbound() -> None:
        """On the caller's own."""
        async with office.cast(1) as (a,):
            number = office.number()
            call = a.dial(dialplan.recorded(number))
            other = await answered(call, office.trunk, number)
            await talk(office, a, call, other)
            await other.hangup()
            await call.over()
            assert await archive.seconds(await archive.recorded(a)) >= TALK / 2
            assert (await archive.newest(a))["direction"] == "out"

    async def internal() -> None:
        """Of both."""
        async with office.cast(2) as (a, b):
            call = a.dial(dialplan.recorded(b.user))
            other = await answered(call, b)
            await talk(office, b, call, other)
            await call.hangup()
            await other.over()
            assert await archive.recorded(a) == await archive.recorded(b)

    async def group(numbered: Callable[..., str]) -> None:
        """Of who answers, through Local channels too; not of who only rang."""
        async with office.cast(3) as (a, b, c):
            call = a.dial(dialplan.recorded(numbered(b.user, c.user)))
            left = await c.offered()
            left.ring()
            other = await answered(call, b)
            await left.over()
            await talk(office, b, call, other)
            await call.hangup()
            await other.over()
            assert await archive.recorded(a) == await archive.recorded(b)
            assert (await archive.newest(c))["recordings"] == []

    async def unrecorded() -> None:
        async with office.cast(2) as (a, b):
            call = a.dial(b.user)
            other = await answered(call, b)
            await talk(office, b, call, other)
            await call.hangup()
            await other.over()
            assert (await archive.newest(a))["recordingId"] is None

    await together(
        inbound(),
        outbound(),
        internal(),
        group(dialplan.ring_group),
        group(dialplan.ring_group_local_kept),
        unrecorded(),
    )


async def test_after_a_transfer_it_is_of_both_who_were_there(office: Office, archive: Archive) -> None:
    async def blind() -> None:
        async with office.cast(2) as (a, b):
            call = office.trunk.dial(dialplan.recorded(a.user), caller=office.number())
            mine = await answered(call, a)
            await talk(office, a, call, mine)
            await mine.refer(b.user)
            other = await b.offered()
            other.ring()
            other.answer()
            await mine.over()
            await talk(office, b, other)
            await call.hangup()
            await other.over()
            assert await archive.recorded(a) == await archive.recorded(b)
            assert await archive.seconds(await archive.recorded(a)) >= 1.5 * TALK, "both parts are heard"

    async def attended() -> None:
        """Whom the first asks before is another call, which is not recorded; then it is the recorded one's."""
        async with office.cast(2) as (a, b):
            call = office.trunk.dial(dialplan.recorded(a.user), caller=office.number())
            mine = await answered(call, a)
            await talk(office, a, call, mine)
            asking = a.dial(b.user)
            other = await answered(asking, b)
            await joined(office, b)
            await mine.refer_to(asking)
            await mine.over()
            await asking.over()
            await talk(office, b, other)
            await call.hangup()
            await other.over()
            theirs = await archive.recorded(b)
            one, asked = (await archive.records(a))[-2:]
            recorded = {record["direction"]: record["recordingId"] for record in (one, asked)}
            assert recorded["in"] == theirs
            assert recorded["out"] is None

    await together(blind(), attended())


async def test_what_is_not_answered_or_stopped(office: Office, archive: Archive) -> None:
    async def unanswered() -> None:
        """44 bytes are no recording."""
        async with office.cast(2) as (a, b):
            call = a.dial(dialplan.recorded_when_answered(b.user))
            other = await b.offered()
            other.ring()
            await call.ringing()
            await asyncio.sleep(0.2)
            await call.hangup()
            await other.over()
            assert (await archive.newest(a))["recordings"] == []

    async def missed() -> None:
        """Nobody's, though something is on it."""
        async with office.cast(1) as (a,):
            call = office.trunk.dial(dialplan.recorded(a.user), caller=office.number())
            other = await a.offered()
            other.ring()
            await call.ringing()
            await call.hangup()
            await other.over()
            assert (await archive.newest(a))["recordings"] == []

    async def stopped() -> None:
        """By the manager interface, in the middle; what comes after is not heard, nor is who comes then."""
        async with office.cast(3) as (a, b, c):
            call = a.dial(dialplan.recorded(b.user))
            other = await answered(call, b)
            began = time.monotonic()
            await talk(office, b, call, other)
            channel = await office.channel(a.user)
            await office.observer.action("StopMixMonitor", Channel=channel.name)
            until_stopped = time.monotonic() - began
            await other.refer(c.user)
            third = await answered(call, c)
            await other.over()
            await talk(office, c, third)
            await call.hangup()
            await third.over()
            assert await archive.recorded(a) == await archive.recorded(b)
            heard = await archive.seconds(await archive.recorded(a))
            assert heard < until_stopped + TALK / 2, "what comes later is not heard"
            assert (await archive.newest(c))["recordings"] == []

    await together(unanswered(), missed(), stopped())


@asynccontextmanager
async def spoken(office: Office, a: Agent, b: Agent) -> AsyncIterator[None]:
    """A recorded call for as long as the block."""
    call = a.dial(dialplan.recorded(b.user))
    other = await answered(call, b)
    await talk(office, b, call, other)
    yield
    await call.hangup()
    await other.over()


@asynccontextmanager
async def recording_server(office: Office, folder: Path, *, user: str = "katalog") -> AsyncIterator[Serving]:
    pbx = pbx_settings(office.pbx, user=user, recordings=True)
    names = ("host", "username", "secret", "recordings", "recordings_prefix")
    settings = "\n".join(["[[pbx]]", f"port = {pbx.port}", *(f"{name} = '{getattr(pbx, name)}'" for name in names)])
    async with Installation.running(folder) as installation:
        await furnish(installation, office)
    async with Serving.running(folder, settings) as serving:
        yield serving


async def test_nothing_differs_from_the_contract_in_calls_recordings_and_dialling(
    office: Office, tmp_path: Path
) -> None:
    """`katalog compat`, of a person who has a recorded call, and is rung and hung up by it."""
    async with office.cast(2) as (a, b), recording_server(office, tmp_path, user="katalog-dial") as serving:
        serving.add_account("anna", "--entry", a.user)
        token = serving.add_token("anna")
        async with httpx.AsyncClient(base_url=serving.url, timeout=20) as client:
            archive = Archive(office, client)
            await archive.live()
            async with spoken(office, a, b):
                pass
            await asyncio.gather(archive.recorded(a), archive.recorded(b))
        target, had = Target.of(serving.url), len(a.calls)
        options = Options(hangup=True, dial=b.user)
        result = await examine(target, Credentials(token, a.user, "hemligheter"), options)
        assert (result.lost, [f"{line.text}: {line.told}" for line in result.lines if line.holds is False]) == ("", [])
        assert {line.text for line in result.lines if line.holds is None} == NOT_ASKED
        (rung,) = a.calls[had:]
        assert invite_of(rung).get("Call-Info").endswith(";answer-after=0")
        await rung.over()


async def kept(database: Path, legs: int) -> None:
    """Until a server has committed that so many legs are open and are heard in recordings."""
    tables = ("open_call", "recording_leg")
    async with asyncio.timeout(30):
        with closing(sqlite3.connect(database)) as reading:
            while [reading.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables] != 2 * [(legs,)]:
                await asyncio.sleep(0.02)


async def test_a_server_that_is_killed_in_the_middle_and_asked_by_the_byte(office: Office, tmp_path: Path) -> None:
    async with office.cast(4) as (a, b, c, d), recording_server(office, tmp_path) as serving:
        async with httpx.AsyncClient(base_url=serving.url, timeout=20) as client:
            archive = Archive(office, client)
            await archive.live()
            async with spoken(office, a, b):
                # One that goes on, and one that ends while nobody listens.
                async with spoken(office, c, d):
                    await kept(tmp_path / "katalog.db", 4)
                    serving.kill(signal.SIGKILL)
                serving.launch()
                await serving.until_ready()
                await archive.live()
            mine, other = await archive.recorded(a), await archive.recorded(c)
            assert mine != other
            for phone, id_ in ((a, mine), (b, mine), (c, other), (d, other)):
                assert [record["recordings"] for record in await archive.records(phone)] == [[id_]]
            whole = (await archive.get(f"/api/recordings/{mine}")).content
            assert seconds_of_mp3(whole) >= TALK / 2
        credential = basic("chefen")["authorization"]
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)

        async def asked(method: str, *lines: str) -> tuple[str, dict[str, str], bytes]:
            """On one connection, as the bytes come."""
            path = f"/recordings/{mine}"
            head = (f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: {credential}", *lines)
            writer.write("\r\n".join([*head, "", ""]).encode())
            status, *fields = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
            headers = {name.lower(): value for name, value in (field.split(": ", 1) for field in fields)}
            body = b"" if method == "HEAD" else await reader.readexactly(int(headers["content-length"]))
            return status, headers, body

        status, headers, body = await asked("GET", "Range: bytes=100-199", "Accept: application/json")
        assert status == "HTTP/1.1 206 Partial Content"
        assert body == whole[100:200]
        assert headers["content-range"] == f"bytes 100-199/{len(whole)}"
        assert headers["content-type"] == "audio/mpeg"
        status, headers, _ = await asked("HEAD")
        assert (status, headers["content-length"]) == ("HTTP/1.1 200 OK", str(len(whole)))
        status, headers, body = await asked("GET", f"Range: bytes={len(whole)}-")
        assert status == "HTTP/1.1 416 Requested Range Not Satisfiable"
        assert headers["content-range"] == f"bytes */{len(whole)}"
        assert (await asked("GET", "Range: bytes=-1"))[2] == whole[-1:]
        assert (await asked("GET"))[2] == whole
        writer.close()
