"""Resident memory of a server for each further entry, 10,000 → 100,000, its list read."""

import asyncio
import signal
import tempfile
from pathlib import Path

import httpx

from benchmarks.people import fill, people
from benchmarks.table import Row, growth
from tests.serving import Serving

COUNTS = FEW, SOME, MANY = 10_000, 30_000, 100_000
GROWTH = 1.1
"""What a further entry may take between the last two counts, by what it takes between the first two. Linear is 1;
dictionaries double in steps, so that it may lie somewhat above or below."""


def measure() -> list[Row]:
    sizes = [float(_resident(count)) for count in COUNTS]
    each = (sizes[-1] - sizes[0]) / (MANY - FEW)
    return [
        Row(f"memory an entry, {FEW:,} → {MANY:,}", "bytes", each, None, "", each, 4096, at_least=False),
        growth("memory", "bytes", COUNTS, sizes, GROWTH),
    ]


def _resident(count: int) -> int:
    """Bytes resident in the server after the whole list was read."""
    with tempfile.TemporaryDirectory() as folder:
        serving = Serving(Path(folder))
        asyncio.run(fill(serving, people(count)))
        serving.add_account("program", "--service")
        token = {"Authorization": f"Bearer {serving.add_token('program')}"}
        serving.launch()
        try:
            asyncio.run(serving.until_ready(60))
            httpx.get(f"{serving.url}/api/extensions/", headers=token, timeout=60).raise_for_status()
            return resident(serving)
        finally:
            serving.kill(signal.SIGTERM)


def resident(serving: Serving) -> int:
    """Bytes resident in the server."""
    assert serving.process is not None
    return _rss(serving.process.pid)


def _rss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
