"""The tests' independent truth: a small client of Asterisk's manager interface.

It shares no line with katalog's own connector, on purpose: what both agree on is not one mistake made once.
It answers which channels Asterisk has *now* (`CoreShowChannels`), remembers how each was born, and sends actions.
"""

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from tests.system.asterisk.configuration import LOOPBACK

LIMIT = 15.0
"""Seconds that an answer may take."""

LIST_ENDS = {"Complete", "cancelled"}


class Refused(Exception):
    """Asterisk answered an action with an error; the text is its own."""


class Message:
    """One block of `Key: value` lines. Keys may come several times (Variable, Output, Message)."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)

    def get(self, key: str, default: str = "") -> str:
        return next((value for name, value in self.pairs if name == key), default)

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.pairs if name == key]

    @property
    def event(self) -> str:
        return self.get("Event")

    def __repr__(self) -> str:
        return f"Message({dict(self.pairs)})"


@dataclass(frozen=True)
class Channel:
    """One line of CoreShowChannels."""

    name: str
    state: str
    """Asterisk's own word: Down, Ring, Ringing, Up, …"""
    caller: str
    connected: str
    exten: str
    application: str
    uniqueid: str
    linkedid: str
    bridge: str

    @property
    def device(self) -> str:
        """`PJSIP/100` of `PJSIP/100-0000002a`."""
        return self.name.rpartition("-")[0]

    @property
    def endpoint(self) -> str | None:
        """`100` of `PJSIP/100-0000002a`; None for a channel that is no telephone's."""
        technology, _, name = self.device.partition("/")
        return name if technology == "PJSIP" else None


@dataclass(frozen=True)
class Birth:
    """What Newchannel said, which nothing says later: who began, and what was dialled."""

    placed: bool
    exten: str


class Observer:
    """`await Observer.connect(…)`, then `channels()`, `action(…)`; `close()` at the end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._answers: dict[str, tuple[list[Message], asyncio.Future[list[Message]]]] = {}
        self._listeners: list[Callable[[Message], None]] = []
        self._booted = asyncio.Event()
        self.births: dict[str, Birth] = {}
        self._task = asyncio.create_task(self._read())

    @classmethod
    async def connect(cls, port: int, user: str, secret: str, events: str = "on") -> Self:
        async with asyncio.timeout(LIMIT):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
            try:
                banner = await reader.readline()
                if not banner.startswith(b"Asterisk Call Manager/"):
                    raise EOFError(f"no manager interface but {banner!r}")
            except BaseException:
                writer.close()
                raise
        observer = cls(reader, writer)
        try:
            await observer.action("Login", Username=user, Secret=secret, Events=events)
        except BaseException:
            await observer.close()
            raise
        return observer

    async def action(self, action: str, **fields: str | list[str]) -> list[Message]:
        """The answer, and for a list every item of it; `Refused` where Asterisk says Error.

        A list as value gives the key several times (`Variable`).
        """
        number = f"truth-{next(self._ids)}"
        lines = [f"Action: {action}", f"ActionID: {number}"]
        for key, value in fields.items():
            lines += [f"{key}: {one}" for one in ([value] if isinstance(value, str) else value)]
        future: asyncio.Future[list[Message]] = asyncio.get_running_loop().create_future()
        self._answers[number] = ([], future)
        try:
            if self._task.done():
                raise EOFError("the manager interface has closed the connection")
            self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
            async with asyncio.timeout(LIMIT):
                return await future
        finally:
            self._answers.pop(number, None)

    async def channels(self) -> list[Channel]:
        """What there is now, Local channels included, each once.

        Asterisk walks through its channels without holding them still: one that a transfer or a Local channel's
        optimisation files anew meanwhile is listed twice. What was said last of it is the newer.
        """
        _, *items = await self.action("CoreShowChannels")
        found = (
            Channel(
                item.get("Channel"),
                item.get("ChannelStateDesc"),
                item.get("CallerIDNum"),
                item.get("ConnectedLineNum"),
                item.get("Exten"),
                item.get("Application"),
                item.get("Uniqueid"),
                item.get("Linkedid"),
                item.get("BridgeId"),
            )
            for item in items
            if item.event == "CoreShowChannel"
        )
        return list({channel.uniqueid: channel for channel in found}.values())

    async def variable(self, channel: str, name: str) -> str:
        (answer,) = await self.action("Getvar", Channel=channel, Variable=name)
        return answer.get("Value")

    async def hangup(self, channel: str) -> None:
        """End a channel; one that is gone already is as well."""
        with suppress(Refused):
            await self.action("Hangup", Channel=channel)

    async def fully_booted(self) -> None:
        """Wait until Asterisk says that everything is loaded (needs read=system)."""
        booted, ended = asyncio.create_task(self._booted.wait()), self._task
        try:
            await asyncio.wait({booted, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            booted.cancel()
        if not self._booted.is_set():
            raise EOFError("the manager interface has closed the connection")

    def listen(self, listener: Callable[[Message], None]) -> Callable[[], None]:
        """Every event from now on; call what this returns to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def closed(self) -> None:
        """Wait until Asterisk has closed the connection."""
        await asyncio.wait({self._task})

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _read(self) -> None:
        try:
            while True:
                block = await self._reader.readuntil(b"\r\n\r\n")
                self._take(Message(_pairs(block.decode("utf-8", "replace"))))
        except (EOFError, ConnectionError):
            pass
        finally:
            for _, future in self._answers.values():
                if not future.done():
                    future.set_exception(EOFError("the manager interface has closed the connection"))

    def _take(self, message: Message) -> None:
        if message.event == "FullyBooted":
            self._booted.set()
        elif message.event == "Newchannel":
            placed = message.get("ChannelStateDesc") == "Ring"
            self.births[message.get("Uniqueid")] = Birth(placed, message.get("Exten"))
        waiting = self._answers.get(message.get("ActionID"))
        if waiting is None:
            for listener in tuple(self._listeners):
                listener(message)
            return
        items, future = waiting
        items.append(message)
        if future.done():
            return
        if message.get("Response") == "Error":
            future.set_exception(Refused(message.get("Message")))
        elif message.get("EventList") in LIST_ENDS or (message.get("Response") and message.get("EventList") != "start"):
            future.set_result(items)


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\r\n"):
        key, colon, value = line.partition(":")
        if colon:
            yield key, value.strip()
