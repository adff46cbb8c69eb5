"""A throw-away PostgreSQL server: its own data folder and port, on loopback, gone when the tests are."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import free_port

_PR_SET_PDEATHSIG = 1
START_LIMIT = 30.0
STOP_LIMIT = 20.0
PREFIX = "katalog-postgresql-"


class NoPostgresql(Exception):
    """It is not installed."""


def programs() -> Path:
    """The folder of initdb and postgres; the newest, where Debian has several."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path is None:
        raise NoPostgresql("PostgreSQL is not installed: apt-get install postgresql")
    return Path(on_path).parent


@contextmanager
def postgresql() -> Iterator[str]:
    """Gives a URL `postgresql://…` of a database that is a superuser's."""
    binaries = programs()
    _remove_orphans()
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as name:
        folder, port = Path(name), free_port()
        user = _user(folder)
        # Not a pipe: nobody reads one while the tests run, and when it is full every refused statement waits forever.
        with (folder / "log").open("wb") as log:
            run = {"user": user, "cwd": folder, "stdout": log, "stderr": log}
            made = subprocess.run(
                [binaries / "initdb", "-D", folder / "data", "-U", "katalog", "--auth=trust", "--encoding=UTF8",
                 "--locale=C.UTF-8", "--no-sync"],
                check=False, **run,  # type: ignore[call-overload]
            )  # fmt: skip
            if made.returncode:
                raise RuntimeError(f"initdb failed:\n{_said(folder)}")
            options = ["-cfsync=off", "-clisten_addresses=127.0.0.1", f"-cunix_socket_directories={folder}"]
            process = subprocess.Popen(
                [binaries / "postgres", "-D", folder / "data", "-p", str(port), *options],
                preexec_fn=_die_with_parent, **run,  # type: ignore[call-overload]
            )  # fmt: skip
        try:
            _until_ready(binaries, port, process, folder)
            yield f"postgresql://katalog@127.0.0.1:{port}/postgres"
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    # "Fast shutdown": whoever is still connected is sent away.
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _remove_orphans() -> None:
    """What processes left that were killed; their server died with them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _user(folder: Path) -> str | None:
    """PostgreSQL does not run as root."""
    if os.getuid() != 0:
        return None
    user = "postgres"
    try:
        pwd.getpwnam(user)
    except KeyError:
        user = "nobody"
    shutil.chown(folder, user)
    return user


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)


def _until_ready(binaries: Path, port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + START_LIMIT
    while subprocess.run([binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"PostgreSQL did not start:\n{_said(folder)}")
        time.sleep(0.05)


def _said(folder: Path) -> str:
    return (folder / "log").read_text("utf-8", "replace")[-4000:]
