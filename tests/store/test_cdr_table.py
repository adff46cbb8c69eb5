"""Call detail records in tables as Asterisk's modules make them, on every database."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from katalog.calllog.cdr_table import CdrTable
from katalog.domain.cdr import CdrRow
from katalog.errors import StoreError
from katalog.store.database import Database

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGAN = 1795822278.0


async def made(database: Database, columns: str, *rows: str) -> CdrTable:
    async with database.engine.begin() as connection:
        await connection.execute(text(f"CREATE TABLE cdr ({columns})"))
        for row in rows:
            await connection.execute(text(f"INSERT INTO cdr VALUES ({row})"))
    url: Any = database.url.set(drivername=database.url.get_backend_name())
    return CdrTable(url.render_as_string(hide_password=False), "cdr", STOCKHOLM)


async def read(table: CdrTable, since: float = BEGAN, until: float = BEGAN + 60) -> list[CdrRow]:
    try:
        return await table.rows(since, until)
    finally:
        await table.close()


async def test_a_table_with_calldate_alone(database: Database) -> None:
    """As FreePBX has it, and cdr_pgsql of old."""
    table = await made(
        database,
        "calldate timestamp, src text, dst text, channel text, dstchannel text, duration int, billsec int, "
        "disposition text, uniqueid text",
        "'2026-11-28 00:31:18', '070', '100', 'PJSIP/t-1', 'PJSIP/100-2', 10, 8, 'ANSWERED', '1.0'",
        "'2026-11-28 00:31:19', '071', '101', 'PJSIP/t-3', '', 5, 0, 'NO ANSWER', '2.0'",
        "'2026-11-28 00:33:00', '072', '102', 'PJSIP/t-4', '', 5, 0, 'NO ANSWER', '3.0'",
        "'2026-11-26 00:00:00', '073', '103', 'PJSIP/t-5', '', 5, 0, 'NO ANSWER', '4.0'",
    )
    assert await read(table) == [
        CdrRow("1.0", "070", "100", "PJSIP/t-1", "PJSIP/100-2", BEGAN, BEGAN + 2, BEGAN + 10),
        CdrRow("2.0", "071", "101", "PJSIP/t-3", "", BEGAN + 1, None, BEGAN + 6),
    ]


async def test_a_table_with_all_times_and_linkedid(database: Database) -> None:
    table = await made(
        database,
        'start timestamp, answer timestamp, "end" timestamp, src text, dst text, channel text, dstchannel text, '
        "disposition text, uniqueid text, linkedid text",
        "'2026-11-28 00:31:18', '2026-11-28 00:31:21', '2026-11-28 00:31:30', '070', '100', 'PJSIP/t-1', 'PJSIP/100-2', "
        "'ANSWERED', '1.0', '0.9'",
        "'2026-11-28 00:31:18', NULL, '2026-11-28 00:31:30', NULL, '100', 'PJSIP/t-1', NULL, 'BUSY', '1.0', NULL",
    )
    assert await read(table) == [
        CdrRow("0.9", "070", "100", "PJSIP/t-1", "PJSIP/100-2", BEGAN, BEGAN + 3, BEGAN + 12),
        CdrRow("1.0", "", "100", "PJSIP/t-1", "", BEGAN, None, BEGAN + 12),
    ]


async def test_what_cannot_be_read_is_told(database: Database) -> None:
    table = await made(database, "day timestamp, src text")
    with pytest.raises(StoreError, match="has no column calldate or start"):
        await read(table)
    url: Any = database.url.set(drivername=database.url.get_backend_name())
    other = CdrTable(url.render_as_string(hide_password=False), "nothing", STOCKHOLM)
    with pytest.raises(StoreError, match="nothing in"):
        await read(other)


async def test_a_row_that_makes_no_sense_is_passed_over(database: Database) -> None:
    table = await made(
        database,
        "calldate timestamp, src text, duration text, disposition text",
        "'2026-11-28 00:31:18', '070', 'long', 'ANSWERED'",
        "'2026-11-28 00:31:19', '071', '5', 'NO ANSWER'",
    )
    assert [row.source for row in await read(table)] == ["071"]
