"""The OpenAPI 3.1 document, made from the table of URLs and the types of what they answer."""

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import Problem, json
from katalog.api.endpoint import Endpoint
from katalog.domain.webhook import Topic
from katalog.webhooks.message import DATA

_WAYS: list[dict[str, list[str]]] = [{"bearer": []}, {"basic": []}, {"session": []}]
"""Any one of them lets in."""


_TOLD = {
    Topic.CALL_STARTED: "A telephone begins to ring, or to call",
    Topic.CALL_ANSWERED: "A call is answered",
    Topic.CALL_ENDED: "A call is over",
    Topic.PROFILE_CHANGED: "A profile is set, begins or ends",
    Topic.ENTRY_ADDED: "An entry is new, or can be seen now",
    Topic.ENTRY_CHANGED: "Something that can be seen of an entry is another",
    Topic.ENTRY_REMOVED: "An entry is gone, or can be seen no more",
    Topic.PBX_LOST: "A telephone system cannot be reached",
    Topic.PBX_BACK: "A telephone system can be reached again",
    Topic.TEST: "A test that somebody has asked for",
}


class Ok(msgspec.Struct, frozen=True):
    """Success without data."""

    message: str = "OK"


class OpenApi:
    """Written once, when it is first asked for."""

    def __init__(self, version: str, table: Callable[[], Iterable[Endpoint]]) -> None:
        self._version = version
        self._table = table
        self._document: dict[str, Any] | None = None

    async def document(self, request: Request) -> Response:
        if self._document is None:
            self._document = describe(self._table(), self._version)
        return json(self._document)


def describe(table: Iterable[Endpoint], version: str) -> dict[str, Any]:
    rows = [endpoint for endpoint in table if not endpoint.page]
    named = [type_ for row in rows for type_ in (row.answer, row.body, *row.inside) if type_ is not None]
    types = list({str(type_): type_ for type_ in (*named, Problem, Ok, *DATA.values())}.values())
    schemas, components = msgspec.json.schema_components(types, ref_template="#/components/schemas/{name}")
    by_type = {str(type_): schema for type_, schema in zip(types, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, by_type)
    return {
        "openapi": "3.1.0",
        "info": {"title": "katalog", "version": version, "license": {"name": "MIT", "identifier": "MIT"}},
        "paths": paths,
        "webhooks": {str(topic): {"post": _told(topic, by_type[str(data)])} for topic, data in DATA.items()},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "katalog_session"},
            },
        },
        "security": _WAYS,
    }


def _operation(row: Endpoint, by_type: dict[str, dict[str, Any]]) -> dict[str, Any]:
    answer = by_type[str(row.answer if row.answer is not None else Ok)]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", row.path)
    ] + [{"name": name, "in": "query", "schema": {"type": "string"}} for name in row.query]
    errors = {*row.errors} | (set() if row.public else {401, 429})
    if not row.public and row.is_change:
        errors.add(403)
    texts = {media: {"schema": {"type": "string"}} for media in row.texts}
    operation: dict[str, Any] = {
        "summary": row.summary,
        "operationId": f"{row.method.lower()}_{re.sub(r'[^a-z]+', '_', row.path.removeprefix('/api')).strip('_')}",
        "responses": {
            str(row.status): {"description": "Success", "content": _content(answer, row.media) | texts},
            **{
                str(status): {"description": "Problem", "content": _content(by_type[str(Problem)])}
                for status in sorted(errors)
            },
        },
    }
    if parameters:
        operation["parameters"] = parameters
    if row.public:
        # Where it can be 401 all the same, credentials are looked at.
        operation["security"] = [{}, *_WAYS] if 401 in row.errors else []
    if row.takes:
        operation["requestBody"] = {"required": True, "content": _content({"type": "string"}, row.takes)}
    if row.body is not None:
        operation["requestBody"] = {"content": _content(by_type[str(row.body)])}
    return operation


def _told(topic: Topic, data: dict[str, Any]) -> dict[str, Any]:
    """What a receiver gets (docs/webhooks.md)."""
    message = {
        "type": "object",
        "properties": {
            "type": {"const": str(topic)},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
        "required": ["type", "timestamp", "data"],
    }
    return {
        "summary": _TOLD[topic],
        "operationId": f"told_{str(topic).replace('.', '_')}",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
        ],
        "requestBody": {"required": True, "content": _content(message)},
        "responses": {
            "2XX": {"description": "Taken. After any other answer it is sent again"},
            "410": {"description": "Nothing more is wanted: the webhook is paused"},
        },
        "security": [],
    }


def _content(schema: dict[str, Any], media: str = "application/json") -> dict[str, Any]:
    return {media: {"schema": schema}}
