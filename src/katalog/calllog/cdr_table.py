"""Asterisk's call detail records in a table (cdr_pgsql, cdr_adaptive_odbc, cdr_sqlite3_custom), as its columns are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnClause, column, select, table, text
from sqlalchemy.exc import DBAPIError

from katalog.domain.cdr import ANSWERED, LONGEST_CALL, CdrRow
from katalog.errors import StoreError
from katalog.store.database import Database


class CdrTable:
    """`url` as `database.url`. `calldate` or `start` is when a row began; `answer` and `end` may be missing."""

    def __init__(self, url: str, name: str, zone: ZoneInfo) -> None:
        self._database = Database(url)
        self._name = name
        self._zone = zone

    def __str__(self) -> str:
        return f"{self._name} in {self._database.name}"

    async def rows(self, since: float, until: float) -> list[CdrRow]:
        """As `Rows.rows`. Raises StoreError."""
        try:
            async with self._database.engine.connect() as connection:
                there = await connection.execute(select(text("*")).select_from(table(self._name)).limit(0))
                columns = {name.lower(): name for name in there.keys()}  # noqa: SIM118 - a result has no iteration
                began = columns.get("calldate") or columns.get("start")
                if began is None:
                    raise StoreError(f"{self}: has no column calldate or start")
                when: ColumnClause[Any] = column(began)
                found = await connection.execute(
                    select(text("*"))
                    .select_from(table(self._name))
                    .where(when >= self._said(since - LONGEST_CALL), when < self._said(until))
                    .order_by(when)
                )
                rows = [self._row({key.lower(): value for key, value in row.items()}) for row in found.mappings()]
        except (OSError, DBAPIError) as error:
            raise StoreError(f"{self}: {error}") from None
        return [row for row in rows if row is not None]

    def _said(self, seconds: float) -> Any:
        moment = datetime.fromtimestamp(seconds, self._zone).replace(tzinfo=None, microsecond=0)
        return moment.isoformat(" ") if self._database.is_sqlite else moment

    def _row(self, cells: Mapping[str, Any]) -> CdrRow | None:
        try:
            began = self._seconds(cells.get("calldate") or cells["start"])
            duration, spoken = int(cells.get("duration") or 0), int(cells.get("billsec") or 0)
            ended = self._seconds(cells["end"]) if cells.get("end") else began + duration
            answered = None
            if cells.get("disposition") == ANSWERED:
                answered = self._seconds(cells["answer"]) if cells.get("answer") else ended - spoken
        except (KeyError, ValueError, TypeError):
            return None

        def cell(name: str) -> str:
            return str(cells.get(name) or "")

        call = cell("linkedid") or cell("uniqueid") or f"{cell('channel')} {began:.0f}"
        return CdrRow(
            call, cell("src"), cell("dst"), cell("channel"), cell("dstchannel"), began, answered, ended
        )  # fmt: skip

    def _seconds(self, value: Any) -> float:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).timestamp()

    async def close(self) -> None:
        await self._database.close()
