"""`katalog check` and `katalog init`: one line for each matter, and what to do."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.serving import Serving, free_port
from tests.system.asterisk.server import Asterisk
from tests.system.conftest import need_asterisk

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx() -> AsyncIterator[Asterisk]:
    need_asterisk("22")
    async with Asterisk("22", phones=("100",)) as running:
        yield running


def block(pbx: Asterisk, user: str = "katalog", *, secret: str | None = None, port: int | None = None) -> str:
    manager = pbx.manager(user)
    return (
        f'[[pbx]]\nname = "växel"\nport = {port or manager.port}\nusername = "{user}"\n'
        f'secret = "{secret or manager.secret}"\n'
    )


def check(folder: Path, settings: str) -> tuple[int, list[str]]:
    result = Serving(folder, settings).command("check", check=False)
    lines = result.stdout.splitlines()
    assert all(re.match("[✓✗] ", line) for line in lines), result.stdout + result.stderr
    return result.returncode, lines


async def test_all_is_well(pbx: Asterisk, tmp_path: Path) -> None:
    status, lines = check(tmp_path, block(pbx))
    assert status == 0, lines
    assert {line.split()[1].rstrip(":") for line in lines} >= {"settings", "database", "disk", "clock", "pbx", "sms"}


async def test_a_wrong_secret(pbx: Asterisk, tmp_path: Path) -> None:
    status, lines = check(tmp_path, block(pbx, secret="wrong"))
    assert status == 1
    (line,) = [line for line in lines if line.startswith("✗")]
    assert "manager.conf" in line
    assert "secret" in line


async def test_a_refused_connection(pbx: Asterisk, tmp_path: Path) -> None:
    status, lines = check(tmp_path, block(pbx, port=free_port()))
    assert status == 1
    (line,) = [line for line in lines if line.startswith("✗")]
    assert "→" in line


async def test_missing_rights(pbx: Asterisk, tmp_path: Path) -> None:
    status, lines = check(tmp_path, block(pbx, "unreporting"))
    assert status == 1
    (line,) = [line for line in lines if line.startswith("✗")]
    assert "write=reporting" in line.replace(" ", "")


async def test_what_profiles_on_telephones_need(pbx: Asterisk, tmp_path: Path) -> None:
    def told(user: str, *settings: str) -> tuple[int, dict[str, str]]:
        status, lines = check(tmp_path, block(pbx, user) + "\n".join(settings))
        subjects = ("write=call", "write=originate", "db_context")
        return status, {subject: line for line in lines for subject in subjects if f": {subject}: " in line}

    # Who only wants calls shown has nothing to put right.
    status, lines = told("katalog")
    assert (status, list(lines)) == (0, ["write=call", "write=originate"])
    assert all("not given" in line for line in lines.values())
    status, lines = told("katalog-astdb", 'db_context = "katalog-db"')
    assert status == 0, lines
    assert "can show" in lines["write=call"]
    assert "can dial" in lines["write=originate"]
    assert lines["db_context"].startswith("✓")
    status, lines = told("katalog-astdb", 'db_context = "none-such"')
    assert status == 1
    assert "keeps nothing" in lines["db_context"]
    status, lines = told("katalog-profiles", 'db_context = "katalog-db"')
    assert status == 1
    assert "not given" in lines["write=originate"]
    assert "write=reporting,call,originate" in lines["db_context"].replace(" ", "")


async def test_a_right_that_text_messages_need(pbx: Asterisk, tmp_path: Path) -> None:
    status, lines = check(tmp_path, '[sms]\ngateway = "asterisk"\n' + block(pbx))
    assert status == 1
    (line,) = [line for line in lines if line.startswith("✗")]
    assert line.startswith("✗ sms: write=message")
    assert "write=reporting,message" in line.replace(" ", "")


async def test_no_secret_is_ever_shown(pbx: Asterisk, tmp_path: Path) -> None:
    secret = "topsecretword"
    _, lines = check(tmp_path, block(pbx, secret=secret))
    assert secret not in "\n".join(lines)


async def test_a_wrong_setting_and_an_unusable_database(tmp_path: Path) -> None:
    status, lines = check(tmp_path, "[organisation]\ntimezon = 1")
    assert status == 1
    assert "timezone" in lines[0]
    assert "katalog.toml:" in lines[0]
    status, lines = check(tmp_path, '[database]\nurl = "sqlite:///none/katalog.db"')
    assert status == 1
    assert any(line.startswith("✗ database") for line in lines)


async def test_init_writes_settings_that_check_likes_and_never_over_others(tmp_path: Path) -> None:
    serving = Serving(tmp_path)
    assert serving.command("init", check=False).returncode == 1
    serving.config.unlink()
    serving.command("init")
    assert serving.config.stat().st_mode & 0o077 == 0
    assert serving.command("check").returncode == 0
