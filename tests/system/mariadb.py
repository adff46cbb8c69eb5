"""A throw-away MariaDB server."""

import shutil
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.serving import free_port
from tests.system.daemon import place

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"


class NoMariadb(Exception):
    """It is not installed."""


def _program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        raise NoMariadb("MariaDB is not installed: apt-get install --no-install-recommends mariadb-server-core")
    return found


@contextmanager
def mariadb() -> Iterator[str]:
    """Gives a URL `mysql://…` of the database `test`, in which everybody may do everything."""
    serve, port = _program("mariadbd"), free_port()
    with place("mariadb", "mysql") as its:
        # With nobody's rights to look up, it does without the tables that mariadb-install-db would make.
        data = its.folder / "data"
        (data / "test").mkdir(parents=True)
        for folder in (data, data / "test"):
            if its.user:
                shutil.chown(folder, its.user)
        options = (
            *(
                "--no-defaults",
                f"--datadir={data}",
                f"--port={port}",
                "--bind-address=127.0.0.1",
                "--skip-grant-tables",
            ),
            *("--skip-networking=0", f"--socket={its.folder}/socket", f"--pid-file={its.folder}/pid"),
            *("--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M"),
        )

        def is_ready() -> bool:
            with socket.socket() as tried:
                return tried.connect_ex(("127.0.0.1", port)) == 0

        with its.running([serve, *options], is_ready, signal.SIGTERM):
            yield f"mysql://root@127.0.0.1:{port}/test"
