"""The same again within seconds is one; what came to nothing may be tried again."""

import asyncio

import pytest

from katalog.errors import NotDone
from katalog.switchboard.once import REPEATED, Once
from tests.clock import Clock

ANNA, BENGT = ("1", "0701112233"), ("2", "0701112233")


class Calls:
    """Each that is placed waits for `go`."""

    def __init__(self) -> None:
        self.placed = 0
        self.go = asyncio.Event()
        self.fails = False

    async def place(self) -> None:
        self.placed += 1
        await self.go.wait()
        if self.fails:
            raise NotDone("Nej.", "No.")


@pytest.fixture
def calls() -> Calls:
    return Calls()


async def test_those_that_come_meanwhile_wait_for_the_first_and_get_what_it_gets(clock: Clock, calls: Calls) -> None:
    once = Once(clock)
    asked = [asyncio.create_task(once.do(ANNA, calls.place)) for _ in range(5)]
    other = asyncio.create_task(once.do(BENGT, calls.place))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert calls.placed == 2
    calls.go.set()
    assert await asyncio.gather(*asked) == [True, False, False, False, False]
    assert await other


async def test_a_repetition_is_one_for_ten_seconds_from_when_it_was_taken(clock: Clock, calls: Calls) -> None:
    once = Once(clock)
    first = asyncio.create_task(once.do(ANNA, calls.place))
    await asyncio.sleep(0)
    clock.now += 60  # it took long
    calls.go.set()
    assert await first
    clock.now += REPEATED - 0.01
    assert not await once.do(ANNA, calls.place)
    clock.now += 0.01
    assert await once.do(ANNA, calls.place)
    assert calls.placed == 2
    assert len(once) == 1


async def test_one_that_came_to_nothing_may_be_tried_again_at_once(clock: Clock, calls: Calls) -> None:
    once = Once(clock)
    calls.fails = True
    asked = [asyncio.create_task(once.do(ANNA, calls.place)) for _ in range(3)]
    await asyncio.sleep(0)
    calls.go.set()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [NotDone] * 3
    assert (calls.placed, len(once)) == (1, 0)
    calls.fails = False
    assert await once.do(ANNA, calls.place)


async def test_whoever_goes_away_leaves_the_call_whole(clock: Clock, calls: Calls) -> None:
    once = Once(clock)
    gone = asyncio.create_task(once.do(ANNA, calls.place))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    calls.go.set()
    assert not await once.do(ANNA, calls.place)
    assert calls.placed == 1


async def test_what_is_being_placed_can_be_waited_for_whatever_comes_of_it(clock: Clock, calls: Calls) -> None:
    once = Once(clock)
    await once.settled(ANNA[0])
    calls.fails = True
    asked = [asyncio.create_task(once.do(key, calls.place)) for key in (ANNA, BENGT)]
    await asyncio.sleep(0)
    waiting = asyncio.create_task(once.settled(ANNA[0]))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    calls.go.set()
    await waiting
    await asyncio.gather(*asked, return_exceptions=True)


async def test_who_has_hung_up_means_what_they_dial_next(clock: Clock, calls: Calls) -> None:
    once = Once(clock)
    calls.go.set()
    assert await once.do(ANNA, calls.place)
    assert await once.do(BENGT, calls.place)
    once.forget(ANNA[0])
    assert await once.do(ANNA, calls.place)
    assert not await once.do(BENGT, calls.place)
