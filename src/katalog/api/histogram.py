"""How often something took how long, counted in plain numbers by the one event loop, without a library's locks."""

import math
from bisect import bisect_left
from collections.abc import Iterable

BUCKETS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
"""Seconds. A read from memory is in the first or second, a change that is on the disk around 0.01, a password that is
verified around 0.1, and what is beyond 1 should be looked at."""


class Histogram:
    """How many in each bucket (and beyond), seconds of all."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.seconds += seconds


def cumulative(histograms: Iterable[Histogram]) -> tuple[list[tuple[str, float]], float]:
    """Of all of them together, as Prometheus has it: each bucket holds those below it too; and the sum of seconds.

    >>> one = Histogram()
    >>> one.add(0.0001), one.add(0.0002), one.add(7.0)
    (None, None, None)
    >>> cumulative([one])[0][1::9]
    [('0.0005', 2.0), ('+Inf', 3.0)]
    """
    rows = list(histograms)
    total, buckets = 0, []
    for number, bound in enumerate((*BUCKETS, math.inf)):
        total += sum(row.counts[number] for row in rows)
        buckets.append(("+Inf" if bound == math.inf else str(bound), float(total)))
    return buckets, sum(row.seconds for row in rows)
