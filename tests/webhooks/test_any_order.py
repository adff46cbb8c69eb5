"""Whatever happens, and whenever the server is killed: who hears all that is told ends with what is shown."""

from collections.abc import Iterable

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from katalog.domain.call import Leg, LineStatus
from katalog.domain.entry import Entry
from katalog.domain.events import EntriesChanged, LegsWithdrawn, LinkLost, PresencesChanged
from katalog.domain.presence import Hand
from katalog.domain.profile import Profile
from katalog.domain.webhook import Topic
from katalog.live.directory import Directory
from katalog.live.link import Link, LinkState
from katalog.webhooks.ledger import Happening, Key, Ledger
from tests.live.directories import PATTERNS, directory, leg, read, tell

NOW = 1_790_000_000.0

entries = st.builds(
    Entry,
    id=st.sampled_from("abc"),
    extension=st.sampled_from(["100", "101"]),
    name=st.sampled_from(["Anna", "Bo"]),
    devices=st.sampled_from([(), ("PJSIP/100",), ("PJSIP/101",), ("växel:PJSIP/100",)]),
    hidden=st.sampled_from([False, False, True]),
)
systems = st.sampled_from([*PATTERNS])
legs = st.builds(
    leg,
    st.sampled_from(["1.1", "1.2", "1.3"]),
    st.sampled_from(["PJSIP/100", "PJSIP/101", "SIP/9100"]),
    st.sampled_from(["0701", "101"]),
    linestatus=st.sampled_from([LineStatus.RINGING, LineStatus.UP]),
)


class Listener:
    """Somebody who believes all that is told, and finds it strange to be told anything twice."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.profiles: dict[str, Profile | None] = {}
        self.calls: dict[tuple[str, str, str], bool] = {}
        self.links: dict[str, bool] = {}

    def hear(self, told: Happening) -> None:
        call = told.call
        if call is not None:
            key = (told.subject, call.pbx, call.leg.id)
            match told.topic:
                case Topic.CALL_STARTED:
                    assert key not in self.calls
                    self.calls[key] = False
                case Topic.CALL_ANSWERED:
                    assert self.calls[key] is False
                    self.calls[key] = True
                case _:
                    assert told.topic is Topic.CALL_ENDED
                    assert self.calls.pop(key) is (call.answered is not None)
        elif told.pbx:
            live = told.topic is Topic.PBX_BACK
            assert self.links.get(told.pbx) is not live
            self.links[told.pbx] = live
        elif told.topic is Topic.PROFILE_CHANGED:
            self.profiles[told.subject] = told.profile
        elif told.entry is None:
            assert told.before is not None
            assert _shown(told.before) == _shown(self.entries.pop(told.subject))
            del self.profiles[told.subject]
        else:
            assert (told.before is None) is (told.subject not in self.entries)
            self.entries[told.subject] = told.entry
            if told.before is None:
                self.profiles[told.subject] = told.profile


class AnyOrder(RuleBasedStateMachine):
    """The database is `entries`, `hands` and `kept`; the telephone systems are `legs`. All else is gone with a server.

    As `Office` does it, calls and links are compared at once, entries and profiles when there is time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[str, Entry] = {}
        self.hands: dict[str, Hand] = {}
        self.kept: dict[Key, bytes] = {}
        self.legs: dict[str, dict[str, Leg]] = {name: {} for name in PATTERNS}
        self.listener = Listener()
        self.open()
        self.ledger.begin(self.ledger.everybody())
        self.ledger.mark()
        self.commit()

    def open(self) -> None:
        self.of: Directory = directory(*self.entries.values())
        self.of.apply(PresencesChanged(tuple(self.hands.values())))
        self.touched: set[str] = set()
        self.happened: list[Happening] = []
        self.ledger = Ledger(self.of, lambda: NOW)
        self.ledger.load(self.kept.items())
        self.of.watch(self.touched.update)
        self.of.watch_calls(self.hear_lines)
        self.of.watch_links(self.hear_link)

    def hear_link(self, link: Link) -> None:
        self.happened += self.ledger.link(link)

    def hear_lines(self, ids: Iterable[str]) -> None:
        ids = [*ids]
        self.compare(self.touched & {*ids})
        self.happened += self.ledger.lines(ids)

    def compare(self, ids: Iterable[str]) -> None:
        ids = [*ids]
        self.touched.difference_update(ids)
        self.happened += self.ledger.people(ids)

    @rule(entry=entries)
    def an_entry(self, entry: Entry) -> None:
        self.entries[entry.id] = entry
        self.of.apply(EntriesChanged((entry,)))

    @rule(id_=st.sampled_from("abc"))
    def removed(self, id_: str) -> None:
        if self.entries.pop(id_, None) is not None:
            self.hands.pop(id_, None)
            self.of.apply(EntriesChanged((), (id_,)))

    @rule(id_=st.sampled_from("abc"), choice=st.sampled_from(["lunch", "meeting", ""]))
    def a_profile(self, id_: str, choice: str) -> None:
        if id_ in self.entries:
            self.hands[id_] = Hand(id_, choice, NOW)
            self.of.apply(PresencesChanged((self.hands[id_],)))

    @rule(pbx=systems, call=legs)
    def a_call(self, pbx: str, call: Leg) -> None:
        self.legs[pbx][call.id] = call
        if self.of.links[pbx].state is LinkState.LIVE:
            tell(self.of, call, pbx=pbx)

    @rule(pbx=systems, id_=st.sampled_from(["1.1", "1.2", "1.3"]))
    def an_end(self, pbx: str, id_: str) -> None:
        if self.legs[pbx].pop(id_, None) is not None and self.of.links[pbx].state is LinkState.LIVE:
            tell(self.of, pbx=pbx, ended=(id_,))

    @rule(pbx=systems)
    def is_read(self, pbx: str) -> None:
        read(self.of, *self.legs[pbx].values(), pbx=pbx)

    @rule(pbx=systems)
    def is_lost(self, pbx: str) -> None:
        self.of.apply(LinkLost(pbx, "refused"))

    @rule(pbx=systems)
    def is_withdrawn(self, pbx: str) -> None:
        if self.of.links[pbx].state is LinkState.STALE:
            self.of.apply(LegsWithdrawn(pbx))

    @rule()
    def there_is_time(self) -> None:
        self.compare(self.touched)

    @rule()
    def commit(self) -> None:
        changed, self.ledger.changed = self.ledger.changed, {}
        self.kept.update({key: state for key, state in changed.items() if state is not None})
        for key in [key for key, state in changed.items() if state is None]:
            self.kept.pop(key, None)
        happened, self.happened = self.happened, []
        for told in happened:
            self.listener.hear(told)

    @rule()
    def another_server(self) -> None:
        """What was not committed was told to nobody."""
        self.open()
        self.touched.update(self.ledger.everybody())
        self.happened += self.ledger.lines(self.ledger.callers())

    @precondition(lambda self: not self.touched and not self.happened)
    @invariant()
    def entries_and_profiles_are_what_is_shown(self) -> None:
        visible = {entry.id: entry for entry in self.of.entries(hidden=False)}
        assert {id_: _shown(entry) for id_, entry in self.listener.entries.items()} == {
            id_: _shown(entry) for id_, entry in visible.items()
        }
        assert self.listener.profiles == {id_: self.of.profile(entry) for id_, entry in visible.items()}

    def teardown(self) -> None:
        for pbx in PATTERNS:
            self.is_read(pbx)
        self.there_is_time()
        self.commit()
        self.entries_and_profiles_are_what_is_shown()
        assert self.listener.calls.keys() == {
            (entry.id, *key) for entry in self.of.entries(hidden=False) for key in self.of.legs(entry.id)
        }
        assert {key for noun, key in self.kept if noun == "call"} == {
            f"{pbx} {id_} {entry}" for entry, pbx, id_ in self.listener.calls
        }
        assert {key for noun, key in self.kept if noun == "entry"} == self.listener.entries.keys()
        for entry, pbx, id_ in self.listener.calls:
            up = self.of.legs(entry)[pbx, id_].linestatus is LineStatus.UP
            assert self.listener.calls[entry, pbx, id_] or not up
        there = {*self.ledger.everybody()}
        assert [*self.ledger.people(there), *self.ledger.lines(self.ledger.callers())] == []


def _shown(entry: Entry) -> Entry:
    """Devices are told to nobody."""
    return msgspec.structs.replace(entry, devices=())


TestAnyOrder = AnyOrder.TestCase
