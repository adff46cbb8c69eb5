"""Ids of entries by a key of theirs."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Generic, TypeVar

from katalog.domain.entry import Entry

Ids = tuple[str, ...]

_Key = TypeVar("_Key", bound=Hashable)


class Keyed(Generic[_Key]):
    """`entries` by id, whose owner says here what is added and discarded; `keys` gives those of an entry.

    It is made when it is first asked for, so that a server with many entries is there sooner; a way that nobody asks
    costs nothing.
    """

    def __init__(self, entries: Mapping[str, Entry], keys: Callable[[Entry], Iterable[_Key]]) -> None:
        self._entries = entries
        self._keys = keys
        self._held: dict[_Key, str | Ids] | None = None  # most keys have one entry

    def __bool__(self) -> bool:
        return bool(self._made())

    def __contains__(self, key: _Key) -> bool:
        return key in self._made()

    def get(self, key: _Key) -> Ids:
        held = self._made().get(key, ())
        return (held,) if isinstance(held, str) else held

    def only(self, key: _Key) -> str | None:
        """If there is just one."""
        held = self._made().get(key)
        return held if isinstance(held, str) else None

    def _made(self) -> dict[_Key, str | Ids]:
        if self._held is None:
            self._held = {}
            self._put(self._held, self._entries.values())
        return self._held

    def add(self, entry: Entry) -> None:
        if self._held is not None:
            self._put(self._held, (entry,))

    def _put(self, held: dict[_Key, str | Ids], entries: Iterable[Entry]) -> None:
        keys = self._keys
        for entry in entries:
            id_ = entry.id
            for key in keys(entry):
                before = held.setdefault(key, id_)
                if before is not id_:
                    ids = (before,) if isinstance(before, str) else before
                    if id_ not in ids:
                        held[key] = (*ids, id_)

    def discard(self, entry: Entry) -> None:
        if self._held is None:
            return
        for key in self._keys(entry):
            left = tuple([id_ for id_ in self.get(key) if id_ != entry.id])
            if left:
                self._held[key] = left if len(left) > 1 else left[0]
            else:
                self._held.pop(key, None)

    def forget(self) -> None:
        """Every entry may be another."""
        self._held = None
