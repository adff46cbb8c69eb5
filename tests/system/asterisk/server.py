"""One throw-away Asterisk: its own configuration, directories and ports, so that several run side by side.

It is never left behind: `async with` ends it, and if this process dies in whatever way the kernel kills it
(prctl PR_SET_PDEATHSIG, by setpriv). The signal comes when the *thread* that started it ends: start it from the
main thread.
"""

import asyncio
import itertools
import os
import random
import re
import secrets
import shutil
import signal
import socket
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.system.asterisk.configuration import (
    LOOPBACK,
    OUTSIDE,
    RIGHTS,
    Ports,
    Settings,
    extensions,
    render,
)
from tests.system.asterisk.observer import Observer
from tests.system.asterisk.root import Installation, find

PORT_RANGE = (20000, 31999)
"""Above the media's ports and below those that the kernel hands to clients: a port found free stays free."""

START_LIMIT = 30.0
"""Seconds; 0.7 is usual, but four at once on two cores of a busy machine need more."""

OWN_DIRECTORIES = ("astcachedir", "astetcdir", "astdbdir", "astkeydir", "astspooldir", "astrundir", "astlogdir")

_numbers = itertools.count()


class AsteriskFailed(Exception):
    """It did not start, or ended by itself; the text has the end of its log."""


@dataclass(frozen=True)
class Manager:
    """What one needs to log in to the manager interface."""

    host: str
    port: int
    user: str
    secret: str


class Asterisk:
    """`async with Asterisk("22") as pbx:` … The ports and secrets stay the same from start to start."""

    def __init__(
        self,
        version: str,
        *,
        phones: Sequence[str] = extensions(20),
        installation: Installation | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self.version = version
        self.phones = tuple(phones)
        self._installation = installation or find(version)
        self._extra = dict(extra or {})
        self._secrets = {user: secrets.token_hex(8) for user in RIGHTS}
        self._process: asyncio.subprocess.Process | None = None
        self._ending = False
        self.ports = free_ports()
        temporary = self._installation.root / "tmp"
        _remove_orphans(temporary)
        self.folder = temporary / f"katalog-{os.getpid()}-{next(_numbers)}"

    @property
    def sip_port(self) -> int:
        return self.ports.sip

    @property
    def ami_port(self) -> int:
        return self.ports.ami

    @property
    def ari_port(self) -> int:
        return self.ports.ari

    @property
    def trunk_port(self) -> int:
        """Where the outside world must listen, on `configuration.OUTSIDE`."""
        return self.ports.trunk

    @property
    def cdr_file(self) -> Path:
        """Where cdr_csv writes what calls there were."""
        return self.folder / "astlogdir" / "cdr-csv" / "Master.csv"

    @property
    def recordings(self) -> Path:
        """Where its recordings are, as they are seen from here."""
        return self.folder / "astspooldir" / "monitor"

    @property
    def recordings_prefix(self) -> str:
        """The same folder, as it names it itself."""
        return self._installation.inside(self.recordings)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    def manager(self, user: str) -> Manager:
        """`user` is one of `configuration.RIGHTS`."""
        return Manager(LOOPBACK, self.ports.ami, user, self._secrets[user])

    async def observer(self, user: str = "truth", events: str = "on") -> Observer:
        """A new connection to the manager interface, to be closed by the caller."""
        return await Observer.connect(self.ports.ami, user, self._secrets[user], events)

    async def __aenter__(self) -> Self:
        self._write_configuration()
        try:
            await self.start()
        except BaseException:
            await self.kill()
            self._remove()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fallen = self._fallen()
        await self.kill()
        self._remove()
        if fallen is not None and error is None:
            raise fallen
        if fallen is not None and error is not None:
            error.add_note(str(fallen))

    async def start(self) -> None:
        """Start it, again if it was stopped or killed; returns when the manager interface answers."""
        if self.running:
            raise AsteriskFailed("it runs already")
        inside = self._installation.inside(self.folder)
        command = self._installation.command("-f", "-C", f"{inside}/astetcdir/asterisk.conf")
        with (self.folder / "console").open("ab") as console:
            self._ending = False
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--", *command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                # An interrupt from the keyboard is for the tests; they end this in their own order.
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(START_LIMIT):
                await self._ready()
        except TimeoutError:
            raise AsteriskFailed(f"no answer within {START_LIMIT:g} s\n{self.log_tail()}") from None

    async def stop(self) -> None:
        """End it cleanly: every channel gets its Hangup, every manager session its Shutdown."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it as a crash would: nobody is told anything."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """`core restart now`: the same process begins anew; returns when the manager interface answers."""
        observer = await self.observer()
        with suppress(ConnectionError, EOFError):
            await observer.action("Command", Command="core restart now")
            await observer.closed()
        await observer.close()
        async with asyncio.timeout(START_LIMIT):
            await self._ready()

    def log_tail(self, lines: int = 60) -> str:
        """The end of what Asterisk itself has to say, to be shown where a test fails."""
        text = ""
        for file in (self.folder / "console", self.folder / "astlogdir" / "full"):
            if file.exists():
                text += "\n".join(
                    [
                        f"--- {file.name}",
                        *file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:],
                        "",
                    ]
                )
        return text

    async def _ready(self) -> None:
        while True:
            if not self.running:
                raise AsteriskFailed(f"it ended by itself while starting\n{self.log_tail()}")
            try:
                observer = await self.observer()
            except (OSError, EOFError):
                await asyncio.sleep(0.02)
                continue
            try:
                await observer.fully_booted()
            except (OSError, EOFError):
                continue
            finally:
                await observer.close()
            return

    def _fallen(self) -> AsteriskFailed | None:
        """Asterisk has faults of its own; all that the tests see of one is that a connection was closed."""
        process = self._process
        if process is None or process.returncode is None or self._ending:
            return None
        return AsteriskFailed(f"it ended by itself, exit {process.returncode}\n{self.log_tail()}")

    async def _end(self, sign: signal.Signals) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._ending = True
        process.send_signal(sign)
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _write_configuration(self) -> None:
        directories = _packaged_directories(self._installation.root)
        for name in OWN_DIRECTORIES:
            (self.folder / name).mkdir(parents=True)
            directories[name] = self._installation.inside(self.folder / name)
        self.cdr_file.parent.mkdir()
        self._settings = Settings(self.ports, directories, self._secrets, self.phones, self._extra)
        for name, text in render(self._settings).items():
            (self.folder / "astetcdir" / name).write_text(text, encoding="utf-8")

    async def tell_presentations(self, tells: bool) -> None:
        """From now on its events say, or do not, whether the other party's number may be shown."""
        if self._settings.tells_presentations == tells:
            return
        self._settings = replace(self._settings, tells_presentations=tells)
        (self.folder / "astetcdir" / "manager.conf").write_text(
            render(self._settings)["manager.conf"], encoding="utf-8"
        )
        observer = await self.observer()
        await observer.action("Command", Command="manager reload")
        await observer.close()

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def free_ports() -> Ports:
    """Four ports that nobody has, on either address and for either protocol."""
    found: list[int] = []
    while len(found) < 4:
        port = random.randint(*PORT_RANGE)
        if port not in found and _is_free(port):
            found.append(port)
    return Ports(*found)


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        for address in (LOOPBACK, OUTSIDE):
            with socket.socket(socket.AF_INET, kind) as probe:
                try:
                    probe.bind((address, port))
                except OSError:
                    return False
    return True


def _packaged_directories(root: Path) -> dict[str, str]:
    """The `[directories]` of the package: where its modules and sounds are differs between versions."""
    text = (root / "etc/asterisk/asterisk.conf").read_text(encoding="utf-8", errors="replace")
    section = re.split(r"^\[", text.split("[directories]", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^(ast\w+dir)\s*=>?\s*(\S+)", section, re.MULTILINE))


def _remove_orphans(temporary: Path) -> None:
    """What processes left that were killed; their Asterisk died with them."""
    for folder in temporary.glob("katalog-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
