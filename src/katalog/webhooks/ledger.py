"""What webhooks were told of last, beside how things are now: what is different is told.

The ledger is kept (`store/told.py`), and written in one transaction with the messages that it leads to. So after a
crash, a change by a command, or a time in which the server was not there, the difference is told, once: nothing is
lost, and nothing is told that was told before. Of calls that began and ended meanwhile nobody knows.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from katalog.domain.call import Leg, LineStatus
from katalog.domain.entry import Entry
from katalog.domain.profile import Profile
from katalog.domain.webhook import Topic
from katalog.live.directory import Directory
from katalog.live.link import Link, LinkState
from katalog.live.since import LegKey

Key = tuple[str, str]
"""Noun and id of what is kept."""

BEGUN: Key = ("ledger", "")
"""Is kept as soon as there is a ledger; without it, nobody was ever told of anything."""

_encode = msgspec.json.Encoder().encode


class Person(msgspec.Struct, frozen=True, gc=False):
    """An entry and its profile, as they were told."""

    entry: Entry
    profile: Profile | None


class CallTold(msgspec.Struct, frozen=True, gc=False):
    """A leg on the line of an entry as it was when the call began. Times are Unix seconds."""

    pbx: str
    leg: Leg
    callerid: str
    entry: Entry
    started: float
    answered: float | None = None


class Happening(msgspec.Struct, frozen=True):
    """Something to be told. `before` and `entry` are None if there was, or is, nothing to be seen.

    `topic` is of calls, profiles and telephone systems; for entries (None) it depends on what a webhook wants.
    """

    at: float
    subject: str
    topic: Topic | None = None
    before: Entry | None = None
    entry: Entry | None = None
    profile: Profile | None = None
    call: CallTold | None = None
    pbx: str = ""
    reason: str = ""


_person = msgspec.json.Decoder(Person)
_call = msgspec.json.Decoder(CallTold)


class Ledger:
    """Of one organisation. `changed` has what is to be kept anew: None is to be forgotten."""

    def __init__(self, directory: Directory, clock: Callable[[], float]) -> None:
        self.changed: dict[Key, bytes | None] = {}
        self.is_begun = False
        self._directory = directory
        self._clock = clock
        self._people: dict[str, Person] = {}
        self._calls: dict[str, dict[LegKey, CallTold]] = {}  # by entry
        self._links: dict[str, bool] = {}

    def load(self, rows: Iterable[tuple[Key, bytes]]) -> None:
        """What was kept, in any order, some at a time."""
        for (noun, id_), state in rows:
            if noun == "entry":
                self._people[id_] = self._shared(_person.decode(state))
            elif noun == "call":
                call = _call.decode(state)
                self._calls.setdefault(call.entry.id, {})[call.pbx, call.leg.id] = call
            elif noun == "pbx":
                self._links[id_] = state == b"live"
            else:
                self.is_begun = True

    def _shared(self, person: Person) -> Person:
        """With the directory's own object, if it is the same: nobody needs two of them."""
        entry = self._directory.get(person.entry.id, hidden=True)
        return Person(entry, person.profile) if entry == person.entry else person

    def begin(self, ids: Iterable[str]) -> None:
        """These entries, and their profiles, are told of already."""
        for _ in self.people(ids):
            pass

    def mark(self) -> None:
        """All of `begin` is done; the calls and telephone systems of now are told of, too."""
        for _ in self.lines(self.callers()):
            pass
        for link in self._directory.links.values():
            self._note(link)
        self.is_begun = True
        self.changed[BEGUN] = b""

    def everybody(self) -> list[str]:
        """Ids of all entries that there are, or were told of."""
        there = (entry.id for entry in self._directory.entries(hidden=True))
        return list(dict.fromkeys([*there, *self._people]))

    def callers(self) -> list[str]:
        """Ids of all entries with calls now, or with calls that were told."""
        return list(dict.fromkeys([*self._directory.oncall(), *self._calls]))

    # -- entries and profiles ------------------------------------------------------------------------------

    def people(self, ids: Iterable[str]) -> Iterator[Happening]:
        """Of those that are another than was told, or have another profile."""
        now = self._clock()
        for id_ in ids:
            told = self._people.get(id_)
            entry = self._directory.get(id_, hidden=False)
            if entry is None:
                if told is not None:
                    del self._people[id_]
                    self.changed["entry", id_] = None
                    yield Happening(now, id_, before=told.entry)
                continue
            profile = self._directory.presences.profile(entry)
            if told is not None and told.entry is entry and told.profile == profile:
                continue
            person = self._people[id_] = Person(entry, profile)
            if person != told:
                self.changed["entry", id_] = _encode(person)
            if told is None or _shown(told.entry) != _shown(entry):
                yield Happening(now, id_, before=told.entry if told else None, entry=entry, profile=profile)
            if told is not None and told.profile != profile:
                yield Happening(now, id_, Topic.PROFILE_CHANGED, told.entry, entry, profile)

    # -- calls and telephone systems -----------------------------------------------------------------------

    def lines(self, ids: Iterable[str]) -> Iterator[Happening]:
        """Of those on whose line a call has begun, was answered or has ended."""
        for id_ in ids:
            entry = self._directory.get(id_, hidden=False)
            legs: Mapping[LegKey, Leg] = self._directory.legs(id_) if entry is not None else {}
            told = self._calls.get(id_, {})
            if not legs and not told:
                continue
            for key in [key for key in told if key not in legs and (entry is None or self._is_known(key[0]))]:
                call = told.pop(key)
                self.changed["call", _name(key, id_)] = None
                yield Happening(self._clock(), id_, Topic.CALL_ENDED, entry=call.entry, call=call)
            if entry is not None:
                for key, leg in legs.items():
                    yield from self._leg(entry, told, key, leg)
            if told:
                self._calls[id_] = told
            else:
                self._calls.pop(id_, None)

    def _leg(self, entry: Entry, told: dict[LegKey, CallTold], key: LegKey, leg: Leg) -> Iterator[Happening]:
        call, now = told.get(key), self._clock()
        if call is not None and call.leg == leg:
            return
        callerid = self._directory.call(key[0], leg).callerid
        if call is None:
            # One that was answered while nobody looked is told as two events, as any other call.
            is_up = leg.linestatus is LineStatus.UP
            first = msgspec.structs.replace(leg, linestatus=LineStatus.RINGING) if is_up else leg
            call = CallTold(key[0], first, callerid, entry, now)
            yield Happening(now, entry.id, Topic.CALL_STARTED, entry=entry, call=call)
        call = msgspec.structs.replace(call, leg=leg, callerid=callerid)
        if leg.linestatus is LineStatus.UP and call.answered is None:
            call = msgspec.structs.replace(call, answered=now)
            yield Happening(now, entry.id, Topic.CALL_ANSWERED, entry=call.entry, call=call)
        told[key] = call
        self.changed["call", _name(key, entry.id)] = _encode(call)

    def _is_known(self, pbx: str) -> bool:
        """Whether a call that is not there has ended. While a telephone system is away, nobody can tell."""
        link = self._directory.links.get(pbx)
        return link is None or link.state is LinkState.LIVE

    def link(self, link: Link) -> Iterator[Happening]:
        """It was lost, or its whole state was read."""
        live, told = link.state is LinkState.LIVE, self._links.get(link.name)
        if live is not told:
            self._note(link)
            if told is not None:
                topic = Topic.PBX_BACK if live else Topic.PBX_LOST
                yield Happening(self._clock(), f"pbx:{link.name}", topic, pbx=link.name, reason=link.reason)
        if live:
            gone = [id_ for id_, calls in self._calls.items() if any(pbx == link.name for pbx, _ in calls)]
            yield from self.lines(gone)

    def _note(self, link: Link) -> None:
        live = self._links[link.name] = link.state is LinkState.LIVE
        self.changed["pbx", link.name] = b"live" if live else b"lost"


def _shown(entry: Entry) -> tuple[object, ...]:
    """What of an entry everybody may see."""
    return (
        entry.extension, entry.name, entry.email, entry.mobile, entry.keywords, entry.kind, entry.title,
        entry.department, entry.location, entry.numbers,
    )  # fmt: skip


def _name(key: LegKey, id_: str) -> str:
    return f"{key[0]} {key[1]} {id_}"
