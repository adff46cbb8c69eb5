"""Why a number is an entry's: where it stands there, and how it was found."""

from enum import StrEnum

import msgspec

from katalog.domain.entry import Entry
from katalog.domain.number import e164
from katalog.domain.range import range_of


class How(StrEnum):
    """As it is written; another notation of the same number; within a range of numbers."""

    EXACT = "exact"
    E164 = "e164"
    RANGE = "range"


class NumberMatch(msgspec.Struct, frozen=True):
    """`field` of the entry, the `number` as it is written there, and `kind`: how it was found."""

    field: str
    number: str
    kind: How

    @property
    def rank(self) -> int:
        """0 is best. So the best of all is whom `GET /api/extensions/{number}` gives."""
        if self.kind is How.RANGE:
            return 4
        if self.field == "mobile":
            return 3
        return 2 if self.kind is How.E164 else int(self.field != "extension")


def match_of(entry: Entry, number: str, country: str) -> NumberMatch | None:
    """The best reason why a number is an entry's; None if it is not."""
    public = e164(number, country)
    found: list[NumberMatch] = []
    written = [("extension", entry.extension), *[("numbers", each) for each in entry.numbers], ("mobile", entry.mobile)]
    for field, text in written:
        if text == number:
            found.append(NumberMatch(field, text, How.EXACT))
        elif field == "numbers" and (block := range_of(text, country)) is not None:
            if block.holds(public or number):
                found.append(NumberMatch(field, text, How.RANGE))
        elif public is not None and e164(text, country) == public:
            found.append(NumberMatch(field, text, How.E164))
    return min(found, key=lambda match: match.rank, default=None)
