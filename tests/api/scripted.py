"""A telephone system that says what a test has it say."""

import asyncio

from katalog.connectors.base import Emit, Finding
from katalog.domain.call import Direction, Ending, Leg, LineStatus, Trace
from katalog.domain.events import LegsChanged, LegsRead
from katalog.errors import LinkError


class Scripted:
    """By the name of the default `[[pbx]]`; live as soon as it is connected, with the legs that are there by then. Its
    clock is what is told.
    """

    name = "växel"

    def __init__(self, *legs: Leg) -> None:
        self._legs = legs
        self._emit: Emit | None = None
        self._loss: asyncio.Future[None] | None = None
        self._count = 0

    async def session(self, emit: Emit) -> None:
        self._emit = emit
        emit(LegsRead(self.name, self._legs))
        self._loss = asyncio.get_running_loop().create_future()
        await self._loss
        raise LinkError("lost")

    async def check(self) -> list[Finding]:
        return []

    async def live(self) -> Emit:
        async with asyncio.timeout(5):
            while self._emit is None:
                await asyncio.sleep(0.001)
        return self._emit

    def lose(self) -> None:
        assert self._loss is not None
        self._loss.set_result(None)

    async def call(
        self,
        number: str,
        direction: Direction,
        party: str,
        *,
        began: float,
        answered: float | None = None,
        ended: float | None = None,
        cause: int = 16,
        caller: str = "",
    ) -> str:
        """A call of the device `PJSIP/<number>`, with its end if it says one; gives its id."""
        emit = await self.live()
        self._count += 1
        id_ = f"{began:.0f}.{self._count}"
        dialled = party if direction is Direction.OUT else number
        trace = Trace(began, None, dialled, caller, channel=f"PJSIP/{number}-{self._count:08x}")
        device = f"PJSIP/{number}"
        emit(LegsChanged(self.name, (Leg(id_, device, direction, LineStatus.RINGING, party, None, trace),), at=began))
        if answered is not None:
            up = Trace(began, answered, dialled, caller, channel=trace.channel)
            leg = Leg(id_, device, direction, LineStatus.UP, party, None, up)
            emit(LegsChanged(self.name, (leg,), at=answered))
        if ended is not None:
            emit(LegsChanged(self.name, (), (id_,), (Ending(id_, ended, cause),), ended))
        return id_
