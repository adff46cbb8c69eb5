"""`katalog import` beside a running server: seen in time, nothing half-written, nobody's change lost."""

import asyncio
import csv
import random
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from tests.serving import KATALOG, Serving

pytestmark = pytest.mark.system

HEADER = ["id", "extension", "name", "email", "title", "department", "devices"]


def write(path: Path, count: int, *, title: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADER)
        for number in range(count):
            writer.writerow(
                [f"src-{number}", f"08{number:06}", f"Förnamn {number}", f"p{number}@exempel.se", title,
                 f"Avdelning {number % 20}", f"PJSIP/{number}"]
            )  # fmt: skip


def admin(serving: Serving) -> dict[str, str]:
    serving.add_account("admin", "--admin")
    return {"authorization": f"Bearer {serving.add_token('admin')}"}


async def seen_within(client: httpx.AsyncClient, path: str, title: str, seconds: float) -> float:
    """Asks for the last person of the file, which is shown when all of it is: an import is one transaction."""
    begun = time.monotonic()
    while True:
        response = await client.get(f"/api/entries?limit=1&department=Avdelning 0&cursor={path}")
        rows = response.json()["entries"]
        if rows and rows[0]["title"] == title:
            return time.monotonic() - begun
        assert time.monotonic() - begun < seconds, f"not shown within {seconds} s"
        await asyncio.sleep(0.02)


@pytest.mark.alone
async def test_a_running_server_shows_an_import_of_a_thousand_within_a_second(tmp_path: Path) -> None:
    count = 1_000
    async with Serving.running(tmp_path) as serving:
        headers = admin(serving)
        async with httpx.AsyncClient(base_url=serving.url, headers=headers, timeout=30) as client:
            for title in ("först", "sedan"):
                write(tmp_path / "people.csv", count, title=title)
                result = await asyncio.to_thread(serving.command, "import", "people.csv")
                assert result.stdout.startswith(f"added {count if title == 'först' else 0} ")
                await seen_within(client, "", title, 1)
            rows = (await client.get("/api/extensions/")).json()
            assert len(rows) == count


@pytest.mark.alone
async def test_a_hundred_thousand_are_shown_in_time_and_a_change_made_meanwhile_is_neither_lost_nor_refused(
    tmp_path: Path,
) -> None:
    """Somebody edits people and sets their profiles, one after the other, while 100,000 are imported; the file says
    nothing of mobiles."""
    count = 100_000
    async with Serving.running(tmp_path) as serving:
        headers = admin(serving)
        write(tmp_path / "people.csv", count, title="först")
        result = await asyncio.to_thread(serving.command, "import", "people.csv")
        assert result.stdout.startswith(f"added {count} ")
        async with httpx.AsyncClient(base_url=serving.url, headers=headers, timeout=30) as client:
            await seen_within(client, "", "först", 5)
            ids = [row["id"] for row in (await client.get("/api/entries?limit=1000")).json()["entries"]]
            write(tmp_path / "people.csv", count, title="sedan")
            importing = asyncio.create_task(asyncio.to_thread(serving.command, "import", "people.csv"))
            changed: list[str] = []
            while not importing.done():
                id_ = ids[len(changed)]
                response = await client.patch(f"/api/entries/{id_}", json={"mobile": f"070{len(changed):07}"})
                assert response.status_code == 200, response.text
                profile = {"name": "Semester", "message": f"nummer {len(changed)}"}
                response = await client.put(f"/api/entries/{id_}/profile", json=profile)
                assert response.status_code == 200, response.text
                changed.append(id_)
                await asyncio.sleep(0.02)
            await importing
            assert len(changed) > 10
            await seen_within(client, "", "sedan", 5)
            assert len((await client.get("/api/extensions/")).json()) == count
            for number, id_ in enumerate(changed):
                row = (await client.get(f"/api/entries/{id_}")).json()
                assert (row["mobile"], row["title"]) == (f"070{number:07}", "sedan")
                assert row["profile"]["message"] == f"nummer {number}"


def test_killed_in_the_middle_an_import_has_done_all_or_nothing(tmp_path: Path) -> None:
    count = 10_000
    serving = Serving(tmp_path)
    write(tmp_path / "people.csv", count, title="t0")
    importing = [*KATALOG, "import", "people.csv", "--config", str(serving.config)]
    begun = time.monotonic()
    subprocess.run(importing, cwd=tmp_path, stdout=subprocess.DEVNULL, check=True)
    usual = time.monotonic() - begun
    chance = random.Random(11)
    outcomes = set()
    for number in range(1, 9):
        write(tmp_path / "people.csv", count, title=f"t{number}")
        begun = time.monotonic()
        with subprocess.Popen(importing, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(usual * chance.uniform(0.3, 1.0))
                # The machine may have stood still when it was measured.
                usual = min(usual, time.monotonic() - begun)
            except subprocess.TimeoutExpired:
                process.kill()
        serving.command("export", "kept.csv")
        with (tmp_path / "kept.csv").open(encoding="utf-8-sig", newline="") as file:
            sample = file.readline()
            rows = list(csv.DictReader(file, fieldnames=next(csv.reader([sample], delimiter=_delimiter(sample))),
                                       delimiter=_delimiter(sample)))  # fmt: skip
        assert len(rows) == count
        titles = {row["title"] for row in rows}
        assert len(titles) == 1, "half of an import"
        outcomes.add(titles == {f"t{number}"})
    assert False in outcomes, "never killed before it was done"


def _delimiter(header: str) -> str:
    return ";" if ";" in header else ","
