"""A clock that does not wait: when nothing is left to do now, it is at once the time of what is due next.

So the minutes of a supervisor or a demo pass in milliseconds, and every time that is told is exact.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _Selector(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing is left that could ever happen")
            self.now += max(timeout, 0.0)
        return ready


class VirtualTime(asyncio.SelectorEventLoop):
    """An event loop whose time begins at 0 and takes none."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.now


def now() -> float:
    return asyncio.get_running_loop().time()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        runner.run(work)
