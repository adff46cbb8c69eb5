"""Asterisk's call detail records in a table (cdr_pgsql, cdr_adaptive_odbc, cdr_sqlite3_custom), as its columns are.

The database is somebody else's: it is only ever read, on a connection for each time.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy import URL, ColumnClause, NullPool, column, make_url, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from katalog.domain.cdr import ANSWERED, LONGEST_CALL, CdrRow
from katalog.errors import StoreError

PATIENCE = 60.0
"""Seconds for an answer; without an index on its times, a table that has been kept for years is read through."""

DRIVERS = {
    "sqlite": ("sqlite+aiosqlite", ""),
    "postgresql": ("postgresql+asyncpg", "postgresql"),
    "postgres": ("postgresql+asyncpg", "postgresql"),
    "mysql": ("mysql+aiomysql", "mysql"),
    "mariadb": ("mysql+aiomysql", "mysql"),
}
"""Kind of database, as its URL begins → SQLAlchemy's name of its driver, and the extra that brings it."""


class CdrTable:
    """`url` is `sqlite:///FILE`, `postgresql://…`, `mysql://…` or `mariadb://…`. `calldate` or `start` is when a row
    began; `answer` and `end` may be missing. Raises StoreError if the driver is not installed.
    """

    def __init__(self, url: str, name: str, zone: ZoneInfo) -> None:
        self._url = make_url(url)
        self._engine = _engine(self._url)
        self._name = name
        self._zone = zone

    def __str__(self) -> str:
        return f"{self._name} in {self._url.render_as_string(hide_password=True)}"

    async def rows(self, since: float, until: float) -> list[CdrRow]:
        """As `Rows.rows`. Raises StoreError."""
        try:
            async with asyncio.timeout(PATIENCE), self._engine.connect() as connection:
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
        except TimeoutError:
            raise StoreError(f"{self}: no answer within {PATIENCE:g} s") from None
        except (OSError, DBAPIError) as error:
            raise StoreError(f"{self}: {error.orig if isinstance(error, DBAPIError) else error}") from None
        return [row for row in rows if row is not None]

    def _said(self, seconds: float) -> Any:
        moment = datetime.fromtimestamp(seconds, self._zone).replace(tzinfo=None, microsecond=0)
        return moment.isoformat(" ") if self._url.drivername == "sqlite" else moment

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


def _engine(url: URL) -> AsyncEngine:
    driver, extra = DRIVERS[url.drivername]
    if extra:
        known = url.set(drivername=driver)
    else:
        # Opened as usual, a file would be made where there is none.
        known = URL.create(driver, database=f"file:{quote(url.database or '')}", query={"mode": "ro", "uri": "true"})
    try:
        return create_async_engine(known, poolclass=NullPool, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise StoreError(f"{url.drivername} needs {error.name}: pip install 'katalog[{extra}]'") from None
