"""Channels → legs. By hand for each rule, at random for what no order of events may break, and recorded."""

import random
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.connectors.asterisk.adapter import MEMORY, Adapter, Difference
from katalog.connectors.asterisk.channel import device_of
from katalog.connectors.asterisk.wire import Message, Parser
from katalog.domain.call import UNTRACED, Direction, Ending, Leg, LineStatus, Trace

IN, OUT, UNKNOWN = Direction.IN, Direction.OUT, Direction.UNKNOWN
UP, DOWN, RINGING = LineStatus.UP, LineStatus.DOWN, LineStatus.RINGING
CAPTURES = sorted((Path(__file__).parents[2] / "captures").glob("asterisk-*/*.ami"))


def message(event: str, **fields: object) -> Message:
    return Message("\n".join(f"{key}: {value}" for key, value in {"Event": event, **fields}.items()))


def born(uid: str, name: str, state: int, exten: str = "", connected: str = "<unknown>") -> Message:
    return message(
        "Newchannel",
        Timestamp="1795519759.1",
        Channel=name,
        ChannelState=state,
        ConnectedLineNum=connected,
        Exten=exten,
        Uniqueid=uid,
    )


def state(uid: str, number: int) -> Message:
    return message("Newstate", Timestamp="1795519760.2", Uniqueid=uid, ChannelState=number)


def connected(uid: str, number: str) -> Message:
    return message("NewConnectedLine", Uniqueid=uid, ConnectedLineNum=number)


def dial(caller: str, callee: str) -> Message:
    source = {"Uniqueid": caller} if caller else {}
    return message("DialBegin", **source, DestUniqueid=callee)


def dialled(callee: str) -> Message:
    return message("DialEnd", DestUniqueid=callee)


def enter(uid: str, bridge: str, technology: str = "simple_bridge") -> Message:
    return message("BridgeEnter", Uniqueid=uid, BridgeUniqueid=bridge, BridgeTechnology=technology)


def leave(uid: str, bridge: str) -> Message:
    return message("BridgeLeave", Uniqueid=uid, BridgeUniqueid=bridge)


def hangup(uid: str) -> Message:
    return message("Hangup", Uniqueid=uid)


def listed(
    uid: str,
    name: str,
    state: int,
    *,
    connected: str = "<unknown>",
    bridge: str = "",
    exten: str = "",
    application: str = "Dial",
    linkedid: str | None = None,
) -> Message:
    return message(
        "CoreShowChannel",
        Channel=name,
        ChannelState=state,
        ConnectedLineNum=connected,
        Exten=exten,
        Uniqueid=uid,
        Linkedid=uid if linkedid is None else linkedid,
        Application=application,
        BridgeId=bridge,
    )


def shown(leg: Leg) -> Leg:
    """Without what only the call log wants to know."""
    return msgspec.structs.replace(leg, trace=UNTRACED)


def after(*events: Message, adapter: Adapter | None = None) -> dict[str, Leg]:
    """The legs by device, after these events."""
    adapter = adapter or Adapter()
    for event in events:
        assert adapter.apply(event)
    return {leg.device: leg for leg in adapter.legs()}


def read(*items: Message, adapter: Adapter | None = None, meanwhile: Iterable[Message] = ()) -> dict[str, Leg]:
    """The legs by device, after the whole state was read."""
    adapter = adapter or Adapter()
    adapter.begin()
    for item in items:
        adapter.listed(item)
    for event in meanwhile:
        adapter.apply(event)
    adapter.complete()
    return {leg.device: leg for leg in adapter.legs()}


A, B, C, TRUNK = "PJSIP/100", "PJSIP/101", "PJSIP/102", "PJSIP/trunk"
CALL = (born("1.0", "PJSIP/100-00000000", 4, "101"), born("1.1", "PJSIP/101-00000001", 0))
TALK = (*CALL, state("1.0", 6), state("1.1", 6), enter("1.0", "b"), enter("1.1", "b"))

LOCAL = (
    born("1.5", "Local/9@office-00000005;1", 0),
    born("1.6", "Local/9@office-00000005;2", 4),
)


# --- a leg -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("PJSIP/100-0000001a", "PJSIP/100"),
        ("PJSIP/växel-2-0000001a", "PJSIP/växel-2"),
        ("PJSIP/08010203-00000001", "PJSIP/08010203"),
        ("SCCP/100", "SCCP/100"),
        ("Local/100@office-00000001;1", None),
        ("ConfBridgeRecorder/conf-1-uid-2", None),
        ("Message/ast_msg_queue", None),
        ("Surrogate/PJSIP/100-00000001", None),
        ("PJSIP/100-0000001a<ZOMBIE>", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_device(name: str, device: str | None) -> None:
    assert device_of(name) == device


@pytest.mark.parametrize(
    ("number", "linestatus"), [(6, UP), (5, RINGING), (4, RINGING), (3, RINGING), (0, DOWN), (7, DOWN), (1, DOWN)]
)
def test_linestatus(number: int, linestatus: LineStatus) -> None:
    assert after(CALL[1], state("1.1", number))[B].linestatus is linestatus


def test_down_is_ringing_while_it_is_dialled() -> None:
    """A phone that answers without 180 is never Ringing."""
    assert after(*CALL, dial("1.0", "1.1"))[B].linestatus is RINGING
    assert after(*CALL, dial("1.0", "1.1"), dialled("1.1"))[B].linestatus is DOWN
    assert after(*CALL, dial("1.0", "1.1"), state("1.1", 6))[B].linestatus is UP


def test_one_that_was_answered_does_not_ring_again() -> None:
    assert after(*CALL, state("1.1", 6), state("1.1", 5))[B].linestatus is UP


def test_direction_is_of_birth() -> None:
    legs = after(*TALK, connected("1.0", "9"), leave("1.0", "b"), enter("1.0", "c"))
    assert (legs[A].direction, legs[B].direction) == (OUT, IN)


@pytest.mark.parametrize(
    ("connection", "exten", "number"),
    [
        ("<unknown>", "7000", "7000"),
        ("", "7000", "7000"),
        ("0701112233", "7000", "0701112233"),
        # Known to be withheld is more than what was dialled: after a pickup that is another's.
        ("anonymous", "*8", ""),
        ("<unknown>", "s", ""),
        ("<unknown>", "h", ""),
        ("<unknown>", "anonymous", ""),
    ],
)
def test_number_of_one_who_called(connection: str, exten: str, number: str) -> None:
    assert after(born("1.0", "PJSIP/100-00000000", 4, exten, connection))[A].number == number


@pytest.mark.parametrize(("connection", "number"), [("<unknown>", ""), ("anonymous", ""), ("070", "070")])
def test_number_of_one_who_was_called(connection: str, number: str) -> None:
    assert after(born("1.1", "PJSIP/101-00000001", 0, "s", connection))[B].number == number


@pytest.mark.parametrize(
    ("presentation", "number"), [("allowed_not_screened", "070"), ("prohib_passed_screen", ""), ("", "")]
)
def test_a_number_is_shown_if_it_may_be(presentation: str, number: str) -> None:
    adapter = Adapter()
    adapter.apply(CALL[1])
    assert adapter.questions() == []
    adapter.apply(connected("1.1", "070"))
    assert adapter.questions() == ["1.1"]
    assert adapter.questions() == []
    assert adapter.changes() == ((), ()), "until it is answered"
    adapter.presented("1.1", presentation)
    legs, ended = adapter.changes()
    assert ([shown(leg) for leg in legs], ended) == ([Leg("1.1", B, IN, DOWN, number)], ())


def test_a_number_that_changes_is_asked_about_again() -> None:
    adapter = Adapter()
    after(CALL[1], connected("1.1", "070"), adapter=adapter)
    adapter.questions()
    adapter.apply(connected("1.1", "071"))
    assert adapter.questions() == ["1.1"]
    adapter.presented("1.1", "prohib")
    assert adapter.changes() == ((), ())
    adapter.presented("1.1", "allowed")
    assert [leg.number for leg in adapter.changes()[0]] == ["071"]
    adapter.presented("1.1", "prohib")
    assert [leg.number for leg in adapter.changes()[0]] == [""]


def presents(event: Message, presentation: str) -> Message:
    """As Asterisk tells it where manager.conf says `channelvars`."""
    return Message(f"{event.text[1:-1]}\nChanVariable: OTHER=1\nChanVariable: CONNECTEDLINE(num-pres)={presentation}")


@pytest.mark.parametrize(("presentation", "number"), [("allowed_not_screened", "070"), ("prohib_passed_screen", "")])
def test_what_an_event_says_is_not_asked(presentation: str, number: str) -> None:
    adapter = Adapter()
    for event in (CALL[1], connected("1.1", "070")):
        adapter.apply(presents(event, presentation))
    adapter.apply(presents(calls("1.0", "070"), "allowed"))
    assert (adapter.questions(), adapter.callers()) == ([], [])
    assert [leg.number for leg in adapter.changes()[0] if leg.id == "1.1"] == [number]
    # What is allowed now need not be so for ever, and the other way round.
    adapter.apply(presents(connected("1.1", "070"), "prohib"))
    adapter.apply(presents(connected("1.1", "070"), presentation))
    assert [leg.number for leg in adapter.changes()[0]] == []
    adapter.apply(presents(connected("1.1", "070"), "prohib" if number else "allowed"))
    assert [leg.number for leg in adapter.changes()[0]] == ["" if number else "070"]


@pytest.mark.parametrize(("presentation", "number"), [("allowed_not_screened", "070"), ("prohib_passed_screen", "")])
def test_what_a_list_says_is_not_asked(presentation: str, number: str) -> None:
    adapter = Adapter()
    items = (
        listed("1.0", "PJSIP/100-00000000", 4, exten="101", connected="101"),
        listed("1.1", "PJSIP/101-00000001", 5, connected="070"),
    )
    read(*(presents(each, presentation) for each in items), adapter=adapter)
    assert (adapter.questions(), adapter.callers()) == ([], [])
    assert [leg.number for leg in adapter.legs()] == ["101", number], "who dialled a number knows it"


def test_of_who_has_ended_before_it_could_be_asked_nothing_is_told_but_the_end() -> None:
    adapter = Adapter()
    for event in (calls("1.0", "070"), CALL[1], connected("1.1", "070"), dial("1.0", "1.1")):
        adapter.apply(event)
    assert (adapter.callers(), adapter.questions()) == (["1.0"], ["1.1"])
    adapter.caller_presented("1.0", "allowed")
    assert [leg.id for leg in adapter.changes()[0]] == ["1.0"]
    # In a list it is without the number of whom nobody could be asked about.
    assert {leg.id: leg.number for leg in adapter.legs()} == {"1.0": "101", "1.1": ""}
    adapter.apply(hangup("1.1"))
    assert [(leg.id, leg.number) for leg, _ in adapter.settled()] == [("1.1", "070")]


def test_a_number_that_came_later_is_not_shown_because_the_callers_may_be() -> None:
    adapter = Adapter()
    after(calls("1.0", "070"), CALL[1], connected("1.1", "070"), dial("1.0", "1.1"), adapter=adapter)
    adapter.callers()
    adapter.caller_presented("1.0", "allowed")
    after(connected("1.1", ""), connected("1.1", "071"), adapter=adapter)
    adapter.questions()
    adapter.apply(hangup("1.1"))
    assert [(leg.id, leg.number) for leg, _ in adapter.settled()] == [("1.1", "")]


@pytest.mark.parametrize("link", ["the same", "another"])
def test_what_was_not_answered_is_asked_again(link: str) -> None:
    adapter = Adapter()
    adapter.apply(CALL[1])
    adapter.apply(connected("1.1", "070"))
    assert adapter.questions() == ["1.1"]
    if link == "another":
        adapter.begin()
        adapter.listed(listed("1.1", "PJSIP/101-00000001", 0, connected="070"))
        adapter.complete()
    else:
        adapter.ask_again()
    assert adapter.questions() == ["1.1"]
    adapter.presented("1.1", "allowed")
    assert [leg.number for leg in adapter.changes()[0]] == ["070"]
    adapter.ask_again()
    assert adapter.questions() == []


def test_what_needs_no_question() -> None:
    """The number that it dialled itself, one that is withheld anyway, one that shows nobody, one that ended."""
    adapter = Adapter()
    after(*CALL, *LOCAL, born("1.2", "PJSIP/102-00000002", 0), adapter=adapter)
    for uid, number in (("1.0", "101"), ("1.1", "anonymous"), ("1.5", "070"), ("1.2", "070")):
        adapter.apply(connected(uid, number))
    adapter.apply(hangup("1.2"))
    assert adapter.questions() == []
    adapter.presented("1.2", "prohib")


def test_who_began_is_asked_of_what_only_a_list_told() -> None:
    """Not where the state says it, not where a birth was heard, not of what has no such answer."""
    adapter = Adapter()
    read(
        listed("1.0", "PJSIP/100-00000000", 4),
        listed("1.1", "PJSIP/101-00000001", 5),
        listed("1.2", "PJSIP/102-00000002", 6),
        listed("1.3", "PJSIP/103-00000003", 6),
        listed("1.4", "SIP/104-00000004", 6),
        adapter=adapter,
        meanwhile=[born("1.3", "PJSIP/103-00000003", 0)],
    )
    assert adapter.unclear() == ["1.2"]
    assert adapter.unclear() == []
    adapter.began("1.2", IN)
    assert [leg.direction for leg in adapter.changes()[0]] == [IN]
    adapter.began("1.9", IN)
    assert adapter.changes() == ((), ())


def test_who_began_is_not_asked_of_what_has_ended() -> None:
    adapter = Adapter()
    read(listed("1.2", "PJSIP/102-00000002", 6), adapter=adapter, meanwhile=[hangup("1.2")])
    assert adapter.unclear() == []


def test_times_are_kept() -> None:
    adapter = Adapter()
    after(*TALK, adapter=adapter)
    channel = adapter.channel("1.0")
    assert channel is not None
    assert (channel.born, channel.answered) == (1795519759.1, 1795519760.2)


# --- the other party ---------------------------------------------------------------------------------------


def test_peers_in_a_bridge() -> None:
    legs = after(*TALK)
    assert (legs[A].peer, legs[B].peer) == (B, A)


def test_three_have_no_peer_until_one_goes() -> None:
    third = (*TALK, born("1.2", "PJSIP/102-00000002", 4), enter("1.2", "b"))
    assert {leg.peer for leg in after(*third).values()} == {None}
    assert {leg.peer for leg in after(*third, hangup("1.1")).values()} == {A, C}


def test_one_of_asterisks_own_is_not_a_third() -> None:
    legs = after(*TALK, born("1.9", "CBAnn/conf-00000009;2", 0), enter("1.9", "b"))
    assert set(legs) == {A, B}
    assert (legs[A].peer, legs[B].peer) == (B, A)


def test_those_who_are_held_do_not_talk_to_each_other() -> None:
    parked = (*CALL, enter("1.0", "lot", "holding_bridge"), enter("1.1", "lot", "holding_bridge"))
    assert {leg.peer for leg in after(*parked).values()} == {None}
    gone = (leave("1.0", "lot"), leave("1.1", "lot"), message("BridgeDestroy", BridgeUniqueid="lot"))
    assert after(*parked, *gone, enter("1.0", "b"), enter("1.1", "b"))[A].peer == B


def test_held_is_known_from_the_list_of_bridges() -> None:
    adapter = Adapter()
    after(*TALK, adapter=adapter)
    adapter.holding("b")
    adapter.holding("another")
    assert [leg.peer for leg in adapter.changes()[0]] == [None, None]


def test_a_ringing_phone_has_its_caller() -> None:
    legs = after(*CALL, dial("1.0", "1.1"), state("1.1", 5))
    assert legs[B].peer == A
    assert legs[A].peer is None, "it may ring more of them yet"
    assert after(*CALL, dial("1.0", "1.1"), connected("1.0", "101"))[A].peer == B


def test_of_many_that_ring_none_is_the_peer() -> None:
    third = born("1.2", "PJSIP/102-00000002", 0)
    legs = after(*CALL, third, connected("1.0", "101"), dial("1.0", "1.1"), dial("1.0", "1.2"))
    assert (legs[A].peer, legs[B].peer, legs[C].peer) == (None, A, A)


def test_originate_has_no_caller() -> None:
    assert shown(after(CALL[1], dial("", "1.1"))[B]) == Leg("1.1", B, IN, RINGING, "")


def test_a_caller_who_hangs_up_is_no_peer() -> None:
    legs = after(*CALL, dial("1.0", "1.1"), hangup("1.0"))
    assert [shown(leg) for leg in legs.values()] == [Leg("1.1", B, IN, RINGING, "")]


def test_a_dial_that_begins_anew() -> None:
    third = born("1.2", "PJSIP/102-00000002", 4)
    assert after(*CALL, third, dial("1.0", "1.1"), dial("1.2", "1.1"))[B].peer == C


def test_local_channels_are_looked_through() -> None:
    rung = (*CALL, *LOCAL, dial("1.0", "1.5"), dial("1.6", "1.1"), state("1.1", 5))
    assert after(*rung)[B].peer == A
    answered = (enter("1.0", "x"), enter("1.5", "x"), enter("1.6", "y"), enter("1.1", "y"))
    legs = after(*rung, *answered)
    assert set(legs) == {A, B}
    assert (legs[A].peer, legs[B].peer) == (B, A)
    # The far half tells of it when the near one is moved.
    assert after(*rung, *answered, hangup("1.5"))[B].peer is None


def test_local_channels_in_a_row_and_in_a_ring() -> None:
    row = (
        born("1.7", "Local/8@office-00000007;1", 0),
        born("1.8", "Local/8@office-00000007;2", 4),
        *(enter("1.0", "x"), enter("1.5", "x"), enter("1.6", "y")),
        *(enter("1.7", "y"), enter("1.8", "z"), enter("1.1", "z")),
    )
    assert after(*CALL, *LOCAL, *row)[A].peer == B
    ring = (enter("1.5", "x"), enter("1.6", "x"), enter("1.0", "x"))
    assert after(*CALL, *LOCAL, *ring)[A].peer is None


# --- what is told ------------------------------------------------------------------------------------------


def test_only_what_changed_is_told_once() -> None:
    adapter = Adapter()
    after(*TALK, adapter=adapter)
    assert adapter.changes() == ((), ())
    adapter.apply(connected("1.0", "070"))
    assert [leg.id for leg in adapter.changes()[0]] == ["1.0"]
    adapter.apply(connected("1.0", "070"))
    adapter.apply(leave("1.0", "another"))
    assert adapter.changes() == ((), ())
    adapter.apply(hangup("1.1"))
    legs, ended = adapter.changes()
    assert [(leg.id, leg.peer) for leg in legs] == [("1.0", None)]
    assert ended == (Ending("1.1"),)


def test_who_came_and_went_at_once_is_not_told() -> None:
    adapter = Adapter()
    for event in (*CALL, *LOCAL, hangup("1.0"), hangup("1.5")):
        adapter.apply(event)
    legs, ended = adapter.changes()
    assert ([leg.id for leg in legs], ended) == (["1.1"], ())


def test_an_end_is_untold_while_the_line_has_a_state_that_was_not_told() -> None:
    adapter = Adapter()
    after(*CALL, adapter=adapter)
    assert not adapter.ends_untold(hangup("1.1"))
    adapter.apply(state("1.1", 6))
    assert not adapter.ends_untold(state("1.1", 6))
    assert not adapter.ends_untold(hangup("1.0"))
    assert adapter.ends_untold(hangup("1.1"))
    adapter.changes()
    assert not adapter.ends_untold(hangup("1.1"))
    adapter.apply(born("1.2", "PJSIP/102-00000002", 0, connected="070"))
    adapter.questions()
    adapter.apply(born("1.3", "Local/8@office-00000003;1", 0))
    assert adapter.changes() == ((), ()), "until it is known whether the number may be shown"
    assert not adapter.ends_untold(hangup("1.2")), "it is told later"
    assert not adapter.ends_untold(hangup("1.3"))
    assert not adapter.ends_untold(hangup("9.9"))


def calls(uid: str, number: str) -> Message:
    """A trunk's channel is born."""
    return message("Newchannel", Channel=f"{TRUNK}-1", ChannelState=4, CallerIDNum=number, Exten="101", Uniqueid=uid)


@pytest.mark.parametrize(
    ("presentation", "number"),
    [("allowed_not_screened", "070"), ("prohib_passed_screen", ""), ("", ""), ("unavailable", "")],
)
def test_of_who_is_refused_at_once_the_caller_was_asked_before(presentation: str, number: str) -> None:
    """A telephone in do-not-disturb refuses within a millisecond, when the answer about its number is still to come."""
    adapter = Adapter()
    refused = born("1.1", "PJSIP/101-00000001", 0, connected="070")
    after(calls("1.0", "070"), refused, dial("1.0", "1.1"), adapter=adapter)
    assert (adapter.callers(), adapter.callers(), adapter.questions()) == (["1.0"], [], ["1.1"])
    adapter.apply(at(30.5, message("Hangup", Uniqueid="1.1", Cause=17)))
    assert (adapter.settled(), adapter.changes()) == ([], ((), ()))
    adapter.presented("1.1", "")
    adapter.caller_presented("1.9", "allowed")
    assert (adapter.settled(), adapter.changes()) == ([], ((), ()))
    adapter.caller_presented("1.0", presentation)
    ((leg, ending),) = adapter.settled()
    assert (leg.id, leg.number, leg.trace.caller, ending) == ("1.1", number, "1.0", Ending("1.1", 30.5, 17))
    assert (adapter.settled(), adapter.changes()) == ([], ((), ()))
    # Another that it reaches is settled by what is known of the caller.
    after(born("1.2", "PJSIP/102-00000002", 0, connected="070"), dial("1.0", "1.2"), adapter=adapter)
    adapter.questions()
    adapter.apply(message("Hangup", Uniqueid="1.2"))
    assert [(leg.id, leg.number) for leg, _ in adapter.settled()] == [("1.2", number)]
    assert adapter.changes() == ((), ())


def test_of_who_has_no_caller_the_number_is_withheld_unless_it_is_ones_own_call() -> None:
    for begun, number in ((), ""), ((dial("", "1.1"),), "070"):
        adapter = Adapter()
        after(born("1.1", "PJSIP/101-00000001", 0, connected="070"), *begun, adapter=adapter)
        adapter.questions()
        adapter.apply(hangup("1.1"))
        assert [leg.number for leg, _ in adapter.settled()] == [number]


def test_what_is_late_when_the_link_is_lost_is_not_told() -> None:
    adapter = Adapter()
    after(
        calls("1.0", "070"), born("1.1", "PJSIP/101-00000001", 0, connected="070"), dial("1.0", "1.1"), adapter=adapter
    )
    assert (adapter.callers(), adapter.questions()) == (["1.0"], ["1.1"])
    adapter.apply(hangup("1.1"))
    adapter.begin()
    adapter.caller_presented("1.0", "allowed")
    assert adapter.settled() == []


def test_little_is_remembered_of_callers() -> None:
    adapter = Adapter()
    for number in range(MEMORY + 1):
        adapter.apply(calls(f"1.{number}", "070"))
        adapter.callers()
    adapter.caller_presented("1.0", "allowed")
    after(born("2.1", "PJSIP/101-00000001", 0, connected="070"), dial("1.0", "2.1"), adapter=adapter)
    adapter.questions()
    adapter.apply(hangup("2.1"))
    assert [leg.number for leg, _ in adapter.settled()] == [""]


def test_a_pickup_that_is_told_after_the_end_of_whom_it_relieves() -> None:
    adapter = Adapter()
    after(*CALL, dial("1.0", "1.1"), born("1.2", "PJSIP/102-00000002", 4, "*8101"), adapter=adapter)
    adapter.apply(message("Hangup", Uniqueid="1.1", Cause=26))
    adapter.apply(message("Pickup", Uniqueid="1.2", TargetUniqueid="1.1"))
    assert [(leg.device, leg.trace.caller) for leg in adapter.changes()[0] if leg.device == C] == [(C, "1.0")]


def test_an_end_is_untold_while_what_the_log_wants_to_know_was_not_told() -> None:
    """A call that was placed, and is refused by one's own telephone before anything but its birth was told."""
    adapter = Adapter()
    after(born("1.1", "PJSIP/101-00000001", 0), adapter=adapter)
    adapter.apply(dial("", "1.1"))
    adapter.apply(ending("1.1", "BUSY"))
    assert adapter.ends_untold(hangup("1.1"))
    assert [leg.trace.placed for leg in adapter.changes()[0]] == [True]


def test_whose_dial_was_called_off_has_not_the_callers_cause() -> None:
    for status, cause, expected in (("CANCEL", 17, 0), ("CANCEL", 26, 26), ("BUSY", 17, 17)):
        adapter = Adapter()
        after(*CALL, dial("1.0", "1.1"), ending("1.1", status, caller="1.0"), adapter=adapter)
        adapter.apply(message("Hangup", Uniqueid="1.1", Cause=cause))
        assert [each.cause for each in adapter.changes()[1]] == [expected]


def test_what_is_no_call_is_passed_over() -> None:
    adapter = Adapter()
    assert not adapter.apply(message("DeviceStateChange", Device=A))
    assert adapter.changes() == ((), ())


def test_unknown_channels_create_nothing() -> None:
    events = (
        *(state("9", 6), connected("9", "1"), dial("8", "9"), dialled("9"), enter("9", "b"), leave("9", "b")),
        *(message("Newchannel"), hangup("9"), hangup("")),
        enter("1.0", ""),
    )
    assert after(*CALL, *events) == after(*CALL)


def test_an_ended_channel_never_comes_back() -> None:
    adapter = Adapter()
    assert A not in after(*CALL, hangup("1.0"), hangup("1.0"), CALL[0], adapter=adapter)
    late = listed("1.0", "PJSIP/100-00000000", 6)
    assert A not in read(late, adapter=adapter)
    assert adapter.differences([late]) == frozenset()
    adapter.heal([Difference("1.0", "missing", "", "")], [late])
    assert list(adapter.legs()) == []


def test_the_memory_of_the_ended_has_an_end() -> None:
    adapter = Adapter(ended_memory=1)
    assert A in after(CALL[0], hangup("1.0"), CALL[1], hangup("1.1"), CALL[0], adapter=adapter)


def test_a_birth_told_twice_is_one() -> None:
    """The second corrects what a list could only guess, and nothing that is newer."""
    adapter = Adapter()
    read(listed("1.1", "PJSIP/101-00000001", 6, connected="070"), adapter=adapter)
    assert shown(after(CALL[1], adapter=adapter)[B]) == Leg("1.1", B, IN, UP, "070")


# --- the whole state ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "direction", "linestatus"),
    [
        ({"state": 4}, OUT, RINGING),
        ({"state": 5}, IN, RINGING),
        ({"state": 0, "application": "AppDial"}, IN, RINGING),
        ({"state": 0, "application": "AppDial2"}, IN, RINGING),
        ({"state": 6, "application": "AppQueue"}, IN, UP),
        ({"state": 6}, OUT, UP),
        ({"state": 6, "linkedid": "0.9", "application": "ConfBridge"}, OUT, UP),
        ({"state": 6, "linkedid": "0.9", "connected": "070", "application": "ParkedCall"}, OUT, UP),
        # Called, then moved: Redirect, transfer.
        ({"state": 6, "linkedid": "0.9", "connected": "070"}, UNKNOWN, UP),
    ],
)
def test_direction_from_a_list(fields: dict[str, str | int], direction: Direction, linestatus: LineStatus) -> None:
    leg = read(listed("1.0", "PJSIP/100-00000000", **fields))[A]  # type: ignore[arg-type]
    assert (leg.direction, leg.linestatus) == (direction, linestatus)


@pytest.mark.parametrize(("exten", "number"), [("101", "101"), ("s", ""), ("h", ""), ("", "")])
def test_number_from_a_list(exten: str, number: str) -> None:
    assert read(listed("1.0", "PJSIP/100-00000000", 6, exten=exten))[A].number == number


def test_bridges_from_a_list() -> None:
    legs = read(
        listed("1.0", "PJSIP/100-00000000", 6, bridge="x"),
        listed("1.5", "Local/9@office-00000005;1", 6, bridge="x"),
        listed("1.6", "Local/9@office-00000005;2", 6, bridge="y"),
        listed("1.1", "PJSIP/101-00000001", 6, bridge="y"),
    )
    assert (legs[A].peer, legs[B].peer) == (B, A)


def test_what_was_known_before_is_kept() -> None:
    adapter = Adapter()
    after(*CALL, dial("1.0", "1.1"), adapter=adapter)
    legs = read(
        listed("1.0", "PJSIP/100-00000000", 6, exten="s"),
        listed("1.1", "PJSIP/101-00000001", 6, exten="7000"),
        listed("1.2", "PJSIP/102-00000002", 4, exten="9"),
        adapter=adapter,
    )
    assert shown(legs[A]) == Leg("1.0", A, OUT, UP, "101")
    assert shown(legs[B]) == Leg("1.1", B, IN, UP, "")
    assert set(read(adapter=adapter)) == set()


def test_one_that_a_list_passed_over_is_found_again() -> None:
    """Asterisk's list is no photograph: a channel that moves while it is made may be missing, or be there twice."""
    adapter = Adapter()
    after(*TALK, adapter=adapter)
    caller = listed("1.0", "PJSIP/100-00000000", 6, bridge="b")
    callee = listed("1.1", "PJSIP/101-00000001", 6, bridge="b", application="AppDial")
    assert set(read(caller, caller, adapter=adapter)) == {A}
    missed = adapter.differences([caller, callee])
    assert missed == {Difference("1.1", "missing", "", "PJSIP/101-00000001")}
    adapter.heal(missed, [caller, callee])
    assert {leg.device: leg.peer for leg in adapter.legs()} == {A: B, B: A}


def test_what_happens_meanwhile_is_added() -> None:
    adapter = Adapter()
    meanwhile = (
        *(CALL[1], hangup("1.0"), born("1.2", "PJSIP/102-00000002", 4, "9")),
        *(born("1.3", "PJSIP/103-00000003", 0), hangup("1.3")),
    )
    old = listed("1.0", "PJSIP/100-00000000", 6)
    moved = listed("1.1", "PJSIP/101-00000001", 6)
    assert set(read(old, moved, adapter=adapter, meanwhile=meanwhile)) == {B, C}
    assert adapter.changes() == ((), ())


def test_nothing_is_told_before_it_is_complete() -> None:
    adapter = Adapter()
    adapter.begin()
    for event in TALK:
        assert adapter.apply(event)
    assert adapter.changes() == ((), ())
    adapter.begin()
    adapter.complete()
    assert list(adapter.legs()) == [], "a list that was never complete counts for nothing"


def test_completing_without_beginning() -> None:
    adapter = Adapter()
    adapter.complete()
    assert list(adapter.legs()) == []


def test_forget() -> None:
    adapter = Adapter()
    after(*TALK, adapter=adapter)
    adapter.forget()
    assert {ending.id for ending in adapter.changes()[1]} == {"1.0", "1.1"}


# --- comparison --------------------------------------------------------------------------------------------


def test_no_difference() -> None:
    adapter = Adapter()
    items = [listed("1.0", "PJSIP/100-00000000", 6, bridge="b"), listed("1.1", "PJSIP/101-00000001", 6, bridge="b")]
    after(*TALK, adapter=adapter)
    assert adapter.differences(items) == frozenset()


def test_differences_are_named_and_healed() -> None:
    adapter = Adapter()
    after(*TALK, born("1.5", "Local/9@office-00000005;1", 0), adapter=adapter)
    items = [
        listed("1.0", "PJSIP/103-00000000", 6, bridge="c", connected="070"),
        listed("1.2", "PJSIP/102-00000002", 0, bridge="c", application="AppDial"),
        listed("1.5", "Local/9@office-00000005;1", 6),
    ]
    found = adapter.differences(items)
    assert found == {
        Difference("1.0", "name", "PJSIP/100-00000000", "PJSIP/103-00000000"),
        Difference("1.0", "bridge", "b", "c"),
        Difference("1.0", "number", "", "070"),
        Difference("1.1", "ghost", "PJSIP/101-00000001", ""),
        Difference("1.2", "missing", "", "PJSIP/102-00000002"),
        Difference("1.5", "state", "0", "6"),
    }
    adapter.heal(found, items)
    assert adapter.healed == 4
    legs, ended = adapter.changes()
    assert sorted(map(shown, legs), key=lambda leg: leg.id) == [
        Leg("1.0", "PJSIP/103", OUT, UP, "070", C),
        Leg("1.2", C, IN, RINGING, "", "PJSIP/103"),
    ]
    assert ended == (Ending("1.1"),)
    assert adapter.differences(items) == frozenset()


def test_a_name_that_went_to_another() -> None:
    """Names are used again after a restart; the old channel's end must not take the new one's name."""
    adapter = Adapter()
    after(*LOCAL, born("2.6", "Local/9@office-00000005;2", 4), hangup("1.6"), adapter=adapter)
    assert A in after(CALL[0], enter("1.0", "x"), enter("1.5", "x"), enter("2.6", "y"), adapter=adapter)
    assert after(CALL[1], enter("1.1", "y"), adapter=adapter)[A].peer == B


# --- at random ---------------------------------------------------------------------------------------------

UIDS = [f"1.{number}" for number in range(6)]
NAMES = [
    *("PJSIP/100-00000000", "PJSIP/101-00000001", "PJSIP/102-00000002", "PJSIP/trunk-00000003"),
    *("Local/9@office-00000005;1", "Local/9@office-00000005;2"),
]
uids = st.sampled_from([*UIDS, "", "nonsense"])
states = st.integers(0, 9)
bridges = st.sampled_from(["b", "c", ""])
numbers = st.sampled_from(["<unknown>", "anonymous", "", "070", "100"])


def born_at_random(uid: str, state: int, number: str) -> Message:
    return born(uid, NAMES[UIDS.index(uid)], state, number, number)


events = st.one_of(
    st.builds(born_at_random, st.sampled_from(UIDS), states, numbers),
    st.builds(state, uids, states),
    st.builds(connected, uids, numbers),
    st.builds(dial, uids, uids),
    st.builds(dialled, uids),
    st.builds(enter, uids, bridges, st.sampled_from(["simple_bridge", "holding_bridge"])),
    st.builds(leave, uids, bridges),
    st.builds(hangup, uids),
    st.sampled_from([message(name) for name in ("Newchannel", "BridgeEnter", "DialEnd", "BridgeDestroy")]),
)
histories = st.lists(events | st.just("told"), max_size=60)


def listed_at_random(uid: str, state: int, number: str, bridge: str) -> Message:
    return listed(uid, NAMES[UIDS.index(uid)], state, connected=number, bridge=bridge)


lists = st.lists(
    st.builds(listed_at_random, st.sampled_from(UIDS), states, numbers, bridges),
    unique_by=lambda item: item.get("Uniqueid"),
)


class Reader:
    """Sees only what is told, as the directory does."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.legs: dict[str, Leg] = {}
        self.gone: set[str] = set()

    def take(self) -> None:
        legs, ended = self.adapter.changes()
        for leg in legs:
            assert leg.id not in self.gone
            assert self.legs.get(leg.id) != leg
            self.legs[leg.id] = leg
        for ending in ended:
            del self.legs[ending.id]
            self.gone.add(ending.id)

    def play(self, history: Iterable[Message | str]) -> None:
        ended = set()
        for event in history:
            if isinstance(event, str):
                self.take()
            else:
                self.adapter.apply(event)
                if event.event == "Hangup":
                    ended.add(event.get("Uniqueid"))
        self.take()
        assert not ended & self.legs.keys()


@settings(max_examples=400)
@given(histories)
def test_nothing_raises_and_nothing_is_forgotten(history: list[Message | str]) -> None:
    """What was told bit by bit is what the whole would be."""
    adapter = Adapter()
    reader = Reader(adapter)
    reader.play(history)
    assert reader.legs == {leg.id: leg for leg in adapter.legs()}


@settings(max_examples=400)
@given(histories, lists, histories, lists)
def test_after_a_whole_state_it_is_that(
    before: list[Message | str], items: list[Message], later: list[Message | str], meanwhile: list[Message]
) -> None:
    adapter = Adapter()
    reader = Reader(adapter)
    reader.play(before)
    ended = {event.get("Uniqueid") for event in before if isinstance(event, Message) and event.event == "Hangup"}
    legs = read(*items, adapter=adapter)
    assert {leg.id for leg in legs.values()} == {
        item.get("Uniqueid")
        for item in items
        if item.get("Uniqueid") not in ended and item.get("Channel").startswith("PJSIP")
    } - reader.gone
    assert adapter.differences(items) == frozenset()
    reader.legs = {leg.id: leg for leg in adapter.legs()}
    reader.play(later)
    assert reader.legs == {leg.id: leg for leg in adapter.legs()}
    # And a later comparison heals whatever it finds, once.
    adapter.heal(adapter.differences(meanwhile), meanwhile)
    assert adapter.differences(meanwhile) == frozenset()
    reader.take()
    assert reader.legs == {leg.id: leg for leg in adapter.legs()}


# --- what the call log wants to know -----------------------------------------------------------------------


def at(second: float, event: Message) -> Message:
    """The same event, by Asterisk's clock."""
    return Message(
        "\n".join([f"{key}: {value}" for key, value in event if key != "Timestamp"] + [f"Timestamp: {second}"])
    )


def ending(callee: str, status: str, *, caller: str = "", forward: str = "") -> Message:
    return message("DialEnd", Uniqueid=caller, DestUniqueid=callee, DialStatus=status, Forward=forward)


def test_times_numbers_and_the_caller_of_a_call() -> None:
    began = message("DialBegin", Uniqueid="1.0", DestUniqueid="1.1", DestCallerIDNum="101")
    legs = after(*CALL, began, at(1795519763.5, state("1.1", 6)))
    assert legs_traces(legs) == {
        A: Trace(1795519759.1, None, "101", channel="PJSIP/100-00000000"),
        B: Trace(1795519759.1, 1795519763.5, "101", "1.0", channel="PJSIP/101-00000001"),
    }


def legs_traces(legs: dict[str, Leg]) -> dict[str, Trace]:
    return {device: leg.trace for device, leg in legs.items()}


def test_the_caller_is_found_through_local_channels() -> None:
    adapter = Adapter()
    after(born("1.0", "PJSIP/trunk-00000000", 4, "600"), *LOCAL, born("1.1", "PJSIP/101-00000001", 0), adapter=adapter)
    legs = after(dial("1.0", "1.5"), dial("1.6", "1.1"), adapter=adapter)
    assert (legs[B].trace.caller, legs[B].trace.placed) == ("1.0", False)


def test_a_consultation_by_digits_is_nobodys_but_the_local_channels() -> None:
    """Asterisk makes the pair and dials from its second half; nothing has dialled the first."""
    legs = after(*LOCAL, born("1.1", "PJSIP/101-00000001", 0), dial("1.6", "1.1"))
    assert (legs[B].trace.caller, legs[B].trace.placed) == ("1.5", False)
    alone = after(LOCAL[1], born("1.1", "PJSIP/101-00000001", 0), dial("1.6", "1.1"))
    assert (alone[B].trace.caller, alone[B].trace.placed) == ("1.6", False)


def test_a_caller_that_a_list_has_passed_over_is_a_caller() -> None:
    legs = after(born("1.1", "PJSIP/101-00000001", 0), dial("1.0", "1.1"))
    assert (legs[B].trace.caller, legs[B].trace.placed) == ("1.0", False)


def test_two_that_dial_each_other_end_nowhere() -> None:
    local = [born(uid, f"Local/9@office-0000000{uid[-1]};1", 0) for uid in ("1.5", "1.6")]
    legs = after(*local, dial("1.5", "1.6"), dial("1.6", "1.5"), born("1.1", B + "-1", 0), dial("1.6", "1.1"))
    assert legs[B].trace.caller == "1.6"


PLACED = (
    born("1.0", "PJSIP/100-00000000", 0),
    dial("", "1.0"),
    at(10.0, state("1.0", 6)),
    ending("1.0", "ANSWER"),
)


def test_a_call_that_was_placed_is_answered_when_the_other_party_answers() -> None:
    adapter = Adapter()
    legs = after(*PLACED, adapter=adapter)
    assert (legs[A].trace.placed, legs[A].trace.answered) == (True, 10.0), "a menu or a queue answers by itself"
    legs = after(born("1.1", "PJSIP/101-00000001", 0), dial("1.0", "1.1"), adapter=adapter)
    assert (legs[A].trace.answered, legs[B].trace.placed) == (None, False)
    legs = after(at(20.0, ending("1.1", "BUSY", caller="1.0")), adapter=adapter)
    assert legs[A].trace.answered is None
    after(dial("1.0", "1.1"), adapter=adapter)
    adapter.apply(at(30.0, ending("1.1", "ANSWER", caller="1.0")))
    assert {leg.device: leg.trace.answered for leg in adapter.changes()[0]}[A] == 30.0
    legs = after(dial("1.0", "1.1"), at(40.0, ending("1.1", "ANSWER", caller="1.0")), adapter=adapter)
    assert legs[A].trace.answered == 30.0, "a second one is part of the same call"


def test_a_call_that_is_placed_through_a_local_channel() -> None:
    adapter = Adapter()
    own = born("1.0", "PJSIP/100-00000000", 0)
    legs = after(*LOCAL, dial("", "1.5"), own, dial("1.6", "1.0"), at(10.0, state("1.0", 6)), adapter=adapter)
    assert (legs[A].trace.placed, legs[A].trace.caller, legs[A].trace.answered) == (True, "1.5", 10.0)
    meets = (enter("1.0", "b"), enter("1.6", "b"))
    other = born("1.1", "PJSIP/101-00000001", 0)
    legs = after(ending("1.0", "ANSWER", caller="1.6"), *meets, other, dial("1.5", "1.1"), adapter=adapter)
    assert legs[A].trace.answered is None
    legs = after(at(20.0, ending("1.1", "ANSWER", caller="1.5")), adapter=adapter)
    assert legs[A].trace.answered == 20.0


def test_all_that_katalog_has_ring_for_one_call_have_one_caller() -> None:
    ids = ("katalog-00aa.0", "katalog-00aa.1", "katalog-00ab.0")
    rung = [born(uid, f"PJSIP/10{number}-00000000", 0) for number, uid in enumerate(ids)]
    legs = after(*rung, *(dial("", uid) for uid in ids))
    assert [legs[device].trace.caller for device in (A, B, C)] == ["katalog-00aa", "katalog-00aa", "katalog-00ab"]


def test_who_picks_a_call_up_has_its_caller() -> None:
    adapter = Adapter()
    after(*CALL, dial("1.0", "1.1"), born("1.2", "PJSIP/102-00000002", 4, "*8101"), adapter=adapter)
    adapter.apply(message("Pickup", Uniqueid="1.2", TargetUniqueid="1.1"))
    assert [(leg.device, leg.trace.caller) for leg in adapter.changes()[0]] == [(C, "1.0")]
    adapter.apply(message("Pickup", Uniqueid="1.2", TargetUniqueid="1.9"))
    adapter.apply(message("Pickup", Uniqueid="1.9", TargetUniqueid="1.1"))
    assert adapter.changes() == ((), ())


@pytest.mark.parametrize("linkedid", ["1.0", "1.2"])
def test_who_had_picked_a_call_up_when_it_was_listed_was_called(linkedid: str) -> None:
    """Its Linkedid is its own for a moment longer."""
    picked = {"linkedid": linkedid, "exten": "*8101", "application": "PickupChan"}
    leg = read(listed("1.2", "PJSIP/102-00000002", 6, connected="070", **picked))[C]
    assert (leg.direction, leg.number, leg.trace.caller) == (OUT, "070", linkedid)
    before = read(listed("1.2", "PJSIP/102-00000002", 4, **picked))[C]
    assert before.trace.caller == "", "it has not picked anything up yet"


def test_a_call_is_picked_up_though_it_is_not_known_whose() -> None:
    adapter = Adapter()
    ringing = listed("1.1", "PJSIP/101-00000001", 5, linkedid="1.0", connected="070", application="AppDial")
    read(ringing, listed("1.2", "PJSIP/102-00000002", 6, exten="*8101", application="PickupChan"), adapter=adapter)
    adapter.apply(message("Pickup", Uniqueid="1.2", TargetUniqueid="1.1"))
    assert [(leg.device, leg.trace.caller) for leg in adapter.changes()[0]] == [(C, "1.2")]


def test_who_has_dialled_and_is_called_all_the_same_has_picked_a_call_up() -> None:
    """Asterisk puts it in the place of the telephone that rang."""
    adapter = Adapter()
    picker = listed("1.2", "PJSIP/102-00000002", 6, linkedid="1.0", connected="070", application="AppDial", bridge="b")
    assert read(picker, adapter=adapter)[C].direction is IN
    assert adapter.unclear() == ["1.2"]
    adapter.began("1.2", OUT)
    (leg,), _ = adapter.changes()
    assert (leg.direction, leg.number, leg.trace.caller) == (OUT, "070", "1.0")


def test_of_a_caller_in_the_list_it_is_asked_whether_its_number_may_be_shown() -> None:
    adapter = Adapter()
    read(
        listed("1.0", "PJSIP/100-00000000", 4, exten="101", application="Dial"),
        listed("1.1", "PJSIP/101-00000001", 5, linkedid="1.0", application="AppDial"),
        adapter=adapter,
    )
    assert adapter.callers() == ["1.0"]


def test_a_telephone_that_sends_its_caller_on() -> None:
    legs = after(*CALL, dial("1.0", "1.1"), ending("1.1", "CANCEL", caller="1.0", forward="0701740605"))
    assert legs[B].trace.forward == "0701740605"


def test_how_a_leg_ended_and_when_the_newest_event_was() -> None:
    adapter = Adapter()
    assert adapter.at == 0.0
    after(*CALL, adapter=adapter)
    adapter.apply(at(30.25, message("Hangup", Uniqueid="1.1", Cause=26)))
    assert adapter.changes()[1] == (Ending("1.1", 30.25, 26),)
    assert adapter.at == 30.25
    adapter.apply(message("Hangup", Uniqueid="1.0", Cause=""))
    assert adapter.changes()[1] == (Ending("1.0"),)
    assert adapter.at == 0.0


@pytest.mark.parametrize("uid", ["x", "0199a4b2-7c01-7bda-97f7-446655440000", "17955209490000.1"])
def test_of_a_channel_in_the_list_only_the_second_of_its_birth_is_known(uid: str) -> None:
    """If it has one: a program that has Asterisk make a channel may give it any id."""
    legs = read(listed("1795520949.140", "PJSIP/100-00000000", 6), listed(uid, "PJSIP/101-00000001", 6))
    assert [legs[device].trace.began for device in (A, B)] == [1795520949.0, 0.0]


# --- recorded ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_recorded(capture: Path) -> None:
    """At each of a flow's quiet points, the last among them, the picture is that of Asterisk's own list."""
    messages = Parser().feed(capture.read_bytes())
    adapter = Adapter()
    reader = Reader(adapter)
    last: list[Message] = []
    rng = random.Random(capture.stem)
    for each in messages:
        if each.get("EventList") == "start":
            last = []
        elif each.event == "CoreShowChannel":
            last.append(each)
        elif each.event == "CoreShowChannelsComplete":
            assert adapter.differences(last) == frozenset()
        elif each.event and not each.get("ActionID"):
            adapter.apply(each)
            if rng.random() < 0.3:
                reader.take()
    reader.take()
    assert adapter.differences(last) == frozenset()
    assert reader.legs == {leg.id: leg for leg in adapter.legs()}
