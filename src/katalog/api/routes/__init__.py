"""Every URL, in tables by what it is about. The v1 family is served alike without `/api` (`paths.py`)."""

from collections.abc import Iterable

from katalog.api.authentication import Authenticator
from katalog.api.endpoint import Endpoint, Resource
from katalog.api.limits import Limits
from katalog.api.routes import accounts, calls, directory, messages, operation, pages, profiles, webhooks
from katalog.api.routes.handlers import Handlers

TABLES = (directory, calls, profiles, messages, accounts, webhooks, operation, pages)
"""The directory first: it is what programs poll."""


def endpoints(on: Handlers) -> list[Endpoint]:
    return [row for table in TABLES for row in table.rows(on)]


def resources(table: Iterable[Endpoint], authenticator: Authenticator, limits: Limits) -> list[Resource]:
    """One for each path, in the order of the table."""
    paths: dict[str, list[Endpoint]] = {}
    for endpoint in table:
        paths.setdefault(endpoint.path, []).append(endpoint)
    return [Resource(path, rows, authenticator, limits) for path, rows in paths.items()]
