"""Calls as Asterisk's own ARI gives them (`GET /ari/endpoints`, 1,000 of them) against our list of 1,000.

Both are asked as HTTP libraries ask, with `Accept-Encoding: gzip`, and once more without: ARI's answer is the same.
"""

import asyncio
import signal
import tempfile
from pathlib import Path

import httpx

from benchmarks.load import requests_per_second
from benchmarks.people import fill, people
from benchmarks.table import Row, ratio
from tests.serving import Serving
from tests.system.asterisk.configuration import extensions
from tests.system.asterisk.server import Asterisk

RUNS, ENDPOINTS = 5, 1000


def measure() -> list[Row]:
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    async with Asterisk("22", phones=extensions(ENDPOINTS)) as pbx:
        manager = pbx.manager("katalog")
        with tempfile.TemporaryDirectory() as folder:
            serving = Serving(
                Path(folder),
                f'[[pbx]]\nname = "bench"\nport = {manager.port}\nusername = "{manager.user}"\n'
                f'secret = "{manager.secret}"\n',
            )
            await fill(serving, people(ENDPOINTS))
            serving.add_account("program", "--service")
            token = {"Authorization": f"Bearer {serving.add_token('program')}"}
            serving.launch()
            try:
                await serving.until_ready()
                return await asyncio.to_thread(_compare, serving.url, token, pbx)
            finally:
                serving.kill(signal.SIGTERM)


def _compare(url: str, token: dict[str, str], pbx: Asterisk) -> list[Row]:
    truth = pbx.manager("truth")
    theirs = f"http://127.0.0.1:{pbx.ari_port}/ari/endpoints?api_key={truth.user}:{truth.secret}"
    ours = f"{url}/api/extensions/"
    packed = {"Accept-Encoding": "gzip"}
    assert len(httpx.get(theirs, headers=packed).json()) >= ENDPOINTS
    assert len(httpx.get(ours, headers=token | packed).json()) == ENDPOINTS
    mine, plain, ari = [], [], []
    for _ in range(RUNS):
        mine.append(requests_per_second(ours, token | packed))
        ari.append(requests_per_second(theirs, packed))
        plain.append(requests_per_second(ours, token))
    name, peer = f"list of {ENDPOINTS:,}, calls live", "ARI GET /endpoints, Asterisk 22"
    return [
        ratio(f"{name}, gzip", "req/s", mine, ari, peer, 20),
        ratio(f"{name}, to a reader who does not unpack", "req/s", plain, ari, peer),
    ]
