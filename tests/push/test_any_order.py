"""Whatever happens, and whenever readers read, leave and come back: each ends with what a fresh read would give it."""

import json
from typing import Any
from unittest.mock import patch

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from katalog.domain.catalogue import standard
from katalog.domain.entry import Entry
from katalog.domain.events import CatalogueChanged, EntriesChanged, EntriesRead, LegsChanged, PresencesChanged
from katalog.domain.presence import Hand
from katalog.domain.view import encode_view
from katalog.domain.wanted import Wanted
from katalog.live import changes
from katalog.live.directory import Directory
from katalog.push import subscription as module
from katalog.push.frames import Frames
from katalog.push.subscription import Subscription
from tests.live.directories import directory, leg
from tests.push.reading import Picture

IDS = "abcdex"
"""The last is always hidden."""

entries = st.builds(
    Entry,
    id=st.sampled_from(IDS),
    extension=st.sampled_from(["100", "101", "08123456"]),
    name=st.sampled_from(["Anna", "Åsa\u2028", 'Bo "B" \\ Ek\n\ndata: x']),
    keywords=st.sampled_from([(), ("malmö",), ("Malmö", "b")]),
    department=st.sampled_from(["", "Sälj", "IT"]),
    devices=st.sampled_from([(), ("PJSIP/100",)]),
    hidden=st.sampled_from([False, False, True]),
).map(lambda entry: msgspec.structs.replace(entry, hidden=entry.hidden or entry.id == "x"))
FILTERS = (
    Wanted(),
    Wanted(department="sälj"),
    Wanted(keyword="MALMÖ"),
    Wanted(extension="+468123456"),
    Wanted(extension="100", department="IT"),
)
some = st.sets(st.integers(0, 2 * len(FILTERS) - 1))


class Reader:
    def __init__(self, frames: Frames, wanted: Wanted, *, full: bool) -> None:
        self.frames, self.wanted, self.full = frames, wanted, full
        self.picture = Picture()
        self.knew: set[str] = set()
        self.lost: set[str] = set()
        self.subscription = Subscription(frames, wanted, full=full)

    def read(self) -> None:
        new = self.picture.hear(self.subscription.take())
        if not self.full:
            self.lost |= {told["id"] for kind, told in new if kind == "removed"}

    def see(self, *, full: bool) -> None:
        if full != self.full:
            self.full = full
            self.knew |= set(self.picture.entries)
            self.subscription.see(full=full)

    def leave_and_come_back(self) -> None:
        self.subscription = Subscription(self.frames, self.wanted, full=self.full)
        self.subscription.resume(self.picture.last_id)

    def expected(self, of: Directory) -> dict[str, Any]:
        return {
            entry.id: json.loads(encode_view(of.view(entry, full=self.full)))
            for entry in of.entries(hidden=self.full)
            if self.wanted.takes(entry, of.country)
        }


class AnyOrder(RuleBasedStateMachine):
    """Few moves are kept, and snapshots are liked as soon as half have changed, so that both happen."""

    kept, anew = 2, 4

    def __init__(self) -> None:
        super().__init__()
        self.patches = [patch.object(changes, "KEPT_MOVES", self.kept), patch.object(module, "ANEW", self.anew)]
        for each in self.patches:
            each.start()
        self.readers: list[Reader] = []
        self.public: set[str] = set()
        self.now = [1_790_000_000.0]

    def teardown(self) -> None:
        for each in self.patches:
            each.stop()

    @initialize(first=st.lists(entries, max_size=5, unique_by=lambda entry: entry.id))
    def begin(self, first: list[Entry]) -> None:
        self.directory = directory(*first, now=self.now)
        self.directory.apply(CatalogueChanged(tuple(standard())))
        self.frames = Frames(self.directory)
        self.readers = [Reader(self.frames, wanted, full=full) for wanted in FILTERS for full in (False, True)]
        for reader in self.readers:
            reader.read()

    @rule(numbers=some)
    def some_read(self, numbers: set[int]) -> None:
        for number in numbers:
            self.readers[number].read()

    @rule(numbers=some)
    def some_come_back(self, numbers: set[int]) -> None:
        for number in numbers:
            self.readers[number].leave_and_come_back()

    @rule(numbers=some, full=st.booleans())
    def some_may_see_more_or_less(self, numbers: set[int], full: bool) -> None:
        for number in numbers:
            self.readers[number].see(full=full)

    @rule(
        changed=st.lists(entries, max_size=4, unique_by=lambda entry: entry.id), removed=st.sets(st.sampled_from(IDS))
    )
    def entries_change(self, changed: list[Entry], removed: set[str]) -> None:
        removed -= {entry.id for entry in changed}
        self.directory.apply(EntriesChanged(tuple(changed), tuple(sorted(removed))))

    @rule(all_=st.lists(entries, max_size=4, unique_by=lambda entry: entry.id), rarely=st.integers(0, 5))
    def all_is_read_anew(self, all_: list[Entry], rarely: int) -> None:
        if not rarely:
            self.directory.apply(EntriesRead(tuple(all_)))
            self.directory.apply(CatalogueChanged(tuple(standard()[: len(all_) + 4])))

    @rule(id_=st.sampled_from("12"), ends=st.booleans(), number=st.sampled_from(["", "0701"]))
    def a_call(self, id_: str, ends: bool, number: str) -> None:
        legs = () if ends else (leg(id_, "PJSIP/100", number),)
        self.directory.apply(LegsChanged("växel", legs, (id_,) if ends else ()))

    @rule(id_=st.sampled_from(IDS), length=st.sampled_from([30.0, 600.0]))
    def a_profile(self, id_: str, length: float) -> None:
        hand = Hand(id_, "lunch", self.now[0], self.now[0] + length, "x")
        self.directory.apply(PresencesChanged((hand,)))

    @rule(seconds=st.sampled_from([1.0, 31.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.now[0] += seconds

    @invariant()
    def nobody_hears_of_what_was_always_hidden(self) -> None:
        self.public |= {entry.id for entry in self.directory.entries(hidden=False)}
        assert all(reader.lost <= self.public | reader.knew for reader in self.readers)

    @invariant()
    def whoever_reads_is_right(self) -> None:
        for reader in self.readers:
            # A copy reads to its end; the reader itself may wait for as long as it likes.
            reader_now = Reader(self.frames, reader.wanted, full=reader.full)
            reader_now.picture.entries = dict(reader.picture.entries)
            copied = Subscription.__new__(Subscription)
            copied.__dict__.update(reader.subscription.__dict__)
            has = reader.subscription._has
            copied._has = dict(has) if has is not None else None
            reader_now.subscription = copied
            reader_now.read()
            assert reader_now.picture.entries == reader.expected(self.directory)
            assert copied.take() == []


class AnyOrderAsItIs(AnyOrder):
    kept, anew = changes.KEPT_MOVES, module.ANEW


AnyOrder.TestCase.settings = AnyOrderAsItIs.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestAnyOrder = AnyOrder.TestCase
TestAnyOrderAsItIs = AnyOrderAsItIs.TestCase
