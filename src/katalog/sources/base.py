"""What a source of people is: something that gives rows, one after another, and holds none of them back."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from katalog.domain.row import Notice, Row


class Source(Protocol):
    """`size` and `position` (bytes) tell how far the reading has come; `warnings` are for people."""

    size: int
    warnings: Sequence[Notice]

    @property
    def position(self) -> int: ...

    def rows(self) -> Iterator[Row]:
        """Every row, once, with rising line numbers. Raises SourceError if the rest cannot be read at all."""
        ...
