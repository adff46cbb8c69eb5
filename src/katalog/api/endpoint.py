"""One row of the table of URLs, and what happens to every request before its handler sees it."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from katalog.api.answer import ok
from katalog.api.authentication import Authenticator
from katalog.api.etag import unless_known
from katalog.api.limits import Limit, Limits
from katalog.api.origin import from_another_site, is_prefetch, network_of
from katalog.api.reader import Reader, Via
from katalog.errors import CrossSite, Forbidden, NotAllowed, Unauthenticated

_BROWSER_ADDS = (Via.COOKIE, Via.BASIC)
_SAFE = ("GET", "HEAD", "OPTIONS")

PAGED = ("limit", "cursor")
"""What the query of a list may have that is given a page at a time."""


class Endpoint(msgspec.Struct, frozen=True):
    """`method` and `path` → `handler`, and what the OpenAPI document says of it.

    `handler` is called with the request and the authenticated reader; `public` ones with the request alone. One that
    is no coroutine function waits for nothing, and may be asked without a task (`prompt.py`).
    `takes` is the media type of a body that is no JSON. `inside` are types that are text in the answer, `texts` media
    types that it may have instead. `page` ones are for people and not in the OpenAPI document.
    `changes` marks what changes something: by default every method but GET. `cost` is the class of a limit
    (`limits.py`), and `costs` has the class of requests with a certain parameter in the query. What follows on a dial
    or SMS that was accepted has none: programs take a 429 there for its failure, and do it again.
    """

    method: str
    path: str
    handler: Callable[..., Awaitable[Response] | Response]
    summary: str
    public: bool = False
    changes: bool | None = None
    admin: bool = False
    page: bool = False
    query: tuple[str, ...] = ()
    body: Any = None
    takes: str = ""
    answer: Any = None
    inside: tuple[Any, ...] = ()
    media: str = "application/json"
    texts: tuple[str, ...] = ()
    status: int = 200
    errors: tuple[int, ...] = ()
    cost: str = ""
    costs: Mapping[str, str] = {}

    @property
    def is_prompt(self) -> bool:
        checked = self.public or self.admin  # what `Resource.ask` does not look after
        return self.method == "GET" and not checked and not inspect.iscoroutinefunction(self.handler)

    @property
    def is_change(self) -> bool:
        return self.method not in _SAFE if self.changes is None else self.changes


class Row:
    """An endpoint with its limits, if there are any."""

    __slots__ = ("by_parameter", "endpoint", "limit")

    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self.endpoint = endpoint
        self.limit = limits.of(endpoint.cost)
        self.by_parameter = {name: limits.of(cost) for name, cost in endpoint.costs.items()}

    def limit_of(self, request: Request) -> Limit | None:
        for name, limit in self.by_parameter.items():
            if name in request.query_params:
                return limit
        return self.limit


class Resource:
    """Every endpoint of one path, as an ASGI application: HEAD, OPTIONS and 405 follow from the rows."""

    def __init__(self, path: str, endpoints: Iterable[Endpoint], authenticator: Authenticator, limits: Limits) -> None:
        self.path = path
        self._rows = {endpoint.method: Row(endpoint, limits) for endpoint in endpoints}
        self._authenticator = authenticator
        # Whoever asks for the headers alone asks for nothing to be done.
        if "GET" in self._rows and not self._rows["GET"].endpoint.is_change:
            self._rows["HEAD"] = self._rows["GET"]
        self._allow = ", ".join(sorted({*self._rows, "OPTIONS"}))

    @property
    def is_prompt(self) -> bool:
        """Whether its GET waits for nothing, and is not counted against a limit: `ask` may be used."""
        row = self._rows.get("GET")
        return row is not None and row.limit is None and row.endpoint.is_prompt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        response = await self._answer(scope["method"], request)
        await response(scope, receive, _head_only(send) if scope["method"] == "HEAD" else send)

    async def _answer(self, method: str, request: Request) -> Response:
        row = self._rows.get(method)
        if row is None:
            if method == "OPTIONS":
                response = ok()
                response.headers["allow"] = self._allow
                return response
            raise NotAllowed(self._allow)
        endpoint, limit = row.endpoint, row.limit_of(request) if row.by_parameter else row.limit
        if endpoint.public:
            if limit is not None:
                limit.take(network_of(self._authenticator.address(request)))
            return await _had(endpoint.handler(request))
        reader = await self._authenticator.reader(request)
        request.scope["account"] = reader.account.id
        if limit is not None:
            limit.take(reader.account.id)
        if endpoint.is_change:
            request.scope["is_change"] = True
            guard_change(request, reader)
        if endpoint.admin:
            reader.must_be_admin()
        response = await _had(endpoint.handler(request, reader))
        return unless_known(request, response) if endpoint.method == "GET" else response

    def ask(self, request: Request) -> Callable[[], Response] | None:
        """What answers a GET of an `is_prompt` resource, now and whenever the same is asked again; None if it would
        have to be waited for, if only to know who asks. Raises what there is to be raised, as does what is given.
        """
        authenticator, handler = self._authenticator, self._rows["GET"].endpoint.handler
        known = authenticator.known(request)
        if known is None:
            return None

        def answer() -> Response:
            if (reader := authenticator.returning(known)) is None:
                raise Unauthenticated()
            return unless_known(request, cast("Response", handler(request, reader)))

        return answer


async def _had(response: Awaitable[Response] | Response) -> Response:
    return response if isinstance(response, Response) else await response


def _head_only(send: Send) -> Send:
    """The headers are those of GET, its Content-Length too; the body is not sent (RFC 9110, section 9.3.2)."""

    async def without_body(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body"})

    return without_body


def guard_change(request: Request, reader: Reader) -> None:
    """What changes something is refused from another site's page, and to a read-only token."""
    if reader.via in _BROWSER_ADDS and from_another_site(request.headers):
        raise CrossSite()
    if request.method == "GET" and is_prefetch(request.headers):
        raise Forbidden(
            "Det görs först när någon ber om det.",
            "That is done only when somebody asks for it.",
        )
    if reader.read_only:
        raise Forbidden(
            "Den här nyckeln får bara läsa.",
            "This token may only read.",
        )
