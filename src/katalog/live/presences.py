"""Everybody's presence now: the state that each entry shows, and when the next of them changes.

Whoever reads asks `advance` first: it applies what is due, so that no answer depends on a timer having fired.
"""

import heapq
import math
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec

from katalog.domain.absence import Absence, Plan
from katalog.domain.catalogue import Catalogue, Choice, standard
from katalog.domain.entry import Entry, Kind
from katalog.domain.hours import Calendar
from katalog.domain.indication import Indication, indication
from katalog.domain.presence import Busy, Hand, Source, Sources, State, of_source, profile, shown
from katalog.domain.profile import Profile

_STEP_BACK = 1.0
"""Seconds that a clock may be put back without everything being worked out anew."""

_NOTHING = Sources()


class Presences:
    """Follows what is set and planned.

    Every method that changes something gives the ids whose state differs; but for `choose`, after which everybody may
    look different, and `forget`.
    """

    def __init__(self, calendar: Calendar, language: str) -> None:
        self.catalogue = Catalogue(standard(), language)
        self.since = self.next_change = math.inf
        """What `advance` gave holds from here, and until here."""
        self._calendar = calendar
        self._language = language
        self._sources: dict[str, Sources] = {}
        self._states: dict[str, State] = {}
        self._changes: dict[str, float] = {}
        self._due: list[tuple[float, str]] = []
        self._owners: dict[str, str] = {}
        self._default = self._profile(State(Source.DEFAULT, self.catalogue.default.id))
        self._now = 0.0

    # -- reading ---------------------------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo:
        """The organisation's."""
        return self._calendar.zone

    def profile(self, entry: Entry) -> Profile | None:
        """What an entry shows as of the last `advance`; a room or function has none."""
        if entry.kind is not Kind.PERSON:
            return None
        state = self._states.get(entry.id)
        return self._default if state is None else self._profile(state)

    def state(self, id_: str) -> State:
        """What an entry shows as of the last `advance`, of whatever kind it is."""
        return self._states.get(id_) or State(Source.DEFAULT, self.catalogue.default.id)

    def of_source(self, entry: Entry, source: Source, now: float) -> Profile | None:
        """What one source says of an entry, None if nothing."""
        if entry.kind is not Kind.PERSON:
            return None
        state = of_source(self.sources(entry.id), self.catalogue, now, source)
        return None if state is None else self._profile(state)

    def indication(self, id_: str, extension: str) -> Indication:
        """What telephones show of an entry as of the last `advance`."""
        return indication(extension, self.state(id_), self.catalogue, self._calendar)

    def sources(self, id_: str) -> Sources:
        return self._sources.get(id_, _NOTHING)

    def _profile(self, state: State) -> Profile:
        return profile(state, self.catalogue, self._calendar)

    # -- time ------------------------------------------------------------------------------------------

    def advance(self, now: float) -> list[str]:
        """Applies what is due; gives whose state differs."""
        put_back = now < self.since
        self._now, self.since = now, now - _STEP_BACK
        if put_back:
            return self._work_out(self._sources)
        due: set[str] = set()
        while self._due and self._due[0][0] <= now:
            moment, id_ = heapq.heappop(self._due)
            if self._changes.get(id_) == moment:
                due.add(id_)
        return self._work_out(due)

    def _work_out(self, ids: Iterable[str]) -> list[str]:
        """Every state anew that one of these shows."""
        different = []
        for id_ in list(ids):
            before = self._states.get(id_)
            self._changes.pop(id_, None)
            sources = self._sources.get(id_)
            if sources is None:
                self._states.pop(id_, None)
            else:
                state, change = shown(sources, self.catalogue, self._now)
                if state.source is Source.DEFAULT:
                    self._states.pop(id_, None)
                else:
                    self._states[id_] = state
                if change < math.inf:
                    self._changes[id_] = change
                    heapq.heappush(self._due, (change, id_))
            if self._states.get(id_) != before:
                different.append(id_)
        if len(self._due) > 2 * len(self._changes) + 64:
            # What was set anew leaves its old moment behind.
            self._due = [(moment, id_) for id_, moment in self._changes.items()]
            heapq.heapify(self._due)
        self.next_change = self._due[0][0] if self._due else math.inf
        return different

    # -- writing ---------------------------------------------------------------------------------------

    def read(self, choices: Iterable[Choice], hands: Iterable[Hand], absences: Iterable[Absence]) -> list[str]:
        """These are set and planned and no others. Calendars and telephones are heard of by themselves."""
        before = set(self._states)
        self._sources = {
            id_: Sources(busy=sources.busy, dnd=sources.dnd)
            for id_, sources in self._sources.items()
            if sources.busy or sources.dnd
        }
        self._owners.clear()
        self._put_catalogue(choices)
        for hand in hands:
            self._put_hand(hand)
        plans: dict[str, list[Plan]] = {}
        for absence in absences:
            self._owners[absence.id] = absence.entry
            plans.setdefault(absence.entry, []).append(Plan(absence, self._calendar.zone))
        for id_, found in plans.items():
            self._put(id_, msgspec.structs.replace(self.sources(id_), plans=tuple(found)))
        return self._work_out(before | set(self._sources))

    def choose(self, choices: Iterable[Choice]) -> None:
        """The catalogue is another: every profile there is may look different, the default one too."""
        self._put_catalogue(choices)
        self._work_out(self._sources)

    def set(self, hands: Iterable[Hand]) -> list[str]:
        changed = list(hands)
        for hand in changed:
            self._put_hand(hand)
        return self._work_out({hand.entry for hand in changed})

    def plan(self, absences: Iterable[Absence], removed: Iterable[str]) -> list[str]:
        touched = set()
        for id_ in removed:
            owner = self._owners.pop(id_, None)
            if owner is not None:
                self._unplan(owner, id_)
                touched.add(owner)
        for absence in absences:
            self._owners[absence.id] = absence.entry
            self._unplan(absence.entry, absence.id)
            sources = self.sources(absence.entry)
            plans = (*sources.plans, Plan(absence, self._calendar.zone))
            self._put(absence.entry, msgspec.structs.replace(sources, plans=plans))
            touched.add(absence.entry)
        return self._work_out(touched)

    def hear(self, id_: str, *, dnd: bool) -> list[str]:
        """The telephone of an entry is, or is no longer, in do-not-disturb."""
        self._put(id_, msgspec.structs.replace(self.sources(id_), dnd=dnd))
        return self._work_out([id_])

    def busy(self, id_: str, events: Iterable[Busy]) -> list[str]:
        """The calendar of an entry has these events and no others."""
        self._put(id_, msgspec.structs.replace(self.sources(id_), busy=tuple(events)))
        return self._work_out([id_])

    def forget(self, id_: str) -> None:
        """The entry is no more."""
        for plan in self.sources(id_).plans:
            self._owners.pop(plan.absence.id, None)
        self._sources.pop(id_, None)
        self._work_out([id_])

    def _put_catalogue(self, choices: Iterable[Choice]) -> None:
        self.catalogue = Catalogue(choices, self._language)
        self._default = self._profile(State(Source.DEFAULT, self.catalogue.default.id))

    def _put_hand(self, hand: Hand) -> None:
        sources = self.sources(hand.entry)
        self._put(hand.entry, msgspec.structs.replace(sources, hand=hand))

    def _unplan(self, owner: str, id_: str) -> None:
        sources = self.sources(owner)
        plans = tuple(plan for plan in sources.plans if plan.absence.id != id_)
        self._put(owner, msgspec.structs.replace(sources, plans=plans))

    def _put(self, id_: str, sources: Sources) -> None:
        if sources == _NOTHING:
            self._sources.pop(id_, None)
        else:
            self._sources[id_] = sources
