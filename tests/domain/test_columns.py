"""What an export writes of a field, an import reads as the same value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain import columns, fields
from katalog.domain.columns import COLUMNS, named
from katalog.domain.entry import Kind
from katalog.errors import Invalid


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_a_column_is_known_by_both_names_in_any_case(column: columns.Column) -> None:
    for name in (column.name, column.swedish, column.name.upper(), f" {column.swedish.title()} "):
        assert named(name) == column
    assert named("nobody") is None


def test_a_near_name_is_suggested() -> None:
    assert columns.nearest("anknytningar") == "anknytning"
    assert columns.nearest("qqqqqq") is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("keywords", "a; b,c\nd,,", ("a", "b", "c", "d")),
        ("numbers", "101, 08-1", ("101", "08-1")),
        ("devices", " PJSIP/1  SIP/2\n", ("PJSIP/1", "SIP/2")),
        ("kind", "Rum", "room"),
        ("kind", "funktion", "function"),
        ("kind", "", "person"),
        ("hidden", "JA", True),
        ("hidden", "x", True),
        ("hidden", "", False),
        ("hidden", "Falskt", False),
        ("name", "A\rB", "A\nB"),
        ("name", "A\r\nB", "A\nB"),
    ],
)
def test_a_cell_is_read_as(name: str, text: str, value: object) -> None:
    column = named(name)
    assert column is not None
    assert column.parse(text) == value


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("keywords", ("a", "b c"), "a, b c"),
        ("numbers", ("101", "08-1"), "101, 08-1"),
        ("devices", ("PJSIP/1", "växel:SIP/2"), "PJSIP/1 växel:SIP/2"),
        ("keywords", (), ""),
        ("kind", Kind.ROOM, "room"),
        ("hidden", True, "yes"),
        ("hidden", False, "no"),
        ("name", "Åsa\nÖst", "Åsa\nÖst"),
    ],
)
def test_a_value_is_written_as(name: str, value: object, text: str) -> None:
    column = named(name)
    assert column is not None
    assert column.render(value) == text
    assert column.parse(text) == value


def test_every_field_that_is_checked_has_one_column_and_every_column_a_field() -> None:
    assert sorted(column.field for column in COLUMNS) == sorted(fields.FIELDS)
    assert {field: column.field for field, column in columns.OF_FIELD.items()} == {name: name for name in fields.FIELDS}


@pytest.mark.parametrize(
    ("words", "kind"),
    [("person Person", Kind.PERSON), ("rum room ROOM", Kind.ROOM), ("funktion function", Kind.FUNCTION)],
)
def test_a_kind_has_a_word_in_each_language(words: str, kind: Kind) -> None:
    assert [columns.OF_FIELD["kind"].parse(f" {word} ") for word in words.split()] == [kind] * len(words.split())


@pytest.mark.parametrize(
    ("words", "hidden"),
    [(["true", "yes", "ja", "1", "x", "SANT", " Ja\n"], True), (["false", "no", "nej", "0", "FALSKT", " "], False)],
)
def test_yes_and_no_in_every_word_that_a_spreadsheet_or_a_person_has_for_them(words: list[str], hidden: bool) -> None:
    assert [columns.OF_FIELD["hidden"].parse(word) for word in words] == [hidden] * len(words)


def test_a_row_must_have_what_an_entry_cannot_be_without() -> None:
    for field in fields.FIELDS:
        try:
            fields.check(field, None)
        except Invalid:
            assert field in columns.REQUIRED
        else:
            assert field not in columns.REQUIRED
    assert set(columns.REQUIRED) <= set(fields.FIELDS)


def test_a_wrong_cell_is_told_by_the_columns_name() -> None:
    column = named("dold")
    assert column is not None
    with pytest.raises(Invalid) as told:
        column.parse("kanske")
    assert told.value.message("en") == "hidden: must be yes, no or empty"
    assert told.value.message("sv") == "hidden: ska vara ja, nej eller tom"


@given(st.sampled_from(COLUMNS), st.text(max_size=60))
def test_render_and_parse_are_each_others_inverse(column: columns.Column, text: str) -> None:
    try:
        value = column.parse(text)
    except Invalid:
        return
    assert column.parse(column.render(value)) == value
