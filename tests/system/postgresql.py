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
    with tempfile.TemporaryDirectory(prefix="katalog-postgresql-") as name:
        folder, port = Path(name), free_port()
        data = folder / "data"
        user = _user(folder)
        run = {"user": user, "cwd": folder, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "katalog", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
             "--no-sync"],
            check=True, **run,  # type: ignore[call-overload]
        )  # fmt: skip
        options = {"fsync": "off", "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder)}
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), *[f"-c{key}={value}" for key, value in options.items()]],
            preexec_fn=_die_with_parent, **run,  # type: ignore[call-overload]
        )  # fmt: skip
        try:
            _until_ready(binaries, port, process)
            yield f"postgresql://katalog@127.0.0.1:{port}/postgres"
        finally:
            # "Fast shutdown": whoever is still connected is sent away.
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)


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


def _until_ready(binaries: Path, port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_LIMIT
    while subprocess.run([binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode:
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            output = process.communicate()[0]
            raise RuntimeError(f"PostgreSQL did not start:\n{output.decode(errors='replace')}")
        time.sleep(0.05)
