"""A real katalog, asked what it holds of the v1 contract: over TLS, by the name of the server that it takes over, with a
certificate made as docs/migrate.md tells.
"""

import asyncio
import re
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from katalog.compat.asking import Options
from katalog.compat.credentials import Credentials
from katalog.compat.examination import Result, examine, trusting
from katalog.compat.target import Target
from tests.serving import Serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = """anknytning;namn;e-post;mobil;nyckelord;typ
08010203;Anna Åström;anna@mail.se;0729913232;support;
08040506;Bengt Bengtsson;;;malmö;
08040506;Konferensrum A;;;;rum
"""

NAME = "api.old.example"
GUIDE = Path(__file__).parents[2] / "docs/migrate.md"

CALLING = {"Call log", "Recordings", "Dial, hang up, SMS"}
"""Parts in which something is seen where there are calls: tests/system/test_recordings.py."""


def authority(folder: Path, name: str) -> None:
    """The files that the guide's commands make; for another name, signed by the same authority."""
    (commands,) = re.findall(r"^```shell\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert f"NAME={NAME}\n" in commands
    if name != NAME:
        commands = f"NAME={name}\n" + commands[commands.index("openssl req -newkey") :]
    subprocess.run(["sh", "-e", "-c", commands], cwd=folder, check=True, capture_output=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serving(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Serving]:
    folder = tmp_path_factory.mktemp("compat")
    authority(folder, NAME)
    server = 'tls_cert = "cert.pem"\ntls_key = "key.pem"\nquery_credentials = true'
    async with Serving.running(folder, server=server) as running:
        (folder / "people.csv").write_text(PEOPLE, "utf-8")
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
    return [f"{line.text}: {line.told}" for line in result.lines if line.holds is False]


async def test_whoever_comes_from_elsewhere_finds_the_contract_here(serving: Serving) -> None:
    """A person with a password and a token, at the name without a path; a program with a token, at /api."""
    anna = Credentials(serving.add_token("anna"), "08010203", "hemligheter")
    result = await examined(serving, anna, f"https://{NAME}/")
    assert differ(result) == []
    unseen = {line.text for line in result.lines if line.holds is None and line.part not in CALLING}
    assert unseen == {
        "a call is callerid, direction, linestatus",  # nobody is in one
        "401 is for credentials only; an inner fault is 503 with Retry-After",
    }
    listed = (await asyncio.to_thread(serving.command, "token", "list")).stdout
    assert listed.count("\n") == 1, "sessions that were begun are ended"
    program = Credentials(serving.add_token("program", "--read-only"))
    assert differ(await examined(serving, program, f"https://{NAME}/api/")) == []


async def test_the_authority_of_the_guide_is_good_for_one_name_and_nobody_trusts_it_unasked(
    serving: Serving, tmp_path: Path
) -> None:
    for name in ("ca.pem", "ca.key"):
        (tmp_path / name).write_bytes((serving.folder / name).read_bytes())
    authority(tmp_path, "bank.example")
    verified = subprocess.run(
        ["openssl", "verify", "-CAfile", "ca.pem", "cert.pem"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "permitted subtree violation" in verified.stderr
    target = Target.of(f"https://{NAME}/", f"127.0.0.1:{serving.port}")
    result = await examine(target, Credentials("x"), Options(), trusting(None))
    assert (result.requests, "not trusted" in result.lost) == (1, True)
    result = await examined(serving, Credentials("kat_wrong"), f"https://{NAME}/")
    assert (result.requests, "401" in result.lost) == (1, True)
