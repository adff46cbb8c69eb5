"""The board on a wall, in a real Chromium: it lets itself in, changes nothing, and survives a night."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.system.browser import Person, faults, is_wider_than_the_screen, person
from tests.system.house import House

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

SUPPORT = 70


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    rows = [f"{100 + number};Person {number:03};{'Support' if number < SUPPORT else 'Lager'}" for number in range(80)]
    people = "extension;name;department\n" + "\n".join(rows) + "\n"
    async with House.open(tmp_path_factory.mktemp("board"), people, anna="100") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def wall(browser: Browser, house: House) -> AsyncIterator[Person]:
    """A screen that somebody has opened the link on."""
    token = house.serving.add_token("anna", "--read-only")
    async with person(browser, house.serving.url) as someone:
        await someone.page.goto(f"/board?department=Support#token={token}")
        await someone.page.wait_for_selector(".tile")
        yield someone
        assert someone.complaints == []


async def test_it_lets_itself_in_and_shows_a_department_page_by_page(wall: Person, house: House) -> None:
    page = wall.page
    await expect(page.locator("h1")).to_have_text("Support")
    await expect(page.locator(".pages")).to_contain_text("1/")
    pages = int((await page.locator(".pages").inner_text()).partition("/")[2])
    seen = await page.locator(".tile").count()
    assert seen * (pages - 1) < SUPPORT <= seen * pages
    last = page.locator(".tile").last
    box = await last.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800, "nothing is cut off"
    await expect(page.locator(".pages")).to_have_text(f"2/{pages}", timeout=20_000)
    await house.set(f"{100 + seen}", "Lunch")
    await expect(page.locator(".tile", has_text=f"Person {seen:03}")).to_contain_text("Lunch")
    await house.clear(f"{100 + seen}")


async def test_its_session_can_change_nothing(wall: Person) -> None:
    status = await wall.page.evaluate(
        "fetch('/api/extensions/me/profile', { method: 'PUT', body: '{\"name\": \"lunch\"}' }).then(answer => answer.status)"
    )
    assert status == 403


async def test_a_token_that_may_do_more_is_refused(browser: Browser, house: House) -> None:
    token = house.serving.add_token("anna")
    async with person(browser, house.serving.url) as someone:
        await someone.page.goto(f"/board#token={token}")
        await expect(someone.page.locator(".alarm")).to_contain_text("får ändra")
        assert await someone.page.locator(".tile").count() == 0
        assert await someone.context.cookies() == [], "its session is ended"


async def test_a_night_without_network_does_no_harm(wall: Person, house: House) -> None:
    page = wall.page
    house.serving.kill()
    await expect(page.locator(".alarm")).to_contain_text("Ingen kontakt sedan")
    await asyncio.sleep(2)
    house.serving.launch()
    await house.serving.until_ready()
    await house.set("100", "Möte")
    await expect(page.locator(".alarm")).to_be_empty(timeout=30_000)
    await page.reload()
    await expect(page.locator(".tile").first).to_contain_text("Möte")
    await house.clear("100")
    await expect(page.locator(".tile").first).to_contain_text("Tillgänglig")


async def test_who_is_let_in_no_more_is_told_and_comes_back_with_a_new_link(browser: Browser, house: House) -> None:
    token = house.serving.add_token("anna", "--read-only")
    listed = await house.ask("GET", "/api/accounts")
    (anna,) = [account["id"] for account in listed if account["login"] == "anna"]
    async with person(browser, house.serving.url) as someone:
        page = someone.page
        await page.goto(f"/board?department=Lager#token={token}")
        await expect(page.locator(".tile")).to_have_count(10)
        tokens = await house.ask("GET", f"/api/accounts/{anna}/tokens")
        newest = [each["id"] for each in tokens if not each["session"]][-1]
        await house.ask("DELETE", f"/api/accounts/{anna}/tokens/{newest}")
        await expect(page.locator(".alarm")).to_contain_text("Länken gäller inte längre")
        await page.goto(f"/board?department=Lager#token={house.serving.add_token('anna', '--read-only')}")
        await page.reload()
        await expect(page.locator(".tile")).to_have_count(10)
        assert someone.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_nothing_keeps_anybody_out(browser: Browser, house: House, dark: bool) -> None:
    token = house.serving.add_token("anna", "--read-only")
    async with person(browser, house.serving.url, dark=dark, size="wall" if dark else "phone") as someone:
        page = someone.page
        await page.goto(f"/board#token={token}")
        await page.wait_for_selector(".tile")
        assert await faults(page) == []
        assert not await is_wider_than_the_screen(page)
