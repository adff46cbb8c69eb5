"""What is accepted of a field, and how it is kept."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain import fields
from katalog.domain.entry import Entry, Kind
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
        ("numbers", ["199–100"], "ends before it begins"),
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


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("extension", "1" * 64),
        ("mobile", "1" * 64),
        ("name", "å" * 200),
        ("title", "x" * 200),
        ("email", "a@" + "b" * 252),
    ],
)
def test_a_text_may_be_as_long_as_is_said_and_no_longer(field: str, longest: str) -> None:
    assert fields.check(field, f" {longest} ") == longest
    with pytest.raises(Invalid, match=str(len(longest))):
        fields.check(field, longest + "1")


@pytest.mark.parametrize(
    ("field", "longest"), [("keywords", "x" * 100), ("numbers", "1" * 64), ("devices", "PJSIP/" + "1" * 194)]
)
def test_a_list_may_have_a_hundred_items_each_as_long_as_is_said(field: str, longest: str) -> None:
    items = [f"{longest[:-3]}{number:03}" for number in range(100)]
    assert fields.check(field, items) == tuple(items)
    with pytest.raises(Invalid, match="100"):
        fields.check(field, [*items, longest])
    with pytest.raises(Invalid, match=str(len(longest))):
        fields.check(field, [longest + "1"])


@pytest.mark.parametrize("field", ["name", "title", "department", "location"])
def test_only_what_is_read_by_people_may_have_lines(field: str) -> None:
    assert fields.check(field, "a\nb") == "a\nb"
    for other in ("extension", "mobile"):
        with pytest.raises(Invalid):
            fields.check(other, "1\n2")


@given(st.sampled_from(sorted(fields.FIELDS)), st.text() | st.none() | st.integers() | st.lists(st.text()))
def test_what_is_kept_is_kept_again_as_it_is(field: str, value: Any) -> None:
    """So a value that was read can be sent back, and an export imported."""
    try:
        kept = fields.check(field, value)
    except Invalid:
        return
    assert fields.check(field, kept) == kept


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("extension", 64),
        ("name", 200),
        ("email", 254),
        ("mobile", 64),
        ("title", 200),
        ("department", 200),
        ("location", 200),
        ("source_id", 200),
    ],
)
def test_a_text_may_be_just_so_long_and_is_never_cut(field: str, longest: int) -> None:
    text = "a@b".ljust(longest, "1")
    assert fields.check(field, f" {text} ") == text
    with pytest.raises(Invalid) as told:
        fields.check(field, text + "1")
    assert told.value.message("en") == f"{field}: may have {longest} characters at most"
    assert told.value.message("sv") == f"{field}: får ha högst {longest} tecken"


@pytest.mark.parametrize(("field", "longest"), [("keywords", 100), ("numbers", 64), ("devices", 200)])
def test_a_list_may_have_a_hundred_items_each_just_so_long(field: str, longest: int) -> None:
    item = "SIP/1".ljust(longest, "1")
    assert fields.check(field, [item] * 100) == (item,)
    with pytest.raises(Invalid, match=f"may have {longest} characters"):
        fields.check(field, [item + "1"])
    with pytest.raises(Invalid) as told:
        fields.check(field, [item] * 101)
    assert told.value.message("en") == f"{field}: may have 100 items at most"
    assert told.value.message("sv") == f"{field}: får ha högst 100 delar"


@pytest.mark.parametrize("field", ["extension", "email", "mobile", "keywords", "numbers", "devices"])
def test_only_words_for_people_may_have_lines(field: str) -> None:
    text = "SIP/a\nb@c"
    with pytest.raises(Invalid, match="control characters"):
        fields.check(field, [text] if field in {"keywords", "numbers", "devices"} else text)
    for free in ("name", "title", "department", "location", "source_id"):
        assert fields.check(free, text) == text


@pytest.mark.parametrize("field", ["keywords", "numbers"])
@pytest.mark.parametrize("sign", [",", ";"])
def test_what_separates_items_in_a_cell_cannot_be_in_one(field: str, sign: str) -> None:
    with pytest.raises(Invalid, match="cannot contain , or ;"):
        fields.check(field, [f"1{sign}2"])


@pytest.mark.parametrize("field", sorted(fields.FIELDS.keys() - {"extension", "name"}))
def test_null_clears_every_field_but_the_extension_and_the_name(field: str) -> None:
    default = fields.check(field, None)
    assert default == getattr(Entry("1", "100", "Anna"), field)
    assert type(default) is type(getattr(Entry("1", "100", "Anna"), field))


@pytest.mark.parametrize("sign", ["\x00", "\t", "\x1f", "\x7f", "\x9f", "\ud800", "\u2028", "\u2029"])
def test_no_text_has_a_control_character(sign: str) -> None:
    with pytest.raises(Invalid, match="control characters"):
        fields.check("name", f"a{sign}b")


@pytest.mark.parametrize(
    ("field", "wrong", "swedish", "english"),
    [
        ("name", 1, "ska vara en text", "must be a string"),
        ("name", "a\tb", "innehåller styrtecken", "contains control characters"),
        ("name", "", "måste finnas", "is required"),
        ("extension", "me", "”me” betyder den inloggade", "“me” means whoever is logged in"),
        ("email", "anna", "är ingen e-postadress", "is not an e-mail address"),
        ("keywords", "a", "ska vara en lista av texter", "must be an array of strings"),
        ("keywords", ["a,b"], "ett nyckelord kan inte innehålla , eller ;", "a keyword cannot contain , or ;"),
        ("numbers", ["1;2"], "ett nummer kan inte innehålla , eller ;", "a number cannot contain , or ;"),
        (
            "numbers",
            ["199–100"],
            "'199–100' slutar före sin början; skriv som 08-500 100 00–99",
            "'199–100' ends before it begins; write 08-500 100 00–99",
        ),
        ("devices", ["100"], "'100' är ingen enhet; skriv som PJSIP/100", "'100' is no device; write PJSIP/100"),
        ("kind", "robot", "ska vara person, room eller function", "must be person, room or function"),
        ("hidden", 1, "ska vara true eller false", "must be true or false"),
    ],
)
def test_a_refusal_is_a_sentence_about_the_field_in_both_languages(
    field: str, wrong: Any, swedish: str, english: str
) -> None:
    with pytest.raises(Invalid) as told:
        fields.check(field, wrong)
    assert (told.value.field, told.value.status) == (field, 422)
    assert told.value.message("sv") == f"{field}: {swedish}"
    assert told.value.message("en") == f"{field}: {english}"


@pytest.mark.parametrize(
    ("given_", "kept"),
    [(None, None), ("", None), (" \n ", None), (" Vi ses\r\ni maj ", "Vi ses\ni maj"), ("å" * 4000,) * 2],
)
def test_the_word_that_goes_with_a_profile(given_: Any, kept: str | None) -> None:
    assert fields.message("message", given_) == kept


@pytest.mark.parametrize(("wrong", "reason"), [(1, "string"), ("a\x00", "control"), ("å" * 4001, "4000")])
def test_what_is_no_word_for_callers(wrong: Any, reason: str) -> None:
    with pytest.raises(Invalid, match=reason):
        fields.message("message", wrong)
