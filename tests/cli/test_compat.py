"""`katalog compat` as a command: what it says, and with which exit status."""

import asyncio
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from katalog.cli import app
from tests.compat.fake import PASSWORD, TOKEN, USERNAME, Asked, Fake, Reply
from tests.serving import KATALOG, free_port


async def compat(folder: Path, *arguments: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run, [*KATALOG, "compat", *arguments],
        input=stdin, capture_output=True, text=True, timeout=60, cwd=folder, env={"PATH": "", **environ}, check=False,
    )  # fmt: skip


async def test_all_that_was_asked_holds(tmp_path: Path) -> None:
    fake = Fake(now=datetime.now(UTC))
    async with fake.serving() as url:
        result = await compat(
            tmp_path, url, "--username", USERNAME, "--query-credentials", stdin=f"{PASSWORD}\n", KATALOG_TOKEN=TOKEN
        )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("Contact directory\n  ✓ GET /extensions/ is 200 and a bare array")
    assert "✗" not in result.stdout
    assert result.stdout.endswith(f" {len(fake.asked)} requests, one of them with a wrong password.\n")
    assert not any(tmp_path.iterdir()), "it needs no database and leaves none"


async def test_something_does_not_hold(tmp_path: Path) -> None:
    def breaks(asked: Asked, reply: Reply) -> None:
        reply.status = 202 if asked.path == "/calls" else reply.status

    fake = Fake()
    fake.breaks = breaks
    async with fake.serving() as url:
        result = await compat(tmp_path, url, "--token", TOKEN)
    assert (result.returncode, result.stderr) == (1, "")
    assert "✗ GET /calls is 200 and an object of incoming, outgoing, missed — expected 200; came 202" in result.stdout


async def test_nobody_is_there(tmp_path: Path) -> None:
    port = free_port()
    result = await compat(tmp_path, f"http://127.0.0.1:{port}/", "--token", TOKEN)
    assert result.returncode == 1
    assert result.stderr == f"katalog: 127.0.0.1:{port}: nobody listens there\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "URL"),
        (["https://x.se"], "--token"),
        (["x.se", "--token", "x"], "https://"),
        (["https://x.se", "--token", "x", "--dial", "anna@x.se"], "--dial"),
        (["https://x.se", "--token", "x", "--sms", "\x1b[2J"], "--sms"),
        (["https://x.se", "--token", "x", "--ca", "nothing.pem"], "--ca"),
        (["https://x.se", "--token", "x\r\nX-Other: y"], "--token"),
        (["https://x.se", "--username", "anna"], "--username"),
        (["https://x.se", "--token", "x", "--timeout", "0"], "--timeout"),
    ],
)
def test_wrong_use(monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str) -> None:
    monkeypatch.setenv("TERM", "dumb")
    result = CliRunner().invoke(app, ["compat", *arguments], input="")
    assert result.exit_code == 2
    assert told in result.output
