"""How the server fares, who changed what, and what there is to ask for."""

from katalog.api.audit import AuditPage
from katalog.api.endpoint import PAGED, Endpoint
from katalog.api.health import Health
from katalog.api.pbx import PbxView
from katalog.api.routes.handlers import Handlers


def rows(on: Handlers) -> list[Endpoint]:
    return [
        Endpoint(
            "GET",
            "/api/audit",
            on.audit.page,
            "Who changed what",
            admin=True,
            query=("subject", "action", "actor", "from", "to", *PAGED),
            answer=AuditPage,
            errors=(403, 422),
        ),
        Endpoint(
            "GET",
            "/api/pbx",
            on.pbxs.all,
            "The telephone systems",
            admin=True,
            answer=list[PbxView],
            errors=(403,),
        ),
        Endpoint("GET", "/api/openapi.json", on.openapi.document, "This document", public=True),
        Endpoint(
            "GET",
            "/healthz",
            on.health.health,
            "Whether the server and its telephone systems are well",
            public=True,
            answer=Health,
        ),
        Endpoint(
            "GET",
            "/readyz",
            on.health.health,
            "Whether the server has read everything and answers",
            public=True,
            answer=Health,
        ),
        Endpoint(
            "GET",
            "/metrics",
            on.metrics.all,
            "How the server fares, for Prometheus",
            public=True,
            answer=str,
            media="text/plain",
            errors=(401, 403, 429),
        ),
    ]
