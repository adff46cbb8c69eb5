"""The demo's telephone system goes like an office, and like a connector."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from katalog.connectors.base import Dials
from katalog.connectors.demo import DemoConnector
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.events import LegsChanged, LegsRead, PbxEvent
from katalog.domain.placing import Party, Placing
from katalog.errors import LinkError, NotDone
from tests.connectors.virtual_time import now, run

OFFICE = [f"PJSIP/{number}" for number in range(100, 200)]
UP, RINGING = LineStatus.UP, LineStatus.RINGING
IN, OUT = Direction.IN, Direction.OUT


def told(
    seconds: float, *, devices: Sequence[str] = OFFICE, pace: float = 1.0, seed: int = 0
) -> list[tuple[float, PbxEvent]]:
    """What it tells in so many seconds, and when."""
    events: list[tuple[float, PbxEvent]] = []

    async def work() -> None:
        connector = DemoConnector("demo", devices, pace=pace, seed=seed)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await connector.session(lambda event: events.append((now(), event)))
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(work())
    return events


def changes(events: Sequence[tuple[float, PbxEvent]]) -> list[LegsChanged]:
    (_, first), *rest = events
    assert first == LegsRead("demo", ())
    return [event for _, event in rest if isinstance(event, LegsChanged)]


def seen(events: Sequence[tuple[float, PbxEvent]]) -> set[tuple[Direction, LineStatus]]:
    return {(leg.direction, leg.linestatus) for event in changes(events) for leg in event.legs}


@pytest.mark.parametrize("seed", range(25))
def test_within_20_seconds_calls_in_and_out_have_rung_and_are_up(seed: int) -> None:
    assert seen(told(20, seed=seed)) >= {(IN, RINGING), (IN, UP), (OUT, RINGING), (OUT, UP)}


def test_it_goes_as_many_times_faster_as_its_pace_says() -> None:
    slow, fast = told(60), told(6, pace=10)
    assert [event for _, event in slow] == [event for _, event in fast]
    assert [moment for moment, _ in slow] == pytest.approx([10 * moment for moment, _ in fast])


def test_the_first_telephone_has_the_examples_call() -> None:
    assert changes(told(1))[0].legs == (Leg("demo-1", OFFICE[0], IN, RINGING, "0701231234"),)
    assert any(leg == Leg("demo-1", OFFICE[0], IN, UP, "0701231234") for e in changes(told(8)) for leg in e.legs)


@pytest.mark.parametrize("seed", range(5))
def test_the_first_telephone_rings_again_within_20_seconds_of_every_moment(seed: int) -> None:
    rings = [
        moment
        for moment, event in told(600, seed=seed)
        if isinstance(event, LegsChanged)
        for leg in event.legs
        if leg.device == OFFICE[0] and leg.linestatus is RINGING
    ]
    up = [
        moment
        for moment, event in told(600, seed=seed)
        if isinstance(event, LegsChanged)
        for leg in event.legs
        if leg.device == OFFICE[0] and leg.linestatus is UP
    ]
    # It rings until it is answered.
    assert all(ring - answered < 20 for answered, ring in zip(up, rings[1:], strict=False))
    assert len(rings) > 20


def test_the_first_telephone_is_not_called_while_it_is_used() -> None:
    async def work(connector: DemoConnector) -> None:
        for _ in range(10):
            while any(leg.device == OFFICE[0] for leg in connector._open.values()):
                await asyncio.sleep(0.5)
            (own,) = await connector.dial(placing(OFFICE[0]))
            while own in connector._open:
                assert [leg.id for leg in connector._open.values() if leg.device == OFFICE[0]] == [own]
                await asyncio.sleep(0.5)

    assert asked(work)


@pytest.mark.parametrize("devices", [OFFICE, OFFICE[:5], OFFICE[:1]], ids=["100 telephones", "5", "1"])
@pytest.mark.parametrize("seed", range(3))
def test_every_leg_begins_once_ends_at_most_once_and_stays_on_its_telephone(devices: list[str], seed: int) -> None:
    up: dict[str, Leg] = {}
    over: set[str] = set()
    for event in changes(told(1800, devices=devices, seed=seed)):
        for leg in event.legs:
            assert leg.id not in over
            assert leg.device in devices
            before = up.setdefault(leg.id, leg)
            assert (before.device, before.direction) == (leg.device, leg.direction)
            assert before is not leg or leg.linestatus is RINGING
            assert not (before.linestatus is UP and leg.linestatus is RINGING)
            up[leg.id] = leg
        for id_ in event.ended:
            del up[id_]  # a leg that has not begun, or ended before, is not there
            over.add(id_)
    assert over


@pytest.mark.parametrize("seed", range(5))
def test_a_telephone_has_one_call_or_is_asking_somebody_before_it_hands_its_call_over(seed: int) -> None:
    up: dict[str, Leg] = {}
    asked = 0
    for event in changes(told(3600, seed=seed)):
        up.update({leg.id: leg for leg in event.legs})
        for id_ in event.ended:
            del up[id_]
        for device in OFFICE:
            legs = [leg for leg in up.values() if leg.device == device]
            if len(legs) > 1:
                handed_over, asking = legs
                assert (handed_over.direction, handed_over.linestatus, handed_over.peer) == (IN, UP, None)
                assert asking.direction is OUT
                assert asking.peer is not None
                asked += 1
    assert asked


def test_who_is_called_inside_the_house_has_the_caller_at_the_other_end() -> None:
    up: dict[str, Leg] = {}
    inside = 0
    for event in changes(told(600)):
        up.update({leg.id: leg for leg in event.legs})
        for id_ in event.ended:
            del up[id_]
        for leg in up.values():
            if leg.peer is not None and leg.direction is IN:
                assert any(other.device == leg.peer and other.peer == leg.device for other in up.values())
                inside += 1
    assert inside


def test_a_small_office_never_runs_out_of_telephones_nor_of_calls() -> None:
    late = [event for moment, event in told(7200, devices=OFFICE[:4]) if moment > 6000]
    assert late


def test_a_session_begins_anew_with_every_telephone_free_and_no_leg_of_before() -> None:
    connector = DemoConnector("demo", OFFICE, seed=1)
    events: list[PbxEvent] = []

    async def work() -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    await connector.session(events.append)

    run(work())
    again = events.index(LegsRead("demo", ()), 1)
    first, second = (
        {leg.id for event in part if isinstance(event, LegsChanged) for leg in event.legs}
        for part in (events[:again], events[again:])
    )
    assert not first & second


async def test_it_is_always_reachable() -> None:
    (finding,) = await DemoConnector("demo", OFFICE).check()
    assert finding.ok


# --- calls that are asked for --------------------------------------------------------------------------


def placing(*devices: str) -> Placing:
    return Placing("0701112233", devices, "", Party("100"), Party("0701112233"), autoanswer=True)


def asked(work: Callable[[DemoConnector], Awaitable[None]]) -> list[PbxEvent]:
    """What the session tells while somebody asks it for calls."""
    events: list[PbxEvent] = []
    connector = DemoConnector("demo", OFFICE, seed=1)

    async def all_of_it() -> None:
        session = asyncio.create_task(connector.session(events.append))
        await asyncio.sleep(20)
        await work(connector)
        session.cancel()
        await asyncio.gather(session, return_exceptions=True)

    run(all_of_it())
    return events


def test_a_call_that_is_asked_for_rings_is_up_and_ends() -> None:
    async def work(connector: DemoConnector) -> None:
        assert isinstance(connector, Dials)
        (leg,) = await connector.dial(placing("PJSIP/150"))
        await asyncio.sleep(120)
        assert await connector.hangup([leg]) == 0

    legs = [
        leg
        for event in asked(work)
        if isinstance(event, LegsChanged)
        for leg in event.legs
        if leg.number == "0701112233"
    ]
    # That the other party has answered, too, is told by itself.
    assert [(leg.linestatus, leg.trace.answered) for leg in legs] == [(RINGING, None), (UP, None), (UP, 0.0)]
    assert all(leg.trace.placed for leg in legs)


def test_a_colleague_who_is_called_rings_when_one_has_lifted_and_both_ends_end_together() -> None:
    own = ""

    async def work(connector: DemoConnector) -> None:
        nonlocal own
        (own,) = await connector.dial(Placing("151", ("PJSIP/150",), "", Party("150"), Party("151"), autoanswer=True))
        await asyncio.sleep(120)

    events = [event for event in asked(work) if isinstance(event, LegsChanged)]
    theirs = [leg for event in events for leg in event.legs if (leg.device, leg.peer) == ("PJSIP/151", "PJSIP/150")]
    assert [(leg.direction, leg.linestatus) for leg in theirs] == [(IN, RINGING), (IN, UP)]
    mine = [leg for event in events for leg in event.legs if leg.id == own]
    assert [(leg.linestatus, leg.peer) for leg in mine] == [
        (RINGING, None), (UP, None), (UP, "PJSIP/151"), (UP, "PJSIP/151"),
    ]  # fmt: skip
    assert [event.ended for event in events if own in event.ended] == [(own, theirs[0].id)]


def test_whoever_hangs_up_before_the_colleague_is_called_calls_nobody() -> None:
    async def work(connector: DemoConnector) -> None:
        (own,) = await connector.dial(Placing("151", ("PJSIP/150",), "", Party("150"), Party("151"), autoanswer=True))
        assert await connector.hangup([own]) == 1
        await asyncio.sleep(120)

    legs = [leg for event in asked(work) if isinstance(event, LegsChanged) for leg in event.legs]
    assert not any(leg.peer == "PJSIP/150" for leg in legs)


def test_what_is_hung_up_ends_at_both_ends_and_is_never_told_of_again() -> None:
    open_: dict[str, Leg] = {}
    ended: set[str] = set()

    async def work(connector: DemoConnector) -> None:
        for _ in range(200):
            legs = list(connector._open.values())
            there = [leg.id for leg in legs if leg.peer is not None and leg.direction is OUT]
            if there:
                assert await connector.hangup(there) == len(there)
                assert not any(leg.peer is not None for leg in connector._open.values())
            await asyncio.sleep(3)

    for event in asked(work):
        if isinstance(event, LegsChanged):
            open_.update({leg.id: leg for leg in event.legs})
            assert not ended & {leg.id for leg in event.legs}
            assert not ended & set(event.ended)
            ended.update(event.ended)
    assert len(ended) > 50


def test_nobody_has_a_mobile_and_without_a_session_there_is_no_call() -> None:
    async def work(connector: DemoConnector) -> None:
        with pytest.raises(NotDone):
            await connector.dial(placing())

    asked(work)

    async def without() -> None:
        with pytest.raises(LinkError):
            await DemoConnector("demo", OFFICE).dial(placing("PJSIP/150"))

    run(without())
