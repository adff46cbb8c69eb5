"""`katalog …` as a process of its own, without the half second of imports: forked from one that has done them.

    python -W error -m tests.commands

reads requests from its standard input, a JSON object a line, forks for each, and writes how each has ended.
"""

import atexit
import itertools
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from katalog.cli import app

ROOT = Path(__file__).resolve().parents[1]


class Commands:
    """Runs commands, some at once; the process that forks is started with the first of them, and ends with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._ended: dict[int, tuple[threading.Event, list[int]]] = {}
        self._process: subprocess.Popen[str] | None = None

    def run(
        self, arguments: list[str], *, folder: Path, stdin: str = "", timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """As subprocess.run does, with what it wrote as text."""
        with tempfile.TemporaryDirectory() as streams:
            paths = {name: str(Path(streams) / name) for name in ("stdin", "stdout", "stderr")}
            Path(paths["stdin"]).write_text(stdin, "utf-8")
            request = {"arguments": arguments, "folder": str(folder), "environment": dict(os.environ), **paths}
            ended, status = threading.Event(), list[int]()
            with self._lock:
                number = next(self._numbers)
                self._ended[number] = ended, status
                if self._process is None:
                    self._process = self._start()
                assert self._process.stdin is not None
                print(json.dumps({"number": number, **request}), file=self._process.stdin, flush=True)
            if not ended.wait(timeout):
                raise subprocess.TimeoutExpired(arguments, timeout)
            wrote = [Path(paths[name]).read_text("utf-8") for name in ("stdout", "stderr")]
            return subprocess.CompletedProcess(arguments, status[0], *wrote)

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.commands"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        threading.Thread(target=self._listen, args=[process], daemon=True).start()
        atexit.register(self._stop, process)
        return process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            ended, status = self._ended.pop(told["number"])
            status.append(told["status"])
            ended.set()

    def _stop(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)


COMMANDS = Commands()


def main() -> None:
    """The process that forks."""
    running: dict[int, int] = {}
    rest = b""
    while True:
        ready, _, _ = select.select([0], [], [], 0.005 if running else None)
        if ready:
            data = os.read(0, 1 << 20)
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                request = json.loads(line)
                pid = os.fork()
                if not pid:
                    _command(request)
                running[pid] = request["number"]
        while running and (found := os.waitpid(-1, os.WNOHANG))[0]:
            told = {"number": running.pop(found[0]), "status": os.waitstatus_to_exitcode(found[1])}
            print(json.dumps(told), flush=True)


def _command(request: dict[str, Any]) -> None:
    """In the forked process: the command, and its end."""
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    modes = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY | os.O_CREAT, "stderr": os.O_WRONLY | os.O_CREAT}
    for number, (name, mode) in enumerate(modes.items()):
        os.dup2(os.open(request[name], mode, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    sys.argv = ["katalog", *request["arguments"]]
    status = 1
    try:
        app()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
