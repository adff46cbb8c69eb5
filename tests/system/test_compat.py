"""A real katalog, asked what it holds of the v1 contract: over TLS, by the name of the server that it takes over, with a
certificate made as docs/migrate.md tells.
"""

import asyncio
import re
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from katalog.compat.asking import Options
from katalog.compat.credentials import Credentials
from katalog.compat.examination import Result, examine, trusting
from katalog.compat.target import Target
from katalog.server.certificate import PERIOD
from tests.serving import Serving

PEOPLE = """anknytning;namn;e-post;mobil;nyckelord;typ
08010203;Anna Åström;anna@mail.se;0729913232;support;
08040506;Bengt Bengtsson;;;malmö;
08040506;Konferensrum A;;;;rum
"""

NAME = "api.old.example"
GUIDE = Path(__file__).parents[2] / "docs/migrate.md"

BUILT = {"Contact directory", "One number", "Authentication", "Login", "Every answer"}


def authority(folder: Path, name: str) -> None:
    """The files that the guide's commands make; for another name, signed by the same authority."""
    (commands,) = re.findall(r"^```shell\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert f"NAME={NAME}\n" in commands
    if name != NAME:
        commands = f"NAME={name}\n" + commands[commands.index("openssl req -newkey") :]
    subprocess.run(["sh", "-e", "-c", commands], cwd=folder, check=True, capture_output=True)


@pytest_asyncio.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    authority(tmp_path, NAME)
    server = 'tls_cert = "cert.pem"\ntls_key = "key.pem"\nquery_credentials = true'
    async with Serving.running(tmp_path, server=server) as running:
        (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
        running.command("import", "people.csv")
        running.add_account("anna", "--entry", "08010203")
        running.add_account("program", "--service")
        running.command("profile", "set", "08010203", "lunch")
        yield running


async def examined(serving: Serving, credentials: Credentials, base: str) -> Result:
    trust = trusting(serving.folder / "ca.pem")
    trust.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 does by itself
    target = Target.of(base, f"127.0.0.1:{serving.port}")
    return await examine(target, credentials, Options(query_credentials=True), trust)


def differ(result: Result) -> list[str]:
    return [f"{line.text}: {line.told}" for line in result.lines if line.holds is False and line.part in BUILT]


async def test_whoever_comes_from_elsewhere_finds_the_contract_here(serving: Serving) -> None:
    """A person with a password and a token, at the name without a path; a program with a token, at /api."""
    anna = Credentials(serving.add_token("anna"), "08010203", "hemligheter")
    result = await examined(serving, anna, f"https://{NAME}/")
    assert differ(result) == []
    unseen = {line.text for line in result.lines if line.holds is None and line.part in BUILT}
    assert unseen == {
        "a call is callerid, direction, linestatus",  # nobody is in one
        "401 is for credentials only; an inner fault is 503 with Retry-After",
    }
    listed = (await asyncio.to_thread(serving.command, "token", "list")).stdout
    assert listed.count("\n") == 1, "sessions that were begun are ended"
    program = Credentials(serving.add_token("program", "--read-only"))
    assert differ(await examined(serving, program, f"https://{NAME}/api/")) == []


async def test_the_authority_of_the_guide_is_good_for_one_name(serving: Serving) -> None:
    authority(serving.folder, "bank.example")
    await asyncio.sleep(1.5 * PERIOD)
    result = await examine(
        Target.of("https://bank.example/", f"127.0.0.1:{serving.port}"), Credentials("x"), Options(),
        trusting(serving.folder / "ca.pem"),
    )  # fmt: skip
    assert (result.requests, "permitted subtree violation" in result.lost) == (1, True)
    result = await examined(serving, Credentials("x"), f"https://{NAME}/")
    assert "not trusted" in result.lost
