"""Calendars from beginning to end: events put into a real calendar server, shown by a running `katalog serve`."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.serving import Serving
from tests.system.radicale import PASSWORD, USER, Radicale

pytestmark = pytest.mark.system

STOCKHOLM = ZoneInfo("Europe/Stockholm")
PEOPLE = "extension,name,email\n100,Anna,anna@ex.se\n101,Bengt,bengt@ex.se\n"
SUBJECT = "Hemligt samtal"


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def wall(moment: datetime) -> str:
    return moment.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S")


@pytest.fixture
async def radicale(tmp_path: Path) -> AsyncIterator[Radicale]:
    folder = tmp_path / "radicale"
    folder.mkdir()
    async with Radicale.running(folder) as running:
        yield running


class Katalog:
    """A served installation with people, and what its API tells."""

    def __init__(self, serving: Serving, client: httpx.AsyncClient) -> None:
        self.serving = serving
        self.client = client

    async def profile(self, extension: str) -> Any:
        return (await self.client.get(f"/api/extensions/{extension}")).json()["profile"]

    async def path(self, extension: str) -> str:
        entries = (await self.client.get("/api/entries")).json()["entries"]
        (id_,) = [entry["id"] for entry in entries if entry["extension"] == extension]
        return f"/api/entries/{id_}/calendar"

    async def calendar(self, extension: str) -> Any:
        return (await self.client.get(await self.path(extension))).json()

    async def until(self, ask: Callable[[str], Awaitable[Any]], extension: str, **wanted: Any) -> Any:
        async with asyncio.timeout(20):
            while True:
                told = await ask(extension)
                if {key: told.get(key) for key in wanted} == wanted:
                    return told
                await asyncio.sleep(0.05)


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[[str], Awaitable[Katalog]]]:
    serving: list[Serving] = []
    clients: list[httpx.AsyncClient] = []

    async def begin(calendars: str) -> Katalog:
        made = Serving(tmp_path, f"[webhooks]\nallow_private = true\n[calendars]\ninterval = 1\n{calendars}")
        (tmp_path / "people.csv").write_text(PEOPLE, "utf-8")
        made.command("import", "people.csv")
        made.add_account("admin", "--admin")
        made.launch()
        serving.append(made)
        await made.until_ready()
        clients.append(httpx.AsyncClient(base_url=made.url, auth=("admin", "hemligheter")))
        return Katalog(made, clients[0])

    yield begin
    for client in clients:
        await client.aclose()
    for one in serving:
        if one.process is not None:
            one.kill()


async def test_an_event_is_shown_until_its_end_changed_and_taken_away(
    radicale: Radicale, start: Callable[[str], Awaitable[Katalog]], tmp_path: Path
) -> None:
    await radicale.make_calendar("anna")
    katalog = await start("")
    now = datetime.now(UTC)
    end = now + timedelta(minutes=45)
    set_ = await katalog.client.put(await katalog.path("100"), json={"url": radicale.url_with_password("anna")})
    assert set_.status_code == 200, set_.text
    assert set_.json()["url"] == f"http://127.0.0.1:{radicale.port}/…"
    await katalog.until(katalog.calendar, "100", state="ok", events=0)
    assert (await katalog.profile("100"))["name"] == "Tillgänglig"

    await radicale.put("anna", "1", f"DTSTART:{stamp(now)}", f"DTEND:{stamp(end)}", f"SUMMARY:{SUBJECT}")
    shown = await katalog.until(katalog.profile, "100", name="Möte")
    assert shown == {"available": False, "name": "Möte", "until": wall(end), "message": None}
    assert (await katalog.profile("101"))["name"] == "Tillgänglig"

    await radicale.put("anna", "1", f"DTSTART:{stamp(now)}", f"DTEND:{stamp(end)}", f"SUMMARY:Lunch: {SUBJECT}")
    assert (await katalog.until(katalog.profile, "100", name="Lunch"))["until"] == wall(end)

    soon = datetime.now(UTC) + timedelta(seconds=10)
    await radicale.put("anna", "1", f"DTSTART:{stamp(now)}", f"DTEND:{stamp(soon)}", f"SUMMARY:{SUBJECT}")
    await katalog.until(katalog.profile, "100", name="Möte", until=wall(soon))
    await katalog.until(katalog.profile, "100", name="Tillgänglig")
    assert datetime.now(UTC) >= soon.replace(microsecond=0)
    assert (await katalog.calendar("100"))["events"] == 1, "it ends by the clock, not by being read again"

    series = (f"DTSTART:{stamp(now - timedelta(days=7))}", "DURATION:PT2H", "RRULE:FREQ=WEEKLY")
    await radicale.put("anna", "2", *series)
    until = wall(now + timedelta(hours=2))
    assert (await katalog.until(katalog.profile, "100", name="Möte"))["until"] == until
    await radicale.put("anna", "2", *series, f"EXDATE:{stamp(now)}")
    await katalog.until(katalog.profile, "100", name="Tillgänglig")
    await radicale.put("anna", "2", *series)
    await katalog.until(katalog.profile, "100", name="Möte")
    await radicale.delete("anna", "2")
    await katalog.until(katalog.profile, "100", name="Tillgänglig")

    log = katalog.serving.log
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("katalog.*"))
    for secret in (SUBJECT, "radisa", "/anna"):
        assert secret not in log
        assert secret.encode() not in kept


async def test_a_server_that_is_away_blanks_nobody_and_a_restart_reads_again(
    radicale: Radicale, start: Callable[[str], Awaitable[Katalog]], tmp_path: Path
) -> None:
    await radicale.make_calendar("anna")
    now = datetime.now(UTC)
    times = (f"DTSTART:{stamp(now)}", f"DTEND:{stamp(now + timedelta(hours=1))}")
    await radicale.put("anna", "1", *times)
    katalog = await start("")
    where = await katalog.path("100")
    await katalog.client.put(where, json={"url": radicale.url("anna")})
    told = await katalog.until(katalog.calendar, "100", state="broken")
    assert "401" in told["reason"], "no password, no calendar"
    await katalog.client.put(where, json={"url": radicale.url_with_password("ingen")})
    told = await katalog.until(katalog.calendar, "100", state="broken")
    assert told["reason"]
    await katalog.client.put(where, json={"url": radicale.url_with_password("anna")})
    await katalog.until(katalog.profile, "100", name="Möte")

    radicale.stop()
    # A reading that was under way when it ended may say something else first.
    told = await katalog.until(katalog.calendar, "100", state="broken", reason="Servern går inte att nå.")
    assert told["events"] == 1
    assert (await katalog.profile("100"))["name"] == "Möte"
    assert "calendar.broken" in katalog.serving.log
    radicale.launch()
    await radicale.until_ready()
    await katalog.until(katalog.calendar, "100", state="ok")
    assert "calendar.mended" in katalog.serving.log

    backup = tmp_path / "backup.db"
    katalog.serving.command("backup", str(backup))
    with sqlite3.connect(backup) as database:
        (sealed,) = [url for (url,) in database.execute("SELECT url FROM calendar")]
    database.close()
    assert "127.0.0.1" not in sealed
    assert (tmp_path / "katalog.key").read_bytes() not in backup.read_bytes()

    katalog.serving.kill()
    katalog.serving.launch()
    await katalog.serving.until_ready()
    await katalog.until(katalog.profile, "100", name="Möte")

    (tmp_path / "katalog.key").unlink()
    katalog.serving.command("restore", str(backup))
    told = await katalog.until(katalog.calendar, "100", state="broken", url=None)
    assert "katalog.key" in told["reason"]
    assert (await katalog.client.delete(where)).status_code == 200
    assert (await katalog.client.get(where)).status_code == 404
    await katalog.until(katalog.profile, "100", name="Tillgänglig")


async def test_one_template_is_for_all(radicale: Radicale, start: Callable[[str], Awaitable[Katalog]]) -> None:
    now = datetime.now(UTC)
    day = now.astimezone(STOCKHOLM)
    for who, subject in (("anna@ex.se", "Semester: Kreta"), ("bengt@ex.se", "Budget")):
        await radicale.make_calendar(who)
        lines = (
            (f"DTSTART;VALUE=DATE:{day:%Y%m%d}", f"DTEND;VALUE=DATE:{day + timedelta(days=3):%Y%m%d}")
            if subject.startswith("Semester")
            else (f"DTSTART:{stamp(now)}", "DURATION:PT30M")
        )
        await radicale.put(who, "1", *lines, f"SUMMARY:{subject}")
    template = f"http://127.0.0.1:{radicale.port}/{USER}/{{email}}/"
    katalog = await start(f'template = "{template}"\nusername = "{USER}"\npassword = "{PASSWORD}"\n')
    shown = await katalog.until(katalog.profile, "100", name="Semester")
    last = day.replace(hour=0, minute=0, second=0) + timedelta(days=3)
    assert shown["until"] == wall(last)
    await katalog.until(katalog.profile, "101", name="Möte")
    told = await katalog.calendar("101")
    assert (told["own"], told["url"], told["state"]) == (False, f"http://127.0.0.1:{radicale.port}/…", "ok")
