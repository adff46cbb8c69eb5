"""People from a CSV file, as spreadsheets and staff systems write it. Read once, as a stream.

Encoding, delimiter and columns are found out (`encoding`, `header`). A row that cannot be taken is given with
its rejections. A file where nobody can tell any more where a row ends is refused whole: what an unclosed
quotation mark has swallowed would otherwise be missing without a word.
"""

import csv
import io
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from katalog.domain.row import Rejection, Row
from katalog.errors import Invalid, SourceError
from katalog.sources.encoding import encoding_of
from katalog.sources.header import find_header, is_before
from katalog.sources.lines import Lines, unreadable

_BEGINNING = 1 << 16
_LONGEST = csv.field_size_limit()
_UNDECODED = re.compile("[\udc80-\udcff]")


class CsvSource:
    """Used as a context. Raises SourceError, whose sentence begins with the name of the file: what it is `called`, if
    its path is not what whoever gave it knows it by.
    """

    def __init__(self, path: Path, *, called: str = "") -> None:
        self.name = called or ("standard input" if path == Path("-") else str(path))
        self._open = ExitStack()
        try:
            self._file = self._open.enter_context(_opened(path, self._open))
            self.size = self._file.seek(0, io.SEEK_END)
            encoding = encoding_of(self._file)
            # A byte that is no text makes its own row a bad one, not the file.
            self._text = io.TextIOWrapper(self._file, encoding, errors="surrogateescape", newline="")
            self._header = find_header(self._text.read(_BEGINNING))
            self._text.seek(0)
        except SourceError as error:
            self._open.close()
            raise error.of(self.name) from None
        except (UnicodeDecodeError, OSError) as error:
            self._open.close()
            raise unreadable(error).of(self.name) from None
        self.warnings = self._header.warnings

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._open.close()

    @property
    def position(self) -> int:
        return self._file.tell()

    def rows(self) -> Iterator[Row]:
        try:
            yield from self._rows()
        except SourceError as error:
            raise error.of(self.name, "; inget importerades", "; nothing was imported") from None

    def _rows(self) -> Iterator[Row]:
        lines = Lines(self._text)
        reader = csv.reader(lines, delimiter=self._header.delimiter, strict=True)
        before = True
        while True:
            line = lines.number + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._unparted(line, lines, error)
                continue
            if before:
                before = is_before(cells)
            elif any(cell.strip() for cell in cells):
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> Row:
        rejections = []
        wanted = len(self._header.columns)
        if len(cells) < wanted or any(cell.strip() for cell in cells[wanted:]):
            sv = f"har {len(cells)} celler där rubriken har {wanted}; är det ett skiljetecken för mycket eller litet?"
            en = f"has {len(cells)} cells where the header has {wanted}; is there a delimiter too many or too few?"
            rejections.append(Rejection(line, "", "", sv, en))
        values = {}
        for index, (column, cell) in enumerate(zip(self._header.columns, cells, strict=False)):
            if column is None:
                continue
            try:
                values[column.field] = column.parse(cell)
            except Invalid as error:
                sv, en = error.reasons["sv"], error.reasons["en"]
                if _UNDECODED.search(cell):
                    encoding = self._text.encoding.removesuffix("-sig").upper()
                    sv, en = f"har en byte som inte är {encoding}", f"has a byte that is no {encoding}"
                rejections.append(Rejection(line, self._header.names[index], cell, sv, en))
        return Row(line, values, tuple(rejections))

    def _unparted(self, line: int, lines: Lines, error: csv.Error) -> Row:
        """A row whose cells cannot be told apart. Read loosely, they serve only to tell whose it is."""
        if lines.number > line:
            raise SourceError(
                f"rad {line}: ett citattecken öppnar en cell här och stängs inte som det ska "
                f"(läst till rad {lines.number}); dubbla ett tecken som hör till texten",
                f"line {line}: a quotation mark opens a cell here and is not closed as it should be "
                f"(read as far as line {lines.number}); double a mark that belongs to the text",
            )
        whole = lines.last.strip()
        if "limit" in str(error):
            sv = f"har en cell med mer än {_LONGEST} tecken"
            en = f"has a cell of more than {_LONGEST:,} characters"
            return Row(line, {}, (Rejection(line, "", whole, sv, en),))
        cells = next(csv.reader([lines.last], delimiter=self._header.delimiter), [])
        sv = "har ett citattecken inne i en cell med citattecken; dubbla ett tecken som hör till texten"
        en = "has a quotation mark inside a quoted cell; double a mark that belongs to the text"
        return Row(line, self._row(line, cells).values, (Rejection(line, "", whole, sv, en),))


def _opened(path: Path, stack: ExitStack) -> BinaryIO:
    """The file, or a copy on disk of what can be read but once, such as standard input."""
    file: BinaryIO = sys.stdin.buffer if path == Path("-") else stack.enter_context(path.open("rb"))
    if file.seekable() and path != Path("-"):
        return file
    copy = cast(BinaryIO, stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115
    shutil.copyfileobj(file, copy)
    return copy
