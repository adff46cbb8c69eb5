"""Metrics and logs of a real server: `/metrics` as Prometheus asks for it, and ids that do not mix."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.serving import Serving

PBX = '[[pbx]]\nname = "växel"\nport = 1\n'


def lines(serving: Serving, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, serving.log.splitlines()) if line["event"] == event]


async def test_a_scraper_reads_the_metrics_of_a_real_server(tmp_path: Path) -> None:
    async with Serving.running(tmp_path, PBX) as serving:
        serving.add_account("prometheus", "--service")
        token = serving.add_token("prometheus", "--read-only")
        headers = {
            "authorization": f"Bearer {token}",
            "accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        }
        async with httpx.AsyncClient(base_url=serving.url, headers=headers) as client:
            assert (await client.get("/metrics", headers={"authorization": ""})).status_code == 401
            for _ in range(10):
                assert (await client.get("/api/extensions")).status_code == 200
            response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = {family.name: family for family in text_string_to_metric_families(response.text)}
    read = [
        sample.value
        for sample in families["katalog_http_requests"].samples
        if sample.labels == {"endpoint": "/api/extensions", "method": "GET", "status": "2xx"}
    ]
    assert read == [10]
    link = {sample.labels["state"]: sample.value for sample in families["katalog_pbx_link"].samples}
    assert link == {"live": 0, "stale": 0, "withdrawn": 1}
    assert families["katalog_pbx_link"].samples[0].labels["pbx"] == "växel"
    # The server's own: it has just begun.
    (started,) = families["process_start_time_seconds"].samples
    assert abs(time.time() - started.value) < 60


async def test_each_of_many_requests_at_once_has_its_own_id(tmp_path: Path) -> None:
    """Log lines find their request by the task they are written in, which is the server's to make."""
    async with Serving.running(tmp_path, server='access_log = true\ntrusted_proxies = ["127.0.0.1"]') as serving:
        async with httpx.AsyncClient(base_url=serving.url, timeout=60) as client:

            async def ask(number: int) -> None:
                headers = {"x-request-id": f"request-{number}", "x-forwarded-for": f"198.51.{number}.7"}
                # The passwords take their time and turns, so that many are under way.
                response = await client.get("/api/extensions", headers=headers, auth=(f"login{number}", "wrong"))
                assert response.status_code == 401
                assert response.headers["x-request-id"] == f"request-{number}"

            await asyncio.gather(*(ask(number) for number in range(20)))
        logged = [line for line in lines(serving, "http.request") if line["endpoint"] == "/api/extensions"]
    assert {line["request"] for line in logged} == {f"request-{number}" for number in range(20)}
    assert len(logged) == 20
    assert "login1" not in serving.log
