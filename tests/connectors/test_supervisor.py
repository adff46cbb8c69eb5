"""A telephone system that is away: when it is tried again, and what is told of it meanwhile."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.connectors.base import Emit, Finding
from katalog.connectors.supervisor import Delays, Supervisor
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.events import LegsChanged, LegsRead, LegsWithdrawn, LinkLost, PbxEvent
from katalog.errors import LinkError
from tests.connectors.virtual_time import now, run

LEG = Leg("1", "PJSIP/100", Direction.IN, LineStatus.UP, "0701231234")
READ = LegsRead("växel", (LEG,))
ENDED, ENDED_SV = "the session ended without a reason", "sessionen slutade utan förklaring"
LOST, WITHDRAWN = LinkLost("växel", "timeout"), LegsWithdrawn("växel")

Session = Callable[[Emit], Awaitable[None]]


def live(seconds: float, error: BaseException | None = None, *events: PbxEvent) -> Session:
    """A session that is live at once, and lost after some seconds."""

    async def session(emit: Emit) -> None:
        emit(READ)
        for event in events:
            emit(event)
        await asyncio.sleep(seconds)
        raise error or LinkError("timeout")

    return session


def refused(reason: str = "refused", *, nothing_listens: bool = False) -> Session:
    async def session(emit: Emit) -> None:
        raise LinkError(reason, refused=nothing_listens)

    return session


def raising(error: Exception) -> Session:
    async def session(emit: Emit) -> None:
        raise error

    return session


FOR_EVER = live(1e9)


class Scripted:
    """A connector whose sessions go as written, the last one for ever."""

    name = "växel"

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._sessions = iter(sessions)
        self.tries: list[float] = []
        self.open = 0

    async def session(self, emit: Emit) -> None:
        self.tries.append(now())
        self.open += 1
        try:
            await next(self._sessions)(emit)
        finally:
            self.open -= 1

    async def check(self) -> list[Finding]:
        return []


class Running:
    def __init__(self, sessions: Iterable[Session]) -> None:
        self.connector = Scripted(sessions)
        self.told: list[tuple[float, PbxEvent]] = []
        supervisor = Supervisor(self.connector, lambda event: self.told.append((now(), event)))
        self.task = asyncio.create_task(supervisor.run())

    @property
    def events(self) -> list[PbxEvent]:
        return [event for _, event in self.told]

    def at(self, event: PbxEvent) -> float:
        """When it was told; it must have been told once."""
        (moment,) = (moment for moment, told in self.told if told == event)
        return moment


@asynccontextmanager
async def supervised(*sessions: Session) -> AsyncIterator[Running]:
    running = Running(sessions)
    yield running
    running.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running.task


# -- when it is tried again --------------------------------------------------------------------------------


def delays(rng: Callable[[], float], *, refused: bool = False) -> Iterator[float]:
    found = Delays(rng)
    while True:
        yield found.next(refused=refused)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=50))
def test_the_first_try_comes_within_200_ms_and_for_two_minutes_they_are_at_most_500_ms_apart(
    chances: list[float],
) -> None:
    found = delays(itertools.cycle(chances).__next__)
    first = next(found)
    assert 0.05 <= first <= 0.2
    waited = first
    while waited < 120:
        delay = next(found)
        assert 0.25 <= delay <= 0.5
        waited += delay


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=50))
def test_where_nothing_listens_they_are_at_most_100_ms_apart_for_as_long(chances: list[float]) -> None:
    found = delays(itertools.cycle(chances).__next__, refused=True)
    waited = next(found)
    while waited < 120:
        delay = next(found)
        assert 0.05 <= delay <= 0.1
        waited += delay
    assert next(found) > 0.3


def far(chance: float) -> Iterator[float]:
    found = delays(lambda: chance)
    waited = 0.0
    while waited < 120:
        waited += next(found)
    return found


def test_after_two_minutes_they_become_slower_up_to_a_quarter_of_a_minute() -> None:
    later = list(itertools.islice(far(1.0), 20))
    assert later[0] > 0.5
    assert later == sorted(later)
    assert later[-1] == later[-2] == 15.0


def test_tries_are_spread_by_chance_so_that_many_servers_do_not_knock_at_once() -> None:
    for one, other in ((delays(lambda: 0.0), delays(lambda: 0.9)), (far(0.0), far(0.9))):
        assert all(sooner < later for sooner, later in itertools.islice(zip(one, other, strict=False), 20))


def test_a_telephone_system_that_is_away_is_tried_for_ever() -> None:
    async def work() -> None:
        async with supervised(*[refused()] * 2000) as running:
            await asyncio.sleep(120)
            near = running.connector.tries[:]
            assert near[0] == 0
            assert near[1] <= 0.2
            assert max(later - sooner for sooner, later in itertools.pairwise(near)) <= 0.5 + 1e-9
            await asyncio.sleep(3600)
            later = running.connector.tries[len(near) :]
            gaps = [after - before for before, after in itertools.pairwise(later)]
            assert max(gaps) <= 15
            assert min(gaps[20:]) >= 7.5

    run(work())


def test_each_lost_link_is_tried_anew_within_200_ms() -> None:
    async def work() -> None:
        async with supervised(*[refused()] * 600, live(10), live(10), FOR_EVER) as running:
            while sum(event == READ for event in running.events) < 3:
                await asyncio.sleep(1)
            first, second, third = running.connector.tries[600:]
            assert 0 < second - (first + 10) <= 0.2
            assert 0 < third - (second + 10) <= 0.2

    run(work())


def test_one_that_is_being_started_is_found_within_100_ms_and_then_not_hurried() -> None:
    async def work() -> None:
        nothing = [refused(nothing_listens=True)] * 50
        async with supervised(live(10), *nothing, *[refused("not yet")] * 5, FOR_EVER) as running:
            await asyncio.sleep(60)
            gaps = [later - sooner for sooner, later in itertools.pairwise(running.connector.tries[1:])]
            assert max(gaps[:50]) <= 0.1 + 1e-9
            assert min(gaps[50:]) >= 0.25 - 1e-9

    run(work())


# -- what is told -------------------------------------------------------------------------------------------------


def test_what_a_session_tells_is_passed_on_as_it_is_and_in_order() -> None:
    async def work() -> None:
        changed = LegsChanged("växel", ended=("1",))
        async with supervised(live(10, None, changed, READ), FOR_EVER) as running:
            await asyncio.sleep(1)
            assert running.events == [READ, changed, READ]

    run(work())


def test_calls_are_withdrawn_within_five_seconds_of_a_lost_link_and_not_at_once() -> None:
    async def work() -> None:
        async with supervised(live(10), *[refused("timeout")] * 1000) as running:
            await asyncio.sleep(60)
            assert running.events == [READ, LOST, WITHDRAWN]
            assert running.at(LOST) == 10
            assert 14 < running.at(WITHDRAWN) < 15

    run(work())


@pytest.mark.parametrize("silence", [0.0, 3.0, 4.9, 30.0])
def test_they_are_withdrawn_counted_from_the_last_word_that_was_heard(silence: float) -> None:
    async def work() -> None:
        async with supervised(live(40, LinkError("timeout", silence=silence)), *[refused("timeout")] * 1000) as running:
            await asyncio.sleep(60)
            assert running.at(WITHDRAWN) < max(40 + 5 - silence, 40.001)
            assert running.events == [READ, LOST, WITHDRAWN]

    run(work())


def test_they_are_not_withdrawn_when_the_link_is_back_before() -> None:
    async def work() -> None:
        async with supervised(live(10), *[refused("timeout")] * 7, FOR_EVER) as running:
            await asyncio.sleep(120)
            assert running.at(LOST) == 10
            assert running.connector.tries[-1] < 14
            assert running.events == [READ, LOST, READ]

    run(work())


def test_a_session_that_begins_but_has_not_read_anything_is_no_link() -> None:
    async def silent(emit: Emit) -> None:
        await asyncio.sleep(30)
        raise LinkError("timeout")

    async def work() -> None:
        async with supervised(live(10), silent, FOR_EVER) as running:
            await asyncio.sleep(20)
            assert running.events == [READ, LOST, WITHDRAWN]
            await asyncio.sleep(30)
            assert running.events == [READ, LOST, WITHDRAWN, READ]

    run(work())


def test_a_word_before_everything_was_read_does_not_make_a_link_live() -> None:
    async def talks(emit: Emit) -> None:
        emit(LegsChanged("växel"))
        await asyncio.sleep(30)

    async def work() -> None:
        async with supervised(live(10), talks) as running:
            await asyncio.sleep(20)
            assert running.events == [READ, LOST, LegsChanged("växel"), WITHDRAWN]

    run(work())


def test_each_loss_has_five_seconds_of_its_own() -> None:
    async def work() -> None:
        async with supervised(live(10), live(3), *[refused("timeout")] * 1000) as running:
            await asyncio.sleep(60)
            assert running.events == [READ, LOST, READ, LOST, WITHDRAWN]
            assert 4 < running.at(WITHDRAWN) - (running.connector.tries[1] + 3) < 5

    run(work())


def test_calls_that_never_were_are_not_withdrawn() -> None:
    async def work() -> None:
        async with supervised(*[refused()] * 1000) as running:
            await asyncio.sleep(60)
            assert running.events == [LinkLost("växel", "refused")]

    run(work())


def test_a_reason_is_told_once_until_it_is_another_or_the_link_was_back() -> None:
    async def work() -> None:
        sessions = [refused("a"), refused("a"), refused("b"), refused("b"), refused("a"), live(1, LinkError("a"))]
        async with supervised(*sessions, refused("a"), FOR_EVER) as running:
            await asyncio.sleep(60)
            reasons = [event.reason if isinstance(event, LinkLost) else "live" for event in running.events]
            assert reasons == ["a", "b", "a", "live", "a", "live"]

    run(work())


def test_what_to_do_is_told_with_the_reason() -> None:
    async def work() -> None:
        async with supervised(live(1, LinkError("a", "Buy another.", "Köp en ny.")), FOR_EVER) as running:
            await asyncio.sleep(60)
            assert running.events == [READ, LinkLost("växel", "a", "Buy another.", "Köp en ny."), READ]

    run(work())


# -- faults -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("odd"), "ValueError: odd"),
        (ExceptionGroup("two", [ValueError("odd"), KeyError("x")]), "ExceptionGroup: two (2 sub-exceptions)"),
        (TimeoutError(), "TimeoutError: "),
    ],
)
def test_a_fault_of_a_connector_is_a_lost_link_and_nothing_more(error: Exception, reason: str) -> None:
    async def work() -> None:
        async with supervised(live(10, error), *[raising(error)] * 3, FOR_EVER) as running:
            await asyncio.sleep(60)
            assert running.events == [READ, LinkLost("växel", reason), READ]

    run(work())


def test_a_fault_of_who_listens_does_not_end_the_supervisor() -> None:
    async def work() -> None:
        told: list[PbxEvent] = []

        def listen(event: PbxEvent) -> None:
            told.append(event)
            if event == READ and told.count(READ) == 1:
                raise KeyError("växel")

        connector = Scripted([FOR_EVER, FOR_EVER])
        task = asyncio.create_task(Supervisor(connector, listen).run())
        await asyncio.sleep(1)
        assert told == [READ, LinkLost("växel", "KeyError: 'växel'"), READ]
        task.cancel()
        await asyncio.wait([task])

    run(work())


def test_a_session_that_just_ends_is_a_lost_link_too() -> None:
    async def ends(emit: Emit) -> None:
        emit(READ)

    async def work() -> None:
        async with supervised(ends, *[refused()] * 1000) as running:
            await asyncio.sleep(60)
            read, lost, *_ = running.events
            assert (read, lost) == (READ, LinkLost("växel", ENDED, reason_sv=ENDED_SV))
            assert running.events[-1] == WITHDRAWN

    run(work())


# -- the end -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", [5.0, 10.01, 12.0, 30.0], ids=["live", "waiting", "stale", "withdrawn"])
def test_cancelled_it_ends_its_session_and_leaves_no_timer(after: float) -> None:
    async def work() -> None:
        running = Running([live(10), *[refused("timeout")] * 1000])
        await asyncio.sleep(after)
        running.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running.task
        assert running.connector.open == 0
        told, tries = len(running.told), len(running.connector.tries)
        await asyncio.sleep(60)
        assert (len(running.told), len(running.connector.tries)) == (told, tries)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(work())
