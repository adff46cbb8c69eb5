"""What programs in the field put into a query, and how it is read."""

import pytest

from katalog.api.parameters import flag, parse, word

DATES = "fromDate", "toDate", "withRecordings"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", {}),
        (b"fromDate=2024-01-01&toDate=2024-01-31", {"fromDate": "2024-01-01", "toDate": "2024-01-31"}),
        (b"?fromDate=2024-01-01", {"fromDate": "2024-01-01"}),
        (
            b"fromDate=&toDate=2024-01-31?withRecordings=1",
            {"fromDate": "", "toDate": "2024-01-31", "withRecordings": "1"},
        ),
        (b"FROMDATE=2024-01-01&unknown=1&&=", {"fromDate": "2024-01-01"}),
        (b"fromDate=1&fromDate=2", {"fromDate": "2"}),
        (b"fromDate", {"fromDate": ""}),
        (b"%66romDate=2024%2D01%2D01", {"fromDate": "2024-01-01"}),
    ],
)
def test_keys_are_found_however_they_are_written(query: bytes, expected: dict[str, str]) -> None:
    assert parse(query, *DATES) == expected


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (b"message=Hej?", "Hej?"),
        (b"message=Ring?+Eller+mejla?", "Ring? Eller mejla?"),
        (b"message=1+%2B+1%3D2&x=y", "1 + 1=2"),
        (b"message=a=b", "a=b"),
        ("message=Åter".encode(), "Åter"),
        (b"message=%C3%85ter", "Åter"),
        (b"message=%C5ter", "Åter"),
        ("message=Åter".encode("latin-1"), "Åter"),
        (b"message=100%", "100%"),
    ],
)
def test_a_text_is_left_as_it_is(query: bytes, text: str) -> None:
    assert parse(query, "message") == {"message": text}


@pytest.mark.parametrize(
    ("said", "expected"),
    [("true", True), ("1", True), ("Yes", True), (" on ", True), ("false", False), ("0", False), ("NO", False),
     ("off", False), ("0?x=1", False), ("", None), ("null", None), ("perhaps", None)],
)  # fmt: skip
def test_a_flag_is_said_in_any_usual_word_or_left_at_its_default(said: str, expected: bool | None) -> None:
    for default in (True, False):
        assert flag({"autoanswer": said}, "autoanswer", default=default) is (default if expected is None else expected)
    assert flag({}, "autoanswer", default=True) is True


@pytest.mark.parametrize("nothing", ["", " ", "null", "undefined", "None", "?x=1"])
def test_a_programs_word_for_nothing_is_nothing(nothing: str) -> None:
    assert word({"fromDate": nothing}, "fromDate") == ""
    assert word({"fromDate": " 2024-01-31?x"}, "fromDate") == "2024-01-31"
