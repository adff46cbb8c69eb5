"""One header of a request."""

from starlette.requests import Request


def header(request: Request, name: bytes) -> str | None:
    """The first of this name, in lower case. Starlette's own look-up costs a poller more than all the rest."""
    for key, value in request.scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None
