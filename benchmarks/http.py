"""Requests a second: the single object and a 304 against a bare route, the list against nginx with the same file."""

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
PEER = "bare Starlette route on granian"


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
            return [_single(serving, token), _known(serving, token), _list(serving, token, folder)]
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
    return ratio("GET /api/extensions/{n}, Bearer", "req/s", ours, bare, PEER, 0.7)


def _known(serving: Serving, token: dict[str, str]) -> Row:
    """What a poller asks who has the list already."""
    headers = token | {"Accept-Encoding": "gzip"}
    headers["If-None-Match"] = httpx.head(f"{serving.url}/api/extensions/", headers=headers).headers["etag"]
    if httpx.get(f"{serving.url}/api/extensions/", headers=headers).status_code != 304:
        raise RuntimeError("the list is not known by its tag")
    ours, bare = [], []
    with bare_starlette(None) as url:
        for _ in range(RUNS):
            ours.append(requests_per_second(f"{serving.url}/api/extensions/", headers))
            bare.append(requests_per_second(f"{url}x", headers))
    return ratio(f"304 on the list of {PEOPLE:,}", "req/s", ours, bare, f"{PEER}, 304 without a body", 0.8)


def _list(serving: Serving, token: dict[str, str], folder: Path) -> Row:
    body = httpx.get(f"{serving.url}/api/extensions/", headers=token).content
    ours, file = [], []
    with nginx(folder, body) as url:
        for _ in range(RUNS):
            ours.append(requests_per_second(f"{serving.url}/api/extensions/", token))
            file.append(requests_per_second(url))
    name = f"list of {PEOPLE:,} ({len(body) / 1e6:.1f} MB)"
    return ratio(name, "req/s", ours, file, "nginx, the same bytes as a file", 1.0)
