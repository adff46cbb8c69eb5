"""What a reader of the stream is sent, case by case; test_any_order.py has all of them at random."""

from unittest.mock import patch

import msgspec
import pytest

from katalog.domain.entry import Entry
from katalog.domain.events import EntriesChanged, LegsRead, LinkLost
from katalog.domain.wanted import Wanted
from katalog.live import changes
from katalog.live.directory import Directory
from katalog.push.frames import Frames
from katalog.push.subscription import ANEW, Subscription
from tests.live.directories import PATTERNS, directory, leg, tell
from tests.push.reading import Picture

ANNA = Entry("a", "08123456", "Anna", department="Sälj", keywords=("malmö",), devices=("PJSIP/100",))
BO = Entry("b", "101", "Bo", department="IT")
BOSS = Entry("x", "102", "Chef", hidden=True)

ALL = Wanted()


class Office:
    def __init__(self, *entries: Entry) -> None:
        self.directory: Directory = directory(*(entries or (ANNA, BO, BOSS)))
        self.frames = Frames(self.directory)

    def reader(self, wanted: Wanted = ALL, *, full: bool = False, after: str | None = None) -> "Reader":
        subscription = Subscription(self.frames, wanted, full=full)
        if after is not None:
            subscription.resume(after)
        return Reader(subscription)

    def change(self, entry: Entry, **fields: object) -> None:
        self.directory.apply(EntriesChanged((msgspec.structs.replace(entry, **fields),), ()))

    def remove(self, id_: str) -> None:
        self.directory.apply(EntriesChanged((), (id_,)))


class Reader:
    def __init__(self, subscription: Subscription) -> None:
        self.subscription = subscription
        self.picture = Picture()

    def hears(self) -> list[tuple[str, object]]:
        """Kinds of events, and of whom."""
        told = self.picture.hear(self.subscription.take())
        return [(kind, sorted(e["id"] for e in it["entries"]) if kind == "snapshot" else it["id"]) for kind, it in told]


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_snapshot_then_each_change_with_an_id(office: Office) -> None:
    one, admin = office.reader(), office.reader(full=True)
    assert one.hears() == [("snapshot", ["a", "b"])]
    assert admin.hears() == [("snapshot", ["a", "b", "x"])]
    assert one.hears() == []
    ids = [one.picture.last_id]
    tell(office.directory, leg("1", "PJSIP/100"))
    assert one.hears() == [("entry", "a")]
    assert one.picture.entries["a"]["calls"][0]["callerid"] == "0701231234"
    assert "devices" not in one.picture.entries["a"]
    ids.append(one.picture.last_id)
    office.change(BOSS, title="Vd")
    assert one.hears() == []
    assert admin.hears() == [("entry", "a"), ("entry", "x")]
    assert admin.picture.entries["a"]["devices"] == ["PJSIP/100"]
    office.remove("b")
    assert one.hears() == [("removed", "b")]
    ids.append(one.picture.last_id)
    assert len(set(ids)) == 3


def test_the_latest_state_wins(office: Office) -> None:
    one = office.reader()
    one.hears()
    for number in range(5):
        office.change(BO, title=str(number))
        tell(office.directory, leg("1", "PJSIP/100", str(number)))
    assert one.hears() == [("entry", "b"), ("entry", "a")]
    assert one.picture.entries["b"]["title"] == "4"


def test_each_event_is_encoded_once_for_all_who_see_the_same(office: Office) -> None:
    readers = [office.reader() for _ in range(3)]
    for reader in readers:
        reader.hears()
    office.change(BO, title="x")
    (first,), *others = [reader.subscription.take() for reader in readers]
    assert all(other[0] is first for other in others)


def test_who_comes_back_goes_on_without_a_gap_or_a_repeat(office: Office) -> None:
    one = office.reader()
    one.hears()
    office.change(BO, title="x")
    office.remove("a")
    assert office.reader(after=one.picture.last_id).hears() == [("entry", "b"), ("removed", "a")]
    one.hears()
    assert office.reader(after=one.picture.last_id).hears() == []


@pytest.mark.parametrize("after", ["", "x", "0-1", "{run}-999", "{run}-x", "{run}-", "{run}+1", "{run}-٣", "1" * 5000])
def test_who_comes_back_from_elsewhere_gets_a_snapshot(office: Office, after: str) -> None:
    after = after.replace("{run}", office.directory.changes.run)
    assert office.reader(after=after).hears() == [("snapshot", ["a", "b"])]


def test_who_has_been_away_for_too_long_gets_a_snapshot(office: Office) -> None:
    one = office.reader()
    one.hears()
    with patch.object(changes, "KEPT_MOVES", 1):
        office.remove("a")
        assert office.reader(after=one.picture.last_id).hears() == [("removed", "a")]
        office.change(BO, department="Sälj")
    assert one.hears() == [("snapshot", ["b"])]
    assert office.directory.changes.since(0) is None


def test_if_most_have_changed_a_snapshot_is_shorter() -> None:
    people = [Entry(str(number), str(number), "A") for number in range(ANEW + 1)]
    office = Office(*people)
    one = office.reader()
    one.hears()
    office.directory.apply(EntriesChanged(tuple(msgspec.structs.replace(each, name="B") for each in people[1:]), ()))
    assert len(one.hears()) == ANEW
    office.directory.apply(EntriesChanged(tuple(msgspec.structs.replace(each, name="C") for each in people), ()))
    assert [kind for kind, _ in one.hears()] == ["snapshot"]


def test_what_is_hidden_is_taken_away_and_what_always_was_is_never_told(office: Office) -> None:
    one, admin = office.reader(), office.reader(full=True)
    one.hears(), admin.hears()
    office.change(ANNA, hidden=True)
    assert one.hears() == [("removed", "a")]
    assert admin.hears() == [("entry", "a")]
    office.change(ANNA, hidden=True, department="Ny")
    office.change(BOSS, department="Ny")
    office.remove("x")
    assert one.hears() == []
    assert admin.hears() == [("entry", "a"), ("removed", "x")]
    office.change(ANNA)
    assert one.hears() == [("entry", "a")]


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(department="SÄLJ"),
        Wanted(keyword="Malmö"),
        Wanted(extension="+46 8 12 34 56"),
        Wanted(extension="08123456"),
    ],
)
def test_some_entries_only(office: Office, wanted: Wanted) -> None:
    one, back = office.reader(wanted), office.reader(wanted)
    assert one.hears() == back.hears() == [("snapshot", ["a"])]
    office.change(BO, title="x")
    assert one.hears() == []
    office.change(ANNA, title="x")
    assert one.hears() == [("entry", "a")]
    # Another in all that anybody chooses by: it is none of these now.
    office.change(ANNA, department="IT", keywords=(), extension="100")
    assert one.hears() == [("removed", "a")]
    assert office.reader(wanted, after=back.picture.last_id).hears() == [("removed", "a")]
    office.change(BO, department="Sälj", keywords=("malmö",), extension="08-123456")
    assert one.hears() == [("entry", "b")]
    office.remove("b")
    office.remove("a")
    one.hears()
    assert one.picture.entries == {}


def test_what_is_there_is_left_out_for_who_knows_it(office: Office) -> None:
    it = Wanted(department="it")
    one = office.reader(it)
    one.picture.hear([one.subscription.skip()])
    assert one.hears() == []
    after = one.picture.last_id
    office.change(BO, title="x")
    assert one.hears() == office.reader(it, after=after).hears() == [("entry", "b")]
    office.change(BO, department="")
    assert one.hears() == [("removed", "b")]


def test_who_may_see_more_or_less_gets_a_snapshot(office: Office) -> None:
    one = office.reader()
    one.hears()
    one.subscription.see(full=False)
    assert one.hears() == []
    one.subscription.see(full=True)
    assert one.hears() == [("snapshot", ["a", "b", "x"])]
    assert office.reader(after=one.picture.last_id).hears() == [("snapshot", ["a", "b"])]


def test_whether_calls_are_as_of_now_is_told_when_it_changes(office: Office) -> None:
    one = office.reader()
    one.picture.hear(one.subscription.take())
    for pbx in PATTERNS:
        office.directory.apply(LegsRead(pbx, ()))
    one.picture.hear(one.subscription.take())
    live = [one.picture.live]
    office.directory.apply(LinkLost("växel", "gone"))
    one.picture.hear(one.subscription.take())
    assert [*live, one.picture.live] == [True, False]
    assert one.subscription.take() == []
