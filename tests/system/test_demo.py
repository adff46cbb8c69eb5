"""`katalog demo`, as somebody who tries katalog for the first time meets it."""

import asyncio
import re
import shlex
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.serving import children_of, is_running
from tests.system.demonstration import Demo, demonstration

EXAMPLE = ["Anna Andersson", "Bengt Bengtsson", "Konferensrum A"]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with demonstration(tmp_path) as started:
        yield started


async def test_the_line_it_prints_answers_with_the_example_first_and_live_calls(
    demo: Demo,
) -> None:
    _, (link, url, line) = demo
    assert re.fullmatch(rf"{re.escape(url)}#token=kat_\S+", link)
    assert re.fullmatch(r"curl -H 'Authorization: Bearer \S+' http://127\.0\.0\.1:\d+/api/extensions/", line)
    begun = time.monotonic()
    seen: set[tuple[str, str]] = set()
    async with httpx.AsyncClient() as client:
        _, _, header, address = shlex.split(line)
        headers = dict([header.split(": ", 1)])
        while seen != {(d, s) for d in ("in", "out") for s in ("ringing", "up")}:
            people = (await client.get(address, headers=headers)).json()
            assert [person["name"] for person in people[:3]] == EXAMPLE
            assert len(people) >= 103
            seen |= {(call["direction"], call["linestatus"]) for person in people for call in person["calls"]}
            assert time.monotonic() - begun < 20
            await asyncio.sleep(0.2)
        assert (await client.get(url)).headers["content-type"].startswith("text/html")


async def test_the_link_has_a_token_of_annas_with_which_everything_can_be_seen_and_calls_be_placed(
    demo: Demo,
) -> None:
    _, (link, url, _) = demo
    headers = {"authorization": f"Bearer {link.partition('#token=')[2]}"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        assert (await client.get("/api/extensions/me")).json()["name"] == "Anna Andersson"
        assert (await client.get("/api/audit")).status_code == 200
        names = {
            person["profile"]["name"] for person in (await client.get("/api/extensions/")).json() if person["profile"]
        }
        assert names >= {"Tillgänglig", "Möte", "Lunch", "Semester"}
        colleague = (await client.get("/api/entries?q=supporttekniker&oncall=false")).json()["entries"][0]
        assert (await client.get(f"/api/dial/{colleague['extension']}")).json() == {"message": "OK"}
        async with asyncio.timeout(20):
            while not any(call["callerid"] == "08010203" for call in colleague["calls"]):
                colleague = (await client.get(f"/api/entries/{colleague['id']}")).json()
                await asyncio.sleep(0.2)


async def test_ctrl_c_ends_it_and_leaves_nothing(demo: Demo, tmp_path: Path) -> None:
    process, _ = demo
    started = [process.pid, *children_of(process.pid)]
    assert list(tmp_path.glob("katalog-demo-*"))
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert not any(is_running(pid) for pid in started)
    assert list(tmp_path.iterdir()) == []
