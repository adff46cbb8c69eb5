"""The ASGI application: the table of URLs, errors as problem objects, one spelling for paths."""

from collections.abc import Iterable

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from katalog import logs
from katalog.api.answer import CHALLENGES, problem
from katalog.api.endpoint import Resource
from katalog.api.language import language_of
from katalog.api.origin import Proxies, from_script
from katalog.api.paths import Paths
from katalog.api.traffic import Traffic
from katalog.errors import BadRequest, NotFound, RequestError, StoreError, Unauthenticated, Unavailable

log = structlog.get_logger()


def application(
    resources: Iterable[Resource],
    traffic: Traffic,
    proxies: Proxies,
    language: str,
    *,
    access_log: bool,
) -> ASGIApp:
    """Everything over HTTP. `language` is used where the reader asks for none of ours."""

    def answer(request: Request, error: RequestError) -> Response:
        challenges: tuple[str, ...] = ()
        if isinstance(error, Unauthenticated):
            # A page's own script must get no Basic challenge: the browser would open its dialog.
            challenges = CHALLENGES[1:] if from_script(request.headers) else CHALLENGES
        name = logs.answering.get().id if error.status >= 500 else ""
        return problem(error, language_of(request, language), challenges=challenges, request=name)

    def failed(request: Request, error: Exception) -> Response | None:
        """None for a fault of ours."""
        match error:
            case RequestError():
                return answer(request, error)
            case HTTPException(status_code=404):
                return answer(request, NotFound())
            case HTTPException():
                return answer(request, BadRequest(error.detail, error.detail))
            case StoreError():
                log.error("store.unavailable", reason=str(error))
                return answer(request, Unavailable())
        return None

    async def missing(scope: Scope, receive: Receive, send: Send) -> None:
        raise NotFound()

    # Numbers are written with slashes, too: 08/123 45 67.
    routes = [Route(resource.path.replace("{number}", "{number:path}"), resource) for resource in resources]
    router = Router(routes, redirect_slashes=False, default=missing)
    return Paths(router, failed, language, traffic, proxies, access_log=access_log)
