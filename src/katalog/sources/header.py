"""The header of a CSV file: which sign parts the cells, and which column is which."""

import csv
import io
import re
from collections.abc import Iterator, Sequence

import msgspec

from katalog.domain import columns
from katalog.domain.columns import Column
from katalog.domain.row import Notice
from katalog.errors import SourceError

DELIMITERS = ";,\t"
_SEPARATOR = re.compile(r'"?sep=.?"?', re.IGNORECASE)


class Header(msgspec.Struct, frozen=True):
    """`names` as they stand in the file; `columns` what they mean, None for one that is left out."""

    delimiter: str
    names: tuple[str, ...]
    columns: tuple[Column | None, ...]

    @property
    def warnings(self) -> list[Notice]:
        unknown = [name for name, column in zip(self.names, self.columns, strict=True) if column is None and name]
        return [_unknown(name) for name in unknown]


def _unknown(name: str) -> Notice:
    meant = columns.nearest(name)
    hint_sv, hint_en = (f"; menas {meant!r}?", f"; did you mean {meant!r}?") if meant else ("", "")
    return Notice(f"den okända kolumnen {name!r} utelämnas{hint_sv}", f"unknown column {name!r} is left out{hint_en}")


def is_before(cells: Sequence[str]) -> bool:
    """Whether a record is empty, or the `sep=;` that some programs put before the header."""
    return not any(cell.strip() for cell in cells) or (
        len(cells) <= 2 and _SEPARATOR.fullmatch(cells[0].strip()) is not None
    )


def find_header(beginning: str) -> Header:
    """The header in the beginning of a file, parted by whichever sign gives most known columns.

    Raises SourceError if there is none, or if it lacks a column or has one twice.
    """
    if not beginning.strip():
        raise SourceError(
            "är tom; första raden ska namnge kolumnerna, åtminstone anknytning och namn",
            "is empty; its first line must name the columns, at least extension and name",
        )
    candidates = [_header(sign, names) for sign in DELIMITERS for names in _first_record(beginning, sign)]
    if not candidates or "\0" in "".join(candidates[0].names):
        raise SourceError(
            "är ingen CSV-fil: första raden kan inte läsas som en lista av kolumner",
            "is no CSV file: its first line cannot be read as a list of columns",
        )
    header = max(candidates, key=_known)
    found = [column.name for column in header.columns if column]
    missing = [name for name in columns.REQUIRED if name not in found]
    if missing:
        raise _lacking(missing, header.names)
    twice = [name for name in found if found.count(name) > 1]
    if twice:
        raise SourceError(
            f"har kolumnen {twice[0]!r} två gånger (den får finnas en gång, på ett av språken)",
            f"has the column {twice[0]!r} twice (it may be there once in either language)",
        )
    return header


def _lacking(missing: Sequence[str], names: Sequence[str]) -> SourceError:
    swedish = {column.name: column.swedish for column in columns.COLUMNS}
    listed = ", ".join(repr(name[:40]) for name in names[:20])
    sv = " och ".join(f"{swedish[name]!r} (eller {name!r})" for name in missing)
    en = " and ".join(f"{name!r} (or {swedish[name]!r})" for name in missing)
    return SourceError(
        f"har ingen kolumn {sv}; första raden namnger {listed}", f"has no column {en}; its first line names {listed}"
    )


def _header(sign: str, names: Sequence[str]) -> Header:
    stripped = tuple(name.strip() for name in names)
    # Spreadsheets write empty columns that somebody once touched.
    while stripped and not stripped[-1]:
        stripped = stripped[:-1]
    return Header(sign, stripped, tuple(columns.named(name) for name in stripped))


def _known(header: Header) -> tuple[int, int]:
    return (sum(column is not None for column in header.columns), len(header.names))


def _first_record(beginning: str, sign: str) -> Iterator[list[str]]:
    """The first record that says something, if it can be read with this sign."""
    try:
        for cells in csv.reader(io.StringIO(beginning, newline=""), delimiter=sign, strict=True):
            if not is_before(cells):
                yield cells
                return
    except csv.Error:
        return
