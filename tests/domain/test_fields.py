"""What is accepted of a field, and how it is kept."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain import fields
from katalog.domain.entry import Kind
from katalog.errors import Invalid


@pytest.mark.parametrize(
    ("field", "given_", "kept"),
    [
        ("extension", " 08-123 456 ", "08-123 456"),
        ("name", "Åsa\r\nÖst", "Åsa\nÖst"),
        ("title", None, ""),
        ("email", " a@b.se", "a@b.se"),
        ("email", "", ""),
        ("mobile", None, ""),
        ("keywords", [" a ", "b", "a", ""], ("a", "b")),
        ("keywords", None, ()),
        ("numbers", ("101", "08 1"), ("101", "08 1")),
        ("devices", ["PJSIP/100", "växel:SIP/å"], ("PJSIP/100", "växel:SIP/å")),
        ("kind", None, Kind.PERSON),
        ("kind", "", Kind.PERSON),
        ("kind", "room", Kind.ROOM),
        ("hidden", None, False),
        ("hidden", True, True),
    ],
)
def test_what_is_kept(field: str, given_: Any, kept: Any) -> None:
    assert fields.check(field, given_) == kept


@pytest.mark.parametrize(
    ("field", "wrong", "reason"),
    [
        ("extension", None, "required"),
        ("extension", " ", "required"),
        ("extension", "ME", "logged in"),
        ("extension", "1\n2", "control"),
        ("extension", "1" * 65, "64"),
        ("extension", 100, "string"),
        ("name", "", "required"),
        ("name", "a\x00", "control"),
        ("name", "a\ud800", "control"),
        ("name", "x" * 201, "200"),
        ("email", "anna", "e-mail"),
        ("email", "a@b@c", "e-mail"),
        ("email", "a b@c", "e-mail"),
        ("mobile", "1\n2", "control"),
        ("keywords", "a", "array"),
        ("keywords", [1], "string"),
        ("keywords", ["a;b"], "contain"),
        ("keywords", [str(number) for number in range(101)], "100"),
        ("numbers", ["1,2"], "contain"),
        ("devices", ["100"], "PJSIP/100"),
        ("kind", "robot", "room"),
        ("kind", 3, "room"),
        ("hidden", "yes", "true or false"),
    ],
)
def test_what_is_refused_and_why(field: str, wrong: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason) as told:
        fields.check(field, wrong, called="Column")
    assert told.value.field == "Column"
    assert told.value.message("sv") != told.value.message("en")


@given(st.sampled_from(sorted(fields.FIELDS)), st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_what_is_kept_is_kept_again_as_it_is(field: str, value: Any) -> None:
    """So a value that was read can be sent back, and an export imported."""
    try:
        kept = fields.check(field, value)
    except Invalid:
        return
    assert fields.check(field, kept) == kept
