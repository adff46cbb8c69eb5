"""A TCP proxy that stands between katalog and a telephone system's manager interface, and misbehaves on request."""

import asyncio
import random
from types import TracebackType
from typing import Self

END = b"\r\n\r\n"
LIMIT = 64 * 1024


class FaultProxy:
    """`async with FaultProxy(host, port) as proxy:` … katalog connects to `proxy.port`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusing = False
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._delay = 0.0
        self._random: random.Random | None = None
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Closes every connection, both ways, in the middle of whatever is said."""
        for writer in self._writers:
            writer.transport.abort()

    def refuse(self) -> None:
        """New connections are closed before a word."""
        self._refusing = True

    def accept(self) -> None:
        self._refusing = False

    def freeze(self) -> None:
        """Half-open: connections stay, and not a byte passes."""
        self._thawed.clear()

    def thaw(self) -> None:
        """What was held passes now."""
        self._thawed.set()

    def slow(self, seconds: float) -> None:
        """Everything arrives so much later."""
        self._delay = seconds

    def reorder(self, seed: int) -> None:
        """Neighbouring events change places; answers to actions stay where they are."""
        self._random = random.Random(seed)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self._refusing:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._writers |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, far_writer, events=False))
                both.create_task(self._pass(far_reader, writer, events=True))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for end in (writer, far_writer):
                self._writers.discard(end)
                end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, events: bool) -> None:
        """Ends with an error, so that the other way ends too."""
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        async def deliver() -> None:
            while True:
                due, data = await queue.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                await self._thawed.wait()
                writer.write(data)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        try:
            held = b""
            while data := await reader.read(LIMIT):
                if events and self._random is not None:
                    *messages, held = (held + data).split(END)
                    data = b"".join(message + END for message in self._shuffled(messages))
                queue.put_nowait((loop.time() + self._delay, data))
        finally:
            delivering.cancel()
        raise ConnectionResetError

    def _shuffled(self, messages: list[bytes]) -> list[bytes]:
        """Swaps pairs of events, one in two."""
        assert self._random is not None
        for first in range(len(messages) - 1):
            pair = messages[first : first + 2]
            if all(message.startswith(b"Event: ") and b"ActionID: " not in message for message in pair):
                if self._random.random() < 0.5:
                    messages[first : first + 2] = reversed(pair)
        return messages
