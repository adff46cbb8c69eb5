"""The lists of everybody that readers get, and the objects that they are made of, encoded."""

from collections.abc import Callable, Iterable, Mapping

from katalog.domain.entry import Entry
from katalog.live.listing import Listing


class Lists:
    """`entries` by id, whose owner says here what is added, discarded or another. `contact` gives the v1 object of an
    entry, and `view` katalog's own, to those who see hidden ones (True) or do not. Each is encoded once after a change,
    when it is first asked for.
    """

    def __init__(
        self, entries: Mapping[str, Entry], contact: Callable[[Entry], bytes], view: Callable[[Entry, bool], bytes]
    ) -> None:
        self._entries = entries
        self._encode = contact
        self._view = view
        self._contacts: dict[str, bytes] = {}
        self._all = Listing(self.contact)
        self._visible = Listing(self.contact)
        self._views: dict[bool, Listing] = {}

    def contact(self, id_: str) -> bytes:
        encoded = self._contacts.get(id_)
        if encoded is None:
            encoded = self._contacts[id_] = self._encode(self._entries[id_])
        return encoded

    def contacts(self, *, hidden: bool) -> Listing:
        return self._all if hidden else self._visible

    def views(self, *, full: bool) -> Listing:
        listing = self._views.get(full)
        if listing is None:
            # Nobody may ever ask for it.
            listing = self._views[full] = Listing(lambda id_: self._view(self._entries[id_], full))
            listing.replace(entry.key for entry in self._entries.values() if full or not entry.hidden)
        return listing

    def add(self, entry: Entry) -> None:
        for listing in self._with(entry):
            listing.add(entry.key)

    def discard(self, entry: Entry) -> None:
        self.forget(entry)
        for listing in self._with(entry):
            listing.discard(entry.key)

    def forget(self, entry: Entry) -> None:
        """It is gone or another, and `replace` follows: with many, that costs less than putting each in its place."""
        self._contacts.pop(entry.id, None)

    def touch(self, entry: Entry) -> None:
        """What is shown of it is another."""
        self.forget(entry)
        for listing in self._with(entry):
            listing.touch(entry.key)

    def touch_all(self) -> None:
        self._contacts.clear()
        for listing in (self._all, self._visible, *self._views.values()):
            listing.touch_all()

    def replace(self) -> None:
        """Whatever entries there are now; of those that are others or gone, `forget` was told."""
        everybody = sorted([entry.key for entry in self._entries.values()])
        visible = [key for key in everybody if not self._entries[key[2]].hidden]
        self._all.replace(everybody)
        self._visible.replace(visible)
        for full, listing in self._views.items():
            listing.replace(everybody if full else visible)

    def _with(self, entry: Entry) -> Iterable[Listing]:
        views = [listing for full, listing in self._views.items() if full or not entry.hidden]
        return [self._all, *views] if entry.hidden else [self._all, self._visible, *views]
