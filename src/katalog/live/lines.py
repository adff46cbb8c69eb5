"""The calls on everybody's line: which legs there are, whose they are, and what is shown of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from katalog.domain.call import Call, Leg
from katalog.domain.entry import Entry
from katalog.live.index import Index
from katalog.live.keyed import Ids
from katalog.live.link import Link
from katalog.live.since import LegKey, Since


class Lines:
    """`chosen` gives the one entry that is meant by several ids. Whoever changes something shows it afterwards."""

    def __init__(self, index: Index, chosen: Callable[[Ids], Entry | None], since: Since) -> None:
        self._index = index
        self._chosen = chosen
        self._since = since
        self._legs: dict[LegKey, Leg] = {}  # of every telephone system, in the order they came to their device
        self._lines: dict[str, dict[LegKey, Leg]] = {}
        self._calls: dict[str, tuple[Call, ...]] = {}
        self._calls_since: dict[str, tuple[str, ...]] = {}

    def calls(self, id_: str) -> tuple[Call, ...]:
        """What is shown of an entry."""
        return self._calls.get(id_, ())

    def calls_since(self, id_: str) -> tuple[str, ...]:
        """Since when each of its calls is as it is shown."""
        return self._calls_since.get(id_, ())

    def legs(self, id_: str) -> Mapping[LegKey, Leg]:
        """The legs that an entry's calls are made of, in their order."""
        return self._lines.get(id_, {})

    def busy(self) -> Iterable[str]:
        """Ids of those who have any."""
        return self._lines.keys()

    def call(self, pbx: str, leg: Leg) -> Call:
        """A leg as readers see it: the other party by its extension, if it is anybody's."""
        party = None
        if leg.peer is not None:
            party = self._chosen(self._index.owners(pbx, leg.peer))
        if party is None and leg.number:
            party = self._chosen(self._index.internal(pbx, leg.number))
        return Call(party.extension if party else leg.number, leg.direction, leg.linestatus)

    def retell(self, link: Link, legs: Mapping[str, Leg]) -> set[str]:
        """A telephone system has these legs and no others; gives whose line is another."""
        gone = [id_ for id_ in link.legs if id_ not in legs]
        changed = [leg for id_, leg in legs.items() if link.legs.get(id_) != leg]
        self._since.keep(link.name, legs)
        return self.change(link, changed, gone)

    def withdraw(self, link: Link) -> set[str]:
        """No legs are shown until the telephone system tells which there are; gives whose line is another."""
        return self._take_off(link, list(link.legs))

    def change(self, link: Link, legs: Iterable[Leg], ended: Iterable[str]) -> set[str]:
        """Some legs are another, or gone; gives whose line is another."""
        ended = list(ended)
        touched = self._take_off(link, ended)
        for id_ in ended:
            self._since.forget((link.name, id_))
        for leg in legs:
            self._since.hear((link.name, leg.id), leg)
            old = link.legs.get(leg.id)
            if old is not None and old.device != leg.device:
                del self._legs[link.name, leg.id]
                touched.update(self._take(link.name, old))
            link.legs[leg.id] = self._legs[link.name, leg.id] = leg
            touched.update(self._put(link.name, leg))
        return touched

    def reassign(self) -> set[str]:
        """Who has which device, and who is called what, may differ now; gives who has, or had, a call.

        There are few legs at any time.
        """
        before = set(self._lines)
        self._lines = {}
        for (pbx, _), leg in self._legs.items():
            self._put(pbx, leg)
        return before | set(self._lines)

    def show(self, ids: Iterable[str]) -> Iterator[str]:
        """Works out the calls of entries anew; gives those that differ."""
        for id_ in ids:
            legs = self.legs(id_)
            calls = tuple([self.call(pbx, leg) for (pbx, _), leg in legs.items()])
            since = tuple([self._since.text(key) for key in legs])
            if calls == self.calls(id_) and since == self.calls_since(id_):
                continue
            if calls:
                self._calls[id_], self._calls_since[id_] = calls, since
            else:
                del self._calls[id_], self._calls_since[id_]
            yield id_

    def _take_off(self, link: Link, ids: Iterable[str]) -> set[str]:
        """These legs are on nobody's line any more; gives on whose they were."""
        touched: set[str] = set()
        for id_ in ids:
            leg = link.legs.pop(id_, None)
            if leg is not None:
                del self._legs[link.name, id_]
                touched.update(self._take(link.name, leg))
        return touched

    def _put(self, pbx: str, leg: Leg) -> Ids:
        """Puts a leg on the lines of those whose device it is; gives who they are."""
        owners = self._index.owners(pbx, leg.device)
        for owner in owners:
            self._lines.setdefault(owner, {})[pbx, leg.id] = leg
        return owners

    def _take(self, pbx: str, leg: Leg) -> Ids:
        """Takes it off them."""
        owners = self._index.owners(pbx, leg.device)
        for owner in owners:
            if owner in self._lines:
                self._lines[owner].pop((pbx, leg.id), None)
                if not self._lines[owner]:
                    del self._lines[owner]
        return owners
