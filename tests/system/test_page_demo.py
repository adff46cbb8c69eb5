"""A newcomer with the demo, who reads nothing: opens the link that it prints, and sees what katalog is for."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.system.browser import person
from tests.system.demonstration import demonstration

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

FIRST_CALL = 30_000
"""Milliseconds; the telephone rings within 20 seconds."""


async def test_finds_a_colleague_sees_a_call_arrive_goes_to_lunch_and_comes_back(
    browser: Browser, tmp_path: Path
) -> None:
    async with demonstration(tmp_path) as (_, (link, url, _)), person(browser, url) as newcomer:
        page = newcomer.page
        await page.goto(link)
        own = page.locator(".own")
        await expect(own.locator(".name")).to_have_text("Anna Andersson")
        await expect(page.locator(".row")).not_to_have_count(0)

        await page.click("k-people input[type=search]")
        await page.keyboard.type("bengt beng")
        row = page.locator(".row")
        await expect(row.locator(".name").first).to_have_text("Bengt Bengtsson")
        await row.first.click()
        await expect(page.locator("k-card h2")).to_have_text("Bengt Bengtsson")
        await expect(page.locator("k-card > .state")).to_contain_text("Semester")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")

        await expect(own.locator(".mark")).to_have_attribute("data-kind", "ringing", timeout=FIRST_CALL)
        await page.click(".chip[data-value=oncall]")
        line = page.locator(".row", has_text="Anna Andersson")
        await expect(line.locator(".line")).to_contain_text("ringer", timeout=FIRST_CALL)  # or the next time
        await page.click(".chip[data-value='']")

        await own.click()
        await page.click(".panel .choice[data-id=lunch]")
        await expect(page.locator(".panel")).to_be_hidden()  # that it is set may be seen before
        await expect(own).to_contain_text("Lunch", timeout=FIRST_CALL)  # after the call, if there is one
        await own.click()
        await page.click(".panel .choice[data-id=available]")
        await expect(own).to_contain_text("Tillgänglig", timeout=FIRST_CALL)
        assert newcomer.complaints == []
