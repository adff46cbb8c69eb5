"""A TCP proxy that stands between katalog and a telephone system's manager interface, and misbehaves on request."""

import asyncio
import random
from contextlib import suppress
from types import TracebackType
from typing import Self

BANNER = b"Asterisk Call Manager/"
END = b"\r\n\r\n"
LIMIT = 64 * 1024

HOLD = 0.02
"""Seconds that an event waits for a neighbour to change places with; then it goes on alone."""

Queue = asyncio.Queue[tuple[float, bytes]]
"""When each piece is due, and the piece; an empty one is the end."""


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
        self._seed: int | None = None
        self.port = 0
        self.to_target = 0
        """Bytes that have passed, over all connections; those that are held do not count."""
        self.to_client = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        tasks = tuple(self._tasks)
        self.cut()
        await asyncio.gather(*tasks, return_exceptions=True)

    def cut(self) -> None:
        """Closes every connection, both ways, in the middle of whatever is said."""
        for writer in self._writers:
            writer.transport.abort()
        for task in self._tasks:
            task.cancel()

    def refuse(self) -> None:
        """New connections are closed before a word."""
        self._refusing = True

    def accept(self) -> None:
        self._refusing = False

    def freeze(self) -> None:
        """Half-open: connections stay, and nothing passes, not even that an end has closed."""
        self._thawed.clear()

    def thaw(self) -> None:
        """What was held passes now."""
        self._thawed.set()

    def slow(self, seconds: float) -> None:
        """Everything arrives so much later."""
        self._delay = seconds

    def reorder(self, seed: int) -> None:
        """Neighbouring events change places; answers to actions stay where they are."""
        self._seed = seed

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: of one that the server makes, Python 3.11 reports a cancellation as a fault.
        task = asyncio.create_task(self._connected(reader, writer))
        self._tasks.add(task)
        self._writers.add(writer)
        task.add_done_callback(self._tasks.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            if self._refusing:
                writer.transport.abort()
                return
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            ends.append(far_writer)
            self._writers.add(far_writer)
            there, back = Queue(), Queue()
            async with asyncio.TaskGroup() as both:
                both.create_task(self._read(reader, there, events=False))
                both.create_task(self._read(far_reader, back, events=True))
                both.create_task(self._deliver(there, far_writer))
                both.create_task(self._deliver(back, writer, to_client=True))
        except* OSError:
            pass
        finally:
            for end in ends:
                # What was said already still arrives, unless the connection was cut.
                end.close()
            for end in ends:
                with suppress(OSError):
                    await end.wait_closed()
                self._writers.discard(end)

    async def _read(self, reader: asyncio.StreamReader, queue: Queue, *, events: bool) -> None:
        """Ends at the end of what is said; that it has ended is held and delayed like all else."""
        now = asyncio.get_running_loop().time
        reordering: Reordering | None = None
        while True:
            if events and reordering is None and self._seed is not None:
                reordering = Reordering(self._seed)
            try:
                async with asyncio.timeout(HOLD if reordering is not None and reordering.holds else None):
                    data = await reader.read(LIMIT)
            except TimeoutError:
                assert reordering is not None
                queue.put_nowait((now() + self._delay, reordering.release()))
                continue
            except OSError:
                data = b""
            over = not data
            if reordering is not None:
                data = reordering.feed(data) if data else reordering.release(everything=True)
            if data:
                queue.put_nowait((now() + self._delay, data))
            if over:
                queue.put_nowait((now() + self._delay, b""))
                return

    async def _deliver(self, queue: Queue, writer: asyncio.StreamWriter, *, to_client: bool = False) -> None:
        """Ends with an error, so that the other way ends too."""
        now = asyncio.get_running_loop().time
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - now()))
            await self._thawed.wait()
            if not data:
                raise ConnectionResetError
            writer.write(data)
            if to_client:
                self.to_client += len(data)
            else:
                self.to_target += len(data)
            await writer.drain()


class Reordering:
    """One connection's events: each second one, by chance, comes before the one that it followed.

    Which ones hangs on the seed and on their order alone, not on how they are cut into packets.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._rest = b""
        self._held = b""

    @property
    def holds(self) -> bool:
        """Whether a whole event waits for a neighbour."""
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        """What may go on now."""
        self._rest += data
        out = b""
        if self._rest.startswith(BANNER) and b"\n" in self._rest:
            # It is one line, and nobody says a word before it has come.
            banner, newline, self._rest = self._rest.partition(b"\n")
            out = banner + newline
        *messages, self._rest = self._rest.split(END)
        return out + b"".join(self._take(message + END) for message in messages)

    def release(self, *, everything: bool = False) -> bytes:
        """What was held; with `everything` also the beginning of a message whose end never came."""
        out, self._held = self._held, b""
        if everything:
            out, self._rest = out + self._rest, b""
        return out

    def _take(self, message: bytes) -> bytes:
        if not message.startswith(b"Event: ") or b"\r\nActionID: " in message:
            return self.release() + message
        # Drawn for every event, needed or not, so that the next one's chance is the same whatever came of this.
        swap = self._random.random() < 0.5
        before, self._held = self._held, b""
        if before and swap:
            return message + before
        self._held = message
        return before
