"""How many requests were answered, how, and how long each had to wait for its answer."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from katalog.api.histogram import Histogram, cumulative

OTHER = "other"
"""Instead of a path or method that is none of ours: whoever asks for nonsense must not make new series of it."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Traffic(Collector):
    """Counted in plain numbers by the one event loop, without the locks of the library's own counters; what
    Prometheus wants to see is made of them when it asks.
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, int], Histogram] = {}

    def answered(self, endpoint: str, method: str, status: int, seconds: float) -> None:
        """`endpoint` is a path of the table of URLs, or OTHER; `seconds` until the answer began."""
        answers = self._answers.get((endpoint, method, status // 100))
        if answers is None:
            known = method if method in _METHODS else OTHER
            answers = self._answers.setdefault((endpoint, known, status // 100), Histogram())
        answers.add(seconds)

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
        of_endpoints: dict[tuple[str, str], list[Histogram]] = {}
        for (endpoint, method, status), answers in self._answers.items():
            requests.add_metric((endpoint, method, f"{status}xx"), sum(answers.counts))
            of_endpoints.setdefault((endpoint, method), []).append(answers)
        for labels, rows in of_endpoints.items():
            latencies.add_metric(labels, *cumulative(rows))
        yield requests
        yield latencies
