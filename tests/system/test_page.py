"""The directory in a real Chromium, with 10,000 people, as somebody uses it."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import date, timedelta

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Route, expect

from tests.system.browser import SIZES, WHEN, Person, faults, is_wider_than_the_screen, person
from tests.system.house import PASSWORD, RECEPTION, USER, House, today

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

EVIL = "<img src=x onerror=alert(1)>"
LONG = "Maximiliana Konstantinopolitanska von Hohenlohe-Schillingsfürst-Waldenburg"
ALL = "10\xa0000 personer"
OF_ALL = " av 10\xa0000"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    rows = [
        "101;Anna Svensson;070-123 45 67;Supportchef;Support;svenska, chef;person;anna@exempel.se;08-500 100 00",
        "102;Åke Öberg;;Säljare;Försäljning;;person;;",
        f"103;{EVIL};;;;;person;;",
        f"104;{LONG};;Verksamhetsutvecklingssamordnare;Ledning;;person;;",
        "105;Bo Berg;;Ekonom;Ekonomi;;person;;",
        "105;Mötesrum Mälaren;;;;;room;;",
    ]
    rows += [f"{2000 + number};Person {number:05};;;Avdelning {number % 7};;person;;" for number in range(9994)]
    people = "extension;name;mobile;title;department;keywords;kind;email;numbers\n" + "\n".join(rows) + "\n"
    settings = "[limits]\nlogin_per_minute = 0\nsearch_per_minute = 0\n"
    async with House.open(tmp_path_factory.mktemp("page"), people, settings) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def anna(browser: Browser, house: House) -> AsyncIterator[Person]:
    """A user, who looks at the directory."""
    async with person(browser, house.serving.url, login=USER) as someone:
        await someone.goto()
        await expect(someone.page.locator(".count")).to_have_text(ALL)
        await expect(someone.page.locator(".row")).not_to_have_count(0)  # painted a picture later
        yield someone
        assert someone.complaints == []


async def names(someone: Person) -> list[str]:
    """Those that are seen, from above."""
    found: list[str] = await someone.page.eval_on_selector_all(
        ".row",
        "rows => rows.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map(row => row.querySelector('.name').textContent)",
    )
    return found


async def search(someone: Person, query: str) -> None:
    await someone.page.fill("k-people input[type=search]", query)


async def only(someone: Person, query: str) -> Locator:
    """The line of the one who is found."""
    await search(someone, query)
    row = someone.page.locator(".row")
    await expect(row).to_have_count(1)
    return row


async def test_who_is_not_logged_in_is_asked_who_they_are(browser: Browser, house: House) -> None:
    async with person(browser, house.serving.url) as someone:
        page = someone.page
        await page.goto("/?q=bo")
        await expect(page.locator("h1")).to_have_text("Exempel & Söner")
        await page.fill("#login", "chef")
        await page.fill("#password", "fel lösenord")
        await page.click("text=Logga in")
        await expect(page.locator("[role=alert]")).to_have_text("Fel konto eller lösenord.")
        assert await page.input_value("#login") == "chef", "what was typed is still there"
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await expect(page.locator(".row .name").first).to_have_text("Bo Berg")  # where one wanted to go
        cookies = await someone.context.cookies()
        assert [(each["name"], each["httpOnly"], each["sameSite"]) for each in cookies] == [
            ("katalog_session", True, "Strict")
        ]
        assert someone.complaints == []


async def test_everybody_is_there_and_only_what_is_seen_is_in_the_document(anna: Person) -> None:
    page = anna.page
    assert (await names(anna))[:2] == [EVIL, "Anna Svensson"], "text is text"
    assert await page.locator("img").count() == 0
    assert 10 < await page.locator(".row").count() < 50
    assert await page.get_attribute("k-list", "aria-rowcount") == "10001"
    await page.press("k-list", "End")
    await expect(page.locator(".row[aria-selected=true]")).to_contain_text("Åke Öberg")
    assert await page.locator(".row").count() < 50
    assert await page.evaluate("document.querySelectorAll('*').length") < 1500


async def test_a_line_says_who_and_whether_they_can_be_reached_in_words_people_use(anna: Person, house: House) -> None:
    page = anna.page
    tomorrow, later = today() + timedelta(days=1), date(today().year + 2, 3, 14)
    await search(anna, "åke öberg")
    row = page.locator(".row")
    await expect(row).to_have_count(1)
    await expect(row.locator(".about")).to_have_text("Säljare · Försäljning")
    await expect(row.locator(".number")).to_have_text("102")
    await house.set("102", "Möte", f"{tomorrow} 08:00", "Ring växeln")
    await expect(row.locator(".reach")).to_have_text("Möte åter i morgon 08:00 Ring växeln")
    meeting = row.locator(".mark")
    assert await meeting.get_attribute("data-symbol") == "meeting"
    assert await meeting.evaluate("mark => getComputedStyle(mark).backgroundColor") == "rgb(198, 40, 40)"
    await house.set("102", "Semester", f"{later}")
    await expect(row.locator(".states")).to_have_text(f"Semester till 14 mars {later.year}")
    await expect(row.locator(".message")).to_be_empty()
    await house.set("102", "Arbetar hemma", f"{today()}")
    await expect(row.locator(".states")).to_have_text("Arbetar hemma hela dagen")
    await house.clear("102")
    await expect(row.locator(".states")).to_have_text("Tillgänglig ")


async def test_search_finds_what_the_api_finds_in_its_order(anna: Person, house: House) -> None:
    """More of it in test_page_search.py."""
    page = anna.page
    for query in ("oberg", "öberg", "+46 70-123", "08500", "chef", "andresson svensson"):
        await page.press("body", "/")
        await search(anna, query)
        answer = await house.client.get("/api/entries", params={"q": query, "limit": 1000})
        wanted = [entry["name"] for entry in answer.json()["entries"]]
        if wanted:
            await expect(page.locator(".count")).to_have_text(f"{len(wanted)}{OF_ALL}")
            assert (await names(anna))[:10] == wanted[:10]
        else:
            await expect(page.locator(".empty")).to_contain_text("Ingen hittades")
    await page.click(".empty button")
    await expect(page.locator(".count")).to_have_text(ALL)


async def test_filters_and_the_open_card_are_in_the_address(anna: Person, house: House) -> None:
    page = anna.page
    await house.set("105", "Lunch")
    await page.click(".chip[data-value=absent]")
    await page.select_option("select.chip", "Ekonomi")
    await expect(page.locator(".count")).to_have_text(f"1{OF_ALL}")
    await page.locator(".row").click()
    await expect(page.locator("k-card h2")).to_have_text("Bo Berg")
    tab = await anna.tab(page.url)
    await expect(tab.locator("k-card h2")).to_have_text("Bo Berg")
    await expect(tab.locator(".count")).to_have_text(f"1{OF_ALL}")
    assert await tab.input_value("select.chip") == "Ekonomi"
    await expect(tab.locator(".chip[data-value=absent]")).to_have_attribute("aria-pressed", "true")
    await page.go_back()
    await expect(page.locator("k-card")).to_be_hidden()
    await house.clear("105")
    await expect(page.locator(".empty")).to_be_visible()


async def test_what_changes_is_seen_at_once_and_heard_of_the_open_one(anna: Person, house: House) -> None:
    page = anna.page
    await (await only(anna, "åke")).click()
    hear = page.locator("k-app > .unseen")
    begun = time.time()
    async with asyncio.timeout(15):
        # `expect` would look again only after a second.
        looking = page.evaluate(WHEN, [".row .state", "Möte"])
        seen, _ = await asyncio.gather(looking, house.set("102", "Möte", "2099-03-14 08:00:00", "Ring växeln"))
    assert seen / 1000 - begun < 2
    await expect(page.locator("k-card > .state")).to_have_text("Möte åter 14 mars 2099 08:00")
    await expect(page.locator("k-card > .message")).to_have_text("Ring växeln")
    await expect(hear).to_have_text("Åke Öberg, Möte, åter 14 mars 2099 08:00")
    await expect(hear).to_have_attribute("aria-live", "polite")
    await house.set("101", "Lunch")
    await expect(page.locator(".own .about")).to_contain_text("Lunch")  # told at the same time
    await expect(hear).to_contain_text("Åke")  # nobody hears of everybody else
    await house.clear("102")
    await house.clear("101")


async def test_a_card_has_all_there_is_to_know(anna: Person, house: House) -> None:
    page = anna.page
    someone = await house.entry("101")
    day = today() + timedelta(days=20)
    plan = {"name": "holiday", "from": f"{day}", "until": f"{day + timedelta(days=3)}"}
    planned = await house.ask("POST", f"/api/entries/{someone['id']}/absences", json=plan)
    until = f"{today() + timedelta(days=1)} 10:00"
    await house.set("101", "Möte", until)
    await (await only(anna, "anna svensson")).click()
    card = page.locator("k-card")
    await expect(card.locator(".telephones .number")).to_have_text(["101", "08-500 100 00", "070-123 45 67"])
    # She has no telephone by which katalog could call, so the computer's own does.
    assert await card.locator("a.call").first.get_attribute("href") == "tel:101"
    await expect(card.locator("a[href^=mailto]")).to_have_attribute("href", "mailto:anna%40exempel.se")
    await expect(card.locator(".free")).to_have_text("Kan nås igen i morgon 10:00")
    await expect(card.locator(".planned li")).to_contain_text("Semester")
    await card.locator("details.share summary").click()
    code = card.locator("img.qr")
    await expect(code).to_have_attribute("alt", "QR-kod med kontakten Anna Svensson")
    await expect(code).to_have_js_property("complete", True)
    assert await code.evaluate("image => image.naturalWidth") > 0
    async with page.expect_download() as download:
        await card.locator("text=Spara kontakten").click()
    saved = (await (await download.value).path()).read_bytes().decode("utf-8")
    assert saved.startswith("BEGIN:VCARD\r\n")
    assert "anna@exempel.se" in saved
    await card.locator(".words .chip", has_text="chef").click()
    assert await page.input_value("k-people input[type=search]") == "chef"
    await (await only(anna, "bo berg")).click()
    await card.locator(".others button", has_text="Mötesrum Mälaren").click()
    await expect(card.locator("h2")).to_have_text("Mötesrum Mälaren")
    await house.clear("101")
    await house.ask("DELETE", f"/api/entries/{someone['id']}/absences/{planned['id']}")


async def test_reception_sets_somebodys_profile_on_the_card(browser: Browser, house: House) -> None:
    async with person(browser, house.serving.url, login=RECEPTION) as someone:
        page = await someone.goto("/?q=%C3%A5ke")
        await page.locator(".row").click()
        await page.click("k-card .setting summary")
        await page.fill("k-card input[name=message]", "Tillbaka strax")
        await page.click("k-card .choice[data-id=lunch]")
        await expect(page.locator(".row .states")).to_contain_text("Lunch")
        await expect(page.locator(".row .message")).to_have_text("Tillbaka strax")
        await page.click("k-card .choice[data-id=available]")
        await expect(page.locator(".row .states")).to_have_text("Tillgänglig ")
        assert someone.complaints == []


async def test_everything_goes_by_keys(anna: Person) -> None:
    page = anna.page
    await page.keyboard.press("?")
    await expect(page.locator("k-keys dialog")).to_contain_text("Tangenter")
    await page.keyboard.press("Escape")
    await page.keyboard.press("/")
    await page.keyboard.type("person 00011")
    await expect(page.locator(".row .name").first).to_have_text("Person 00011")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("k-card h2")).to_have_text("Person 00011")
    await page.keyboard.press("Escape")
    await expect(page.locator("k-card")).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.locator(".count")).to_have_text(ALL)
    await page.keyboard.press("p")
    await expect(page.locator(".panel")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_be_hidden()


async def test_who_comes_back_to_the_list_goes_down_it_line_by_line(anna: Person) -> None:
    page = anna.page
    for link in ("Min profil", "Katalog"):
        await page.click(f"header nav >> text={link}")
    await page.locator("k-list").focus()
    for place in ("2", "3"):
        await page.keyboard.press("ArrowDown")
        await expect(page.locator(".row[aria-selected=true]")).to_have_attribute("aria-rowindex", place)


async def test_who_goes_on_before_a_page_is_there_stays_where_they_went(anna: Person) -> None:
    page = anna.page
    asked, gone, fetched = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def late(route: Route) -> None:
        asked.set()
        await gone.wait()
        await route.continue_()
        fetched.set()

    await page.route("**/profile.js", late)
    await page.click("header nav >> text=Min profil")
    await asked.wait()
    await page.click("header nav >> text=Katalog")
    gone.set()
    await fetched.wait()
    await page.wait_for_timeout(500)  # it would be shown by then
    await expect(page.locator("k-people")).to_be_visible()
    await page.click("header nav >> text=Min profil")
    await expect(page.locator("k-profile")).to_be_visible()


async def test_a_lost_link_is_told_at_once_and_comes_back_by_itself(anna: Person, house: House) -> None:
    page = anna.page
    await house.set("102", "Lunch")
    house.serving.kill()
    await expect(page.locator(".alarm")).to_contain_text("Ingen kontakt", timeout=2000)
    grey = await page.locator(".row .mark").first.evaluate("mark => getComputedStyle(mark).filter")
    assert grey == "grayscale(1)"
    await search(anna, "ake ob")
    await expect(page.locator(".row .name")).to_have_text(["Åke Öberg"])  # what is here can be searched meanwhile
    house.serving.launch()
    await house.serving.until_ready()
    await house.set("102", "Möte")
    await expect(page.locator(".row .state")).to_have_text(["Möte"], timeout=20_000)
    await expect(page.locator(".alarm")).to_be_empty()
    await house.clear("102")


async def test_ten_tabs_share_one_stream(anna: Person, house: House) -> None:
    tabs = [await anna.tab() for _ in range(9)]
    for tab in tabs:
        await expect(tab.locator(".count")).to_have_text(ALL)
    await house.set("102", "Lunch")
    await tabs[-1].bring_to_front()
    await tabs[-1].fill("k-people input[type=search]", "åke")
    await expect(tabs[-1].locator(".row .state")).to_have_text(["Lunch"])
    answer = await house.client.get("/metrics")
    streams = [line for line in answer.text.splitlines() if line.startswith("katalog_streams ")]
    assert [line.split()[-1] for line in streams] == ["1.0"], streams
    await house.clear("102")


async def test_a_link_with_a_token_lets_one_in_and_forgets_it(browser: Browser, house: House) -> None:
    token = house.serving.add_token("anna")
    async with person(browser, house.serving.url) as someone:
        page = someone.page
        await page.goto(f"/?q=bo#token={token}")
        await expect(page.locator(".row .name").first).to_have_text("Bo Berg")
        assert token not in page.url
        await expect(page.locator(".own .name")).to_have_text("Anna Svensson")
    async with person(browser, house.serving.url) as someone:
        await someone.page.goto("/#token=kat_gammal")
        await expect(someone.page.locator("[role=alert]")).to_contain_text("Länken gäller inte längre")


async def test_in_english(browser: Browser, house: House) -> None:
    async with person(browser, house.serving.url, language="en-GB", login=USER) as someone:
        page = await someone.goto()
        await expect(page.locator(".count")).to_have_text("10,000 people")
        assert await page.get_attribute("html", "lang") == "en"
        await page.click(".own")
        await page.click("text=Svenska")
        await expect(page.locator(".count")).to_have_text(ALL)
        assert await page.get_attribute("html", "lang") == "sv"
        await page.click(".own")
        await page.click("text=Logga ut")
        await expect(page.locator("k-login")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_nothing_keeps_anybody_out(browser: Browser, house: House, dark: bool) -> None:
    async with person(browser, house.serving.url, dark=dark) as someone:
        page = someone.page
        await page.goto("/")
        await page.wait_for_selector("k-login")
        assert await faults(page) == []
    async with person(browser, house.serving.url, login=RECEPTION, dark=dark) as someone:
        page = await someone.goto()
        await house.set("102", "Möte", "2099-03-14 08:00:00", "Ring växeln")
        assert await faults(page) == []
        await (await only(someone, "åke")).click()
        await page.click("k-card .setting summary")
        await page.click("k-card .share summary")
        await page.wait_for_selector("img.qr")
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await page.click(".own")
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await page.keyboard.press("?")
        assert await faults(page) == []
        await page.keyboard.press("Escape")
        await search(someone, "xyzzy")
        await expect(page.locator(".empty")).to_be_visible()
        assert await faults(page) == []
        await house.clear("102")


@pytest.mark.parametrize("size", SIZES)
async def test_it_fits_the_screen(browser: Browser, house: House, size: str) -> None:
    async with person(browser, house.serving.url, login=RECEPTION, size=size) as someone:
        page = await someone.goto("/?q=maximiliana")
        assert not await is_wider_than_the_screen(page)
        await page.locator(".row").click()
        await expect(page.locator("k-card h2")).to_have_text(LONG)
        assert not await is_wider_than_the_screen(page)
        box = await page.locator("k-card .close").bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24, "WCAG 2.2, 2.5.8"


async def test_who_wants_no_motion_has_none(browser: Browser, house: House) -> None:
    async with person(browser, house.serving.url, login=USER) as someone:
        await someone.page.emulate_media(reduced_motion="reduce")
        page = await someone.goto()
        await page.click(".own")
        moving = await page.evaluate("document.getAnimations().filter(each => each.playState === 'running').length")
        assert moving == 0


async def test_no_text_becomes_markup_or_script(anna: Person, house: House) -> None:
    page = anna.page
    policy = (await house.client.get("/")).headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    refused = await page.evaluate(
        "try { document.body.innerHTML = '<b>x</b>'; 'taken' } catch (error) { error.name }",
    )
    assert refused == "TypeError"
    anna.complaints.clear()


async def test_files_are_kept_for_good(house: House) -> None:
    page = (await house.client.get("/")).text
    addresses = {part.split('"')[0] for part in page.split('"/assets/')[1:]}
    assert len(addresses) > 10
    async with httpx.AsyncClient(base_url=house.serving.url) as client:
        for address in addresses:
            answer = await client.get(f"/assets/{address}")
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert answer.headers["content-encoding"] == "gzip"
        version, _, name = min(addresses).partition("/")
        other = f"{version[::-1]}/{name}"
        assert (await client.get(f"/assets/{other}")).status_code == 404
