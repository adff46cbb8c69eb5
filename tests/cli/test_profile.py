"""`katalog profile`: with the same inputs as over HTTP."""

from pathlib import Path

import pytest

from tests.serving import Serving


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    found = Serving(tmp_path)
    (tmp_path / "people.csv").write_text("extension;name;kind\n100;Anna;\n101;Bengt;\n190;Rum;room\n", "utf-8")
    found.command("import", "people.csv")
    return found


def test_set_listed_and_cleared(serving: Serving) -> None:
    said = serving.command("profile", "set", "100", "semester", "--until", "2099-03-14", "--message", "Vi ses").stdout
    assert said == "100 Anna: Semester until 2099-03-14 23:59:59, “Vi ses”\n"
    listed = serving.command("profile", "list")
    assert listed.stdout == "100\tAnna\tSemester\t2099-03-14 23:59:59\thand\tVi ses\n"
    assert "Tillgänglig, Upptagen, Möte, Lunch" in listed.stderr
    everybody = serving.command("profile", "list", "--all").stdout.splitlines()
    assert everybody[1:] == ["101\tBengt\tTillgänglig\t\tdefault\t"]
    assert serving.command("profile", "clear", "100").stdout == "100 Anna: Tillgänglig\n"
    assert serving.command("profile", "list").stdout == ""
    assert serving.command("profile", "set", "101", "Semester", "--until", "none").stdout == "101 Bengt: Semester\n"


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("set", "999", "Sjuk"), 1, "999"),
        (("set", "100", "Sjukk"), 1, "name: must be one of Available"),
        (("set", "100", "Sjuk", "--until", "2015-01-01"), 1, "until: is in the past"),
        (("set", "100", "Sjuk", "--message", "x" * 4001), 1, "message: "),
        (("set", "190", "Möte"), 1, "has no profile"),
        (("clear", "190"), 1, "has no profile"),
        (("set", "100"), 2, "NAME"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    serving: Serving, arguments: tuple[str, ...], status: int, told: str
) -> None:
    result = serving.command("profile", *arguments, check=False)
    assert (result.returncode, told in result.stderr) == (status, True), result.stderr
    assert serving.command("profile", "list").stdout == ""
