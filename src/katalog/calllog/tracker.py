"""What telephone systems tell of legs → records of calls that are over. No I/O: `calllog.py` keeps what is told here.

It hears the same events as the directory, so that the log and what is shown live are one truth. What is open is
kept, too, so that a restart in the middle of a call neither loses nor doubles it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import msgspec

from katalog.domain.call import Call, Direction, Ending, Leg, LineStatus
from katalog.domain.call_record import Answer, CallRecord, Clock, Part, outcome_of
from katalog.domain.events import LegsChanged, LegsRead, LinkLost, PbxEvent
from katalog.domain.identifier import new_id

LegKey = tuple[str, str]
"""Telephone system and id of a leg."""

MEMORY = 10_000
"""Callers of whom it is remembered that somebody has missed them; a hunt takes minutes."""

SETTLED = 1.0
"""Seconds: a party that is shown for less is on its way to another, as a group's number until somebody answers."""


class Parties(Protocol):
    """Who is who: the directory."""

    def owners(self, pbx: str, device: str) -> tuple[str, ...]:
        """Ids of the entries whose line a device is."""

    def call(self, pbx: str, leg: Leg) -> Call:
        """A leg as it is shown."""

    def extension_of(self, owners: tuple[str, ...]) -> str:
        """The extension of the one of these entries that is meant first; `""` if there is none."""

    def known_as(self, pbx: str, number: str) -> str:
        """The extension of whom a telephone system calls by a number; the number itself if that is nobody."""


class Tracked(msgspec.Struct):
    """A call that is not over, as far as it has come. Times are Unix seconds; `by_pbx` says whose clock they are by."""

    pbx: str
    leg: str
    device: str
    channel: str
    owners: tuple[str, ...]
    direction: Direction
    number: str
    began: float
    answered: float | None = None
    caller: str = ""
    dialled: str = ""
    placed: bool = False
    forward: str = ""
    by_pbx: bool = False
    guessed: bool = False
    parts: tuple[Part, ...] = ()
    party: str = ""
    """Whom it is with now, since `party_began`; of an answered one."""
    party_began: float = 0.0

    @property
    def key(self) -> LegKey:
        return self.pbx, self.leg


class Batch(msgspec.Struct, frozen=True):
    """What is to be kept: calls that are open (None: no more), records, and answers that change earlier records."""

    open: dict[LegKey, Tracked | None]
    records: list[CallRecord]
    answers: list[Answer]


class Tracker:
    """`hear` what telephone systems tell, `take` what is to be kept. `clock` gives Unix seconds."""

    def __init__(self, parties: Parties, clock: Callable[[], float]) -> None:
        self._parties = parties
        self._clock = clock
        self._open: dict[LegKey, Tracked] = {}
        self._rung: dict[LegKey, dict[LegKey, None]] = {}  # by caller: the open legs that it rings, or has reached
        self._winners: dict[LegKey, LegKey] = {}  # by caller: the leg that answered it
        self._heard: dict[str, float] = {}
        self._live: set[str] = set()
        self.gaps: list[tuple[str, float, float]] = []
        """Telephone systems, and since when until when each was not heard; whoever takes them clears this."""
        self._changed: dict[LegKey, Tracked | None] = {}
        self._records: list[CallRecord] = []
        self._answers: list[Answer] = []
        self._began = clock()
        self._missed: dict[LegKey, None] = {}  # callers of whom somebody has missed something, since the start

    def restore(self, calls: Iterable[Tracked], heard: dict[str, float]) -> None:
        """What was open, and when each telephone system was heard last, before a restart."""
        for call in calls:
            self._open[call.key] = call
            self._note_caller(call)
            if call.answered is not None and call.direction is not Direction.OUT and call.caller:
                self._winners[call.pbx, call.caller] = call.key
        self._heard = heard | self._heard

    @property
    def heard(self) -> dict[str, float]:
        """Until when each telephone system's calls are known, as of now."""
        now = self._clock()
        self._heard.update((pbx, now) for pbx in self._live)
        return dict(self._heard)

    @property
    def open(self) -> list[Tracked]:
        """The calls that are not over."""
        return list(self._open.values())

    def open_of(self, pbx: str) -> set[str]:
        """The legs of a telephone system that are not over."""
        return {leg for name, leg in self._open if name == pbx}

    def follows(self, key: LegKey) -> bool:
        """Whether a leg is open here."""
        return key in self._open

    def lose(self, calls: Iterable[Tracked], heard: Mapping[str, float]) -> None:
        """These were left open by another server, which was last heard then, and are not open here."""
        for call in calls:
            self._open[call.key] = call
            self._lose(call.key, heard.get(call.pbx, 0.0))

    def keep_all(self) -> None:
        """All that is open is to be kept anew."""
        for call in self._open.values():
            self._change(call)

    def channels(self, pbx: str) -> set[str]:
        """The names of the channels of a telephone system that are open."""
        return {call.channel for (name, _), call in self._open.items() if name == pbx}

    def take(self) -> Batch | None:
        """What is to be kept since the last time, if there is anything."""
        if not (self._changed or self._records or self._answers):
            return None
        batch = Batch(self._changed, self._records, self._answers)
        self._changed, self._records, self._answers = {}, [], []
        return batch

    def hear(self, event: PbxEvent) -> None:
        """After the directory has heard it."""
        match event:
            case LegsChanged():
                now = event.at or self._clock()
                for leg in _callers_first(event.legs):
                    self._follow(event.pbx, leg, now)
                endings = {ending.id: ending for ending in event.endings}
                for id_ in event.ended:
                    self._end((event.pbx, id_), endings.get(id_) or Ending(id_), now)
            case LegsRead():
                if event.pbx not in self._live:
                    self.gaps.append((event.pbx, self._heard.get(event.pbx, 0.0), self._clock()))
                for leg in _callers_first(event.legs):
                    self._follow(event.pbx, leg, self._clock())
                for id_ in self.open_of(event.pbx) - {leg.id for leg in event.legs}:
                    self._lose((event.pbx, id_), self._heard.get(event.pbx, 0.0))
                self._live.add(event.pbx)
            case LinkLost():
                if event.pbx in self._live:
                    self._heard[event.pbx] = self._clock()
                    self._live.discard(event.pbx)
            case _:
                pass  # what telephones show, and are used for

    # -- one leg -------------------------------------------------------------------------------------------

    def _follow(self, pbx: str, leg: Leg, now: float) -> None:
        """A leg is new, or another than before."""
        trace = leg.trace
        known = self._open.get((pbx, leg.id))
        call = known or self._begin(pbx, leg, now)
        picks_up = bool(call.answered is not None and trace.caller and not call.caller)
        call.placed = trace.placed or call.placed
        call.forward = trace.forward or call.forward
        call.dialled = trace.dialled or call.dialled
        if trace.caller and trace.caller != call.caller:
            self._forget(call)
            call.caller = trace.caller
            self._note_caller(call)
        call.direction = _direction(leg.direction, call)
        # What is nobody's has no record: of a trunk's leg it matters only when it is answered.
        shown = self._parties.call(pbx, leg).callerid if call.owners else ""
        if trace.placed and trace.answered is None:
            # Nobody has answered, or a menu that was reached first has called somebody.
            call.answered, call.parts = None, ()
        if call.owners and (known is None or picks_up or self._is_still_its_first(call, leg, now)):
            call.number = self._number(call, shown)
        if call.answered is None and self._is_answered(leg):
            self._answer(call, leg, shown, now)
        elif picks_up:
            call.party = shown
            self._has_answered(call)
        elif call.answered is not None and shown != call.party:
            self._turn(call, shown, now)
        self._change(call)

    def _begin(self, pbx: str, leg: Leg, now: float) -> Tracked:
        owners = tuple(self._parties.owners(pbx, leg.device))
        began = leg.trace.began
        call = Tracked(pbx, leg.id, leg.device, leg.trace.channel, owners, leg.direction, "", began or now)
        call.by_pbx = bool(began)
        self._open[call.key] = call
        return call

    def _note_caller(self, call: Tracked) -> None:
        if call.caller:
            self._rung.setdefault((call.pbx, call.caller), {})[call.key] = None

    def _number(self, call: Tracked, shown: str) -> str:
        if call.direction is Direction.OUT and call.dialled and not call.placed:
            return self._parties.known_as(call.pbx, call.dialled)
        return shown or call.number

    def _is_still_its_first(self, call: Tracked, leg: Leg, now: float) -> bool:
        """Whether the other party is who called, or is called: whoever is there after the answer may be another."""
        if call.answered is not None:
            return not call.number and now - call.answered < SETTLED
        return not call.number or not self._is_answered(leg)

    def _is_answered(self, leg: Leg) -> bool:
        return leg.trace.answered is not None or (leg.linestatus is LineStatus.UP and not leg.trace.placed)

    def _answer(self, call: Tracked, leg: Leg, shown: str, now: float) -> None:
        # One of a telephone system with clocks that is found answered: nobody has seen when.
        call.guessed = call.guessed or (leg.trace.answered is None and call.by_pbx)
        call.answered = call.party_began = leg.trace.answered or now
        call.party = shown
        self._has_answered(call)

    def _turn(self, call: Tracked, party: str, now: float) -> None:
        """Somebody else is at the other end."""
        if now - call.party_began >= SETTLED:
            call.parts = (*call.parts, Part(call.party, call.party_began, now))
            call.party_began = now
        elif call.direction is Direction.IN and call.number == self._name(call):
            # Who has calls placed for a telephone may well give it out for the caller of whom it reaches.
            call.number = party
        call.party = party

    def _has_answered(self, call: Tracked) -> None:
        if call.direction is not Direction.OUT and call.caller:
            self._winners[call.pbx, call.caller] = call.key
            if self._may_have_been_missed(call):
                self._answers.append(Answer(call.pbx, call.caller, self._name(call)))

    def _may_have_been_missed(self, call: Tracked) -> bool:
        """Whether a record may say that somebody has missed this call's caller. Of most there is none to be changed."""
        caller = self._open.get((call.pbx, call.caller))
        return (call.pbx, call.caller) in self._missed or caller is None or caller.began < self._began

    def _name(self, call: Tracked) -> str:
        """Of the one whose leg it is, as others are shown it; if it is nobody's, the number that was called."""
        return self._parties.extension_of(call.owners) or call.dialled

    # -- the end of one ------------------------------------------------------------------------------------

    def _end(self, key: LegKey, ending: Ending, now: float) -> None:
        call = self._open.pop(key, None)
        if call is None:
            return
        self._change(call, gone=True)
        winner = self._winner_of(call)
        ended = max(ending.at or now, call.answered or call.began)
        clock = Clock.GUESSED if call.guessed else Clock.PBX if call.by_pbx and ending.at else Clock.KATALOG
        self._record(call, ended, clock, winner, ending.cause)
        self._forget(call)

    def _lose(self, key: LegKey, heard: float) -> None:
        """It ended while nobody listened, not before the last word."""
        call = self._open.pop(key)
        self._change(call, gone=True)
        ended = max(heard, call.answered or call.began)
        self._record(call, ended, Clock.GUESSED, self._winner_of(call), 0)
        self._forget(call)

    def _forget(self, call: Tracked) -> None:
        caller = call.pbx, call.caller
        if self._winners.get(caller) == call.key:
            del self._winners[caller]
        if caller in self._rung:
            self._rung[caller].pop(call.key, None)
            if not self._rung[caller]:
                del self._rung[caller]

    def _record(self, call: Tracked, ended: float, clock: Clock, winner: Tracked | None, cause: int) -> None:
        outcome = outcome_of(
            call.direction, answered=call.answered is not None, elsewhere=winner is not None, cause=cause
        )
        parts = call.parts
        if parts:
            parts = (*parts, Part(call.party, call.party_began, ended))
        if call.direction is not Direction.OUT and call.answered is None and call.caller:
            self._missed[call.pbx, call.caller] = None
            if len(self._missed) > MEMORY:
                del self._missed[next(iter(self._missed))]
        by = "" if winner is None else self._name(winner) or call.forward
        # Who calls is the caller of all whom it rings.
        caller = call.leg if call.direction is Direction.OUT else call.caller
        for owner in call.owners:
            if self._rings_on(call, owner):
                continue
            self._records.append(
                CallRecord(
                    new_id(), owner, call.pbx, call.leg, call.channel, caller, call.direction, outcome,
                    call.number, call.began, call.answered, ended, clock, by, call.forward, parts,
                )
            )  # fmt: skip

    def _winner_of(self, call: Tracked) -> Tracked | None:
        """Who has answered this leg's caller, since it began."""
        if call.answered is not None or not call.caller:
            return None
        winner = self._open.get(self._winners.get((call.pbx, call.caller), ("", "")))
        if winner is None or winner.answered is None or winner.answered < call.began:
            return None
        return winner

    def _rings_on(self, call: Tracked, owner: str) -> bool:
        """Whether the same caller rings, or has, another telephone of the same entry: then that one has the record."""
        if call.answered is not None or not call.caller:
            return False
        for key in self._rung.get((call.pbx, call.caller), ()):
            other = self._open.get(key)
            if other is None or owner not in other.owners:
                continue
            if other.answered is None or other.answered >= call.began:
                other.began = min(other.began, call.began)
                return True
        return False

    def _change(self, call: Tracked, *, gone: bool = False) -> None:
        # What is nobody's is followed only for what it says of others' calls.
        if call.owners:
            self._changed[call.key] = None if gone else call


def _callers_first(legs: Iterable[Leg]) -> list[Leg]:
    """Whoever is rung has a caller that is known, if it is one that is followed."""
    return sorted(legs, key=lambda leg: leg.trace.caller != "")


def _direction(told: Direction, call: Tracked) -> Direction:
    """Who began, for the log: who picks a call up was called, who has one placed has called."""
    if call.placed:
        return Direction.OUT
    if told is Direction.OUT and call.caller:
        return Direction.IN
    return Direction.IN if told is Direction.UNKNOWN else told
