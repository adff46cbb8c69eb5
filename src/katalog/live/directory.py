"""The live directory of one organisation: entries, profiles and calls as they are now.

One task applies events; `apply` is synchronous and takes no lock. What a read gives is encoded once, when it
is first asked for after a change, and only what changed is encoded again.
"""

import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from functools import partial
from typing import assert_never

import msgspec

from katalog.domain.call import Call, Leg
from katalog.domain.device import DeviceName, DevicePattern
from katalog.domain.entry import Entry, Kind
from katalog.domain.events import (
    CalendarFailed,
    CalendarRead,
    CatalogueChanged,
    DeviceChanged,
    DevicesRead,
    DndChanged,
    DndRead,
    EntriesChanged,
    EntriesRead,
    Event,
    FeedsChanged,
    FeedsRead,
    LegsChanged,
    LegsRead,
    LegsWithdrawn,
    LinkLost,
    PresencesChanged,
    PresencesRead,
)
from katalog.domain.holder import NumberMatch, match_of
from katalog.domain.indication import Indication
from katalog.domain.number import e164
from katalog.domain.presence import Busy, Source
from katalog.domain.profile import Profile
from katalog.domain.view import EntryView, encode_contact, encode_view, view
from katalog.live.changes import Changes
from katalog.live.devices import Telephone
from katalog.live.feeds import Feeds
from katalog.live.index import Index
from katalog.live.keyed import Ids
from katalog.live.lines import Lines
from katalog.live.link import Link, LinkState
from katalog.live.listing import Key, Listing
from katalog.live.lists import Lists
from katalog.live.presences import Presences
from katalog.live.search.search import Search
from katalog.live.since import LegKey, Since

_BULK = 500
"""From so many changed entries on, making the lists anew costs less than putting each in its place."""


class Directory:
    """`logins` holds the ids of entries somebody logs in with; `clock` gives Unix seconds.

    Every read applies first what is due by the clock, so that a profile that has ended is never shown.
    """

    def __init__(
        self,
        country: str,
        presences: Presences,
        patterns: Mapping[str, DevicePattern],
        logins: Container[str] = frozenset(),
        clock: Callable[[], float] = time.time,
        feeds: Feeds | None = None,
    ) -> None:
        self.presences = presences
        self.feeds = Feeds() if feeds is None else feeds
        self.links = {name: Link(name, pattern) for name, pattern in patterns.items()}
        self.heard: Counter[type[Event]] = Counter()  # how many events of each kind
        self._clock = clock
        self.changes = Changes()
        self._logins = logins
        self.country = country
        self._entries: dict[str, Entry] = {}
        self._index = Index(country, patterns, self._entries)
        self._since = Since(clock, presences.zone)
        self._lines = Lines(self._index, partial(self._chosen, hidden=True), self._since)
        self._in_dnd: set[str] = set()
        self._watchers: list[Callable[[Iterable[str]], None]] = []
        self._call_watchers: list[Callable[[Iterable[str]], None]] = []
        self._link_watchers: list[Callable[[Link], None]] = []
        self._lists = Lists(self._entries, self._contact, lambda entry, full: encode_view(self.shown(entry, full=full)))
        self.search = Search(country, self._entries, partial(self.entries, hidden=True))

    # -- reading ---------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def ids(self) -> Iterable[str]:
        """Of every entry, in no order."""
        return self._entries.keys()

    @property
    def version(self) -> int:
        """Differs whenever anything that a reader may see does."""
        self.advance()
        return self.changes.number

    @property
    def calls_are_live(self) -> bool:
        """Whether every telephone system's calls are known as of now."""
        for link in self.links.values():  # noqa: SIM110 - asked with every read, where a generator costs its share
            if link.state is not LinkState.LIVE:
                return False
        return True

    def get(self, id_: str, *, hidden: bool) -> Entry | None:
        """The entry, unless it is hidden from the reader; `hidden` says that the reader sees such."""
        entry = self._entries.get(id_)
        return entry if entry is not None and (hidden or not entry.hidden) else None

    def find(self, number: str, *, hidden: bool) -> Entry | None:
        """The one entry of a number: as stored, else in another notation of the same number.

        Of several: the one somebody logs in with, else a person, else the first in list order.
        """
        exact = self._index.only(number)
        if exact is not None and (entry := self.get(exact, hidden=hidden)) is not None:
            return entry
        for ids in self._index.find(number):
            if (entry := self._chosen(ids, hidden=hidden)) is not None:
                return entry
        return None

    def called(self, number: str, *, hidden: bool) -> Entry | None:
        """Whom a telephone system calls by a number: by an extension of its own, else as `find` does."""
        for pbx in self.links:
            if (entry := self._chosen(self._index.at(pbx, number), hidden=hidden)) is not None:
                return entry
        return self.find(number, hidden=hidden)

    def lookup(self, number: str, *, hidden: bool) -> list[tuple[Entry, NumberMatch]]:
        """Everybody who has a number, in any notation of it, and why; the best first: whom `find` gives."""
        found = []
        for id_ in self._index.perhaps(number):
            entry = self.get(id_, hidden=hidden)
            if entry is not None and (match := match_of(entry, number, self.country)) is not None:
                found.append((entry, match))
        found.sort(key=lambda each: (each[1].rank, *self._preference(each[0])))
        return found

    def e164(self, number: str) -> str | None:
        return e164(number, self.country)

    def with_extension_or_email(self, text: str) -> list[Entry]:
        """Whom a login may mean: everyone with exactly this extension, or this e-mail in any case."""
        return [self._entries[id_] for id_ in self._index.logins(text)]

    def contact(self, entry: Entry) -> bytes:
        """The v1 object of an entry, encoded."""
        self.advance()
        return self._lists.contact(entry.id)

    def tag(self, entry: Entry, *, full: bool = False) -> str:
        """Names what is shown of an entry, as of the last `advance`; `full` as in `view`. Never that of another."""
        return f"{self.changes.run}{'+' if full else '-'}{self.changes.of(entry.id)}-{entry.id}"

    def _contact(self, entry: Entry) -> bytes:
        return encode_contact(entry, self.presences.profile(entry), self._lines.calls(entry.id))

    def contacts(self, *, hidden: bool) -> Listing:
        """The v1 array of every entry, in the order (extension, name, id)."""
        self.advance()
        return self._lists.contacts(hidden=hidden)

    def entries(self, *, hidden: bool, after: Key | None = None) -> Iterable[Entry]:
        """Every entry in list order, from the one after the key `after` on."""
        for _, _, id_ in self.contacts(hidden=hidden).after(after):
            yield self._entries[id_]

    def views(self, *, full: bool) -> Listing:
        """The array of every entry as katalog's own object; `full` for those who see hidden ones too."""
        self.advance()
        return self._lists.views(full=full)

    def view(self, entry: Entry, *, full: bool) -> EntryView:
        """katalog's own object of an entry."""
        self.advance()
        return self.shown(entry, full=full)

    def shown(self, entry: Entry, *, full: bool) -> EntryView:
        """`view` as of the last `advance`."""
        since = self._lines.calls_since(entry.id)
        return view(entry, self.presences.profile(entry), self.calls(entry), since, full=full)

    def calls(self, entry: Entry) -> tuple[Call, ...]:
        return self._lines.calls(entry.id)

    def legs(self, id_: str) -> Mapping[LegKey, Leg]:
        """The legs that an entry's calls are made of: by telephone system and id."""
        return self._lines.legs(id_)

    def oncall(self) -> Iterable[str]:
        """Ids of those who have legs."""
        return self._lines.busy()

    def call(self, pbx: str, leg: Leg) -> Call:
        """A leg as it is shown."""
        return self._lines.call(pbx, leg)

    def profile(self, entry: Entry) -> Profile | None:
        self.advance()
        return self.presences.profile(entry)

    def profile_of_source(self, entry: Entry, source: Source) -> Profile | None:
        """What one source alone says of an entry now."""
        return self.presences.of_source(entry, source, self._clock())

    def holders(self, number: str, *, hidden: bool) -> list[Entry]:
        """Everybody who has a number, in any notation, in list order."""
        ids = {id_ for ids in self._index.find(number) for id_ in ids}
        found = [entry for id_ in ids if (entry := self.get(id_, hidden=hidden)) is not None]
        return sorted(found, key=lambda entry: entry.key)

    def lines(self, id_: str) -> list[tuple[str, str]]:
        """Telephone systems and extensions by which they know an entry; none of one that is gone."""
        entry = self._entries.get(id_)
        return [] if entry is None else self._index.lines(entry)

    def indication(self, pbx: str, extension: str) -> Indication:
        """What telephones are to show of an extension, as of the last `advance`."""
        entry = self._chosen(self._index.at(pbx, extension), hidden=True)
        if entry is None or entry.kind is not Kind.PERSON:
            return Indication(extension)
        shown = self.presences.indication(entry.id, extension)
        # Telephones show it to everybody.
        return msgspec.structs.replace(shown, name="", text="") if entry.hidden else shown

    def owners(self, pbx: str, device: str) -> Ids:
        """Ids of those whose line a device is."""
        return self._index.owners(pbx, device)

    def extension_of(self, owners: Ids) -> str:
        """Of the one of these entries that is meant first; `""` if there is none."""
        entry = self._chosen(owners, hidden=True)
        return "" if entry is None else entry.extension

    def known_as(self, pbx: str, number: str) -> str:
        """The extension of whom a telephone system calls by a number; the number itself if that is nobody."""
        entry = self._chosen(self._index.at(pbx, number), hidden=True)
        return number if entry is None else entry.extension

    def at_device(self, pbx: str, device: str) -> Entry | None:
        """Whose telephone a device is."""
        return self._chosen(self._index.owners(pbx, device), hidden=True)

    def telephones(self, entry: Entry) -> list[Telephone]:
        """An entry's devices, in the order in which it names them; if it names none, those that have its extension."""
        names = [DeviceName.parse(text) for text in entry.devices]
        found = [(pbx, name.device) for name in names for pbx in self.links if name.pbx in (None, pbx)]
        if not names:
            found = [
                (pbx, device)
                for pbx, link in self.links.items()
                for extension in (entry.extension, *entry.numbers)
                for device in link.devices.of(extension)
                if entry.id in self._index.owners(pbx, device)
            ]
        return [Telephone(pbx, device, self.links[pbx].devices.registered(device)) for pbx, device in found]

    def is_alone_at(self, pbx: str, device: str, id_: str) -> bool:
        """Whether a device is an entry's, and nobody else's who logs in."""
        owners = self._index.owners(pbx, device)
        return id_ in owners and not any(owner in self._logins for owner in owners if owner != id_)

    # -- writing ---------------------------------------------------------------------------------------

    def watch(self, watcher: Callable[[Iterable[str]], None]) -> None:
        """`watcher` is given the ids of entries that are another, or whose profile is; calls are not among it."""
        self._watchers.append(watcher)

    def watch_calls(self, watcher: Callable[[Iterable[str]], None]) -> None:
        """`watcher` is given the ids of entries on whose line a leg came, changed or went."""
        self._call_watchers.append(watcher)

    def watch_links(self, watcher: Callable[[Link], None]) -> None:
        """`watcher` is given the link of a telephone system that was lost, or whose whole state was read."""
        self._link_watchers.append(watcher)

    def _linked(self, link: Link) -> None:
        for watcher in self._link_watchers:
            watcher(link)
        self.changes.wake()

    def _told(self, ids: Iterable[str]) -> None:
        for watcher in self._watchers:
            watcher(ids)

    def advance(self) -> None:
        """Makes what has begun or ended by now part of the picture."""
        now = self._clock()
        if not self.presences.since <= now < self.presences.next_change:
            self._show_profiles(self.presences.advance(now))

    def apply(self, event: Event) -> None:
        """Makes an event part of the picture."""
        self.advance()
        self.heard[type(event)] += 1
        match event:
            case LegsChanged():
                link = self.links[event.pbx]
                link.told(self._clock())
                self._show_calls(self._lines.change(link, event.legs, event.ended))
            case LegsRead():
                link = self.links[event.pbx]
                legs = {leg.id: leg for leg in event.legs}
                link.heard(legs, self._clock())
                self._show_calls(self._lines.retell(link, legs))
                self._linked(link)
            case LinkLost():
                link = self.links[event.pbx]
                link.lost(event, self._clock())
                self._linked(link)
            case LegsWithdrawn():
                link = self.links[event.pbx]
                link.withdrawn()
                self._show_calls(self._lines.withdraw(link))
            case EntriesChanged():
                self._change_entries(event.entries, event.removed)
            case EntriesRead() if event.entries and not self._entries:
                self._begin(event.entries)
            case EntriesRead():
                kept = {entry.id for entry in event.entries}
                if self._change_entries(event.entries, [id_ for id_ in self._entries if id_ not in kept]):
                    self.changes.forget()
            case PresencesRead():
                self.presences.read(event.choices, event.hands, event.absences)
                self._touch_all()
            case PresencesChanged():
                self._show_profiles(
                    {*self.presences.set(event.hands), *self.presences.plan(event.absences, event.removed)}
                )
            case CatalogueChanged():
                self.presences.choose(event.choices)
                self._touch_all()
            case DndRead():
                self.links[event.pbx].dnd = set(event.extensions)
                self._hear_dnd()
            case DndChanged():
                heard = self.links[event.pbx].dnd
                (heard.add if event.on else heard.discard)(event.extension)
                self._hear_dnd()
            case DevicesRead():
                self.links[event.pbx].devices.read(event.registered, event.absent)
            case DeviceChanged():
                self.links[event.pbx].devices.change(event.device, registered=event.registered)
            case FeedsRead():
                self._place_feeds(self.feeds.read(event.feeds))
            case FeedsChanged():
                self._place_feeds(self.feeds.set(event.feeds))
            case CalendarRead() | CalendarFailed():
                self._hear_calendar(event)
            case _:  # pragma: no cover - the set is closed
                assert_never(event)

    def recall(self, pbx: str, leg: str, began: float, answered: float | None) -> None:
        """When a leg began, and was answered, that was open before a restart; before a telephone system is heard."""
        self._since.recall((pbx, leg), began, answered)

    def _show_calls(self, ids: Iterable[str]) -> None:
        """Of those on whose line something may be another."""
        for id_ in self._lines.show(ids):
            self._touch(id_)
        for watcher in self._call_watchers:
            watcher(ids)

    def _hear_dnd(self) -> None:
        """Whose telephone is in do-not-disturb; there are few at any time."""
        now = {id_ for link in self.links.values() for number in link.dnd for id_ in self._index.at(link.name, number)}
        different = now ^ self._in_dnd
        self._in_dnd = now
        shown = [id_ for each in different for id_ in self.presences.hear(each, dnd=each in now)]
        self._show_profiles(shown)

    def _show_profiles(self, ids: Iterable[str]) -> None:
        if ids:
            for id_ in ids:
                self._touch(id_)
            self._told(ids)

    def _place_feeds(self, ids: Iterable[str]) -> None:
        for id_ in ids:
            if (entry := self._entries.get(id_)) is not None:
                self._place_feed(entry)

    def _place_feed(self, entry: Entry) -> None:
        if self.feeds.place(entry, self._clock()):
            # What the calendar at the address of before said is not said by the one of now.
            self._set_busy(entry.id, ())

    def _hear_calendar(self, event: CalendarRead | CalendarFailed) -> None:
        status = self.feeds.statuses.get(event.entry)
        if status is None or status.address != event.address:
            return  # it is read elsewhere by now
        if isinstance(event, CalendarFailed):
            status.broken(self._clock(), event.sv, event.en)
            return
        changed = event.busy is not None and self._set_busy(event.entry, event.busy)
        status.well(self._clock(), changed=changed or status.changed is None)

    def _set_busy(self, id_: str, busy: tuple[Busy, ...]) -> bool:
        """Whether they are others than before."""
        if busy == self.presences.sources(id_).busy:
            return False
        self._show_profiles(self.presences.busy(id_, busy))
        return True

    def _touch(self, id_: str) -> None:
        """What is shown of an entry is another."""
        self.changes.touch(id_)
        if (entry := self._entries.get(id_)) is not None:
            self._lists.touch(entry)

    def _touch_all(self) -> None:
        self.changes.forget()
        self._lists.touch_all()
        self._told(self._entries)

    def _change_entries(self, entries: Iterable[Entry], removed: Iterable[str]) -> bool:
        """Whether any is another than before."""
        changed = {entry.id: entry for entry in entries if self._entries.get(entry.id) != entry}
        gone = [id_ for id_ in removed if id_ in self._entries]
        if not changed and not gone:
            return False
        bulk = len(changed) + len(gone) >= _BULK
        for id_ in gone:
            old = self._entries.pop(id_)
            self.changes.move(old, None)
            self.changes.touch(id_)
            self._drop(old, bulk=bulk)
            self.presences.forget(id_)
            self._in_dnd.discard(id_)
            self.feeds.forget(id_)
        for id_, entry in changed.items():
            before = self._entries.get(id_)
            if before is not None:
                self.changes.move(before, entry)
                self._drop(before, bulk=bulk)
            self.changes.touch(id_)
            self._entries[id_] = entry
            self._index.add(entry)
            if not bulk:
                self._lists.add(entry)
        if bulk:
            self._lists.replace()
        self._are_others([*changed, *gone])
        return True

    def _begin(self, entries: Iterable[Entry]) -> None:
        """With these, where there are none: as a change of each, without what nobody can have seen."""
        self._entries.update([(entry.id, entry) for entry in entries])
        self._index.forget()
        self._lists.replace()
        self.changes.forget()
        self._are_others(self._entries)

    def _are_others(self, ids: Iterable[str]) -> None:
        """What follows from entries that are new, gone or another."""
        self.search.changed(ids)
        self._place_feeds(self.feeds.concerned(ids))
        self._hear_dnd()
        self._told(ids)
        self._show_calls(self._lines.reassign())

    def _drop(self, entry: Entry, *, bulk: bool) -> None:
        self._index.discard(entry)
        if bulk:
            self._lists.forget(entry)
        else:
            self._lists.discard(entry)

    def _chosen(self, ids: Ids, *, hidden: bool) -> Entry | None:
        found = [entry for id_ in ids if (entry := self.get(id_, hidden=hidden)) is not None]
        if len(found) < 2:
            return found[0] if found else None
        return min(found, key=self._preference)

    def _preference(self, entry: Entry) -> tuple[bool, bool, Key]:
        """Of several with one number, the least is given."""
        return entry.id not in self._logins, entry.kind is not Kind.PERSON, entry.key
