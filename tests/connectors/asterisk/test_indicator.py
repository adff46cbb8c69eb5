"""What telephones show: written once, put right at each connect, and refused at most once."""

import asyncio
import base64

import msgspec
import pytest
from structlog.testing import capture_logs

from katalog.connectors.asterisk import states
from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.asterisk.indicator import AT_ONCE
from katalog.connectors.base import PbxAddress, Telephones
from katalog.domain.events import CLEAR, CodeDialled, DndChanged, DndRead
from katalog.domain.indication import AWAY, Indication
from tests.connectors.asterisk.fake import (
    SECRET,
    TIMES,
    FakeAsterisk,
    Heard,
    connector,
    healthy,
    listing,
    refuse,
    running,
)

LUNCH = Indication("100", True, AWAY, "Lunch", "till 2026-11-25 13:00")
KEPT = ("Setvar", "Originate")


async def written(pbx: FakeAsterisk, count: int) -> list[tuple[str, str]]:
    """So many have been set, and after a while still no more."""
    async with asyncio.timeout(3):
        while sum(each["Action"] in KEPT for each in pbx.said) < count:
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.05)
    return [(each["Variable"], each.get("Value", "")) for each in pbx.said if each["Action"] in KEPT]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


async def test_a_connector_of_asterisk_has_telephones(pbx: FakeAsterisk) -> None:
    assert isinstance(connector(pbx), Telephones)


async def test_only_what_differs_is_written(pbx: FakeAsterisk) -> None:
    asterisk, heard = connector(pbx), Heard()
    # Of 100 katalog has already told all; 101 was left lit; 777 is nobody any more; what others keep is theirs.
    pbx.devices = [
        "Device: Custom:absent100\r\nState: INUSE",
        "Device: Custom:absent101\r\nState: INUSE",
        "Device: Custom:absent777\r\nState: INUSE",
        "Device: Custom:absent778\r\nState: UNAVAILABLE",
        "Device: Custom:absent102\r\nState: UNAVAILABLE",
        "Device: Custom:other\r\nState: INUSE",
        "Device: PJSIP/100\r\nState: INUSE",
    ]
    pbx.presences = [
        "Presentity: CustomPresence:100\r\nStatus: away\r\nSubtype: Lunch\r\nMessage: till 2026-11-25 13:00",
        "Presentity: SIP:100\r\nStatus: away\r\nSubtype: \r\nMessage: ",
        "Presentity: CustomPresence:102\r\nStatus: dnd\r\nSubtype: \r\nMessage: ",
        "Presentity: CustomPresence:forward778\r\nStatus: away\r\nSubtype: 9\r\nMessage: ",
        "Presentity: CustomPresence:779\r\nStatus: xa\r\nSubtype: somebody else's\r\nMessage: ",
    ]
    asterisk.indicate([LUNCH, Indication("101"), Indication("102")])
    async with running(asterisk, heard):
        empty = ("available,,,e",)
        assert sorted(await written(pbx, 4)) == [
            ("DEVICE_STATE(Custom:absent101)", "UNAVAILABLE"),
            ("DEVICE_STATE(Custom:absent777)", "UNAVAILABLE"),
            ("PRESENCE_STATE(CustomPresence:102)", *empty),
            ("PRESENCE_STATE(CustomPresence:forward778)", *empty),
        ]
        asterisk.indicate([LUNCH])
        asterisk.indicate([msgspec.structs.replace(LUNCH, text="")])
        assert (await written(pbx, 5))[4:] == [
            ("PRESENCE_STATE(CustomPresence:100)", f"away,{encoded('Lunch')},,e")
        ]  # fmt: skip


async def test_what_cannot_stand_in_a_name_is_passed_over(pbx: FakeAsterisk) -> None:
    asterisk = connector(pbx)
    async with running(asterisk, Heard()):
        asterisk.indicate(Indication(each, True) for each in ("1)", "1,2", "", "å", "1 2", "x" * 41, "1\r\nAction: x"))
        assert await written(pbx, 0) == []


async def test_the_newest_wish_is_written_and_few_at_a_time(pbx: FakeAsterisk) -> None:
    """Asterisk does not answer for a while: what has changed meanwhile is written as it is then."""
    held: list[dict[str, str]] = []
    pbx.answers["Setvar"] = lambda _, fields: held.append(fields)
    asterisk = connector(pbx)
    async with running(asterisk, Heard()):
        asterisk.indicate(Indication(str(number), True) for number in range(100, 200))
        await asyncio.sleep(0.05)
        assert len(held) == AT_ONCE
        asterisk.indicate([Indication("199", True), Indication("198")])
        pbx.answers.clear()
        for fields in held:
            healthy(pbx, fields)
        said = dict(await written(pbx, 99))
    lit = {f"DEVICE_STATE(Custom:absent{number})" for number in (*range(100, 198), 199)}
    assert {name for name, value in said.items() if value == "INUSE"} == lit


async def test_a_text_is_cut_between_letters(pbx: FakeAsterisk) -> None:
    value = states.variables(Indication("100", text="å" * 1000))["PRESENCE_STATE(CustomPresence:100)"]
    assert base64.b64decode(value.split(",")[2]).decode() == "å" * (states.TEXT // 2)
    assert len(value) < 900


async def test_without_the_right_it_is_said_once(pbx: FakeAsterisk) -> None:
    pbx.answers["Setvar"] = refuse
    asterisk = connector(pbx)
    with capture_logs() as logs:
        async with running(asterisk, Heard()) as task:
            asterisk.indicate([LUNCH, Indication("101", True)])
            await asyncio.sleep(0.05)
            asterisk.indicate([Indication("102", True)])
            await asyncio.sleep(0.05)
            assert not task.done()
    (log,) = [log for log in logs if log["event"] == "pbx.refused"]
    assert "write must have call" in log["advice"]


async def test_one_that_is_refused_does_not_keep_the_others_back(pbx: FakeAsterisk) -> None:
    def picky(fake: FakeAsterisk, fields: dict[str, str]) -> None:
        if "absent100" in fields["Variable"]:
            fake.say("Response: Error", f"ActionID: {fields['ActionID']}", "Message: Variable not set")
        else:
            healthy(fake, fields)

    pbx.answers["Setvar"] = picky
    asterisk = connector(pbx)
    with capture_logs() as logs:
        async with running(asterisk, Heard()):
            asterisk.indicate([Indication("100", True), Indication("101", True)])
            assert [name for name, _ in await written(pbx, 2)] == [
                "DEVICE_STATE(Custom:absent100)", "DEVICE_STATE(Custom:absent101)"
            ]  # fmt: skip
            # It is not taken for written.
            asterisk.indicate([Indication("100", True)])
            assert len(await written(pbx, 3)) == 3
    assert [log["reason"] for log in logs if log["event"] == "pbx.refused"] == ["Variable not set"] * 2


@pytest.mark.parametrize("action", ["DeviceStateList", "PresenceStateList"])
async def test_an_asterisk_that_lists_no_states_still_tells_of_calls(pbx: FakeAsterisk, action: str) -> None:
    pbx.answers[action] = refuse
    asterisk, heard = connector(pbx), Heard()
    async with running(asterisk, heard):
        asterisk.indicate([LUNCH])
        assert await written(pbx, 0) == []
        pbx.say("Event: Newchannel", "Uniqueid: 1.0", "Channel: PJSIP/100-00000000", "ChannelState: 4")
        await heard.count(2)


async def test_what_is_ours_in_astdb_is_given_back(pbx: FakeAsterisk) -> None:
    def kept(fake: FakeAsterisk, fields: dict[str, str]) -> None:
        items = [
            f"Key: /katalog/{key}\r\nVal: {value}" for key, value in (("CF-100", "9"), ("DND-101", "YES"), ("x", ""))
        ]
        listing(fake, f"ActionID: {fields['ActionID']}", "DBGetTreeResponse", items)

    pbx.answers["DBGetTree"] = kept
    asterisk = AsteriskConnector(
        PbxAddress("växel", "127.0.0.1", pbx.port, "katalog", SECRET, "katalog-db"), times=TIMES
    )
    asterisk.indicate([Indication("100"), Indication("101", dnd=True), Indication("102", forward="08123")])
    async with running(asterisk, Heard()):
        assert sorted(name for name, _ in await written(pbx, 3)) == [
            "PRESENCE_STATE(CustomPresence:forward102)",
            "__KFAMILY=CF,__KEXT=100,__KVALUE=",
            "__KFAMILY=CF,__KEXT=102,__KVALUE=08123",
        ]


async def test_a_key_of_astdb_is_written_by_one_channel_at_a_time(pbx: FakeAsterisk) -> None:
    """A key that is cleared while another channel still sets it would stay, and count as somebody else's."""
    asterisk = AsteriskConnector(
        PbxAddress("växel", "127.0.0.1", pbx.port, "katalog", SECRET, "katalog-db"), times=TIMES
    )
    queued = "Message: Originate successfully queued"
    pbx.answers["Originate"] = lambda fake, asked: fake.say(
        "Response: Success", f"ActionID: {asked['ActionID']}", queued
    )

    def ended() -> None:
        asked = [each["ActionID"] for each in pbx.said if each["Action"] == "Originate"]
        pbx.say("Event: OriginateResponse", f"ActionID: {asked[-1]}", "Response: Failure", "Reason: 0")

    begun, cleared, last = (f"__KFAMILY=DND,__KEXT=100,__KVALUE={value}" for value in ("YES", "", "YES"))
    async with running(asterisk, Heard()):
        asterisk.indicate([Indication("100", dnd=True)])
        assert await written(pbx, 1) == [(begun, "")]
        asterisk.indicate([Indication("100")])
        asterisk.indicate([Indication("101", dnd=True)])
        other = ("__KFAMILY=DND,__KEXT=101,__KVALUE=YES", "")
        assert await written(pbx, 2) == [(begun, ""), other]
        pbx.said[:] = [each for each in pbx.said if "101" not in each.get("Variable", "")]
        ended()
        assert await written(pbx, 2) == [(begun, ""), (cleared, "")]
        for dnd in (True, False, True):
            asterisk.indicate([Indication("100", dnd=dnd)])
        ended()
        assert await written(pbx, 3) == [(begun, ""), (cleared, ""), (last, "")]
        # What was taken back meanwhile need not be written.
        for dnd in (False, True):
            asterisk.indicate([Indication("100", dnd=dnd)])
        ended()
        assert len(await written(pbx, 3)) == 3


async def test_a_key_that_is_refused_is_written_with_the_next_change(pbx: FakeAsterisk) -> None:
    asterisk = AsteriskConnector(
        PbxAddress("växel", "127.0.0.1", pbx.port, "katalog", SECRET, "katalog-db"), times=TIMES
    )
    pbx.answers["Originate"] = lambda fake, asked: fake.say(
        "Response: Error", f"ActionID: {asked['ActionID']}", "Message: Originate failed"
    )
    async with running(asterisk, Heard()):
        for forward in ("1", "2"):
            asterisk.indicate([Indication("100", forward=forward)])
            asked = [name for name, _ in await written(pbx, 2 * int(forward)) if name.startswith("__")]
            assert asked == [f"__KFAMILY=CF,__KEXT=100,__KVALUE={number}" for number in range(1, int(forward) + 1)]
        # Changed while the refusal is on its way.
        for forward in ("3", "4"):
            asterisk.indicate([Indication("100", forward=forward)])
        asked = [name for name, _ in await written(pbx, 8) if name.startswith("__")]
        assert [name[-1] for name in asked] == ["1", "2", "3", "4"]


async def test_do_not_disturb_is_listed_and_then_told(pbx: FakeAsterisk) -> None:
    pbx.devices = ["Device: Custom:DND100\r\nState: BUSY", "Device: Custom:DND101\r\nState: NOT_INUSE"]
    heard = Heard()
    async with running(connector(pbx), heard):
        assert heard.dnd == [DndRead("växel", frozenset({"100"}))]
        for device, state in (
            ("DND101", "INUSE"),
            ("DND101", "BUSY"),
            ("DND100", "UNAVAILABLE"),
            ("absent100", "INUSE"),
        ):
            pbx.say("Event: DeviceStateChange", f"Device: Custom:{device}", f"State: {state}")
        await heard.count(3)
    assert heard.events[1:] == [DndChanged("växel", "101", True), DndChanged("växel", "100", False)]


async def test_what_is_dialled_is_told_and_answered(pbx: FakeAsterisk) -> None:
    asterisk, heard = connector(pbx), Heard()
    async with running(asterisk, heard):
        event = ("Event: UserEvent", "UserEvent: KatalogAbsence", "Channel: PJSIP/100-00000001", "Uniqueid: 1.5")
        pbx.say(*event, "Extension: 100", "Code: 3", "Until: 1300")
        pbx.say(*event, "Extension: 100", "Code: ", "Until: ")
        pbx.say("Event: UserEvent", "UserEvent: Other", "Channel: PJSIP/100-00000001", "Uniqueid: 1.5")
        pbx.say("Event: UserEvent", "UserEvent: KatalogAbsence", "Code: 3")
        pbx.say(
            "Event: UserEvent", "UserEvent: KatalogAbsence", "Channel: Local/1@x-1;1", "Uniqueid: 1.6", "Extension: 101"
        )
        await heard.count(4)
        assert heard.events[1:] == [
            CodeDialled("växel", "1.5", "PJSIP/100", "3", "1300"),
            CodeDialled("växel", "1.5", "PJSIP/100", CLEAR, ""),
            CodeDialled("växel", "1.6", "PJSIP/101", CLEAR, ""),
        ]
        asterisk.reply("1.5", done=True)
        asterisk.reply("1.6", done=False)
        assert await written(pbx, 2) == [("KREPLY", "ok"), ("KREPLY", "wrong")]
    asterisk.reply("1.5", done=True)


async def test_an_answer_that_may_not_be_given_is_said(pbx: FakeAsterisk) -> None:
    asterisk = connector(pbx)
    pbx.answers["Setvar"] = refuse
    with capture_logs() as logs:
        async with running(asterisk, Heard()):
            asterisk.reply("1.5", done=True)
            await written(pbx, 1)
    (log,) = [log for log in logs if log["event"] == "pbx.refused"]
    assert "write=reporting,call" in log["advice"]
