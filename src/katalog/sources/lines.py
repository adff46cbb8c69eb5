"""The lines of a text, counted, each of a bounded length."""

from collections.abc import Iterator
from typing import TextIO

from katalog.errors import SourceError

LONGEST = 1 << 20
"""Characters. A file without line breaks would otherwise be read whole into memory."""


class Lines(Iterator[str]):
    """`number` is of the line read last, from 1; `last` is that line."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.number = 0
        self.last = ""

    def __next__(self) -> str:
        try:
            self.last = self._text.readline(LONGEST)
        except UnicodeDecodeError as error:
            raise _at(self.number + 1, unreadable(error)) from None
        except OSError as error:
            raise _at(self.number + 1, unreadable(error)) from None
        if not self.last:
            raise StopIteration
        self.number += 1
        if len(self.last) == LONGEST:
            raise SourceError(
                f"rad {self.number}: är längre än {LONGEST} tecken; är det en CSV-fil?",
                f"line {self.number}: is longer than {LONGEST:,} characters; is this a CSV file?",
            )
        return self.last


def _at(line: int, error: SourceError) -> SourceError:
    return SourceError(f"rad {line}: {error.sv}", f"line {line}: {error.en}")


def unreadable(error: UnicodeDecodeError | OSError) -> SourceError:
    if isinstance(error, OSError):
        return SourceError(f"kan inte läsas: {error.strerror}", f"cannot be read: {error.strerror}")
    return SourceError(
        f"kan inte läsas som {error.encoding}: {error.reason}", f"cannot be read as {error.encoding}: {error.reason}"
    )
