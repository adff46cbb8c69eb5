"""Requests a second: the single object against a bare route, the list against nginx with the same file."""

import asyncio
import signal
import tempfile
from pathlib import Path

import httpx

from benchmarks.load import requests_per_second
from benchmarks.peers import bare_starlette, nginx
from benchmarks.people import fill, people
from benchmarks.table import Row, ratio
from tests.serving import Serving

RUNS, PEOPLE = 9, 10_000


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        serving = Serving(folder)
        asyncio.run(fill(serving, people(PEOPLE)))
        serving.add_account("program", "--service")
        token = {"Authorization": f"Bearer {serving.add_token('program')}"}
        serving.launch()
        try:
            asyncio.run(serving.until_ready())
            return [_single(serving, token), _list(serving, token, folder)]
        finally:
            serving.kill(signal.SIGTERM)


def _single(serving: Serving, token: dict[str, str]) -> Row:
    path = "080000042"
    body = httpx.get(f"{serving.url}/api/extensions/{path}", headers=token).content
    ours, bare = [], []
    with bare_starlette(body) as url:
        for _ in range(RUNS):
            ours.append(requests_per_second(f"{serving.url}/api/extensions/{path}", token))
            bare.append(requests_per_second(f"{url}{path}", token))
    return ratio("GET /api/extensions/{n}, Bearer", "req/s", ours, bare, "bare Starlette route, same granian", 0.6)


def _list(serving: Serving, token: dict[str, str], folder: Path) -> Row:
    body = httpx.get(f"{serving.url}/api/extensions/", headers=token).content
    ours, file = [], []
    with nginx(folder, body) as url:
        for _ in range(RUNS):
            ours.append(requests_per_second(f"{serving.url}/api/extensions/", token))
            file.append(requests_per_second(url))
    name = f"list of {PEOPLE:,} ({len(body) / 1e6:.1f} MB)"
    return ratio(name, "req/s", ours, file, "nginx, the same bytes as a file", 1.0)
