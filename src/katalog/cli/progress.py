"""How far a long command has come: a bar on a terminal, and only for what takes more than a second."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

_PATIENCE = 1.0


@contextmanager
def progress(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yields what is told the position, of `total` if that is known. Within a running event loop."""
    if not sys.stderr.isatty():
        yield lambda position: None
        return
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = bar.add_task(what, total=total)
    start = asyncio.get_running_loop().call_later(_PATIENCE, bar.start)
    try:
        yield lambda position: bar.update(task, completed=position)
    finally:
        start.cancel()
        if bar.live.is_started:
            bar.stop()
