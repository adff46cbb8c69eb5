"""A busy telephone system in a process of its own: so many new calls a second, each told as an Asterisk told a
recorded one, in four steps at the times at which telephones would: dialled, ringing, answered, hung up.
"""

import asyncio
import math
import multiprocessing
import random
import re
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec

from tests.connectors.asterisk.fake import FakeAsterisk, healthy, item, served

CAPTURE = Path(__file__).parent.parent / "tests" / "captures" / "asterisk-22" / "internal.ami"
STEPS = (0.0, 0.05, 0.5, 2.0)
"""Seconds from the beginning of a call to each of its steps."""

TICK, READY_WITHIN = 0.002, 30.0
"""Seconds."""

_MARKS = (b"dialled", b"ringing", b"up", b"gone")
"""ActionIDs of whoever recorded, by which the end of each step is noted in a recording."""

_SIDES = {
    b"caller": (b"102", b"PJSIP/102-00000061", b"1795520951.186"),
    b"called": (b"103", b"PJSIP/103-00000062", b"1795520951.187"),
}
_BRIDGE = b"6d76d821-d57b-4744-a12c-c2296448ea9c"


def steps(capture: bytes) -> list[bytes]:
    """What was said at each step, with places (for `%`) where it says whose call it is."""
    found: list[bytes] = []
    said: list[bytes] = []
    marks = iter(_MARKS)
    mark = next(marks)
    for block in capture.replace(b"\r\n", b"\n").split(b"\n\n"):
        answer = re.search(rb"^ActionID: (.*)$", block, re.MULTILINE)
        if answer is None and b"FullyBooted" not in block:
            said.append(block.replace(b"\n", b"\r\n") + b"\r\n\r\n")
        elif answer is not None and answer[1] == mark:
            found.append(_with_places(b"".join(said)))
            said.clear()
            mark = next(marks, b"")
    return found


def _with_places(text: bytes) -> bytes:
    text = text.replace(b"%", b"%%").replace(_BRIDGE, _BRIDGE[:24] + b"%(call)012x")
    for side, (number, channel, uid) in _SIDES.items():
        text = text.replace(channel, b"%%(%b_channel)b" % side).replace(uid, b"%%(%b_uid)b" % side)
        text = re.sub(rb"\b%b\b" % number, b"%%(%b)b" % side, text)
    return text


class Told(msgspec.Struct):
    """What was told while it was measured: `calls` a second that were begun, how late the telling itself was at worst,
    and how long it took at p99 until katalog asked about a call that rings, which it does as soon as it has heard.
    Seconds.
    """

    calls: float
    late: float
    lag: float


class Call:
    """It was to begin at `began` and was told of at `told`; `step` is the last that was told. `uids`: of the caller's
    channel and of the other.
    """

    def __init__(self, number: int, born: int, parties: Sequence[bytes], began: float, told: float) -> None:
        self.number, self.began, self.told, self.step = number, began, told, 0
        self.uids = [f"{born}.{2 * number + place}" for place in (0, 1)]
        self.channels = [f"PJSIP/{own.decode()}-{2 * number + place:08x}" for place, own in enumerate(parties)]
        self.parties = parties
        self.names: dict[bytes, bytes | int] = {b"call": number}
        for side, own, channel, uid in zip(_SIDES, parties, self.channels, self.uids, strict=True):
            self.names |= {side: own, side + b"_channel": channel.encode(), side + b"_uid": uid.encode()}

    def listed(self) -> list[str]:
        """Its channels in a list of all, as whoever compares asks for it."""
        caller, called = (own.decode() for own in self.parties)
        states = ((4, 0), (4, 5), (6, 6))[self.step]
        bridge = f"{_BRIDGE[:24].decode()}{self.number:012x}" if self.step == 2 else ""
        return [
            item(self.uids[0], self.channels[0], states[0], exten=called, connected=called, bridge=bridge),
            item(self.uids[1], self.channels[1], states[1], connected=caller, bridge=bridge, linkedid=self.uids[0]),
        ]


class Busy(FakeAsterisk):
    """`numbers` telephone with each other, `rate` new calls a second."""

    def __init__(self, numbers: Sequence[str], rate: float) -> None:
        super().__init__()
        self.answers = {"Getvar": self._answered, "CoreShowChannels": self._listed}
        self._rate = rate
        self._order = [number.encode() for number in numbers]
        random.Random(1876).shuffle(self._order)
        self._texts = steps(CAPTURE.read_bytes())
        self._steps: list[deque[Call]] = [deque() for _ in STEPS[1:]]
        self._by_uid: dict[str, Call] = {}
        self._born = int(time.time())
        self._begun = 0
        self.begin_to_measure()

    def begin_to_measure(self) -> None:
        self._lags: list[float] = []
        self._late = 0.0
        self._since = time.monotonic(), self._begun

    def told(self) -> Told:
        since, begun = self._since
        lags = sorted(self._lags)
        rate = (self._begun - begun) / (time.monotonic() - since)
        return Told(rate, self._late, lags[len(lags) * 99 // 100] if lags else math.inf)

    def _answered(self, _: FakeAsterisk, asked: dict[str, str]) -> None:
        if (call := self._by_uid.get(asked["Channel"])) is not None:
            self._lags.append(time.monotonic() - call.told)
        self.say("Response: Success", f"ActionID: {asked['ActionID']}", "Value: allowed_not_screened")

    def _listed(self, _: FakeAsterisk, asked: dict[str, str]) -> None:
        self.channels = [each for calls in self._steps for call in calls for each in call.listed()]
        healthy(self, asked)

    async def play(self, pipe: asyncio.StreamWriter | None, enough: asyncio.Event) -> None:
        """Begins calls until it is enough, and tells all of them to their end. `pipe`: to nobody but it."""
        writer = pipe or self._writer
        assert writer is not None
        began, first = time.monotonic(), self._begun
        while not enough.is_set() or any(self._steps):
            now = time.monotonic()
            texts = self._go_on(now)
            while not enough.is_set() and (at := began + (self._begun - first) / self._rate) <= now:
                place = 2 * self._begun % len(self._order)
                call = Call(self._begun, self._born, self._order[place : place + 2], at, now)
                self._begun += 1
                texts.append(self._say(call, now))
            writer.write(b"".join(texts))
            # It notes all that it was asked.
            self.said.clear()
            self.asked.clear()
            await asyncio.sleep(TICK)

    def _go_on(self, now: float) -> list[bytes]:
        texts = []
        for step, waiting in enumerate(self._steps, 1):
            while waiting and waiting[0].began + STEPS[step] <= now:
                call = waiting.popleft()
                call.step = step
                texts.append(self._say(call, now))
        return texts

    def _say(self, call: Call, now: float) -> bytes:
        self._late = max(self._late, now - call.began - STEPS[call.step])
        if call.step < len(self._steps):
            self._steps[call.step].append(call)
            self._by_uid |= dict.fromkeys(call.uids, call)
        else:
            for uid in call.uids:
                del self._by_uid[uid]
        return self._texts[call.step] % call.names


class Exchange:
    """`port`: of its manager interface."""

    def __init__(self, pipe: Connection) -> None:
        self.port: int = pipe.recv()
        self._pipe = pipe

    @contextmanager
    def calls(self, *, heard: bool) -> Iterator[list[Told]]:
        """From when there are as many as there will be. `heard` by katalog, or else told to a program that throws it
        away: the machine has the work of telling, and katalog none. The list has what was told when it is over.
        """
        told: list[Told] = []
        self._pipe.send(heard)
        assert self._pipe.recv() == "steady"
        try:
            yield told
        finally:
            self._pipe.send("enough")
            told.append(self._pipe.recv())


@contextmanager
def exchange(numbers: Sequence[str], rate: float) -> Iterator[Exchange]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_run, args=(theirs, numbers, rate))
    process.start()
    theirs.close()
    try:
        yield Exchange(ours)
    finally:
        process.terminate()
        process.join()


def _run(pipe: Connection, numbers: Sequence[str], rate: float) -> None:
    asyncio.run(_serve(pipe, Busy(numbers, rate)))


async def _serve(pipe: Connection, busy: Busy) -> None:
    nobody = await asyncio.create_subprocess_exec("cat", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    async with served(busy):
        pipe.send(busy.port)
        while True:
            heard = await asyncio.to_thread(pipe.recv)
            enough = asyncio.Event()
            playing = asyncio.create_task(busy.play(None if heard else nobody.stdin, enough))
            await asyncio.sleep(STEPS[-1] + 0.2)
            busy.begin_to_measure()
            pipe.send("steady")
            await asyncio.to_thread(pipe.recv)
            told = busy.told()
            enough.set()
            await playing
            pipe.send(told)
