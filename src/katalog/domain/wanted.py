"""Which entries somebody wants to be told of: a filter of the event stream, of webhooks and of lists."""

import msgspec

from katalog.domain.entry import Entry
from katalog.domain.number import e164


class Wanted(msgspec.Struct, frozen=True):
    """`extension` is any notation of one of an entry's numbers, the others in any case; "" is all."""

    extension: str = ""
    department: str = ""
    keyword: str = ""

    @property
    def all(self) -> bool:
        return not (self.extension or self.department or self.keyword)

    def takes(self, entry: Entry, country: str) -> bool:
        """`country` as in `e164`."""
        if self.extension and not _has(entry, self.extension, country):
            return False
        if self.department and self.department.casefold() != entry.department.casefold():
            return False
        return not self.keyword or self.keyword.casefold() in (word.casefold() for word in entry.keywords)


def _has(entry: Entry, number: str, country: str) -> bool:
    written = (entry.extension, *entry.numbers)
    if number in written:
        return True
    public = e164(number, country)
    return public is not None and any(e164(text, country) == public for text in written)
