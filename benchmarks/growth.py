"""What ten times as many entries cost: the same requests to a server with 10,000 and to one with 100,000."""

import asyncio
import http.client
import json
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import quote

import httpx

from benchmarks.load import requests_per_second
from benchmarks.people import fill, swedes
from benchmarks.search import asking, mix
from benchmarks.table import Row
from katalog.domain.entry import Entry
from tests.serving import Serving

COUNTS = FEW, MANY = 10_000, 100_000
RUNS, CHANGES, SEARCHES = 5, 20, 25
CONNECTIONS = 4
"""More would wait for seconds, with lists of 28 MB."""

PLAIN = {"Accept-Encoding": "identity"}

LINEAR = 1.2 * MANY / FEW
"""Times as much as many more entries cost at most. Ten would be linear to the letter, and what is linear measures 9 to
11; what grows with the square measures 100."""


def measure() -> list[Row]:
    with ExitStack() as stack:
        few, many = (_Server(stack, count) for count in COUNTS)
        figures: dict[str, Callable[[_Server], float]] = {
            "one entry": lambda server: server.load(f"/api/extensions/{server.someone.extension}"),
            "304 on the list": lambda server: server.load("/api/extensions/", {"If-None-Match": server.etag()}),
            "the list": lambda server: server.load("/api/extensions/"),
            "the list, gzip": lambda server: server.load("/api/extensions/", {"Accept-Encoding": "gzip"}),
            "the list after a change": lambda server: server.list_after_change("identity"),
            "the list after a change, gzip": lambda server: server.list_after_change("gzip"),
            "a change until a reader has it": _Server.heard,
            "a search, all kinds": _Server.search,
        }
        rows = []
        for name, figure in figures.items():
            ours, peer = [], []
            for _ in range(RUNS):
                peer.append(figure(few))
                ours.append(figure(many))
            mine, theirs = median(ours), median(peer)
            name = f"with {MANY:,} entries: {name}"
            rows.append(Row(name, "µs", mine, theirs, f"with {FEW:,}", mine / theirs, LINEAR, at_least=False))
        return rows


class _Server:
    """Every figure is microseconds a request."""

    def __init__(self, stack: ExitStack, count: int) -> None:
        staff = tuple(swedes(count))
        self.someone = staff[count // 2]
        self._queries = [query for queries in mix(staff).values() for query in queries[:SEARCHES]]
        self._serving = Serving(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        asyncio.run(fill(self._serving, staff))
        self._serving.add_account("admin", "--admin")
        self._token = {"Authorization": f"Bearer {self._serving.add_token('admin')}"}
        self._serving.launch()
        stack.callback(self._serving.kill, signal.SIGTERM)
        asyncio.run(self._serving.until_ready(60))
        self._connection = http.client.HTTPConnection("127.0.0.1", self._serving.port, timeout=60)
        stack.callback(self._connection.close)
        self._changes = 0
        self.search()

    def load(self, path: str, headers: dict[str, str] | None = None) -> float:
        url, sent = f"{self._serving.url}{path}", PLAIN | self._token | (headers or {})
        return 1e6 / requests_per_second(url, sent, CONNECTIONS)

    def etag(self) -> str:
        answer = httpx.get(f"{self._serving.url}/api/extensions/", headers=PLAIN | self._token, timeout=60)
        etag: str = answer.headers["etag"]
        return etag

    def change(self, entry: Entry) -> None:
        self._changes += 1
        body = json.dumps({"name": f"Nytt namn {self._changes}"})
        self._connection.request("PATCH", f"/api/entries/{entry.id}", body, self._token)
        response = self._connection.getresponse()
        response.read()
        if response.status != 200:
            raise RuntimeError(response.status)

    def list_after_change(self, coding: str) -> float:
        """The first one who asks for it."""
        self._connection.close()  # it has been idle for longer than a server keeps one
        taken = []
        for _ in range(CHANGES):
            self.change(self.someone)
            begun = time.perf_counter()
            self._connection.request("GET", "/api/extensions/", headers=self._token | {"Accept-Encoding": coding})
            self._connection.getresponse().read()
            taken.append(time.perf_counter() - begun)
        return median(taken) * 1e6

    def heard(self) -> float:
        """From the request that changes it on; the writing of it is part of that, and the same for both."""
        stream = http.client.HTTPConnection("127.0.0.1", self._serving.port, timeout=60)
        stream.request("GET", "/api/events?snapshot=false", headers=self._token)
        events = stream.getresponse()
        events.readline(), events.readline()
        self._connection.close()
        taken = []
        for _ in range(CHANGES):
            begun = time.perf_counter()
            self.change(self.someone)
            while not events.readline().startswith(b"data:"):
                pass
            taken.append(time.perf_counter() - begun)
        stream.close()
        return median(taken) * 1e6

    def search(self) -> float:
        taken = []
        with asking(self._serving.url, self._token) as ask:
            for query in self._queries:
                begun = time.perf_counter()
                ask(f"/api/entries?limit=20&q={quote(query)}")
                taken.append(time.perf_counter() - begun)
        return median(taken) * 1e6
