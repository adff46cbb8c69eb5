"""One connection to a manager interface: what comes in, and questions with their answers.

Everything that is read passes `Link.hear`, in the order in which Asterisk sent it, also while an answer is
awaited. So one coroutine suffices, with no lock, and nothing has to be stopped but the connection.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import cast

import msgspec

from katalog.connectors.asterisk.wire import Headers, Message, Parser, action
from katalog.errors import LinkError

SLICE = 128 * 1024
"""Bytes read and applied at a time at most: about 200 events, some 4 ms; then others have their turn. With less, a very
busy Asterisk is heard late as soon as the turns of the others are long."""


class Times(msgspec.Struct, frozen=True):
    """Seconds. A half-open connection is found after `quiet` + `answer` at the latest."""

    connect: float = 5.0
    answer: float = 5.0
    list: float = 30.0
    booted: float = 2.0
    quiet: float = 2.0
    gather: float = 0.01
    compare: float = 30.0
    second_look: float = 1.0


class RefusedError(LinkError):
    """Asterisk answered `Response: Error`; the reason is its own words."""


class Link:
    """One open connection. `heard` is given what Asterisk says of its own accord, a batch at a time."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        times: Times,
        heard: Callable[["Link", list[Message]], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._transport = cast(asyncio.Transport, writer.transport)
        self._is_drained = False
        self._times = times
        self._heard = heard
        self._parser = Parser()
        self._asked = 0
        # OriginateResponse goes to everybody who listens, and another katalog counts its actions as this one does.
        self._run = secrets.token_hex(4)
        self._haste = 0
        self._pause: asyncio.Future[None] | None = None
        self._unsent: list[bytes] = []
        self._awaited = ""
        self._answers: list[Message] = []
        self._posted: dict[str, Callable[[Message], None]] = {}
        self._now = asyncio.get_running_loop().time
        self._last_heard = self._now()

    @property
    def banner(self) -> str | None:
        return self._parser.banner

    @property
    def silence(self) -> float:
        """Seconds since anything came."""
        return self._now() - self._last_heard

    async def hear(self, limit: float) -> bool:
        """Take in what has come, waiting at most so long for it; false if nothing came."""
        try:
            async with asyncio.timeout(max(0.0, limit)) as clock:
                data = await self._reader.read(SLICE)
        except OSError as error:
            # TimeoutError is one of them, and the network has its own besides ours.
            if clock.expired():
                return False
            raise LinkError(
                f"the connection to Asterisk broke: {error.strerror or error}",
                reason_sv=f"förbindelsen med Asterisk bröts: {error.strerror or error}",
                silence=self.silence,
            ) from error
        if not data:
            raise LinkError("Asterisk closed the connection", reason_sv="Asterisk stängde förbindelsen")
        self._last_heard = self._now()
        self._is_drained = len(data) < SLICE
        events = []
        for message in self._parser.feed(data):
            # Answers have an ActionID; of the events only OriginateResponse, with that of whoever asked for it.
            number = message.get("ActionID")
            if not number or message.event == "OriginateResponse":
                events.append(message)
            elif number == self._awaited:
                self._answers.append(message)
            elif number in self._posted:
                self._posted.pop(number)(message)
        self._heard(self, events)
        self._send()
        # A read that finds bytes waiting does not give way by itself.
        await asyncio.sleep(0)
        return True

    @property
    def is_owed(self) -> bool:
        """Whether an answer to something posted is still to come."""
        return bool(self._posted)

    async def gather(self) -> None:
        """Let more come before it is heard. Of what a call does some ten events come within as many milliseconds: the
        first is told at once, the others together, which takes half the work. What was posted is waited for first: a
        leg may not be told before its answer, and a short call would be over by then.
        """
        if await self.listen(self._times.gather, until=lambda: not self._posted) and self._is_drained:
            if self._haste:
                return
            loop = asyncio.get_running_loop()
            self._pause = pause = loop.create_future()
            timer = loop.call_later(self._times.gather, self._go_on)
            self._transport.pause_reading()
            try:
                await pause
            finally:
                timer.cancel()
                self._pause = None
                self._transport.resume_reading()

    def _go_on(self) -> None:
        if self._pause is not None and not self._pause.done():
            self._pause.set_result(None)

    @contextmanager
    def in_haste(self) -> Iterator[None]:
        """Somebody waits for what Asterisk says: nothing is gathered meanwhile."""
        self._haste += 1
        self._go_on()
        try:
            yield
        finally:
            self._haste -= 1

    async def listen(self, duration: float, *, until: Callable[[], bool] = lambda: False) -> bool:
        """Take in whatever comes for so long; true as soon as `until` is."""
        end = self._now() + duration
        while not until():
            left = end - self._now()
            if left <= 0:
                return False
            await self.hear(left)
        return True

    async def ask(
        self,
        name: str,
        *,
        item: Callable[[Message], None] = lambda _: None,
        limit: float | None = None,
        **headers: str,
    ) -> Message:
        """Do an action; `item` gets each message of a list that answers it. Raises `RefusedError`."""
        self._answers = []
        before = tuple(self._posted)
        self._awaited = self._write(name, headers)
        self._send()
        end = self._now() + (limit or self._times.answer)
        response: Message | None = None
        while True:
            answers, self._answers = self._answers, []
            for message in answers:
                if response is None:
                    response = message
                    self._settle(before)
                    if message.get("Response") == "Error":
                        raise RefusedError(message.get("Message"))
                    if message.get("EventList") != "start":
                        return message
                elif message.get("EventList"):
                    # "Complete", or "cancelled".
                    return response
                else:
                    item(message)
            left = min(end - self._now(), self._times.answer)
            if left <= 0 or not await self.hear(left):
                sv = f"Asterisk svarar inte ({name})"
                raise LinkError(f"Asterisk does not answer ({name})", reason_sv=sv, silence=self.silence)

    def post(self, name: str, answered: Callable[[Message], None], **headers: str | Sequence[str]) -> str:
        """Do an action whose one answer is taken when it comes, before that to whatever is asked later. Gives its
        ActionID.
        """
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._send)
        number = self._write(name, headers)
        self._posted[number] = answered
        return number

    def _settle(self, numbers: Iterable[str]) -> None:
        """Asterisk answers in the order of asking: what is open of these will never be answered."""
        for number in numbers:
            if number in self._posted:
                self._posted.pop(number)(Message(""))

    def _write(self, name: str, headers: Headers) -> str:
        """To be sent with whatever else there is to ask just now."""
        self._asked += 1
        number = f"katalog-{self._run}-{self._asked}"
        self._unsent.append(action(name, ActionID=number, **headers))
        return number

    def _send(self) -> None:
        if self._unsent:
            self._writer.write(b"".join(self._unsent))
            self._unsent.clear()

    async def close(self) -> None:
        """At once: what is unsent is of no use now, and a lost peer would keep a polite close waiting."""
        self._writer.transport.abort()
        with suppress(OSError):
            await self._writer.wait_closed()
