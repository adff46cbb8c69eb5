"""What is known of one telephone system: its link, and the legs it has told of."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from katalog.domain.call import Leg
from katalog.domain.device import DevicePattern
from katalog.domain.events import LinkLost
from katalog.live.devices import Devices
from katalog.live.rate import Rate


class LinkState(StrEnum):
    """`live`: what is shown is now. `stale`: the link is away, what is shown may be old.

    `withdrawn`: away for so long, or never there, that nothing is shown.
    """

    LIVE = "live"
    STALE = "stale"
    WITHDRAWN = "withdrawn"


class Link:
    """One telephone system in the live picture."""

    def __init__(self, name: str, pattern: DevicePattern) -> None:
        self.name = name
        self.pattern = pattern
        self.state = LinkState.WITHDRAWN
        self.reason = ""
        self.reason_sv = ""
        """Why it is away, in both languages; `""` where nobody says."""

        self.since: float | None = None
        self.events = 0
        self.last_event: float | None = None
        self.rate = Rate()
        self.advice: Mapping[str, str] = {}
        """What to do when it is away, by language; `""` where nobody knows."""

        self.found_last = 0
        """How many legs the last reading of the whole state found otherwise than they had been followed."""

        self.found = 0
        """The same of all readings but the first."""

        self._followed: Collection[str] = ()
        self.legs: dict[str, Leg] = {}
        self.devices = Devices(pattern)
        self.dnd: set[str] = set()
        """Extensions whose telephones are in do-not-disturb; kept while the link is away, as they stay in it."""

    def told(self, now: float) -> None:
        """It has told something of its calls."""
        self.events += 1
        self.last_event = now
        self.rate.note(now)

    def heard(self, legs: Collection[str], now: float) -> None:
        """Its whole state was read, with these legs, by their ids: what is shown is as of now."""
        self.told(now)
        if self.since is not None:
            followed = self._followed if self.state is LinkState.WITHDRAWN else self.legs.keys()
            self.found_last = len(set(followed) ^ set(legs))
            self.found += self.found_last
        if self.state is not LinkState.LIVE:
            self.state, self.since = LinkState.LIVE, now
            self.reason = self.reason_sv = ""

    def withdrawn(self) -> None:
        """Its calls are shown no more. What they were is compared with what is read when it is back."""
        if self.state is not LinkState.WITHDRAWN:
            self.state, self._followed = LinkState.WITHDRAWN, frozenset(self.legs)

    def lost(self, why: LinkLost, now: float) -> None:
        """Nothing is heard from it; what is shown may be old."""
        self.reason, self.reason_sv = why.reason, why.reason_sv
        self.advice = {"sv": why.advice_sv, "en": why.advice}
        if self.state is LinkState.LIVE:
            self.state, self.since = LinkState.STALE, now
