"""Call detail records in tables as Asterisk's modules make them, on every kind of database."""

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from katalog.calllog import cdr_table
from katalog.calllog.cdr_table import CdrTable
from katalog.domain.cdr import CdrRow
from katalog.errors import StoreError
from tests.system.conftest import missing
from tests.system.mariadb import NoMariadb, mariadb

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGAN = 1795822278.0

_numbers = itertools.count()


@pytest.fixture(scope="module")
def mariadb_server() -> Iterator[str]:
    try:
        with mariadb() as url:
            yield url
    except NoMariadb as error:
        missing(str(error))


class Store:
    """A database of the telephone system's: `url` as katalog is given it, `name` of the table that is `made`."""

    def __init__(self, url: str, driver: str, moment: str) -> None:
        self.url = url
        self._driver = driver
        self._moment = moment
        self.name = f"cdr{next(_numbers)}"

    async def made(self, columns: str, *rows: str) -> CdrTable:
        engine = create_async_engine(self._driver + self.url[self.url.index(":") :], poolclass=NullPool)
        async with engine.begin() as connection:
            if self._driver.startswith("mysql"):
                await connection.execute(text("SET SESSION sql_mode = 'ANSI_QUOTES'"))
            await connection.execute(text(f"CREATE TABLE {self.name} ({columns.replace('timestamp', self._moment)})"))
            for row in rows:
                await connection.execute(text(f"INSERT INTO {self.name} VALUES ({row})"))
        await engine.dispose()
        return CdrTable(self.url, self.name, STOCKHOLM)


@pytest.fixture(params=["sqlite", "postgresql", "mysql", "mariadb"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "sqlite":
        return Store(f"sqlite:///{tmp_path / 'master #1.db'}", "sqlite+aiosqlite", "timestamp")
    if request.param == "postgresql":
        server: str = request.getfixturevalue("server")
        return Store(server, "postgresql+asyncpg", "timestamp")
    url: str = request.getfixturevalue("mariadb_server")
    return Store(url.replace("mysql", request.param), "mysql+aiomysql", "datetime")


async def read(table: CdrTable, since: float = BEGAN, until: float = BEGAN + 60) -> list[CdrRow]:
    return await table.rows(since, until)


async def test_a_table_with_calldate_alone(store: Store) -> None:
    """As FreePBX has it, and cdr_pgsql of old."""
    table = await store.made(
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


async def test_a_table_with_all_times_and_linkedid(store: Store) -> None:
    table = await store.made(
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


async def test_what_cannot_be_read_is_told(store: Store) -> None:
    table = await store.made("day timestamp, src text")
    with pytest.raises(StoreError, match="has no column calldate or start"):
        await read(table)
    with pytest.raises(StoreError, match="nothing in"):
        await read(CdrTable(store.url, "nothing", STOCKHOLM))


async def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    absent = tmp_path / "none.db"
    for url in (f"sqlite:///{absent}", "postgresql://a:hemligt@127.0.0.1:9/b", "mysql://a:hemligt@127.0.0.1:9/b"):
        with pytest.raises(StoreError, match="cdr in") as told:
            await read(CdrTable(url, "cdr", STOCKHOLM))
        assert "hemligt" not in str(told.value)
    assert not absent.exists()


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
async def test_a_database_that_does_not_answer(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cdr_table, "PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"{kind}://a@127.0.0.1:{server.getsockname()[1]}/b"
        with pytest.raises(StoreError, match=r"no answer within 0\.1 s"):
            await read(CdrTable(url, "cdr", STOCKHOLM))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_an_sqlite_file_is_left_as_it_is(store: Store, tmp_path: Path) -> None:
    """It is Asterisk's: not even how it is written to may be another afterwards."""
    table = await store.made("calldate timestamp, src text")
    (file,) = tmp_path.iterdir()
    before = file.read_bytes()
    file.chmod(0o400)
    assert await read(table) == []
    assert [(path, path.read_bytes()) for path in tmp_path.iterdir()] == [(file, before)]


async def test_a_row_that_makes_no_sense_is_passed_over(store: Store) -> None:
    table = await store.made(
        "calldate timestamp, src text, duration text, disposition text",
        "'2026-11-28 00:31:18', '070', 'long', 'ANSWERED'",
        "'2026-11-28 00:31:19', '071', '5', 'NO ANSWER'",
    )
    assert [row.source for row in await read(table)] == ["071"]
