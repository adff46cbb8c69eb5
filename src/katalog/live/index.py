"""Finds entries by extension, number and device. Follows the directory entry by entry."""

from collections.abc import Iterator, Mapping

from katalog.domain.device import DeviceName, DevicePattern
from katalog.domain.entry import Entry
from katalog.domain.number import e164
from katalog.domain.range import range_of

Ids = tuple[str, ...]

_ENDING = 6
"""Digits at the end that two notations of one number have in common; few other numbers have them, too."""


class Index:
    """Keys → ids of entries. Most keys have one; a tuple of one is the smallest thing that holds it."""

    def __init__(self, country: str, patterns: Mapping[str, DevicePattern]) -> None:
        self._country = country
        self._patterns = patterns
        self._extensions: dict[str, Ids] = {}
        self._numbers: dict[str, Ids] = {}
        self._e164: dict[str, Ids] = {}
        self._emails: dict[str, Ids] = {}
        self._devices: dict[tuple[str | None, str], Ids] = {}
        self._aliases: dict[tuple[str, str], Ids] = {}
        self._mobiles: dict[int, Ids] = {}  # by how they end: their E.164 would take long to work out for everybody
        self._ranges: dict[str, Ids] = {}  # by what all numbers of the range begin with

    def add(self, entry: Entry) -> None:
        for table, key in self._keys(entry):
            held = table.get(key, ())
            if entry.id not in held:
                table[key] = (*held, entry.id)

    def discard(self, entry: Entry) -> None:
        for table, key in self._keys(entry):
            left = tuple(id_ for id_ in table.get(key, ()) if id_ != entry.id)
            if left:
                table[key] = left
            else:
                table.pop(key, None)

    def _keys(self, entry: Entry) -> list[tuple[dict[object, Ids], object]]:
        keys: list[tuple[dict, object]] = [(self._extensions, entry.extension)]  # type: ignore[type-arg]
        keys += [(self._numbers, number) for number in entry.numbers]
        if entry.email:
            keys.append((self._emails, entry.email.casefold()))
        if (ending := _ending(entry.mobile)) is not None:
            keys.append((self._mobiles, ending))
        for number in (entry.extension, *entry.numbers):
            if number is not entry.extension and (block := range_of(number, self._country)) is not None:
                keys.append((self._ranges, block.common))
                continue
            public = e164(number, self._country)
            if public is not None:
                keys.append((self._e164, public))
        for text in entry.devices:
            name = DeviceName.parse(text)
            keys.append((self._devices, (name.pbx, name.device)))
        keys += [(self._aliases, alias) for alias in self._named(entry)]
        return keys

    def _named(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Telephone system and extension of each device that an entry names."""
        for text in entry.devices:
            name = DeviceName.parse(text)
            for pbx, pattern in self._patterns.items():
                if name.pbx in (None, pbx) and (alias := pattern.extension(name.device)) is not None:
                    yield pbx, alias

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
            yield self._e164.get(public, ())

    def perhaps(self, text: str) -> set[str]:
        """All those who have a number, or have it as their mobile or in a range; and some who do not."""
        found = {id_ for ids in self.find(text) for id_ in ids}
        if (ending := _ending(text)) is not None:
            found.update(self._mobiles.get(ending, ()))
        if self._ranges:
            number = e164(text, self._country) or text
            for length in range(len(number) + 1):
                found.update(self._ranges.get(number[:length], ()))
        return found

    def owners(self, pbx: str, device: str) -> Ids:
        """Those whose line a device is: those who name it, else those whose extension its name is."""
        named = self._devices.get((None, device), ()) + self._devices.get((pbx, device), ())
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
        return self._aliases.get((pbx, number), ())

    def lines(self, entry: Entry) -> list[tuple[str, str]]:
        """Telephone systems and extensions by which they know an entry: of its devices, else its own numbers."""
        named = list(self._named(entry))
        return named or [(pbx, number) for pbx in self._patterns for number in (entry.extension, *entry.numbers)]

    def at(self, pbx: str, extension: str) -> Ids:
        """Those whom a telephone system knows by an extension."""
        return (
            self._aliases.get((pbx, extension)) or self._extensions.get(extension) or self._numbers.get(extension, ())
        )


def _ending(number: str) -> int | None:
    digits = "".join([sign for sign in number[-2 * _ENDING :] if sign.isdecimal()])
    return int(digits[-_ENDING:]) if digits else None
