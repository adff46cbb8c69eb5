"""A small company: one Asterisk, its telephones, and the outside world.

async with Office("22") as office:
    async with office.cast(2) as cast:
        a, b = cast                       # two registered telephones that nobody else uses meanwhile
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import NamedTuple, Self

from tests.system.asterisk import dialplan
from tests.system.asterisk.configuration import LOOPBACK, OUTSIDE, extensions
from tests.system.asterisk.observer import Channel, Observer
from tests.system.asterisk.server import Asterisk
from tests.system.checkpoint import Checkpoint, Line
from tests.system.sip.agent import Agent
from tests.system.sip.transport import Transport
from tests.system.sip.watched import LIMIT, NeverCame

LONG = ("08010203", "08010204")
"""Names of devices as a company has them that uses whole numbers; a leading zero makes them no integers."""

ABSENT = "199"
"""Is known to Asterisk and never registers."""

POLL = 0.01
"""Seconds between two questions to Asterisk, where only asking tells."""


class Click(NamedTuple):
    """A call that was placed for a telephone from elsewhere: whose, to whom, and when (Unix seconds)."""

    device: str
    number: str
    at: float


class Cast:
    """The telephones of one flow."""

    def __init__(self, phones: Sequence[Agent]) -> None:
        self.phones = tuple(phones)

    def __iter__(self) -> Iterator[Agent]:
        return iter(self.phones)

    def shows(
        self, name: str, lines: Mapping[Agent, Sequence[Line]] | None = None, *, lasting: bool = True
    ) -> Checkpoint:
        """The checkpoint at which these lines are shown and no others."""
        said = lines or {}
        return Checkpoint(name, {phone.user: tuple(said.get(phone, ())) for phone in self.phones}, lasting)


class Office:
    def __init__(self, version: str, *, phones: int = 20, pbx: Asterisk | None = None) -> None:
        names = extensions(phones)
        self.pbx = pbx or Asterisk(version, phones=(*names, *LONG, ABSENT))
        self._own_pbx = pbx is None
        self._names = (*names, *LONG)
        self._free = list(names)
        self._freed = asyncio.Condition()
        self._outside = itertools.count(701000001)
        self._rooms = itertools.cycle(range(100))
        self._queues = list(range(dialplan.QUEUES))
        self.phones: dict[str, Agent] = {}
        self.clicks: list[Click] = []
        self._transports: list[Transport] = []
        self._observer: Observer | None = None
        self._trunk: Agent | None = None

    async def __aenter__(self) -> Self:
        if self._own_pbx:
            await self.pbx.__aenter__()
        try:
            await self._furnish()
        except BaseException:
            await self._clear()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._clear()

    @property
    def observer(self) -> Observer:
        assert self._observer is not None, "the office is not open"
        return self._observer

    @property
    def trunk(self) -> Agent:
        """The outside world."""
        assert self._trunk is not None, "the office is not open"
        return self._trunk

    @asynccontextmanager
    async def cast(self, count: int) -> AsyncIterator[Cast]:
        """Telephones with three digits that nobody else has until the end; their calls are ended then."""
        async with self._freed:
            await self._freed.wait_for(lambda: len(self._free) >= count)
            names = [self._free.pop(0) for _ in range(count)]
        try:
            cast = Cast([self.phones[name] for name in names])
            yield cast
            await self.quiet(cast)
        finally:
            async with self._freed:
                self._free.extend(names)
                self._freed.notify_all()

    def number(self) -> str:
        """A telephone number of the outside world that no other call uses."""
        return f"0{next(self._outside)}"

    def room(self) -> int:
        return next(self._rooms)

    @contextmanager
    def queue(self) -> Iterator[int]:
        number = self._queues.pop(0)
        try:
            yield number
        finally:
            self._queues.append(number)

    async def quiet(self, cast: Cast) -> None:
        """End what these telephones still have, and wait until Asterisk has forgotten it."""
        for phone in cast:
            await phone.hangup()
        names = {phone.user for phone in cast}

        def none(channels: Sequence[Channel]) -> bool:
            return not any(channel.endpoint in names for channel in channels)

        await self.until(none, f"no channel of {', '.join(sorted(names))}")

    async def reset(self) -> None:
        """End everything, whoever's it is: for a test that failed in the middle."""
        self._forget_calls()
        for channel in await self.observer.channels():
            await self.observer.hangup(channel.name)
        await self.empty()
        # What was on its way to a telephone meanwhile has come, and is no offer for the next test.
        self._forget_calls()

    async def empty(self) -> None:
        """Wait until Asterisk has no channel. Those of the trunk and Local ones outlive a telephone's by some ms."""
        await self.until(lambda channels: not channels, "no channel at all")

    async def until(
        self, condition: Callable[[Sequence[Channel]], bool], what: str, limit: float = LIMIT
    ) -> Sequence[Channel]:
        """Ask Asterisk for its channels until they are so."""
        channels: Sequence[Channel] = ()
        try:
            async with asyncio.timeout(limit):
                while True:
                    channels = await self.observer.channels()
                    if condition(channels):
                        return channels
                    await asyncio.sleep(POLL)
        except TimeoutError:
            raise NeverCame(f"not within {limit:g} s: {what}; Asterisk has {list(channels)}") from None

    async def channel(self, device: str) -> Channel:
        """The only channel of an endpoint. Asked until it is there alone: a list may pass over one that moves."""

        def alone(channels: Sequence[Channel]) -> bool:
            return [channel.endpoint for channel in channels].count(device) == 1

        channels = await self.until(alone, f"one channel of {device}")
        return next(channel for channel in channels if channel.endpoint == device)

    async def furnish_again(self) -> None:
        """After a restart of Asterisk: its calls are gone, the telephones register anew."""
        self._forget_calls()
        await self.observer.close()
        self._observer = await self.pbx.observer()
        await self._register()

    async def _furnish(self) -> None:
        self._observer = await self.pbx.observer()
        proxy = (LOOPBACK, self.pbx.sip_port)
        inside = Transport(LOOPBACK, proxy)
        outside = Transport(OUTSIDE, proxy, self.pbx.trunk_port)
        self._transports = [inside, outside]
        for transport in self._transports:
            await transport.open()
        self._trunk = Agent(outside, "*")
        self.phones = {name: Agent(inside, name) for name in self._names}
        await self._register()

    async def _register(self) -> None:
        await asyncio.gather(*(phone.register() for phone in self.phones.values()))

    def _forget_calls(self) -> None:
        for agent in (*self.phones.values(), *([self._trunk] if self._trunk is not None else [])):
            agent.forget()

    async def _clear(self) -> None:
        self._forget_calls()
        for transport in self._transports:
            transport.close()
        if self._observer is not None:
            await self._observer.close()
        if self._own_pbx:
            await self.pbx.__aexit__(None, None, None)
