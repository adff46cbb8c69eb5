"""Entries numbered for the sets of a search, so that members of a set come out in list order."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from heapq import merge

from katalog.domain.entry import Entry
from katalog.live.listing import Key
from katalog.live.search.bits import Bits, ones


class Slots:
    """The first `ordered` slots are in list order. An entry that comes later, or to another place in the list, gets
    one after them: there are few of those, and they are put in order when they are asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """`entries` are in list order."""
        self._entries = list(entries)
        self._of = {entry.id: slot for slot, entry in enumerate(entries)}
        self.ordered = len(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def unordered(self) -> int:
        return len(self._entries) - self.ordered

    def __getitem__(self, slot: int) -> Entry:
        return self._entries[slot]

    def of(self, id_: str) -> int | None:
        return self._of.get(id_)

    def put(self, entry: Entry) -> int:
        """The slot of an entry from now on. One that it had, if it was another, is left empty for good."""
        slot = self._of.get(entry.id)
        if slot is not None and (slot >= self.ordered or self._entries[slot].key == entry.key):
            self._entries[slot] = entry
            return slot
        self._of[entry.id] = len(self._entries)
        self._entries.append(entry)
        return len(self._entries) - 1

    def drop(self, id_: str) -> None:
        self._of.pop(id_, None)

    def in_order(self, bits: Bits, after: Key | None) -> Iterator[int]:
        """Slots of a set, in list order from the one after a key on."""
        start = 0 if after is None else bisect_right(self._entries, after, hi=self.ordered, key=_key)
        first = ones(bits & (1 << self.ordered) - 1, start)
        late = bits >> self.ordered
        if not late:
            return first
        others = sorted([self.ordered + place for place in ones(late)], key=self._key_of)
        if after is not None:
            others = others[bisect_right(others, after, key=self._key_of) :]
        return merge(first, others, key=self._key_of)

    def _key_of(self, slot: int) -> Key:
        return self._entries[slot].key


def _key(entry: Entry) -> Key:
    return entry.key
