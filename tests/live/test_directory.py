"""The live directory, rule by rule. What no order of events may break is in `test_any_order.py`."""

import asyncio

import msgspec
import pytest

from katalog.domain.call import Call, Direction, LineStatus
from katalog.domain.device import DevicePattern
from katalog.domain.entry import Entry, Kind
from katalog.domain.events import EntriesChanged, EntriesRead, Event, LegsChanged, LegsRead, LegsWithdrawn, LinkLost
from katalog.live import directory as module
from katalog.live.directory import Directory
from katalog.live.link import LinkState
from tests.live.directories import OUT, RINGING, calls, directory, leg, presences, read, shown, tell

ANNA = Entry("1", "100", "Anna")
BENGT = Entry("2", "101", "Bengt")
CECILIA = Entry("3", "102", "Cecilia")
SECRET = Entry("9", "199", "Secret", hidden=True)


def replace(entry: Entry, **fields: object) -> Entry:
    return msgspec.structs.replace(entry, **fields)


def names(of: Directory, *, hidden: bool = True) -> list[str]:
    """In the order of the list, which must be the same in both forms that readers get."""
    entries = [entry.name for entry in of.entries(hidden=hidden)]
    assert [contact["name"] for contact in msgspec.json.decode(b"".join(of.contacts(hidden=hidden).plain()))] == entries
    return entries


# -- lists ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bulk", [1, 500])
def test_the_list_is_in_the_order_of_extension_name_id_by_code_point(
    monkeypatch: pytest.MonkeyPatch, bulk: int
) -> None:
    monkeypatch.setattr(module, "_BULK", bulk)
    ordered = [
        Entry("5", "+46", "a"),
        Entry("4", "08", "Ö"),
        Entry("3", "100", "Z"),
        Entry("1", "100", "a"),
        Entry("2", "100", "a"),
        Entry("0", "99", "a"),
        Entry("6", "Å", "a"),
    ]
    one = directory(*reversed(ordered))
    assert list(one.entries(hidden=True)) == ordered
    assert [contact["extension"] for contact in msgspec.json.decode(b"".join(one.contacts(hidden=True).plain()))] == [
        entry.extension for entry in ordered
    ]


def test_an_empty_directory_is_an_empty_array() -> None:
    one = directory()
    assert one.contacts(hidden=True).plain() == one.contacts(hidden=False).plain() == (b"[]",)
    assert len(one) == 0


def test_a_changed_extension_moves_an_entry_in_the_list() -> None:
    one = directory(ANNA, BENGT, CECILIA)
    one.apply(EntriesChanged((replace(ANNA, extension="1011"),)))
    assert names(one) == ["Bengt", "Anna", "Cecilia"]
    assert len(one) == 3


def test_a_list_goes_on_after_the_last_key_seen_even_if_that_entry_is_gone() -> None:
    one = directory(ANNA, BENGT, SECRET, CECILIA)
    assert list(one.entries(hidden=False, after=ANNA.key)) == [BENGT, CECILIA]
    assert list(one.entries(hidden=True, after=BENGT.key)) == [CECILIA, SECRET]
    one.apply(EntriesChanged(removed=("2",)))
    assert list(one.entries(hidden=False, after=BENGT.key)) == [CECILIA]
    assert list(one.entries(hidden=True, after=SECRET.key)) == []


def test_reading_everything_leaves_those_entries_and_no_others() -> None:
    one = directory(ANNA, BENGT)
    one.apply(EntriesRead((replace(BENGT, name="Benny"), CECILIA)))
    assert names(one) == ["Benny", "Cecilia"]
    assert one.get("1", hidden=True) is None


def test_removing_what_is_not_there_does_nothing() -> None:
    one = directory(ANNA)
    version = one.version
    one.apply(EntriesChanged(removed=("2", "3")))
    assert (names(one), one.version) == (["Anna"], version)


# -- hidden --------------------------------------------------------------------------------------------


def test_a_hidden_entry_does_not_exist_for_those_who_do_not_see_it() -> None:
    one = directory(ANNA, SECRET)
    assert names(one, hidden=False) == ["Anna"]
    assert one.get("9", hidden=False) is one.find("199", hidden=False) is None
    assert names(one, hidden=True) == ["Anna", "Secret"]
    assert one.get("9", hidden=True) is one.find("199", hidden=True) is SECRET


def test_of_a_shared_number_those_who_do_not_see_the_hidden_entry_get_the_next() -> None:
    hidden = Entry("1", "08123456", "A", hidden=True)
    one = directory(hidden, Entry("2", "08123456", "B"), logins={"1"})
    assert one.find("08123456", hidden=True) is hidden
    found = one.find("08123456", hidden=False)
    assert found is not None
    assert found.id == "2"


def test_a_hidden_entry_as_stored_does_not_stand_before_another_notation() -> None:
    other = Entry("2", "08-123 456", "B")
    one = directory(Entry("1", "08123456", "A", hidden=True), other)
    assert one.find("08123456", hidden=False) is other


def test_hiding_and_showing_an_entry_changes_both_lists() -> None:
    one = directory(ANNA, BENGT)
    for hidden, seen in ((True, ["Anna"]), (False, ["Anna", "Bengt"])):
        one.apply(EntriesChanged((replace(BENGT, hidden=hidden),)))
        assert names(one, hidden=False) == seen
        assert names(one, hidden=True) == ["Anna", "Bengt"]


# -- one of many -----------------------------------------------------------------------------------------

SHARED = [
    Entry("1", "08040506", "A", kind=Kind.ROOM),
    Entry("2", "08040506", "B", kind=Kind.FUNCTION),
    Entry("3", "08040506", "C"),
    Entry("4", "08040506", "D"),
]


@pytest.mark.parametrize(
    ("entries", "logins", "chosen"),
    [
        (SHARED, {"1", "4"}, "4"),
        (SHARED, {"2"}, "2"),
        (SHARED, {"3", "4"}, "3"),
        (SHARED, set(), "3"),
        (SHARED[:2], set(), "1"),
        (SHARED[:2], {"2"}, "2"),
    ],
    ids=["login and person", "login before person", "first of two logins", "person before room", "first", "login"],
)
@pytest.mark.parametrize("asked", ["08040506", "+46 8 04 05 06"])
def test_of_a_shared_number_the_entry_somebody_logs_in_with_else_a_person_else_the_first(
    entries: list[Entry], logins: set[str], chosen: str, asked: str
) -> None:
    for order in (entries, entries[::-1]):
        found = directory(*order, logins=logins).find(asked, hidden=False)
        assert found is not None
        assert found.id == chosen


def test_who_logs_in_is_asked_at_every_reading() -> None:
    logins: set[str] = set()
    one = directory(*SHARED, logins=logins)
    logins.add("1")
    found = one.find("08040506", hidden=False)
    assert found is not None
    assert found.id == "1"


def test_the_number_as_stored_is_before_another_notation_whoever_logs_in() -> None:
    one = directory(Entry("1", "08-123 456", "A"), Entry("2", "08123456", "B"), logins={"1"})
    for asked, id_ in (("08123456", "2"), ("08-123 456", "1"), ("+468123456", "1")):
        found = one.find(asked, hidden=False)
        assert found is not None
        assert found.id == id_


def test_an_unknown_number_is_nobodys() -> None:
    one = directory(ANNA)
    for asked in ("", "10", "1000", "08100", "+46100", "me", "Anna"):
        assert one.find(asked, hidden=True) is None


def test_a_login_may_mean_everyone_with_the_extension_or_the_email() -> None:
    shares = Entry("3", "anna@b.se", "Odd")
    one = directory(replace(ANNA, email="Anna@B.se"), BENGT, shares)
    assert [entry.id for entry in one.with_extension_or_email("anna@b.se")] == ["3", "1"]
    assert one.with_extension_or_email("101") == [BENGT]
    assert one.with_extension_or_email("") == []


# -- whose call it is ---------------------------------------------------------------------------------------


def test_a_call_is_of_the_entry_whose_extension_the_device_is_called_by() -> None:
    one = directory(ANNA, BENGT)
    tell(one, leg("a", "PJSIP/100", direction=OUT, linestatus=RINGING))
    assert calls(one, "1") == (Call("0701231234", OUT, RINGING),)
    assert calls(one, "2") == ()


def test_a_call_of_a_named_device_is_of_those_who_name_it_and_not_of_the_extension() -> None:
    one = directory(ANNA, replace(BENGT, devices=("PJSIP/100",)))
    tell(one, leg("a", "PJSIP/100"))
    assert (shown(one, "1"), shown(one, "2")) == ([], ["0701231234"])


def test_a_device_named_of_one_telephone_system_takes_nothing_from_the_other() -> None:
    one = directory(replace(ANNA, devices=("växel:SIP/9101",)), BENGT)
    tell(one, leg("a", "SIP/9101", "1"), pbx="växel")
    tell(one, leg("a", "SIP/9101", "2"), pbx="filial")
    assert (shown(one, "1"), shown(one, "2")) == (["1"], ["2"])


def test_a_shared_extension_shows_the_call_on_everyone_who_has_it() -> None:
    room = Entry("2", "100", "Room", kind=Kind.ROOM)
    one = directory(ANNA, room, CECILIA)
    tell(one, leg("a", "PJSIP/100"))
    assert shown(one, "1") == shown(one, "2") == ["0701231234"]


def test_a_device_of_nobody_is_shown_on_nobody() -> None:
    one = directory(ANNA)
    version = one.version
    tell(one, leg("a", "PJSIP/999"), leg("b", "DAHDI/1"), leg("c", "Local/100@x"))
    assert one.version == version
    tell(one, ended=("a", "b", "c"))
    assert one.version == version


def test_the_calls_of_an_entry_are_in_the_order_in_which_they_began() -> None:
    one = directory(replace(ANNA, devices=("PJSIP/100", "växel:SIP/1", "SIP/2")))
    tell(one, leg("z", "SIP/2", "first"), pbx="filial")
    tell(one, leg("b", "PJSIP/100", "second"))
    tell(one, leg("a", "SIP/1", "third"))
    assert shown(one, "1") == ["first", "second", "third"]
    tell(one, leg("z", "SIP/2", "first", linestatus=RINGING), pbx="filial")
    assert shown(one, "1") == ["first", "second", "third"]


def test_a_change_of_entries_leaves_the_order_of_calls() -> None:
    one = directory(replace(ANNA, devices=("PJSIP/100", "SIP/2")), BENGT)
    tell(one, leg("moves", "PJSIP/101", "moved"))
    tell(one, leg("z", "SIP/2", "first"), pbx="filial")
    tell(one, leg("b", "PJSIP/100", "second"))
    tell(one, leg("moves", "PJSIP/100", "moved"))
    assert shown(one, "1") == ["first", "second", "moved"]
    before = one.contact(ANNA)
    version = one.version
    one.apply(EntriesChanged((CECILIA,)))
    assert one.contact(ANNA) == before
    assert one.version == version + 1  # Cecilia's


# -- the other end ------------------------------------------------------------------------------------------


def test_the_other_end_is_shown_as_it_was_presented_and_withheld_as_empty() -> None:
    one = directory(ANNA)
    for number in ("+46 70 123", "anonymous", ""):
        tell(one, leg("a", "PJSIP/100", number))
        assert shown(one, "1") == [number]


def test_an_internal_party_is_shown_by_the_extension_of_whose_device_it_is() -> None:
    one = directory(ANNA, Entry("2", "08123456", "Bengt", devices=("PJSIP/101",)))
    tell(one, leg("a", "PJSIP/100", "101", peer="PJSIP/101"), leg("b", "PJSIP/101", "x", peer="PJSIP/100"))
    assert (shown(one, "1"), shown(one, "2")) == (["08123456"], ["100"])


def test_a_peer_whose_device_is_nobodys_is_shown_by_its_number() -> None:
    one = directory(ANNA)
    tell(one, leg("a", "PJSIP/100", "555", peer="PJSIP/999"))
    assert shown(one, "1") == ["555"]


def test_an_internal_number_is_shown_as_the_extension_that_the_organisation_knows() -> None:
    """FreePBX: its extension 101 is the telephone of 08123456, and 101 is what it presents."""
    bengt = Entry("2", "08123456", "Bengt", devices=("växel:PJSIP/101",))
    one = directory(ANNA, bengt)
    tell(one, leg("a", "PJSIP/100", "101"))
    tell(one, leg("a", "SIP/9100", "101"), pbx="filial")
    assert shown(one, "1") == ["08123456", "101"]


def test_an_internal_number_that_is_somebodys_own_extension_stays() -> None:
    one = directory(ANNA, BENGT, Entry("3", "08123456", "C", devices=("PJSIP/101",)))
    tell(one, leg("a", "PJSIP/100", "101"))
    assert shown(one, "1") == ["101"]


def test_a_withheld_number_is_nobodys_internal_number() -> None:
    one = Directory("SE", presences(), {"växel": DevicePattern(r"^PJSIP/(?P<extension>\d*)")})
    one.apply(EntriesChanged((ANNA, Entry("2", "08123456", "Fax", devices=("PJSIP/fax",)))))
    tell(one, leg("a", "PJSIP/100", ""))
    assert shown(one, "1") == [""]


def test_a_party_of_many_is_the_one_somebody_logs_in_with() -> None:
    room = Entry("2", "08-1", "Room", kind=Kind.ROOM, devices=("PJSIP/101",))
    person = Entry("3", "08-2", "Person", devices=("PJSIP/101",))
    for logins, extension in ((set(), "08-2"), ({"2"}, "08-1")):
        one = directory(ANNA, room, person, logins=logins)
        tell(one, leg("a", "PJSIP/100", "x", peer="PJSIP/101"), leg("b", "PJSIP/100", "101"))
        assert shown(one, "1") == [extension, extension]


# -- legs come and go -------------------------------------------------------------------------------------------


def test_a_leg_begins_changes_and_ends() -> None:
    one = directory(ANNA)
    tell(one, leg("a", "PJSIP/100", linestatus=RINGING))
    tell(one, leg("a", "PJSIP/100", "0702222222"))
    assert calls(one, "1") == (Call("0702222222", Direction.IN, LineStatus.UP),)
    tell(one, ended=("a",))
    assert calls(one, "1") == ()
    assert one.links["växel"].legs == {}


def test_a_leg_that_changes_device_changes_owner() -> None:
    one = directory(ANNA, BENGT)
    tell(one, leg("a", "PJSIP/100"))
    tell(one, leg("a", "PJSIP/101"))
    assert (shown(one, "1"), shown(one, "2")) == ([], ["0701231234"])
    tell(one, ended=("a",))
    assert (shown(one, "1"), shown(one, "2")) == ([], [])


def test_the_end_of_a_leg_that_nobody_told_of_is_ignored() -> None:
    one = directory(ANNA)
    tell(one, leg("a", "PJSIP/100"))
    version = one.version
    tell(one, ended=("b",))
    tell(one, ended=("a",), pbx="filial")
    assert (shown(one, "1"), one.version) == (["0701231234"], version)


def test_legs_of_the_same_id_on_two_telephone_systems_are_two() -> None:
    one = directory(ANNA)
    tell(one, leg("a", "PJSIP/100", "1"), pbx="växel")
    tell(one, leg("a", "SIP/9100", "2"), pbx="filial")
    tell(one, ended=("a",), pbx="växel")
    assert shown(one, "1") == ["2"]


def test_reading_a_telephone_system_leaves_those_legs_and_the_other_systems() -> None:
    one = directory(ANNA, BENGT)
    tell(one, leg("a", "PJSIP/100", "1"), leg("b", "PJSIP/101", "2"), leg("c", "PJSIP/100", "3"))
    tell(one, leg("d", "SIP/9100", "4"), pbx="filial")
    read(one, leg("c", "PJSIP/100", "5"), leg("e", "PJSIP/101", "6"))
    assert (shown(one, "1"), shown(one, "2")) == (["5", "4"], ["6"])


def test_withdrawn_calls_are_those_of_the_lost_telephone_system() -> None:
    one = directory(ANNA)
    read(one, leg("a", "PJSIP/100", "1"))
    read(one, leg("b", "SIP/9100", "2"), pbx="filial")
    one.apply(LegsWithdrawn("växel"))
    assert shown(one, "1") == ["2"]
    read(one, leg("a", "PJSIP/100", "1"))
    assert shown(one, "1") == ["2", "1"]


# -- entries change while calls are up -----------------------------------------------------------------------------


def test_a_device_that_moves_to_another_person_takes_its_call_along() -> None:
    one = directory(replace(ANNA, devices=("PJSIP/x",)), BENGT)
    tell(one, leg("a", "PJSIP/x"))
    one.apply(EntriesChanged((ANNA, replace(BENGT, devices=("PJSIP/x",)))))
    assert (shown(one, "1"), shown(one, "2")) == ([], ["0701231234"])


def test_a_new_entry_gets_the_call_that_is_up_on_its_telephone() -> None:
    one = directory(ANNA)
    tell(one, leg("a", "PJSIP/101"))
    one.apply(EntriesChanged((BENGT,)))
    assert shown(one, "2") == ["0701231234"]


def test_naming_a_device_takes_its_call_from_whom_it_was_by_its_name_and_removing_gives_it_back() -> None:
    one = directory(ANNA)
    tell(one, leg("a", "PJSIP/100"))
    one.apply(EntriesChanged((replace(BENGT, devices=("PJSIP/100",)),)))
    assert (shown(one, "1"), shown(one, "2")) == ([], ["0701231234"])
    one.apply(EntriesChanged(removed=("2",)))
    assert shown(one, "1") == ["0701231234"]


def test_an_entry_that_is_removed_and_comes_back_while_its_call_is_up_has_the_call() -> None:
    one = directory(ANNA)
    tell(one, leg("a", "PJSIP/100"))
    one.apply(EntriesChanged(removed=("1",)))
    one.apply(EntriesChanged((ANNA,)))
    assert shown(one, "1") == ["0701231234"]
    one.apply(EntriesChanged(removed=("1",)))
    tell(one, ended=("a",))
    one.apply(EntriesChanged((ANNA,)))
    assert shown(one, "1") == []


def test_when_the_extension_of_the_other_end_changes_the_call_is_shown_anew() -> None:
    bengt = replace(BENGT, devices=("PJSIP/x", "PJSIP/7"))
    one = directory(ANNA, bengt)
    tell(one, leg("a", "PJSIP/100", "n", peer="PJSIP/x"), leg("b", "PJSIP/100", "7"))
    assert shown(one, "1") == ["101", "101"]
    one.apply(EntriesChanged((replace(bengt, extension="08123456"),)))
    assert shown(one, "1") == ["08123456", "08123456"]
    one.apply(EntriesChanged(removed=("2",)))
    assert shown(one, "1") == ["n", "7"]


# -- the link -------------------------------------------------------------------------------------------------------


def test_calls_are_live_once_every_telephone_system_was_read_and_until_one_is_lost() -> None:
    one = directory(ANNA)

    def after(event: Event) -> bool:
        one.apply(event)
        return one.calls_are_live

    assert not one.calls_are_live
    assert not after(LegsRead("växel", ()))
    assert after(LegsRead("filial", ()))
    assert not after(LinkLost("växel", "timeout"))
    assert not after(LegsWithdrawn("växel"))
    assert not after(LegsChanged("växel", (leg("a", "PJSIP/100"),)))
    assert after(LegsRead("växel", ()))


def test_without_a_telephone_system_there_is_no_call_that_is_not_known() -> None:
    assert Directory("SE", presences(), {}).calls_are_live


def test_a_lost_link_leaves_its_calls_as_they_were_last_known() -> None:
    one = directory(ANNA)
    read(one, leg("a", "PJSIP/100"))
    version = one.version
    one.apply(LinkLost("växel", "timeout"))
    assert (shown(one, "1"), one.version) == (["0701231234"], version)


async def test_who_waits_for_changes_looks_again_when_a_link_is_lost_and_when_it_is_back() -> None:
    one = directory(ANNA)
    read(one)
    for event in (LinkLost("växel", "timeout"), LegsRead("växel", ())):
        waiting = asyncio.create_task(one.changes.wait())
        await asyncio.sleep(0)
        one.apply(event)
        async with asyncio.timeout(5):
            await waiting


def test_a_link_says_how_it_is_since_when_and_why() -> None:
    now = [100.0]
    one = directory(now=now)
    link = one.links["växel"]

    def told() -> tuple[LinkState, float | None, str]:
        return link.state, link.since, link.reason

    assert told() == (LinkState.WITHDRAWN, None, "")
    one.apply(LinkLost("växel", "refused"))
    assert told() == (LinkState.WITHDRAWN, None, "refused")
    now[0] = 200.0
    read(one)
    assert told() == (LinkState.LIVE, 200.0, "")
    now[0] = 300.0
    read(one)
    assert told() == (LinkState.LIVE, 200.0, "")
    one.apply(LinkLost("växel", "timeout"))
    assert told() == (LinkState.STALE, 300.0, "timeout")
    now[0] = 400.0
    one.apply(LinkLost("växel", "refused"))
    assert told() == (LinkState.STALE, 300.0, "refused")
    one.apply(LegsWithdrawn("växel"))
    assert told() == (LinkState.WITHDRAWN, 300.0, "refused")


def test_a_link_counts_what_its_telephone_system_tells_and_nothing_else() -> None:
    one = directory(ANNA)
    read(one, leg("a", "PJSIP/100"))
    tell(one, leg("a", "PJSIP/100", "2"))
    tell(one, ended=("a",), pbx="filial")
    one.apply(LinkLost("växel", "timeout"))
    one.apply(LegsWithdrawn("växel"))
    one.apply(EntriesChanged((BENGT,)))
    assert (one.links["växel"].events, one.links["filial"].events) == (2, 1)


# -- versions and encoded bytes ----------------------------------------------------------------------------------------


def test_what_was_told_before_moves_nothing() -> None:
    one = directory(ANNA, BENGT)
    legs = (leg("a", "PJSIP/100"), leg("b", "PJSIP/101", peer="PJSIP/100"))
    read(one, *legs)
    version, encoded = one.version, one.contacts(hidden=True).plain()
    tell(one, *legs)
    read(one, *reversed(legs))
    one.apply(EntriesChanged((ANNA,)))
    one.apply(EntriesRead((BENGT, ANNA)))
    assert one.version == version
    assert one.contacts(hidden=True).plain() is encoded


def test_a_change_encodes_the_entry_that_changed_and_no_other() -> None:
    one = directory(ANNA, BENGT)
    before = {entry.id: one.contact(entry) for entry in (ANNA, BENGT)}
    tell(one, leg("a", "PJSIP/100"))
    assert one.contact(BENGT) is before["2"]
    assert one.contact(ANNA) != before["1"]


def test_a_call_that_does_not_show_in_the_other_ends_number_moves_nothing() -> None:
    one = directory(ANNA, BENGT)
    tell(one, leg("a", "PJSIP/100", "101"))
    version = one.version
    tell(one, leg("a", "PJSIP/100", "x", peer="PJSIP/101"))
    assert (shown(one, "1"), one.version) == (["101"], version)


def test_how_an_entry_is_wired_is_shown_in_full_only() -> None:
    one = directory(replace(ANNA, devices=("PJSIP/100",)))
    entry = one.get("1", hidden=False)
    assert entry is not None
    assert one.view(entry, full=True).devices == ("PJSIP/100",)
    assert one.view(entry, full=False).devices is msgspec.UNSET


def test_a_person_has_the_profile_that_holds_and_a_room_none() -> None:
    room = Entry("2", "100", "Room", kind=Kind.ROOM)
    one = directory(ANNA, room)
    profile = one.profile(ANNA)
    assert profile is not None
    assert one.view(ANNA, full=False).profile == profile
    assert one.profile(room) is one.view(room, full=False).profile is None
