"""The telephone systems, for admins: is the link live, how much does it tell, and if not, why and what to do."""

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.language import language_of
from katalog.api.reader import Reader
from katalog.domain.moment import iso
from katalog.live.link import Link, LinkState

_ADVICE = {
    "sv": "Det försöks igen av sig självt. Hjälper det inte, kör katalog check på servern: det säger vad som är fel.",
    "en": "It is tried again by itself. If that does not help, run katalog check on the server: it says what is wrong.",
}


class System(msgspec.Struct, frozen=True):
    """What the settings say of a telephone system, and how many differences its connector has put right by itself."""

    type: str
    host: str
    healed: Callable[[], int]

    @classmethod
    def at(cls, type_: str, host: str, port: int, healed: Callable[[], int]) -> "System":
        """Some would write a credential into the host; it is not shown."""
        named = host.rpartition("@")[2]
        return cls(type_, f"[{named}]:{port}" if ":" in named else f"{named}:{port}", healed)


class Healed(msgspec.Struct, frozen=True):
    """Calls that were found otherwise than they had been followed: by the `last` reading of the whole state, and in
    `total` since the start, with what was compared meanwhile.
    """

    last: int
    total: int


class PbxView(msgspec.Struct, frozen=True):
    """`since` when the link is as it is, `reason` why it was lost and `advice` what to do about it (null: it is live);
    `events` how many changes it has told, `rate` how many a second over the last minute.
    """

    name: str
    type: str
    host: str
    link: str
    since: str | None
    reason: str
    advice: str | None
    events: int
    last_event: str | None
    rate: float
    healed: Healed
    legs: int


class Pbxs:
    def __init__(
        self, systems: Mapping[str, System], zone: ZoneInfo, language: str, clock: Callable[[], float]
    ) -> None:
        self._systems = systems
        self._zone = zone
        self._language = language
        self._clock = clock

    async def all(self, request: Request, reader: Reader) -> Response:
        language = language_of(request, self._language)
        return json([self._view(link, language) for link in reader.directory.links.values()])

    def _view(self, link: Link, language: str) -> PbxView:
        system = self._systems[link.name]
        advice = link.advice.get(language) or link.advice.get("en") or _ADVICE[language]
        return PbxView(
            name=link.name,
            type=system.type,
            host=system.host,
            link=str(link.state),
            since=self._iso(link.since),
            reason=link.reason_sv or link.reason if language == "sv" else link.reason,
            advice=None if link.state is LinkState.LIVE else advice,
            events=link.events,
            last_event=self._iso(link.last_event),
            rate=round(link.rate.at(self._clock()), 2),
            healed=Healed(link.found_last, link.found + system.healed()),
            legs=len(link.legs),
        )

    def _iso(self, seconds: float | None) -> str | None:
        return None if seconds is None else iso(seconds, self._zone)
