"""Slows down guessing: so many failures for a login, so many from an address, in five minutes."""

import hashlib
import math
from collections import OrderedDict, deque
from collections.abc import Callable

from katalog.api.origin import network_of
from katalog.errors import TooMany

WINDOW = 300.0
_KEPT = 50_000
"""So many logins and addresses are remembered; beyond that the ones that failed longest ago are forgotten."""


class Throttle:
    """An attempt counts as a failure from its beginning until it has succeeded, so that many at once do too."""

    def __init__(self, per_login: int, per_address: int, clock: Callable[[], float]) -> None:
        self._limits = {"login": per_login, "address": per_address}
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def begin(self, login: str, address: str) -> float:
        """Counts an attempt; raises TooMany with the seconds to wait if there have been too many."""
        now = self._clock()
        keys = (_of_login(login), _of_address(address))
        for key in keys:
            failures = self._recent(key, now)
            if len(failures) >= self._limits[key[0]]:
                raise TooMany(max(1, math.ceil(failures[0] + WINDOW - now)))
        for key in keys:
            self._failures.setdefault(key, deque()).append(now)
            self._failures.move_to_end(key)
        while len(self._failures) > _KEPT:
            self._failures.popitem(last=False)
        return now

    def succeed(self, login: str, address: str, begun: float) -> None:
        """The attempt was no failure: the login starts afresh, and the address has one failure less."""
        self._failures.pop(_of_login(login), None)
        attempts = self._failures.get(_of_address(address))
        if attempts is not None and begun in attempts:
            attempts.remove(begun)

    def _recent(self, key: tuple[str, str], now: float) -> deque[float]:
        failures = self._failures.get(key)
        if failures is None:
            return deque()
        while failures and failures[0] <= now - WINDOW:
            failures.popleft()
        if not failures:
            del self._failures[key]
        return failures


def _of_login(login: str) -> tuple[str, str]:
    """Whatever its case: an e-mail is the same login in any. Hashed, since it may be as long as a header may."""
    return "login", hashlib.sha256(login.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def _of_address(address: str) -> tuple[str, str]:
    return "address", network_of(address)
