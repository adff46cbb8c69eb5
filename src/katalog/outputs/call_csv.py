"""Call records as CSV, for spreadsheets: semicolons, CR LF, UTF-8, as people are exported.

What strangers have a say in, such as a number that came with a call, is masked where a spreadsheet would take it for a
formula; a `+` first is a telephone number's.
"""

import csv
import io
from collections.abc import Iterable, Sequence

COLUMNS = (
    "began", "extension", "name", "direction", "outcome", "number", "party", "answered", "ended", "duration", "by",
    "forward", "clock", "id", "call",
)  # fmt: skip

_SIGNED = ("+", "-")
_BEGINNINGS = ("=", "@", "\t", "\r", "\n", "＝", "＠", "＋", "－")
"""First signs of a formula, or of what hides one; the wide ones count as well where Japanese is written."""


def header() -> str:
    return _text([COLUMNS])


def rows(records: Iterable[Sequence[str]]) -> str:
    """Each with a text for each of `COLUMNS`."""
    return _text([[_masked(cell) for cell in record] for record in records])


def _masked(cell: str) -> str:
    first, rest = cell[:1], cell[1:]
    if first in _SIGNED:
        return cell if rest.replace(" ", "").isdecimal() else f"'{cell}"
    return f"'{cell}" if first in _BEGINNINGS else cell


def _text(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerows(rows)
    return text.getvalue()
