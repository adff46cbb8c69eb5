"""Answers that need no waiting, past the application: what pollers ask for, whose bytes are ready.

They are what the application would have answered, by the same handlers. Whatever is not as usual (an unknown token,
an error, a limit) is left to the application.
"""

from collections.abc import Callable, Iterable, Sequence
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from katalog.api.answer import Encoded, header_lines
from katalog.api.endpoint import Resource
from katalog.api.etag import NotModified
from katalog.api.paths import canonical
from katalog.api.traffic import Traffic

Answer = tuple[int, bytes, Sequence[bytes]]
"""Status, the lines of the headers, and the body in parts: always the same with the same object of lines."""


class Prompt:
    """`resources` are those that are prompt. Their paths have a parameter as the last part, or none."""

    def __init__(self, resources: Iterable[Resource], traffic: Traffic) -> None:
        self._traffic = traffic
        self._exact: dict[str, Resource] = {}
        self._within: dict[str, tuple[str, Resource]] = {}
        for resource in resources:
            before, _, last = resource.path.rpartition("/")
            if last.startswith("{"):
                self._within[before] = last.strip("{}"), resource
            else:
                self._exact[resource.path] = resource

    def __call__(self, scope: Scope) -> "Asked | None":
        """For a GET without a query; None: the application is to answer."""
        path = canonical(scope["path"])
        resource = self._exact.get(path)
        if resource is None:
            before, _, last = path.rpartition("/")
            name, resource = self._within.get(before, ("", None))
            if resource is None:
                return None
            scope["path_params"] = {name: last}
        try:
            ask = resource.ask(Request(scope))
        except Exception:
            return None  # the application comes upon it, too, and knows what to say of it
        return None if ask is None else Asked(resource.path, ask, self._traffic)


class Asked:
    """A request, which may be made again and again; called, it gives the answer as of now, or None likewise."""

    __slots__ = ("_ask", "_path", "_traffic")

    def __init__(self, path: str, ask: Callable[[], Response], traffic: Traffic) -> None:
        self._path = path
        self._ask = ask
        self._traffic = traffic

    def __call__(self) -> Answer | None:
        began = perf_counter()
        try:
            response = self._ask()
        except Exception:
            return None
        if isinstance(response, Encoded):
            lines, parts = response.lines, response.parts
        elif isinstance(response, NotModified):
            lines, parts = header_lines(response), ()
        else:
            return None
        self._traffic.answered(self._path, "GET", response.status_code, perf_counter() - began)
        return response.status_code, lines, parts
