"""Search in one directory. An index is made when somebody searches for the first time, and not before."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from katalog.domain.dialling import Dialling
from katalog.domain.entry import Entry
from katalog.domain.query import Query
from katalog.live.search.index import Position, SearchIndex

_TURN = 0.005
"""Seconds of work on the index after which everybody else has their turn."""

_UNORDERED = 2000
"""Entries that came out of list order, from which on the index is made anew: putting them in order takes its time."""


class Search:
    """`entries` are those of the directory, by id; `ordered` gives them in list order."""

    def __init__(self, country: str, entries: Mapping[str, Entry], ordered: Callable[[], Iterable[Entry]]) -> None:
        self._country = country
        self._entries = entries
        self._ordered = ordered
        self._index: SearchIndex | None = None
        self._work: Iterator[None] = iter(())
        self._changed: dict[str, None] = {}

    def changed(self, ids: Iterable[str]) -> None:
        """Entries are new, gone or others than before. Costs nothing until the next search."""
        if self._index is not None:
            self._changed.update(dict.fromkeys(ids))

    async def ready(self) -> None:
        """Brings the index to what is so now. If much is to be done, others have their turn meanwhile."""
        while not self._caught_up(time.perf_counter() + _TURN):  # noqa: ASYNC110 - it waits for nothing, it works
            await asyncio.sleep(0)

    def find(self, query: Query, *, hidden: bool, after: Position | None = None) -> Iterator[tuple[int, Entry]]:
        """Who is found, the best first, each with its level; after `ready`, and with nothing awaited in between."""
        assert self._index is not None  # noqa: S101 - by `ready`
        return self._index.find(query, hidden=hidden, after=after)

    @cached_property
    def dialling(self) -> Dialling:
        return Dialling(self._country)

    def _caught_up(self, until: float) -> bool:
        """Works until a moment. Whoever waits for the index makes it, so that there is no task to look after."""
        if self._index is None or self._is_outdated(self._index):
            self._index = SearchIndex(self.dialling, list(self._ordered()))
            self._work = self._index.build()
            self._changed.clear()
        try:
            for _ in self._work:
                if time.perf_counter() >= until:
                    return False
        except BaseException:
            self._index = None
            raise
        while self._changed:
            id_, _ = self._changed.popitem()
            entry = self._entries.get(id_)
            if entry is None:
                self._index.drop(id_)
            else:
                self._index.put(entry)
            if time.perf_counter() >= until:
                return False
        return True

    def _is_outdated(self, index: SearchIndex) -> bool:
        return index.slots.unordered > _UNORDERED or len(self._changed) > _UNORDERED + len(index.slots) // 8
