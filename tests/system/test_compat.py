"""A real katalog, asked by `katalog compat` what it holds of the v1 contract: over TLS, by its own name and another."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from katalog.compat.asking import Options
from katalog.compat.credentials import Credentials
from katalog.compat.examination import Result, examine, trusting
from katalog.compat.target import Target
from tests.certificate import certificate
from tests.serving import Serving

PEOPLE = """anknytning;namn;e-post;mobil;nyckelord;typ
08010203;Anna Åström;anna@mail.se;0729913232;support;
08040506;Bengt Bengtsson;;;malmö;
08040506;Konferensrum A;;;;rum
"""

BUILT = {"Contact directory", "One number", "Authentication", "Login", "Every answer"}


@pytest_asyncio.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    cert, key = certificate(tmp_path)
    server = f'tls_cert = "{cert.name}"\ntls_key = "{key.name}"\nquery_credentials = true'
    async with Serving.running(tmp_path, server=server) as running:
        (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
        running.command("import", "people.csv")
        running.add_account("anna", "--entry", "08010203")
        running.add_account("program", "--service")
        running.command("profile", "set", "08010203", "lunch")
        yield running


async def examined(serving: Serving, credentials: Credentials, base: str) -> Result:
    trust = trusting(serving.folder / "cert.pem")
    target = Target.of(base, f"127.0.0.1:{serving.port}")
    return await examine(target, credentials, Options(query_credentials=True), trust)


def differ(result: Result) -> list[str]:
    return [f"{line.text}: {line.told}" for line in result.lines if line.holds is False and line.part in BUILT]


async def test_whoever_comes_from_elsewhere_finds_the_contract_here(serving: Serving) -> None:
    """A person with a password and a token, at the name without a path; a program with a token, at /api."""
    anna = Credentials(serving.add_token("anna"), "08010203", "hemligheter")
    result = await examined(serving, anna, "https://localhost/")
    assert differ(result) == []
    unseen = {line.text for line in result.lines if line.holds is None and line.part in BUILT}
    assert unseen == {
        "a call is callerid, direction, linestatus",  # nobody is in one
        "401 is for credentials only; an inner fault is 503 with Retry-After",
    }
    program = Credentials(serving.add_token("program", "--read-only"))
    assert differ(await examined(serving, program, "https://localhost/api/")) == []


async def test_what_was_begun_is_ended(serving: Serving) -> None:
    await examined(serving, Credentials("", "anna", "hemligheter"), "https://localhost/")
    assert (await asyncio.to_thread(serving.command, "token", "list")).stdout == ""
