"""Placing and ending calls, against a scripted Asterisk: what it may say, and what it may leave unsaid."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from structlog.testing import capture_logs

from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.base import Dials
from katalog.domain.events import DeviceChanged, DevicesRead
from katalog.domain.placing import Party, Placing
from katalog.errors import LinkError, NotDone
from tests.connectors.asterisk.fake import TIMES, FakeAsterisk, Heard, connector, refuse, running, silent

ANNA, KUND = Party("100", "Anna"), Party("0701112233")
ONE = Placing("0701112233", ("PJSIP/100",), "", ANNA, KUND, autoanswer=True)
ALL = Placing("0701112233", ("PJSIP/100", "PJSIP/104"), "", ANNA, KUND, autoanswer=False)
MOBILE = Placing("0701112233", (), "0709876543", ANNA, KUND, autoanswer=False)


class Asterisk(FakeAsterisk):
    """Takes what is to be placed, and says no more of it than it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.answers["Originate"] = queued
        self.answers["Getvar"] = exists

    def of(self, action: str) -> list[dict[str, str]]:
        return [each for each in self.said if each["Action"] == action]

    async def until(self, action: str, count: int = 1) -> list[dict[str, str]]:
        async with asyncio.timeout(3):
            while len(self.of(action)) < count:
                await asyncio.sleep(0.001)
        return self.of(action)

    def born(self, channel: str) -> None:
        self.say("Event: Newchannel", f"Channel: X/1-{channel}", f"Uniqueid: {channel}", "ChannelState: 0")

    def came_of(self, asked: dict[str, str], response: str, reason: int = 4) -> None:
        number = f"ActionID: {asked['ActionID']}"
        self.say(
            "Event: OriginateResponse", number, f"Response: {response}", f"Reason: {reason}", "Uniqueid: <unknown>"
        )


def queued(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
    pbx.say("Response: Success", f"ActionID: {asked['ActionID']}", "Message: Originate successfully queued")


def taken(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
    queued(pbx, asked)
    assert isinstance(pbx, Asterisk)
    pbx.born(asked["ChannelId"])


def exists(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
    pbx.say("Response: Success", f"ActionID: {asked['ActionID']}", f"Variable: {asked['Variable']}", "Value: 1")


def error(message: str) -> Callable[[FakeAsterisk, dict[str, str]], None]:
    return lambda pbx, asked: pbx.say("Response: Error", f"ActionID: {asked['ActionID']}", f"Message: {message}")


@pytest.fixture
async def pbx() -> AsyncIterator[Asterisk]:
    fake = Asterisk()
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def up(pbx: Asterisk) -> AsyncIterator[AsteriskConnector]:
    """A session with it."""
    asterisk = connector(pbx, times=msgspec.structs.replace(TIMES, quiet=5.0, compare=60.0))
    async with running(asterisk, Heard()):
        yield asterisk


async def fails(asterisk: AsteriskConnector, placing: Placing = ONE) -> NotDone:
    with pytest.raises(NotDone) as caught:
        await asterisk.dial(placing)
    return caught.value


async def test_asterisk_dials(pbx: Asterisk) -> None:
    assert isinstance(connector(pbx), Dials)


# --- placing -------------------------------------------------------------------------------------------


async def test_a_call_is_taken_when_its_channel_is_there_and_not_before(pbx: Asterisk) -> None:
    async with up(pbx) as asterisk:
        task = asyncio.create_task(asterisk.dial(ONE))
        (asked,) = await pbx.until("Originate")
        pbx.born("somebody-elses")
        pbx.say("Event: OriginateResponse", "ActionID: katalog-1", "Response: Failure", "Reason: 0")
        await asyncio.sleep(0.05)
        assert not task.done()
        pbx.born(asked["ChannelId"])
        assert await task == (asked["ChannelId"],)
        assert (asked["Context"], asked["Exten"], asked["Channel"]) == ("from-internal", "0701112233", "PJSIP/100")
        pbx.came_of(asked, "Success")
        pbx.say("Event: Hangup", f"Uniqueid: {asked['ChannelId']}")
        await asyncio.sleep(0.02)
        assert not pbx.of("Hangup")


async def test_it_is_heard_at_once_also_while_much_is_heard(pbx: Asterisk) -> None:
    """What a call does is gathered otherwise, and that would be waited for."""
    asterisk = connector(pbx, times=msgspec.structs.replace(TIMES, quiet=5.0, compare=60.0, gather=0.5))
    async with running(asterisk, Heard()):
        pbx.say("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-1", "ChannelState: 0")
        pbx.answers["Originate"] = taken
        await asyncio.sleep(0.05)
        async with asyncio.timeout(0.3):
            await asterisk.dial(ONE)


@pytest.mark.parametrize("placing", [ONE, ALL])
async def test_telephones_that_asterisk_cannot_reach(pbx: Asterisk, placing: Placing) -> None:
    def unreachable(fake: FakeAsterisk, asked: dict[str, str]) -> None:
        queued(fake, asked)
        pbx.came_of(asked, "Failure", 0)

    pbx.answers["Originate"] = unreachable
    async with up(pbx) as asterisk:
        assert "registrerad" in (await fails(asterisk, placing)).message("sv")
    assert not pbx.of("Hangup")


async def test_of_several_one_that_can_be_reached_is_enough(pbx: Asterisk) -> None:
    async with up(pbx) as asterisk:
        task = asyncio.create_task(asterisk.dial(ALL))
        first, second = await pbx.until("Originate", 2)
        pbx.came_of(first, "Failure", 0)
        await asyncio.sleep(0.02)
        pbx.born(second["ChannelId"])
        assert set(await task) == {first["ChannelId"], second["ChannelId"]}


@pytest.mark.parametrize(
    ("message", "told"),
    [("Extension does not exist.", "känner inte numret"), ("Invalid timeout", "Växeln vägrar: Invalid timeout")],
)
async def test_what_asterisk_refuses_is_said(pbx: Asterisk, message: str, told: str) -> None:
    pbx.answers["Originate"] = error(message)
    async with up(pbx) as asterisk:
        assert told in (await fails(asterisk)).message("sv")


@pytest.mark.parametrize(("placing", "asked"), [(ALL, ["0701112233"]), (MOBILE, ["0701112233", "0709876543"])])
async def test_before_somebody_waits_it_is_asked_whether_there_are_such_numbers(
    pbx: Asterisk, placing: Placing, asked: list[str]
) -> None:
    def only(number: str) -> Callable[[FakeAsterisk, dict[str, str]], None]:
        def answer(fake: FakeAsterisk, said: dict[str, str]) -> None:
            value = 0 if f",{number}," in said["Variable"] else 1
            fake.say("Response: Success", f"ActionID: {said['ActionID']}", f"Value: {value}")

        return answer

    async with up(pbx) as asterisk:
        for number in asked:
            pbx.answers["Getvar"] = only(number)
            assert "känner inte numret" in (await fails(asterisk, placing)).message("sv")
    assert not pbx.of("Originate")
    assert [each["Variable"] for each in pbx.of("Getvar")][-1] == f"DIALPLAN_EXISTS(from-internal,{asked[-1]},1)"


async def test_an_asterisk_that_cannot_say_whether_there_is_such_a_number_is_asked_to_dial_it(pbx: Asterisk) -> None:
    pbx.answers |= {"Getvar": error("Function not registered"), "Originate": taken}
    async with up(pbx) as asterisk:
        assert len(await asterisk.dial(ALL)) == 2


async def test_a_right_that_is_missing_is_said_and_logged_once(pbx: Asterisk) -> None:
    pbx.answers |= {"Originate": refuse, "Hangup": refuse}
    async with up(pbx) as asterisk:
        with capture_logs() as logs:
            for _ in range(2):
                assert "write=originate" in (await fails(asterisk)).message("en")
                with pytest.raises(NotDone, match="write=call"):
                    await asterisk.hangup(["1.1"])
    told = [(line["what"], "write=reporting,call,originate" in line["advice"]) for line in logs]
    assert told == [("Originate", True), ("Hangup", True)]


# --- nothing that rings afterwards ---------------------------------------------------------------------


async def test_what_is_queued_and_never_comes_is_not_placed_and_ended_should_it_come_late(pbx: Asterisk) -> None:
    async with up(pbx) as asterisk:
        assert "i tid" in (await fails(asterisk)).message("sv")
        (asked,) = pbx.of("Originate")
        (first,) = await pbx.until("Hangup")
        pbx.born(asked["ChannelId"])
        _, second = await pbx.until("Hangup", 2)
        assert first["Channel"] == second["Channel"] == asked["ChannelId"]


async def test_one_of_several_that_answers_when_it_was_given_up_is_not_sent_on(pbx: Asterisk) -> None:
    async with up(pbx) as asterisk:
        await fails(asterisk, ALL)
        for asked in pbx.of("Originate"):
            pbx.came_of(asked, "Success")
        ended = [each["Channel"] for each in await pbx.until("Hangup", 4)]
        assert set(ended) == {each["ChannelId"] for each in pbx.of("Originate")}
    assert not pbx.of("Redirect")


async def test_whoever_asks_no_more_leaves_nothing_that_rings(pbx: Asterisk) -> None:
    async with up(pbx) as asterisk:
        task = asyncio.create_task(asterisk.dial(ALL))
        asked = await pbx.until("Originate", 2)
        task.cancel()
        ended = await pbx.until("Hangup", 2)
        assert {each["Channel"] for each in ended} == {each["ChannelId"] for each in asked}


async def test_an_asterisk_that_answers_nothing_is_away(pbx: Asterisk) -> None:
    pbx.answers["Originate"] = silent
    async with up(pbx) as asterisk:
        with pytest.raises(LinkError):
            await asterisk.dial(ONE)
        assert (await pbx.until("Hangup"))[0]["Channel"] == pbx.of("Originate")[0]["ChannelId"]


async def test_an_answer_that_others_have_overtaken_never_comes(pbx: Asterisk) -> None:
    pbx.answers["Originate"] = silent
    asterisk = connector(pbx, times=msgspec.structs.replace(TIMES, quiet=0.05, compare=60.0, answer=1.0))
    async with running(asterisk, Heard()):
        with pytest.raises(LinkError):
            async with asyncio.timeout(0.5):
                await asterisk.dial(ONE)


async def test_without_a_link_there_is_no_call(pbx: Asterisk) -> None:
    with pytest.raises(LinkError):
        await connector(pbx).dial(ONE)
    with pytest.raises(LinkError):
        await connector(pbx).hangup(["1.1"])


async def test_a_link_that_is_lost_meanwhile_is_away_and_what_rings_then_is_ended_at_the_next(pbx: Asterisk) -> None:
    asterisk = connector(pbx, times=msgspec.structs.replace(TIMES, quiet=5.0, compare=60.0, answer=5.0))
    async with running(asterisk, Heard()):
        task = asyncio.create_task(asterisk.dial(ONE))
        ending = asyncio.create_task(asterisk.hangup(["1.1"]))
        pbx.answers["Hangup"] = silent
        (asked,) = await pbx.until("Originate")
        await pbx.until("Hangup")
        pbx.close()
        for lost in (task, ending):
            with pytest.raises(LinkError):
                await asyncio.wait_for(lost, 1)
    pbx.said.clear()
    async with running(asterisk, Heard()):
        await pbx.until("Hangup")
        assert [each["Channel"] for each in pbx.of("Hangup")] == [asked["ChannelId"]]


async def test_a_call_that_was_taken_outlives_the_link(pbx: Asterisk) -> None:
    pbx.answers["Originate"] = taken
    asterisk = connector(pbx, times=msgspec.structs.replace(TIMES, quiet=5.0, compare=60.0))
    async with running(asterisk, Heard()):
        await asterisk.dial(ONE)
        pbx.close()
        await asyncio.sleep(0.05)
    async with running(asterisk, Heard()):
        await asyncio.sleep(0.05)
    assert not pbx.of("Hangup")


# --- several at once -----------------------------------------------------------------------------------


async def test_the_first_that_answers_is_sent_on_and_the_others_end(pbx: Asterisk) -> None:
    pbx.answers["Originate"] = taken
    async with up(pbx) as asterisk:
        await asterisk.dial(ALL)
        first, second = pbx.of("Originate")
        pbx.came_of(second, "Success")
        pbx.came_of(first, "Success")
        (sent,) = await pbx.until("Redirect")
        await pbx.until("Hangup")
        await asyncio.sleep(0.05)
        assert (sent["Channel"], sent["Exten"], sent["Context"], sent["Priority"]) == (
            second["ChannelId"], "0701112233", "from-internal", "1",
        )  # fmt: skip
        assert {each["Channel"] for each in pbx.of("Hangup")} == {first["ChannelId"]}
        assert len(pbx.of("Redirect")) == 1


async def test_one_that_is_born_after_another_has_answered_is_ended(pbx: Asterisk) -> None:
    async with up(pbx) as asterisk:
        task = asyncio.create_task(asterisk.dial(ALL))
        first, second = await pbx.until("Originate", 2)
        pbx.born(first["ChannelId"])
        await task
        pbx.came_of(first, "Success")
        await pbx.until("Hangup")
        pbx.born(second["ChannelId"])
        assert [each["Channel"] for each in await pbx.until("Hangup", 2)] == [second["ChannelId"]] * 2


@pytest.mark.parametrize("message", ["Permission denied", "Channel does not exist: x"])
async def test_whoever_cannot_be_sent_on_is_not_left_waiting(pbx: Asterisk, message: str) -> None:
    pbx.answers |= {"Originate": taken, "Redirect": error(message)}
    async with up(pbx) as asterisk:
        with capture_logs() as logs:
            await asterisk.dial(MOBILE)
            (asked,) = pbx.of("Originate")
            pbx.came_of(asked, "Success")
            assert [each["Channel"] for each in await pbx.until("Hangup")] == [asked["ChannelId"]]
    assert [line["what"] for line in logs if line["event"] == "pbx.refused"] == ["Redirect"] * (message[0] == "P")


async def test_a_mobile_that_has_answered_becomes_the_caller_before_it_is_sent_on(pbx: Asterisk) -> None:
    pbx.answers["Originate"] = taken
    async with up(pbx) as asterisk:
        await asterisk.dial(MOBILE)
        pbx.came_of(pbx.of("Originate")[0], "Success")
        await pbx.until("Redirect")
        said = [(each["Action"], each.get("Variable"), each.get("Value")) for each in pbx.said[-3:]]
        assert said == [
            ("Setvar", "CALLERID(num)", "100"), ("Setvar", "CALLERID(name)", "Anna"), ("Redirect", None, None),
        ]  # fmt: skip


# --- ending, and devices -------------------------------------------------------------------------------


async def test_each_leg_is_ended_by_itself_and_those_that_are_gone_do_not_count(pbx: Asterisk) -> None:
    def one_of_them(fake: FakeAsterisk, asked: dict[str, str]) -> None:
        there = asked["Channel"] == "1.2"
        said = ("Response: Success",) if there else ("Response: Error", "Message: No such channel")
        fake.say(*said, f"ActionID: {asked['ActionID']}")

    pbx.answers["Hangup"] = one_of_them
    async with up(pbx) as asterisk:
        assert await asterisk.hangup(["1.1", "1.2", "1.1"]) == 1
        assert await asterisk.hangup(["1.1"]) == 0
    assert [each["Channel"] for each in pbx.of("Hangup")] == ["1.1", "1.2", "1.1"]


async def test_whoever_hangs_up_at_once_ends_also_what_is_not_born_yet(pbx: Asterisk) -> None:
    """Of two telephones the first is there when the caller is told of the call."""

    def gone(fake: FakeAsterisk, asked: dict[str, str]) -> None:
        there = asked["Channel"] in born
        said = ("Response: Success",) if there else ("Response: Error", "Message: No such channel")
        fake.say(*said, f"ActionID: {asked['ActionID']}")

    born: list[str] = []
    pbx.answers["Hangup"] = gone
    async with up(pbx) as asterisk:
        dialling = asyncio.create_task(asterisk.dial(ALL))
        first, second = await pbx.until("Originate", 2)
        born.append(first["ChannelId"])
        pbx.born(first["ChannelId"])
        channels = await dialling
        assert await asterisk.hangup(channels) == 2
        pbx.born(second["ChannelId"])
        assert (await pbx.until("Hangup", 3))[2]["Channel"] == second["ChannelId"]
        # One that answers just then gets no call.
        pbx.came_of(first, "Success")
        assert (await pbx.until("Hangup", 4))[3]["Channel"] == first["ChannelId"]
        assert pbx.of("Redirect") == []


async def test_a_hangup_that_is_not_answered_is_of_a_link_that_is_away(pbx: Asterisk) -> None:
    pbx.answers["Hangup"] = silent
    async with up(pbx) as asterisk:
        with pytest.raises(LinkError):
            await asterisk.hangup(["1.1"])


async def test_which_devices_there_are_is_told_once_they_are_listed_and_then_what_changes(pbx: Asterisk) -> None:
    pbx.devices = ["Device: PJSIP/100\r\nState: NOT_INUSE", "Device: PJSIP/101\r\nState: UNAVAILABLE"]
    heard = Heard()
    async with running(connector(pbx), heard):
        assert heard.devices == [DevicesRead("växel", frozenset({"PJSIP/100"}), frozenset({"PJSIP/101"}))]
        pbx.say("Event: DeviceStateChange", "Device: PJSIP/101", "State: NOT_INUSE")
        async with asyncio.timeout(3):
            while len(heard.devices) < 2:
                await asyncio.sleep(0.001)
        assert heard.devices[1:] == [DeviceChanged("växel", "PJSIP/101", True)]


async def test_a_list_that_is_refused_is_an_empty_one(pbx: Asterisk) -> None:
    pbx.answers["DeviceStateList"] = refuse
    heard = Heard()
    async with running(connector(pbx), heard):
        assert heard.devices == [DevicesRead("växel", frozenset(), frozenset())]
