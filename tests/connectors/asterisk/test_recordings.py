"""Which channels are recorded, and who is heard in it: by hand, at random, and against a scripted Asterisk."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.connectors.asterisk.adapter import Adapter
from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.asterisk.recordings import Recordings
from katalog.connectors.asterisk.wire import Message
from katalog.connectors.base import PbxAddress
from katalog.domain.events import RecordingsChanged, RecordingsRead
from katalog.domain.recording import Heard as HeardLeg
from katalog.domain.recording import Recorded
from tests.connectors.asterisk.fake import SECRET, TIMES, FakeAsterisk, Heard, healthy, item, running
from tests.connectors.asterisk.test_adapter import born, dial, enter, hangup, leave, listed, message, read

TRUNK, A, B, C = (
    born("1.0", "PJSIP/trunk-0", 4), born("1.1", "PJSIP/101-1", 0), born("1.2", "PJSIP/102-2", 0),
    born("1.3", "PJSIP/103-3", 0),
)  # fmt: skip
FILE = "/var/spool/asterisk/monitor/a.wav"


def starts(uid: str, at: str = "1795519761.5") -> Message:
    return message("MixMonitorStart", Uniqueid=uid, Timestamp=at)


def stops(uid: str) -> Message:
    return message("MixMonitorStop", Uniqueid=uid)


class Office:
    """An Asterisk whose answers come at once; `heard` are the legs that have been heard, by channel."""

    def __init__(self, *events: Message) -> None:
        self.adapter = Adapter(records=True)
        self.heard: dict[str, list[str]] = {}
        self.play(*events)

    @property
    def recordings(self) -> Recordings:
        assert self.adapter.recordings is not None
        return self.adapter.recordings

    def play(self, *events: Message, file: str = FILE) -> tuple[str, ...]:
        """Channels that are recorded no more."""
        for event in events:
            assert self.adapter.apply(event)
            self.answer(file)
        changed, ended = self.recordings.changes()
        self.heard.update((each.channel, [heard.leg for heard in each.heard]) for each in changed)
        return ended

    def answer(self, file: str = FILE) -> list[str]:
        asked = self.recordings.questions()
        for uid in asked:
            self.recordings.named(uid, file)
        return asked


def test_who_meets_the_recorded_channel_is_heard_and_who_only_rings_is_not() -> None:
    office = Office(TRUNK, starts("1.0"), A, B, dial("1.0", "1.1"), dial("1.0", "1.2"))
    assert office.heard == {"1.0": ["1.0"]}
    office.play(enter("1.1", "x"), enter("1.0", "x"), hangup("1.2"))
    assert office.heard == {"1.0": ["1.0", "1.1"]}
    # The one that was sent on to is heard, too, and who has left it stays.
    office.play(leave("1.1", "x"), hangup("1.1"), C, enter("1.3", "x"))
    assert office.heard == {"1.0": ["1.0", "1.1", "1.3"]}
    assert office.play(hangup("1.0")) == ("1.0",)
    assert office.play() == ()


def test_it_is_told_whole_with_its_file_and_when_it_began() -> None:
    office = Office(TRUNK, A, enter("1.0", "x"), enter("1.1", "x"))
    office.adapter.apply(starts("1.0"))
    assert office.recordings.changes() == ((), ()), "not before its file is known"
    assert office.answer() == ["1.0"]
    heard = (HeardLeg("1.0", "PJSIP/trunk"), HeardLeg("1.1", "PJSIP/101"))
    recorded = Recorded("1.0", FILE, 1795519761.5, heard)
    assert office.recordings.changes() == ((recorded,), ())
    assert office.recordings.changes() == ((), ())
    assert office.recordings.all() == (recorded,)


def test_through_local_channels_in_whatever_order_they_are_joined() -> None:
    first, second = born("1.8", "Local/102@x-0;1", 0), born("1.9", "Local/102@x-0;2", 0)
    joins = [enter("1.1", "x"), enter("1.8", "x"), enter("1.9", "y"), enter("1.2", "y")]
    for turn in range(len(joins)):
        office = Office(A, B, first, second, starts("1.1"), *joins[turn:], *joins[:turn])
        assert office.heard == {"1.1": ["1.1", "1.2"]}
        # And where it is the Local channel that is recorded.
        office = Office(A, B, first, second, starts("1.9"), *joins[turn:], *joins[:turn])
        assert {uid: sorted(heard) for uid, heard in office.heard.items()} == {"1.9": ["1.1", "1.2"]}
        assert office.play(stops("1.9")) == ("1.9",)
        assert office.play(enter("1.2", "z")) == ()


def test_who_is_parked_hears_nobody() -> None:
    office = Office(TRUNK, A, starts("1.0"), enter("1.0", "p", "holding_bridge"), enter("1.1", "p", "holding_bridge"))
    assert office.heard == {"1.0": ["1.0"]}


def test_one_that_is_stopped_and_begun_anew() -> None:
    office = Office(A, B, starts("1.1"), enter("1.1", "x"))
    assert office.play(stops("1.1")) == ("1.1",)
    office.play(enter("1.2", "x"))
    assert office.heard == {"1.1": ["1.1"]}
    assert office.play(starts("1.1"), file="/b.wav") == ()
    assert office.heard == {"1.1": ["1.1", "1.2"]}
    assert [each.file for each in office.recordings.all()] == ["/b.wav"]
    assert office.play(stops("1.2")) == (), "it was not recorded"


def test_what_cannot_be_named_is_none() -> None:
    office = Office()
    assert office.play(starts("9.9")) == ()
    assert office.recordings.questions() == []
    office.play(A, starts("1.1"), file="")
    assert office.recordings.all() == ()
    # It has ended before the question, and before the answer.
    office.adapter.apply(B)
    office.adapter.apply(starts("1.2"))
    office.adapter.apply(hangup("1.2"))
    assert office.recordings.questions() == []
    office.adapter.apply(C)
    office.adapter.apply(starts("1.3"))
    assert office.recordings.questions() == ["1.3"]
    office.adapter.apply(hangup("1.3"))
    office.recordings.named("1.3", FILE)
    assert office.recordings.changes() == ((), ())
    assert office.play(starts("1.1"), stops("1.1")) == ("1.1",)


def test_after_a_whole_state_every_channel_is_asked_and_the_gone_are_gone() -> None:
    office = Office(TRUNK, A, starts("1.0"), starts("1.1"))
    items = [listed("1.0", "PJSIP/trunk-0", 6, bridge="x"), listed("1.2", "PJSIP/102-2", 6, bridge="x")]
    read(*items, adapter=office.adapter)
    assert office.answer() == ["1.2"], "what is known already is not asked again"
    first, second = office.recordings.all()
    # Of the one that is new its beginning was not heard; who came meanwhile is heard.
    assert (first.channel, [heard.leg for heard in first.heard]) == ("1.0", ["1.0", "1.2"])
    assert (second.channel, second.began) == ("1.2", 0.0)
    assert office.recordings.changes() == ((), ())


def test_without_recordings_nothing_is_followed() -> None:
    adapter = Adapter()
    for event in (TRUNK, starts("1.0"), enter("1.0", "x"), stops("1.0")):
        assert adapter.apply(event)
    read(listed("1.0", "PJSIP/trunk-0", 6), adapter=adapter)
    assert adapter.recordings is None


uids = st.sampled_from(["1.0", "1.1", "1.2", "1.8", "1.9"])
names = {
    "1.0": "PJSIP/trunk-0",
    "1.1": "PJSIP/101-1",
    "1.2": "PJSIP/102-2",
    "1.8": "Local/1@x-0;1",
    "1.9": "Local/1@x-0;2",
}
bridges = st.sampled_from(["x", "y"])
histories = st.lists(
    st.one_of(
        st.builds(lambda uid: born(uid, names[uid], 4), uids),
        st.builds(starts, uids),
        st.builds(stops, uids),
        st.builds(enter, uids, bridges),
        st.builds(leave, uids, bridges),
        st.builds(hangup, uids),
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None)
@given(histories, histories)
def test_in_whatever_order_it_comes_what_was_told_is_what_there_is(before: list[Message], later: list[Message]) -> None:
    office = Office()
    told: dict[str, Recorded] = {}
    for event in (*before, *later):
        office.adapter.apply(event)
        office.answer()
        changed, ended = office.recordings.changes()
        for recorded in changed:
            known = told.get(recorded.channel)
            assert known is None or set(known.heard) <= set(recorded.heard) or event.event == "MixMonitorStart"
            told[recorded.channel] = recorded
        for uid in ended:
            del told[uid]
    assert told == {recorded.channel: recorded for recorded in office.recordings.all()}


# -- the session ------------------------------------------------------------------------------------------


def names_files(pbx: FakeAsterisk, asked: dict[str, str]) -> None:
    if asked.get("Variable") == "MIXMONITOR_FILENAME":
        value = f"/m/{asked['Channel']}.wav" if asked["Channel"] != "1.1" else ""
        pbx.say("Response: Success", f"ActionID: {asked['ActionID']}", f"Value: {value}")
    else:
        healthy(pbx, asked)


async def test_a_session_tells_all_of_them_and_then_what_changes(pbx: FakeAsterisk) -> None:
    pbx.answers["Getvar"] = names_files
    pbx.channels = [item("1.0", "PJSIP/trunk-0", 6, bridge="x"), item("1.1", "PJSIP/101-1", 6, bridge="x")]
    heard = Heard()
    address = PbxAddress("växel", "127.0.0.1", pbx.port, "katalog", SECRET, records=True)
    async with running(AsteriskConnector(address, times=TIMES), heard):
        legs = (HeardLeg("1.0", "PJSIP/trunk"), HeardLeg("1.1", "PJSIP/101"))
        assert heard.events[1] == RecordingsRead("växel", (Recorded("1.0", "/m/1.0.wav", 0.0, legs),))
        before = len(heard.events)
        pbx.say("Event: Newchannel", "Uniqueid: 1.2", "Channel: PJSIP/102-2", "ChannelState: 4")
        pbx.say("Event: MixMonitorStart", "Uniqueid: 1.2", "Timestamp: 1795519761.5")
        await heard.count(before + 2)
        own = (HeardLeg("1.2", "PJSIP/102"),)
        assert heard.events[-1] == RecordingsChanged("växel", (Recorded("1.2", "/m/1.2.wav", 1795519761.5, own),))
        pbx.say("Event: Hangup", "Uniqueid: 1.2")
        await heard.count(before + 4)
        assert heard.events[-1] == RecordingsChanged("växel", (), ("1.2",))


async def test_a_session_asks_for_no_files_where_nobody_wants_them(pbx: FakeAsterisk) -> None:
    pbx.channels = [item("1.0", "PJSIP/100-0", 6)]
    heard = Heard()
    address = PbxAddress("växel", "127.0.0.1", pbx.port, "katalog", SECRET)
    async with running(AsteriskConnector(address, times=TIMES), heard):
        pbx.say("Event: MixMonitorStart", "Uniqueid: 1.0")
        await asyncio.sleep(0.05)
        assert {said.get("Variable") for said in pbx.said} & {"MIXMONITOR_FILENAME"} == set()
        assert not any(isinstance(event, RecordingsRead | RecordingsChanged) for event in heard.events)
