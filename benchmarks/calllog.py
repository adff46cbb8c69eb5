"""`GET /api/calls` with a thousand calls kept and with a million, in turns."""

import asyncio
import http.client
import random
import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks.people import fill, people
from benchmarks.table import Row
from katalog.domain.identifier import new_id
from tests.serving import Serving

FEW, MANY, PEOPLE, RUNS, QUESTIONS = 1_000, 1_000_000, 100, 7, 200
TIMES = 2.0
"""Times of what it takes with few that it may take with many."""

DAYS = 120


def measure() -> list[Row]:
    times: dict[int, list[float]] = {FEW: [], MANY: []}
    kept: dict[int, list[float]] = {FEW: [], MANY: []}
    with tempfile.TemporaryDirectory() as few, tempfile.TemporaryDirectory() as many:
        servers = {FEW: _filled(Path(few), FEW), MANY: _filled(Path(many), MANY)}
        for serving, _ in servers.values():
            serving.launch()
        try:
            for serving, _ in servers.values():
                asyncio.run(serving.until_ready(120))
            for _ in range(RUNS):
                for count, (serving, tokens) in servers.items():
                    times[count].append(_asked(serving, tokens, "/api/calls"))
                    kept[count].append(_asked(serving, tokens, "/api/call-records?limit=30"))
        finally:
            for serving, _ in servers.values():
                serving.kill(signal.SIGTERM)
    peer = f"the same with {FEW:,} kept"
    rows = []
    for name, found in (("own calls", times), ("own call records", kept)):
        large, small = median(found[MANY]), median(found[FEW])
        name = f"{name} with {MANY:,} kept, median"
        rows.append(Row(name, "µs", large * 1e6, small * 1e6, peer, large / small, TIMES, at_least=False))
    return rows


def _filled(folder: Path, count: int) -> tuple[Serving, list[str]]:
    """As many calls as that, evenly of all people but for the first, whose they are to a tenth."""
    serving = Serving(folder)
    staff = tuple(people(PEOPLE))
    asyncio.run(fill(serving, staff))
    tokens = []
    for entry in staff[:2]:
        serving.add_account(entry.extension, "--entry", entry.extension)
        tokens.append(serving.add_token(entry.extension))
    serving.command("check")
    with closing(sqlite3.connect(folder / "katalog.db")) as database, database:
        (organisation,) = database.execute("SELECT id FROM organisation").fetchone()
        ids = [id_ for (id_,) in database.execute("SELECT id FROM entry ORDER BY extension, name, id")]
        database.executemany(
            "INSERT INTO call_record VALUES "
            "(?, ?, ?, 'bench', ?, '', ?, ?, ?, ?, '0701740605', ?, ?, ?, 'pbx', '', '', '[]')",
            _records(organisation, ids, count),
        )
        database.execute("ANALYZE")
    return serving, tokens


def _records(organisation: str, ids: list[str], count: int) -> Iterator[tuple[object, ...]]:
    rng = random.Random(1876)
    now = time.time()
    kinds = (("in", "answered", "incoming"), ("out", "answered", "outgoing"), ("in", "missed", "missed"))
    for number in range(count):
        entry = ids[0] if number % 10 == 0 else rng.choice(ids)
        direction, outcome, folder = rng.choice(kinds)
        began = now - DAYS * 86_400 * (count - number) / count
        answered = began + 5 if outcome == "answered" else None
        yield (
            new_id(), organisation, entry, f"{number}", f"{number}", direction, outcome, folder, began, answered,
            began + 60,
        )  # fmt: skip


def _asked(serving: Serving, tokens: list[str], path: str) -> float:
    """Seconds that one question takes, of the person with most calls and of another, over one connection."""
    with closing(http.client.HTTPConnection(urlsplit(serving.url).netloc, timeout=30)) as connection:
        took = []
        for number in range(QUESTIONS):
            headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
            began = time.perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            body = answer.read()
            took.append(time.perf_counter() - began)
            if answer.status != 200 or len(body) < 1000:
                raise RuntimeError(f"{path}: {answer.status} {body[:100]!r}")
    return median(took)
