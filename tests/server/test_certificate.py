"""A certificate that is replaced while the server runs: which one is shown when, and what is said of it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from structlog.testing import capture_logs

from katalog.errors import ServerError
from katalog.server.certificate import DAY, Certificate
from tests.certificate import certificate
from tests.clock import Clock


def replace(folder: Path, made: Path, *names: str) -> None:
    """By rename, as most tools do."""
    for name in names:
        (made / name).rename(folder / name)


def another(folder: Path, **fields: object) -> Path:
    """A folder with a new pair of files."""
    made = folder / "new"
    made.mkdir(exist_ok=True)
    certificate(made, **fields)  # type: ignore[arg-type]
    return made


@asynccontextmanager
async def listening(shown: Certificate) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=shown.context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def trusting_nobody(version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, ciphers: str = "") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context


async def seen(port: int, name: str | None = "localhost", context: ssl.SSLContext | None = None) -> int:
    """The serial number of the certificate that a new connection is shown."""
    _, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context or trusting_nobody(), server_hostname=name or ""
    )
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    await writer.wait_closed()
    return x509.load_der_x509_certificate(der).serial_number


def serial(file: Path) -> int:
    return x509.load_pem_x509_certificate(file.read_bytes()).serial_number


async def test_what_was_opened_goes_on_and_who_comes_sees_the_new_one(tmp_path: Path) -> None:
    shown = Certificate(*certificate(tmp_path))
    async with listening(shown) as port:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=trusting_nobody(), server_hostname="localhost"
        )
        before = await seen(port)
        replace(tmp_path, another(tmp_path, name="katalog.example.se"), "cert.pem", "key.pem")
        with capture_logs() as logged:
            await shown.look()
            await shown.look()
        assert [line["event"] for line in logged] == ["certificate.renewed"]
        assert logged[0]["names"] == ["katalog.example.se", "127.0.0.1"]
        for name in ("localhost", None):
            assert await seen(port, name) == serial(tmp_path / "cert.pem") != before
        writer.write(b"still there\n")
        assert await reader.readline() == b"still there\n"
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("first", ["cert.pem", "key.pem"])
async def test_one_file_before_the_other(tmp_path: Path, first: str) -> None:
    """The old pair is shown until the new one is whole, which is said once."""
    shown = Certificate(*certificate(tmp_path))
    (second,) = {"cert.pem", "key.pem"} - {first}
    made = another(tmp_path)
    async with listening(shown) as port:
        before = await seen(port)
        replace(tmp_path, made, first)
        with capture_logs() as logged:
            for _ in range(3):
                await shown.look()
                assert await seen(port) == before
            replace(tmp_path, made, second)
            await shown.look()
        assert [line["event"] for line in logged] == ["certificate.wrong", "certificate.renewed"]
        assert "PEM" in logged[0]["advice"]
        assert await seen(port) == serial(tmp_path / "cert.pem") != before


async def test_files_that_are_written_in_place_bit_by_bit(tmp_path: Path) -> None:
    shown = Certificate(*certificate(tmp_path))
    made = another(tmp_path)
    async with listening(shown) as port:
        before = await seen(port)
        for name in ("cert.pem", "key.pem"):
            whole = (made / name).read_bytes()
            for size in (0, len(whole) // 2, len(whole) - 1, len(whole)):
                (tmp_path / name).write_bytes(whole[:size])
                await shown.look()
                # The last byte is a line break, without which it is whole, too.
                is_whole = name == "key.pem" and size >= len(whole) - 1
                assert await seen(port) == (serial(made / "cert.pem") if is_whole else before)


async def test_files_that_are_gone_for_a_while(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    shown = Certificate(cert, key)
    kept = cert.read_bytes()
    cert.unlink()
    with capture_logs() as logged:
        await shown.look()
        cert.write_bytes(kept)
        await shown.look()
        cert.unlink()
        await shown.look()
    assert [line["event"] for line in logged] == ["certificate.wrong", "certificate.wrong"]
    assert "cert.pem: cannot be read" in logged[0]["reason"]


async def test_another_kind_of_key_takes_the_place_of_the_first(tmp_path: Path) -> None:
    """Who prefers the old kind is not shown the old certificate for it."""
    shown = Certificate(*certificate(tmp_path))
    async with listening(shown) as port:
        replace(tmp_path, another(tmp_path, is_rsa=True), "cert.pem", "key.pem")
        await shown.look()
        both = trusting_nobody(ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256")
        assert await seen(port, context=both) == serial(tmp_path / "cert.pem")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_who_comes_back_with_a_session_of_before_is_served(tmp_path: Path, version: ssl.TLSVersion) -> None:
    shown = Certificate(*certificate(tmp_path))
    context = trusting_nobody(version)
    async with listening(shown) as port:

        def visit(session: ssl.SSLSession | None) -> tuple[bytes, ssl.SSLSession | None]:
            with (
                socket.create_connection(("127.0.0.1", port), 5) as plain,
                context.wrap_socket(plain, server_hostname="localhost", session=session) as secure,
            ):
                secure.sendall(b"hello\n")
                return secure.recv(100), secure.session

        _, session = await asyncio.to_thread(visit, None)
        replace(tmp_path, another(tmp_path), "cert.pem", "key.pem")
        await shown.look()
        said, _ = await asyncio.to_thread(visit, session)
        assert said == b"hello\n"


async def test_it_looks_again_and_again(tmp_path: Path) -> None:
    shown = Certificate(*certificate(tmp_path))
    following = asyncio.create_task(shown.follow(0.01))
    before = shown.shown.digest
    replace(tmp_path, another(tmp_path), "cert.pem")
    await asyncio.sleep(0.05)
    assert shown.shown.digest == before
    replace(tmp_path, tmp_path / "new", "key.pem")
    async with asyncio.timeout(5):
        while shown.shown.digest == before:
            await asyncio.sleep(0.01)
    following.cancel()


@pytest.mark.parametrize(
    ("days", "events"), [(15, []), (13.9, ["certificate.expiring"]), (-1, ["certificate.expired"])]
)
async def test_an_end_that_is_near_is_said_once_a_day(
    tmp_path: Path, clock: Clock, days: float, events: list[str]
) -> None:
    shown = Certificate(*certificate(tmp_path, days=0), clock)
    clock.now = shown.shown.expires - days * DAY
    with capture_logs() as logged:
        following = asyncio.create_task(shown.follow(0.001))
        await asyncio.sleep(0.05)
        assert [line["event"] for line in logged] == events
        clock.now += DAY
        await asyncio.sleep(0.05)
        async with asyncio.timeout(5):
            while len(logged) < 2 * len(events):
                await asyncio.sleep(0.01)
        assert [line["event"] for line in logged][: 2 * len(events)] == events * 2
        following.cancel()


@pytest.mark.parametrize("wrong", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\n"])
@pytest.mark.parametrize("name", ["cert.pem", "key.pem"])
def test_what_a_server_does_not_start_with(tmp_path: Path, name: str, wrong: bytes) -> None:
    certificate(tmp_path)
    (tmp_path / name).write_bytes(wrong)
    with pytest.raises(ServerError, match="without a password"):
        Certificate(tmp_path / "cert.pem", tmp_path / "key.pem")
