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
    assert "disabled" not in serving.command("account", "list").stdout
    assert rows(serving.command("account", "invite", "--all").stdout) == []
