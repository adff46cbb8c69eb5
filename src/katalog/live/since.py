"""Since when each leg is as it is, and stays so however often a telephone system tells of it anew."""

from collections.abc import Callable, Container
from typing import NamedTuple
from zoneinfo import ZoneInfo

from katalog.domain.call import Leg, LineStatus
from katalog.domain.moment import iso_milliseconds

LegKey = tuple[str, str]
"""Telephone system and id of a leg."""


class _Since(NamedTuple):
    """`is_up`: it is the answer that is meant, else the beginning. `moment` in Unix seconds, `text` as it is shown."""

    is_up: bool
    moment: float
    text: str


class Since:
    """Times are the telephone system's, as in the call log; where it tells none, `clock` when the leg was first heard.

    What is known of a leg is kept until it has ended: a list of those that are there says when each began, not when it
    was answered.
    """

    def __init__(self, clock: Callable[[], float], zone: ZoneInfo) -> None:
        self._clock = clock
        self._zone = zone
        self._known: dict[LegKey, _Since] = {}

    def text(self, key: LegKey) -> str:
        """Of a leg that was heard."""
        return self._known[key].text

    def hear(self, key: LegKey, leg: Leg) -> None:
        """A leg is new, or another than before."""
        known, is_up = self._known.get(key), leg.linestatus is LineStatus.UP
        if known is None or known.is_up is not is_up:
            told = leg.trace.answered if is_up else leg.trace.began
            self._put(key, told or self._clock(), is_up=is_up)
        elif is_up and leg.trace.answered:
            # Of a call that a program placed, the other party answers after the telephone.
            self._put(key, leg.trace.answered, is_up=is_up)

    def recall(self, key: LegKey, began: float, answered: float | None) -> None:
        """Of a leg that was open before a restart."""
        self._put(key, began if answered is None else answered, is_up=answered is not None)

    def forget(self, key: LegKey) -> None:
        """It has ended."""
        self._known.pop(key, None)

    def keep(self, pbx: str, legs: Container[str]) -> None:
        """A telephone system has these legs and no others."""
        for key in [key for key in self._known if key[0] == pbx and key[1] not in legs]:
            del self._known[key]

    def _put(self, key: LegKey, moment: float, *, is_up: bool) -> None:
        known = self._known.get(key)
        if known is None or known.moment != moment or known.is_up is not is_up:
            self._known[key] = _Since(is_up, moment, iso_milliseconds(moment, self._zone))
