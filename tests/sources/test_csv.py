"""Any CSV that a spreadsheet or a staff system may write is read, or refused with a sentence that helps."""

import codecs
import csv
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.columns import COLUMNS, REQUIRED
from katalog.domain.entry import Entry
from katalog.domain.fields import FIELDS, check
from katalog.domain.row import Notice, Rejection, Row
from katalog.errors import Invalid, SourceError
from katalog.outputs import csv as outputs_csv
from katalog.sources.csv import CsvSource

DIALECTS = [
    (quoting, end)
    for quoting in (csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC)
    for end in ("\r\n", "\n", "\r")
    # Then Python leaves a line feed unquoted, and it is no CSV any more.
    if (quoting, end) != (csv.QUOTE_MINIMAL, "\r")
]
SWEDISH = "abcåäöÅÄÖé 0123+-,;\"'\t=@.\n"


def read(content: bytes) -> tuple[list[Row], list[Notice]]:
    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(content)
        file.flush()
        with CsvSource(Path(file.name)) as source:
            return list(source.rows()), list(source.warnings)


def rows(content: bytes | str) -> list[Row]:
    return read(content.encode() if isinstance(content, str) else content)[0]


def only(content: bytes | str) -> dict[str, Any]:
    (row,) = rows(content)
    assert not row.rejections
    return row.values


def fault(content: bytes | str) -> Rejection:
    (rejection,) = (rejection for row in rows(content) for rejection in row.rejections)
    return rejection


def kept(field: str, alphabet: str | None) -> st.SearchStrategy[Any]:
    """Values as the store may hold them."""
    text = st.text(alphabet, max_size=12) if alphabet else st.text(max_size=12)
    match field:
        case "keywords" | "numbers":
            given_: st.SearchStrategy[Any] = st.lists(text, max_size=3)
        case "devices":
            given_ = st.lists(st.sampled_from(["PJSIP/100", "växel:SIP/å", "SCCP/a,b;c"]), max_size=3)
        case "kind":
            given_ = st.sampled_from(["person", "room", "function"])
        case "hidden":
            given_ = st.booleans()
        case "email":
            given_ = st.sampled_from(["", "a@b.se", "=å@b.se"])
        case _:
            given_ = text
    return given_.map(lambda value: _checked(field, value))


def _checked(field: str, value: Any) -> Any:
    try:
        return check(field, value)
    except Invalid:
        return check(field, "7" if field in REQUIRED else None)


def tables(alphabet: str | None = None) -> st.SearchStrategy[list[Entry]]:
    fields = {field: kept(field, alphabet) for field in FIELDS}
    return st.lists(st.builds(Entry, id=st.just("x"), **fields), max_size=5)


def values_of(entry: Entry) -> dict[str, Any]:
    return {field: getattr(entry, field) for field in FIELDS}


@given(tables())
def test_what_an_export_writes_is_read_as_the_same(entries: list[Entry]) -> None:
    text = outputs_csv.BYTE_ORDER_MARK + outputs_csv.header() + outputs_csv.rows(entries)
    found, warnings = read(text.encode())
    assert [row.values for row in found] == [values_of(entry) for entry in entries]
    assert not warnings
    assert not any(row.rejections for row in found)


@given(
    tables(SWEDISH),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    st.sampled_from(DIALECTS),
    st.permutations(COLUMNS),
    st.booleans(),
)
def test_any_dialect_is_read_as_the_same(
    entries: list[Entry],
    delimiter: str,
    encoding: str,
    dialect: tuple[Any, str],
    columns: list[Any],
    swedish: bool,
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=dialect[0], lineterminator=dialect[1])
    writer.writerow([(column.swedish if swedish else column.name).upper() for column in columns])
    for entry in entries:
        writer.writerow([column.render(getattr(entry, column.field)) for column in columns])
    found, _ = read(text.getvalue().encode(encoding))
    assert [row.values for row in found] == [values_of(entry) for entry in entries]
    assert not any(row.rejections for row in found)


def test_only_the_columns_that_are_there_have_values() -> None:
    assert only("Namn,ANKNYTNING,titel\nÅsa,101,\n") == {"extension": "101", "name": "Åsa", "title": ""}


@pytest.mark.parametrize("end", ["Öberg".encode("cp1252"), "Öberg".encode()])
def test_the_first_swedish_letter_may_come_after_megabytes_of_ascii(end: bytes) -> None:
    content = b"extension;name\n" + b"101;Anna\n" * 300_000 + b"102;" + end
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with CsvSource(Path(file.name)) as source:
            for row in source.rows():
                last = row
    assert last.values["name"] == "Öberg"
    assert last.line == 300_002


def test_capitals_before_typographic_marks_are_still_windows_1252() -> None:
    """Ö and ” are together a letter of UTF-8; the rest of the file tells."""
    assert only("extension;name;titel\n1;”VÄXJÖ”;då är".encode("cp1252"))["name"] == "”VÄXJÖ”"


def test_lines_are_those_of_the_file() -> None:
    found = rows('extension,name\r\n\r\n1,"A\r\nB"\r\n,\r\n2,C\r\n')
    assert [(row.line, row.values["name"]) for row in found] == [(3, "A\nB"), (6, "C")]


def test_what_excel_adds_is_no_fault() -> None:
    """A line that names the separator, and empty columns and rows at the end."""
    assert only("sep=;\r\nextension;name;;\r\n1;A;;\r\n;;;\r\n") == {"extension": "1", "name": "A"}
    assert only("extension;name\n1;A;;\n") == {"extension": "1", "name": "A"}


def test_an_unknown_column_is_named_and_left_out() -> None:
    found, warnings = read(b"extension;name;epost;Favoritmat\n1;A;x;43\n")
    assert found[0].values == {"extension": "1", "name": "A"}
    assert warnings == [
        Notice(
            "den okända kolumnen 'epost' utelämnas; menas 'e-post'?",
            "unknown column 'epost' is left out; did you mean 'e-post'?",
        ),
        Notice("den okända kolumnen 'Favoritmat' utelämnas", "unknown column 'Favoritmat' is left out"),
    ]


@pytest.mark.parametrize(
    ("line", "column", "value", "reason"),
    [
        ("1;;;", "NAMN", "", "is required"),
        ("1;A;kalle;", "e-post", "kalle", "is not an e-mail address"),
        ("1;A;;kanske", "dold", "kanske", "must be yes, no or empty"),
        ("1;A;", "", "", "has 3 cells where the header has 4; is there a delimiter too many or too few?"),
        ("1;A;;;B", "", "", "has 5 cells where the header has 4; is there a delimiter too many or too few?"),
        ("1;A\0;;", "NAMN", "A\0", "contains control characters"),
        ('1;"A "B" C";;', "", '1;"A "B" C";;',
         "has a quotation mark inside a quoted cell; double a mark that belongs to the text"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_taken_is_told_and_the_others_are(line: str, column: str, value: str, reason: str) -> None:
    content = f"extension;NAMN;e-post;dold\n7;X;;\n{line}\n8;Y;;\n"
    told = fault(content)
    assert (told.line, told.column, told.value, told.en) == (3, column, value, reason)
    assert told.sv not in ("", told.en)
    found = rows(content)
    assert [row.line for row in found] == [2, 3, 4]
    # Whose it is can still be told.
    assert found[1].values["extension"] == "1"


def test_a_huge_cell_spoils_only_its_own_row() -> None:
    found = rows("extension;name\n1;" + "x" * 200_000 + "\n2;B\n")
    assert found[0].rejections[0].en == "has a cell of more than 131,072 characters"
    assert found[1].values["extension"] == "2"


def test_a_broken_byte_in_utf_8_spoils_only_its_own_row() -> None:
    found = rows(b"extension;name\n1;" + "Åäö".encode() + b"\n2;B\xe5\n")
    assert [bool(row.rejections) for row in found] == [False, True]
    assert found[1].rejections[0] == Rejection(
        3, "name", "B\udce5", "har en byte som inte är UTF-8", "has a byte that is no UTF-8"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"extension;title\n1;x\n", "has no column 'name' (or 'namn'); its first line names 'extension', 'title'"),
        (b"101;Anna\n", "has no column 'extension' (or 'anknytning') and 'name' (or 'namn')"),
        (b"name,extension,Namn\nA,1,B\n", "has the column 'name' twice"),
        (b"PK\x03\x04" + bytes(100), "is an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "is an old Excel workbook"),
        (bytes(range(256)) * 10, "is no CSV file"),
        ("extension;name\n1;A\n".encode("utf-16-le"), "is no CSV file"),
        (codecs.BOM_UTF16_LE + b"x", "cannot be read as utf-16"),
        (b'extension;name\n1;"A\n2;B\n3;C\n', "line 2: a quotation mark opens a cell here"),
        (b'extension;name\n1;"A\n2;"B"\n3;C\n', "line 2: a quotation mark opens a cell here"),
        (b"extension;name\n1;" + b"x" * 2_000_000, "line 2: is longer than"),
        (b"x" * 2_000_000, "has no column"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(content: bytes, words: str) -> None:
    with pytest.raises(SourceError) as caught:
        rows(content)
    assert words in str(caught.value) == caught.value.en
    assert caught.value.sv != caught.value.en


def test_a_file_may_be_called_otherwise_than_its_path(tmp_path: Path) -> None:
    (tmp_path / "7f3a").write_bytes(b"extension;title\n")
    with pytest.raises(SourceError, match=r"^personal\.csv: has no column 'name'") as caught:
        CsvSource(tmp_path / "7f3a", called="personal.csv")
    assert caught.value.sv == (
        "personal.csv: har ingen kolumn 'namn' (eller 'name'); första raden namnger 'extension', 'title'"
    )


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nobody\.csv: cannot be read: No such file"):
        CsvSource(tmp_path / "nobody.csv")
    with pytest.raises(SourceError, match="cannot be read: Is a directory"):
        CsvSource(tmp_path)


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(noise: bytes) -> None:
    for content in (noise, b"extension;name\n" + noise, b'extension,name\n1,"' + noise):
        try:
            rows(content)
        except SourceError:
            continue


def test_the_position_comes_to_the_size(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"extension;name\n" + b"101;Anna\n" * 10_000)
    with CsvSource(path) as source:
        first = source.position
        for _ in source.rows():
            assert source.position >= first
        assert source.position == source.size == path.stat().st_size
