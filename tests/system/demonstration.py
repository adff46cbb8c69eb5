"""`katalog demo` as a process of its own."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.serving import KATALOG, free_port

Demo = tuple[subprocess.Popen[str], list[str]]
"""The process, and what it prints: the link, the page's URL, the curl line."""


@asynccontextmanager
async def demonstration(folder: Path) -> AsyncIterator[Demo]:
    process = subprocess.Popen(
        [*KATALOG, "demo", "--port", str(free_port())],
        stdout=subprocess.PIPE, text=True, cwd=folder, env={"TMPDIR": str(folder), "COLUMNS": "40"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        lines = [await asyncio.to_thread(process.stdout.readline) for _ in range(3)]
        yield process, [line.removesuffix("\n") for line in lines]
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()
