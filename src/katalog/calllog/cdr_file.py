"""Asterisk's `Master.csv` (cdr_csv), read from its end: it may be years long, and only the newest rows are wanted."""

import asyncio
import csv
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from katalog.domain.cdr import ANSWERED, LONGEST_CALL, CdrRow

BLOCK = 256 * 1024

ROTATED = ".1"
"""What logrotate adds to the file before this one."""

_SOURCE, _DESTINATION, _CHANNEL, _DEST_CHANNEL, _START, _ANSWER, _END, _DISPOSITION = 1, 2, 5, 6, 9, 10, 11, 14
_LEAST, _UNIQUEID, _LINKEDID = 16, 16, 19


class CdrFile:
    """`zone` is that of Asterisk's clock: the rows have local times."""

    def __init__(self, path: Path, zone: ZoneInfo) -> None:
        self._path = path
        self._zone = zone

    def __str__(self) -> str:
        return str(self._path)

    async def rows(self, since: float, until: float) -> list[CdrRow]:
        """As `Rows.rows`. Raises OSError."""
        return await asyncio.to_thread(self._rows, since, until)

    def _rows(self, since: float, until: float) -> list[CdrRow]:
        found: list[CdrRow] = []
        for path in (self._path, self._path.with_name(self._path.name + ROTATED)):
            if path != self._path and not path.exists():
                break
            for line in _lines_backwards(path):
                row = parse(line, self._zone)
                if row is None:
                    continue
                if row.ended < since - LONGEST_CALL:
                    return found[::-1]
                if row.began < until:
                    found.append(row)
        return found[::-1]


def parse(line: str, zone: ZoneInfo) -> CdrRow | None:
    """A row; None for what is none.

    Columns 17 to 20 are there if cdr.conf asks for them (`loguniqueid`, `loguserfield`, `newcdrcolumns`).
    """
    cells = next(csv.reader([line]), [])
    if len(cells) < _LEAST:
        return None
    try:
        began = _seconds(cells[_START], zone)
        ended = _seconds(cells[_END], zone)
        is_answered = cells[_DISPOSITION] == ANSWERED and cells[_ANSWER]
        answered = _seconds(cells[_ANSWER], zone) if is_answered else None
    except ValueError:
        return None
    channel = cells[_CHANNEL]
    uniqueid = cells[_UNIQUEID] if len(cells) > _UNIQUEID else ""
    linkedid = cells[_LINKEDID] if len(cells) > _LINKEDID else ""
    call = linkedid or uniqueid or f"{channel} {cells[_START]}"
    return CdrRow(call, cells[_SOURCE], cells[_DESTINATION], channel, cells[_DEST_CHANNEL], began, answered, ended)


def _seconds(text: str, zone: ZoneInfo) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp()


def _lines_backwards(path: Path) -> Iterator[str]:
    """Whole lines, the last first; one that is being written has no end yet, and is left out."""
    with path.open("rb") as file:
        position = file.seek(0, 2)
        rest = b""
        is_last = True
        while position > 0:
            size = min(BLOCK, position)
            position = file.seek(position - size)
            lines = (file.read(size) + rest).split(b"\n")
            # The first may have its beginning in the block before.
            rest = lines.pop(0)
            if is_last and lines:
                lines.pop()
                is_last = False
            for line in reversed(lines):
                yield line.decode("utf-8", "replace")
        if rest and not is_last:
            yield rest.decode("utf-8", "replace")
