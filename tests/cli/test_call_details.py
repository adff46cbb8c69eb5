"""What `katalog check` says of call detail records."""

import time
from pathlib import Path

from katalog.cli.call_details import call_details
from katalog.settings import Pbx, Settings


def settings(**values: object) -> Settings:
    return Settings.model_validate({"pbx": [{"name": "växel", **values}, {"name": "andra"}]})


def row(ended: float) -> str:
    moment = f'"{time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(ended))}"'
    cells = ['"x"'] * 9 + [moment, '""', moment] + ["1", "0", '"NO ANSWER"', '"DOCUMENTATION"', '"1.0"']
    return ",".join(cells) + "\n"


async def test_nothing_is_said_where_there_are_none() -> None:
    assert await call_details(Settings(pbx=[Pbx()])) == []


async def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "Master.csv"
    loaded = settings(cdr_file=file, cdr_timezone="UTC")
    (absent,) = await call_details(loaded)
    assert (absent.ok, absent.subject) == (False, "pbx växel: call detail records")
    assert "No such file" in absent.text
    assert "cdr_file" in absent.advice
    file.write_text("")
    (empty,) = await call_details(loaded)
    assert empty.ok
    assert empty.text == f"{file} can be read; there is no call of the last day in it"
    now = time.time()
    file.write_text(row(now - 9000) + row(now - 7300))
    (found,) = await call_details(loaded)
    assert found.ok
    assert found.text == f"{file} can be read; the newest call ended 2 hours ago"


async def test_times_of_another_zone(tmp_path: Path) -> None:
    file = tmp_path / "Master.csv"
    file.write_text(row(time.time() + 7200 + 60))
    (found,) = await call_details(settings(cdr_file=file, cdr_timezone="UTC"))
    assert not found.ok
    assert found.text == f"{file}: its newest call ends 2 hours from now"
    assert "cdr_timezone" in found.advice


async def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    (found,) = await call_details(settings(cdr_url="mysql://katalog:hemligt@127.0.0.1:9/asteriskcdrdb"))
    assert not found.ok
    assert "cdr in mysql://katalog:***@127.0.0.1:9/asteriskcdrdb: " in found.text
    assert "cdr_url" in found.advice
