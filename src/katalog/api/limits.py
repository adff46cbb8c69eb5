"""Fair use of what is costly: so many requests a minute for each account, or address of whoever is not logged in."""

import math
from collections import OrderedDict
from collections.abc import Callable, Mapping

from katalog.errors import TooMany

MINUTE = 60.0
KEPT = 50_000
"""So many of those who asked are remembered; beyond that the ones that asked longest ago begin afresh."""


class Limit:
    """A bucket of tokens for each of those who ask. It holds a minute's amount and is filled evenly.

    Of each bucket only the moment is kept when it will be full again: a token taken puts it off by its share of
    the minute, and one that is full needs no memory. `clock` gives seconds that never go back.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self.refused = 0
        self._share = MINUTE / per_minute
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._full_at)

    def take(self, who: str) -> None:
        """One token; raises TooMany with the seconds until there is one if there is none."""
        now = self._clock()
        full_at = max(now, self._full_at.get(who, now)) + self._share
        # A thousandth for what is lost in adding up shares: the last token of a full bucket is there.
        excess = full_at - now - MINUTE
        if excess > self._share / 1000:
            self.refused += 1
            seconds = math.ceil(excess)
            raise TooMany(
                seconds,
                f"För många begäranden på en minut. Försök igen om {seconds} sekunder.",
                f"Too many requests in a minute. Try again in {seconds} seconds.",
            )
        self._full_at[who] = full_at
        self._full_at.move_to_end(who)
        while self._full_at and (len(self._full_at) > KEPT or next(iter(self._full_at.values())) <= now):
            self._full_at.popitem(last=False)


class Limits:
    """`per_minute` has the amount of each class of cost; 0: none."""

    def __init__(self, per_minute: Mapping[str, int], clock: Callable[[], float]) -> None:
        self._limits = {cost: Limit(amount, clock) if amount else None for cost, amount in per_minute.items()}

    def of(self, cost: str) -> Limit | None:
        """The limit of an endpoint's class; None if there is none. A class that is not known is a KeyError."""
        return self._limits[cost] if cost else None

    def refused(self) -> dict[tuple[str, ...], int]:
        """How many requests each class has refused."""
        return {(cost,): limit.refused for cost, limit in self._limits.items() if limit is not None}
