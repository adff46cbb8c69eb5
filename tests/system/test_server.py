"""The server as a process: signals, sockets, TLS, and commands that a running server follows."""

import asyncio
import json
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from katalog.store.accounts import MAX_LOGIN
from tests.certificate import certificate
from tests.serving import Serving, children_of, is_running


async def until(condition: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """How long it took until the condition held; fails after `seconds`."""
    begun = time.monotonic()
    while not await condition():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s"
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


async def test_killed_with_9_it_leaves_nothing_running_and_starts_again(tmp_path: Path) -> None:
    async with Serving.running(tmp_path) as serving:
        assert serving.process is not None
        started = [serving.process.pid, *children_of(serving.process.pid)]
        serving.kill(signal.SIGKILL)

        async def gone() -> bool:
            return not any(is_running(pid) for pid in started)

        await until(gone, 10)
        serving.launch()
        await serving.until_ready()


async def test_whoever_comes_while_it_starts_waits_and_is_answered(tmp_path: Path) -> None:
    async with Serving.running(tmp_path) as serving:
        serving.kill(signal.SIGKILL)
        serving.launch()
        async with httpx.AsyncClient(base_url=serving.url) as client, asyncio.timeout(15):
            while True:
                with suppress(httpx.ConnectError):
                    assert (await client.get("/healthz", timeout=15)).status_code == 200
                    break
                await asyncio.sleep(0.001)
        # The first that was let in was answered as soon as it was there.
        assert serving.log.count("server.ready") == 2


async def test_an_answer_that_is_under_way_is_finished(tmp_path: Path) -> None:
    async with Serving.running(tmp_path) as serving:
        serving.add_account("anna")
        idle, idle_writer = await asyncio.open_connection("127.0.0.1", serving.port)
        reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
        head = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        body = b'{"username": "anna", "password": "hemligheter"}'
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        # It is under way when the server waits for its body, and is asked to end when who asks for nothing is sent away.
        assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).startswith(b"HTTP/1.1 100 ")
        assert serving.process is not None
        serving.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(idle.read(), 5) == b""
        writer.write(body)
        assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 200 ")
        for each in (writer, idle_writer):
            each.close()
        assert await asyncio.to_thread(serving.process.wait, 10) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    async with Serving.running(tmp_path) as serving:
        assert serving.kill(number) == 0
        events = [json.loads(line)["event"] for line in serving.log.splitlines()]
        assert "server.ready" in events


async def test_a_port_in_use_is_told_and_not_shared(tmp_path: Path) -> None:
    async with Serving.running(tmp_path) as serving:
        second = serving.command("serve", check=False)
        assert second.returncode == 1
        assert f"port {serving.port}" in second.stderr
        assert "--port" in second.stderr


@pytest.mark.alone  # the second is measured
async def test_what_commands_change_holds_on_a_running_server_within_a_second(tmp_path: Path) -> None:
    async with Serving.running(tmp_path) as serving, httpx.AsyncClient(base_url=serving.url) as client:
        serving.add_account("anna")
        token = serving.add_token("anna")
        basic, bearer = httpx.BasicAuth("anna", "hemligheter"), {"authorization": f"Bearer {token}"}

        async def by_basic() -> int:
            return (await client.get("/extensions", auth=basic)).status_code

        async def by_token() -> int:
            return (await client.get("/extensions", headers=bearer)).status_code

        async def opens() -> bool:
            return (await by_basic(), await by_token()) == (200, 200)

        async def is_shut() -> bool:
            return await by_token() == 401

        await until(opens, 1)
        ids = serving.command("token", "list").stdout.split("\t")[0]
        serving.command("token", "revoke", ids)
        await until(is_shut, 1)
        assert await by_basic() == 200
        serving.command("account", "password", "anna", stdin="ny hemlighet\n")

        async def old_is_shut() -> bool:
            return await by_basic() == 401

        await until(old_is_shut, 1)
        renewed = httpx.BasicAuth("anna", "ny hemlighet")
        assert (await client.get("/extensions", auth=renewed)).status_code == 200
        serving.command("account", "disable", "anna")

        async def disabled() -> bool:
            return (await client.get("/extensions", auth=renewed)).status_code == 401

        await until(disabled, 1)


async def test_tls_from_1_2_on_by_real_handshakes(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    async with Serving.running(tmp_path, server=f'tls_cert = "{cert.name}"\ntls_key = "{key.name}"') as serving:
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=str(cert))
            context.minimum_version = context.maximum_version = version
            with (
                socket.create_connection(("127.0.0.1", serving.port), 5) as plain,
                context.wrap_socket(plain, server_hostname="localhost") as secure,
            ):
                secure.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                assert secure.recv(4096).startswith(b"HTTP/1.1 200")
                assert secure.version() == version.name.replace("_", ".")
        for version_, status in (("-tls1_2", 0), ("-tls1_1", 1)):
            ended = subprocess.run(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{serving.port}", version_, "-cipher", "ALL:@SECLEVEL=0"],
                input=b"", capture_output=True, timeout=10, check=False,
            )  # fmt: skip
            assert ended.returncode == status
        serving.add_account("anna")
        async with httpx.AsyncClient(
            base_url=serving.url, verify=ssl.create_default_context(cafile=str(cert))
        ) as client:
            token = {"authorization": f"Bearer {serving.add_token('anna')}"}
            for _ in range(3):
                assert (await client.get("/extensions", headers=token)).json() == []
            response = await client.post("/auth/login", auth=("anna", "hemligheter"))
            assert "; Secure" in response.headers["set-cookie"]


async def test_a_wrong_certificate_is_told(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    cert.write_text("no certificate")
    serving = Serving(tmp_path, server=f'tls_cert = "{cert.name}"\ntls_key = "{key.name}"')
    result = serving.command("serve", check=False)
    assert result.returncode == 1
    assert "cert.pem" in result.stderr


RAW = [
    b"GET /api/extensions/\xff\xfe HTTP/1.1",
    b"GET /api/extensions/%ff%fe HTTP/1.1",
    b"GET /api/extensions/%00 HTTP/1.1",
    b"GET /api/extensions/%2e%2e/%2e%2e/etc HTTP/1.1",
    b"GET /api/extensions/%F0%9F%98%80 HTTP/1.1",
    b"GET /extensions//me?username=%ff&password=%00 HTTP/1.1",
    b"GET /extensions/??autoanswer=1?x HTTP/1.1",
    b"GET /extensions/+46\xd9\xa8 HTTP/1.1",
    b"GET /" + b"a" * 6000 + b" HTTP/1.1",
    b"GET /api/entries?cursor=%ff%00&limit=%f0 HTTP/1.1",
    b"GET * HTTP/1.1",
    b"OPTIONS * HTTP/1.1",
    b"GET http://127.0.0.1/api/extensions/ HTTP/1.1",
    b"PROPFIND /api/extensions/ HTTP/1.1",
    b"get /api/extensions/ HTTP/1.1",
    b"POST /auth/login HTTP/1.1\r\nContent-Length: 3\r\nContent-Type: multipart/form-data\r\n\r\nabc",
    b"POST /auth/login HTTP/1.1\r\nContent-Length: 3\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n%\xff=",
    b"POST /auth/login HTTP/1.1\r\nContent-Length: 2\r\nAuthorization: Basic \xff\r\n\r\n{}",
    b"POST /auth/login HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n",
    b"GET /api/extensions HTTP/1.1\r\nCookie: katalog_session=\xff; \xfe",
    b"GET /api/extensions HTTP/1.1\r\nAccept-Language: \xff\xfe,,;q=",
    b"GET /api/extensions HTTP/1.1\r\nIf-Match: \xff",
    b"GET /invitation/%ff%00 HTTP/1.1",
]


@pytest.mark.parametrize("request_", RAW, ids=range(len(RAW)))
async def test_no_input_gives_a_5xx(server: tuple[Serving, str], request_: bytes) -> None:
    serving, token = server
    head, _, body = request_.partition(b"\r\n\r\n")
    credential = b"" if b"uthorization" in head or b"Cookie" in head else f"Authorization: Bearer {token}\r\n".encode()
    message = head + b"\r\nHost: x\r\n" + credential + b"Connection: close\r\n\r\n" + body + b"\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    writer.write(message)
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 "), answer
    assert 200 <= int(answer.split()[1]) < 500, answer
    assert "http.fault" not in serving.log


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    serving = Serving(tmp_path_factory.mktemp("server"))
    serving.add_account("admin", "--admin")
    token = serving.add_token("admin")
    serving.launch()
    try:
        asyncio.run(serving.until_ready())
        yield serving, token
    finally:
        serving.kill(signal.SIGTERM)


async def test_accounts_from_the_command_line(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    assert serving.command("account", "add", "kort", stdin="kort\n", check=False).returncode == 1
    serving.add_account("anna", "--admin")
    twice = serving.command("account", "add", "anna", stdin="hemligheter\n", check=False)
    assert (twice.returncode, "already" in twice.stderr) == (1, True)
    assert serving.command("account", "add", "x" * (MAX_LOGIN + 1), stdin="hemligheter\n", check=False).returncode == 1
    assert serving.command("account", "add", "b", "--entry", "999", stdin="hemligheter\n", check=False).returncode == 1
    assert serving.command("account", "add", "b", "--service", "--admin", check=False).returncode == 2
    assert serving.command("account", "add", check=False).returncode == 2
    serving.add_account("program", "--service")
    assert serving.command("account", "list").stdout == "anna\tadmin\t\t\nprogram\tservice\t\t\n"
    token = serving.command("token", "add", "program", "--name", "crm", "--read-only", "--expires", "2027-01-31").stdout
    assert token.count("\n") == 1
    listed = serving.command("token", "list").stdout
    assert "2027-02-01T00:00:00+01:00" in listed
    assert "read-only" in listed
    assert token.strip() not in listed
    assert serving.command("token", "add", "program", "--name", "x", "--expires", "snart", check=False).returncode == 1
    assert serving.command("token", "revoke", "none", check=False).returncode == 1
