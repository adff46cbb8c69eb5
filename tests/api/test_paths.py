"""Every spelling of a path that programs in the field use, and what a fault looks like from outside."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from katalog.api.origin import Proxies
from katalog.api.paths import V1, Paths, canonical
from katalog.api.traffic import Traffic


@pytest.mark.parametrize("start", ["/", "/api/", "//", "/api//", "//api//", "///api/"])
@pytest.mark.parametrize("end", ["", "/", "//"])
@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("extensions", "/api/extensions"),
        ("extensions/me", "/api/extensions/me"),
        ("extensions//08123456", "/api/extensions/08123456"),
        ("auth/login", "/api/auth/login"),
        ("dial/+46 8-123456", "/api/dial/+46 8-123456"),
    ],
)
def test_v1_is_served_alike_with_and_without_api_and_with_any_slashes(
    start: str, path: str, served: str, end: str
) -> None:
    assert canonical(start + path + end) == served


@pytest.mark.parametrize("noun", sorted(V1))
def test_the_whole_family_is_served_at_both(noun: str) -> None:
    assert canonical(f"/{noun}") == canonical(f"/api/{noun}") == f"/api/{noun}"


def test_the_family_is_the_contracts() -> None:
    assert {"extensions", "auth", "calls", "recordings", "dial", "hangup", "sms"} == V1


@pytest.mark.parametrize(
    ("path", "served"),
    [
        ("/", "/"),
        ("//", "/"),
        ("/healthz/", "/healthz"),
        ("/api", "/api"),
        ("/api/", "/api"),
        ("/api/entries/", "/api/entries"),
        ("/entries", "/entries"),  # katalog's own is at /api alone
        ("/extensionsx", "/extensionsx"),
        ("/Extensions", "/Extensions"),
        ("/web/extensions", "/web/extensions"),
        ("/api/api/extensions", "/api/api/extensions"),
    ],
)
def test_what_is_not_of_the_family_stays_where_it_is(path: str, served: str) -> None:
    assert canonical(path) == served


@given(st.lists(st.sampled_from(["/", "/", "a", "å", "extensions", "api"]), max_size=12).map("/".join).map("/".__add__))
def test_a_canonical_path_has_one_slash_between_none_at_the_end_and_is_its_own(path: str) -> None:
    served = canonical(path)
    assert "//" not in served
    assert served == "/" or not served.endswith("/")
    assert canonical(served) == served


async def ask(app: ASGIApp, path: str = "/x", kind: str = "http") -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": kind, "method": "GET", "path": path, "headers": [], "query_string": b""}
    await Paths(app, lambda request, error: None, "sv", Traffic(), Proxies(()), access_log=False)(scope, receive, send)
    return sent


def app(work: Callable[[Scope, Send], Any]) -> ASGIApp:
    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        await work(scope, send)

    return run


async def test_the_application_is_asked_for_the_canonical_path_and_answers_itself() -> None:
    async def answer(scope: Scope, send: Send) -> None:
        await Response(scope["path"])(scope, None, send)  # type: ignore[arg-type]

    start, body = await ask(app(answer), "//extensions/me/")
    assert start["status"] == 200
    assert body["body"] == b"/api/extensions/me"


async def test_an_inner_fault_is_503_with_a_problem_object_and_says_nothing_of_the_fault() -> None:
    async def fault(scope: Scope, send: Send) -> None:
        raise RuntimeError("the password is hemligt")

    start, body = await ask(app(fault))
    headers = dict(start["headers"])
    assert start["status"] == 503
    assert headers[b"retry-after"] == b"5"
    assert headers[b"content-type"] == b"application/json; charset=utf-8"
    told = json.loads(body["body"])
    assert (told["status"], told["type"]) == (503, "urn:katalog:error:unavailable")
    assert told["message"]
    assert b"hemligt" not in body["body"]


async def test_a_fault_after_the_answer_has_begun_sends_no_second_one() -> None:
    async def fault(scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError

    assert [message["type"] for message in await ask(app(fault))] == ["http.response.start"]


async def test_what_is_not_http_is_passed_on_as_it_is() -> None:
    async def answer(scope: Scope, send: Send) -> None:
        await send({"type": scope["path"]})

    assert await ask(app(answer), "//extensions/", kind="websocket") == [{"type": "//extensions/"}]


async def test_a_fault_of_what_is_not_http_is_the_servers_to_see() -> None:
    async def fault(scope: Scope, send: Send) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await ask(app(fault), kind="lifespan")
