"""What is told: the difference between what was told last and what is now, once. Who is hidden is told to nobody."""

from operator import itemgetter

import msgspec

from katalog.domain.entry import Entry
from katalog.domain.events import EntriesChanged, LegsWithdrawn, LinkLost, PresencesChanged
from katalog.domain.presence import Hand
from katalog.domain.webhook import Topic
from katalog.live.directory import Directory
from katalog.webhooks.ledger import BEGUN, Happening, Key, Ledger
from tests.live.directories import RINGING, directory, leg, read, tell

NOW = 1_790_000_000.0
ANNA = Entry("1", "100", "Anna", devices=("PJSIP/100",))
BO = Entry("2", "101", "Bo", devices=("PJSIP/101",))
HIDDEN = msgspec.structs.replace(ANNA, hidden=True)
MOVED = msgspec.structs.replace(ANNA, department="Lager")
STARTED, ANSWERED, ENDED = Topic.CALL_STARTED, Topic.CALL_ANSWERED, Topic.CALL_ENDED


class Book:
    """A ledger and what is kept of it, over a directory that both telephone systems are connected to."""

    def __init__(self, *entries: Entry, live: bool = True) -> None:
        self.now = NOW
        self.of: Directory = directory(*entries)
        self.kept: dict[Key, bytes] = {}
        if live:
            read(self.of)
            read(self.of, pbx="filial")
        self.ledger = Ledger(self.of, lambda: self.now)
        self.ledger.begin(self.ledger.everybody())
        self.ledger.mark()
        self.keep()

    def keep(self) -> set[Key]:
        """Commits; gives what was another."""
        changed, self.ledger.changed = self.ledger.changed, {}
        for key, state in changed.items():
            if state is None:
                del self.kept[key]
            else:
                self.kept[key] = state
        return {*changed}

    def restart(self, of: Directory) -> None:
        """Another server reads what was kept, over a directory of its own."""
        self.of = of
        self.ledger = Ledger(of, lambda: self.now)
        self.ledger.load(self.kept.items())

    def told(self) -> list[Happening]:
        """Everything that is another, asked twice: the second time there is nothing."""
        found = [*self.ledger.people(self.ledger.everybody()), *self.ledger.lines(self.ledger.callers())]
        for link in self.of.links.values():
            found += self.ledger.link(link)
        assert [*self.ledger.people(self.ledger.everybody()), *self.ledger.lines(self.ledger.callers())] == []
        assert [each for link in self.of.links.values() for each in self.ledger.link(link)] == []
        return found

    def topics(self) -> list[tuple[str, Topic | None]]:
        """Of each subject, in the order they are told."""
        return sorted(((each.subject, each.topic) for each in self.told()), key=itemgetter(0))


def lunch(of: Directory, id_: str = "1", choice: str = "lunch") -> None:
    of.apply(PresencesChanged((Hand(id_, choice, NOW),)))


def test_what_is_there_at_the_beginning_is_not_told() -> None:
    live = directory(ANNA, BO)
    read(live, leg("1.1", "PJSIP/100"))
    lunch(live, "2")
    ledger = Ledger(live, lambda: NOW)
    begun = [ledger.is_begun]
    ledger.begin(ledger.everybody())
    begun.append(ledger.is_begun)
    ledger.mark()
    assert [*begun, ledger.is_begun] == [False, False, True]
    assert {*ledger.changed} == {
        BEGUN, ("entry", "1"), ("entry", "2"), ("call", "växel 1.1 1"), ("pbx", "växel"), ("pbx", "filial"),
    }  # fmt: skip
    assert [ledger.changed["pbx", name] for name in ("växel", "filial")] == [b"live", b"lost"]
    assert [*ledger.people(ledger.everybody()), *ledger.lines(ledger.callers())] == []


def test_an_entry_that_comes_changes_and_goes_is_told_once_each() -> None:
    book = Book(ANNA)
    book.of.apply(EntriesChanged((BO, MOVED)))
    told = {each.subject: each for each in book.told()}
    assert (told["1"].before, told["1"].entry, told["1"].topic) == (ANNA, MOVED, None)
    assert (told["2"].before, told["2"].entry, told["2"].at) == (None, BO, NOW)
    assert book.keep() == {("entry", "1"), ("entry", "2")}
    book.of.apply(EntriesChanged((), ("1",)))
    (gone,) = book.told()
    assert (gone.subject, gone.before, gone.entry) == ("1", MOVED, None)
    assert book.keep() == {("entry", "1")}
    assert ("entry", "1") not in book.kept


def test_what_nobody_is_shown_is_kept_and_not_told() -> None:
    book = Book(ANNA)
    other = msgspec.structs.replace(ANNA, devices=("PJSIP/7",), source_id="7", revision=9)
    book.of.apply(EntriesChanged((other,)))
    assert book.told() == []
    assert book.keep() == {("entry", "1")}


def test_a_profile_is_told_when_it_is_set_and_when_it_is_cleared() -> None:
    book = Book(ANNA, BO)
    before = book.of.profile(ANNA)
    lunch(book.of)
    (told,) = book.told()
    assert (told.topic, told.subject, told.entry) == (Topic.PROFILE_CHANGED, "1", ANNA)
    assert told.profile is not None
    assert (told.profile.name, told.profile.available) == ("Lunch", False)
    assert book.keep() == {("entry", "1")}
    lunch(book.of, choice="")
    (told,) = book.told()
    assert (told.topic, told.profile) == (Topic.PROFILE_CHANGED, before)


def test_one_that_comes_with_a_profile_is_told_once_one_that_changes_with_it_twice() -> None:
    book = Book(ANNA)
    book.of.apply(EntriesChanged((BO, MOVED)))
    for id_ in ("1", "2"):
        lunch(book.of, id_)
    assert book.topics() == [("1", None), ("1", Topic.PROFILE_CHANGED), ("2", None)]


def test_what_was_kept_gives_the_difference_alone() -> None:
    book = Book(ANNA, BO)
    lunch(book.of)
    tell(book.of, leg("1.1", "PJSIP/100"), leg("1.2", "PJSIP/101", linestatus=RINGING))
    book.told()
    book.keep()
    # The same again: nothing.
    same = directory(ANNA, BO)
    lunch(same)
    read(same, leg("1.1", "PJSIP/100"), leg("1.2", "PJSIP/101", linestatus=RINGING))
    read(same, pbx="filial")
    book.restart(same)
    assert book.ledger.is_begun
    assert book.told() == []
    assert book.keep() == set()
    # Meanwhile Anna moved, Bo left, and a third came.
    later = directory(MOVED, Entry("3", "102", "Cia"))
    lunch(later)
    read(later, leg("1.1", "PJSIP/100"))
    read(later, pbx="filial")
    book.restart(later)
    assert book.topics() == [("1", None), ("2", None), ("2", ENDED), ("3", None)]


def test_what_was_kept_may_be_read_before_the_entries() -> None:
    book = Book(ANNA)
    book.restart(directory())
    book.of.apply(EntriesChanged((msgspec.structs.replace(ANNA),)))
    assert [*book.ledger.people(["1"])] == []
    assert book.keep() == set()


def test_nothing_kept_is_no_ledger_yet() -> None:
    ledger = Ledger(directory(ANNA), lambda: NOW)
    ledger.load([])
    before = ledger.is_begun
    ledger.load([(BEGUN, b"")])
    assert (before, ledger.is_begun) == (False, True)


def test_a_call_starts_is_answered_and_ends() -> None:
    book = Book(ANNA)
    tell(book.of, leg("1.1", "PJSIP/100", linestatus=RINGING))
    (started,) = book.told()
    assert (started.topic, started.subject, started.entry, started.at) == (STARTED, "1", ANNA, NOW)
    assert started.call is not None
    assert (started.call.callerid, started.call.started, started.call.answered) == ("0701231234", NOW, None)
    book.now += 5
    tell(book.of, leg("1.1", "PJSIP/100"))
    (answered,) = book.told()
    assert answered.topic is ANSWERED
    assert answered.call is not None
    assert (answered.call.started, answered.call.answered) == (NOW, NOW + 5)
    assert book.keep() == {("call", "växel 1.1 1")}
    book.now += 5
    tell(book.of, ended=("1.1",))
    (ended,) = book.told()
    assert (ended.topic, ended.at, ended.call) == (ENDED, NOW + 10, answered.call)
    assert book.keep() == {("call", "växel 1.1 1")}
    assert ("call", "växel 1.1 1") not in book.kept


def test_a_call_that_is_answered_already_has_started_first() -> None:
    book = Book(ANNA)
    tell(book.of, leg("1.1", "PJSIP/100"))
    started, answered = book.told()
    assert (started.topic, answered.topic) == (STARTED, ANSWERED)
    assert started.call is not None
    assert (started.call.leg.linestatus, started.call.answered) == (RINGING, None)


def test_a_call_is_answered_once_and_what_else_differs_is_kept() -> None:
    book = Book(ANNA)
    tell(book.of, leg("1.1", "PJSIP/100"))
    book.told()
    book.keep()
    tell(book.of, leg("1.1", "PJSIP/100", linestatus=RINGING))
    assert book.told() == []
    tell(book.of, leg("1.1", "PJSIP/100", "0709999999"))
    assert book.told() == []
    assert book.keep() == {("call", "växel 1.1 1")}
    tell(book.of, ended=("1.1",))
    (ended,) = book.told()
    assert ended.call is not None
    assert (ended.call.callerid, ended.call.answered) == ("0709999999", NOW)


def test_a_call_is_told_with_the_entry_as_it_began() -> None:
    book = Book(ANNA)
    tell(book.of, leg("1.1", "PJSIP/100", linestatus=RINGING))
    book.told()
    book.of.apply(EntriesChanged((MOVED,)))
    tell(book.of, leg("1.1", "PJSIP/100"))
    assert [each.entry for each in book.told() if each.topic is ANSWERED] == [ANNA]


def test_a_call_that_goes_to_another_telephone_ends_here_and_starts_there() -> None:
    book = Book(ANNA, BO)
    tell(book.of, leg("1.1", "PJSIP/100"))
    book.told()
    tell(book.of, leg("1.1", "PJSIP/101"))
    assert book.topics() == [("1", ENDED), ("2", STARTED), ("2", ANSWERED)]


def test_a_call_that_is_gone_while_the_link_is_away_is_told_when_it_is_back() -> None:
    book = Book(ANNA, BO)
    read(book.of, leg("1.1", "PJSIP/100"), leg("1.2", "PJSIP/101"))
    book.told()
    book.of.apply(LinkLost("växel", "gone"))
    book.of.apply(LegsWithdrawn("växel"))
    assert book.topics() == [("pbx:växel", Topic.PBX_LOST)]
    assert book.of.calls(ANNA) == ()
    # What comes of the other telephone system says nothing about these.
    read(book.of, pbx="filial")
    assert book.topics() == []
    read(book.of, leg("1.1", "PJSIP/100"))
    link = book.of.links["växel"]
    assert [(each.subject, each.topic) for each in book.ledger.link(link)] == [
        ("pbx:växel", Topic.PBX_BACK), ("2", ENDED),
    ]  # fmt: skip
    assert book.topics() == []


def test_after_a_restart_calls_stay_until_their_telephone_system_was_read() -> None:
    book = Book(ANNA)
    tell(book.of, leg("1.1", "PJSIP/100"))
    book.told()
    book.keep()
    book.restart(directory(ANNA))
    assert [*book.ledger.lines(book.ledger.callers())] == []
    read(book.of)
    assert ("1", ENDED) in book.topics()


def test_a_call_of_a_telephone_system_that_is_no_more_has_ended() -> None:
    book = Book(ANNA)
    tell(book.of, leg("1.1", "PJSIP/100"))
    book.told()
    book.keep()
    other = directory(ANNA)
    del other.links["växel"]
    book.restart(other)
    assert [each.topic for each in book.ledger.lines(book.ledger.callers())] == [ENDED]
    book.keep()
    assert ("call", "växel 1.1 1") not in book.kept


def test_a_telephone_system_is_lost_and_back_once_each() -> None:
    book = Book()
    for reason in ("refused", "timeout"):
        book.of.apply(LinkLost("växel", reason))
    (lost,) = book.told()
    assert (lost.subject, lost.topic, lost.pbx, lost.reason) == ("pbx:växel", Topic.PBX_LOST, "växel", "timeout")
    assert book.keep() == {("pbx", "växel")}
    for _ in range(2):
        read(book.of)
    (back,) = book.told()
    assert (back.topic, back.pbx, back.reason) == (Topic.PBX_BACK, "växel", "")
    assert book.keep() == {("pbx", "växel")}


def test_how_a_telephone_system_was_is_known_over_a_restart_and_a_new_one_is_not_told() -> None:
    book = Book()
    book.of.apply(LinkLost("växel", "refused"))
    book.told()
    book.keep()
    del book.kept["pbx", "filial"]
    book.restart(directory())
    read(book.of)
    read(book.of, pbx="filial")
    assert book.topics() == [("pbx:växel", Topic.PBX_BACK)]
    assert book.keep() == {("pbx", "växel"), ("pbx", "filial")}


def test_a_hidden_entry_is_nothing_to_be_told() -> None:
    live = directory(HIDDEN)
    ledger = Ledger(live, lambda: 1.0)
    tell(live, leg("1.1", "PJSIP/100"))
    assert [*ledger.people(["1"]), *ledger.lines(["1"])] == []
    assert ledger.changed == {}


def test_one_that_is_hidden_has_gone_and_its_call_has_ended() -> None:
    live = directory(ANNA)
    ledger = Ledger(live, lambda: 1.0)
    tell(live, leg("1.1", "PJSIP/100"))
    assert [each.topic for each in ledger.lines(["1"])] == [Topic.CALL_STARTED, Topic.CALL_ANSWERED]
    (added,) = ledger.people(["1"])
    assert (added.before, added.entry) == (None, ANNA)
    live.apply(EntriesChanged((HIDDEN,)))
    (ended,) = ledger.lines(["1"])
    assert (ended.topic, ended.entry) == (Topic.CALL_ENDED, ANNA)
    (gone,) = ledger.people(["1"])
    assert (gone.before, gone.entry) == (ANNA, None)
    assert set(ledger.changed.values()) == {None}


def test_one_that_is_hidden_no_more_is_new_with_its_call() -> None:
    book = Book(HIDDEN)
    tell(book.of, leg("1.1", "PJSIP/100"))
    assert book.told() == []
    book.of.apply(EntriesChanged((ANNA,)))
    assert book.topics() == [("1", None), ("1", STARTED), ("1", ANSWERED)]
