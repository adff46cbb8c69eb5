"""`katalog serve` as a process of its own, for tests that need the real thing: sockets, signals, commands."""

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

import httpx

from tests.commands import COMMANDS

KATALOG = [sys.executable, "-W", "error", "-m", "katalog"]


WORKERS = 16

_numbers = itertools.count(os.getpid())


def free_port() -> int:
    """One that nobody has, and that nobody else is given before it is used: neither by the kernel, whose own begin
    further up, nor by another worker, whose leave another remainder.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % WORKERS
    while True:
        port = 10_000 + (next(_numbers) * WORKERS + worker) % 10_000
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Serving:
    """One installation in a folder: its settings, its commands, and its server."""

    def __init__(self, folder: Path, settings: str = "", *, server: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.scheme = "https" if "tls_cert" in server else "http"
        self.config = folder / "katalog.toml"
        self.config.write_text(f"[server]\nport = {self.port}\n{server}\n{settings}\n", "utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        path = self.folder / "server.log"
        return path.read_text("utf-8") if path.exists() else ""

    def command(self, *arguments: str, stdin: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs `katalog …` on this installation; what it wrote is in the result."""
        result = COMMANDS.run([*arguments, "--config", str(self.config)], folder=self.folder, stdin=stdin)
        if check and result.returncode:
            raise AssertionError(f"katalog {arguments}: exit {result.returncode}\n{result.stdout}\n{result.stderr}")
        return result

    def add_account(self, login: str, *options: str, password: str = "hemligheter") -> None:
        self.command("account", "add", login, *options, stdin=password + "\n")

    def add_token(self, login: str, *options: str) -> str:
        return self.command("token", "add", login, "--name", "test", *options).stdout.strip()

    def launch(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*KATALOG, "serve", "--config", str(self.config)], stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip

    async def until_ready(self, seconds: float = 60.0) -> None:
        async with httpx.AsyncClient(verify=False) as client, asyncio.timeout(seconds):
            while True:
                if self.process is None or self.process.poll() is not None:
                    raise AssertionError(f"the server ended\n{self.log}")
                try:
                    if (await client.get(f"{self.url}/healthz")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.02)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Ends the process that was started, and waits for it."""
        assert self.process is not None
        self.process.send_signal(number)
        status = self.process.wait(15)
        self.process = None
        return status

    @classmethod
    @asynccontextmanager
    async def running(cls, folder: Path, settings: str = "", *, server: str = "") -> AsyncIterator[Self]:
        serving = cls(folder, settings, server=server)
        serving.launch()
        try:
            await serving.until_ready()
            yield serving
            assert '.fault"' not in serving.log, serving.log
        finally:
            if serving.process is not None:
                serving.kill(signal.SIGTERM)


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    children = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[1]) == pid and fields[0] != "Z":
                children.append(int(entry.name))
    return children


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
