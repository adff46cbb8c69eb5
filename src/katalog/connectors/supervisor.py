"""Keeps a telephone system's session alive, and says honestly what is known while it is away.

The times are promises of the documentation (docs/connectors.md): first try within 200 ms, tries at most
500 ms apart for the first two minutes, then slower; calls withdrawn within 5 s of a lost link.
"""

import asyncio
import random
from collections.abc import Callable, Iterator

import structlog

from katalog.connectors.base import Connector, Emit
from katalog.domain.events import LegsRead, LegsWithdrawn, LinkLost, PbxEvent
from katalog.errors import LinkError

WITHDRAW_AFTER = 4.5
"""Seconds from a lost link until its calls are no longer shown; below the promised 5."""

FIRST_TRY, NEAR_TRIES, NEAR_PERIOD, FAR_TRIES = 0.2, 0.5, 120.0, 15.0

log = structlog.get_logger()


def delays(rng: Callable[[], float] = random.random) -> Iterator[float]:
    """Seconds to wait before each try after a lost link, jittered so that many katalogs do not knock at once.

    >>> first, *near = (delay for delay, _ in zip(delays(lambda: 1.0), range(3)))
    >>> first, near
    (0.2, [0.5, 0.5])
    """
    waited = FIRST_TRY * (0.25 + 0.75 * rng())
    yield waited
    while waited < NEAR_PERIOD:
        delay = NEAR_TRIES * (0.5 + 0.5 * rng())
        waited += delay
        yield delay
    delay = NEAR_TRIES
    while True:
        delay = min(FAR_TRIES, delay * 1.5)
        yield delay * (0.5 + 0.5 * rng())


class Supervisor:
    """Runs one connector for ever. `emit` gets every event of its sessions, and those about its link."""

    def __init__(self, connector: Connector, emit: Emit, *, withdraw_after: float = WITHDRAW_AFTER) -> None:
        self._connector = connector
        self._emit = emit
        self._withdraw_after = withdraw_after
        self._withdrawal: asyncio.TimerHandle | None = None
        self._told: str | None = None
        self._live = False
        self._delays = delays()

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._connector.session(self._heard)
                except LinkError as error:
                    self._lost(error)
                except Exception as error:
                    # A fault of ours in one connector must not take the directory of people with it.
                    log.exception("pbx.fault", pbx=self._connector.name)
                    self._lost(LinkError(f"{type(error).__name__}: {error}"))
                else:
                    self._lost(LinkError("the session ended without a reason"))
                await asyncio.sleep(next(self._delays))
        finally:
            self._forget_withdrawal()

    def _heard(self, event: PbxEvent) -> None:
        if isinstance(event, LegsRead) and not self._live:
            self._forget_withdrawal()
            self._live = True
            self._told = None
            self._delays = delays()
            log.info("pbx.live", pbx=self._connector.name, legs=len(event.legs))
        self._emit(event)

    def _lost(self, error: LinkError) -> None:
        if self._live:
            self._live = False
            after = max(0.0, self._withdraw_after - error.silence)
            self._withdrawal = asyncio.get_running_loop().call_later(after, self._withdraw)
        if self._told != error.reason:
            # The same reason again, twice a second for two minutes, would bury the line that tells it.
            self._told = error.reason
            log.warning("pbx.lost", pbx=self._connector.name, reason=error.reason, advice=error.advice)
            self._emit(LinkLost(self._connector.name, error.reason))

    def _withdraw(self) -> None:
        self._withdrawal = None
        log.warning("pbx.withdrawn", pbx=self._connector.name)
        self._emit(LegsWithdrawn(self._connector.name))

    def _forget_withdrawal(self) -> None:
        if self._withdrawal is not None:
            self._withdrawal.cancel()
            self._withdrawal = None
