"""A telephone system that is not there, behaving like an office: calls ring, are answered, transferred, end.

A connector like any other: it tells events and knows nothing of who listens.
"""

import asyncio
import itertools
import random
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

import msgspec

from katalog.connectors.base import Emit, Finding
from katalog.domain.call import UNTRACED, Direction, Leg, LineStatus, Trace
from katalog.domain.events import DevicesRead, LegsChanged, LegsRead
from katalog.domain.placing import Placing
from katalog.errors import LinkError, NotDone

_BUSYNESS = 0.12
"""Calls at a time for each telephone."""

_SHOW = ("in", "out", "inside", "in")
"""How the first calls go, so that whoever opens the demo sees each kind within seconds."""


_EXAMPLE = "0701231234"
_PLACED = Trace(placed=True)
"""Of the call of one's own telephone, from where one dials."""


class DemoConnector:
    """`devices` are its telephones; `pace` is how many times faster than an office it goes."""

    def __init__(self, name: str, devices: Sequence[str], *, pace: float = 1.0, seed: int | None = None) -> None:
        self.name = name
        self._devices = list(devices)
        self._pace = pace
        self._rng = random.Random(seed)  # noqa: S311 - invented calls
        self._count = itertools.count(1)
        self._free: list[str] = []
        self._open: dict[str, Leg] = {}
        self._calls: asyncio.TaskGroup | None = None
        self._emit: Emit = lambda _: None

    async def check(self) -> list[Finding]:
        return [Finding(True, "reachable", f"the demo, {len(self._devices)} telephones")]

    async def session(self, emit: Emit) -> None:
        """One office day without end."""
        self._emit, self._free = emit, list(self._devices)
        self._open.clear()
        emit(LegsRead(self.name, ()))
        emit(DevicesRead(self.name, frozenset(self._devices), frozenset()))
        try:
            await self._day()
        finally:
            self._calls = None

    async def dial(self, placing: Placing) -> tuple[str, ...]:
        """Whoever is called answers after some rings, and talks for a while."""
        if self._calls is None:
            raise LinkError("the demo is over", reason_sv="demon är slut")
        if not placing.devices:
            raise NotDone("I demon har ingen en mobil.", "Nobody has a mobile in the demo.")
        leg = self._leg(placing.devices[0], Direction.IN, LineStatus.RINGING, placing.number, None, _PLACED)
        self._calls.create_task(self._dialled(leg))
        return (leg.id,)

    async def hangup(self, legs: Iterable[str]) -> int:
        """The other side hears it too."""
        own = [leg for id_ in legs if (leg := self._open.get(id_)) is not None]
        ends = {(leg.device, leg.peer) for leg in own}
        others = [leg.id for leg in self._open.values() if (leg.peer, leg.device) in ends]
        self._tell(ended=[*(leg.id for leg in own), *others])
        return len(own)

    async def _day(self) -> None:
        async with asyncio.TaskGroup() as calls:
            self._calls = calls
            calls.create_task(self._busy_telephone(self._take(self._devices[0])))
            for kind in _SHOW:
                self._begin(calls, kind)
                await self._wait(1.5)
            while True:
                if len(self._devices) - len(self._free) < max(4, _BUSYNESS * len(self._devices)):
                    self._begin(calls, self._rng.choice(("in", "in", "out", "inside", "busy", "missed", "transfer")))
                await self._wait(self._rng.uniform(0.3, 2.0))

    async def _busy_telephone(self, device: str) -> None:
        """Whoever tries the demo has the first telephone, and sees it ring within 20 s, but not while it is used. Every
        other call is the example's, so that the example can be recognised.
        """
        number = _EXAMPLE
        while True:
            await self._from_outside(device, number, most=9)
            self._take(device)
            await self._wait(self._rng.uniform(4, 9))
            while any(leg.device == device for leg in self._open.values()):
                await self._wait(1)
            number = _EXAMPLE if number != _EXAMPLE else self._outside_number()

    def _begin(self, calls: asyncio.TaskGroup, kind: str) -> None:
        if len(self._free) < 3:
            return
        device, outside = self._take(), self._outside_number()
        work: Coroutine[Any, Any, None]
        match kind:
            case "out":
                work = self._to_outside(device, outside)
            case "inside":
                work = self._inside(device, self._take())
            case "busy":
                work = self._busy(device, outside)
            case "missed":
                work = self._missed(device, outside)
            case "transfer":
                work = self._transferred(device, self._take(), outside)
            case _:
                work = self._from_outside(device, outside)
        calls.create_task(work)

    async def _from_outside(self, device: str, number: str, *, most: float = 90) -> None:
        """Somebody calls, it rings, it is answered, they talk."""
        leg = self._leg(device, Direction.IN, LineStatus.RINGING, number)
        await self._ring()
        leg = self._up(leg)
        await self._talk(most)
        self._end(leg)

    async def _dialled(self, leg: Leg) -> None:
        """One's own telephone rings and is lifted, then the other end is called: a colleague's telephone rings, too."""
        await self._ring()
        leg = self._up(leg)
        others = []
        if leg.id in self._open and (callee := self._device_of(leg.number)) is not None:
            leg = msgspec.structs.replace(leg, peer=callee)
            self._tell(leg)
            others = [self._leg(callee, Direction.IN, LineStatus.RINGING, "", leg.device)]
        await self._ring()
        # It tells no times; but that the other party has answered is something else than that one has lifted.
        self._tell(msgspec.structs.replace(leg, trace=msgspec.structs.replace(leg.trace, answered=0.0)))
        others = [self._up(other) for other in others]
        await self._talk()
        self._tell(ended=[each.id for each in (leg, *others)])

    def _device_of(self, number: str) -> str | None:
        return next((device for device in self._devices if device.endswith(f"/{number}")), None)

    async def _to_outside(self, device: str, number: str) -> None:
        leg = self._leg(device, Direction.OUT, LineStatus.RINGING, number)
        await self._ring()
        leg = self._up(leg)
        await self._talk()
        self._end(leg)

    async def _inside(self, caller: str, callee: str) -> None:
        one = self._leg(caller, Direction.OUT, LineStatus.RINGING, "", callee)
        two = self._leg(callee, Direction.IN, LineStatus.RINGING, "", caller)
        await self._ring()
        one, two = self._up(one), self._up(two)
        await self._talk()
        self._end(one, two)

    async def _busy(self, device: str, number: str) -> None:
        """The other end is busy: the caller hears it for a moment."""
        leg = self._leg(device, Direction.OUT, LineStatus.RINGING, number)
        await self._wait(2)
        self._end(leg)

    async def _missed(self, device: str, number: str) -> None:
        leg = self._leg(device, Direction.IN, LineStatus.RINGING, number)
        await self._wait(self._rng.uniform(8, 20))
        self._end(leg)

    async def _transferred(self, first: str, second: str, number: str) -> None:
        """Answered by one, who asks another, and hands over."""
        one = self._up(self._leg(first, Direction.IN, LineStatus.RINGING, number))
        await self._wait(6)
        asking = self._leg(first, Direction.OUT, LineStatus.RINGING, "", second)
        two = self._leg(second, Direction.IN, LineStatus.RINGING, "", first)
        await self._ring()
        asking, two = self._up(asking), self._up(two)
        await self._wait(4)
        two = Leg(two.id, two.device, two.direction, two.linestatus, number)
        self._tell(two, ended=(one.id, asking.id))
        self._free.append(first)
        await self._talk()
        self._end(two)

    def _leg(
        self,
        device: str,
        direction: Direction,
        linestatus: LineStatus,
        number: str,
        peer: str | None = None,
        trace: Trace = UNTRACED,
    ) -> Leg:
        leg = Leg(f"demo-{next(self._count)}", device, direction, linestatus, number, peer, trace)
        self._open[leg.id] = leg
        self._tell(leg)
        return leg

    def _up(self, leg: Leg) -> Leg:
        leg = msgspec.structs.replace(leg, linestatus=LineStatus.UP)
        self._tell(leg)
        return leg

    def _end(self, *legs: Leg) -> None:
        self._tell(ended=[leg.id for leg in legs])
        self._free += [leg.device for leg in legs]

    def _tell(self, *legs: Leg, ended: Iterable[str] = ()) -> None:
        """Nothing of those that somebody has hung up."""
        known = tuple([leg for leg in legs if leg.id in self._open])
        self._open.update((leg.id, leg) for leg in known)
        gone = tuple([id_ for id_ in dict.fromkeys(ended) if self._open.pop(id_, None) is not None])
        if known or gone:
            self._emit(LegsChanged(self.name, known, gone))

    def _take(self, device: str | None = None) -> str:
        device = device or self._rng.choice(self._free)
        self._free.remove(device)
        return device

    def _outside_number(self) -> str:
        """As presented by the network: mostly mobiles, sometimes abroad, sometimes withheld."""
        if self._rng.random() < 0.06:
            return ""
        if self._rng.random() < 0.1:
            return f"+4790{self._rng.randrange(10**6):06d}"
        return f"07{self._rng.choice('0236')}{self._rng.randrange(10**7):07d}"

    async def _ring(self) -> None:
        await self._wait(self._rng.uniform(2.5, 7))

    async def _talk(self, most: float = 90) -> None:
        await self._wait(self._rng.uniform(min(8, most), most))

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._pace)
