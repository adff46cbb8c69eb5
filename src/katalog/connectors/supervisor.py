"""Keeps a telephone system's session alive, and says honestly what is known while it is away.

The times are promises of the documentation (docs/connectors.md): first try within 200 ms, tries at most
500 ms apart for the first two minutes (100 ms where nothing listens), then slower; calls withdrawn within 5 s of a lost
link.
"""

import asyncio
import random
from collections.abc import Callable

import structlog

from katalog.connectors.base import Connector, Emit
from katalog.domain.events import LegsRead, LegsWithdrawn, LinkLost, PbxEvent
from katalog.errors import LinkError

WITHDRAW_AFTER = 4.5
"""Seconds from a lost link until its calls are no longer shown; below the promised 5."""

FIRST_TRY, REFUSED_TRIES, NEAR_TRIES, NEAR_PERIOD, FAR_TRIES = 0.2, 0.1, 0.5, 120.0, 15.0

log = structlog.get_logger()


class Delays:
    """How long to wait before each try after a lost link, jittered so that many katalogs do not knock at once."""

    def __init__(self, rng: Callable[[], float] = random.random) -> None:
        self._rng = rng
        self._waited = 0.0
        self._far = NEAR_TRIES

    def next(self, *, refused: bool = False) -> float:
        """Seconds. Where nothing listens a try costs nobody anything, and what is being started soon will; whoever
        answers is not to be asked for a login ten times a second.

        >>> delays = Delays(lambda: 1.0)
        >>> [delays.next(refused=refused) for refused in (False, True, False)]
        [0.2, 0.1, 0.5]
        """
        if not self._waited:
            delay = FIRST_TRY * (0.25 + 0.75 * self._rng())
        else:
            if self._waited < NEAR_PERIOD:
                most = REFUSED_TRIES if refused else NEAR_TRIES
            else:
                most = self._far = min(FAR_TRIES, self._far * 1.5)
            delay = most * (0.5 + 0.5 * self._rng())
        self._waited += delay
        return delay


class Supervisor:
    """Runs one connector for ever. `emit` gets every event of its sessions, and those about its link."""

    def __init__(self, connector: Connector, emit: Emit, *, withdraw_after: float = WITHDRAW_AFTER) -> None:
        self._connector = connector
        self._emit = emit
        self._withdraw_after = withdraw_after
        self._withdrawal: asyncio.TimerHandle | None = None
        self._told: str | None = None
        self._live = False
        self._delays = Delays()

    async def run(self) -> None:
        try:
            while True:
                error = await self._session()
                self._lost(error)
                await asyncio.sleep(self._delays.next(refused=error.refused))
        finally:
            self._forget_withdrawal()

    async def _session(self) -> LinkError:
        """Why it ended."""
        try:
            await self._connector.session(self._heard)
        except LinkError as error:
            return error
        except Exception as error:
            # A fault of ours in one connector must not take the directory of people with it.
            log.exception("pbx.fault", pbx=self._connector.name)
            return LinkError(f"{type(error).__name__}: {error}")
        return LinkError("the session ended without a reason", reason_sv="sessionen slutade utan förklaring")

    def _heard(self, event: PbxEvent) -> None:
        if isinstance(event, LegsRead) and not self._live:
            self._forget_withdrawal()
            self._live = True
            self._told = None
            self._delays = Delays()
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
            self._emit(LinkLost(self._connector.name, error.reason, error.advice, error.advice_sv, error.reason_sv))

    def _withdraw(self) -> None:
        self._withdrawal = None
        log.warning("pbx.withdrawn", pbx=self._connector.name)
        self._emit(LegsWithdrawn(self._connector.name))

    def _forget_withdrawal(self) -> None:
        if self._withdrawal is not None:
            self._withdrawal.cancel()
            self._withdrawal = None
