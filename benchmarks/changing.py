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

RUNS, PEOPLE, RATE = 5, 10_000, 500
PACKED = {"Accept-Encoding": "gzip"}
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
        self._told: list[Told] = []
        self._changes: list[float] = []

    def rows(self) -> list[Row]:
        self._until_live()
        with self._pbx.calls(heard=True):
            body = httpx.get(self._url, headers=self._token | {"Accept-Encoding": "identity"}).content
        assert body.count(b'"direction"') >= RATE
        quiet: list[list[Load]] = [[], []]
        plain: list[list[Load]] = [[], []]
        packed: list[list[Load]] = [[], []]
        with nginx(self._folder, body) as file:
            for _ in range(RUNS):
                quiet[0].append(load(self._url, self._token | PACKED))
                quiet[1].append(load(file, PACKED))
                with self._pbx.calls(heard=True) as told:
                    plain[0].append(self._changing({}))
                    packed[0].append(self._changing(PACKED))
                self._told += told
                with self._pbx.calls(heard=False):
                    plain[1].append(load(file))
                    packed[1].append(load(file, PACKED))
        print(self._told, self._changes)
        for l in (quiet,plain,packed):
            print([[ (round(x.rate),round(x.p99,1)) for x in k] for k in l])
        print(len(body))
        return []

    def _changing(self, headers: dict[str, str]) -> Load:
        first, began = self._number(), time.monotonic()
        found = load(self._url, self._token | headers)
        self._changes.append((self._number() - first) / (time.monotonic() - began))
        return found

    def _number(self) -> int:
        """How many times the list has changed."""
        etag = httpx.head(self._url, headers=self._token | {"Accept-Encoding": "identity"}).headers["etag"]
        return int(etag.strip('"').rpartition("-")[2])

    def _until_live(self) -> None:
        end = time.monotonic() + 20
        while httpx.head(self._url, headers=self._token).headers["katalog-calls"] != "live":
            assert time.monotonic() < end
            time.sleep(0.05)
