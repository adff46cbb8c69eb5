"""A throw-away server of somebody else's: its own folder and port, on loopback, gone when the tests are."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PR_SET_PDEATHSIG = 1
START_LIMIT = 30.0
STOP_LIMIT = 20.0


class DaemonFailed(Exception):
    """It did not start."""


@dataclass(frozen=True)
class Place:
    """A folder for one server, and as whom it runs there; None: as oneself."""

    folder: Path
    user: str | None

    def do(self, *command: str | Path) -> None:
        """One of its commands, to its end."""
        with (self.folder / "log").open("ab") as log:
            done = subprocess.run(
                command, check=False, user=self.user, cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        if done.returncode:
            raise DaemonFailed(f"{Path(command[0]).name} failed:\n{self._said()}")

    @contextmanager
    def running(self, command: Sequence[str | Path], ready: Callable[[], bool], stop: signal.Signals) -> Iterator[None]:
        """Its server, from when it is `ready`; `stop` is what it is ended with."""

        def die_with_parent() -> None:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, stop, 0, 0, 0)

        # Not a pipe: nobody reads one while the tests run, and when it is full every refused statement waits forever.
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command, preexec_fn=die_with_parent, user=self.user, cwd=self.folder, stdout=log, stderr=log
            )
        try:
            end = time.monotonic() + START_LIMIT
            while not ready():
                if process.poll() is not None or time.monotonic() > end:
                    raise DaemonFailed(f"{Path(command[0]).name} did not start:\n{self._said()}")
                time.sleep(0.05)
            yield
        finally:
            process.send_signal(stop)
            try:
                process.wait(STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _said(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")[-4000:]


@contextmanager
def place(name: str, user: str) -> Iterator[Place]:
    """A new one, for a server that does not run as root: then it is `user`, or `nobody` if there is no such user."""
    prefix = f"katalog-{name}-"
    _remove_orphans(prefix)
    with tempfile.TemporaryDirectory(prefix=f"{prefix}{os.getpid()}-") as folder:
        yield Place(Path(folder), _given(Path(folder), user) if os.getuid() == 0 else None)


def _given(folder: Path, user: str) -> str:
    try:
        pwd.getpwnam(user)
    except KeyError:
        user = "nobody"
    shutil.chown(folder, user)
    return user


def _remove_orphans(prefix: str) -> None:
    """What processes left that were killed; their server died with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*-*"):
        owner = folder.name.removeprefix(prefix).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
