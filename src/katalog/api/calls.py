"""The v1 call log: `GET /api/calls`, one's own calls that are over."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.parameters import flag, parameters, word
from katalog.api.reader import Reader
from katalog.api.recordings import Recordings
from katalog.calllog.calllog import CallLog
from katalog.domain.call_record import CallRecord, Folder
from katalog.domain.dates import begin_of, day_of, end_of, months_before, parse_date
from katalog.domain.number import e164
from katalog.domain.recording import longest
from katalog.errors import BadRequest
from katalog.store import call_records
from katalog.store.database import Database

NEWEST = 30
"""So many of each list."""

MONTHS = 4
"""So far back, to the day."""


class CallEntry(msgspec.Struct, frozen=True):
    """A call that is over; the order of the fields is the order of the keys.

    `datetime` is when it began, by the organisation's clock; `dateTimeISO`, and the same again, with milliseconds and
    offset. `numberE164` is the number itself where it has no such form. `duration` counts from the answer, in whole
    seconds. `recordingId` is there if it was asked for.
    """

    callId: str  # noqa: N815 - the contract's names
    number: str
    numberE164: str  # noqa: N815
    datetime: str
    dateTimeISO: str  # noqa: N815
    datetimeISO: str  # noqa: N815
    duration: int
    callDirection: str  # noqa: N815
    recordingId: str | None | msgspec.UnsetType = msgspec.UNSET  # noqa: N815


class CallLists(msgspec.Struct, frozen=True):
    """Always all three, the newest first. A call that was answered elsewhere is in none of them."""

    incoming: list[CallEntry]
    outgoing: list[CallEntry]
    missed: list[CallEntry]


class Calls:
    def __init__(
        self,
        database: Database,
        calllog: CallLog,
        recordings: Recordings,
        zone: ZoneInfo,
        country: str,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._calllog = calllog
        self._recordings = recordings
        self._zone = zone
        self._country = country
        self._clock = clock

    async def own(self, request: Request, reader: Reader) -> Response:
        """`?fromDate=&toDate=` days, both inclusive; `?withRecordings=`."""
        given = parameters(request, "fromDate", "toDate", "withRecordings")
        since, until = self._range(given)
        with_recordings = flag(given, "withRecordings", default=False)
        entry = reader.account.entry
        if entry is None:
            return json(CallLists([], [], []))
        await self._calllog.settle()
        async with self._database.read() as connection:
            lists = [
                await call_records.newest(connection, entry, folder, since=since, until=until, limit=NEWEST)
                for folder in (Folder.INCOMING, Folder.OUTGOING, Folder.MISSED)
            ]
        ids = await self._recorded(lists, reader) if with_recordings else {}
        return json(
            CallLists(*([self._shown(each, ids.get(each.id, msgspec.UNSET)) for each in found] for found in lists))
        )

    async def _recorded(self, lists: list[list[CallRecord]], reader: Reader) -> dict[str, str | None]:
        """Of each call, by its id, what can be listened to; None if there is nothing."""
        recorded = await self._recordings.of([each for found in lists for each in found], reader.organisation)
        best = {id_: longest(found) for id_, found in recorded.items()}
        return {id_: None if found is None else found.id for id_, found in best.items()}

    def _range(self, given: dict[str, str]) -> tuple[float, float]:
        oldest = begin_of(months_before(day_of(self._clock(), self._zone), MONTHS), self._zone)
        since, until = oldest, float("inf")
        for name in ("fromDate", "toDate"):
            if text := word(given, name):
                try:
                    day = parse_date(text)
                except ValueError:
                    raise BadRequest(
                        f"{name}: ska vara ett datum som 2026-01-31.", f"{name}: must be a date such as 2026-01-31."
                    ) from None
                if name == "fromDate":
                    since = max(oldest, begin_of(day, self._zone))
                else:
                    until = end_of(day, self._zone)
        return since, until

    def _shown(self, record: CallRecord, recording: str | None | msgspec.UnsetType) -> CallEntry:
        began = datetime.fromtimestamp(record.began, self._zone)
        iso = iso_of(began)
        return CallEntry(
            record.id, record.number, international(record.number, self._country), began.strftime("%Y-%m-%d %H:%M:%S"),
            iso, iso, record.duration, record.direction.value, recording,
        )  # fmt: skip


def iso_of(moment: datetime) -> str:
    """`2026-04-03T13:41:23.467+0200`."""
    return moment.isoformat(timespec="milliseconds")[:-6] + moment.strftime("%z")


def international(number: str, country: str) -> str:
    """The E.164 form of a number; of one that has none, the number itself."""
    # Behind a digit for an outside line it is the same number.
    return e164(number, country) or (e164(number[1:], country) if number[:1] in ("0", "9") else None) or number
