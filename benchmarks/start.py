"""Killed and started again: how long until the first answer, beside reading the same table with the sqlite3 shell."""

import asyncio
import http.client
import json
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.people import fill, people
from benchmarks.processor import processor_time
from benchmarks.table import Row, growth
from katalog.settings_file import load
from katalog.store.database import Database
from tests.serving import Serving, free_port

RUNS = 5
COUNTS = (10_000, 100_000, 300_000)
MANY = 100_000
"""For which the start is promised."""

TIMES, SECONDS = 2.0, 2.0
"""So many times what the shell takes, or so many seconds: the looser of the two is promised."""

GROWTH = 1.5
"""What a further entry may cost between the last two counts, by what it costs between the first two. Linear is 1, and
what grows with the square would be 3; between them is the noise of a start that is mostly other things."""

BUSY = 1.2
"""Times its processor time that a start takes on a machine that is busy with something else."""

LIMIT, POLL = 60.0, 0.005
ASKED = 42
"""Whose extension is asked for."""


class Taken(NamedTuple):
    """Seconds of the clock, and of the processor."""

    seconds: float
    processor: float


def measure() -> list[Row]:
    with ExitStack() as stack:
        started = {}
        for count in COUNTS:
            started[count] = _Started(Path(stack.enter_context(tempfile.TemporaryDirectory())), count)
        ours: dict[int, list[Taken]] = {count: [] for count in COUNTS}
        shell = []
        for _ in range(RUNS):
            for count in COUNTS:
                ours[count].append(started[count].again())
            shell.append(started[MANY].read_by_shell())
    waited = {count: median([taken.seconds for taken in ours[count]]) * 1000 for count in COUNTS}
    worked = {count: median([taken.processor for taken in ours[count]]) * 1000 for count in COUNTS}
    peer = median(shell) * 1000
    limit = round(max(TIMES, SECONDS * 1000 / peer), 2)
    # The start is work of one core from its beginning to its end; what it takes longer it waits for others' work.
    saturated = " (saturated: others worked on the machine)" if waited[MANY] > BUSY * worked[MANY] else ""
    name = f"killed and started with {MANY:,} entries: the first answer"
    return [
        Row(name + saturated, "ms", waited[MANY], peer, "the sqlite3 shell reads the table", waited[MANY] / peer, limit,
            at_least=False),
        *[
            Row(f"the same with {count:,}: processor time", "ms", value, None, "", value, None)
            for count, value in worked.items()
        ],
        growth("processor time of the start", "µs", COUNTS, [1000 * value for value in worked.values()], GROWTH),
    ]  # fmt: skip


class _Started:
    """One server, which is killed and started again and again."""

    def __init__(self, folder: Path, count: int) -> None:
        # Its telephone system is away: people are to be had all the same.
        self._serving = Serving(folder, f'[[pbx]]\nname = "bench"\nport = {free_port()}\n')
        asyncio.run(fill(self._serving, people(count)))
        self._serving.add_account("program", "--service")
        self._token = {"Authorization": f"Bearer {self._serving.add_token('program')}"}
        self._database = Database(load(self._serving.config, {}).database.url).path
        # The shell tidies up after others; what is started finds what was left behind.
        self._copy = shutil.copy(folder / (self._database or ""), folder / "copy.db")
        self.again()

    def again(self) -> Taken:
        """From the start of the command until its first right answer. Then it is killed: what it would go on with would
        be in the way of the next.
        """
        begun = time.perf_counter()
        self._serving.launch()
        process = self._serving.process
        assert process is not None
        try:
            while not self._answers():
                if time.perf_counter() - begun > LIMIT:
                    raise RuntimeError(self._serving.log)
                time.sleep(POLL)
            return Taken(time.perf_counter() - begun, processor_time([process.pid]))
        finally:
            self._serving.kill(signal.SIGKILL)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._serving.port, timeout=LIMIT)
        number = f"08{ASKED:07d}"
        try:
            connection.request("GET", f"/api/extensions/{number}", headers=self._token)
            response = connection.getresponse()
            body = response.read()
        except OSError:
            return False
        finally:
            connection.close()
        if response.status != 200 or json.loads(body)["extension"] != number:
            raise RuntimeError(body)
        return True

    def read_by_shell(self) -> float:
        begun = time.perf_counter()
        subprocess.run(["sqlite3", self._copy, "select * from entry"], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begun
