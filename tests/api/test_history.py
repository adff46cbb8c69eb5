"""Random histories over HTTP, by the real application with restarts on one database: every answer is the model's."""

import random
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from katalog.domain.absence import Period
from katalog.domain.account import Role
from katalog.domain.catalogue import standard
from katalog.domain.events import CalendarRead, DndChanged
from katalog.domain.feed import Address
from katalog.domain.presence import Busy, Source
from katalog.settings import Calendars, Organisation, Pbx
from tests.installation import Installation, basic
from tests.live.reference import FOREVER, Person, Planned, Reference, Said, seconds

PLACES = (
    ("Europe/Stockholm", "2026-10-25 01:00"), ("Europe/Stockholm", "2027-03-28 01:00"),
    ("Europe/Stockholm", "2026-12-31 23:00"), ("America/New_York", "2026-11-01 00:30"),
    ("Australia/Lord_Howe", "2027-04-04 01:00"), ("Europe/Stockholm", "2028-02-28 22:00"),
)  # fmt: skip
RULES = (
    None, None, "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=4", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=WEEKLY;BYDAY=SU;COUNT=3",
    "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=YEARLY",
)  # fmt: skip
NAMES = {choice.id: choice.names["sv"] for choice in standard()}
TEMPLATE = "http://127.0.0.1:9/{extension}.ics"
YEARS = timedelta(days=800)


class History:
    """`random` decides everything, so that the number of a history is enough to have it again."""

    def __init__(self, number: int, folder: Path) -> None:
        self.random = random.Random(number)
        place, wall = self.random.choice(PLACES)
        self.folder, self.place, self.zone = folder, place, ZoneInfo(place)
        self.base = datetime.fromisoformat(wall)
        self.now = seconds(self.base, self.zone) + self.random.choice([0, 0.5])
        self.model = Reference(
            self.zone,
            {choice.id: (choice.names["sv"], choice.available) for choice in standard()},
            (self.base + 2 * YEARS).date(),
        )
        self.tags: dict[str, str] = {}
        self.done: list[str] = []

    async def begin(self) -> None:
        self.stack = AsyncExitStack()
        self.installation = await self.stack.enter_async_context(
            Installation.running(
                self.folder,
                now=self.now,
                connectors=[],
                organisation=Organisation(timezone=self.place),
                pbx=[Pbx(name="växel")],
                # Nothing is asked for at an address of one's own network: what calendars say is told here.
                calendars=Calendars(template=TEMPLATE),
            )
        )
        for extension, person in self.model.people.items():
            self.hear(extension, dnd=person.dnd)
            self.read(extension, person.events)

    async def move_in(self) -> None:
        self.ids = {}
        for extension in ("100", "101"):
            self.ids[extension] = (await self.installation.add(extension, extension)).id
            self.model.people[extension] = Person()
        await self.installation.add_account("receptionen", role=Role.RECEPTION)

    async def ask(self, method: str, path: str, draft: Any = None, status: int = 200) -> httpx.Response:
        response = await self.installation.client.request(method, path, json=draft, headers=basic("receptionen"))
        assert response.status_code == status, response.text
        return response

    def turn_to(self, moment: float) -> None:
        self.now = min(moment, seconds(self.base + YEARS, self.zone))
        self.installation.advance(self.now - self.installation._clock[0])

    async def step(self) -> None:
        action = self.random.choice(
            [self.set, self.set, self.clear, self.plan, self.plan, self.change, self.remove, self.restart]
            + [self.calendar, self.telephone] * 2
            + [self.run, self.run_to_what_comes_next] * 3
        )
        self.done.append(f"{self.now} {action.__name__}")
        await action()

    async def set(self) -> None:
        who, choice = self.random.choice(list(self.ids)), self.random.choice(list(NAMES))
        message = self.random.choice([None, "Vi ses"])
        hand, end = self.model.people[who].hand, FOREVER
        if hand is not None and self.now < hand.end and self.random.random() < 0.3:
            # The same again.
            choice, end, message = hand.choice, hand.end, hand.message
        elif self.random.random() < 0.8:
            end = float(int(self.now) + self.random.choice([60, 3600, self.random.randrange(1, 4 * 86400)]))
        until = None if end == FOREVER else datetime.fromtimestamp(end, ZoneInfo("UTC")).isoformat()
        answer = await self.ask(
            "PUT", f"/api/extensions/{who}/profile", {"name": NAMES[choice], "until": until, "message": message}
        )
        new = Said("hand", choice, self.now, end, message)
        same = hand is not None and (hand.choice, hand.end, hand.message) == (choice, end, message)
        if not same or self.model.shown(who, self.now).source != "hand":
            # What holds already stays untouched, and so began when it did.
            self.model.people[who].hand = new
        assert answer.json() == self.model.profile(who, self.now)

    async def clear(self) -> None:
        who = self.random.choice(list(self.ids))
        answer = await self.ask("DELETE", f"/api/extensions/{who}/profile")
        self.model.people[who].hand = None
        assert answer.json() == self.model.profile(who, self.now)

    def draft(self) -> tuple[dict[str, Any], Planned]:
        begin = self.base + timedelta(
            minutes=self.random.choice([0, 60, self.random.randint(-200, 200), self.random.randint(-9000, 9000)])
        )
        length = self.random.choice([30, 60, 120, self.random.randint(1, 5000)])
        rule, choice = self.random.choice(RULES), self.random.choice(list(NAMES))
        end = begin + timedelta(minutes=length) if rule or self.random.random() < 0.9 else None
        draft = {"name": choice, "from": str(begin), "until": end and str(end), "rrule": rule, "message": "Åter"}
        return draft, Planned("", choice, begin, end, rule or "", "Åter")

    async def plan(self) -> None:
        who = self.random.choice(list(self.ids))
        draft, planned = self.draft()
        answer = await self.ask("POST", f"/api/entries/{self.ids[who]}/absences", draft, 201)
        self.put(who, answer.json()["id"], planned)

    def put(self, who: str, id_: str, planned: Planned) -> None:
        self.model.people[who].plans[id_] = Planned(
            id_, planned.choice, planned.begin, planned.end, planned.rule, planned.message
        )

    async def change(self) -> None:
        for who, id_ in self.one_of_those_planned():
            draft, planned = self.draft()
            await self.ask("PUT", f"/api/entries/{self.ids[who]}/absences/{id_}", draft)
            self.put(who, id_, planned)

    async def remove(self) -> None:
        for who, id_ in self.one_of_those_planned():
            await self.ask("DELETE", f"/api/entries/{self.ids[who]}/absences/{id_}")
            del self.model.people[who].plans[id_]

    def one_of_those_planned(self) -> list[tuple[str, str]]:
        there = [(who, id_) for who, person in self.model.people.items() for id_ in sorted(person.plans)]
        return [self.random.choice(there)] if there else []

    async def telephone(self) -> None:
        """Somebody switches do-not-disturb on, or off."""
        who = self.random.choice(list(self.ids))
        self.hear(who, dnd=not self.model.people[who].dnd)

    def hear(self, who: str, *, dnd: bool) -> None:
        self.model.people[who].dnd = dnd
        self.installation.app.home.apply(DndChanged("växel", who, dnd))

    async def calendar(self) -> None:
        """Something else stands in somebody's calendar."""
        events = []
        for _ in range(self.random.randint(0, 3)):
            begin = float(int(self.now) + 60 * self.random.randint(-100, 4000))
            choice = self.random.choice(["meeting", "holiday", "home"])
            events.append(Said("calendar", choice, begin, begin + 60 * self.random.randint(1, 600)))
        # Of two events at the same times either may be told; here there are none.
        unique = list({(event.begin, event.end): event for event in events}.values())
        self.read(self.random.choice(list(self.ids)), unique)

    def read(self, who: str, events: list[Said]) -> None:
        self.model.people[who].events = events
        busy = tuple(Busy(Period(event.begin, event.end), event.choice) for event in events)
        address = Address(url=TEMPLATE.replace("{extension}", who))
        self.installation.app.home.apply(CalendarRead(self.ids[who], address, busy))

    async def restart(self) -> None:
        await self.stack.aclose()
        await self.begin()

    async def run(self) -> None:
        self.turn_to(self.now + self.random.choice([0.5, 1, 3600, self.random.random() * 86400 * 20]))

    async def run_to_what_comes_next(self) -> None:
        after = next((moment for moment in self.model.moments() if moment > self.now), self.now)
        for moment in (after - 1, after, after + 1)[: self.random.choice([2, 3])]:
            self.turn_to(max(moment, self.now))
            await self.compare()

    async def compare(self) -> None:
        expected = {who: self.model.profile(who, self.now) for who in self.ids}
        everybody = (await self.ask("GET", "/api/extensions/")).json()
        assert {contact["extension"]: contact["profile"] for contact in everybody} == expected
        for who, profile in expected.items():
            assert (await self.ask("GET", f"/api/extensions/{who}")).json()["profile"] == profile
            answer = await self.ask("GET", f"/api/extensions/{who}/profile")
            assert answer.json() == profile
            # The tag is another when and only when the profile is, even after a restart.
            assert self.tags.setdefault(answer.headers["etag"], repr(profile)) == repr(profile)
            assert len(set(self.tags.values())) == len(self.tags)
        who = self.random.choice(list(self.ids))
        for source in Source:
            answer = await self.ask("GET", f"/api/extensions/{who}/profile?source={source}")
            assert answer.json() == self.model.told(self.model.said(who, source, self.now)), source


async def live_through(number: int, steps: int, folder: Path) -> None:
    history = History(number, folder)
    await history.begin()
    try:
        await history.move_in()
        for _ in range(steps):
            await history.step()
            await history.compare()
    except AssertionError:
        print(f"history {number}:", *history.done, sep="\n")
        raise
    finally:
        await history.stack.aclose()


@pytest.mark.parametrize("number", range(4))
async def test_every_answer_is_that_of_a_plain_model(number: int, tmp_path: Path) -> None:
    await live_through(number, 30, tmp_path)


@pytest.mark.long
async def test_every_answer_of_many_histories(tmp_path: Path) -> None:
    for number in range(100, 200):
        folder = tmp_path / str(number)
        folder.mkdir()
        await live_through(number, 60, folder)
