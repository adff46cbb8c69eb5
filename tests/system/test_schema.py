"""Thousands of requests made up from the OpenAPI document, right and wrong: none gives a fault; and the stream's events
are what it says."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.connectors.asterisk.fake import SECRET, FakeAsterisk, item, served
from tests.push.reading import fields_of
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
def test_no_request_gives_a_5xx(
    admin: tuple[Serving, str], mode: GenerationMode, request: pytest.FixtureRequest
) -> None:
    examples = 100 if request.config.getoption("--long") else 15
    serving, token = admin
    # An answer without an end is looked at by itself, below.
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
            settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)(
                try_out
            )()
        except Unsatisfiable:
            # Nothing can be wrong about a request that has neither parameters nor a body.
            assert not operation.body
            assert not list(operation.iter_parameters())
    assert tried > 200
    assert "http.fault" not in serving.log


async def test_every_kind_of_event_is_as_described(tmp_path: Path) -> None:
    pbx = FakeAsterisk()
    pbx.channels = [item("1.1", "PJSIP/100-00000001", 6, connected="0701231234")]
    async with served(pbx):
        serving = Serving(tmp_path, f'[[pbx]]\nname = "växel"\nport = {pbx.port}\nsecret = "{SECRET}"')
        (tmp_path / "people.csv").write_text("extension;name\n100;Åsa\n101;Bo\n102;Cia\n", "utf-8")
        serving.command("import", "people.csv")
        serving.add_account("chef", "--admin")
        serving.add_account("anna")
        tokens = {login: serving.add_token(login) for login in ("chef", "anna")}
        serving.launch()
        try:
            await serving.until_ready()
            async with httpx.AsyncClient(base_url=serving.url, timeout=20) as client:
                for login in tokens:
                    await _hear_every_kind(client, pbx, tokens[login], tokens["chef"])
        finally:
            serving.kill(signal.SIGTERM)


async def _hear_every_kind(client: httpx.AsyncClient, pbx: FakeAsterisk, reader: str, admin: str) -> None:
    document = (await client.get("/api/openapi.json")).json()
    for schema in document["components"]["schemas"].values():
        # Programs must pass over what they do not know; here, that is what the document forgets.
        if "properties" in schema:
            schema["additionalProperties"] = False
    operation = document["paths"]["/api/events"]["get"]
    event = operation["responses"]["200"]["content"]["text/event-stream"]["schema"]
    undescribed = {*event["discriminator"]["mapping"]}

    async def hears(frames: AsyncIterator[dict[str, str]], kind: str) -> Any:
        async with asyncio.timeout(10):
            frame = await anext(frames)
        assert frame["event"] == kind
        _validator(event, document).validate(frame)
        described = _described(event["discriminator"]["mapping"][kind], document)
        told = json.loads(frame["data"])
        _validator(described["properties"]["data"]["contentSchema"], document).validate(told)
        undescribed.discard(kind)
        return told

    may = {"authorization": f"Bearer {admin}"}
    async with asyncio.timeout(10):
        while (await client.get("/healthz")).json()["calls"] != "live":
            await asyncio.sleep(0.02)
    async with client.stream("GET", "/api/events", headers={"authorization": f"Bearer {reader}"}) as response:
        frames = _frames(response)
        entries = (await hears(frames, "snapshot"))["entries"]
        assert entries[0]["calls"][0]["callerid"] == "0701231234"
        assert ("devices" in entries[0]) is (reader == admin)
        # Not until one o'clock, which may be now.
        lunch = {"name": "Lunch", "until": "PT1H"}
        answer = await client.put(f"/api/entries/{entries[0]['id']}/profile", json=lunch, headers=may)
        assert answer.status_code == 200
        assert (await hears(frames, "entry"))["profile"]["name"] == "Lunch"
        assert (await client.delete(f"/api/entries/{entries[-1]['id']}", headers=may)).status_code == 200
        assert (await hears(frames, "removed"))["id"] == entries[-1]["id"]
        pbx.close()
        assert [(await hears(frames, "calls"))["live"] for _ in range(2)] == [False, True]
        # So that the next reader's is another.
        answer = await client.put(f"/api/entries/{entries[0]['id']}/profile", json={"name": "Möte"}, headers=may)
        assert (await hears(frames, "entry"))["profile"]["name"] == "Möte"
    assert not undescribed


async def _frames(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    rest = ""
    async for text in response.aiter_text():
        *blocks, rest = (rest + text).split("\n\n")
        for block in blocks:
            if fields := fields_of(block):
                yield fields


def _described(reference: str, document: dict[str, Any]) -> Any:
    return document["components"]["schemas"][reference.rpartition("/")[2]]


def _validator(schema: dict[str, Any], document: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": document["components"]})
