"""So many calls a minute of each account, however they are spread over it."""

from collections import OrderedDict, deque

MINUTE = 60.0
KEPT = 10_000
"""So many of those who called are remembered; beyond that the ones that called longest ago begin afresh."""


class Budget:
    """Times are seconds that never go back."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._spent: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._spent)

    def spend(self, who: str, now: float) -> bool:
        """Whether there was a call left in the minute that ends now; then there is one less.

        >>> budget = Budget(1)
        >>> budget.spend("anna", 0.0), budget.spend("anna", 59.0), budget.spend("anna", 60.0)
        (True, False, True)
        """
        spent = self._spent.setdefault(who, deque())
        while spent and spent[0] <= now - MINUTE:
            spent.popleft()
        if len(spent) >= self._per_minute:
            return False
        spent.append(now)
        self._spent.move_to_end(who)
        if len(self._spent) > KEPT:
            self._spent.popitem(last=False)
        return True
