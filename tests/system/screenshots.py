"""Pictures of every view of the pages, for docs/screenshots: `python -m tests.system.screenshots [name …]`."""

import asyncio
import base64
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
from playwright.async_api import Browser, Page
from rich.progress import Progress

from benchmarks.people import swedes
from katalog.outputs import csv
from tests.system.browser import chromium, person
from tests.system.house import ADMIN, RECEPTION, House, today

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES = {"phone": (390, 780), "laptop": (1280, 800), "wall": (2560, 1440)}
QUALITY = 62
LONG = "Maximiliana Konstantinopolitanska von Hohenlohe-Schillingsfürst-Waldenburg"
SETTINGS = '[[pbx]]\nname = "växel"\nhost = "127.0.0.1"\nport = 9\nusername = "katalog"\nsecret = "hemlig"\n'
SHOWN = ("lunch", "meeting", "home", "ill", "left", "holiday", "busy", "travel", "child", "parental")
TITLES = ("Säljare", "Supporttekniker", "Ekonom", "Utvecklare", "Projektledare", "Chef")
DEPARTMENTS = ("Försäljning", "Support", "Ekonomi", "Utveckling", "Lager och transport", "Ledning")

Act = Callable[[Page, House], Awaitable[None]]


async def nothing(page: Page, house: House) -> None:
    pass


class View(msgspec.Struct, frozen=True):
    """`people` how many there are; `act` what is done before the picture is taken."""

    name: str
    address: str
    people: int = 200
    login: tuple[str, str] | None = RECEPTION
    act: Act = nothing


async def card(page: Page, house: House) -> None:
    await page.fill("k-people input[type=search]", "anna")
    await page.wait_for_timeout(500)
    await page.locator(".row").nth(1).click()
    await page.wait_for_timeout(400)


async def own(page: Page, house: House) -> None:
    await page.click(".own")


async def keys(page: Page, house: House) -> None:
    await page.keyboard.press("?")


async def offline(page: Page, house: House) -> None:
    await page.context.set_offline(True)
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await page.wait_for_timeout(300)


async def wrong(page: Page, house: House) -> None:
    await page.fill("#login", "anna")
    await page.fill("#password", "hemlighet")
    await page.press("#password", "Enter")
    await page.wait_for_selector(".wrong:not(:empty)")


async def refused(page: Page, house: House) -> None:
    await page.click("k-plan >> text=Planera")
    sheet = page.locator("k-plan .sheet")
    await sheet.locator("input[name=until]").fill("2020-01-01")
    await sheet.locator("button.main").click()
    await sheet.locator("[data-field=until] .wrong:not(:empty)").wait_for()
    await sheet.scroll_into_view_if_needed()


async def changed(page: Page, house: House) -> None:
    text = "extension;name;title\n101;Anna Svensson;Supportchef\n999;Ny Person;Säljare\n;Utan Nummer;\n"
    await page.locator("#file").set_input_files(
        {"name": "personal.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    await page.wait_for_selector(".counts")


async def told(page: Page, house: House) -> None:
    form = page.locator("k-entry form")
    await form.locator("input[name=title]").fill("Chef")
    entry = page.url.partition("open=")[2]
    await house.ask("PATCH", f"/api/entries/{entry}", json={"title": "Gruppchef", "location": "Umeå"})
    await form.locator("button.main").click()
    await page.locator(".meanwhile:not(:empty)").wait_for()
    await house.ask("PATCH", f"/api/entries/{entry}", json={"title": "", "location": ""})


VIEWS = [
    View("login", "/", login=None),
    View("login-wrong", "/", login=None, act=wrong),
    View("directory-0", "/", people=0, login=ADMIN),
    View("directory-3", "/", people=3),
    View("directory-200", "/"),
    View("directory-10000", "/", people=10_000),
    View("directory-found", "/?q=anna&show=absent"),
    View("directory-nobody", "/?q=xyzzy"),
    View("directory-long-name", "/?q=maximiliana"),
    View("directory-card", "/", act=card),
    View("directory-own", "/", act=own),
    View("directory-keys", "/", act=keys),
    View("directory-offline", "/", act=offline),
    View("profile", "/profile"),
    View("profile-refused", "/profile", act=refused),
    View("admin-start", "/admin", login=ADMIN),
    View("admin-people", "/admin/people", login=ADMIN),
    View("admin-people-told", "/admin/people?open={anna}", login=ADMIN, act=told),
    View("admin-import", "/admin/import", login=ADMIN, act=changed),
    View("admin-profiles", "/admin/profiles", login=ADMIN),
    View("admin-accounts", "/admin/accounts", login=ADMIN),
    View("admin-pbx", "/admin/pbx", login=ADMIN),
    View("admin-webhooks", "/admin/webhooks", login=ADMIN),
    View("admin-audit", "/admin/audit", login=ADMIN),
    View("board", "/board?department=Support"),
    View("board-everybody", "/board", people=10_000),
]


@asynccontextmanager
async def house_of(count: int, folder: Path) -> AsyncIterator[House]:
    """So many people, of whom some are away, have plans, or long names."""
    staff = [
        msgspec.structs.replace(
            entry, extension=f"{101 + number}", title=TITLES[number % 6], department=DEPARTMENTS[number % 6], revision=0
        )
        for number, entry in enumerate(swedes(count))
    ]
    if len(staff) > 3:
        staff[0] = msgspec.structs.replace(staff[0], name="Anna Svensson")
        staff[7] = msgspec.structs.replace(staff[7], name=LONG, title="Verksamhetsutvecklingssamordnare")
    folder.mkdir()
    people = csv.header() + csv.rows(staff) if staff else "extension;name\n"
    anna = "101" if staff else ""
    async with House.open(folder, people, SETTINGS, anna=anna) as house:
        for number, entry in list(enumerate(staff))[1::3][:70]:
            name = SHOWN[number % len(SHOWN)]
            until = (
                f"{today() + timedelta(days=3 + number % 12)}" if name in ("travel", "holiday", "parental") else None
            )
            await house.set(entry.extension, name, until, "Läser mejl på kvällen" if number % 4 == 1 else None)
        if staff:
            entry_ = await house.entry("101")
            for plan in (
                {
                    "name": "holiday",
                    "from": f"{today() + timedelta(days=9)}",
                    "until": f"{today() + timedelta(days=13)}",
                    "message": "Fjällen",
                },
                {
                    "name": "left",
                    "from": f"{today()} 15:00",
                    "until": f"{today()} 17:00",
                    "rrule": "FREQ=WEEKLY;BYDAY=FR",
                },
            ):
                await house.ask("POST", f"/api/entries/{entry_['id']}/absences", json=plan)
        yield house


async def taken(browser: Browser, house: House, view: View, size: str, *, dark: bool) -> None:
    width, height = SIZES[size]
    anna = (await house.entry("101"))["id"] if "{anna}" in view.address else ""
    async with person(browser, house.serving.url, login=view.login, dark=dark) as someone:
        page = someone.page
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(view.address.replace("{anna}", anna))
        await page.wait_for_selector(".own, k-login button, k-board .tile")
        await page.wait_for_timeout(600)
        await view.act(page, house)
        await page.wait_for_timeout(200)
        session = await someone.context.new_cdp_session(page)
        picture = await session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        name = f"{view.name}-{size}-{'dark' if dark else 'light'}.webp"
        (FOLDER / name).write_bytes(base64.b64decode(picture["data"]))
        if someone.complaints:
            print(f"{name}: {someone.complaints}", file=sys.stderr)


async def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    wanted = [view for view in VIEWS if not names or view.name in names]
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        bar = progress.add_task("screenshots", total=len(wanted) * len(SIZES) * 2)
        async with chromium() as browser:
            for count in dict.fromkeys(view.people for view in wanted):
                async with house_of(count, Path(folder) / str(count)) as house:
                    for view in wanted:
                        for size in SIZES if view.people == count else ():
                            for dark in (False, True):
                                await taken(browser, house, view, size, dark=dark)
                                progress.advance(bar)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
