"""Whatever was set, cleared, planned, read and heard, and however the clock runs: what is shown is what a plain look at
all of it gives, at every moment."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from katalog.domain.absence import Absence, Period
from katalog.domain.catalogue import Choice, standard
from katalog.domain.device import DevicePattern
from katalog.domain.entry import Entry
from katalog.domain.events import (
    CalendarRead,
    CatalogueChanged,
    DndChanged,
    EntriesChanged,
    EntriesRead,
    PresencesChanged,
    PresencesRead,
)  # fmt: skip
from katalog.domain.feed import Address
from katalog.domain.hours import Calendar, Hours
from katalog.domain.presence import Busy, Hand, Source
from katalog.live.directory import Directory
from katalog.live.feeds import Feeds
from katalog.live.presences import Presences
from katalog.settings import DEFAULT_PATTERN
from tests.live.reference import FOREVER, Person, Planned, Reference, Said, seconds

PEOPLE = ("anna", "bengt", "cilla")
DAY = 86400.0
YEARS = timedelta(days=1100)
"""The clock runs and plans begin this far about the moment at which a history begins, and no farther."""

PLACES = [
    (zone, datetime.fromisoformat(moment))
    for zone, moments in {
        "Europe/Stockholm": ("2026-10-25 01:00", "2027-03-28 01:00", "2026-12-31 23:00", "2028-02-28 22:00"),
        "America/New_York": ("2026-11-01 00:30", "2027-03-14 01:30", "2027-02-28 12:00"),
        "Australia/Lord_Howe": ("2026-10-04 01:30", "2027-04-04 01:00"),
        "Pacific/Apia": ("2011-12-28 20:00", "2011-12-31 00:00"),
        "Africa/Casablanca": ("2027-02-07 01:00", "2027-03-14 01:30"),
        "Asia/Kolkata": ("2027-12-31 12:00",),
    }.items()
    for moment in moments
]
"""Where and when clocks do something unusual, and a little before it."""

RULES = (
    "", "", "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3;COUNT=4", "FREQ=DAILY;COUNT=2", "FREQ=DAILY;BYDAY=SA,SU", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,FR",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "FREQ=WEEKLY;BYDAY=SU;COUNT=3", "FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1SU",
    "FREQ=YEARLY", "FREQ=YEARLY;COUNT=2",
)  # fmt: skip

people = st.sampled_from(PEOPLE)
chosen = st.sampled_from(["available", "home", "ill", "meeting", "holiday", "busy"])
words = st.sampled_from([None, None, "Vi ses"])
minutes = st.one_of(
    st.sampled_from([-60, 0, 60]),
    st.integers(-180, 180),
    st.integers(-3000, 3000),
    st.integers(-300 * 1440, 300 * 1440),
)
lengths = st.one_of(st.sampled_from([1, 30, 60, 120, 1440, 2160]), st.integers(1, 3000), st.integers(1, 366 * 1440))


def choices(renamed: str = "", removed: str = "") -> list[Choice]:
    """The catalogue, where one is called otherwise and reached otherwise, and one is no more."""
    return [
        msgspec.structs.replace(choice, names={"sv": f"{choice.names['sv']}!"}, available=not choice.available)
        if choice.id == renamed
        else choice
        for choice in standard()
        if choice.id != removed
    ]


def told(found: list[Choice]) -> dict[str, tuple[str, bool]]:
    return {choice.id: (choice.names["sv"], choice.available) for choice in found}


class History(RuleBasedStateMachine):
    @initialize(place=st.sampled_from(PLACES), second=st.sampled_from([0.0, 0.5, 59.0]))
    def begin(self, place: tuple[str, datetime], second: float) -> None:
        self.zone = ZoneInfo(place[0])
        self.base = place[1]
        self.start = self.now = seconds(place[1], self.zone) + second
        self.choices = choices()
        self.model = Reference(self.zone, told(self.choices), (self.base + 2 * YEARS).date())
        self.model.people = {who: Person() for who in PEOPLE}
        self.hands: dict[str, Hand] = {}
        self.absences: dict[str, Absence] = {}
        self.number = 0
        self.restart()
        self.picture, self.version = self.look(), self.directory.version

    # -- what is done ------------------------------------------------------------------------------------

    @rule()
    def restart(self) -> None:
        """All that is kept is read again; calendars and telephones are heard of again."""
        presences = Presences(Calendar(self.zone, Hours.parse("mon-fri 08:00-17:00"), ()), "sv")
        patterns = {"växel": DevicePattern(DEFAULT_PATTERN)}
        self.directory = Directory("SE", presences, patterns, clock=lambda: self.now, feeds=Feeds("{extension}"))
        self.directory.apply(EntriesRead(tuple(Entry(who, who, who) for who in PEOPLE)))
        self.read_again()
        for who, person in self.model.people.items():
            self.hear(who, person.dnd)
            self.read_calendar(who, person.events)
        self.picture, self.version = [], -1

    @rule()
    def read_again(self) -> None:
        self.directory.apply(
            PresencesRead(tuple(self.choices), tuple(self.hands.values()), tuple(self.absences.values()))
        )

    @rule(who=people, choice=chosen, minutes=st.one_of(st.none(), st.integers(1, 5000)), message=words)
    def set(self, who: str, choice: str, minutes: int | None, message: str | None) -> None:
        end = FOREVER if minutes is None else float(int(self.now) + 60 * minutes)
        self.put(Hand(who, choice, self.now, end, message))
        self.model.people[who].hand = Said("hand", choice, self.now, end, message)

    @rule(who=people)
    def clear(self, who: str) -> None:
        self.put(Hand(who, "", self.now))
        self.model.people[who].hand = None

    def put(self, hand: Hand) -> None:
        self.hands[hand.entry] = hand
        self.directory.apply(PresencesChanged((hand,)))

    @rule(
        who=people,
        choice=chosen,
        about=minutes,
        length=st.one_of(st.none(), lengths),
        how=st.sampled_from(RULES),
        message=words,
    )
    def plan(self, who: str, choice: str, about: int, length: int | None, how: str, message: str | None) -> None:
        self.number += 1
        self.write(f"{self.number:04}", who, choice, about, length, how, message)

    @precondition(lambda self: self.absences)
    @rule(data=st.data(), choice=chosen, about=minutes, length=lengths, how=st.sampled_from(RULES))
    def plan_otherwise(self, data: Any, choice: str, about: int, length: int, how: str) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.absences)))
        self.write(id_, self.absences[id_].entry, choice, about, length, how, None)

    def write(
        self, id_: str, who: str, choice: str, about: int, length: int | None, how: str, message: str | None
    ) -> None:
        begin = self.base + timedelta(minutes=about)
        if how:
            length = length or 60
        end = None if length is None else begin + timedelta(minutes=length)
        absence = Absence(id_, who, choice, str(begin), str(end or ""), how, message)
        self.absences[id_] = absence
        self.directory.apply(PresencesChanged(absences=(absence,)))
        self.model.people[who].plans[id_] = Planned(id_, choice, begin, end, how, message)

    @precondition(lambda self: self.absences)
    @rule(data=st.data(), choice=chosen, length=lengths)
    def plan_what_begins_with_another(self, data: Any, choice: str, length: int) -> None:
        other = self.absences[data.draw(st.sampled_from(sorted(self.absences)))]
        about = (datetime.fromisoformat(other.begin) - self.base) // timedelta(minutes=1)
        self.plan(other.entry, choice, about, length, other.rule, None)

    @precondition(lambda self: self.absences)
    @rule(data=st.data(), choice=chosen)
    def set_when_what_is_planned_begins(self, data: Any, choice: str) -> None:
        """At that very second, if it is ahead."""
        absence = self.absences[data.draw(st.sampled_from(sorted(self.absences)))]
        begin = seconds(datetime.fromisoformat(absence.begin), self.zone)
        if begin > self.now:
            self.turn_to(begin)
            self.set(absence.entry, choice, None, None)

    @precondition(lambda self: self.absences)
    @rule(data=st.data())
    def plan_no_more(self, data: Any) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.absences)))
        self.directory.apply(PresencesChanged(removed=(id_,)))
        del self.model.people[self.absences.pop(id_).entry].plans[id_]

    @rule(who=people, events=st.lists(st.tuples(minutes, lengths, st.sampled_from(["busy", "meeting"])), max_size=3))
    def a_calendar_changes(self, who: str, events: list[tuple[int, int, str]]) -> None:
        read = []
        for about, length, choice in events:
            begin = float(int(self.start) + 60 * about)
            read.append(Said("calendar", choice, begin, begin + 60 * length))
        # Of two events at the same times either may be told; here there are none.
        self.read_calendar(who, list({(event.begin, event.end): event for event in read}.values()))

    def read_calendar(self, who: str, events: list[Said]) -> None:
        self.model.people[who].events = events
        busy = tuple(Busy(Period(event.begin, event.end), event.choice) for event in events)
        self.directory.apply(CalendarRead(who, Address(url=who), busy))

    @rule(who=people, dnd=st.booleans())
    def hear(self, who: str, dnd: bool) -> None:
        self.model.people[who].dnd = dnd
        self.directory.apply(DndChanged("växel", who, dnd))

    @rule(renamed=chosen, removed=st.sampled_from(["", "", "meeting", "ill"]))
    def the_catalogue_changes(self, renamed: str, removed: str) -> None:
        self.choices = choices("" if renamed == "available" else renamed, removed)
        self.directory.apply(CatalogueChanged(tuple(self.choices)))
        self.model.choices = told(self.choices)

    @rule(who=people)
    def somebody_leaves_and_comes_back(self, who: str) -> None:
        self.directory.apply(EntriesChanged(removed=(who,)))
        self.directory.apply(EntriesChanged((Entry(who, who, who),)))
        # The telephone on the desk is as it was.
        self.model.people[who] = Person(dnd=self.model.people[who].dnd)
        self.hands.pop(who, None)
        self.absences = {id_: absence for id_, absence in self.absences.items() if absence.entry != who}

    # -- the clock ---------------------------------------------------------------------------------------

    def turn_to(self, moment: float) -> None:
        """Within the years that the model looks at, and not back into the second in which nothing need be different."""
        since = self.directory.presences.since
        if moment < self.now and since <= moment < since + 1:
            moment = since - 0.5
        self.now = min(max(moment, self.start - YEARS.total_seconds()), self.start + YEARS.total_seconds())

    @rule(
        ahead=st.one_of(st.sampled_from([0.5, 1.0, 59.0, 3600.0, DAY]), st.floats(0, 3 * DAY), st.floats(0, 400 * DAY))
    )
    def the_clock_runs(self, ahead: float) -> None:
        self.turn_to(self.now + ahead)

    @rule(back=st.one_of(st.sampled_from([2.0, 3600.0]), st.floats(2, 40 * DAY)))
    def the_clock_is_put_back(self, back: float) -> None:
        self.turn_to(self.now - back)

    @rule(about=st.integers(-7200, 7200))
    def the_clock_is_put_to_where_clocks_change(self, about: int) -> None:
        self.turn_to(self.start + about)

    @rule(times=st.integers(1, 3), beyond=st.booleans())
    def the_clock_runs_over_what_comes_next(self, times: int, beyond: bool) -> None:
        """Or it stands at that very moment, at which something else may be done."""
        for _ in range(times):
            after = next((moment for moment in self.model.moments() if moment > self.now), self.now)
            for moment in (after - 1, after - 0.001, after, *([after + 1] if beyond else [])):
                self.turn_to(max(moment, self.now))
                self.everybody_shows_what_a_look_at_everything_gives()

    # -- what must hold ----------------------------------------------------------------------------------

    def look(self) -> list[Any]:
        return [self.model.profile(who, self.now) for who in PEOPLE]

    @invariant()
    def everybody_shows_what_a_look_at_everything_gives(self) -> None:
        one, expected = self.directory, self.look()
        listed = msgspec.json.decode(b"".join(one.contacts(hidden=True).plain()))
        assert [contact["profile"] for contact in listed] == expected
        for who, shown in zip(PEOPLE, expected, strict=True):
            entry = one.get(who, hidden=True)
            assert entry is not None
            assert msgspec.json.decode(one.contact(entry))["profile"] == shown
            assert msgspec.to_builtins(one.profile(entry)) == shown
            assert one.presences.state(who).source == self.model.shown(who, self.now).source
            for source in Source:
                said = self.model.told(self.model.said(who, source, self.now))
                assert msgspec.to_builtins(one.profile_of_source(entry, source)) == said
        version = one.version
        assert version >= self.version
        assert version != self.version or self.picture == expected
        self.picture, self.version = expected, version
        assert one.presences.next_change > self.now


History.TestCase.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)
TestHistory = History.TestCase


@pytest.mark.long
def test_thousands_of_histories() -> None:
    run_state_machine_as_test(History, settings=settings(max_examples=3000, stateful_step_count=50, deadline=None))


def test_the_model_knows_what_is_said_of_it() -> None:
    """A model that shows everybody as available would agree with a directory that does."""
    stockholm = ZoneInfo("Europe/Stockholm")
    model = Reference(stockholm, told(choices()), datetime(2027, 12, 31).date())  # noqa: DTZ001
    morning = datetime(2026, 10, 23, 8)  # noqa: DTZ001
    friday = Planned("1", "left", morning.replace(hour=13), morning.replace(hour=17), "FREQ=WEEKLY")
    model.people = {"anna": Person(plans={"1": friday})}
    for day in (0, 7, 14):
        shown = model.profile("anna", seconds(morning + timedelta(days=day, hours=5), stockholm))
        assert shown is not None
        assert (shown["name"], shown["until"][11:]) == ("Gått för dagen", "17:00:00")
    model.people["anna"].hand = Said("hand", "home", seconds(morning + timedelta(hours=6), stockholm), FOREVER)
    names = [
        shown["name"]
        for hours in (4, 5, 6, 24 * 7 + 5)
        if (shown := model.profile("anna", seconds(morning + timedelta(hours=hours), stockholm)))
    ]
    # What is set holds from when it was set, and before that too: the clock was put back.
    assert names == ["Arbetar hemma", "Arbetar hemma", "Arbetar hemma", "Gått för dagen"]
