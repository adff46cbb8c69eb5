"""Where each entry's calendar is, and how the reading of it goes."""

from collections.abc import Iterable
from enum import StrEnum

from katalog.domain.entry import Entry, Kind
from katalog.domain.feed import Address, Feed, fill


class FeedState(StrEnum):
    """`waiting`: not read yet. `broken`: it could not be read the last time; what was read before holds."""

    WAITING = "waiting"
    OK = "ok"
    BROKEN = "broken"


class Status:
    """Of the calendar at one address. Times are Unix seconds."""

    def __init__(self, address: Address, now: float) -> None:
        self.address = address
        self.state = FeedState.WAITING
        self.since = now
        self.sv = self.en = ""
        self.checked: float | None = None
        self.changed: float | None = None

    def well(self, now: float, *, changed: bool) -> None:
        self._turn(FeedState.OK, now)
        self.sv = self.en = ""
        if changed:
            self.changed = now

    def broken(self, now: float, sv: str, en: str) -> None:
        self._turn(FeedState.BROKEN, now)
        self.sv, self.en = sv, en

    def _turn(self, state: FeedState, now: float) -> None:
        self.checked = now
        if state is not self.state:
            self.state, self.since = state, now


class Feeds:
    """`template` gives the address of everybody who has none of their own; `""`: none. `version` differs whenever
    some address does."""

    def __init__(self, template: str = "") -> None:
        self.version = 0
        self.statuses: dict[str, Status] = {}
        self._template = template
        self._own: dict[str, Feed] = {}

    def own(self, id_: str) -> Feed | None:
        return self._own.get(id_)

    def read(self, feeds: Iterable[Feed]) -> set[str]:
        """These are set and no others; gives whose may be another."""
        before = set(self._own)
        self._own.clear()
        return before | self.set(feeds)

    def set(self, feeds: Iterable[Feed]) -> set[str]:
        touched = set()
        for feed in feeds:
            touched.add(feed.entry)
            if feed.sealed:
                self._own[feed.entry] = feed
            else:
                self._own.pop(feed.entry, None)
        return touched

    def concerned(self, ids: Iterable[str]) -> list[str]:
        """Of these entries, those that may have an address at all."""
        return list(ids) if self._template else [id_ for id_ in ids if id_ in self._own]

    def place(self, entry: Entry, now: float) -> bool:
        """Works out the address of an entry; whether it is another than before."""
        address = self._address(entry)
        status = self.statuses.get(entry.id)
        if address == (status.address if status else None):
            return False
        self.version += 1
        if address is None:
            del self.statuses[entry.id]
        else:
            self.statuses[entry.id] = Status(address, now)
        return True

    def forget(self, id_: str) -> None:
        """The entry is no more."""
        self._own.pop(id_, None)
        if self.statuses.pop(id_, None) is not None:
            self.version += 1

    def _address(self, entry: Entry) -> Address | None:
        feed = self._own.get(entry.id)
        if feed is not None:
            return Address(sealed=feed.sealed) if entry.kind is Kind.PERSON else None
        url = fill(self._template, entry)
        return Address(url=url) if url else None
