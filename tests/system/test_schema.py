"""Thousands of requests made up from the OpenAPI document, right and wrong: none gives a fault."""

import asyncio
import signal
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.serving import Serving

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def admin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Serving, str]]:
    serving = Serving(tmp_path_factory.mktemp("schema"))
    serving.add_account("admin", "--admin")
    token = serving.add_token("admin")
    serving.launch()
    try:
        asyncio.run(serving.until_ready())
        yield serving, token
    finally:
        serving.kill(signal.SIGTERM)


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_gives_a_5xx(admin: tuple[Serving, str], mode: GenerationMode) -> None:
    serving, token = admin
    # An answer without an end is read by tests of its own (test_events.py).
    schema = schemathesis.openapi.from_url(f"{serving.url}/api/openapi.json").exclude(path="/api/events")
    tried = 0

    def ask(case: schemathesis.Case[Any]) -> None:
        nonlocal tried
        response = case.call(headers={"authorization": f"Bearer {token}"}, timeout=10)
        case.validate_response(response, checks=CHECKS)
        tried += 1

    for result in schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        try_out = given(case=operation.as_strategy(generation_mode=mode))(lambda case: ask(case))
        try:
            settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)(try_out)()
        except Unsatisfiable:
            # Nothing can be wrong about a request that has neither parameters nor a body.
            assert not operation.body
            assert not list(operation.iter_parameters())
    assert tried > 200
    assert "http.fault" not in serving.log
