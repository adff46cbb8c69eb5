"""Where calendars are, and what is known of them, in the live directory."""

from katalog.domain.absence import Period
from katalog.domain.entry import Entry, Kind
from katalog.domain.events import CalendarFailed, CalendarRead, EntriesChanged, EntriesRead, FeedsChanged, FeedsRead
from katalog.domain.feed import Address, Feed
from katalog.domain.presence import Busy, Source
from katalog.live.directory import Directory
from katalog.live.feeds import Feeds, FeedState
from tests.live.directories import presences

NOW = 1_790_000_000.0
ANNA = Entry("1", "100", "Anna", email="anna@ex.se")
BENGT = Entry("2", "101", "Bengt")
OWN = Address(sealed="hemligt")
ANNAS = Address(url="https://moln.se/anna%40ex.se")
MEETING = (Busy(Period(NOW - 60, NOW + 60), "meeting"),)


def directory(template: str = "", now: list[float] | None = None) -> Directory:
    clock = now or [NOW]
    made = Directory("SE", presences(), {}, clock=lambda: clock[0], feeds=Feeds(template))
    made.apply(EntriesRead((ANNA, BENGT)))
    return made


def name(of: Directory, entry: Entry = ANNA) -> str:
    profile = of.profile(entry)
    assert profile is not None
    return profile.name


def test_what_was_read_is_shown_and_what_fails_leaves_it() -> None:
    clock = [NOW]
    of = directory(now=clock)
    of.apply(FeedsRead((Feed("1", "hemligt"),)))
    status = of.feeds.statuses["1"]
    assert (status.address, status.state, status.since, status.checked) == (OWN, FeedState.WAITING, NOW, None)
    version = of.version
    of.apply(CalendarRead("1", OWN, MEETING))
    assert name(of) == "Möte"
    assert of.version > version
    assert (status.state, status.checked, status.changed) == (FeedState.OK, NOW, NOW)
    clock[0] += 10
    of.apply(CalendarFailed("1", OWN, "fel", "wrong"))
    clock[0] += 10
    of.apply(CalendarFailed("1", OWN, "annat fel", "another"))
    assert name(of) == "Möte"
    assert (status.state, status.since, status.sv, status.en) == (FeedState.BROKEN, NOW + 10, "annat fel", "another")
    version = of.version
    of.apply(CalendarRead("1", OWN, None))
    assert (status.state, status.since, status.sv, status.en) == (FeedState.OK, NOW + 20, "", "")
    assert (status.checked, status.changed) == (NOW + 20, NOW)
    assert (of.version, name(of)) == (version, "Möte")
    of.apply(CalendarRead("1", OWN, ()))
    assert (name(of), status.changed) == ("Tillgänglig", NOW + 20)


def test_what_comes_from_elsewhere_or_for_nobody_is_passed_over() -> None:
    of = directory()
    of.apply(CalendarRead("1", OWN, MEETING))
    of.apply(CalendarFailed("9", OWN, "fel", "wrong"))
    of.apply(FeedsRead((Feed("1", "hemligt"),)))
    of.apply(CalendarRead("1", Address(sealed="ett annat"), MEETING))
    assert name(of) == "Tillgänglig"
    assert of.feeds.statuses["1"].state is FeedState.WAITING


def test_another_address_takes_back_what_the_old_one_said() -> None:
    of = directory()
    for event in (FeedsChanged((Feed("1", "nytt"),)), FeedsChanged((Feed("1", ""),)), FeedsRead(())):
        of.apply(FeedsRead((Feed("1", "hemligt"),)))
        of.apply(CalendarRead("1", OWN, MEETING))
        assert name(of) == "Möte"
        of.apply(event)
        assert name(of) == "Tillgänglig"
        assert of.presences.sources("1").busy == ()


def test_the_same_address_again_changes_nothing() -> None:
    of = directory()
    of.apply(FeedsRead((Feed("1", "hemligt"),)))
    of.apply(CalendarRead("1", OWN, MEETING))
    version = of.feeds.version
    of.apply(FeedsRead((Feed("1", "hemligt", 7),)))
    of.apply(EntriesRead((Entry("1", "100", "Anna A", email="anna@ex.se"), BENGT)))
    assert (of.feeds.version, name(of)) == (version, "Möte")
    assert of.feeds.own("1") == Feed("1", "hemligt", 7)


def test_a_template_is_for_those_without_one_of_their_own() -> None:
    of = directory("https://moln.se/{email}")
    assert {id_: status.address for id_, status in of.feeds.statuses.items()} == {"1": ANNAS}
    of.apply(CalendarRead("1", ANNAS, MEETING))
    of.apply(FeedsChanged((Feed("1", "hemligt"), Feed("2", "bengts"), Feed("9", "ingens"))))
    assert [status.address.sealed for status in of.feeds.statuses.values()] == ["hemligt", "bengts"]
    assert name(of) == "Tillgänglig"
    of.apply(FeedsChanged((Feed("1", ""), Feed("2", ""))))
    assert {id_: status.address for id_, status in of.feeds.statuses.items()} == {"1": ANNAS}
    of.apply(CalendarRead("1", ANNAS, MEETING))
    of.apply(EntriesChanged((Entry("1", "100", "Anna", email="anna.a@ex.se"),)))
    assert of.feeds.statuses["1"].address.url == "https://moln.se/anna.a%40ex.se"
    assert name(of) == "Tillgänglig"


def test_a_room_has_no_calendar_nor_has_whoever_is_gone() -> None:
    of = directory("https://moln.se/{extension}")
    of.apply(FeedsRead((Feed("1", "hemligt"),)))
    of.apply(EntriesChanged((Entry("1", "100", "Rum", kind=Kind.ROOM),)))
    assert set(of.feeds.statuses) == {"2"}
    of.apply(EntriesChanged((ANNA,)))
    assert of.feeds.statuses["1"].address == OWN
    version = of.feeds.version
    of.apply(EntriesChanged((), ("1", "2")))
    assert of.feeds.statuses == {}
    assert of.feeds.version > version
    of.apply(EntriesChanged((ANNA,)))
    assert of.feeds.statuses["1"].address.url == "https://moln.se/100", "the own one went with the entry"


def test_what_holds_by_the_calendar_alone_can_be_asked_for() -> None:
    of = directory()
    of.apply(FeedsRead((Feed("1", "hemligt"),)))
    of.apply(CalendarRead("1", OWN, MEETING))
    profile = of.profile_of_source(ANNA, Source.CALENDAR)
    assert profile is not None
    assert profile.name == "Möte"
    assert of.profile_of_source(BENGT, Source.CALENDAR) is None
