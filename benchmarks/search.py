"""Searches among 100,000 people, one at a time, against a bare route with the same bytes; and what the index takes."""

import asyncio
import http.client
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import quantiles
from urllib.parse import quote, urlsplit

import httpx

from benchmarks.memory import resident
from benchmarks.peers import bare_starlette
from benchmarks.people import fill, swedes
from benchmarks.table import Row
from katalog.domain.entry import Entry
from tests.serving import Serving

PEOPLE, QUERIES, LIMIT = 100_000, 400, 20
SLOWEST = 10.0
"""Times of the bare route that the slowest query in a hundred may take."""


def measure() -> list[Row]:
    staff = tuple(swedes(PEOPLE))
    with tempfile.TemporaryDirectory() as name:
        serving = Serving(Path(name), "[limits]\nsearch_per_minute = 0\n")
        asyncio.run(fill(serving, staff))
        serving.add_account("program", "--service")
        token = {"Authorization": f"Bearer {serving.add_token('program')}"}
        serving.launch()
        try:
            asyncio.run(serving.until_ready(120))
            return _measured(serving, token, staff)
        finally:
            serving.kill(signal.SIGTERM)


def _measured(serving: Serving, token: dict[str, str], staff: tuple[Entry, ...]) -> list[Row]:
    before = resident(serving)
    took = _time(lambda: httpx.get(f"{serving.url}/api/entries?q=anna", headers=token, timeout=60).raise_for_status())
    each = (resident(serving) - before) / PEOPLE
    rows = [
        Row(f"index of {PEOPLE:,}: memory an entry", "bytes", each, None, "", each, 1500, at_least=False),
        Row(f"first search among {PEOPLE:,}, which makes the index", "ms", took, None, "", took, None),
    ]
    all_ours: list[float] = []
    all_bare: list[float] = []
    for name, queries in mix(staff).items():
        ours, bare = _in_turns(serving, token, queries)
        all_ours += ours
        all_bare += bare
        rows += [_compared(name, percentile, ours, bare) for percentile in (50, 99)]
    rows.append(_compared("all of these", 50, all_ours, all_bare))
    return [*rows, _compared("all of these", 99, all_ours, all_bare, SLOWEST)]


def mix(staff: tuple[Entry, ...]) -> dict[str, list[str]]:
    """What people type, by what it is; the same every time."""
    rng = random.Random(1876)
    some = rng.choices(staff, k=QUERIES)
    words = [entry.name.split() for entry in some]
    return {
        "beginning of a word": [rng.choice(pair)[: rng.randint(1, 5)] for pair in words],
        "two words": [f"{first} {last[: rng.randint(2, 6)]}" for first, last in words],
        "part of a number": [_part(rng, rng.choice((entry.mobile, entry.extension))) for entry in some],
        "one typo": [_slip(rng, last) for _, last in words],
    }


def _part(rng: random.Random, number: str) -> str:
    begin = rng.randint(0, 5)
    return number[begin : begin + rng.randint(3, 7)]


def _slip(rng: random.Random, word: str) -> str:
    """Two letters that changed places, or one that is missing or there twice."""
    place = rng.randint(1, max(1, len(word) - 2))
    before, letter, after = word[:place], word[place : place + 1], word[place + 1 :]
    return rng.choice((before + after[:1] + letter + after[1:], before + after, before + letter * 2 + after))


def _in_turns(serving: Serving, token: dict[str, str], queries: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds of each query, and of the bare route with the bytes of an answer, in turns."""
    ours: list[float] = []
    bare: list[float] = []
    with asking(serving.url, token) as ask:
        paths = [f"/api/entries?limit={LIMIT}&q={quote(query)}" for query in queries]
        body = max((ask(path) for path in paths[:20]), key=len)
        with bare_starlette(body) as url, asking(url, token) as ask_bare:
            bare_path = f"{urlsplit(url).path}x"
            for _ in range(50):
                ask_bare(bare_path)
            for path in paths:
                ours.append(_time(partial(ask, path)))
                bare.append(_time(partial(ask_bare, bare_path)))
    return ours, bare


@contextmanager
def asking(url: str, token: dict[str, str]) -> Iterator[Callable[[str], bytes]]:
    """One connection that is kept: what is asked on it gives the body."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def ask(path: str) -> bytes:
        connection.request("GET", path, headers=token)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(body)
        return body

    try:
        yield ask
    finally:
        connection.close()


def _time(call: Callable[[], object]) -> float:
    """Milliseconds."""
    begin = time.perf_counter()
    call()
    return (time.perf_counter() - begin) * 1000


def _compared(name: str, percentile: int, ours: list[float], bare: list[float], promise: float | None = None) -> Row:
    """A percentile of both, in microseconds."""
    mine, theirs = (quantiles(times, n=100)[percentile - 1] * 1000 for times in (ours, bare))
    return Row(
        f"search, {name}: p{percentile}", "µs", mine, theirs, "bare Starlette route on granian, same bytes",
        mine / theirs, promise, at_least=False,
    )  # fmt: skip
