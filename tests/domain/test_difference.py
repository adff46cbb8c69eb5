"""What an import would make of an entry."""

import msgspec

from katalog.domain.difference import Action, Difference, details
from katalog.domain.entry import Entry

ANNA = Entry("1", "101", "Anna", title="Vd", keywords=("support",), revision=3)


def test_of_a_new_one_what_it_has_is_told() -> None:
    told = Difference.of(None, Entry("1", "101", "Anna"))
    fields = {"extension": [None, "101"], "name": [None, "Anna"], "kind": [None, "person"]}
    assert told == Difference(Action.ADDED, None, "101", "Anna", fields)


def test_of_one_that_is_there_what_differs_is_told() -> None:
    new = msgspec.structs.replace(ANNA, name="Anna Ek", keywords=(), revision=4)
    told = Difference.of(ANNA, new)
    assert told == Difference(
        Action.CHANGED, "1", "101", "Anna Ek", {"name": ["Anna", "Anna Ek"], "keywords": [("support",), ()]}
    )
    assert details(ANNA, msgspec.structs.replace(ANNA, revision=9)) == {}


def test_of_one_that_goes_it_is_told_who_that_was() -> None:
    assert Difference.removed(ANNA) == Difference(Action.REMOVED, "1", "101", "Anna", {})
