"""The session with Asterisk, against a scripted one on a loopback socket; `tests/system` has the real one."""

import asyncio
import re
import socket
from collections.abc import Callable

import msgspec
import pytest
from structlog.testing import capture_logs

from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.asterisk.link import Times
from katalog.connectors.base import Finding, PbxAddress
from katalog.domain.call import Direction, Ending, Leg, LineStatus
from katalog.domain.events import LegsChanged, LegsRead, PbxEvent
from katalog.errors import LinkError
from tests.connectors.asterisk.fake import (
    SECRET,
    TIMES,
    FakeAsterisk,
    Heard,
    connector,
    healthy,
    item,
    refuse,
    running,
    silent,
)


async def lost(asterisk: AsteriskConnector, heard: Callable[[PbxEvent], None] = lambda _: None) -> LinkError:
    """The session ends by itself, and the secret is nowhere in what it says."""
    with pytest.raises(LinkError) as caught:
        async with asyncio.timeout(5):
            await asterisk.session(heard)
    error = caught.value
    assert SECRET not in error.reason + error.reason_sv + error.advice + error.advice_sv + str(error)
    # What is to be done is said in both languages, or in none.
    assert error.reason_sv not in ("", error.reason), "in both languages"
    assert bool(error.advice) == bool(error.advice_sv) == (error.advice != error.advice_sv)
    return error


# --- what can be wrong -------------------------------------------------------------------------------------


async def test_wrong_secret(pbx: FakeAsterisk) -> None:
    error = await lost(connector(pbx, "fel"))
    assert error.reason == "Asterisk refuses the login of 'katalog': Authentication failed"
    assert "[katalog]" in error.advice
    assert "[katalog]" in error.advice_sv
    assert "fel" not in (error.advice + error.advice_sv).split()


async def test_a_secret_of_two_lines_is_not_sent(pbx: FakeAsterisk) -> None:
    error = await lost(connector(pbx, f"{SECRET}\r\nAction: Originate"))
    assert "line break" in error.reason
    assert pbx.asked == []


async def test_may_not_list(pbx: FakeAsterisk) -> None:
    pbx.answers["CoreShowChannels"] = refuse
    error = await lost(connector(pbx))
    assert "Permission denied" in error.reason
    assert "manager.conf [katalog] must have: write=reporting" in error.advice


async def test_may_not_hear_anything(pbx: FakeAsterisk) -> None:
    pbx.uptime = None
    error = await lost(connector(pbx))
    assert "FullyBooted" in error.reason
    assert "read=call,system" in error.advice


async def test_may_not_hear_calls(pbx: FakeAsterisk) -> None:
    """Nothing says so until there is a call of which nothing is heard."""
    heard = Heard()
    task = asyncio.create_task(lost(connector(pbx), heard))
    await heard.count(1)
    pbx.channels = [item("1.0", "PJSIP/100-00000000", 4)]
    error = await task
    assert error.reason == "there are calls, but Asterisk tells nothing of them"
    assert "read=call,system" in error.advice


async def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = PbxAddress("växel", "127.0.0.1", taken.getsockname()[1])
        error = await lost(AsteriskConnector(address, times=TIMES))
    assert error.reason == f"nothing listens on 127.0.0.1:{address.port}"
    assert "bindaddr" in error.advice
    assert error.refused


async def test_no_such_name(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unresolved(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(asyncio, "open_connection", unresolved)
    error = await lost(AsteriskConnector(PbxAddress("växel", "växel.invalid")))
    assert error.reason == "the name 'växel.invalid' cannot be resolved"


@pytest.mark.parametrize("unreachable", [True, False])
async def test_cannot_connect(monkeypatch: pytest.MonkeyPatch, unreachable: bool) -> None:
    async def never(*_: object) -> None:
        if unreachable:
            raise OSError(113, "No route to host")
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio, "open_connection", never)
    error = await lost(AsteriskConnector(PbxAddress("växel"), times=Times(connect=0.02)))
    why = "No route to host" if unreachable else "no answer within 0.02 s"
    assert error.reason == f"cannot connect to 127.0.0.1:5038: {why}"
    assert "firewall" in error.advice
    assert not error.refused


@pytest.mark.parametrize("banner", ["SSH-2.0-OpenSSH_9.2\r\n", ""])
async def test_something_else_listens(pbx: FakeAsterisk, banner: str) -> None:
    pbx.banner = banner
    error = await lost(connector(pbx))
    assert re.search("not a manager interface" if banner else "says nothing", error.reason)
    assert "5038" in error.advice


async def test_hung_up_on(pbx: FakeAsterisk) -> None:
    pbx.answers["CoreShowChannels"] = lambda pbx, _: pbx.close()
    assert (await lost(connector(pbx))).reason == "Asterisk closed the connection"


async def test_broken(pbx: FakeAsterisk) -> None:
    def reset(pbx: FakeAsterisk, _: dict[str, str]) -> None:
        assert pbx._writer is not None
        linger = b"\1\0\0\0\0\0\0\0"
        pbx._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        pbx._writer.transport.abort()

    pbx.answers["BridgeList"] = reset
    assert "the connection to Asterisk broke" in (await lost(connector(pbx))).reason


async def test_half_open(pbx: FakeAsterisk) -> None:
    """It goes silent without a word: found by asking, and the silence is told."""
    heard = Heard()
    task = asyncio.create_task(lost(connector(pbx, times=Times(quiet=0.1, answer=0.1)), heard))
    await heard.count(1)
    for name in ("Ping", "CoreShowChannels"):
        pbx.answers[name] = silent
    pbx.say("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-1", "ChannelState: 4")
    error = await task
    assert error.reason == "Asterisk does not answer (Ping)"
    assert 0.2 <= error.silence < 1


async def test_stopping(pbx: FakeAsterisk) -> None:
    """A clean stop ends each channel first; that is told."""
    pbx.channels = [item("1.0", "PJSIP/100-00000000", 6)]
    heard = Heard()
    task = asyncio.create_task(lost(connector(pbx), heard))
    await heard.count(1)
    pbx.say("Event: Hangup", "Uniqueid: 1.0", "", "Event: Shutdown", "Restart: False")
    assert (await task).reason == "Asterisk is stopping"
    assert heard.events[1:] == [LegsChanged("växel", (), ("1.0",))]


# --- what goes well ----------------------------------------------------------------------------------------


async def test_whole_state_then_changes(pbx: FakeAsterisk) -> None:
    """What happens between two items of the list is not lost, and not told before the whole."""

    def interleaved(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        number = f"ActionID: {asked['ActionID']}"
        pbx.say("Response: Success", number, "EventList: start")
        pbx.say("Event: CoreShowChannel", number, item("1.0", "PJSIP/100-00000000", 4, exten="102"))
        pbx.say("Event: Hangup", "Uniqueid: 1.1")
        pbx.say("Event: CoreShowChannel", number, item("1.1", "PJSIP/101-00000001", 6))
        pbx.say("Event: Newchannel", "Uniqueid: 1.2", "Channel: PJSIP/102-00000002", "ChannelState: 0")
        pbx.say("Event: OriginateResponse", "ActionID: somebody-else-1", "Response: Failure")
        pbx.say("Event: CoreShowChannelsComplete", number, "EventList: Complete")

    pbx.answers["CoreShowChannels"] = interleaved
    heard = Heard()
    async with running(connector(pbx), heard):
        caller = Leg("1.0", "PJSIP/100", Direction.OUT, LineStatus.RINGING, "102")
        called = Leg("1.2", "PJSIP/102", Direction.IN, LineStatus.DOWN, "")
        assert heard.events == [LegsRead("växel", (caller, called))]
        pbx.answers.clear()
        pbx.say("Event: Newstate", "Uniqueid: 1.2", "ChannelState: 5", "ConnectedLineNum: 100")
        await heard.count(2)
        (changed,) = heard.events[1:]
        assert isinstance(changed, LegsChanged)
        assert [leg.linestatus for leg in changed.legs] == [LineStatus.RINGING]
        assert changed.ended == ()


async def test_one_that_is_answered_and_ends_within_one_reading_was_answered(pbx: FakeAsterisk) -> None:
    pbx.channels = [item("1.1", "PJSIP/101-00000001", 5)]
    heard = Heard()
    async with running(connector(pbx), heard):
        pbx.say(
            "Event: Newstate", "Uniqueid: 1.1", "ChannelState: 6", "", "Event: Hangup", "Uniqueid: 1.1"
        )  # fmt: skip
        await heard.count(3)
        up, ended = heard.events[1:]
        assert isinstance(up, LegsChanged)
        assert [leg.linestatus for leg in up.legs] == [LineStatus.UP]
        assert ended == LegsChanged("växel", (), ("1.1",))


async def test_one_that_comes_and_goes_within_one_reading_is_told_without_its_number(pbx: FakeAsterisk) -> None:
    heard = Heard()
    async with running(connector(pbx), heard):
        pbx.say(
            "Event: Newchannel", "Uniqueid: 1.1", "Channel: PJSIP/101-00000001", "ChannelState: 0",
            "ConnectedLineNum: 0701234567", "", "Event: Newstate", "Uniqueid: 1.1", "ChannelState: 6", "",
            "Event: Hangup", "Uniqueid: 1.1",
        )  # fmt: skip
        await heard.count(3)
        up, ended = heard.events[1:]
        assert up == LegsChanged("växel", (Leg("1.1", "PJSIP/101", Direction.IN, LineStatus.UP, ""),), ())
        assert ended == LegsChanged("växel", (), ("1.1",))


@pytest.mark.parametrize(
    ("presentation", "shown"), [("allowed_not_screened", "0701234567"), ("prohib_passed_screen", "")]
)
@pytest.mark.parametrize("is_told_first", [True, False])
async def test_one_that_is_refused_at_once_is_told_with_its_callers_number(
    pbx: FakeAsterisk, presentation: str, shown: str, is_told_first: bool
) -> None:
    """The callee is gone before it could be asked; its caller was asked at birth, and answers in time. That there is no
    such channel may be answered before it is told that it has ended.
    """
    hangup = ("Event: Hangup", "Uniqueid: 1.1", "Cause: 17")

    def presented(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        number = f"ActionID: {asked['ActionID']}"
        if asked["Variable"] == "CALLERID(num-pres)":
            pbx.say("Response: Success", number, f"Value: {presentation}")
        else:
            pbx.say("Response: Error", number, "Message: No such channel")
            if not is_told_first:
                asyncio.get_running_loop().call_later(0.02, pbx.say, *hangup)

    pbx.answers["Getvar"] = presented
    heard = Heard()
    async with running(connector(pbx), heard):
        pbx.say(
            "Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/trunk-00000000", "ChannelState: 4",
            "CallerIDNum: 0701234567", "Exten: 101", "", "Event: Newchannel", "Uniqueid: 1.1",
            "Channel: PJSIP/101-00000001", "ChannelState: 0", "ConnectedLineNum: 0701234567", "", "Event: DialBegin",
            "Uniqueid: 1.0", "DestUniqueid: 1.1", *(("", *hangup) if is_told_first else ()),
        )  # fmt: skip
        await heard.count(4)
        told = [event for event in heard.whole[1:] if isinstance(event, LegsChanged)]
        (leg,) = (leg for event in told for leg in event.legs if leg.id == "1.1")
        assert (leg.number, leg.trace.caller) == (shown, "1.0")
        assert [event.endings for event in told if event.ended] == [(Ending("1.1", 0.0, 17),)]


async def test_direction_is_kept_from_session_to_session(pbx: FakeAsterisk) -> None:
    asterisk = connector(pbx)
    heard = Heard()
    async with running(asterisk, heard):
        pbx.say("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-00000000", "ChannelState: 0")
        await heard.count(2)
    pbx.channels = [item("1.0", "PJSIP/100-00000000", 6, exten="7000")]
    again = Heard()
    async with running(asterisk, again):
        leg = Leg("1.0", "PJSIP/100", Direction.IN, LineStatus.UP, "")
        assert again.events == [LegsRead("växel", (leg,))]
    pbx.uptime = 1
    with capture_logs() as logs:
        restarted = Heard()
        async with running(asterisk, restarted):
            pass
    assert [log["event"] for log in logs] == ["pbx.restarted"]
    assert restarted.events == [LegsRead("växel", ())], "what had ended does not come back"


async def test_parked_callers_do_not_talk_to_each_other(pbx: FakeAsterisk) -> None:
    pbx.channels = [item(f"1.{n}", f"PJSIP/10{n}-0000000{n}", 6, bridge="lot") for n in range(2)]
    pbx.bridges = ["BridgeUniqueid: lot\r\nBridgeTechnology: holding_bridge", "BridgeUniqueid: x"]
    heard = Heard()
    async with running(connector(pbx), heard):
        (read,) = heard.events
        assert isinstance(read, LegsRead)
        assert [leg.peer for leg in read.legs] == [None, None]


async def test_many_channels(pbx: FakeAsterisk) -> None:
    pbx.channels = [item(f"1.{n}", f"PJSIP/{n}-{n:08x}", 6) for n in range(600)]
    pbx.answers["BridgeList"] = refuse
    heard = Heard()
    async with running(connector(pbx), heard):
        (read,) = heard.events
        assert isinstance(read, LegsRead)
        assert len(read.legs) == 600


async def test_a_number_that_may_not_be_shown(pbx: FakeAsterisk) -> None:
    """Neither one that was there at the start, nor one that comes."""

    def private(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        value = {
            "CALLERID(num-pres)": "allowed", "CONNECTEDLINE(num-pres)": "prohib_not_screened",
            "CHANNEL(pjsip,request_uri)": "sip:101@pbx",
        }  # fmt: skip
        pbx.say("Response: Success", f"ActionID: {asked['ActionID']}", f"Value: {value[asked['Variable']]}")

    pbx.answers["Getvar"] = private
    pbx.channels = [item("1.0", "PJSIP/100-00000000", 6, connected="070")]
    heard = Heard()
    async with running(connector(pbx), heard):
        assert heard.events == [LegsRead("växel", (Leg("1.0", "PJSIP/100", Direction.OUT, LineStatus.UP, ""),))]
        pbx.say(
            *("Event: Newchannel", "Uniqueid: 1.1", "Channel: PJSIP/101-00000001", "ChannelState: 0"),
            "ConnectedLineNum: 071",
        )
        await heard.count(2)
        leg = Leg("1.1", "PJSIP/101", Direction.IN, LineStatus.DOWN, "")
        assert heard.events[1:] == [LegsChanged("växel", (leg,))]


@pytest.mark.parametrize(
    ("answer", "direction"),
    [
        (("Response: Success", "Value: sip:101@pbx"), Direction.OUT),
        (("Response: Success", "Value: "), Direction.IN),
        # It has ended meanwhile, or this Asterisk has no such value: what the list lets guess.
        (("Response: Error", "Message: No such channel"), Direction.UNKNOWN),
    ],
)
async def test_who_began_is_asked_where_the_list_does_not_say(
    pbx: FakeAsterisk, answer: tuple[str, str], direction: Direction
) -> None:
    def began(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        told = answer if asked["Variable"] == "CHANNEL(pjsip,request_uri)" else ("Response: Success", "Value: allowed")
        pbx.say(told[0], f"ActionID: {asked['ActionID']}", told[1])

    pbx.answers["Getvar"] = began
    pbx.channels = [item("1.1", "PJSIP/101-00000001", 6, connected="070", linkedid="1.0")]
    heard = Heard()
    async with running(connector(pbx), heard):
        (read,) = heard.events
        assert isinstance(read, LegsRead)
        assert [leg.direction for leg in read.legs] == [direction]


async def test_a_number_about_which_nothing_is_answered(pbx: FakeAsterisk) -> None:
    """Asterisk answers in order: when the next question is answered, this one will not be."""
    pbx.answers["Getvar"] = silent
    heard = Heard()
    async with running(connector(pbx), heard):
        pbx.say(
            *("Event: Newchannel", "Uniqueid: 1.1", "Channel: PJSIP/101-00000001", "ChannelState: 0"),
            "ConnectedLineNum: 071",
        )
        await heard.count(2)
        leg = Leg("1.1", "PJSIP/101", Direction.IN, LineStatus.DOWN, "")
        assert heard.events[1:] == [LegsChanged("växel", (leg,))]


async def test_one_that_asterisk_does_not_know_for_a_moment_is_asked_about_again(pbx: FakeAsterisk) -> None:
    """It is not told before; the comparison finds that it is there all the same."""
    unknown = True

    def presented(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        nonlocal unknown
        answer = ("Response: Error", "Message: No such channel") if unknown else ("Response: Success", "Value: allowed")
        unknown = False
        pbx.say(answer[0], f"ActionID: {asked['ActionID']}", answer[1])

    pbx.answers["Getvar"] = presented
    heard = Heard()
    async with running(connector(pbx), heard):
        pbx.channels = [item("1.1", "PJSIP/101-00000001", 0, connected="071")]
        pbx.say(
            *("Event: Newchannel", "Uniqueid: 1.1", "Channel: PJSIP/101-00000001", "ChannelState: 0"),
            "ConnectedLineNum: 071",
        )
        await heard.count(2)
        leg = Leg("1.1", "PJSIP/101", Direction.IN, LineStatus.DOWN, "071")
        assert (heard.events[1:], unknown) == ([LegsChanged("växel", (leg,))], False)


async def test_what_events_themselves_say_of_numbers_is_not_asked(pbx: FakeAsterisk) -> None:
    """Where manager.conf says `channelvars`: one that comes and goes within one reading has its number."""
    asked: list[str] = []
    pbx.answers["Getvar"] = lambda _, fields: asked.append(fields["Variable"])
    heard = Heard()
    may = "ChanVariable: CONNECTEDLINE(num-pres)=allowed_not_screened"
    async with running(connector(pbx), heard):
        pbx.say(
            "Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/trunk-00000000", "ChannelState: 4",
            "CallerIDNum: 0701234567", "Exten: 101", may, "", "Event: Newchannel", "Uniqueid: 1.1",
            "Channel: PJSIP/101-00000001", "ChannelState: 0", "ConnectedLineNum: 0701234567", may, "",
            "Event: Hangup", "Uniqueid: 1.1", "Cause: 17", "", "Event: Hangup", "Uniqueid: 1.0", "Cause: 17",
        )  # fmt: skip
        await heard.count(3)
        legs = [leg for event in heard.events[1:] if isinstance(event, LegsChanged) for leg in event.legs]
        assert sorted((leg.id, leg.number) for leg in legs) == [("1.0", "101"), ("1.1", "0701234567")]
    assert asked == []


async def test_comparison_heals_a_ghost(pbx: FakeAsterisk) -> None:
    """The Hangup was lost on the way; a difference at one look only is none."""
    asterisk, heard = connector(pbx), Heard()
    with capture_logs() as logs:
        async with running(asterisk, heard):
            pbx.say("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-00000000", "ChannelState: 4")
            await heard.count(3)
            await asyncio.sleep(0.2)
    assert heard.events[2:] == [LegsChanged("växel", (), ("1.0",))]
    assert asterisk.healed == 1
    expected = {"event": "pbx.healed", "pbx": "växel", "count": 1, "what": ["ghost 1.0"], "log_level": "warning"}
    assert logs == [expected]


async def test_what_is_under_way_is_no_difference(pbx: FakeAsterisk) -> None:
    asked = 0

    def late(pbx: FakeAsterisk, fields: dict[str, str]) -> None:
        nonlocal asked
        asked += 1
        healthy(pbx, fields)
        if asked == 2:
            pbx.say("Event: Hangup", "Uniqueid: 1.0")
            pbx.channels = []

    pbx.channels = [item("1.0", "PJSIP/100-00000000", 4)]
    asterisk, heard = connector(pbx), Heard()
    async with running(asterisk, heard):
        pbx.channels = []
        pbx.answers["CoreShowChannels"] = late
        asked = 1
        await heard.count(2)
        await asyncio.sleep(0.1)
    assert heard.events[1:] == [LegsChanged("växel", (), ("1.0",))]
    assert asterisk.healed == 0


async def test_the_first_of_what_a_call_does_is_told_at_once_and_what_follows_on_its_heels_together(
    pbx: FakeAsterisk,
) -> None:
    heard = Heard()
    times = msgspec.structs.replace(TIMES, gather=0.2, quiet=5.0, compare=60.0)
    async with running(connector(pbx, times=times), heard):
        pbx.say("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-00000000", "ChannelState: 0")
        await heard.count(2)
        for state in (5, 6):
            await asyncio.sleep(0.02)
            pbx.say("Event: Newstate", "Uniqueid: 1.0", f"ChannelState: {state}")
        await heard.count(3)
        pbx.say("Event: Hangup", "Uniqueid: 1.0")
        await heard.count(4)
    told = [event for event in heard.events if isinstance(event, LegsChanged)]
    assert [[leg.linestatus for leg in event.legs] for event in told] == [[LineStatus.DOWN], [LineStatus.UP], []]
    assert told[-1].ended == ("1.0",)


TWO = (
    *("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-00000000", "ChannelState: 4"),
    *("", "Event: Newchannel", "Uniqueid: 1.1", "Channel: PJSIP/101-00000001", "ChannelState: 0"),
    "ConnectedLineNum: 071",
)
"""The second's number may be shown, or not; of the first nothing is asked."""


async def test_what_comes_with_a_question_is_told_with_its_answer(pbx: FakeAsterisk) -> None:
    def later(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        answer = "Response: Success", f"ActionID: {asked['ActionID']}", "Value: allowed"
        asyncio.get_running_loop().call_later(0.05, pbx.say, *answer)

    pbx.answers["Getvar"] = later
    heard = Heard()
    times = msgspec.structs.replace(TIMES, gather=1.0, quiet=5.0, compare=60.0)
    async with running(connector(pbx, times=times), heard):
        pbx.say(*TWO)
        await heard.count(2)
    (told,) = heard.events[1:]
    assert isinstance(told, LegsChanged)
    assert {leg.id for leg in told.legs} == {"1.0", "1.1"}


async def test_a_question_that_is_not_answered_holds_up_nobody_else_for_long(pbx: FakeAsterisk) -> None:
    pbx.answers["Getvar"] = silent
    heard = Heard()
    times = msgspec.structs.replace(TIMES, gather=0.05, quiet=5.0, compare=60.0)
    async with running(connector(pbx, times=times), heard):
        pbx.say(*TWO)
        await heard.count(2)
        pbx.say("Event: Newstate", "Uniqueid: 1.0", "ChannelState: 6")
        await heard.count(3)
    told = [[leg.id for leg in event.legs] for event in heard.events if isinstance(event, LegsChanged)]
    assert told == [["1.0"], ["1.0"]]


async def test_a_quiet_link_is_asked(pbx: FakeAsterisk) -> None:
    """By Ping once a call was heard of; before that, by the list."""
    heard = Heard()
    async with running(connector(pbx, times=Times(quiet=0.05)), heard):
        start = len(pbx.asked)
        await asyncio.sleep(0.2)
        assert set(pbx.asked[start:]) == {"CoreShowChannels"}
        pbx.say("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-00000000", "ChannelState: 4")
        await asyncio.sleep(0.2)
        assert pbx.asked[-1] == "Ping"


# --- katalog check -----------------------------------------------------------------------------------------


def wrong(findings: list[Finding]) -> list[tuple[str, bool]]:
    return [(finding.subject, bool(finding.advice)) for finding in findings if not finding.ok]


async def test_check_of_a_quiet_one(pbx: FakeAsterisk) -> None:
    pbx.clock = ""
    findings = await connector(pbx).check()
    assert wrong(findings) == []
    assert [finding.subject for finding in findings] == [
        *("reachable", "login", "read=system", "write=reporting", "read=call", "timestampevents"),
        *("write=call", "write=originate", "version", "clock"),
    ]
    assert findings[-2].text == "Asterisk 22.10.1"
    assert not any(SECRET in str(finding) for finding in findings)


@pytest.mark.parametrize(("stamp", "ok"), [("Timestamp: 1795519759.121458", True), ("X: y", False)])
async def test_check_of_a_busy_one(pbx: FakeAsterisk, stamp: str, ok: bool) -> None:
    def with_a_call(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        healthy(pbx, asked)
        pbx.say("Event: Newchannel", stamp, "Uniqueid: 1.0", "Channel: PJSIP/100-1", "ChannelState: 4")

    pbx.answers["BridgeList"] = with_a_call
    findings = await connector(pbx).check()
    assert wrong(findings) == ([] if ok else [("timestampevents", True)]) + [("clock", True)]
    assert "behind" in findings[-1].text


async def test_check_of_one_that_tells_no_calls(pbx: FakeAsterisk) -> None:
    def with_a_call(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
        healthy(pbx, asked)
        pbx.channels = [item("1.0", "PJSIP/100-00000000", 4)]

    pbx.answers["BridgeList"] = with_a_call
    assert ("read=call", True) in wrong(await connector(pbx).check())


@pytest.mark.parametrize(("action", "subject"), [("Login", "login"), ("CoreShowChannels", "write=reporting")])
async def test_check_stops_at_what_fails(pbx: FakeAsterisk, action: str, subject: str) -> None:
    pbx.answers[action] = refuse
    findings = await connector(pbx).check()
    assert (findings[-1].subject, findings[-1].ok) == (subject, False)
    assert findings[-1].advice
