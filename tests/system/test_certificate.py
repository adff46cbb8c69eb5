"""A real server over TLS whose certificate is renewed while a program listens to it."""

import asyncio
import json
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from katalog.server.certificate import PERIOD
from tests.certificate import certificate
from tests.serving import Serving


async def shown_to_new(port: int) -> str:
    """The certificate that a new connection is shown, whoever signed it."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return ssl.DER_cert_to_PEM_cert(der).strip()


@pytest.mark.alone  # how soon it is shown is measured
async def test_a_stream_keeps_its_place_while_the_certificate_is_renewed(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path, days=3)
    async with Serving.running(tmp_path, server=f'tls_cert = "{cert.name}"\ntls_key = "{key.name}"') as serving:
        (tmp_path / "people.csv").write_text("extension,name\n100,Anna\n", "utf-8")
        serving.command("import", "people.csv")
        serving.add_account("admin", "--admin")
        headers = {"authorization": f"Bearer {serving.add_token('admin')}"}
        trusting = ssl.create_default_context(cafile=str(cert))
        connector = aiohttp.TCPConnector(ssl=trusting)
        async with aiohttp.ClientSession(serving.url, connector=connector, headers=headers) as session:
            async with session.get("/api/events") as stream:
                await stream.content.readuntil(b"\n\n")
                before = await shown_to_new(serving.port)
                made = tmp_path / "new"
                made.mkdir()
                certificate(made, days=90)
                (made / "cert.pem").rename(cert)
                async with asyncio.timeout(10):
                    while "certificate.wrong" not in serving.log:
                        await asyncio.sleep(0.05)
                assert await shown_to_new(serving.port) == before, "its key is not there yet"
                begun = time.monotonic()
                (made / "key.pem").rename(key)
                while await shown_to_new(serving.port) == before:
                    assert time.monotonic() - begun < 2 * PERIOD
                    await asyncio.sleep(0.05)
                print(f"a new connection had the new certificate after {time.monotonic() - begun:.1f} s")
                assert await shown_to_new(serving.port) == cert.read_text().strip()
                await asyncio.to_thread(serving.command, "profile", "set", "100", "lunch")
                event = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), 5)
                assert b"event: entry\n" in event
                assert b"Lunch" in event
            trusted = ssl.create_default_context(cafile=str(cert))
            async with session.get("/metrics", ssl=trusted) as response:
                text = await response.text()
        logged = [json.loads(line) for line in serving.log.splitlines()]
        told = [line["event"] for line in logged if line["event"].startswith("certificate.")]
        assert told == ["certificate.expiring", "certificate.wrong", "certificate.renewed"]
        (expires,) = [line["expires"] for line in logged if line["event"] == "certificate.renewed"]
        (metric,) = [
            line for line in text.splitlines() if line.startswith("katalog_certificate_expiry_timestamp_seconds ")
        ]
        assert float(metric.split()[1]) == datetime.fromisoformat(expires).astimezone(UTC).timestamp()
        printed = serving.command("check", check=False).stdout
        assert f"✓ certificate: {cert}, for localhost, 127.0.0.1: 89 days left\n" in printed


@pytest.mark.parametrize(
    ("days", "begins", "line"),
    [
        (-1, -3, "✗ certificate: {}, for localhost, 127.0.0.1: expired 1 days ago → renew it"),
        (5, -1, "✓ certificate: {}, for localhost, 127.0.0.1: 4 days left → renew it"),
        (5, 1, "✗ certificate: {}, for localhost, 127.0.0.1: does not hold yet → see to the clock"),
    ],
)
def test_check_tells_how_long_it_holds(tmp_path: Path, days: float, begins: float, line: str) -> None:
    cert, key = certificate(tmp_path, days=days, begins=begins)
    serving = Serving(tmp_path, server=f'tls_cert = "{cert.name}"\ntls_key = "{key.name}"')
    result = serving.command("check", check=False)
    assert result.returncode == (1 if line.startswith("✗") else 0)
    assert line.format(cert) in result.stdout
