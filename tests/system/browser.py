"""Pages in a real Chromium, as a person uses them: by Playwright, which drives Debian's own."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from tests.system.chromium import NoChromium

SIZES = {"phone": (360, 740), "laptop": (1280, 800), "wall": (3840, 2160)}
WAITS = 15_000
"""Milliseconds that anything is waited for: several share the machine."""

# Looked at before each picture that is painted: when, in Unix milliseconds, what an element says begins so.
WHEN = """([selector, wanted]) => new Promise((resolve) => {
  const look = () => {
    const text = document.querySelector(selector)?.textContent.replace(/\\s+/g, " ").trim();
    if (text?.startsWith(wanted)) resolve(Date.now());
    else requestAnimationFrame(look);
  };
  look();
})"""

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Raises NoChromium if it is not installed."""
    program = shutil.which("chromium")
    if program is None:
        raise NoChromium("Chromium is not installed: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            # Many containers have little shared memory. A scroll bar takes room from what is measured.
            args=["--disable-dev-shm-usage", "--lang=sv-SE"],
            ignore_default_args=["--hide-scrollbars"],
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def person(
    browser: Browser,
    url: str,
    *,
    language: str = "sv-SE",
    size: str = "laptop",
    dark: bool = False,
    login: tuple[str, str] | None = None,
) -> AsyncIterator["Person"]:
    """Somebody with a browser of their own: nothing is kept from others. `login` has been logged in before."""
    width, height = SIZES[size]
    context = await browser.new_context(
        base_url=url,
        locale=language,
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        timezone_id="Europe/Stockholm",
    )
    context.set_default_timeout(WAITS)
    expect.set_options(timeout=WAITS)
    if login is not None:
        agent = browser_name(browser)
        async with httpx.AsyncClient(base_url=url, headers={"user-agent": agent}, timeout=30) as client:
            answer = await client.post("/api/auth/login", auth=login)
            answer.raise_for_status()
            await context.add_cookies(
                [{"name": name, "value": value, "url": url} for name, value in client.cookies.items()]
            )
    try:
        yield Person(context, await context.new_page())
    finally:
        await context.close()


def browser_name(browser: Browser) -> str:
    """What it calls itself to servers (User-Agent)."""
    return f"Mozilla/5.0 (X11; Linux x86_64) Chrome/{browser.version}"


class Person:
    """`page` is the first tab; `complaints` what the browser found wrong with the page."""

    def __init__(self, context: BrowserContext, page: Page) -> None:
        self.context = context
        self.page = page
        self.complaints: list[str] = []
        self._watch(page)

    def _watch(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, told: ConsoleMessage) -> None:
        # The browser itself tells of each answer that is a refusal; whether it was due is for the test to say.
        if told.type in ("error", "warning") and not told.text.startswith("Failed to load resource"):
            self.complaints.append(f"{told.text} ({told.location})")

    async def tab(self, address: str = "/") -> Page:
        page = await self.context.new_page()
        self._watch(page)
        await page.goto(address)
        return page

    async def goto(self, address: str = "/") -> Page:
        await self.page.goto(address)
        # Who one is and who there is come by two ways: pages are there before the people are.
        await self.page.wait_for_selector("k-app[data-state=live] .own")
        return self.page


async def faults(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA in what is shown now, and where."""
    # Of what is half seen through still, as it opens, colours would be found too pale.
    await page.evaluate(
        """Promise.allSettled(document.getAnimations()
          .filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime))
          .map((each) => each.finished)).then(() => null)"""
    )
    found: dict[str, Any] = (await Axe().run(page, options=RULES)).response
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


async def is_wider_than_the_screen(page: Page) -> bool:
    wide: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return wide
