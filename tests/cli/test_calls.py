"""`katalog calls`: the call log, without a server."""

import asyncio
import os
import pty
import re
import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Clock, Outcome
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.store import call_records, entries, organisations
from katalog.store.database import Actor, Database
from tests import migrated
from tests.serving import KATALOG, Serving

IN, OUT = Direction.IN, Direction.OUT
STOCKHOLM = ZoneInfo("Europe/Stockholm")
HEADER = "began;extension;name;direction;outcome;number;party;answered;ended;duration;by;forward;clock;id;call"
ANNA = Entry(new_id(), "08123456", "Anna [red] Ek", mobile="070-174 06 05")
CECILIA = Entry(new_id(), "103", "Cecilia Ceder", hidden=True)


def at(local: str) -> float:
    return datetime.fromisoformat(local).replace(tzinfo=STOCKHOLM).timestamp()


def record(count: int, entry: Entry, began: str, direction: Direction, outcome: Outcome, number: str) -> CallRecord:
    """It rang for five seconds, and lasted 3,723 if it was answered."""
    start = at(began)
    answered = start + 5 if outcome is Outcome.ANSWERED else None
    return CallRecord(
        f"id-{count}", entry.id, "växel", f"1.{count}", "", f"7.{count}", direction, outcome, number, start, answered,
        start + 5 if answered is None else answered + 3723, Clock.PBX, by="103" if outcome is Outcome.ELSEWHERE else "",
    )  # fmt: skip


RECORDS = (
    record(1, ANNA, "2026-03-28 12:00:00", OUT, Outcome.BUSY, "0709999999"),
    record(2, ANNA, "2026-03-29 23:59:59", IN, Outcome.ELSEWHERE, "=1+1"),
    record(3, CECILIA, "2026-03-30 00:00:00", IN, Outcome.ANSWERED, "+46701740605"),
    record(4, CECILIA, "2026-03-30 12:00:00", OUT, Outcome.UNANSWERED, "0\x1b[31m1\t2"),
)
LINES = [
    "2026-03-28 12:00:00\t08123456\tAnna [red] Ek\t→\t0709999999\t\tbusy\t",
    "2026-03-29 23:59:59\t08123456\tAnna [red] Ek\t←\t=1+1\t\tanswered elsewhere by 103\t",
    "2026-03-30 00:00:00\t103\tCecilia Ceder\t←\t+46701740605\tAnna [red] Ek\tanswered\t1:02:03",
    "2026-03-30 12:00:00\t103\tCecilia Ceder\t→\t0?[31m1 2\t\tnot answered\t",
]


async def _fill(path: Path, records: tuple[CallRecord, ...]) -> None:
    await migrated.lay(path)
    async with Database(f"sqlite:///{path}") as database:
        organisation = (await organisations.default(database, "Exempel AB")).id
        async with database.write(organisation, Actor("test", "tests")) as change:
            for entry in (ANNA, CECILIA):
                await entries.add(change, entry)
            await call_records.add(change.connection, organisation, records)


def office_of(folder: Path, *records: CallRecord) -> Serving:
    asyncio.run(_fill(folder / "katalog.db", records))
    return Serving(folder)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Serving:
    return office_of(tmp_path_factory.mktemp("office"), *RECORDS)


def test_a_line_for_each_the_newest_first(office: Serving) -> None:
    result = office.command("calls")
    assert (result.stdout.splitlines(), result.stderr) == (LINES[::-1], "")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--from", "2026-03-29", "--to", "2026-03-29"), "2"),
        (("--extension", "103"), "43"),
        (("--extension", "+46 8 12 34 56", "--direction", "out", "--outcome", "busy"), "1"),
        (("--number", "070-174 06 05"), "3"),
        (("--limit", "2"), "43"),
    ],
)
def test_what_is_asked_for(office: Serving, options: tuple[str, ...], expected: str) -> None:
    assert office.command("calls", *options).stdout.splitlines() == [LINES[int(sign) - 1] for sign in expected]


def test_csv_is_that_of_the_api(office: Serving) -> None:
    answered = "2026-03-30T00:00:00.000+02:00;103;Cecilia Ceder;in;answered;+46701740605;Anna [red] Ek"
    elsewhere = "2026-03-29T23:59:59.000+02:00;08123456;Anna [red] Ek;in;elsewhere;'=1+1"
    lines = [
        HEADER,
        f"{answered};2026-03-30T00:00:05.000+02:00;2026-03-30T01:02:08.000+02:00;3723;;;pbx;id-3;7.3",
        f"{elsewhere};;;2026-03-30T00:00:04.000+02:00;0;103;;pbx;id-2;7.2",
    ]
    asked = ("calls", "--direction", "in", "--csv")
    assert office.command(*asked, "-").stdout.splitlines() == lines
    assert office.command(*asked, "calls.csv").stdout == "calls.csv: 2 calls\n"
    kept = (office.folder / "calls.csv").read_bytes()
    assert kept == b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in lines).encode()
    assert office.command(*asked, "--limit", "1").stdout.splitlines() == lines[:2]


def test_fifty_are_shown_and_all_are_written(tmp_path: Path) -> None:
    count = call_records.CHUNK + 1
    office = office_of(
        tmp_path, *[record(number, ANNA, "2026-03-28 12:00:00", IN, Outcome.MISSED, "070") for number in range(count)]
    )
    assert len(office.command("calls").stdout.splitlines()) == 50
    written = office.command("calls", "--csv").stdout.splitlines()
    assert len(set(written)) == len(written) == 1 + count
    # Nobody reads it to its end.
    assert at_a_shell(office, "{} --csv | head -1") == (f"{HEADER}\n", "")
    # A file that may not become as large as that is as it was.
    (tmp_path / "calls.csv").write_text("as it was")
    before = sorted(path.name for path in tmp_path.iterdir())
    told = "katalog: calls.csv: cannot be written: File too large\n"
    assert at_a_shell(office, "ulimit -f 64; {} --csv calls.csv") == ("", told)
    assert (tmp_path / "calls.csv").read_text() == "as it was"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def at_a_shell(office: Serving, line: str) -> tuple[str, str]:
    command = ["bash", "-c", line.format(f"{' '.join(KATALOG)} calls")]
    result = subprocess.run(command, cwd=office.folder, capture_output=True, text=True, check=False)
    return result.stdout, result.stderr


@pytest.mark.parametrize(
    ("options", "status", "told"),
    [
        (("--from", "yesterday"), 1, "katalog: from: must be a day or a moment (ISO 8601)\n"),
        (("--extension", "999"), 1, "katalog: 999: no entry has that number or id\n"),
        (("--number", "1" * 65), 1, "katalog: number: must be a number of 64 characters at most\n"),
        (("--csv", "nowhere/calls.csv"), 1, "katalog: nowhere/calls.csv: cannot be written: No such file or directory\n"),
        (("--direction", "unknown"), 2, "--direction"),
        (("--outcome", "lost"), 2, "--outcome"),
        (("calls.csv",), 2, "is for --csv alone"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(office: Serving, options: tuple[str, ...], status: int, told: str) -> None:
    result = office.command("calls", *options, check=False)
    assert (result.returncode, result.stdout) == (status, "")
    assert result.stderr == told if status == 1 else told in result.stderr


def test_a_table_on_a_terminal(office: Serving) -> None:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*KATALOG, "calls", "--extension", "103"], cwd=office.folder, stdout=slave, stderr=slave,
        env={**os.environ, "COLUMNS": "120", "TERM": "xterm"},
    ) as process:  # fmt: skip
        os.close(slave)
        seen = b""
        while chunk := _read(master):
            seen += chunk
    os.close(master)
    assert process.returncode == 0
    assert b"\x1b[31m1" not in seen, "no number writes on the terminal"
    lines = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).splitlines()
    assert [re.split(r"\s{2,}", line.strip()) for line in lines] == [
        ["When", "Number Whose", "Other", "Name", "Outcome", "Lasted"],
        ["2026-03-30 12:00 103", "Cecilia Ceder → 0?[31m1 2", "not answered"],
        ["2026-03-30 00:00 103", "Cecilia Ceder ← +46701740605 Anna [red] Ek answered", "1:02:03"],
    ]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux's way to say that the other end is closed.
        return b""
