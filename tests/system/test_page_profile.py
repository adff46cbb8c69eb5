"""One's own profile in a real Chromium: set in two presses, planned, and what opens one's account."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Route, expect

from tests.listening import listening
from tests.system.browser import Person, faults, is_wider_than_the_screen, person
from tests.system.house import PASSWORD, USER, House, today

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = "extension;name;devices;email\n101;Anna Svensson;PJSIP/101;anna@exempel.se\n102;Bo Berg;;\n"
PROFILE = "/api/extensions/me/profile"
SETTINGS = "[webhooks]\nallow_private = true\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with House.open(tmp_path_factory.mktemp("page"), PEOPLE, SETTINGS) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def anna(browser: Browser, house: House) -> AsyncIterator[Person]:
    async with person(browser, house.serving.url, login=USER) as someone:
        await someone.goto("/profile")
        await someone.page.wait_for_selector("k-profile .choice")
        yield someone
        assert someone.complaints == []


async def profile_of_anna(house: House) -> dict[str, object]:
    entry = await house.entry("101")
    found: dict[str, object] = entry["profile"]
    return found


async def lunchs_end(house: House) -> str:
    """The end that the catalogue proposes now, to the minute."""
    (lunch,) = [each for each in await house.ask("GET", "/api/profiles") if each["id"] == "lunch"]
    return str(lunch["proposed"][:16])


def told(end: str) -> str:
    """How an end is told (a pattern), whichever day it is by then; at 23:59 and midnight it is that of the day."""
    at = f"åter (i morgon )?{end[11:]}"
    return f"({at}|hela dagen)" if end[11:] in ("23:59", "00:00") else at


async def test_a_profile_is_set_by_two_presses_with_the_end_that_is_proposed(anna: Person, house: House) -> None:
    page = anna.page
    ends = [await lunchs_end(house)]  # after 13:00 it is an hour from now, and a minute may pass
    await page.goto("/")
    await page.click(".own")
    proposed = await page.locator(".panel .choice[data-id=lunch] .about").inner_text()
    await page.click(".panel .choice[data-id=lunch]")
    await expect(page.locator(".panel")).to_be_hidden()
    ends.append(await lunchs_end(house))
    either = "|".join(map(told, ends))
    assert re.fullmatch(either, proposed), (proposed, ends)
    await expect(page.locator(".own .about")).to_have_text(re.compile(f"^Lunch, ({either})$"))
    profile = await profile_of_anna(house)
    assert (profile["name"], str(profile["until"])[:16] in ends) == ("Lunch", True)
    await page.keyboard.press("p")
    await page.click(".panel .choice[data-id=available]")
    await expect(page.locator(".own .about")).to_have_text("Tillgänglig")


async def test_a_profile_that_asks_for_an_end_says_so_and_keeps_what_was_typed(anna: Person, house: House) -> None:
    page = anna.page
    part = page.locator("k-profile k-set")
    await part.locator("input[name=message]").fill("Läser mejl på fredag")
    await part.locator(".choice[data-id=holiday]").click()
    await expect(part.locator(".note")).to_contain_text("Semester: skriv till när")
    await part.locator("form button").click()
    await expect(part.locator(".wrong")).to_have_text("Skriv till när.")
    await expect(part.locator("input[name=message]")).to_have_value("Läser mejl på fredag")
    assert (await profile_of_anna(house))["name"] == "Tillgänglig", "nothing was set"
    await part.locator("input[name=until]").fill("2001-01-01T12:00")
    await part.locator("form button").click()
    await expect(part.locator(".wrong")).not_to_be_empty()  # the server's own words: it has passed
    await expect(part.locator("input[name=until]")).to_have_value("2001-01-01T12:00")
    end = today() + timedelta(days=30)
    await part.locator("input[name=until]").fill(f"{end}T23:59")
    await part.locator("form button").click()
    await expect(page.locator("k-profile .top .quiet")).to_contain_text("Semester, till ")
    profile = await profile_of_anna(house)
    assert (profile["message"], str(profile["until"])[:10]) == ("Läser mejl på fredag", str(end))
    await part.locator("input[name=message]").fill("Tillbaka snart")
    await part.locator("form button").click()
    await expect(page.locator("k-profile .top .quiet")).to_contain_text("Semester")
    for _ in range(300):
        if (await profile_of_anna(house))["message"] == "Tillbaka snart":
            break
        await page.wait_for_timeout(50)
    assert (await profile_of_anna(house))["message"] == "Tillbaka snart"
    await house.clear("101")


async def test_what_was_typed_is_there_when_something_else_comes_before_it_is_sent(anna: Person, house: House) -> None:
    """A press takes the focus from what was typed before it chooses, and just then the list may tell of a change."""
    page = anna.page
    part = page.locator("k-profile k-set")
    typed = part.locator("input[name=message]")
    await typed.fill("Äter ute")
    lunch = await part.locator(".choice[data-id=lunch]").bounding_box()
    assert lunch is not None
    await page.mouse.move(lunch["x"] + 20, lunch["y"] + 20)
    await page.mouse.down()
    await house.set("101", "meeting", message="Sitter i möte")
    await expect(page.locator("k-profile .top .quiet")).to_contain_text("Möte")
    await expect(typed).to_have_value("Äter ute")
    await page.mouse.up()
    await expect(page.locator("k-profile .top .quiet")).to_contain_text("Lunch")
    assert (await profile_of_anna(house))["message"] == "Äter ute"
    # What was sent belongs to what it was sent with.
    await expect(part.locator("input[name=until]")).not_to_have_value("")
    await part.locator(".choice[data-id=busy]").click()
    await expect(page.locator("k-profile .top .quiet")).to_contain_text("Upptagen")
    assert (await profile_of_anna(house))["message"] is None
    await typed.fill("Ring växeln")
    async with page.expect_response(lambda answer: answer.url.endswith("/profile")) as answer:
        await typed.press("Enter")
    await (await answer.value).finished()
    await expect(part).not_to_have_attribute("aria-busy", "")
    await part.locator(".choice[data-id=lunch]").click()
    await expect(page.locator("k-profile .top .quiet")).to_contain_text("Lunch")
    assert (await profile_of_anna(house))["message"] is None
    # What is typed waits while the focus is elsewhere, too; and what was sent is no longer typed.
    await house.set("101", "meeting", message="Sitter i möte")
    await expect(typed).to_have_value("Sitter i möte")
    await part.locator(".choice[data-id=holiday]").click()
    await typed.fill("Fjällen")
    await typed.blur()
    await house.clear("101")
    await expect(page.locator("k-profile .top .quiet")).to_have_text("Tillgänglig")
    await expect(typed).to_have_value("Fjällen")
    await expect(part.locator(".choice[aria-pressed=true]")).to_have_text(re.compile("Semester"))
    # At the top of the page it is given up with the panel.
    await page.keyboard.press("p")
    await page.fill(".panel input[name=message]", "Fikar")
    await page.keyboard.press("Escape")
    await page.keyboard.press("p")
    await expect(page.locator(".panel input[name=message]")).to_have_value("")


async def test_a_day_is_pressed_while_what_is_planned_comes_and_the_month_shows_its_own(
    anna: Person, house: House
) -> None:
    """The answers to the questions about two months come in the other order."""
    page = anna.page
    plan = page.locator("k-plan")
    first = today().replace(day=1)
    following = (first + timedelta(days=40)).replace(day=1)
    entry = await house.entry("101")
    absences = f"/api/entries/{entry['id']}/absences"
    given = {"name": "holiday", "from": f"{following.replace(day=20)}", "until": f"{following.replace(day=21)}"}
    holiday = await house.ask("POST", absences, json=given)
    late = asyncio.Event()

    async def delayed(route: Route) -> None:
        await late.wait()
        await route.continue_()

    begin = first - timedelta(days=first.weekday())
    await page.reload()
    await expect(plan.locator(".plans .name")).to_have_text(["Semester"])
    await page.route(f"**/agenda?from={begin}&*", delayed)
    after, before = (plan.locator(f"button[aria-label='Månaden {way}']") for way in ("efter", "före"))
    await after.click()
    await expect(plan.locator(f".day[data-day='{following.replace(day=20)}'] .dot")).to_have_count(1)
    await before.click()
    async with page.expect_response(
        lambda answer: "/agenda?" in answer.url and f"from={begin}&" not in answer.url
    ) as own:
        await after.click()
    await (await own.value).finished()
    day = plan.locator(f".day[data-day='{following.replace(day=10)}']")
    box = await day.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 10, box["y"] + 10)
    await page.mouse.down()
    async with page.expect_response(lambda answer: f"from={begin}&" in answer.url) as other:
        late.set()
    await (await other.value).finished()
    await page.wait_for_timeout(100)
    await expect(plan.locator(f".day[data-day='{following.replace(day=20)}'] .dot")).to_have_count(1)
    await page.mouse.up()
    await expect(day).to_have_attribute("aria-selected", "true")
    await page.unroute_all()
    await house.client.delete(f"{absences}/{holiday['id']}")


async def test_days_are_chosen_on_a_calendar_and_planned_again_and_again(anna: Person, house: House) -> None:
    page = anna.page
    plan = page.locator("k-plan")
    begin = today().replace(day=1) + timedelta(days=40)
    begin = begin.replace(day=10)
    await expect(plan.locator(".plans li")).not_to_have_count(0)
    await plan.locator("button[aria-label='Månaden efter']").click()
    await plan.locator(f".day[data-day='{begin}']").click()
    await plan.locator(f".day[data-day='{begin + timedelta(days=3)}']").click()
    await plan.locator("select[name=name]").select_option("holiday")
    await plan.locator("input[name=message]").fill("Fjällen")
    await plan.locator(".sheet button.main").click()
    await expect(plan.locator(".plans .name")).to_have_text(["Semester"])
    entry = await house.entry("101")
    (absence,) = await house.ask("GET", f"/api/entries/{entry['id']}/absences")
    assert (absence["from"], absence["until"]) == (f"{begin} 00:00:00", f"{begin + timedelta(days=3)} 23:59:59")
    await expect(plan.locator(f".day[data-day='{begin}'] .dot")).to_have_count(1)
    await expect(plan.locator(f".day[data-day='{begin + timedelta(days=4)}'] .dot")).to_have_count(0)

    await plan.locator("text=Planera").click()
    sheet = plan.locator(".sheet")
    await sheet.locator("select[name=name]").select_option("left")
    await sheet.locator("input[name=whole]").uncheck()
    friday = today() + timedelta(days=(4 - today().weekday()) % 7 + 7)
    await sheet.locator("input[name=from]").fill(f"{friday}T13:00")
    await sheet.locator("input[name=until]").fill(f"{friday}T12:00")
    await sheet.locator("select[name=repeats]").select_option("WEEKLY")
    await sheet.locator("input[name=FR]").check()
    await sheet.locator("button.main").click()
    await expect(sheet.locator("[data-field=until] .wrong")).not_to_be_empty()  # beside what caused it
    await expect(sheet.locator("input[name=from]")).to_have_value(f"{friday}T13:00")
    await sheet.locator("input[name=until]").fill(f"{friday}T17:00")
    await sheet.locator("button.main").click()
    await expect(plan.locator(".plans")).to_contain_text("varje fre 13:00–17:00")
    rules = [each["rrule"] for each in await house.ask("GET", f"/api/entries/{entry['id']}/absences")]
    assert "FREQ=WEEKLY;BYDAY=FR" in rules

    await plan.locator("button[aria-label='Ändra: Gått för dagen']").click()
    assert await sheet.locator("select[name=repeats]").input_value() == "WEEKLY"
    assert await sheet.locator("input[name=FR]").is_checked()
    await sheet.locator("input[name=MO]").check()
    await sheet.locator("button.main").click()
    await expect(plan.locator(".plans")).to_contain_text("varje mån, fre")

    await plan.locator("button[aria-label='Ta bort: Semester']").click()
    await expect(plan.locator(".plans .name")).to_have_text(["Gått för dagen"])
    await plan.locator("text=Ångra").click()
    await expect(plan.locator(".plans .name")).to_have_count(2)


async def test_the_calendar_goes_by_keys(anna: Person) -> None:
    page = anna.page
    day = today()
    await page.locator(f".day[data-day='{day}']").focus()
    for key, step in (("ArrowRight", 1), ("ArrowDown", 7), ("ArrowLeft", -1)):
        await page.keyboard.press(key)
        day += timedelta(days=step)
    focused = await page.evaluate("document.activeElement.dataset.day")
    assert focused == str(day)
    await page.keyboard.press("Enter")
    await expect(page.locator("k-plan .sheet input[name=from]")).to_have_value(str(day))


async def test_a_calendars_link_is_set_and_taken_back_and_never_shown(anna: Person) -> None:
    page = anna.page
    feed = page.locator("k-feed")
    await feed.locator("input[name=url]").fill("ftp://exempel.se/hemlig")
    await feed.locator("button.main").click()
    await expect(feed.locator("[data-field=url] .wrong")).not_to_be_empty()
    await feed.locator("input[name=url]").fill("https://kalender.exempel.se/hemlig-nyckel/anna.ics")
    await feed.locator("button.main").click()
    await expect(feed.locator("strong")).to_contain_text("kalender.exempel.se")
    assert "hemlig-nyckel" not in await feed.inner_text()
    await feed.locator("text=Sluta läsa").click()
    await feed.locator("text=säkert?").click()
    await expect(feed).to_contain_text("Ingen kalender läses.")


async def test_what_becomes_of_a_calendar_is_seen_without_a_reload(anna: Person) -> None:
    tomorrow = f"{today() + timedelta(days=1):%Y%m%d}"
    event = f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:{tomorrow}T080000Z\r\nDTEND:{tomorrow}T090000Z\r\nEND:VEVENT\r\n"
    there = asyncio.Event()

    async def answer(request: web.BaseRequest) -> web.Response:
        await there.wait()
        text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Exempel//SV\r\n{event}END:VCALENDAR\r\n"
        return web.Response(text=text, content_type="text/calendar")

    async with listening(answer) as port:
        feed = anna.page.locator("k-feed")
        await feed.locator("input[name=url]").fill(f"http://127.0.0.1:{port}/anna.ics")
        await feed.locator("button.main").click()
        await expect(feed).to_contain_text("hämtas …")
        there.set()
        await expect(feed).to_contain_text("1 upptagen tid, hämtad i dag")
        # What is being typed stays.
        await feed.locator("summary").click()
        await feed.locator("input[name=url]").fill("https://kalender.exempel.se/")
        await anna.page.wait_for_timeout(6000)
        await expect(feed.locator("input[name=url]")).to_have_value("https://kalender.exempel.se/")
        await feed.locator("text=Sluta läsa").click()
        await feed.locator("text=säkert?").click()
        await expect(feed).to_contain_text("Ingen kalender läses.")


async def test_ones_telephones_are_there(anna: Person) -> None:
    await expect(anna.page.locator("k-devices")).to_be_visible()


async def test_a_password_is_changed_by_who_knows_it(browser: Browser, house: House) -> None:
    house.serving.add_account("bo", "--entry", "102", password=PASSWORD)
    login = ("bo", PASSWORD)
    async with (
        person(browser, house.serving.url, login=login) as other,
        person(browser, house.serving.url, login=login) as bo,
    ):
        await other.goto()
        page = await bo.goto("/profile")
        part = page.locator("k-password")
        await part.locator("input[name=current]").fill("inte det")
        await part.locator("input[name=password]").fill("ett bättre lösenord")
        await part.locator("button").click()
        await expect(part.locator("[data-field=current] .wrong")).not_to_be_empty()
        await expect(part.locator("input[name=password]")).to_have_value("ett bättre lösenord")
        await part.locator("input[name=current]").fill(PASSWORD)
        await part.locator("button").click()
        await expect(part.locator(".note")).to_have_text("Lösenordet är bytt.")
        await expect(other.page.locator("k-login")).to_be_visible()  # its session ended
        assert bo.complaints == []
    async with httpx.AsyncClient(base_url=house.serving.url, timeout=30) as client:
        assert (await client.get("/api/extensions/me", auth=("bo", "ett bättre lösenord"))).status_code == 200


async def test_tokens_are_made_shown_once_and_revoked(anna: Person, house: House) -> None:
    page = anna.page
    part = page.locator("k-tokens")
    await part.locator("summary", has_text="Ny nyckel").click()
    await part.locator("form button.main").click()
    await expect(part.locator("[data-field=name] .wrong")).not_to_be_empty()
    await part.locator("input[name=name]").fill("Väggtavla")
    await part.locator("form button.main").click()
    secret = await part.locator(".secret input").first.input_value()
    board = await part.locator(".secret input").nth(1).input_value()
    assert board == f"{house.serving.url}/board#token={secret}"
    async with httpx.AsyncClient(base_url=house.serving.url, headers={"authorization": f"Bearer {secret}"}) as client:
        assert (await client.get("/api/extensions/me")).status_code == 200
        assert (await client.put(PROFILE, json={"name": "lunch"})).status_code == 403
        await page.reload()
        await expect(part.locator("li", has_text="Väggtavla")).to_contain_text("får bara läsa")
        assert secret not in await page.content()
        await part.locator("li", has_text="Väggtavla").locator("button").click()
        await expect(part.locator("li", has_text="Väggtavla")).to_have_count(0)
        assert (await client.get("/api/extensions/me")).status_code == 401


async def test_a_session_is_ended_elsewhere(browser: Browser, house: House, anna: Person) -> None:
    async with person(browser, house.serving.url, login=USER) as other:
        await other.goto()
        await anna.page.reload()
        part = anna.page.locator("k-tokens ul").first
        await expect(part.locator("li")).not_to_have_count(0)
        await part.locator("li:not(:has-text('den här'))").first.locator("button").click()
        await expect(other.page.locator("k-login")).to_be_visible()
        await other.page.wait_for_timeout(600)  # nothing goes on behind the log-in
        assert other.complaints == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_nothing_keeps_anybody_out(browser: Browser, house: House, dark: bool) -> None:
    async with person(browser, house.serving.url, login=USER, dark=dark, size="phone" if dark else "laptop") as someone:
        page = await someone.goto("/profile")
        await page.locator("k-plan >> text=Planera").click()
        await page.locator("k-tokens summary", has_text="Ny nyckel").click()
        await expect(page.locator("k-devices > *")).not_to_have_count(0)
        assert await faults(page) == []
        assert not await is_wider_than_the_screen(page)


async def test_a_page_that_stays_open_follows_the_catalogue(anna: Person, house: House) -> None:
    page = anna.page
    await page.clock.install()
    await page.goto("/")
    await page.wait_for_selector(".own")
    added = await house.ask("POST", "/api/profiles", json={"names": {"sv": "Fika", "en": "Coffee"}, "symbol": "meal"})
    await page.clock.fast_forward(61_000)
    await page.click(".own")
    await expect(page.locator(".panel .choice", has_text="Fika")).to_be_visible()
    await house.ask("DELETE", f"/api/profiles/{added['id']}")
