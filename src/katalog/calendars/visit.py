"""One reading of one calendar: asked for only if it is another than the last time, and what is in it worked out."""

import hashlib
import re
from collections.abc import Callable, Mapping

import msgspec
from yarl import URL

from katalog.calendars.reading import Question, Reading
from katalog.domain.absence import Period
from katalog.domain.catalogue import Catalogue
from katalog.domain.events import CalendarRead
from katalog.domain.feed import Address
from katalog.errors import OutgoingError
from katalog.live.directory import Directory
from katalog.outgoing.client import Outgoing
from katalog.outgoing.reply import Reply
from katalog.outgoing.target import parse_target
from katalog.store.safe import Safe

DAY = 86_400.0
BEFORE, AHEAD = 1 * DAY, 60 * DAY
"""Busy times are worked out from so long before now until so long after it."""

FRESH = DAY
"""Seconds for which they are; then the calendar is read even if its server says that nothing has changed."""

USUAL = "meeting"
"""The profile of an event whose subject chooses none; if there is no such, the first that means: cannot be reached."""

_STAMP = re.compile(rb"\nDTSTAMP[:;][^\r\n]*")
"""Some servers write the time of the request here, so that no two answers are alike."""


class Meaning(msgspec.Struct, frozen=True):
    """By what a file is read, besides the time: `words` and the profiles that they choose, the one of all other
    events, and by which e-mail its owner is invited."""

    words: dict[str, str]
    usual: str
    owner: str


class Visit:
    """One entry's calendar at one address: when it is due, and what of it we have already."""

    def __init__(self, directory: Directory, entry: str, address: Address, due: float) -> None:
        self.directory = directory
        self.entry = entry
        self.address = address
        self.due = due
        self.running = False
        self.failures = 0
        self.forget()

    def forget(self) -> None:
        self.conditions: dict[str, str] = {}
        self.digest = b""
        self.meaning: Meaning | None = None
        self.read_at = 0.0


class Visitor:
    """`words` are the beginnings of subjects, and the profile, by name or id, that each chooses; `authorization` is
    for the addresses that the template gives; `zone` by its name."""

    def __init__(
        self,
        outgoing: Outgoing,
        reading: Reading,
        safe: Safe,
        *,
        words: Mapping[str, str],
        zone: str,
        authorization: str | None,
        clock: Callable[[], float],
    ) -> None:
        self._outgoing = outgoing
        self._reading = reading
        self._safe = safe
        self._words = words
        self._zone = zone
        self._authorization = authorization
        self._clock = clock

    def url(self, address: Address) -> URL:
        """Raises Locked, NotATarget."""
        return parse_target(address.url or self._safe.open(address.sealed))

    async def read(self, visit: Visit) -> CalendarRead:
        """Raises OutgoingError, NotACalendar, Locked, NotATarget."""
        meaning, now = self._meaning(visit), self._clock()
        if meaning != visit.meaning or not visit.read_at <= now < visit.read_at + FRESH:
            visit.forget()
        reply = await self._outgoing.get(
            self.url(visit.address),
            {"accept": "text/calendar"} | visit.conditions,
            authorization=self._authorization if visit.address.url else None,
        )
        if reply.status == 304 and visit.conditions:
            return CalendarRead(visit.entry, visit.address, None)
        _check(reply)
        busy = None
        digest = hashlib.sha256(_STAMP.sub(b"", reply.body)).digest()
        if digest != visit.digest:
            window = Period(now - BEFORE, now + AHEAD)
            busy = await self._reading.busy_times(
                Question(reply.body, window, self._zone, meaning.words, meaning.usual, meaning.owner)
            )
            visit.meaning, visit.digest, visit.read_at = meaning, digest, now
        visit.conditions = _conditions(reply)
        return CalendarRead(visit.entry, visit.address, busy)

    def _meaning(self, visit: Visit) -> Meaning:
        catalogue: Catalogue = visit.directory.presences.catalogue
        found = {word: catalogue.named(name) for word, name in self._words.items()}
        away = [choice for choice in catalogue.choices if not choice.available]
        usual = catalogue.get(USUAL) or next(iter(away), catalogue.default)
        entry = visit.directory.get(visit.entry, hidden=True)
        return Meaning(
            {word: choice.id for word, choice in found.items() if choice is not None},
            usual.id,
            entry.email if entry is not None else "",
        )


def _conditions(reply: Reply) -> dict[str, str]:
    """For the next request (RFC 9110, section 13.1)."""
    found = {"if-none-match": reply.headers.get("etag"), "if-modified-since": reply.headers.get("last-modified")}
    return {name: value for name, value in found.items() if value}


def _check(reply: Reply) -> None:
    """Raises OutgoingError unless it is a calendar that was sent."""
    status = reply.status
    if status in (401, 403):
        raise OutgoingError(
            f"Servern släpper inte in katalog ({status}): fel lösenord, eller så är kalendern inte delad.",
            f"The server does not let katalog in ({status}): a wrong password, or the calendar is not shared.",
        )
    if status in (404, 410):
        raise OutgoingError(
            f"Det finns ingen kalender på adressen ({status}).", f"There is no calendar at the address ({status})."
        )
    if status != 200:
        raise OutgoingError(f"Servern svarar {status}.", f"The server answers {status}.")
