"""Entries as CSV: the columns that an import reads, and whose import changes nothing.

Parted by semicolons and ended by CR LF, as a Swedish Excel wants it; UTF-8. A file for Excel begins with the
byte order mark, without which it takes the file for Windows-1252. Cells are written exactly as they are kept:
a `+` or `=` first in a cell is not masked, for most telephone numbers begin with one.
"""

import csv
import io
from collections.abc import Iterable

from katalog.domain.columns import COLUMNS
from katalog.domain.entry import Entry

BYTE_ORDER_MARK = "\ufeff"


def header() -> str:
    return _text([[column.name for column in COLUMNS]])


def rows(entries: Iterable[Entry]) -> str:
    return _text([column.render(getattr(entry, column.field)) for column in COLUMNS] for entry in entries)


def _text(rows: Iterable[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue()
