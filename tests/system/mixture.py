"""Many flows at once, in an order that chance makes and a seed repeats.

    mixture = Mixture(office, seed=7)
    await mixture.run(at, flows=500)

`at` is awaited with each checkpoint of each flow, while the others go on, and now and then with one of the whole
office, at which nothing moves anywhere. At these, telephones that are in the middle of some flow get further calls
on top (call waiting, from outside and from each other), which are over before the flows go on.
"""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tests.system.asterisk.observer import Channel
from tests.system.checkpoint import IN, OUT, Checkpoint, Line, ringing, up
from tests.system.flows import ALONE, FLOWS, ONE_AT_A_TIME, At, play
from tests.system.office import Office
from tests.system.sip.agent import Agent

LARGEST_CAST = 3
BETWEEN_PAUSES = (5, 25)
"""Checkpoints of flows from one quiet point to the next."""

FURTHER_CALLS = 2
PAUSE_LIMIT = 30.0
"""Seconds until all flows have come to a checkpoint; the slowest take three or four."""


class Mixture:
    """`played` counts the flows by name, `checkpoints` and `quiet_points` what was compared."""

    def __init__(
        self, office: Office, seed: int | None = None, *, workers: int | None = None, flows: Iterable[str] = FLOWS
    ) -> None:
        self.seed = secrets.randbelow(2**32) if seed is None else seed
        # Each must be able to have its telephones while all others keep theirs, or a pause would never come.
        self.workers = workers or min(6, len(office.phones) // LARGEST_CAST)
        self.played: Counter[str] = Counter()
        self.checkpoints = 0
        self.quiet_points = 0
        self._office = office
        self._flows = sorted(set(flows) - ALONE)
        self._random = random.Random(self.seed)
        self._running: set[str] = set()
        self._left = 0
        self._ends: float | None = None
        self._until_pause = 0
        self._lines: dict[int, Mapping[str, tuple[Line, ...]]] = {}
        self._active: set[int] = set()
        self._waiting: set[int] = set()
        self._turn = asyncio.Condition()
        self._pause = 0
        """Even: flows go on. Odd: they wait at their next checkpoint."""

    def __repr__(self) -> str:
        return (
            f"<mixture of {self.played.total()} flows, seed {self.seed}, {self.checkpoints} checkpoints, "
            f"{self.quiet_points} quiet points>"
        )

    async def run(self, at: At, *, flows: int | None = None, seconds: float | None = None) -> None:
        """Until so many flows were begun, or for so long; those that run are played to their end."""
        print(f"mixture: seed {self.seed}", flush=True)
        assert flows is not None or seconds is not None, "it would never end"
        self._left = 10**9 if flows is None else flows
        self._ends = None if seconds is None else asyncio.get_running_loop().time() + seconds
        self._until_pause = self._random.randint(*BETWEEN_PAUSES)
        self._active = set(range(self.workers))
        try:
            async with asyncio.TaskGroup() as group:
                for number in range(self.workers):
                    # One source of chance each: which flow comes next does not hang on who is faster.
                    group.create_task(self._work(number, random.Random(f"{self.seed}/{number}"), at))
                group.create_task(self._pause_now_and_then(at))
        except BaseExceptionGroup as errors:
            errors.add_note(repr(self))
            raise

    async def _work(self, number: int, chance: random.Random, at: At) -> None:
        try:
            while self._left > 0 and (self._ends is None or asyncio.get_running_loop().time() < self._ends):
                self._left -= 1
                await self._play(number, self._choose(chance), at)
        finally:
            async with self._turn:
                self._active.discard(number)
                self._turn.notify_all()

    def _choose(self, chance: random.Random) -> str:
        while True:
            name = chance.choice(self._flows)
            if name not in ONE_AT_A_TIME or name not in self._running:
                return name

    async def _play(self, number: int, name: str, at: At) -> None:
        async def step(checkpoint: Checkpoint) -> None:
            await at(checkpoint)
            self.checkpoints += 1
            self._lines[number] = checkpoint.lines
            if checkpoint.lasting:
                await self._give_way(number)

        self._running.add(name)
        try:
            await play(name, self._office, step)
        except Exception as error:
            error.add_note(f"in the flow {name!r}")
            raise
        finally:
            self._running.discard(name)
            self._lines.pop(number, None)
        self.played[name] += 1

    async def _give_way(self, number: int) -> None:
        async with self._turn:
            self._until_pause -= 1
            if self._until_pause <= 0 and self._pause % 2 == 0:
                self._pause += 1
            if self._pause % 2 == 0:
                return
            pause = self._pause
            self._waiting.add(number)
            self._turn.notify_all()
            await self._turn.wait_for(lambda: self._pause != pause)
            self._waiting.discard(number)

    async def _pause_now_and_then(self, at: At) -> None:
        while True:
            async with self._turn:
                await self._turn.wait_for(lambda: self._pause % 2 == 1 or not self._active)
                if not self._active:
                    return
                async with asyncio.timeout(PAUSE_LIMIT):
                    await self._turn.wait_for(lambda: self._waiting >= self._active)
            await self._look(at)
            async with self._turn:
                self._until_pause = self._random.randint(*BETWEEN_PAUSES)
                self._pause += 1
                self._turn.notify_all()

    async def _look(self, at: At) -> None:
        """Nothing moves. Compare everything, alone and with further calls."""
        await self._compare(at, "quiet", {})
        phones = list(self._office.phones.values())
        busy = [phone for phone in phones if self._now(phone)]
        for _ in range(self._random.randint(0, FURTHER_CALLS)):
            if busy and self._random.random() < 0.5:
                await self._from_outside(at, self._random.choice(busy))
            else:
                first = self._random.choice(busy or phones)
                second = self._random.choice([phone for phone in phones if phone is not first])
                await self._between(at, first, second)

    async def _from_outside(self, at: At, phone: Agent) -> None:
        number = self._office.number()
        call = self._office.trunk.dial(phone.user, caller=number)
        other = await phone.offered()
        other.ring()
        await call.ringing()
        await self._compare(at, "rung from outside", {phone: ringing(IN, number)})
        if self._random.random() < 0.5:
            other.answer()
            await call.up()
            await self._compare(at, "in call from outside", {phone: up(IN, number)})
        await call.hangup()
        await other.over()
        await self._compare(at, "outside gone", {})
        await self._forgotten((phone,))

    async def _between(self, at: At, first: Agent, second: Agent) -> None:
        call = first.dial(second.user)
        other = await second.offered()
        other.answer()
        await call.up()
        await self._compare(at, "further call", {first: up(OUT, second), second: up(IN, first)})
        await other.hangup()
        await call.over()
        await self._compare(at, "further call gone", {})
        await self._forgotten((first, second))

    async def _forgotten(self, phones: Sequence[Agent]) -> None:
        """Wait for Asterisk itself: a flow that goes on may ask it which channels its telephones have."""
        expected = {phone.user: len(self._now(phone)) for phone in phones}

        def so_many(channels: Sequence[Channel]) -> bool:
            found = Counter(channel.endpoint for channel in channels)
            return all(found[device] == count for device, count in expected.items())

        await self._office.until(so_many, f"channels {expected}")

    async def _compare(self, at: At, name: str, further: Mapping[Agent, Line]) -> None:
        lines = {user: self._now(phone) for user, phone in self._office.phones.items()}
        for phone, line in further.items():
            lines[phone.user] += (line,)
        self.quiet_points += 1
        await at(Checkpoint(f"{name} {self.quiet_points}", lines))

    def _now(self, phone: Agent) -> tuple[Line, ...]:
        return tuple(line for lines in self._lines.values() for line in lines.get(phone.user, ()))
