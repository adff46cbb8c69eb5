"""Whatever is told, in whatever order: what the directory shows is what a fresh look at everything would show."""

from typing import Any
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Entry, Kind
from katalog.domain.events import EntriesChanged, EntriesRead, LegsChanged, LegsRead, LegsWithdrawn, LinkLost
from katalog.live import directory as module
from katalog.live.link import LinkState
from tests.live.directories import PATTERNS, directory
from tests.live.model import Model

IDS = "abcde"
LOGINS = frozenset("bd")
NUMBERS = ("100", "101", "08123456", "+468123456", "0701231234")
DEVICES = ("PJSIP/100", "PJSIP/101", "SIP/100", "SIP/9100", "SIP/9101", "PJSIP/x")

pbxs = st.sampled_from(sorted(PATTERNS))
entries = st.builds(
    Entry,
    id=st.sampled_from(IDS),
    extension=st.sampled_from(NUMBERS[:4]),
    name=st.sampled_from(["Anna", "Åsa", 'Bo "B" \\ Ek']),
    keywords=st.sampled_from([(), ("malmö",)]),
    kind=st.sampled_from([Kind.PERSON, Kind.PERSON, Kind.ROOM]),
    numbers=st.sampled_from([(), (), ("100",), ("08-123 456", "101")]),
    devices=st.lists(
        st.sampled_from([*DEVICES, "växel:PJSIP/100", "växel:SIP/9101", "filial:SIP/9100"]), max_size=2, unique=True
    ).map(tuple),
    hidden=st.sampled_from([False, False, True]),
)
legs = st.builds(
    Leg,
    id=st.sampled_from("1234"),
    device=st.sampled_from(DEVICES),
    direction=st.sampled_from(Direction),
    linestatus=st.sampled_from(LineStatus),
    number=st.sampled_from(["", *NUMBERS]),
    peer=st.none() | st.sampled_from(DEVICES),
)


class AnyOrder(RuleBasedStateMachine):
    bulk = 500

    def __init__(self) -> None:
        super().__init__()
        self.bulk_limit = patch.object(module, "_BULK", self.bulk)
        self.bulk_limit.start()
        self.model = Model(PATTERNS, LOGINS)
        self.live: set[str] = set()

    def teardown(self) -> None:
        self.bulk_limit.stop()

    @initialize(first=st.lists(entries, max_size=5, unique_by=lambda entry: entry.id))
    def begin(self, first: list[Entry]) -> None:
        self.directory = directory(*first, logins=LOGINS)
        self.model.entries = {entry.id: entry for entry in first}
        self.version, self.picture = self.directory.version, self.look()

    def look(self) -> list[Any]:
        """Everything that any reader can see."""
        one = self.directory
        return [(entry, one.view(entry, full=True)) for entry in one.entries(hidden=True)]

    @rule(
        changed=st.lists(entries, max_size=4, unique_by=lambda entry: entry.id), removed=st.sets(st.sampled_from(IDS))
    )
    def entries_change(self, changed: list[Entry], removed: set[str]) -> None:
        removed -= {entry.id for entry in changed}
        self.directory.apply(EntriesChanged(tuple(changed), tuple(sorted(removed))))
        self.model.entries.update({entry.id: entry for entry in changed})
        for id_ in removed:
            self.model.entries.pop(id_, None)

    @rule(entry=entries)
    def an_entry_changes(self, entry: Entry) -> None:
        self.entries_change([entry], set())

    @rule(all_=st.lists(entries, max_size=5, unique_by=lambda entry: entry.id))
    def entries_are_read(self, all_: list[Entry]) -> None:
        self.directory.apply(EntriesRead(tuple(all_)))
        self.model.entries = {entry.id: entry for entry in all_}

    @rule(pbx=pbxs, changed=st.lists(legs, max_size=3), ended=st.lists(st.sampled_from("1234"), max_size=2))
    def legs_change(self, pbx: str, changed: list[Leg], ended: list[str]) -> None:
        self.directory.apply(LegsChanged(pbx, tuple(changed), tuple(ended)))
        for id_ in ended:
            self.model.end_leg(pbx, id_)
        for leg in changed:
            self.model.put_leg(pbx, leg)

    @rule(pbx=pbxs, leg=legs)
    def a_leg_changes(self, pbx: str, leg: Leg) -> None:
        self.legs_change(pbx, [leg], [])

    @rule(pbx=pbxs, all_=st.lists(legs, max_size=4, unique_by=lambda leg: leg.id))
    def legs_are_read(self, pbx: str, all_: list[Leg]) -> None:
        self.directory.apply(LegsRead(pbx, tuple(all_)))
        for id_ in set(self.model.of_pbx(pbx)) - {leg.id for leg in all_}:
            self.model.end_leg(pbx, id_)
        for leg in all_:
            self.model.put_leg(pbx, leg)
        self.live.add(pbx)

    @rule(pbx=pbxs)
    def the_link_is_lost(self, pbx: str) -> None:
        self.directory.apply(LinkLost(pbx, "timeout"))
        self.live.discard(pbx)

    @rule(pbx=pbxs)
    def legs_are_withdrawn(self, pbx: str) -> None:
        self.directory.apply(LegsWithdrawn(pbx))
        for id_ in self.model.of_pbx(pbx):
            self.model.end_leg(pbx, id_)
        self.live.discard(pbx)

    @invariant()
    def lists_are_what_a_fresh_encoding_gives(self) -> None:
        for hidden in (False, True):
            assert b"".join(self.directory.contacts(hidden=hidden).plain()) == self.model.encoded(hidden=hidden)
            assert list(self.directory.entries(hidden=hidden)) == self.model.sorted(hidden=hidden)
        assert len(self.directory) == len(self.model.entries)

    @invariant()
    def every_number_finds_whom_a_search_of_everyone_finds(self) -> None:
        for number in (*NUMBERS, "08-123 456", "00468123456", "1"):
            for hidden in (False, True):
                assert self.directory.find(number, hidden=hidden) == self.model.find(number, hidden=hidden)

    @invariant()
    def every_entry_is_there_by_its_id_for_those_who_see_it(self) -> None:
        for id_ in IDS:
            entry = self.model.entries.get(id_)
            assert self.directory.get(id_, hidden=True) == entry
            assert self.directory.get(id_, hidden=False) == (None if entry is None or entry.hidden else entry)

    @invariant()
    def the_version_moves_when_and_only_when_something_visible_changes(self) -> None:
        version, picture = self.directory.version, self.look()
        assert version >= self.version
        assert (version != self.version) == (picture != self.picture)
        self.version, self.picture = version, picture

    @invariant()
    def links_are_as_told(self) -> None:
        links = self.directory.links.values()
        assert {link.name for link in links if link.state is LinkState.LIVE} == self.live
        assert self.directory.calls_are_live == (self.live == set(PATTERNS))
        for link in links:
            assert link.legs == self.model.of_pbx(link.name)


class AnyOrderInBulk(AnyOrder):
    """The same where many entries change at once, as in an import."""

    bulk = 3


AnyOrder.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
AnyOrderInBulk.TestCase.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)
TestAnyOrder = AnyOrder.TestCase
TestAnyOrderInBulk = AnyOrderInBulk.TestCase
