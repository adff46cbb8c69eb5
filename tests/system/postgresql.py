"""A throw-away PostgreSQL server."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.serving import free_port
from tests.system.daemon import place


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
    binaries, port = programs(), free_port()
    with place("postgresql", "postgres") as its:
        data = its.folder / "data"
        made = ("-U", "katalog", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        its.do(binaries / "initdb", "-D", data, *made)
        options = ("-cfsync=off", "-clisten_addresses=127.0.0.1", f"-cunix_socket_directories={its.folder}")
        asked: list[str | Path] = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]

        def is_ready() -> bool:
            return subprocess.run(asked, check=False).returncode == 0

        # SIGINT is "fast shutdown": whoever is still connected is sent away.
        with its.running([binaries / "postgres", "-D", data, "-p", str(port), *options], is_ready, signal.SIGINT):
            yield f"postgresql://katalog@127.0.0.1:{port}/postgres"
