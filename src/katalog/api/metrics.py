"""`/metrics`: what Prometheus asks for, read from the living objects when it asks."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec
from prometheus_client import CollectorRegistry, Metric, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.authentication import Authenticator
from katalog.api.origin import Networks, peer
from katalog.domain.account import Role
from katalog.errors import Forbidden

TEXT = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' own text format, which every program that reads metrics knows."""


class Measure(msgspec.Struct, frozen=True):
    """One metric. `read` gives its number now, or a number for each tuple of the values of `labels`.

    What only grows has a name that ends in `_total`, and is a counter; everything else is a gauge. No label may hold
    anything of a person.
    """

    name: str
    text: str
    read: Callable[[], float | Mapping[tuple[str, ...], float]]
    labels: tuple[str, ...] = ()

    def family(self) -> Metric:
        kind = CounterMetricFamily if self.name.endswith("_total") else GaugeMetricFamily
        family = kind(self.name, self.text, labels=self.labels)
        value = self.read()
        for labels, number in (value if isinstance(value, Mapping) else {(): value}).items():
            family.add_metric(labels, number)
        return family


class Measures(Collector):
    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = list(measures)

    def collect(self) -> Iterator[Metric]:
        for measure in self._measures:
            yield measure.family()


class Metrics:
    """For admins and service accounts, and without a login for whoever asks from an address of `open_to`."""

    def __init__(self, collectors: Iterable[Collector], authenticator: Authenticator, open_to: Networks) -> None:
        # One of our own: the library's is global, and has what any other part of the process put there.
        self.registry = CollectorRegistry()
        for collector in collectors:
            self.registry.register(collector)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._authenticator = authenticator
        self._open_to = open_to

    async def all(self, request: Request) -> Response:
        if not self._is_open(request):
            reader = await self._authenticator.reader(request)
            if not (reader.is_admin or reader.account.role is Role.SERVICE):
                raise Forbidden(
                    "Mätvärden är för administratörer och servicekonton.",
                    "Metrics are for admins and service accounts.",
                )
        return Response(generate_latest(self.registry), headers={"content-type": TEXT, "cache-control": "no-store"})

    def _is_open(self, request: Request) -> bool:
        """Behind a proxy that is not trusted everybody has its address, and nobody is let in by it."""
        address = self._authenticator.address(request)
        is_hidden = "x-forwarded-for" in request.headers and address == peer(request.scope)
        return not is_hidden and address in self._open_to
