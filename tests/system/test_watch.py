"""`katalog watch` beside a real server: lines for programs, a table for people, back by itself after a restart."""

import asyncio
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.serving import KATALOG, Serving

pytestmark = pytest.mark.system


@contextmanager
def watching(serving: Serving, token: str, *options: str, columns: int = 0) -> Iterator["Watch"]:
    """With `columns`, on a terminal of that width."""
    environment = os.environ | {"KATALOG_TOKEN": token, "COLUMNS": str(columns), "LINES": "20", "TERM": "xterm"}
    if not columns:
        del environment["COLUMNS"], environment["LINES"]
    master, slave = pty.openpty() if columns else os.pipe()
    out = slave
    with subprocess.Popen(
        [*KATALOG, "watch", "--config", str(serving.config), *options],
        stdout=out, stderr=subprocess.PIPE, stdin=slave if columns else subprocess.DEVNULL, env=environment,
        cwd=serving.folder,
    ) as process:  # fmt: skip
        os.close(slave)
        watch = Watch(master)
        try:
            yield watch
        finally:
            process.send_signal(signal.SIGINT)
            watch.status = process.wait(10)
            assert process.stderr is not None
            watch.said = process.stderr.read().decode()
            os.close(master)


class Watch:
    def __init__(self, out: int) -> None:
        os.set_blocking(out, False)
        self._out = out
        self.text = ""
        self.status = 0
        self.said = ""

    async def until(self, text: str, seconds: float = 10.0) -> None:
        """What is shown from now on has it."""
        start = len(self.text)
        async with asyncio.timeout(seconds):
            while text not in self.text[start:]:
                try:
                    self.text += os.read(self._out, 1 << 16).decode("utf-8", "replace")
                except BlockingIOError:
                    await asyncio.sleep(0.02)


@pytest.fixture
def people(tmp_path: Path) -> str:
    (tmp_path / "people.csv").write_text(
        "extension;name;department;kind\n100;Anna Å;Sälj;\n101;Bo;IT;\n190;Rum;;room\n", "utf-8"
    )
    return "people.csv"


async def test_a_line_for_each_change(tmp_path: Path, people: str) -> None:
    async with Serving.running(tmp_path) as serving:
        serving.command("import", people)
        serving.add_account("vakt", "--service")
        token = serving.add_token("vakt", "--read-only")
        with watching(serving, token) as watch:
            await watch.until("Rum")
            serving.command("profile", "set", "100", "Semester", "--until", "2099-03-14", "--message", "Vi ses")
            await watch.until("entry\t100\tAnna Å\tSemester\t2099-03-14 23:59:59\tVi ses\t\n")
            serving.kill()
            serving.launch()
            await serving.until_ready()
            await watch.until("snapshot\t190\tRum\t\t\t\t\n")
            serving.command("profile", "clear", "100")
            await watch.until("entry\t100\tAnna Å\tTillgänglig\t\t\t\n")
        assert "trying again" in watch.said
        assert token not in watch.said
        with watching(serving, token, "--department", "it") as some:
            await some.until("Bo")
        assert "Anna" not in some.text


async def test_on_a_terminal_a_table(tmp_path: Path, people: str) -> None:
    async with Serving.running(tmp_path) as serving:
        serving.command("import", people)
        serving.add_account("vakt", "--service")
        with watching(serving, serving.add_token("vakt"), columns=100) as watch:
            await watch.until("Anna Å")
            serving.command("profile", "set", "101", "Lunch", "--until", "2099-03-14")
            await watch.until("1 not to be reached")
            serving.kill()
            await watch.until("trying again")
            serving.launch()
            await serving.until_ready()
            await watch.until("Lunch")
        assert watch.status in (0, 130)


async def test_what_is_wrong_is_told_in_a_line(tmp_path: Path) -> None:
    async with Serving.running(tmp_path) as serving:
        none = serving.command("watch", check=False)
        assert (none.returncode, "katalog token add" in none.stderr) == (1, True)
        wrong = serving.command("watch", "--token", "kat_wrong", check=False)
        assert (wrong.returncode, "the token" in wrong.stderr, "kat_wrong" in wrong.stderr) == (1, True, False)
        assert len(wrong.stderr.splitlines()) == 1
