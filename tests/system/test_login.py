"""`/auth/login` on the wire, byte for byte as programs in the field send it."""

import asyncio
import base64
import json
import re
import signal
from collections.abc import Iterator

import pytest

from tests.serving import Serving

USER, PASSWORD = "08010203", "hemlighetå"
BASIC = "Authorization: Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
LATIN = "Authorization: Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode("latin-1")).decode()
WRONG = "Authorization: Basic " + base64.b64encode(b"nobody:fel").decode()
QUERY = "?username=08010203&password=hemlighet%C3%A5"
JSON_BODY = json.dumps({"username": USER, "password": PASSWORD})
FORM = "username=08010203&password=hemlighet%C3%A5"
MULTIPART = "".join(
    f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    for name, value in (("username", USER), ("password", PASSWORD))
) + "--x--\r\n"  # fmt: skip
JSON_TYPE, FORM_TYPE = "Content-Type: application/json", "Content-Type: application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    made = Serving(tmp_path_factory.mktemp("login"))
    (made.folder / "people.csv").write_text("extension,name\n08010203,Anna\n", "utf-8")
    made.command("import", "people.csv")
    made.add_account("anna", "--entry", USER, password=PASSWORD)
    made.launch()
    try:
        asyncio.run(made.until_ready())
        yield made
    finally:
        made.kill(signal.SIGTERM)


async def said(serving: Serving, first: str, *headers: str, body: str = "") -> tuple[int, str, bytes]:
    """Status, headers, body."""
    content = body.encode()
    length = [f"Content-Length: {len(content)}"] if body or first.startswith("POST") else []
    lines = [f"{first} HTTP/1.1", "Host: katalog", "Connection: close", *headers, *length]
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
    head, _, answer = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    status, _, rest = head.decode().partition("\r\n")
    return int(status.split()[1]), rest, answer


@pytest.mark.parametrize(
    ("first", "headers", "body"),
    [
        ("GET /auth/login", [BASIC], ""),
        ("GET /auth/login", [LATIN], ""),
        ("GET /auth/login/", [BASIC, JSON_TYPE], ""),
        ("GET /api/auth/login", [BASIC, "Accept: */*"], ""),
        ("GET //api//auth//login//", [BASIC, FORM_TYPE, "Content-Length: 0"], ""),
        (f"GET /auth/login{QUERY}", [], ""),
        (f"GET /api/auth/login/{QUERY}&x=1", ["Accept: text/html"], ""),
        ("GET /auth/login??username=08010203&password=hemlighet%E5", [], ""),
        ("POST /auth/login", [BASIC], ""),
        ("POST /api/auth/login/", [BASIC, JSON_TYPE], ""),
        ("POST /auth/login", [BASIC, JSON_TYPE], "{}"),
        (f"POST /auth/login{QUERY}", [], ""),
        (f"POST /api/auth/login{QUERY}", [FORM_TYPE], ""),
        ("POST /auth/login", [JSON_TYPE], JSON_BODY),
        ("POST /auth/login/", ["Content-Type: application/json; charset=utf-8"], JSON_BODY),
        ("POST /auth/login", [], JSON_BODY),
        ("POST /api/auth/login", [FORM_TYPE], FORM),
        ("POST /auth/login", [FORM_TYPE], "username=08010203&password=hemlighetå"),
        ("POST /auth/login", ["Content-Type: multipart/form-data; boundary=x"], MULTIPART),
    ],
)
async def test_right_credentials_begin_a_session(serving: Serving, first: str, headers: list[str], body: str) -> None:
    status, head, answer = await said(serving, first, *headers, body=body)
    assert (status, answer) == (200, b'{"message":"OK"}')
    (cookie,) = re.findall(r"(?im)^set-cookie: ([^\r\n]+)", head)
    pair, *attributes = cookie.split("; ")
    assert {"Path=/", "HttpOnly", "SameSite=Strict"} <= set(attributes)
    assert re.search(r"(?im)^content-type: application/json; charset=utf-8\r?$", head)
    # The cookie alone then serves, wherever.
    for path in ("/extensions/", "/api/extensions/me", "/extensions/08010203"):
        status, _, listed = await said(serving, f"GET {path}", f"Cookie: other=1; {pair}")
        assert status == 200
        assert json.loads(listed)


@pytest.mark.parametrize(
    ("first", "headers", "body"),
    [
        ("GET /auth/login", [], ""),
        ("GET /auth/login", [WRONG], ""),
        ("GET /auth/login?username=08010203", [], ""),
        ("GET /auth/login?username=&password=", [], ""),
        ("GET /auth/login?username=nobody&password=fel", [], ""),
        ("POST /auth/login", [], ""),
        ("POST /auth/login", [JSON_TYPE], ""),
        ("POST /auth/login", [JSON_TYPE], "{}"),
        ("POST /auth/login", [JSON_TYPE], '{"username": "nobody", "password": "fel"}'),
        ("POST /auth/login", [JSON_TYPE], '{"username": 8010203, "password": null}'),
        ("POST /auth/login", [FORM_TYPE], ""),
        ("POST /auth/login", [FORM_TYPE], "username=nobody&password=fel"),
        ("POST /api/auth/login/", [WRONG, FORM_TYPE], FORM),
    ],
)
async def test_wrong_or_missing_ones_are_401_without_a_cookie(
    serving: Serving, first: str, headers: list[str], body: str
) -> None:
    status, head, answer = await said(serving, first, *headers, body=body)
    assert status == 401
    assert json.loads(answer)["message"]
    assert "set-cookie" not in head.lower()
    assert re.findall(r"(?im)^www-authenticate: (\w+)", head) == ["Basic", "Bearer"]


async def test_any_number_of_sessions_at_once(serving: Serving) -> None:
    heads = [(await said(serving, "POST /auth/login", BASIC))[1] for _ in range(20)]
    cookies = [re.findall(r"(?im)^set-cookie: ([^;]+)", head)[0] for head in heads]
    assert len(set(cookies)) == 20
    for cookie in cookies:
        assert (await said(serving, "GET /extensions/", f"Cookie: {cookie}"))[0] == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("header", ["Sec-Fetch-Site: cross-site", "Origin: https://evil.example", "Origin: null"])
async def test_another_sites_page_begins_none(serving: Serving, method: str, header: str) -> None:
    status, head, answer = await said(serving, f"{method} /auth/login", BASIC, header)
    assert (status, json.loads(answer)["type"]) == (403, "urn:katalog:error:cross-site")
    assert "set-cookie" not in head.lower()
