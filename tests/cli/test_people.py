"""`katalog import` and `katalog export` as somebody at a shell sees them."""

import csv
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.serving import KATALOG, Serving

PEOPLE = "Anknytning;Namn;Titel;Dold\n101;Åsa Öberg;Vd;nej\n102;Bo Al;;ja\n"

REFUSED = (
    "1 of 2 entries are not in the file; more than 20% are removed only with --force (force=true). Nothing was changed."
)


@pytest.fixture
def office(tmp_path: Path) -> Serving:
    return Serving(tmp_path)


def write(office: Serving, text: str, *, encoding: str = "utf-8") -> None:
    (office.folder / "people.csv").write_text(text, encoding, newline="")


def run(office: Serving, *arguments: str, status: int = 0, stdin: str = "") -> list[str]:
    """What a command says, its complaints last."""
    result = office.command(*arguments, check=False, stdin=stdin)
    assert result.returncode == status, result.stdout + result.stderr
    return [*result.stdout.splitlines(), *result.stderr.splitlines()]


def test_import_counts_what_it_did(office: Serving) -> None:
    write(office, PEOPLE, encoding="cp1252")
    assert run(office, "import", "people.csv") == ["added 2  changed 0  unchanged 0  removed 0  rejected 0"]
    write(office, PEOPLE.replace("Vd", "Chef"))
    assert run(office, "import", "people.csv") == ["added 0  changed 1  unchanged 1  removed 0  rejected 0"]


def test_rejected_rows_are_listed_and_are_a_failure(office: Serving) -> None:
    long = "x" * 300
    twice = "'Åsa' with this extension is already in line 2; give both an id if they are two"
    write(office, f"extension,name,epost,typ\n101,Åsa,a,\n,Bo,,\n103,{long},,\n104,Dan,,hund\n101,Åsa,,\n")
    assert run(office, "import", "people.csv", status=1) == [
        "people.csv:3: column 'extension': '': is required",
        f"people.csv:4: column 'name': '{long[:60]}'…: may have 200 characters at most",
        "people.csv:5: column 'typ': 'hund': must be person, room or function",
        f"people.csv:6: column 'extension': '101': {twice}",
        "added 1  changed 0  unchanged 0  removed 0  rejected 4",
        "people.csv: unknown column 'epost' is left out; did you mean 'e-post'?",
    ]


def test_a_dry_run_shows_person_by_person_and_writes_nothing(office: Serving) -> None:
    write(office, PEOPLE)
    run(office, "import", "people.csv")
    before = office.command("export").stdout
    write(office, 'extension;name;title;hidden;keywords\n101;Åsa Öberg;Chef;ja;"ett, två"\n103;"Cia\nEk";;;\n')
    shown = [
        "~ 101 Åsa Öberg: keywords '' → 'ett, två', title 'Vd' → 'Chef', hidden 'no' → 'yes'",
        "+ 103 Cia Ek",
    ]
    assert run(office, "import", "people.csv", "--dry-run") == [
        *shown, "added 1  changed 1  unchanged 0  removed 0  rejected 0",
    ]  # fmt: skip
    counts = "added 1  changed 1  unchanged 0  removed 1  rejected 0"
    assert run(office, "import", "people.csv", "--dry-run", "--prune", status=1) == [
        *shown, "- 102 Bo Al", counts, f"katalog: {REFUSED}",
    ]  # fmt: skip
    assert run(office, "import", "people.csv", "--dry-run", "--prune", "--force")[-1] == counts
    assert office.command("export").stdout == before


def test_prune_needs_force_for_many(office: Serving) -> None:
    write(office, PEOPLE)
    run(office, "import", "people.csv")
    write(office, "extension;name\n101;Åsa Öberg\n")
    assert run(office, "import", "people.csv", "--prune", status=1) == [f"katalog: {REFUSED}"]
    counts = "added 0  changed 0  unchanged 1  removed 1  rejected 0"
    assert run(office, "import", "people.csv", "--prune", "--force") == [counts]


def test_importing_an_export_changes_nothing(office: Serving) -> None:
    write(office, PEOPLE + '"=1+1";"""Citat""; semikolon\nrad två";;\n+46 8;+46;;\n')
    run(office, "import", "people.csv")
    assert run(office, "export", "kept.csv") == ["kept.csv: 4 entries"]
    kept = (office.folder / "kept.csv").read_bytes()
    assert kept.startswith(b"\xef\xbb\xbfid;extension;name;")
    assert kept[3:].decode() == office.command("export", "-").stdout.replace("\n", "\r\n").replace(
        "semikolon\r\nrad", "semikolon\nrad"
    )
    same = "added 0  changed 0  unchanged 4  removed 0  rejected 0"
    assert run(office, "import", "kept.csv", "--prune") == [same]
    assert run(office, "import", "-", "--prune", stdin=kept.decode()) == [same]


def test_a_file_that_cannot_be_read_or_written_is_told(office: Serving) -> None:
    (office.folder / "people.csv").write_bytes(b"PK\x03\x04")
    assert run(office, "import", "people.csv", status=1) == [
        "katalog: people.csv: is an Excel workbook (or another ZIP file), not CSV; in Excel: Save As, “CSV UTF-8”"
    ]
    assert run(office, "import", "nobody.csv", status=1) == [
        "katalog: nobody.csv: cannot be read: No such file or directory"
    ]
    assert run(office, "export", "nowhere/kept.csv", status=1) == [
        "katalog: nowhere/kept.csv: cannot be written: No such file or directory"
    ]
    run(office, "import", status=2)
    run(office, "import", "people.csv", "--prnue", status=2)


def test_an_export_nobody_reads_to_its_end_is_no_trouble(office: Serving) -> None:
    write(office, "extension;name\n" + "".join(f"{number};{'x' * 100}\n" for number in range(2000)))
    run(office, "import", "people.csv")
    command = f"{' '.join(KATALOG)} export | head -1"
    result = subprocess.run(command, shell=True, cwd=office.folder, capture_output=True, text=True, check=False)
    assert result.stdout.startswith("id;extension;name")
    assert result.stderr == ""


def test_an_export_that_fails_leaves_the_old_file(office: Serving) -> None:
    (office.folder / "kept.csv").write_text("as it was")
    (office.folder / "katalog.db").write_bytes(b"no database at all, whatever it is called" * 100)
    (complaint,) = run(office, "export", "kept.csv", status=1)
    assert "katalog.db" in complaint
    assert (office.folder / "kept.csv").read_text() == "as it was"
    assert sorted(path.name for path in office.folder.iterdir()) == ["katalog.db", "katalog.toml", "kept.csv"]


def table(path: Path, count: int, *, title: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "extension", "name", "email", "title", "numbers", "devices"])
        writer.writerows(
            [f"k{n}", f"{n}", f"Förnamn {n}", f"p{n}@b.se", title, f"08-{n}, 070-{n}", f"PJSIP/{n}"]
            for n in range(count)
        )


def peak_memory(office: Serving, *arguments: str) -> int:
    """Of one command, in megabytes."""
    with subprocess.Popen([*KATALOG, *arguments], cwd=office.folder, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss // 1024


def test_a_hundred_thousand_people_pass_in_little_memory(office: Serving) -> None:
    """Added, changed, previewed, exported: nothing of it holds them all."""
    path = office.folder / "people.csv"
    table(path, 1000, title="x")
    little = peak_memory(office, "import", "people.csv")
    table(path, 100_000, title="y")
    for arguments in (
        ["import", "people.csv", "--dry-run"],
        ["import", "people.csv"],
        ["export", "kept.csv"],
    ):
        assert peak_memory(office, *arguments) < little + 60, arguments


def test_a_bar_is_shown_on_a_terminal_only(office: Serving) -> None:
    # Enough that reading takes more than the second from which on a bar is shown.
    table(office.folder / "people.csv", 100_000, title="x")
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*KATALOG, "import", "people.csv"], cwd=office.folder, stdout=subprocess.PIPE, stderr=slave
    ) as process:
        os.close(slave)
        seen = b""
        while chunk := _read(master):
            seen += chunk
        stdout, _ = process.communicate()
    os.close(master)
    assert process.returncode == 0
    assert b"reading" in seen
    assert stdout == b"added 100000  changed 0  unchanged 0  removed 0  rejected 0\n"


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux's way to say that the other end is closed.
        return b""
