"""Everybody's presence: who is told to differ after a change, and that the clock alone brings what is due."""

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from katalog.domain.absence import Absence, Period
from katalog.domain.catalogue import standard
from katalog.domain.entry import Entry, Kind
from katalog.domain.presence import Busy, Hand, Source, State
from katalog.live.presences import Presences
from tests.live.directories import CALENDAR, presences

NOW = datetime(2026, 9, 21, 12, tzinfo=CALENDAR.zone).timestamp()
"""A Monday at noon."""

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture
def everybody() -> Presences:
    made = presences()
    made.advance(NOW)
    return made


def plan(id_: str, entry: str, begin: str, end: str, rule: str = "", choice: str = "holiday") -> Absence:
    return Absence(id_, entry, choice, f"2026-09-{begin}:00", f"2026-09-{end}:00", rule)


def shown(of: Presences, *ids: str) -> list[str]:
    return [of.state(id_).choice or of.state(id_).source for id_ in ids]


def test_setting_and_clearing_tell_whose_state_differs(everybody: Presences) -> None:
    ill = Hand("anna", "ill", NOW, NOW + HOUR)
    assert everybody.set([ill, Hand("bengt", "", NOW)]) == ["anna"]
    assert shown(everybody, "anna", "bengt", "cilla") == ["ill", "available", "available"]
    assert everybody.set([ill]) == []
    assert everybody.set([msgspec.structs.replace(ill, message="Feber")]) == ["anna"]
    assert everybody.set([Hand("anna", "", NOW)]) == ["anna"]
    assert everybody.set([Hand("anna", "", NOW + 1)]) == []
    assert everybody.set([]) == []


def test_planning_tells_whose_state_differs_now(everybody: Presences) -> None:
    now, later = plan("1", "anna", "21 08:00", "21 17:00"), plan("2", "bengt", "22 08:00", "22 17:00")
    assert everybody.plan([now, later], []) == ["anna"]
    assert everybody.plan([now], []) == []
    # One that is changed holds otherwise, or no more.
    assert everybody.plan([msgspec.structs.replace(now, choice="ill")], []) == ["anna"]
    assert everybody.plan([plan("2", "bengt", "21 08:00", "22 17:00")], ["1"]) in (["anna", "bengt"], ["bengt", "anna"])
    assert shown(everybody, "anna", "bengt") == ["available", "holiday"]
    # One that nobody knows, or that is removed twice, is nobody's.
    assert everybody.plan([], ["1", "9"]) == []
    assert everybody.plan([], ["2"]) == ["bengt"]


def test_calendars_and_telephones_tell_whose_state_differs(everybody: Presences) -> None:
    meeting = Busy(Period(NOW - HOUR, NOW + HOUR), "meeting")
    assert everybody.busy("anna", [meeting]) == ["anna"]
    assert everybody.busy("anna", [meeting, Busy(Period(NOW + HOUR, NOW + DAY), "busy")]) == []
    assert everybody.hear("anna", dnd=True) == []  # who is in a meeting is not reached anyway
    assert everybody.hear("bengt", dnd=True) == ["bengt"]
    assert everybody.hear("bengt", dnd=True) == []
    assert shown(everybody, "anna", "bengt") == ["meeting", "dnd"]
    assert everybody.busy("anna", []) == ["anna"]
    assert everybody.hear("bengt", dnd=False) == ["bengt"]
    assert shown(everybody, "anna", "bengt") == ["dnd", "available"]


def test_what_is_read_replaces_what_was_set_and_planned_but_not_what_is_heard(everybody: Presences) -> None:
    everybody.set([Hand("anna", "ill", NOW), Hand("bengt", "ill", NOW)])
    everybody.plan([plan("1", "cilla", "21 08:00", "21 17:00")], [])
    everybody.hear("david", dnd=True)
    everybody.busy("eva", [Busy(Period(NOW - HOUR, NOW + HOUR), "meeting")])
    found = everybody.read(
        standard(), [Hand("anna", "ill", NOW), Hand("fredrik", "ill", NOW)], [plan("2", "eva", "21 08:00", "21 17:00")]
    )
    assert sorted(found) == ["bengt", "cilla", "eva", "fredrik"]
    assert shown(everybody, *"anna bengt cilla david eva fredrik".split()) == [
        "ill", "available", "available", "dnd", "holiday", "ill",
    ]  # fmt: skip
    # What was planned before is known no more by its id.
    assert everybody.plan([], ["1"]) == []
    assert everybody.plan([], ["2"]) == ["eva"]
    assert shown(everybody, "eva") == ["meeting"]


def test_another_catalogue_looks_otherwise_at_once(everybody: Presences) -> None:
    anna, bengt = Entry("anna", "100", "Anna"), Entry("bengt", "101", "Bengt")
    everybody.set([Hand("anna", "home", NOW)])
    everybody.hear("anna", dnd=True)
    assert shown(everybody, "anna") == ["dnd"]
    changed = [
        msgspec.structs.replace(choice, names={"sv": choice.names["sv"].upper()}, available=choice.id == "available")
        for choice in standard()
    ]
    everybody.choose(changed)
    shows, default = everybody.profile(anna), everybody.profile(bengt)
    assert shows is not None
    assert (shows.name, shows.available) == ("ARBETAR HEMMA", False)
    assert default is not None
    assert default.name == "TILLGÄNGLIG"


def test_whoever_is_forgotten_is_as_if_never_there(everybody: Presences) -> None:
    everybody.set([Hand("anna", "ill", NOW, NOW + HOUR)])
    everybody.plan([plan("1", "anna", "21 08:00", "21 17:00")], [])
    everybody.hear("anna", dnd=True)
    everybody.forget("anna")
    assert everybody.state("anna") == State(Source.DEFAULT, "available")
    assert everybody.sources("anna").plans == ()
    assert everybody.plan([], ["1"]) == []
    assert everybody.advance(NOW + DAY) == []
    everybody.forget("nobody")


def test_only_people_have_a_profile(everybody: Presences) -> None:
    room = Entry("rum", "190", "Rum", kind=Kind.ROOM)
    everybody.set([Hand("rum", "ill", NOW)])
    assert everybody.profile(room) is None
    assert everybody.of_source(room, Source.HAND, NOW) is None
    assert everybody.state("rum").choice == "ill"


def test_the_clock_alone_tells_who_is_due_and_nobody_else(everybody: Presences) -> None:
    everybody.set([Hand("anna", "ill", NOW, NOW + HOUR), Hand("bengt", "ill", NOW, NOW + 2 * HOUR)])
    everybody.plan([plan("1", "cilla", "21 13:00", "21 14:00", "FREQ=DAILY")], [])
    assert everybody.next_change == NOW + HOUR
    assert everybody.advance(NOW + HOUR - 1) == []
    assert sorted(everybody.advance(NOW + HOUR)) == ["anna", "cilla"]
    assert everybody.advance(NOW + HOUR) == []
    assert sorted(everybody.advance(NOW + 3 * HOUR)) == ["bengt", "cilla"]
    assert everybody.next_change == NOW + HOUR + DAY
    # Over a whole occurrence: nothing differs from before.
    assert everybody.advance(NOW + 5 * DAY) == []
    assert everybody.next_change == NOW + 5 * DAY + HOUR


def test_a_moment_that_is_no_longer_one_tells_nobody(everybody: Presences) -> None:
    everybody.set([Hand("anna", "ill", NOW, NOW + HOUR)])
    everybody.set([Hand("anna", "ill", NOW, NOW + 2 * HOUR)])
    assert everybody.advance(NOW + HOUR) == []
    assert everybody.advance(NOW + 2 * HOUR) == ["anna"]


def test_a_clock_that_is_put_back_shows_what_held_then(everybody: Presences) -> None:
    everybody.set([Hand("anna", "ill", NOW, NOW + HOUR)])
    assert everybody.advance(NOW + DAY) == ["anna"]
    assert everybody.advance(NOW + 60) == ["anna"]
    assert shown(everybody, "anna") == ["ill"]
    assert everybody.next_change == NOW + HOUR


def test_what_is_asked_before_the_clock_was_ever_looked_at_is_answered() -> None:
    fresh = presences()
    assert fresh.next_change == fresh.since == float("inf")
    fresh.read(standard(), [], [plan("1", "anna", "21 08:00", "21 17:00", "FREQ=DAILY")])
    assert fresh.advance(NOW) == ["anna"]


def test_what_was_set_again_and_again_does_not_pile_up(everybody: Presences) -> None:
    for minute in range(1, 10_000):
        everybody.set([Hand("anna", "ill", NOW, NOW + DAY + minute), Hand("bengt", "ill", NOW, NOW + DAY)])
    assert len(everybody._due) <= 2 * 2 + 64
    assert everybody.advance(NOW + DAY) == ["bengt"]
    assert everybody.advance(NOW + DAY + 9999) == ["anna"]
    everybody.forget("anna")
    everybody.forget("bengt")
    assert everybody.advance(NOW + 2 * DAY) == []
    assert everybody._due == []


def hands(ids: list[str]) -> Callable[[Presences], Any]:
    return lambda to: to.set([Hand(id_, "ill", NOW, NOW + 5 * HOUR) for id_ in ids])


def weekly(ids: list[str]) -> Callable[[Presences], Any]:
    return lambda to: to.plan([plan(id_, id_, "07 08:00", "07 17:00", "FREQ=WEEKLY;BYDAY=MO,FR") for id_ in ids], [])


@pytest.mark.alone
@pytest.mark.parametrize("prepare", [hands, weekly])
def test_ten_thousand_that_end_in_the_same_second_are_right_at_the_next_read(
    everybody: Presences, prepare: Any
) -> None:
    ids = [f"{number:05}" for number in range(10_000)]
    prepare(ids)(everybody)
    end = NOW + 5 * HOUR
    assert everybody.advance(end - 1) == []
    assert set(shown(everybody, *ids)) <= {"ill", "holiday"}
    begin = time.perf_counter()
    assert sorted(everybody.advance(end)) == ids
    assert time.perf_counter() - begin < 2  # some tenths of a second, on a machine that does nothing else
    assert set(shown(everybody, *ids)) == {"available"}


@pytest.mark.long
def test_ten_thousand_people_with_twenty_plans_each_are_read_in_seconds(everybody: Presences) -> None:
    rules = ["", "FREQ=WEEKLY", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=500"]
    first = datetime(2026, 1, 5, 8)  # noqa: DTZ001 - wall clock
    absences = []
    for number in range(200_000):
        begin = first + timedelta(days=number % 300, minutes=number % 17)
        end = begin + timedelta(hours=1 + number % 30)
        absences.append(
            Absence(f"{number}", f"{number // 20}", "ill", str(begin), str(end), random.Random(number).choice(rules))
        )
    begin_ = time.perf_counter()
    everybody.read(standard(), [], absences)
    assert time.perf_counter() - begin_ < 20
