"""What is kept of an entry, and the order of lists."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.entry import Entry, Kind


def test_an_entry_needs_only_an_id_an_extension_and_a_name() -> None:
    entry = Entry("1", "100", "Anna")
    assert entry.kind is Kind.PERSON
    assert (entry.email, entry.mobile, entry.source_id, entry.hidden) == ("", "", "", False)
    assert (entry.keywords, entry.numbers, entry.devices) == ((), (), ())


def test_an_entry_without_more_is_new_and_has_empty_texts() -> None:
    entry = Entry("1", "100", "Anna")
    assert (entry.title, entry.department, entry.location, entry.revision) == ("", "", "", 0)


def test_the_kinds_are_called_as_the_api_and_the_store_call_them() -> None:
    assert [str(kind) for kind in Kind] == ["person", "room", "function"]


def test_an_entry_cannot_be_changed_in_place() -> None:
    entry = Entry("1", "100", "Anna")
    with pytest.raises(AttributeError):
        entry.extension = "101"  # type: ignore[misc]


def test_lists_are_ordered_by_extension_then_name_then_id() -> None:
    ordered = [
        Entry("9", "08", "Z"),
        Entry("8", "100", "A"),
        Entry("1", "100", "B"),
        Entry("2", "100", "B"),
        Entry("0", "9", "A"),
    ]
    for shuffled in itertools.permutations(ordered):
        assert sorted(shuffled, key=lambda entry: entry.key) == ordered


@given(st.text(), st.text())
def test_the_order_is_by_code_point_and_knows_no_language(one: str, other: str) -> None:
    assert (Entry("1", one, "x").key < Entry("1", other, "x").key) == (list(map(ord, one)) < list(map(ord, other)))
    assert (Entry("1", "x", one).key < Entry("1", "x", other).key) == (list(map(ord, one)) < list(map(ord, other)))
