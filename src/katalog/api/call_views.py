"""Call records as they are shown: with names by lookup, to readers of the API, and to whoever runs `katalog calls`."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

import msgspec

from katalog.api.calls import international
from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Clock, Outcome
from katalog.domain.entry import Entry
from katalog.domain.holder import NumberMatch
from katalog.domain.moment import iso_milliseconds
from katalog.live.directory import Directory


class Person(msgspec.Struct, frozen=True):
    """Whose call it was, or who is at the other end: an entry."""

    id: str
    extension: str
    name: str


class PartView(msgspec.Struct, frozen=True):
    """A stretch of an answered call with one other party."""

    number: str
    party: Person | None
    began: str
    ended: str


class CallRecordView(msgspec.Struct, frozen=True):
    """A leg that `entry` took part in. Times are ISO 8601 with milliseconds, `duration` whole seconds from the answer.

    `party` is whose `number` is, `by` who answered instead, `forward` where the telephone sent its caller, `parts` are
    there where an answered call had several parties. `call` is the same for all records of one call. `clock` says whose
    the times are: `pbx`, `katalog`, `cdr` for a call found in the PBX's own records, or `guessed` where nobody saw
    the end. `recordings` are ids of what the reader may listen to, in the order in which they began, and `recordingId`
    that of the longest; null if there is none.
    """

    id: str
    call: str
    entry: Person
    direction: Direction
    outcome: Outcome
    number: str
    numberE164: str  # noqa: N815 - as in v1
    party: Person | None
    began: str
    answered: str | None
    ended: str
    duration: int
    by: str
    forward: str
    parts: list[PartView]
    pbx: str
    clock: Clock
    recordingId: str | None = None  # noqa: N815
    recordings: list[str] = []


class Views:
    """Records as they are shown to one reader; who has a number is looked up once for all of them."""

    def __init__(self, directory: Directory, zone: ZoneInfo, country: str, *, sees_hidden: bool) -> None:
        self._directory = directory
        self._zone = zone
        self._country = country
        self._sees_hidden = sees_hidden
        self._parties: dict[str, Person | None] = {"": None}
        self._answerers = {"": ""}

    def of(self, records: Iterable[CallRecord]) -> list[CallRecordView]:
        return [self._one(record) for record in records]

    def _one(self, record: CallRecord) -> CallRecordView:
        entry = self._directory.get(record.entry, hidden=True)
        whose = Person(record.entry, "", "") if entry is None else Person(entry.id, entry.extension, entry.name)
        return CallRecordView(
            record.id, record.call, whose, record.direction, record.outcome, record.number,
            international(record.number, self._country), self._party(record.number), self._iso(record.began),
            None if record.answered is None else self._iso(record.answered), self._iso(record.ended), record.duration,
            self._by(record.by), record.forward,
            [PartView(p.number, self._party(p.number), self._iso(p.began), self._iso(p.ended)) for p in record.parts],
            record.pbx, record.clock,
        )  # fmt: skip

    def _party(self, number: str) -> Person | None:
        if number not in self._parties:
            found = self._holders(number, hidden=self._sees_hidden)
            entry = found[0][0] if found else None
            self._parties[number] = None if entry is None else Person(entry.id, entry.extension, entry.name)
        return self._parties[number]

    def _by(self, number: str) -> str:
        """No telephone has shown who answered elsewhere, so of somebody hidden not even the number is told."""
        if number not in self._answerers:
            known = self._holders(number, hidden=True)
            best = [entry for entry, match in known if match.rank == known[0][1].rank]
            is_hidden = bool(best) and all(entry.hidden for entry in best)
            self._answerers[number] = "" if is_hidden and not self._sees_hidden else number
        return self._answerers[number]

    def _holders(self, number: str, *, hidden: bool) -> list[tuple[Entry, NumberMatch]]:
        """As `/api/lookup` has them, also of a number behind a digit for an outside line."""
        lookup = self._directory.lookup
        return lookup(number, hidden=hidden) or lookup(international(number, self._country), hidden=hidden)

    def _iso(self, seconds: float) -> str:
        return iso_milliseconds(seconds, self._zone)


def row_of(view: CallRecordView) -> list[str]:
    """The cells of `call_csv.COLUMNS`."""
    party = "" if view.party is None else view.party.name
    return [
        view.began, view.entry.extension, view.entry.name, view.direction, view.outcome, view.number, party,
        view.answered or "", view.ended, str(view.duration), view.by, view.forward, view.clock, view.id, view.call,
    ]  # fmt: skip
