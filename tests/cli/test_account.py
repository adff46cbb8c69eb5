"""`katalog account invite`: links by which people choose a password."""

import csv
from pathlib import Path

from tests.serving import Serving

PEOPLE = "extension;name;email;kind\n100;Anna;anna@exempel.se;\n200;Bo;;\n200;Cilla;;\n300;Rum;;room\n"


def importing(folder: Path) -> Serving:
    serving = Serving(folder)
    (folder / "people.csv").write_text(PEOPLE, "utf-8")
    serving.command("import", "people.csv")
    return serving


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_everybody_without_an_account_gets_one_and_a_link(tmp_path: Path) -> None:
    serving = importing(tmp_path)
    invited = rows(serving.command("account", "invite", "--all").stdout)
    assert [row["name"] for row in invited] == ["Anna", "Bo", "Cilla"], "a room is nobody"
    assert invited[0]["login"] == "anna@exempel.se"
    assert len({row["login"] for row in invited}) == 3
    assert all(row["link"].startswith(f"http://127.0.0.1:{serving.port}/invitation/") for row in invited)
    assert rows(serving.command("account", "invite", "--all").stdout) == []


def test_one_is_invited_by_login_extension_or_email(tmp_path: Path) -> None:
    serving = importing(tmp_path)
    (first,) = rows(serving.command("account", "invite", "100").stdout)
    (again,) = rows(serving.command("account", "invite", "ANNA@exempel.se").stdout)
    (named,) = rows(serving.command("account", "invite", first["login"]).stdout)
    assert first["login"] == again["login"] == named["login"] == "anna@exempel.se"
    assert len({first["link"], again["link"], named["link"]}) == 3
    shared = serving.command("account", "invite", "200", check=False)
    assert (shared.returncode, "several" in shared.stderr) == (1, True)
    assert serving.command("account", "invite", "999", check=False).returncode == 1
    assert serving.command("account", "invite", check=False).returncode == 2


def test_a_disabled_account_is_not_invited(tmp_path: Path) -> None:
    serving = importing(tmp_path)
    serving.add_account("anna")
    serving.command("account", "disable", "anna")
    refused = serving.command("account", "invite", "anna", check=False)
    assert (refused.returncode, "disabled" in refused.stderr) == (1, True)


def test_who_was_removed_by_mistake_gets_the_login_back(tmp_path: Path) -> None:
    serving = importing(tmp_path)
    serving.command("account", "invite", "--all")
    (tmp_path / "fewer.csv").write_text("extension;name\n300;Rum\n", "utf-8")
    refused = serving.command("import", "fewer.csv", "--prune", check=False)
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)
    serving.command("import", "fewer.csv", "--prune", "--force")
    assert serving.command("account", "list").stdout.count("disabled") == 3
    serving.command("import", "people.csv")
    back = rows(serving.command("account", "invite", "--all").stdout)
    assert back[0]["login"] == "anna@exempel.se"
    listed = serving.command("account", "list").stdout.splitlines()
    assert "anna@exempel.se\tuser\t100 Anna\tno password yet" in listed
    assert rows(serving.command("account", "invite", "--all").stdout) == []


def test_what_opened_an_account_before_does_not_open_it_for_whoever_gets_it_back(tmp_path: Path) -> None:
    serving = importing(tmp_path)
    (anna,) = rows(serving.command("account", "invite", "100").stdout)
    serving.add_token(anna["login"])
    (tmp_path / "fewer.csv").write_text("extension;name\n300;Rum\n", "utf-8")
    serving.command("import", "fewer.csv", "--prune", "--force")
    serving.command("import", "people.csv")
    serving.command("account", "invite", "--all")
    assert serving.command("token", "list").stdout == ""


def test_whoever_gets_an_extension_does_not_get_the_account_of_whoever_had_it(tmp_path: Path) -> None:
    serving = importing(tmp_path)
    (tmp_path / "bo.csv").write_text("extension;name\n400;Bo\n", "utf-8")
    serving.command("import", "bo.csv")
    (bo,) = rows(serving.command("account", "invite", "400").stdout)
    assert bo["login"] == "400"
    serving.command("import", "people.csv", "--prune", "--force")
    (tmp_path / "dan.csv").write_text("extension;name\n400;Dan\n", "utf-8")
    serving.command("import", "dan.csv")
    (dan,) = rows(serving.command("account", "invite", "400").stdout)
    assert dan["login"] != "400"
    assert [line for line in serving.command("account", "list").stdout.splitlines() if line.startswith("400\t")] == [
        "400\tuser\t\tdisabled"
    ]
