"""The page in Chromium with 10,000 people: from a key until what it finds is painted, and from a change until it is."""

import asyncio
import http.server
import random
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from statistics import quantiles
from typing import Any

import httpx
from playwright.async_api import Page

from benchmarks.people import fill, swedes
from benchmarks.table import Row
from katalog.domain.entry import Entry
from tests.serving import Serving
from tests.system.browser import chromium, person

PEOPLE, WORDS, TURN, CHANGES = 10_000, 40, 10, 60
KEY, PUSHED = 50.0, 100.0
"""Milliseconds at the 95th percentile."""

_WATCH = """
(shown) => {
  // From the moment at which the key was pressed until the frame that shows something else has been painted: what is
  // posted while a frame is made is told when it is done.
  window.taken = [];
  window.painted = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(null);
  });
  let pressed = 0;
  addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  new MutationObserver(() => {
    if (!pressed) return;
    const from = pressed;
    pressed = 0;
    window.painted(() => window.taken.push(performance.now() - from));
  }).observe(document.querySelector(shown), { childList: true, subtree: true, attributeFilter: ["hidden"] });
}
"""

_AWAIT = """
(text) => new Promise((painted) => {
  const place = document.querySelector(".row .message");
  const look = () => place.textContent === text
    && (seen.disconnect(), window.painted(() => painted(Date.now())));
  const seen = new MutationObserver(look);
  seen.observe(place, { childList: true, subtree: true, characterData: true });
  look();
})
"""


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_measured(Path(name)))


async def _measured(folder: Path) -> list[Row]:
    staff = tuple(swedes(PEOPLE))
    serving = Serving(folder, "[limits]\nsearch_per_minute = 0\n")
    await fill(serving, staff)
    serving.add_account("chef", "--admin")
    serving.launch()
    try:
        await serving.until_ready(60)
        with plain(staff) as url:
            login = ("chef", "hemligheter")
            async with (
                chromium() as browser,
                person(browser, serving.url, login=login) as someone,
                person(browser, url) as other,  # in a process of its own
            ):
                page, table = await someone.goto(), other.page
                await page.wait_for_selector(".row")
                await table.goto(url)
                ours, theirs = await _keys(page, table, staff)
                pushed = await _pushed(page, serving, staff)
    finally:
        serving.kill(signal.SIGTERM)
    name = f"page, {PEOPLE:,} people, key press until what it finds is painted"
    beside = [
        Row(f"{name}: p{each}", "ms", mine, peer, "a table of them all, in which a key hides rows", mine / peer, None)
        for each in (50, 95)
        for mine, peer in [(_percentile(ours, each), _percentile(theirs, each))]
    ]
    pushing = f"page, {PEOPLE:,} people, change, from its request until it is painted"
    return [*beside, _held(name, ours, KEY), _held(pushing, pushed, PUSHED)]


def _percentile(times: list[float], percentile: int) -> float:
    return quantiles(times, n=100)[percentile - 1]


def _held(name: str, times: list[float], promise: float) -> Row:
    """The 95th percentile against what is promised of it, in milliseconds."""
    slow = _percentile(times, 95)
    return Row(f"{name}: p95", "ms", slow, None, "", slow, promise, at_least=False)


async def _keys(page: Page, table: Page, staff: tuple[Entry, ...]) -> tuple[list[float], list[float]]:
    """Milliseconds of each key, in our page and in the plain one, some words each in turns."""
    rng = random.Random(1876)
    names = [word for entry in staff for word in entry.name.split() if word.isascii()]  # keys that a test can press
    words = [rng.choice(names)[:5] for _ in range(WORDS)]
    for each, shown in ((page, ".side"), (table, "tbody")):
        await each.evaluate(_WATCH, shown)
    for start in range(0, WORDS, TURN):
        for each in (page, table):
            await each.bring_to_front()
            await asyncio.sleep(1)  # whoever comes to a page looks first
            box = each.locator("input[type=search]")
            await box.focus()
            for word in words[start : start + TURN]:
                for letter in word:
                    await each.keyboard.press(letter)
                    await asyncio.sleep(0.12)  # as fast as people write
                await box.fill("")
                await asyncio.sleep(0.2)
    found = [await each.evaluate("window.taken") for each in (page, table)]
    return found[0], found[1]


async def _pushed(page: Page, serving: Serving, staff: tuple[Entry, ...]) -> list[float]:
    """Milliseconds from when a request is sent that changes the first one's message, until it is painted."""
    await page.bring_to_front()
    first = await page.locator(".row").first.get_attribute("data-id")
    taken = []
    async with httpx.AsyncClient(base_url=serving.url, auth=("chef", "hemligheter"), timeout=30) as client:
        await client.get("/api/extensions/me")
        for turn in range(CHANGES):
            text = f"Ring {turn}"
            painted: asyncio.Future[Any] = asyncio.ensure_future(page.evaluate(_AWAIT, text))
            await asyncio.sleep(0.1)
            begun = time.time()
            answer = await client.put(f"/api/entries/{first}/profile", json={"name": "meeting", "message": text})
            answer.raise_for_status()
            taken.append(await painted - begun * 1000)
    return taken


@contextmanager
def plain(staff: tuple[Entry, ...]) -> Iterator[str]:
    """The peer: everybody is in the document, and a script of a few lines hides who is not found."""
    rows = "".join(
        f"<tr><td>{escape(entry.name)}<td>Tillgänglig<td>{escape(entry.extension)}" for entry in staff
    )  # fmt: skip
    script = (
        'const box=document.querySelector("input"),rows=[...document.querySelectorAll("tr")];'
        "const texts=rows.map(row=>row.textContent.toLowerCase());"
        "box.oninput=()=>{const word=box.value.toLowerCase();"
        "rows.forEach((row,at)=>row.hidden=!texts[at].includes(word))}"
    )
    document = (
        f"<!doctype html><meta charset=utf-8><input type=search><table><tbody>{rows}</table><script>{script}</script>"
    )
    content = document.encode("utf-8")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
