"""Finds entries by extension, number and device. Follows the directory entry by entry."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from katalog.domain.device import DeviceName, DevicePattern
from katalog.domain.entry import Entry
from katalog.domain.number import e164
from katalog.domain.range import range_of
from katalog.live.keyed import Ids, Keyed

_ENDING = 6
"""Digits at the end that two notations of one number have in common; few other numbers have them, too."""


class Index:
    """`entries` by id, whose owner says here what is added and discarded."""

    def __init__(self, country: str, patterns: Mapping[str, DevicePattern], entries: Mapping[str, Entry]) -> None:
        self._country = country
        self._patterns = patterns
        self._entries = entries
        self._extensions = Keyed(entries, lambda entry: (entry.extension,))
        self._numbers = Keyed(entries, lambda entry: entry.numbers)
        self._emails = Keyed(entries, lambda entry: (entry.email.casefold(),) if entry.email else ())
        self._endings = Keyed(entries, self._endings_of)  # of all numbers: their E.164 would take long to work out
        self._devices = Keyed(entries, lambda entry: entry.devices)  # as entries name them
        self._aliases = {pbx: Keyed(entries, partial(self._aliases_of, pbx)) for pbx in patterns}
        self._ranges = Keyed(entries, self._ranges_of)  # by what all numbers of the range begin with
        ways = self._extensions, self._numbers, self._emails, self._endings, self._devices, self._ranges
        self._ways: tuple[Keyed[Any], ...] = *ways, *self._aliases.values()

    def add(self, entry: Entry) -> None:
        for way in self._ways:
            way.add(entry)

    def discard(self, entry: Entry) -> None:
        for way in self._ways:
            way.discard(entry)

    def forget(self) -> None:
        """Every entry may be another."""
        for way in self._ways:
            way.forget()

    def _endings_of(self, entry: Entry) -> list[int]:
        """Of what may be called: a range is not a number."""
        numbers = [number for number in entry.numbers if range_of(number, self._country) is None]
        found = [_ending(number) for number in (entry.extension, entry.mobile, *numbers)]
        return [ending for ending in found if ending is not None]

    def _aliases_of(self, pbx: str, entry: Entry) -> list[str]:
        """The extensions by which a telephone system knows an entry's devices."""
        found = []
        for text in entry.devices:
            name = DeviceName.parse(text)
            if name.pbx in (None, pbx) and (alias := self._patterns[pbx].extension(name.device)) is not None:
                found.append(alias)
        return found

    def _ranges_of(self, entry: Entry) -> list[str]:
        found = [range_of(number, self._country) for number in entry.numbers]
        return [block.common for block in found if block is not None]

    def logins(self, text: str) -> Ids:
        """Those whose extension is written so, or whose e-mail it is in any case."""
        return self._extensions.get(text) + self._emails.get(text.casefold())

    def only(self, extension: str) -> str | None:
        """The one whose extension is written so, if there is just one: nearly every question that programs ask."""
        return self._extensions.only(extension)

    def find(self, text: str) -> Iterator[Ids]:
        """Those who have a number, the nearest first: as stored, then in any notation of the same number."""
        yield self._extensions.get(text)
        yield self._numbers.get(text)
        public = e164(text, self._country)
        if public is not None:
            yield tuple([id_ for id_ in self._near(public) if self._has(self._entries[id_], public)])

    def _near(self, number: str) -> Ids:
        """Those who have a number that ends as this one does."""
        ending = _ending(number)
        return () if ending is None else self._endings.get(ending)

    def _has(self, entry: Entry, public: str) -> bool:
        """Whether an E.164 number is the entry's extension or one of its numbers; a range is not one."""
        if e164(entry.extension, self._country) == public:
            return True
        return any(
            e164(number, self._country) == public and range_of(number, self._country) is None
            for number in entry.numbers
        )

    def perhaps(self, text: str) -> set[str]:
        """All those who have a number, or have it as their mobile or in a range; and some who do not."""
        found = {id_ for ids in self.find(text) for id_ in ids}
        found.update(self._near(text))
        if self._ranges:
            number = e164(text, self._country) or text
            for length in range(len(number) + 1):
                found.update(self._ranges.get(number[:length]))
        return found

    def owners(self, pbx: str, device: str) -> Ids:
        """Those whose line a device is: those who name it, else those whose extension its name is."""
        named = self._devices.get(device) + self._devices.get(f"{pbx}:{device}")
        if named:
            return named
        extension = self._patterns[pbx].extension(device)
        if extension is None:
            return ()
        return self._extensions.get(extension) or self._numbers.get(extension)

    def internal(self, pbx: str, number: str) -> Ids:
        """Those whom a telephone system knows by an internal number, where it is not their extension."""
        if number in self._extensions:
            return ()
        return self._aliases[pbx].get(number)

    def lines(self, entry: Entry) -> list[tuple[str, str]]:
        """Telephone systems and extensions by which they know an entry: of its devices, else its own numbers."""
        named = [(pbx, alias) for pbx in self._patterns for alias in self._aliases_of(pbx, entry)]
        return named or [(pbx, number) for pbx in self._patterns for number in (entry.extension, *entry.numbers)]

    def at(self, pbx: str, extension: str) -> Ids:
        """Those whom a telephone system knows by an extension."""
        return self._aliases[pbx].get(extension) or self._extensions.get(extension) or self._numbers.get(extension)


def _ending(number: str) -> int | None:
    """Its last digits; None if it has none."""
    if number.isdecimal():
        return int(number[-_ENDING:])
    digits = "".join([sign for sign in number if sign.isdecimal()])
    return int(digits[-_ENDING:]) if digits else None
