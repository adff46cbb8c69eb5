"""The OpenAPI document describes every endpoint of the table."""

from tests.installation import Installation


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
