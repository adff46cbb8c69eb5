"""Asterisk's Master.csv, read from its end."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from katalog.calllog import cdr_file
from katalog.calllog.cdr_file import CdrFile, parse
from katalog.domain.cdr import LONGEST_CALL, CdrRow

STOCKHOLM, UTC = ZoneInfo("Europe/Stockholm"), ZoneInfo("UTC")
LINE = (
    '"","0701000001","100","from-internal","""Åsa, ""Öst"""" <0701000001>","PJSIP/trunk-00000000","PJSIP/100-00000001",'
    '"Dial","PJSIP/100,60,tTkK","2026-11-28 00:31:18",{answer},"2026-11-28 00:31:28",10,8,"{disposition}",'
    '"DOCUMENTATION"{rest}'
)
WHOLE = ',"1795825878.0","","","1795825870.0",0'
BEGAN = 1795822278.0  # in Stockholm


def line(second: int, number: str = "070") -> str:
    """A row of a call that began and ended at a second of 1970."""
    at = f"1970-01-{1 + second // 86400:02} {second % 86400 // 3600:02}:{second % 3600 // 60:02}:{second % 60:02}"
    cells = [
        "",
        number,
        "100",
        "in",
        "",
        "PJSIP/t-1",
        "PJSIP/100-2",
        "Dial",
        "",
        at,
        "",
        at,
        "0",
        "0",
        "NO ANSWER",
        "3",
    ]
    return ",".join(f'"{cell}"' for cell in cells) + "\n"


@pytest.mark.parametrize(
    ("answer", "disposition", "answered"),
    [
        ('"2026-11-28 00:31:20"', "ANSWERED", BEGAN + 2),
        ("", "NO ANSWER", None),
        ("", "ANSWERED", None),
        ('"2026-11-28 00:31:20"', "BUSY", None),
    ],
)
def test_a_row(answer: str, disposition: str, answered: float | None) -> None:
    text = LINE.format(answer=answer, disposition=disposition, rest=WHOLE)
    assert parse(text, STOCKHOLM) == CdrRow(
        "1795825870.0", "0701000001", "100", "PJSIP/trunk-00000000", "PJSIP/100-00000001", BEGAN, answered, BEGAN + 10
    )


@pytest.mark.parametrize(
    ("rest", "call"),
    [
        (WHOLE, "1795825870.0"),
        (',"1795825878.0",""', "1795825878.0"),
        ("", "PJSIP/trunk-00000000 2026-11-28 00:31:18"),
    ],
)
def test_what_ties_the_rows_of_a_call_together(rest: str, call: str) -> None:
    row = parse(LINE.format(answer="", disposition="NO ANSWER", rest=rest), STOCKHOLM)
    assert row is not None
    assert row.call == call


@pytest.mark.parametrize("text", ["", "nonsense", '"a","b"', ",".join(["x"] * 16), LINE[:200]])
def test_what_is_no_row(text: str) -> None:
    assert parse(text, UTC) is None


async def numbers(path: Path, since: float, until: float) -> list[str]:
    return [row.source for row in await CdrFile(path, UTC).rows(since, until)]


async def test_the_newest_are_read_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "Master.csv"
    day = int(LONGEST_CALL)
    file.write_text("".join(line(second, str(second)) for second in (10, day, day + 50, day + 60, day + 90)), "utf-8")
    for block in (7, 100, 10_000):
        monkeypatch.setattr(cdr_file, "BLOCK", block)
        assert await numbers(file, day + 55, day + 80) == [str(day), str(day + 50), str(day + 60)]
        assert await numbers(file, 0, 1e9) == [str(second) for second in (10, day, day + 50, day + 60, day + 90)]


async def test_a_row_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "Master.csv"
    file.write_text(line(1, "1") + line(2, "2")[:-20], "utf-8")
    assert await numbers(file, 0, 10) == ["1"]
    file.write_text(line(1, "1")[:-1], "utf-8")
    assert await numbers(file, 0, 10) == []
    file.write_text("", "utf-8")
    assert await numbers(file, 0, 10) == []


async def test_what_logrotate_has_put_aside_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(line(3, "3"), "utf-8")
    (tmp_path / "Master.csv.1").write_text(line(1, "1") + line(2, "2"), "utf-8")
    assert await numbers(tmp_path / "Master.csv", 0, 10) == ["1", "2", "3"]


async def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    source = CdrFile(tmp_path / "Master.csv", UTC)
    with pytest.raises(FileNotFoundError):
        await source.rows(0, 1)
    assert str(source).endswith("Master.csv")


async def test_a_large_file_does_not_keep_others_waiting(tmp_path: Path) -> None:
    file = tmp_path / "Master.csv"
    file.write_text("".join(line(second % 3600) for second in range(20_000)), "utf-8")
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    counting = asyncio.create_task(count())
    assert len(await CdrFile(file, UTC).rows(0, 1e9)) == 20_000
    counting.cancel()
    assert turns > 5
