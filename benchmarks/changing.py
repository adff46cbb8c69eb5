"""The list while so many calls a second change it, against nginx with the same bytes as a file that never changes."""

import asyncio
import signal
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx

from benchmarks.exchange import Exchange, Told, exchange
from benchmarks.load import Load, load
from benchmarks.peers import nginx
from benchmarks.people import fill, people
from benchmarks.table import Row, ratio
from tests.connectors.asterisk.fake import SECRET
from tests.serving import Serving

RUNS, PEOPLE, RATE = 9, 10_000, 500
PLAIN, PACKED = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}
BEHIND = 0.5
"""Seconds that telling or hearing a call may lag behind; beyond it the cell is saturated."""


def measure() -> list[Row]:
    staff = list(people(PEOPLE))
    with tempfile.TemporaryDirectory() as name, exchange([f"{number:07d}" for number in range(PEOPLE)], RATE) as pbx:
        folder = Path(name)
        serving = Serving(folder, f'[[pbx]]\nport = {pbx.port}\nusername = "katalog"\nsecret = "{SECRET}"\n')
        asyncio.run(fill(serving, staff))
        serving.add_account("program", "--service")
        token = {"Authorization": f"Bearer {serving.add_token('program')}"}
        serving.launch()
        try:
            asyncio.run(serving.until_ready())
            return Bench(folder, f"{serving.url}/api/extensions/", token, pbx).rows()
        finally:
            serving.kill(signal.SIGTERM)


class Bench:
    def __init__(self, folder: Path, url: str, token: dict[str, str], pbx: Exchange) -> None:
        self._folder = folder
        self._url = url
        self._token = token
        self._pbx = pbx
        self._changes: list[float] = []

    def rows(self) -> list[Row]:
        self._until_live()
        with self._pbx.calls(heard=True):
            body = httpx.get(self._url, headers=self._token | PLAIN).content
        quiet, plain, packed = Pairs(), Pairs(), Pairs()
        told: list[Told] = []
        with nginx(self._folder, body) as file:
            for _ in range(RUNS):
                quiet.ours.append(load(self._url, self._token | PACKED))
                quiet.peer.append(load(file, PACKED))
                with self._pbx.calls(heard=True) as heard:
                    plain.ours.append(self._changing(PLAIN))
                with self._pbx.calls(heard=True) as heard_packed:
                    packed.ours.append(self._changing(PACKED))
                told += [*heard, *heard_packed]
                with self._pbx.calls(heard=False):
                    plain.peer.append(load(file, PLAIN))
                    packed.peer.append(load(file, PACKED))
        size = f"list of {PEOPLE:,} ({len(body) / 1e6:.1f} MB)"
        as_plain, as_packed = (f"{RATE} calls a second{_saturated(told[first::2])}" for first in (0, 1))
        peer = "nginx, the same bytes as a file"
        return [
            plain.rates(f"{size}, {as_plain}", peer, 0.9),
            plain.tails(f"{size}, {as_plain}: p99", peer, 3),
            quiet.rates(f"{size}, gzip", f"{peer}, gzip -9", 0.8),
            packed.rates(f"{size}, gzip, {as_packed}", f"{peer}, gzip -9", 0.4),
            _alone("meanwhile: changes of the list a second", "", median(self._changes)),
            _alone("meanwhile, plain: until a call is heard, p99", "ms", _lag(told[::2])),
            _alone("meanwhile, gzip: until a call is heard, p99", "ms", _lag(told[1::2])),
        ]

    def _changing(self, headers: dict[str, str]) -> Load:
        first, began = self._number(), time.monotonic()
        found = load(self._url, self._token | headers)
        self._changes.append((self._number() - first) / (time.monotonic() - began))
        return found

    def _number(self) -> int:
        """How many times the list has changed."""
        etag = httpx.head(self._url, headers=self._token | PLAIN).headers["etag"]
        return int(etag.strip('"').rpartition("-")[2])

    def _until_live(self) -> None:
        end = time.monotonic() + 20
        while httpx.head(self._url, headers=self._token).headers["katalog-calls"] != "live":
            if time.monotonic() > end:
                raise RuntimeError("katalog does not hear the telephone system")
            time.sleep(0.05)


class Pairs:
    """Runs of katalog and of its peer, in turns."""

    def __init__(self) -> None:
        self.ours: list[Load] = []
        self.peer: list[Load] = []

    def rates(self, name: str, peer: str, promise: float) -> Row:
        return ratio(name, "req/s", [run.rate for run in self.ours], [run.rate for run in self.peer], peer, promise)

    def tails(self, name: str, peer: str, promise: float) -> Row:
        mine, theirs = (median([run.p99 for run in runs]) for runs in (self.ours, self.peer))
        return Row(name, "ms", mine, theirs, peer, mine / theirs, promise, at_least=False)


def _lag(told: list[Told]) -> float:
    """Milliseconds, median of all runs."""
    return median([run.lag * 1000 for run in told])


def _saturated(told: list[Told]) -> str:
    """Whether the calls could not all be told, or be heard in time."""
    slow = median([run.calls for run in told]) < 0.98 * RATE or median([run.late for run in told]) > BEHIND
    return " (saturated)" if slow or _lag(told) > BEHIND * 1000 else ""


def _alone(name: str, unit: str, value: float) -> Row:
    return Row(name, unit, value, None, "", value, None)
