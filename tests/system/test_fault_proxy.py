"""The proxy itself, against servers of a few lines: what it does to a link, and that it does nothing else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from tests.serving import free_port
from tests.system.fault_proxy import FaultProxy, Reordering

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SILENCE = 0.2
"""Seconds that prove that nothing comes; what comes on loopback comes in one."""


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def say(self, text: bytes) -> None:
        self._writer.write(text)

    async def hears(self, text: bytes) -> None:
        async with asyncio.timeout(5):
            assert await self._reader.readexactly(len(text)) == text

    async def hears_nothing(self) -> None:
        """Not a byte, and not that the other side has closed."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SILENCE):
                await self._reader.read(1)

    async def hears_the_end(self) -> None:
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await self._reader.read() == b""

    def leave(self) -> None:
        self._writer.close()


@asynccontextmanager
async def served(talk: Talk) -> AsyncIterator[int]:
    """The port of a server that does `talk` with each who comes."""
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def one() -> None:
            try:
                await talk(reader, writer)
            except ConnectionError:
                pass
            finally:
                writer.close()

        tasks.add(asyncio.create_task(one()))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


@asynccontextmanager
async def connected(proxy: FaultProxy) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async with served(echo) as port, FaultProxy("127.0.0.1", port) as between:
        yield between


@pytest.fixture(autouse=True)
async def nothing_goes_wrong_unseen() -> AsyncIterator[None]:
    """What a task or a callback raises reaches nobody but the loop: a link that fails on its own is no test."""
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(str(context)))
    yield
    assert not told


async def test_what_is_said_arrives_and_is_counted(proxy: FaultProxy) -> None:
    async with connected(proxy) as client:
        client.say(b"one")
        await client.hears(b"one")
        client.say(b"three")
        await client.hears(b"three")
    assert (proxy.to_target, proxy.to_client) == (8, 8)


async def test_cut_ends_every_connection_and_no_later_one(proxy: FaultProxy) -> None:
    async with connected(proxy) as first, connected(proxy) as second:
        for client in (first, second):
            client.say(b"x")
            await client.hears(b"x")
        proxy.cut()
        await first.hears_the_end()
        await second.hears_the_end()
    async with connected(proxy) as client:
        client.say(b"x")
        await client.hears(b"x")


async def test_refuse_turns_away_new_ones_only(proxy: FaultProxy) -> None:
    async with connected(proxy) as before:
        before.say(b"x")
        await before.hears(b"x")
        proxy.refuse()
        async with connected(proxy) as client:
            await client.hears_the_end()
        before.say(b"y")
        await before.hears(b"y")
        proxy.accept()
        async with connected(proxy) as client:
            client.say(b"z")
            await client.hears(b"z")


async def test_freeze_holds_what_thaw_passes(proxy: FaultProxy) -> None:
    async with connected(proxy) as client:
        client.say(b"x")
        await client.hears(b"x")
        proxy.freeze()
        client.say(b"held")
        await client.hears_nothing()
        assert proxy.to_target == 1
        proxy.thaw()
        await client.hears(b"held")


async def test_a_new_connection_of_a_frozen_link_is_made_and_silent(proxy: FaultProxy) -> None:
    proxy.freeze()
    async with connected(proxy) as client:
        client.say(b"held")
        await client.hears_nothing()
        proxy.thaw()
        await client.hears(b"held")


async def test_not_even_the_end_passes_a_frozen_link() -> None:
    """A half-open link is one whose other end may be long gone."""

    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        await gone.wait()

    gone = asyncio.Event()
    async with served(leave) as port, FaultProxy("127.0.0.1", port) as proxy, connected(proxy) as client:
        await client.hears(b"hello")
        proxy.freeze()
        gone.set()
        await client.hears_nothing()
        proxy.thaw()
        await client.hears_the_end()


async def test_a_frozen_link_can_be_cut(proxy: FaultProxy) -> None:
    async with connected(proxy) as client:
        client.say(b"x")
        await client.hears(b"x")
        proxy.freeze()
        client.say(b"never")
        await asyncio.sleep(0.05)
        proxy.cut()
        await client.hears_the_end()


async def test_slow_delays_and_loses_nothing(proxy: FaultProxy) -> None:
    proxy.slow(0.3)
    now = asyncio.get_running_loop().time
    async with connected(proxy) as client:
        began = now()
        client.say(b"there and back")
        await client.hears(b"there and back")
        assert now() - began >= 0.6


@pytest.mark.parametrize("delay", [0.0, 0.3])
async def test_the_last_words_arrive_before_the_end(delay: float) -> None:
    """`Shutdown` is the last that a telephone system says."""

    async def last_words(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"Event: Shutdown\r\n\r\n")

    async with served(last_words) as port, FaultProxy("127.0.0.1", port) as proxy, connected(proxy) as client:
        proxy.slow(delay)
        client.say(b"stop\n")
        await client.hears(b"Event: Shutdown\r\n\r\n")
        await client.hears_the_end()


async def test_the_target_hears_that_the_client_has_left() -> None:
    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        left.set()

    left = asyncio.Event()
    async with served(wait) as port, FaultProxy("127.0.0.1", port) as proxy, connected(proxy) as client:
        client.leave()
        await asyncio.wait_for(left.wait(), 5)


async def test_a_target_that_is_not_there_is_an_end_at_once() -> None:
    async with FaultProxy("127.0.0.1", free_port()) as proxy, connected(proxy) as client:
        await client.hears_the_end()


async def test_reordered_events_all_arrive_and_the_banner_is_not_waited_for() -> None:
    events = [b"Event: %d\r\n\r\n" % number for number in range(20)]

    async def manager(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        await reader.readline()
        for event in events:
            # One by one, as they come from a system at rest.
            writer.write(event)
            await writer.drain()
            await asyncio.sleep(0.001)
        await reader.readline()

    async with served(manager) as port, FaultProxy("127.0.0.1", port) as proxy:
        proxy.reorder(1)
        async with connected(proxy) as client:
            await client.hears(b"Asterisk Call Manager/11.0.0\r\n")
            client.say(b"login\n")
            heard = b""
            async with asyncio.timeout(5):
                while len(heard) < len(b"".join(events)):
                    heard += await client._reader.read(65536)
    got = [message + b"\r\n\r\n" for message in heard.split(b"\r\n\r\n")[:-1]]
    assert sorted(got) == sorted(events)
    assert got != events


# --- reordering, without a link ----------------------------------------------------------------------------


def numbered(count: int) -> list[bytes]:
    return [b"Event: %d\r\nUniqueid: 1.%d\r\n\r\n" % (number, number) for number in range(count)]


def reordered(seed: int, text: bytes, size: int) -> bytes:
    """As it comes out, if it goes in by so many bytes at a time."""
    reordering = Reordering(seed)
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return b"".join(map(reordering.feed, pieces)) + reordering.release()


@pytest.mark.parametrize("size", [1, 7, 100, 10**6])
def test_the_order_is_the_seeds_and_not_that_of_the_packets(size: int) -> None:
    text = b"".join(numbered(50))
    assert reordered(3, text, size) == reordered(3, text, len(text)) != text
    assert reordered(4, text, size) != reordered(3, text, size)


def test_no_event_is_lost_cut_or_moved_by_more_than_one_place() -> None:
    events = numbered(200)
    out = reordered(5, b"".join(events), 64).split(b"\r\n\r\n")
    places = [out.index(event.removesuffix(b"\r\n\r\n")) for event in events]
    assert sorted(places) == list(range(200))
    assert max(abs(place - number) for number, place in enumerate(places)) == 1
    assert 40 < sum(place != number for number, place in enumerate(places)) < 180


@pytest.mark.parametrize(
    "answer",
    [
        b"Response: Success\r\nActionID: 1\r\n\r\n",
        b"Event: CoreShowChannel\r\nActionID: 1\r\n\r\n",
    ],
)
def test_answers_and_items_of_lists_stay_where_they_are(answer: bytes) -> None:
    events = numbered(4)
    for seed in range(20):
        out = reordered(seed, b"".join([*events[:2], answer, *events[2:]]), 10**6)
        before, _, after = out.partition(answer)
        assert sorted(before) == sorted(b"".join(events[:2]))
        assert sorted(after) == sorted(b"".join(events[2:]))
