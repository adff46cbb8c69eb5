"""What is known of one telephone system: its link, and the legs it has told of."""

from enum import StrEnum

from katalog.domain.call import Leg
from katalog.domain.device import DevicePattern
from katalog.live.devices import Devices


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
        self.since: float | None = None
        self.events = 0
        self.legs: dict[str, Leg] = {}
        self.devices = Devices(pattern)
        self.dnd: set[str] = set()
        """Extensions whose telephones are in do-not-disturb; kept while the link is away, as they stay in it."""

    def heard(self, now: float) -> None:
        """Its whole state was read: what is shown is as of now."""
        self.events += 1
        if self.state is not LinkState.LIVE:
            self.state, self.since, self.reason = LinkState.LIVE, now, ""

    def lost(self, reason: str, now: float) -> None:
        """Nothing is heard from it; what is shown may be old."""
        self.reason = reason
        if self.state is LinkState.LIVE:
            self.state, self.since = LinkState.STALE, now
