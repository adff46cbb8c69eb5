"""The OpenAPI document describes every endpoint of the table, and every event that a webhook is told."""

import json
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Entry
from katalog.domain.profile import Profile
from katalog.domain.webhook import Topic
from katalog.webhooks.ledger import CallTold, Happening
from katalog.webhooks.message import OfTest, body, encode
from tests.installation import Installation

ANNA = Entry("1", "101", "Anna", keywords=("support",))
LUNCH = Profile(available=False, name="Lunch")
CALL = CallTold("växel", Leg("7.1", "PJSIP/101", Direction.IN, LineStatus.UP, "070"), "070", ANNA, 1.0)
HAPPENINGS = {
    Topic.CALL_STARTED: Happening(2.0, "1", entry=ANNA, call=CALL),
    Topic.CALL_ANSWERED: Happening(2.0, "1", entry=ANNA, call=CALL),
    Topic.CALL_ENDED: Happening(2.0, "1", entry=ANNA, call=CALL),
    Topic.PROFILE_CHANGED: Happening(2.0, "1", entry=ANNA, profile=LUNCH),
    Topic.ENTRY_ADDED: Happening(2.0, "1", entry=ANNA, profile=LUNCH),
    Topic.ENTRY_CHANGED: Happening(2.0, "1", before=ANNA, entry=ANNA),
    Topic.ENTRY_REMOVED: Happening(2.0, "1", before=ANNA),
    Topic.PBX_LOST: Happening(2.0, "pbx:växel", pbx="växel", reason="refused"),
    Topic.PBX_BACK: Happening(2.0, "pbx:växel", pbx="växel"),
}


async def described_events(installation: Installation) -> tuple[dict[str, Any], dict[str, Any]]:
    """Event → its operation, and the components; here nothing may be undescribed, though readers must allow it."""
    document = (await installation.client.get("/api/openapi.json")).json()
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return {name: item["post"] for name, item in document["webhooks"].items()}, document["components"]


async def test_every_event_of_a_webhook_is_described(installation: Installation) -> None:
    events, _ = await described_events(installation)
    assert [*events] == [str(topic) for topic in Topic]
    assert len({operation["operationId"] for operation in events.values()}) == len(events)


@pytest.mark.parametrize("topic", Topic)
async def test_what_a_webhook_is_sent_is_as_described(installation: Installation, topic: Topic) -> None:
    events, components = await described_events(installation)
    schema = events[topic]["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": components})
    sent = body(HAPPENINGS[topic], topic) if topic in HAPPENINGS else encode(topic, 2.0, OfTest("1"))
    validator.validate(json.loads(sent))
    other = Topic.PBX_BACK if topic is Topic.TEST else Topic.TEST
    assert not validator.is_valid({**json.loads(sent), "type": str(other)})
    assert not validator.is_valid({**json.loads(sent), "data": {}})


async def test_every_endpoint_of_the_table_is_described(installation: Installation) -> None:
    document = (await installation.client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    rows = [row for row in installation.app.endpoints if not row.page]
    assert described == {(row.method, row.path) for row in rows}
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


async def test_it_says_where_one_has_to_log_in(installation: Installation) -> None:
    document = (await installation.client.get("/api/openapi.json")).json()
    ways = document["security"]
    assert document["paths"]["/healthz"]["get"]["security"] == []
    assert document["paths"]["/metrics"]["get"]["security"] == [{}, *ways]
    assert "security" not in document["paths"]["/api/extensions"]["get"]
    assert list(document["paths"]["/metrics"]["get"]["responses"]["200"]["content"]) == ["text/plain"]
