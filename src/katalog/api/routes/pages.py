"""What people see in a browser."""

from functools import partial

from katalog.api.endpoint import Endpoint
from katalog.api.routes.handlers import Handlers


def rows(on: Handlers) -> list[Endpoint]:
    row = partial(Endpoint, "GET", public=True, page=True)
    return [
        Endpoint(
            "GET",
            "/invitation/{code}",
            on.pages.invitation,
            "Where an invited person chooses a password",
            public=True,
            page=True,
        ),
        Endpoint("POST", "/invitation/{code}", on.pages.choose, "Choose a password", public=True, page=True),
        row("/", on.pages.app, "The directory"),
        row("/profile", on.pages.app, "One's own profile"),
        row("/board", on.pages.board, "A department on a wall"),
        row("/admin", on.pages.app, "What admins do"),
        row("/admin/{part}", on.pages.app, "What admins do"),
        row("/assets/{version}/{name}", on.pages.asset, "A file of the pages", errors=(404,)),
    ]
