"""Administration in a real Chromium: people, imports, the catalogue, accounts, webhooks, and who did what."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Locator, Route, expect

from tests.listening import listening
from tests.system.browser import Person, faults, is_wider_than_the_screen, person
from tests.system.house import ADMIN, PASSWORD, USER, House

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

PEOPLE = "extension;name;department;email\n101;Anna Svensson;Support;anna@exempel.se\n102;Bo Berg;Lager;bo@exempel.se\n103;Cecilia Ek;Lager;\n"
PBX = '[webhooks]\nallow_private = true\n[[pbx]]\nname = "växel"\nhost = "127.0.0.1"\nport = 9\nusername = "katalog"\nsecret = "hemlig"\n'
PARTS = ("start", "people", "import", "profiles", "accounts", "pbx", "webhooks", "audit")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with House.open(tmp_path_factory.mktemp("page"), PEOPLE, PBX) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def chef(browser: Browser, house: House) -> AsyncIterator[Person]:
    async with person(browser, house.serving.url, login=ADMIN) as someone:
        yield someone
        assert someone.complaints == []


async def test_the_first_steps_look_by_themselves_whether_they_are_done(chef: Person) -> None:
    page = await chef.goto("/admin")
    steps = page.locator(".steps li")
    await expect(steps).to_have_count(4)
    await expect(steps.nth(0)).to_contain_text("0 av 1 är ansluten")
    await expect(steps.nth(0).locator(".wrong")).not_to_be_empty()  # what to do
    await expect(steps.nth(1)).to_have_attribute("data-done", "true")
    await expect(steps.nth(2)).to_have_attribute("data-done", "false")
    await steps.nth(1).locator("a").click()
    await expect(page.locator("k-import")).to_be_visible()


async def test_who_is_no_admin_has_no_administration(browser: Browser, house: House) -> None:
    async with person(browser, house.serving.url, login=USER) as someone:
        page = await someone.goto()
        await expect(page.locator("header nav")).not_to_contain_text("Administration")
        await page.goto("/admin/accounts")
        await expect(page.locator("k-people")).to_be_visible()


async def test_somebody_is_added_changed_hidden_and_removed(chef: Person, house: House) -> None:
    page = await chef.goto("/admin/people")
    await page.click("text=Lägg till")
    form = page.locator("k-entry form")
    await form.locator("input[name=extension]").fill("104")
    await form.locator("button.main").click()
    await expect(form.locator("[data-field=name] .wrong")).not_to_be_empty()
    await expect(form.locator("input[name=extension]")).to_have_value("104")
    await form.locator("input[name=name]").fill("David Dahl")
    await form.locator("input[name=keyWords]").fill("support, kväll")
    await form.locator("input[name=devices]").fill("PJSIP/104 PJSIP/114")
    await form.locator("button.main").click()
    await expect(page.locator("k-entry h2")).to_have_text("David Dahl")
    entry = await house.entry("104")
    assert (entry["keyWords"], entry["devices"]) == (["support", "kväll"], ["PJSIP/104", "PJSIP/114"])
    await expect(page.locator(".row", has_text="David Dahl")).to_be_visible()
    await form.locator("input[name=title]").fill("Chef")
    await form.locator("input[name=hidden]").check()
    await form.locator("button.main").click()
    await expect(page.locator("k-entry .note")).to_have_text("Sparat.")
    entry = await house.entry("104")
    assert (entry["title"], entry["hidden"]) == ("Chef", True)
    await page.click("text=Ta bort ur katalogen")
    await page.click("text=säkert?")
    await expect(page.locator(".row", has_text="David Dahl")).to_have_count(0)
    assert (await house.client.get(f"/api/entries/{entry['id']}")).status_code == 404


async def test_the_second_of_two_who_change_the_same_is_told_and_nothing_is_lost(chef: Person, house: House) -> None:
    entry = await house.entry("102")
    page = await chef.goto(f"/admin/people?open={entry['id']}")
    form = page.locator("k-entry form")
    await form.locator("input[name=title]").fill("Lagerchef")
    await house.ask("PATCH", f"/api/entries/{entry['id']}", json={"title": "Lagerist", "location": "Umeå"})
    await form.locator("button.main").click()
    told = page.locator("k-entry .meanwhile")
    await expect(told).to_contain_text("Någon annan har ändrat")
    await expect(told).to_contain_text("Lagerist (du skrev Lagerchef)")
    await expect(told).to_contain_text("Umeå")
    await expect(form.locator("input[name=title]")).to_have_value("Lagerchef")
    await expect(form.locator("input[name=location]")).to_have_value("Umeå")
    assert (await house.entry("102"))["title"] == "Lagerist", "nothing was written over"
    await form.locator("button.main").click()
    await expect(page.locator("k-entry .note")).to_have_text("Sparat.")
    entry = await house.entry("102")
    assert (entry["title"], entry["location"]) == ("Lagerchef", "Umeå")


async def drop(page_part: Locator, name: str, text: str) -> None:
    """A file is let go over a part of the page, as the browser tells it."""
    await page_part.evaluate(
        """(place, [name, text]) => {
          const carried = new DataTransfer();
          carried.items.add(new File([text], name, { type: "text/csv" }));
          for (const kind of ["dragenter", "dragover", "drop"]) {
            place.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
          }
        }""",
        [name, text],
    )


async def test_a_dropped_file_is_looked_through_before_anything_is_written(chef: Person, house: House) -> None:
    page = await chef.goto("/admin/import")
    part = page.locator("k-import")
    text = "extension;name;department;email\n101;Anna Svensson;Ledning;anna@exempel.se\n105;Eva Ek;Lager;\n;Utan nummer;;\n"
    await drop(part.locator(".drop"), "personal.csv", text)
    await expect(part.locator("[data-count=added] strong")).to_have_text("1")
    await expect(part.locator("[data-count=changed] strong")).to_have_text("1")
    await expect(part.locator("[data-count=rejected] strong")).to_have_text("1")
    await expect(part.locator("[data-action=changed]")).to_contain_text("Avdelning: Support → Ledning")
    await expect(part.locator("[data-action=added]")).to_contain_text("Eva Ek")
    await expect(part.locator("details .differences li")).to_contain_text("Rad 4 · Anknytning")
    assert (await house.entry("101"))["department"] == "Support", "nothing is written yet"

    # Somebody else changes one of them: what was seen is no longer what would be done.
    entry = await house.entry("101")
    await house.ask("PATCH", f"/api/entries/{entry['id']}", json={"department": "Ekonomi"})
    await part.locator("text=Genomför 2 ändringar").click()
    await expect(part.locator(".preview .alarm")).to_contain_text("Inget skrevs")
    await expect(part.locator("[data-action=changed]")).to_contain_text("Avdelning: Ekonomi → Ledning")
    assert (await house.client.get("/api/lookup/105")).json()["entries"] == []
    await part.locator("text=Genomför 2 ändringar").click()
    await expect(part.locator(".note")).to_have_text("Klart: 1 nya, 1 ändrade, 0 borttagna.")
    assert (await house.entry("101"))["department"] == "Ledning"
    past = part.locator(".plans > li").first
    await expect(past).to_contain_text("personal.csv")
    await past.locator("summary").click()
    await expect(past.locator("[data-action=added]")).to_contain_text("Eva Ek")


async def test_a_file_that_would_remove_many_is_asked_about(chef: Person, house: House, tmp_path: Path) -> None:
    page = await chef.goto("/admin/import")
    part = page.locator("k-import")
    file = tmp_path / "halv.csv"
    file.write_text("extension;name\n101;Anna Svensson\n", "utf-8")
    await part.locator("#file").set_input_files(file)
    await expect(part).to_contain_text("Filen ändrar ingenting.")
    await part.locator("input[name=prune]").check()
    await expect(part.locator("[data-action=removed]")).to_have_count(3)
    await part.locator("text=Genomför 3 ändringar").click()
    await expect(part.locator("> section > .wrong").first).to_contain_text("Mer än en femtedel")
    assert (await house.entry("102"))["name"] == "Bo Berg"
    await part.locator("text=Avbryt").click()
    await expect(part.locator(".preview")).to_be_empty()


async def test_a_file_that_cannot_be_read_says_why_and_where(chef: Person) -> None:
    page = await chef.goto("/admin/import")
    await drop(page.locator(".drop"), "fel.csv", "namn\nAnna\n")
    await expect(page.locator("k-import > section > .wrong").first).not_to_be_empty()


async def test_everybody_is_exported(chef: Person) -> None:
    page = await chef.goto("/admin/people")
    async with page.expect_download() as download:
        await page.click("text=Exportera CSV")
    rows = list(
        csv.DictReader(io.StringIO((await (await download.value).path()).read_text("utf-8-sig")), delimiter=";")
    )
    assert "Anna Svensson" in {row["name"] for row in rows}


async def order(house: House) -> list[str]:
    return [choice["id"] for choice in await house.ask("GET", "/api/profiles")]


async def test_the_catalogue_is_dragged_into_order_and_changed(chef: Person, house: House) -> None:
    page = await chef.goto("/admin/profiles")
    part = page.locator("k-choices")
    assert (await order(house))[:4] == ["available", "busy", "meeting", "lunch"]
    await part.locator("[data-id=lunch] .handle").drag_to(part.locator("[data-id=busy]"))
    await expect(part.locator("li").nth(1)).to_have_attribute("data-id", "lunch")
    assert (await order(house))[:4] == ["available", "lunch", "busy", "meeting"]
    await part.locator("[data-id=lunch] .handle").focus()
    await page.keyboard.press("ArrowDown")
    await expect(part.locator("li").nth(2)).to_have_attribute("data-id", "lunch")
    assert (await order(house))[:4] == ["available", "busy", "lunch", "meeting"]
    assert await page.evaluate("document.activeElement.closest('li')?.dataset.id") == "lunch"
    await part.locator("button[aria-label='Flytta upp Lunch']").click()
    await expect(part.locator("li").nth(1)).to_have_attribute("data-id", "lunch")

    await part.locator("text=Ny profil").click()
    sheet = part.locator(".sheet")
    await sheet.locator("input[name=sv]").fill("Möte")
    await sheet.locator("button.main").click()
    await expect(sheet.locator(".general")).not_to_be_empty()  # the name is taken
    await expect(sheet.locator("input[name=sv]")).to_have_value("Möte")
    await sheet.locator("input[name=sv]").fill("Fika")
    await sheet.locator("input[name=en]").fill("Coffee")
    await sheet.locator("select[name=symbol]").select_option("meal")
    await sheet.locator("input[name=colour]").fill("#795548")
    await sheet.locator("select[name=end]").select_option("time")
    await sheet.locator("input[name=at]").fill("15:00")
    await sheet.locator("button.main").click()
    row = part.locator("li", has_text="Fika")
    await expect(row).to_contain_text("klockan 15:00")
    (fika,) = [each for each in await house.ask("GET", "/api/profiles") if each["name"] == "Fika"]
    assert (fika["colour"], fika["symbol"], fika["at"], fika["available"]) == ("#795548", "meal", "15:00", False)
    await row.locator("button[aria-label='Ändra Fika']").click()
    await part.locator("text=Ta bort profilen").click()
    await part.locator("text=säkert?").click()
    await expect(part.locator("li", has_text="Fika")).to_have_count(0)


async def test_an_invited_person_chooses_a_password_and_is_in(chef: Person, browser: Browser, house: House) -> None:
    page = await chef.goto("/admin/accounts")
    part = page.locator("k-accounts")
    await part.locator("summary", has_text="Nytt konto").click()
    form = part.locator("form.narrow")
    await form.locator("input[name=login]").fill("anna")
    await form.locator("button.main").click()
    await expect(form.locator("[data-field=login] .wrong")).not_to_be_empty()
    await form.locator("input[name=login]").fill("bosse")
    await form.locator("input[name=entry]").fill("102")
    await form.locator("button.main").click()
    link = await part.locator(".secret input").input_value()
    async with person(browser, house.serving.url) as bo:
        await bo.page.goto(link)
        assert await faults(bo.page) == []
        await bo.page.fill("#password", "kort")
        await bo.page.locator("form").evaluate("form => form.noValidate = true")
        await bo.page.press("#password", "Enter")
        await expect(bo.page.locator(".wrong")).to_contain_text("8")
        await bo.page.fill("#password", "ett gott lösenord")
        await bo.page.press("#password", "Enter")
        await expect(bo.page.locator("h2")).to_have_text("Klart")  # whoever goes on before may stop it
        await bo.page.goto("/")
        await bo.page.fill("#login", "bosse")
        await bo.page.fill("#password", "ett gott lösenord")
        await bo.page.press("#password", "Enter")
        await expect(bo.page.locator(".own .name")).to_have_text("Bo Berg")
        # He is shut out, and is at once.
        row = part.locator("[data-login=bosse]")
        await row.locator("summary").click()
        await row.locator("text=Stäng av").click()
        await row.locator("text=säkert?").click()
        await expect(part.locator("[data-login=bosse]")).to_contain_text("avstängt")
        await expect(bo.page.locator("k-login")).to_be_visible()


async def test_everybody_is_invited_by_a_file_of_links(chef: Person, house: House) -> None:
    page = await chef.goto("/admin/accounts")
    part = page.locator("k-accounts")
    await part.locator("text=Bjud in alla som saknar konto").click()
    async with page.expect_download() as download:
        await part.locator("text=Spara länkarna som CSV").click()
    text = (await (await download.value).path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert {"Cecilia Ek", "Eva Ek"} <= {row["name"] for row in rows}
    assert (await house.client.get(rows[0]["link"])).status_code == 200
    await part.locator("text=Bjud in alla som saknar konto").click()
    await expect(part.locator(".note")).to_have_text("Alla har redan ett konto.")


async def test_accounts_and_the_audit_trail_have_names_even_if_the_people_come_later(chef: Person) -> None:
    page = chef.page
    late = asyncio.Event()

    async def delayed(route: Route) -> None:
        await late.wait()
        await route.continue_()

    # What a worker asks for cannot be held up here; without one the page asks itself.
    await page.add_init_script("delete globalThis.SharedWorker")
    await page.route("**/api/events*", delayed)
    await page.goto("/admin/accounts")
    anna = page.locator("[data-login=anna] .about").first
    await expect(anna).to_contain_text("medarbetare")
    assert "Anna" not in await anna.inner_text()
    late.set()
    await expect(anna).to_contain_text("Anna Svensson 101")

    late.clear()
    await page.goto("/admin/audit?action=entry.")
    row = page.locator(".trail > li .name").first
    await expect(row).to_be_visible()
    name = await row.inner_text()
    late.set()
    await expect(row).not_to_have_text(name)
    # Whoever comes back has both anew.
    for address, wanted in (("accounts", anna), ("audit", row)):
        await page.click(f"a[data-part={address}]")
        await expect(wanted).to_be_visible()
        await page.click("header nav >> text=Katalog")
        await page.go_back()
        await expect(wanted).to_be_visible()
    assert chef.complaints == []


async def test_a_role_is_changed_but_the_last_admin_stays(chef: Person) -> None:
    page = await chef.goto("/admin/accounts")
    part = page.locator("k-accounts")
    own = part.locator("[data-login=chef]")
    await own.locator("summary").click()
    await own.locator("select[name=role]").select_option("user")
    await expect(own.locator(".opened > .wrong")).not_to_be_empty()
    assert await own.locator("select[name=role]").input_value() == "admin"
    anna = part.locator("[data-login=anna]")
    await anna.locator("summary").click()
    await anna.locator("select[name=role]").select_option("reception")
    await expect(part.locator("[data-login=anna] summary")).to_contain_text("reception")


async def test_a_program_gets_a_token(chef: Person, house: House) -> None:
    page = await chef.goto("/admin/accounts")
    part = page.locator("k-accounts")
    await part.locator("summary", has_text="Nytt konto").click()
    form = part.locator("form.narrow")
    await form.locator("input[name=login]").fill("crm")
    await form.locator("select[name=role]").select_option("service")
    await form.locator("button.main").click()
    row = part.locator("[data-login=crm]")
    await row.locator("summary").first.click()
    await row.locator("input[name=name]").fill("CRM")
    await row.locator("form button.main").click()
    token = await row.locator(".secret input").input_value()
    async with httpx.AsyncClient(base_url=house.serving.url, headers={"authorization": f"Bearer {token}"}) as client:
        assert (await client.get("/api/extensions")).status_code == 200


async def test_a_telephone_system_that_is_away_says_what_to_do(chef: Person) -> None:
    page = await chef.goto("/admin/pbx")
    system = page.locator(".pbx")
    await expect(system).to_contain_text("växel")
    await expect(system).to_have_attribute("data-link", "withdrawn")
    await expect(system.locator(".warned")).not_to_be_empty()
    assert "hemlig" not in await system.inner_text()


async def test_a_webhook_is_tried_fails_and_is_sent_again(chef: Person, house: House) -> None:
    async def receive(request: web.BaseRequest) -> web.Response:
        return web.Response()

    async with listening(receive) as port:
        page = await chef.goto("/admin/webhooks")
        part = page.locator("k-webhooks")
        await part.locator("summary", has_text="Ny webhook").click()
        form = part.locator("form.narrow")
        await form.locator("input[name=url]").fill("inte en adress")
        await form.locator("input[name='profile.changed']").check()
        await form.locator("button.main").click()
        await expect(form.locator("[data-field=url] .wrong")).not_to_be_empty()
        await form.locator("input[name=url]").fill(f"http://127.0.0.1:{port}/")
        await form.locator("button.main").click()
        assert (await part.locator(".secret input").input_value()).startswith("whsec_")
        hook = part.locator(".plans > li").first
        await hook.locator("summary").click()
        await hook.locator("text=Skicka ett prov").click()
        await expect(hook.locator(".opened li")).to_contain_text("levererad")
        await hook.locator("text=Skicka igen").first.click()
        await expect(hook.locator(".opened li")).to_have_count(1)
        await hook.locator("text=Pausa").click()
        await expect(part.locator(".plans > li").first).to_contain_text("pausad")
        hook = part.locator(".plans > li").first
        await hook.locator("summary").click()
        await hook.locator("text=Ta bort").click()
        await hook.locator("text=säkert?").click()
        await expect(part).to_contain_text("Ingen webhook finns.")


async def test_the_audit_trail_is_filtered_and_its_view_can_be_sent(chef: Person, house: House) -> None:
    entry = await house.entry("103")
    await house.ask("PATCH", f"/api/entries/{entry['id']}", json={"title": "Truckförare"})
    page = await chef.goto(f"/admin/people?open={entry['id']}")
    await page.click("k-entry >> text=Historik")
    rows = page.locator(".trail > li")
    await expect(rows.first).to_contain_text("Ändrade Cecilia Ek")
    await rows.first.locator("summary").click()
    await expect(rows.first).to_contain_text("tomt → Truckförare")
    await page.locator(".filters .chip").click()
    await page.select_option("select[name=action]", "account.")
    await expect(rows.first.locator('[data-action^="account."]')).to_be_visible()
    address = page.url
    tab = await chef.tab(address)
    await expect(tab.locator("select[name=action]")).to_have_value("account.")
    await expect(tab.locator(".trail > li").first.locator('[data-action^="account."]')).to_be_visible()
    await page.fill("input[name=actor]", "ingen")
    await page.press("input[name=actor]", "Tab")
    await expect(page.locator(".trail")).to_have_text("Inget hittades.")
    await page.click("header nav >> text=Katalog")
    await page.go_back()
    await expect(page.locator(".trail")).to_have_text("Inget hittades.")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_nothing_keeps_anybody_out(browser: Browser, house: House, dark: bool) -> None:
    entry = await house.entry("101")
    async with person(
        browser, house.serving.url, login=ADMIN, dark=dark, size="phone" if dark else "laptop"
    ) as someone:
        page = await someone.goto("/admin")
        for part in PARTS:
            await page.goto(f"/admin/{part}" + (f"?open={entry['id']}" if part == "people" else ""))
            await page.wait_for_selector("k-entry form" if part == "people" else "k-admin .part h2")
            await expect(page.locator("k-admin .part progress")).to_have_count(0)
            assert await faults(page) == [], part
            assert not await is_wider_than_the_screen(page), part
        assert someone.complaints == []


async def test_passwords_of_others_are_nowhere(chef: Person) -> None:
    page = await chef.goto("/admin/accounts")
    await page.wait_for_selector("[data-login=anna]")
    assert PASSWORD not in await page.content()
