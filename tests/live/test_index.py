"""Finding entries by extension, number, e-mail and device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.device import DevicePattern
from katalog.domain.entry import Entry
from katalog.live.index import Index
from katalog.live.keyed import Ids
from tests.live.directories import PATTERNS


def index(*entries: Entry) -> Index:
    return index_of({entry.id: entry for entry in entries})


def index_of(entries: dict[str, Entry]) -> Index:
    return Index("SE", {name: DevicePattern(pattern) for name, pattern in PATTERNS.items()}, entries)


def found(among: Index, number: str) -> list[Ids]:
    return [ids for ids in among.find(number) if ids]


def test_a_number_as_an_extension_is_nearer_than_as_a_further_number_and_both_than_another_notation() -> None:
    among = index(
        Entry("further", "100", "A", numbers=("08123456",)),
        Entry("otherwise", "08-123 456", "B"),
        Entry("extension", "08123456", "C"),
    )
    extension, further, any_notation = found(among, "08123456")
    assert (extension, further) == (("extension",), ("further",))
    assert set(any_notation) == {"extension", "further", "otherwise"}


@pytest.mark.parametrize("stored", ["08-123 456", "08123456", "+468123456", "00468123456", "0046 (0)8 123456"])
@pytest.mark.parametrize("asked", ["08-123 456", "08123456", "+468123456", "00468123456", "+46 8 12 34 56"])
@pytest.mark.parametrize("further", [False, True])
def test_a_number_is_found_in_any_notation_of_the_same_number(stored: str, asked: str, further: bool) -> None:
    entry = Entry("1", "100", "A", numbers=(stored,)) if further else Entry("1", stored, "A")
    assert set(found(index(entry), asked)) == {("1",)}


def test_an_entry_that_has_a_number_more_than_once_is_found_once() -> None:
    among = index(Entry("1", "08123456", "A", numbers=("+468123456", "08-123 456"), devices=("SIP/7", "PJSIP/7")))
    assert found(among, "00468123456") == [("1",)]
    assert among.internal("växel", "7") == ("1",)


@pytest.mark.parametrize("asked", ["10 0", "0100", "+46100", "0046100", "１００", "100 ", "08100", "100#"])
def test_a_short_internal_number_is_found_only_as_it_is_stored(asked: str) -> None:
    among = index(Entry("1", "100", "A", numbers=("200",)))
    assert found(among, "100") == [("1",)]
    assert found(among, "200") == [("1",)]
    assert found(among, asked) == []


def test_numbers_that_end_alike_are_no_other_notations_and_a_mobile_or_a_range_is_not_found_by_them() -> None:
    among = index(
        Entry("Stockholm", "08-123 456", "A"),
        Entry("Göteborg", "031-123 456", "B"),
        Entry("mobile", "100", "C", mobile="08-123 456"),
        Entry("range", "101", "D", numbers=("08-123 400–56",)),
        Entry("spaced", "102", "E", numbers=("0 8 - 1 2 - 3 4 - 5 6",)),
    )
    assert found(among, "+468123456") == [("Stockholm", "spaced")]
    assert among.perhaps("08123456") >= {"Stockholm", "mobile", "range", "spaced"}


def test_a_login_is_an_extension_or_an_email_in_any_case_and_no_further_number() -> None:
    among = index(
        Entry("1", "100", "A", email="Anna@Exempel.SE", numbers=("200",)),
        Entry("2", "101", "B", email="ANNA@exempel.se"),
        Entry("3", "102", "C"),
    )
    assert among.logins("100") == ("1",)
    assert among.logins("anna@EXEMPEL.se") == ("1", "2")
    assert among.logins("200") == ()
    assert among.logins("") == ()


def test_a_device_belongs_to_those_who_name_it_and_then_to_nobody_by_its_name() -> None:
    among = index(
        Entry("names", "300", "A", devices=("PJSIP/100",)),
        Entry("names too", "301", "B", devices=("PJSIP/100", "PJSIP/x")),
        Entry("by pattern", "100", "C"),
    )
    assert among.owners("växel", "PJSIP/100") == ("names", "names too")
    assert among.owners("växel", "SIP/100") == ("by pattern",)
    assert among.owners("växel", "PJSIP/x") == ("names too",)
    assert among.owners("växel", "PJSIP/300") == ("names",)


def test_a_device_named_of_one_telephone_system_is_another_device_on_the_other() -> None:
    among = index(Entry("1", "300", "A", devices=("växel:SIP/9100",)), Entry("2", "100", "B"))
    assert among.owners("växel", "SIP/9100") == ("1",)
    assert among.owners("filial", "SIP/9100") == ("2",)


def test_each_telephone_system_reads_names_by_its_own_pattern() -> None:
    among = index(Entry("1", "100", "A"), Entry("2", "9100", "B"))
    assert among.owners("växel", "SIP/9100") == ("2",)
    assert among.owners("filial", "SIP/9100") == ("1",)
    assert among.owners("filial", "PJSIP/100") == ()
    assert among.owners("växel", "DAHDI/1") == ()


def test_by_its_name_a_device_is_of_the_extension_before_the_further_number_and_of_no_other_notation() -> None:
    entries = {"further": Entry("further", "300", "A", numbers=("100", "08123456"))}
    among = index_of(entries)
    assert among.owners("växel", "PJSIP/100") == ("further",)
    assert among.owners("växel", "PJSIP/+468123456") == ()
    entries["extension"] = Entry("extension", "100", "B")
    among.add(entries["extension"])
    assert among.owners("växel", "PJSIP/100") == ("extension",)


def test_an_internal_number_is_of_those_who_name_the_device_that_the_telephone_system_calls_so() -> None:
    among = index(Entry("1", "08123456", "A", devices=("PJSIP/101",)))
    assert among.internal("växel", "101") == ("1",)
    assert among.internal("filial", "101") == ()
    assert among.internal("växel", "08123456") == ()
    assert among.internal("växel", "102") == ()


def test_an_internal_number_of_a_device_on_one_telephone_system_is_nobodys_on_the_other() -> None:
    among = index(Entry("1", "08123456", "A", devices=("filial:SIP/9101",)))
    assert among.internal("filial", "101") == ("1",)
    assert among.internal("växel", "9101") == ()


def test_an_internal_number_that_is_somebodys_extension_is_theirs() -> None:
    among = index(Entry("1", "08123456", "A", devices=("PJSIP/101",)), Entry("2", "101", "B"))
    assert among.internal("växel", "101") == ()


ENTRIES = st.builds(
    Entry,
    id=st.sampled_from("abc"),
    extension=st.sampled_from(["100", "08123456", "+468123456"]),
    name=st.just("x"),
    email=st.sampled_from(["", "a@b", "A@b"]),
    numbers=st.lists(st.sampled_from(["100", "08-123 456", "08123456"]), max_size=2).map(tuple),
    devices=st.lists(st.sampled_from(["PJSIP/100", "växel:PJSIP/100", "SIP/9100"]), max_size=2).map(tuple),
)


ASKED = ["100", "08123456", "+468123456", "a@b", "PJSIP/100", "SIP/9100", "9100"]


def everything(among: Index) -> list[object]:
    """All that it says of what it may be asked."""
    found: list[object] = []
    for text in ASKED:
        found += [set(among.logins(text)), [set(ids) for ids in among.find(text)], among.perhaps(text)]
        found += [set(ask(pbx, text)) for pbx in PATTERNS for ask in (among.owners, among.internal, among.at)]
    return found


@given(st.lists(st.tuples(ENTRIES, st.booleans(), st.booleans()), max_size=12))
def test_an_entry_that_is_put_in_or_taken_out_is_as_if_the_index_were_made_anew(
    steps: list[tuple[Entry, bool, bool]],
) -> None:
    """`stays`, else it is taken out; `asked`: the index is made, or kept, at that step."""
    entries: dict[str, Entry] = {}
    among = index_of(entries)
    for entry, stays, asked in steps:
        if (before := entries.pop(entry.id, None)) is not None:
            among.discard(before)
        if stays:
            entries[entry.id] = entry
            among.add(entry)
        if asked:
            assert everything(among) == everything(index_of(entries))
    assert everything(among) == everything(index_of(entries))
    among.forget()
    assert everything(among) == everything(index_of(entries))
