"""What the demo's people have set and planned looks alive whenever it begins."""

from collections import Counter
from datetime import datetime

import pytest

from katalog.demo import presences
from katalog.demo.people import people
from katalog.domain.agenda import spans
from katalog.domain.catalogue import Catalogue, standard
from katalog.domain.hours import Calendar, Closed, Hours
from katalog.domain.presence import Sources
from katalog.live.presences import Presences
from tests.domain.test_absence import STOCKHOLM, seconds

CALENDAR = Calendar(STOCKHOLM, Hours.parse("mon-fri 08:00-17:00"), Closed("SE"))
SWEDISH = Catalogue(standard(), "sv")
EVERYBODY = list(people())
ANNA, BENGT = EVERYBODY[:2]
MOMENTS = [
    *("2026-09-21 11:45", "2026-09-25 16:00", "2026-09-27 03:00", "2026-10-24 23:59", "2026-12-24 12:00"),
    *("2026-12-31 23:30", "2027-03-27 22:00", "2028-02-28 09:05"),
]


def begun(now: float) -> Presences:
    found = Presences(CALENDAR, "sv")
    found.read(standard(), presences.hands(EVERYBODY, now, CALENDAR), presences.absences(EVERYBODY, now, CALENDAR))
    found.advance(now)
    return found


@pytest.mark.parametrize("moment", MOMENTS)
def test_profiles_vary_with_ends_to_come_and_with_messages(moment: str) -> None:
    now = seconds(moment)
    begin = begun(now)
    profiles = [profile for entry in EVERYBODY if (profile := begin.profile(entry)) is not None]
    names = Counter(profile.name for profile in profiles)
    assert set(names) >= {"Tillgänglig", "Möte", "Lunch", "Semester", "Arbetar hemma", "Sjuk", "Tjänsteresa"}
    assert 30 <= names["Tillgänglig"] <= 90
    assert sum(profile.message is not None for profile in profiles) >= 20
    local = str(datetime.fromtimestamp(now, STOCKHOLM))[:19]
    assert all(profile.until > local for profile in profiles if profile.until != "0000-00-00 00:00:00")
    assert not [profile for profile in profiles if not profile.available and profile.until == "0000-00-00 00:00:00"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_anna_is_there_and_bengt_is_on_holiday_as_in_the_example(moment: str) -> None:
    begin = begun(seconds(moment))
    anna, bengt = begin.profile(ANNA), begin.profile(BENGT)
    assert anna is not None
    assert bengt is not None
    assert (anna.available, anna.name, anna.message) == (True, "Tillgänglig", None)
    assert (bengt.name, bengt.message) == ("Semester", "Svarar på mail en gång i veckan")


def test_there_is_something_in_the_weeks_to_come_of_anna_and_of_most() -> None:
    now = seconds(MOMENTS[0])
    begin = begun(now)

    def planned(sources: Sources) -> int:
        return len(spans(Sources(plans=sources.plans), now, now + 42 * 86400))

    assert planned(begin.sources(ANNA.id)) >= 8
    assert sum(planned(begin.sources(entry.id)) > 0 for entry in EVERYBODY) > 60


def test_every_choice_is_of_the_standard_catalogue() -> None:
    now = seconds(MOMENTS[0])
    chosen = [hand.choice for hand in presences.hands(EVERYBODY, now, CALENDAR)]
    chosen += [absence.choice for absence in presences.absences(EVERYBODY, now, CALENDAR)]
    assert set(chosen) <= {choice.id for choice in SWEDISH.choices}
