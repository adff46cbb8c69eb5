"""Finds entries by extension, number and device. Follows the directory entry by entry."""

from collections.abc import Iterator, Mapping
from typing import Any

from katalog.domain.device import DeviceName, DevicePattern
from katalog.domain.entry import Entry
from katalog.domain.number import e164
from katalog.domain.range import range_of

Ids = tuple[str, ...]

_ENDING = 6
"""Digits at the end that two notations of one number have in common; few other numbers have them, too."""


class Index:
    """Keys → ids of entries. Most keys have one; a tuple of one is the smallest thing that holds it, and all keys of an
    entry that nobody else has share one. `entries` has what is added here, by id.
    """

    def __init__(self, country: str, patterns: Mapping[str, DevicePattern], entries: Mapping[str, Entry]) -> None:
        self._country = country
        self._patterns = patterns
        self._entries = entries
        self._extensions: dict[str, Ids] = {}
        self._numbers: dict[str, Ids] = {}
        self._emails: dict[str, Ids] = {}
        self._devices: dict[str, Ids] = {}  # as entries name them
        self._aliases: dict[str, dict[str, Ids]] = {pbx: {} for pbx in patterns}
        self._endings: dict[int, Ids] = {}  # of all numbers: their E.164 would take long to work out for everybody
        self._ranges: dict[str, Ids] = {}  # by what all numbers of the range begin with

    def add(self, entry: Entry) -> None:
        id_ = entry.id
        own = (id_,)
        for table, key in self._keys(entry):
            held = table.setdefault(key, own)
            if held is not own and id_ not in held:
                table[key] = (*held, id_)

    def discard(self, entry: Entry) -> None:
        for table, key in self._keys(entry):
            left = tuple(id_ for id_ in table.get(key, ()) if id_ != entry.id)
            if left:
                table[key] = left
            else:
                table.pop(key, None)

    def _keys(self, entry: Entry) -> list[tuple[dict[Any, Ids], object]]:
        keys: list[tuple[dict[Any, Ids], object]] = [(self._extensions, entry.extension)]
        if entry.email:
            keys.append((self._emails, entry.email.casefold()))
        whole = [entry.extension, entry.mobile]
        for number in entry.numbers:
            keys.append((self._numbers, number))
            if (block := range_of(number, self._country)) is not None:
                keys.append((self._ranges, block.common))
            else:
                whole.append(number)
        keys += [(self._endings, ending) for number in whole if (ending := _ending(number)) is not None]
        for device in entry.devices:
            keys.append((self._devices, device))
            keys += [(self._aliases[pbx], alias) for pbx, alias in self._aliases_of(device)]
        return keys

    def _aliases_of(self, text: str) -> list[tuple[str, str]]:
        """Telephone system and extension of a device that an entry names."""
        if not self._patterns:
            return []
        name = DeviceName.parse(text)
        return [
            (pbx, alias)
            for pbx, pattern in self._patterns.items()
            if name.pbx in (None, pbx) and (alias := pattern.extension(name.device)) is not None
        ]

    def logins(self, text: str) -> Ids:
        """Those whose extension is written so, or whose e-mail it is in any case."""
        return self._extensions.get(text, ()) + self._emails.get(text.casefold(), ())

    def only(self, extension: str) -> str | None:
        """The one whose extension is written so, if there is just one: nearly every question that programs ask."""
        ids = self._extensions.get(extension, ())
        return ids[0] if len(ids) == 1 else None

    def find(self, text: str) -> Iterator[Ids]:
        """Those who have a number, the nearest first: as stored, then in any notation of the same number."""
        yield self._extensions.get(text, ())
        yield self._numbers.get(text, ())
        public = e164(text, self._country)
        if public is not None:
            yield tuple([id_ for id_ in self._near(public) if self._has(self._entries[id_], public)])

    def _near(self, number: str) -> Ids:
        """Those who have a number that ends as this one does."""
        ending = _ending(number)
        return () if ending is None else self._endings.get(ending, ())

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
                found.update(self._ranges.get(number[:length], ()))
        return found

    def owners(self, pbx: str, device: str) -> Ids:
        """Those whose line a device is: those who name it, else those whose extension its name is."""
        named = self._devices.get(device, ()) + self._devices.get(f"{pbx}:{device}", ())
        if named:
            return named
        extension = self._patterns[pbx].extension(device)
        if extension is None:
            return ()
        return self._extensions.get(extension) or self._numbers.get(extension, ())

    def internal(self, pbx: str, number: str) -> Ids:
        """Those whom a telephone system knows by an internal number, where it is not their extension."""
        if number in self._extensions:
            return ()
        return self._aliases[pbx].get(number, ())

    def lines(self, entry: Entry) -> list[tuple[str, str]]:
        """Telephone systems and extensions by which they know an entry: of its devices, else its own numbers."""
        named = [alias for device in entry.devices for alias in self._aliases_of(device)]
        return named or [(pbx, number) for pbx in self._patterns for number in (entry.extension, *entry.numbers)]

    def at(self, pbx: str, extension: str) -> Ids:
        """Those whom a telephone system knows by an extension."""
        return self._aliases[pbx].get(extension) or self._extensions.get(extension) or self._numbers.get(extension, ())


def _ending(number: str) -> int | None:
    """Its last digits; None if it has none."""
    if number.isdecimal():
        return int(number[-_ENDING:])
    digits = "".join([sign for sign in number if sign.isdecimal()])
    return int(digits[-_ENDING:]) if digits else None
