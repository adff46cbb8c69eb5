"""How many requests were answered, how, and how long each had to wait for its answer."""

import math
from bisect import bisect_left
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

BUCKETS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
"""Seconds. A read from memory is in the first or second, a change that is on the disk around 0.01, a password that is
verified around 0.1, and what is beyond 1 should be looked at."""

OTHER = "other"
"""Instead of a path or method that is none of ours: whoever asks for nonsense must not make new series of it."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Answers:
    """Those of one endpoint, method and class of status: how many in each bucket (and beyond), seconds of all."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Traffic(Collector):
    """Counted in plain numbers by the one event loop, without the locks of the library's own counters; what
    Prometheus wants to see is made of them when it asks.
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, int], Answers] = {}

    def answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """`endpoint` is a path of the table of URLs, or OTHER; `seconds` until the answer began."""
        answers = self._answers.get((endpoint, method, status // 100))
        if answers is None:
            known = method if method in _METHODS else OTHER
            answers = self._answers.setdefault((endpoint, known, status // 100), Answers())
        answers.counts[bisect_left(BUCKETS, seconds)] += 1
        answers.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(
            "katalog_http_requests_total",
            "Requests that were answered.",
            labels=("endpoint", "method", "status"),
        )
        latencies = HistogramMetricFamily(
            "katalog_http_request_duration_seconds",
            "Time until the answer began.",
            labels=("endpoint", "method"),
        )
        of_endpoints: dict[tuple[str, str], list[Answers]] = {}
        for (endpoint, method, status), answers in self._answers.items():
            requests.add_metric((endpoint, method, f"{status}xx"), sum(answers.counts))
            of_endpoints.setdefault((endpoint, method), []).append(answers)
        for labels, rows in of_endpoints.items():
            counts = [sum(column) for column in zip(*(row.counts for row in rows), strict=True)]
            latencies.add_metric(labels, _cumulative(counts), sum(row.seconds for row in rows))
        yield requests
        yield latencies


def _cumulative(counts: list[int]) -> list[tuple[str, float]]:
    """As Prometheus has it: each bucket holds those below it too, and the last one everything.

    >>> _cumulative([1, 2] + [0] * 8 + [4])[1::9]
    [('0.0005', 3), ('+Inf', 7)]
    """
    total, buckets = 0, []
    for bound, count in zip((*BUCKETS, math.inf), counts, strict=True):
        total += count
        buckets.append(("+Inf" if bound == math.inf else str(bound), float(total)))
    return buckets
