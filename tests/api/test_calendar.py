"""Where a calendar is, over HTTP: set, shown, taken back. The clock stands on Monday 21 September 2026, 16:13:20 in
Stockholm, and the calendar's server is a real one on loopback."""

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from katalog.calendars import calendars as module
from katalog.settings import Calendars, Webhooks
from tests.api.test_profile import AVAILABLE, HOUR, People
from tests.installation import Installation, basic
from tests.listening import listening

MEETING = {"available": False, "name": "Möte", "until": "2026-09-21 17:00:00", "message": None}
SECRET = "privat-4711"


def calendar(*events: str) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20260901T000000Z", *event.split("|"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


NOW = calendar("DTSTART:20260921T140000Z|DTEND:20260921T150000Z|SUMMARY:Hemligt")


class Server:
    """A calendar's server: what it says now, once it may `go` on, and what it was asked."""

    def __init__(self) -> None:
        self.status, self.text, self.headers = 200, NOW, {"etag": '"1"'}
        self.asked: list[web.BaseRequest] = []
        self.go = asyncio.Event()
        self.go.set()
        self.port = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(request)
        await self.go.wait()
        if request.headers.get("if-none-match") == self.headers.get("etag", "none") and self.status == 200:
            return web.Response(status=304)
        return web.Response(status=self.status, text=self.text, headers=self.headers)

    @property
    def url(self) -> str:
        return f"http://anna:hemligt@127.0.0.1:{self.port}/{SECRET}/k.ics"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    async with listening(made.answer) as made.port:
        yield made


Start = Callable[..., Awaitable[People]]


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Begins an installation that reads calendars as often as it can."""
    monkeypatch.setattr(module, "TICK", 0.01)
    monkeypatch.setattr("katalog.calendars.schedule.FIRST", 0.0)
    running: list[Any] = []

    async def begin(*, allow_private: bool = True, move_in: bool = True, **settings: Any) -> People:
        settings = {"interval": 1, "key_file": str(tmp_path / "katalog.key")} | settings
        manager = Installation.running(
            tmp_path,
            calendars=Calendars(**settings).model_copy(update={"interval": 0.02}),
            webhooks=Webhooks(allow_private=allow_private),
        )
        people = People(await manager.__aenter__())
        running.append(manager)
        if move_in:
            await people.move_in()
        return people

    yield begin
    for manager in running:
        await manager.__aexit__(None, None, None)


def path(people: People, extension: str = "100") -> str:
    return f"/api/entries/{people.entries[extension].id}/calendar"


async def until(people: People, who: str = "anna", extension: str = "100", **wanted: object) -> dict[str, Any]:
    """What is told of the calendar, as soon as it is so."""
    async with asyncio.timeout(15):
        while True:
            response = await people.get(path(people, extension), who)
            told: dict[str, Any] = response.json()
            if response.status_code == 200 and {key: told[key] for key in wanted} == wanted:
                return told
            await asyncio.sleep(0.01)


async def test_a_busy_event_is_a_meeting_until_its_end(start: Start, server: Server) -> None:
    people = await start()
    server.go.clear()
    response = await people.put({"url": server.url}, path(people))
    server.go.set()
    assert response.status_code == 200
    assert response.json() == {
        "url": f"http://127.0.0.1:{server.port}/…", "own": True, "state": "waiting",
        "since": "2026-09-21T16:13:20+02:00", "reason": None, "checked": None, "changed": None, "events": 0,
    }  # fmt: skip
    told = await until(people, state="ok")
    assert told == response.json() | {
        "state": "ok", "checked": "2026-09-21T16:13:20+02:00", "changed": "2026-09-21T16:13:20+02:00", "events": 1,
    }  # fmt: skip
    for shown in ("/api/extensions/100/profile", "/api/extensions/100/profile?source=calendar"):
        assert (await people.get(shown)).json() == MEETING
    assert (await people.get("/api/extensions/100")).json()["profile"] == MEETING
    people.installation.advance(HOUR)
    assert (await people.get()).json() == AVAILABLE


async def test_what_was_set_by_hand_goes_before_the_calendar(start: Start, server: Server) -> None:
    people = await start()
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    assert (await people.put({"name": "Tillgänglig"})).json()["name"] == "Tillgänglig"
    assert (await people.delete()).json() == MEETING


async def test_the_server_is_asked_only_for_what_is_new(start: Start, server: Server) -> None:
    people = await start()
    server.headers = {"etag": '"1"', "last-modified": "Mon, 21 Sep 2026 10:00:00 GMT"}
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    while len(server.asked) < 3:
        await asyncio.sleep(0.01)
    assert "if-none-match" not in server.asked[0].headers
    assert server.asked[0].headers["authorization"] == basic("anna", "hemligt")["authorization"]
    assert server.asked[1].headers["if-none-match"] == '"1"'
    assert server.asked[1].headers["if-modified-since"] == "Mon, 21 Sep 2026 10:00:00 GMT"
    server.text, server.headers = calendar(), {"etag": '"2"'}
    await until(people, events=0, state="ok")
    assert (await people.get()).json() == AVAILABLE


async def test_it_is_read_whole_once_a_day_whatever_its_server_says(start: Start, server: Server) -> None:
    people = await start()
    server.text = calendar("DTSTART:20260921T050000Z|DTEND:20260921T060000Z|RRULE:FREQ=DAILY")
    await people.put({"url": server.url}, path(people))
    assert (await until(people, state="ok"))["events"] == 61
    people.installation.turn_to("2027-03-30 07:30")  # far beyond what was worked out; and it is summer time again
    async with asyncio.timeout(15):
        while (await people.get()).json() != MEETING | {"until": "2027-03-30 08:00:00"}:
            await asyncio.sleep(0.01)


async def test_a_word_chooses_the_profile_and_the_subject_is_nowhere(
    start: Start, server: Server, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    people = await start(words={"kundmöte": "Tjänsteresa", "finns inte": "Ingen sådan"})
    server.text = calendar("DTSTART:20260921T140000Z|DTEND:20260921T150000Z|SUMMARY:Kundmöte: Storbolaget")
    await people.put({"url": server.url}, path(people))
    await until(people, events=1)
    assert (await people.get()).json() == MEETING | {"name": "Tjänsteresa"}
    server.text, server.headers = "Storbolaget", {"etag": '"2"'}
    await until(people, state="broken")
    for answer in (await people.get("/api/extensions/100"), await people.get(path(people))):
        assert "Storbolaget" not in answer.text
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    assert b"Storbolaget" not in written
    assert "Storbolaget" not in "".join(capfd.readouterr())


async def test_what_never_ends_is_shown_so(start: Start, server: Server) -> None:
    people = await start()
    server.text = calendar("DTSTART:20260921T140000Z|DTEND:99991231T235959Z")
    await people.put({"url": server.url}, path(people))
    await until(people, events=1)
    assert (await people.get()).json() == MEETING | {"until": AVAILABLE["until"]}
    assert (await people.get("/api/extensions")).status_code == 200


async def test_another_catalogue_makes_it_read_anew(start: Start, server: Server) -> None:
    people = await start()
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    await people.delete("/api/profiles/meeting", "chefen")
    async with asyncio.timeout(15):
        while (await people.get()).json()["name"] != "Upptagen":
            await asyncio.sleep(0.01)


BROKEN: list[tuple[str, int, str]] = [
    ("", 401, "Servern släpper inte in katalog (401): fel lösenord, eller så är kalendern inte delad."),
    ("", 404, "Det finns ingen kalender på adressen (404)."),
    ("", 500, "Servern svarar 500."),
    ("", 302, "Servern svarar 302."),
    ("<html><body>Logga in</body></html>", 200, "Adressen ger ingen kalender (iCalendar)."),
    ("", 200, "Adressen ger ingen kalender (iCalendar)."),
    (NOW.replace("END:VCALENDAR", ""), 200, "Adressen ger ingen kalender (iCalendar)."),
]


@pytest.mark.parametrize(("text", "status", "reason"), BROKEN)
async def test_a_broken_calendar_is_told_and_blanks_nobody(
    start: Start, server: Server, text: str, status: int, reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    people = await start()
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    people.installation.advance(60)
    server.text, server.status, server.headers = text, status, {}
    told = await until(people, state="broken")
    assert (told["since"], told["reason"]) == ("2026-09-21T16:14:20+02:00", reason)
    english = await people.client.get(path(people), headers=basic("anna") | {"accept-language": "en"})
    assert english.json()["reason"] not in (reason, "", None)
    people.installation.advance(60)
    assert (await people.get()).json() == MEETING
    server.text, server.status = NOW, 200
    told = await until(people, state="ok")
    assert (told["reason"], told["events"]) == (None, 1)
    logged = "".join(capfd.readouterr())
    assert (logged.count("calendar.broken"), logged.count("calendar.mended")) == (1, 1)
    assert SECRET not in logged
    assert "hemligt" not in logged


async def test_that_nothing_is_new_is_no_answer_to_the_first_question(start: Start, server: Server) -> None:
    people = await start()
    server.status = 304
    await people.put({"url": server.url}, path(people))
    assert (await until(people, state="broken"))["reason"] == "Servern svarar 304."


async def test_a_private_network_is_refused_unless_it_is_allowed(start: Start, server: Server) -> None:
    people = await start(allow_private=False)
    await people.put({"url": server.url}, path(people))
    told = await until(people, state="broken")
    assert told["reason"] == "Adressen leder in i ett eget nät, dit katalog inte får gå (webhooks.allow_private)."
    assert server.asked == []


async def test_the_address_is_kept_encrypted_and_shown_to_nobody(start: Start, server: Server, tmp_path: Path) -> None:
    people = await start()
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    for answer in (await people.get(path(people)), await people.get("/api/audit", "chefen")):
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert "hemligt" not in answer.text
    key = tmp_path / "katalog.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    written = b"".join(file.read_bytes() for file in tmp_path.glob("katalog.db*"))
    assert SECRET.encode() not in written
    assert b"hemligt" not in written
    assert key.read_bytes() not in written


async def test_without_its_key_it_is_broken_until_it_is_entered_again(
    start: Start, server: Server, tmp_path: Path
) -> None:
    people = await start()
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    (tmp_path / "katalog.key").unlink()
    told = await until(people, state="broken")
    assert (told["url"], told["events"]) == (None, 1)
    assert "katalog.key" in told["reason"]
    assert (await people.get()).json() == MEETING
    assert (await people.put({"url": server.url}, path(people))).status_code == 200
    await until(people, state="ok", url=f"http://127.0.0.1:{server.port}/…")


async def test_taken_back_it_is_no_more(start: Start, server: Server) -> None:
    people = await start()
    assert (await people.get(path(people))).status_code == 404
    assert (await people.delete(path(people))).status_code == 404
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    assert (await people.delete(path(people))).json() == {"message": "OK"}
    assert (await people.get()).json() == AVAILABLE
    assert (await people.get(path(people))).status_code == 404
    assert (await people.delete(path(people))).status_code == 404
    asked = len(server.asked)
    await asyncio.sleep(0.3)
    assert len(server.asked) <= asked + 1, "one may have been under way"
    trail = (await people.get("/api/audit", "chefen")).json()["audit"]
    kept = [(row["action"], row["subject"], row["details"]) for row in trail if row["action"].startswith("calendar.")]
    assert kept == [(action, people.entries["100"].id, {}) for action in ("calendar.removed", "calendar.set")]


async def test_another_address_begins_anew_and_the_same_one_does_not(start: Start, server: Server) -> None:
    people = await start()
    server.go.clear()
    first = await people.put({"url": server.url}, path(people))
    seen = basic("anna") | {"if-none-match": first.headers["etag"]}
    assert (await people.client.get(path(people), headers=seen)).status_code == 304
    server.go.set()
    await until(people, state="ok")
    assert (await people.client.get(path(people), headers=seen)).json()["state"] == "ok"
    again = await people.put({"url": f" {server.url}#x "}, path(people))
    assert again.json()["state"] == "ok"
    server.go.clear()
    other = await people.put({"url": server.url + "?annan"}, path(people), **{"if-match": first.headers["etag"]})
    server.go.set()
    assert (other.json()["state"], other.json()["events"]) == ("waiting", 0)
    await until(people, state="ok", events=1)
    stale = await people.put({"url": server.url}, path(people), **{"if-match": first.headers["etag"]})
    assert stale.status_code == 412
    gone = await people.client.delete(path(people), headers=basic("anna") | {"if-match": first.headers["etag"]})
    assert gone.status_code == 412


async def test_whoever_is_removed_is_visited_no_more(start: Start, server: Server) -> None:
    people = await start()
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    assert (await people.delete(f"/api/entries/{people.entries['100'].id}", "chefen")).status_code == 200
    asked = -1
    async with asyncio.timeout(5):
        while len(server.asked) != asked:  # one may have been under way
            asked = len(server.asked)
            await asyncio.sleep(0.3)


@pytest.mark.parametrize(
    ("who", "extension", "status"),
    [("anna", "100", 200), ("anna", "101", 403), ("program", "100", 403), ("receptionen", "100", 200),
     ("chefen", "101", 200), ("chefen", "190", 409)],
)  # fmt: skip
async def test_one_s_own_or_reception_and_admins_everybody_s(
    start: Start, server: Server, who: str, extension: str, status: int
) -> None:
    people = await start()
    where = path(people, extension)
    assert (await people.put({"url": server.url}, where, who)).status_code == status
    assert (await people.get(where, who)).status_code == status
    assert (await people.delete(where, who)).status_code == status


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        ({}, "url: ska vara en text"),
        ({"url": None}, "url: ska vara en text"),
        ({"url": 7}, "url: ska vara en text"),
        ({"url": ""}, "url: ska vara en adress som börjar med https:// eller http://"),
        ({"url": "ftp://moln.se/k.ics"}, "url: ska vara en adress som börjar med https:// eller http://"),
        ({"url": "webcal://"}, "url: ska vara en adress som börjar med https:// eller http://"),
        ({"url": "https://moln.se/" + "x" * 2000}, "url: får ha högst 2000 tecken"),
    ],
)
async def test_what_is_no_address_is_refused(start: Start, draft: Any, reason: str) -> None:
    people = await start()
    response = await people.put(draft, path(people))
    assert (response.status_code, response.json()["field"], response.json()["message"]) == (422, "url", reason)
    assert (await people.put([], path(people))).status_code == 400
    missing = await people.client.put("/api/entries/ingen/calendar", json={"url": "x"}, headers=basic("anna"))
    assert missing.status_code == 404


async def test_webcal_means_https(start: Start) -> None:
    people = await start()
    response = await people.put({"url": "webcal://moln.invalid/k.ics"}, path(people))
    assert response.json()["url"] == "https://moln.invalid/…"


async def test_a_template_is_for_whoever_has_none_of_their_own(start: Start, server: Server) -> None:
    people = await start(
        template=f"http://127.0.0.1:{server.port}/{{email}}/{{extension}}.ics", username="katalog", password="hemligt"
    )
    who = {"email": "åsa+b@exempel.se"}
    entry = f"/api/entries/{people.entries['100'].id}"
    assert (await people.get(path(people))).status_code == 404, "no e-mail, no address"
    assert (await people.client.patch(entry, json=who, headers=basic("chefen"))).status_code == 200
    told = await until(people, state="ok", events=1)
    assert (told["own"], told["url"]) == (False, f"http://127.0.0.1:{server.port}/…")
    assert server.asked[-1].raw_path == "/%C3%A5sa%2Bb%40exempel.se/100.ics"
    assert server.asked[-1].headers["authorization"] == basic("katalog", "hemligt")["authorization"]
    assert (await people.get()).json() == MEETING
    assert (await people.delete(path(people))).status_code == 404, "there is nothing of one's own to take back"
    server.go.clear()
    own = await people.put({"url": server.url}, path(people))
    server.go.set()
    assert (own.json()["own"], own.json()["events"]) == (True, 0)
    await until(people, state="ok")
    assert server.asked[-1].headers["authorization"] == basic("anna", "hemligt")["authorization"]
    await people.delete(path(people))
    await until(people, own=False, state="ok", events=1)
    await people.client.patch(entry, json={"email": ""}, headers=basic("chefen"))
    assert (await people.get()).json() == AVAILABLE


async def test_an_invitation_that_was_declined_is_not_gone_to(start: Start, server: Server) -> None:
    people = await start()
    invited = "DTSTART:20260921T140000Z|DTEND:20260921T150000Z|ATTENDEE;PARTSTAT=DECLINED:mailto:Anna@exempel.se"
    server.text = calendar(invited)
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok", events=1)
    entry = f"/api/entries/{people.entries['100'].id}"
    await people.client.patch(entry, json={"email": "anna@exempel.se"}, headers=basic("chefen"))
    await until(people, state="ok", events=0)


async def test_after_a_restart_everything_is_read_again(start: Start, server: Server, tmp_path: Path) -> None:
    async with Installation.running(tmp_path, webhooks=Webhooks(allow_private=True)) as first:
        before = People(first)
        await before.move_in()
        await before.put({"url": server.url}, path(before))
        await until(before, state="ok")
    people = await start(move_in=False)
    people.entries = before.entries
    await until(people, state="ok", events=1)
    assert (await people.get()).json() == MEETING


async def test_what_another_server_or_a_restore_changed_is_followed(
    start: Start, server: Server, tmp_path: Path
) -> None:
    people = await start()
    await people.put({"url": server.url}, path(people))
    await until(people, state="ok")
    async with Installation.running(tmp_path, webhooks=Webhooks(allow_private=True)) as other:
        headers = basic("anna")
        assert (await other.client.delete(path(people), headers=headers)).status_code == 200
    async with asyncio.timeout(15):
        while (await people.get()).json() != AVAILABLE:
            await asyncio.sleep(0.01)
