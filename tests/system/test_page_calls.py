"""The page beside a real Asterisk, in a real Chromium: what telephones do is seen there, and what is pressed rings."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.system.browser import WHEN, Person, person
from tests.system.conftest import need_asterisk
from tests.system.house import PASSWORD, USER, House
from tests.system.office import Office
from tests.system.sip.call import Call
from tests.system.sip.lamp import Lamp

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = """\
extension;name;devices
101;Anna Svensson;PJSIP/101
102;Bo Berg;PJSIP/102
500;Cecilia Ek;
"""
CECILIA = ("cecilia", PASSWORD)
THREE = re.compile(r"0:(0[3-9]|[1-5]\d)")
"""A running time of three seconds or more."""

WRONG_CLOCK = "const right = Date.now; Date.now = () => right() + 90_000; delete globalThis.SharedWorker;"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["22", "16"])
async def open_office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    need_asterisk(request.param)
    async with Office(request.param, phones=4) as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(open_office: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """It may dial, and tell telephones who is away."""
    manager = open_office.pbx.manager("katalog-astdb")
    settings = (
        f'[[pbx]]\nname = "växel"\nport = {manager.port}\nusername = "{manager.user}"\nsecret = "{manager.secret}"\n'
        "[limits]\nlogin_per_minute = 0\n"
    )
    async with House.open(tmp_path_factory.mktemp("page"), PEOPLE, settings) as opened:
        opened.serving.add_account("cecilia", "--entry", "500", password=CECILIA[1])
        await becomes(lambda: registered(opened, "101"), True)
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def office(open_office: Office, house: House) -> AsyncIterator[Office]:
    yield open_office
    await open_office.reset()


@pytest_asyncio.fixture(loop_scope="module")
async def anna(browser: Browser, house: House, office: Office) -> AsyncIterator[Person]:
    """She looks at the directory, in which nobody telephones."""
    async with person(browser, house.serving.url, login=USER) as someone:
        await someone.goto()
        await expect(someone.page.locator(".row")).to_have_count(3)
        yield someone
        assert someone.complaints == []


async def becomes(ask: Callable[[], Awaitable[Any]], wanted: Any, limit: float = 15.0) -> None:
    begun = time.monotonic()
    while (found := await ask()) != wanted:
        assert time.monotonic() - begun < limit, f"{found!r}, not {wanted!r}"
        await asyncio.sleep(0.02)


async def registered(house: House, number: str) -> bool | None:
    entry = await house.entry(number)
    (device,) = await house.ask("GET", f"/api/entries/{entry['id']}/devices")
    known: bool | None = device["registered"]
    return known


def row(page: Page, name: str) -> Locator:
    return page.locator(".row", has=page.locator(".name", has_text=name))


def line(page: Page, name: str) -> Locator:
    """The call on somebody's line, as it is seen and heard."""
    return row(page, name).locator(".line")


async def shown_after(page: Page, wanted: str, happens: Callable[[], None]) -> float:
    """Seconds from what happens until the only call in the list is shown so."""
    seen = asyncio.ensure_future(page.evaluate(WHEN, [".row[data-calls] .line", wanted]))
    await asyncio.sleep(0)
    begun = time.time()
    happens()
    async with asyncio.timeout(15):
        return float(await seen) / 1000 - begun


async def edge(shown: Locator) -> float:
    """Where it begins, from the left."""
    box = await shown.bounding_box()
    assert box is not None
    return round(box["x"])


async def runs_with(shown: Locator, call: Call, exact: float = 2) -> None:
    """The running time is that since the telephone has answered; `exact` is by how many seconds it may differ."""
    assert call.answered is not None
    before = time.monotonic()
    text = await shown.inner_text()
    after = time.monotonic()
    minutes, seconds = text.split(":")
    answered = call.answered.monotonic + int(minutes) * 60 + int(seconds)
    assert before - exact < answered < after + exact, (text, before - answered)


async def test_a_call_from_outside_is_seen_from_its_first_ring_to_its_end(anna: Person, office: Office) -> None:
    page, number = anna.page, office.number()
    outside = office.trunk.dial("101", caller=number)
    call = await office.phones["101"].offered()
    # At once, that is; how soon it is on a machine that does nothing else, `scripts/bench page` measures.
    assert await shown_after(page, f"Ringer, från {number} ringer", call.ring) < 3
    mark = row(page, "Anna Svensson").locator(".mark")
    await expect(mark).to_have_attribute("data-kind", "ringing")
    own = page.locator(".own .about")
    await expect(own).to_have_text(f"{number} ringer")
    await page.click(".chip[data-value=oncall]")
    await expect(page.locator(".row .name")).to_have_text(["Anna Svensson"])

    assert await shown_after(page, f"I samtal från {number} 0:0", call.answer) < 3
    await outside.up()
    await expect(mark).to_have_attribute("data-kind", "oncall")
    running = page.locator(".row .time")
    await expect(running).to_have_text(THREE)  # it counts
    await runs_with(running, call)
    await page.click(".row")
    await runs_with(page.locator("k-card .calls .time"), call)
    await expect(own).to_have_text(re.compile(f"{number} {THREE.pattern}"))
    # It goes on where the page begins anew.
    await page.reload()
    await expect(running).to_have_text(THREE)
    await runs_with(running, call)

    await outside.hangup()
    await expect(page.locator(".row")).to_have_count(0)
    await expect(page.locator(".empty")).to_contain_text("Ingen hittades")
    await expect(own).to_have_text("Tillgänglig")
    await expect(page.locator("k-card .calls li")).to_have_count(0)


async def test_a_colleague_who_calls_is_shown_by_name_and_a_withheld_number_as_such(
    anna: Person, office: Office
) -> None:
    page = anna.page
    calling = office.phones["102"].dial("101")
    call = await office.phones["101"].offered()
    call.ring()
    await expect(line(page, "Anna Svensson")).to_have_text("Ringer, från Bo Berg ringer")
    await expect(line(page, "Bo Berg")).to_have_text("Ringer, till Anna Svensson ringer")
    await expect(row(page, "Bo Berg").locator(".mark")).to_have_attribute("data-kind", "oncall")
    call.answer()
    await calling.up()
    await expect(line(page, "Anna Svensson")).to_have_text(re.compile(r"I samtal från Bo Berg \d:\d\d"))
    await expect(line(page, "Bo Berg")).to_have_text(re.compile(r"I samtal till Anna Svensson \d:\d\d"))
    # Somebody else rings meanwhile: what goes on is still told first, and on the card there is room for both.
    office.trunk.dial("101", caller=None)
    second = await office.phones["101"].offered()
    second.ring()
    await expect(row(page, "Anna Svensson").locator(".time")).to_have_text(re.compile(r"\d:\d\d \+1"))
    await row(page, "Anna Svensson").click()
    parties = page.locator("k-card .calls .party")
    await expect(parties).to_have_text(["från Bo Berg", "från dolt nummer"])
    await expect(page.locator("k-card .calls li[data-symbol=ringing]")).to_have_text("från dolt nummerringer")
    await call.hangup()
    await expect(parties).to_have_text(["från dolt nummer"])
    await expect(line(page, "Anna Svensson")).to_have_text("Ringer, från dolt nummer ringer")
    await expect(page.locator(".own .about")).to_have_text("dolt nummer ringer")
    second.refuse(486)
    await expect(line(page, "Anna Svensson")).to_be_hidden()


async def test_a_computer_with_a_wrong_clock_shows_the_right_time(
    browser: Browser, house: House, office: Office
) -> None:
    office.trunk.dial("101", caller=None)
    call = await office.phones["101"].offered()
    call.answer()
    async with person(browser, house.serving.url, login=USER) as someone:
        await someone.context.add_init_script(WRONG_CLOCK)
        page = await someone.goto()
        shown = row(page, "Anna Svensson").locator(".time")
        await expect(shown).to_have_text(re.compile(r"\d:\d\d"))
        await runs_with(shown, call, 3)
        assert someone.complaints == []


async def test_on_a_small_screen_everything_of_a_call_is_there(browser: Browser, house: House, office: Office) -> None:
    number = office.number()
    office.trunk.dial("101", caller=number)
    call = await office.phones["101"].offered()
    call.ring()
    async with person(browser, house.serving.url, login=USER, size="phone") as someone:
        page = await someone.goto()
        await expect(line(page, "Anna Svensson")).to_have_text(f"Ringer, från {number} ringer")
        edges = [
            [await edge(row(page, name).locator(part)) for name in ("Anna Svensson", "Bo Berg")]
            for part in (".name", ".number")
        ]
        for calling, calm in edges:
            assert calling == calm, "one below the other"
        assert await edge(row(page, "Bo Berg").locator(".reach .state")) == edges[0][0]
        await row(page, "Anna Svensson").click()
        await expect(page.locator("k-card .calls")).to_contain_text(number)
        await expect(page.locator("k-card .telephones .number")).to_be_visible()
        assert someone.complaints == []


async def test_a_number_on_a_card_is_called_by_ones_own_telephone(anna: Person, office: Office, house: House) -> None:
    page = anna.page
    await row(page, "Bo Berg").click()
    number = page.locator("k-card .telephones li", has_text="102")
    press = number.get_by_role("button", name="Ring 102")
    await office.phones["101"].unregister()
    try:
        await becomes(lambda: registered(house, "101"), False)
        await press.click()
        await expect(number.locator(".wrong")).to_have_text("Ingen av dina telefoner är registrerad i växeln.")
    finally:
        await office.phones["101"].register()
        await becomes(lambda: registered(house, "101"), True)

    await press.click()
    own = await office.phones["101"].offered()
    assert not office.phones["102"].active, "her own telephone rings first"
    await expect(number.locator(".wrong")).to_be_hidden()
    await expect(page.locator("k-app > .unseen")).to_have_text("Din telefon ringer först.")
    own.ring()
    # To her telephone it is a call that comes, with the number that she has pressed (docs/connectors.md).
    await expect(line(page, "Anna Svensson")).to_have_text("Ringer, från Bo Berg ringer")
    own.answer()
    other = await office.phones["102"].offered()
    other.ring()
    await expect(line(page, "Bo Berg")).to_have_text("Ringer, från Anna Svensson ringer")
    other.answer()
    await own.up()
    await expect(line(page, "Anna Svensson")).to_have_text(re.compile(r"I samtal från Bo Berg \d:\d\d"))
    await expect(line(page, "Bo Berg")).to_have_text(re.compile(r"I samtal från Anna Svensson \d:\d\d"))
    await runs_with(row(page, "Anna Svensson").locator(".time"), other)
    await own.hangup()
    await expect(page.locator(".row[data-calls]")).to_have_count(0)


async def test_who_has_no_telephone_calls_by_the_computers_own(browser: Browser, house: House) -> None:
    async with person(browser, house.serving.url, login=CECILIA) as someone:
        page = await someone.goto()
        await row(page, "Bo Berg").click()
        call = page.get_by_role("link", name="Ring 102")
        await expect(call).to_have_attribute("href", "tel:102")
        await expect(page.locator("k-card button.call")).to_have_count(0)
        assert "null" not in await page.locator("k-card").inner_text()
        assert someone.complaints == []


async def test_a_profile_goes_from_the_page_to_the_telephone_and_back(
    anna: Person, office: Office, house: House
) -> None:
    page, phone = anna.page, office.phones["101"]
    lamp = Lamp(office.phones["102"], "101")
    await lamp.subscribe()
    await lamp.dark()

    async def presence() -> str:
        variable = "PRESENCE_STATE(CustomPresence:101,subtype)"
        (answer,) = await office.observer.action("Getvar", Variable=variable)
        return answer.get("Value")

    await page.click(".own")
    await page.click(".panel .choice[data-id=lunch]")
    await lamp.lit()
    await becomes(presence, "Lunch")
    await expect(row(page, "Anna Svensson").locator(".state")).to_have_text("Lunch")
    code = phone.dial("%2323%23")
    await code.over(15)
    assert code.why == "Q.850;cause=16", "it was done"
    await expect(page.locator(".own .about")).to_have_text("Tillgänglig")
    await expect(row(page, "Anna Svensson").locator(".state")).to_have_text("Tillgänglig")
    await lamp.dark()


async def test_ones_telephones_are_listed_with_whether_they_are_there(
    anna: Person, office: Office, house: House
) -> None:
    page = anna.page
    device = page.locator("k-devices li")
    await page.click("nav >> text=Min profil")
    await expect(device).to_have_text(re.compile("PJSIP/101 registrerad, ringer först.*växel"))
    await expect(device.locator(".lamp")).to_have_attribute("data-on", "true")
    await office.phones["101"].unregister()
    try:
        await becomes(lambda: registered(house, "101"), False)
        await page.click("nav >> text=Katalog")
        await page.click("nav >> text=Min profil")
        await expect(device).to_contain_text("inte registrerad")
        await expect(device.locator(".lamp")).to_have_attribute("data-on", "false")
    finally:
        await office.phones["101"].register()


async def test_a_telephone_system_that_is_away_is_told_and_comes_back_by_itself(anna: Person, office: Office) -> None:
    """Killed: it has no time to say that its calls have ended."""
    page, number = anna.page, office.number()
    outside = office.trunk.dial("101", caller=number)
    call = await office.phones["101"].offered()
    call.answer()
    await outside.up()
    shown = line(page, "Anna Svensson")
    await expect(shown).to_have_text(re.compile(f"I samtal från {number} "))
    colour = await shown.evaluate("line => getComputedStyle(line).color")
    alarm = page.locator(".alarm")
    await expect(alarm).to_be_hidden()
    mark = row(page, "Anna Svensson").locator(".mark")
    # It is that of the call for 4.5 s more: then calls are taken away.
    await asyncio.gather(office.pbx.kill(), expect(mark).to_have_css("filter", "grayscale(1)"))
    await expect(alarm).to_contain_text("Telefonväxeln svarar inte.")
    grey = await page.locator(".headings").evaluate("headings => getComputedStyle(headings).color")
    await expect(shown).to_have_css("color", grey)
    assert colour != grey

    await office.pbx.start()
    await office.furnish_again()
    await expect(alarm).to_be_hidden(timeout=30_000)
    await expect(page.locator(".row[data-calls]")).to_have_count(0)
    await expect(page.locator(".own .about")).to_have_text("Tillgänglig")
    again = office.number()
    office.trunk.dial("101", caller=again)
    (await office.phones["101"].offered()).ring()
    await expect(shown).to_have_text(f"Ringer, från {again} ringer")
    await expect(shown).to_have_css("color", colour)
