"""`/auth/login`: a session cookie for what follows."""

import json
import re
import secrets
from urllib.parse import urlencode

import msgspec

from katalog.compat import reading
from katalog.compat.answer import Answer
from katalog.compat.asking import Asking, Headers
from katalog.compat.credentials import basic
from katalog.compat.parts.authentication import NO_QUERY, need_password
from katalog.compat.parts.directory import PATH
from katalog.compat.shape import Differs, Unseen

LOGIN = "/auth/login"
_COOKIE = re.compile(r"\s*([^=;\s]+)=([^;]*)(.*)")


class Way(msgspec.Struct, frozen=True):
    """To log in: what it is called, the path after the base, and what goes with it."""

    text: str
    method: str
    path: str
    headers: Headers = ()
    body: bytes = b""
    has_query: bool = False


async def login(asking: Asking) -> None:
    asking.part("Login")
    cookies: list[str] = []
    for way in _ways(asking):
        with asking.line(f'{way.text} is 200 and {{"message":"OK"}}, literally'):
            if way.has_query and not asking.options.query_credentials:
                raise Unseen(NO_QUERY)
            need_password(asking)
            answer = await asking.ask(way.method, way.path, way.headers, way.body)
            reading.ok(answer)
            cookies += _cookies(answer) or [""]
    with asking.line("each sets a cookie with Path=/"):
        _came(asking, cookies)
        if not all(cookies):
            raise Differs("Set-Cookie with Path=/", "none")
    with asking.line("the cookie alone then serves"):
        _came(asking, cookies)
        reading.whole_array(await asking.get(PATH, (("Cookie", cookies[-1]),)))
    with asking.line("any number of sessions: the first one serves, too"):
        _came(asking, cookies)
        reading.whole_array(await asking.get(PATH, (("Cookie", cookies[0]),)))
    await _wrong(asking)
    for cookie in cookies:
        # No line of the contract: what was begun here is ended where the server can.
        await asking.ask("POST", f"{asking.target.base}/auth/logout", (("Cookie", cookie),))


def _came(asking: Asking, cookies: list[str]) -> None:
    need_password(asking)
    if not cookies:
        raise Unseen("no login succeeded")


def _ways(asking: Asking) -> list[Way]:
    base, given = asking.target.base, asking.credentials
    pair = {"username": given.username, "password": given.password}
    form = (("Content-Type", "application/x-www-form-urlencoded"),)
    query = f"{base}{LOGIN}?{given.query}"
    return [
        Way("GET /auth/login with Basic", "GET", base + LOGIN, given.basic),
        Way("POST with Basic", "POST", base + LOGIN, given.basic),
        Way("POST with a form", "POST", base + LOGIN, form, urlencode(pair).encode()),
        Way("POST with JSON", "POST", base + LOGIN, (("Content-Type", "application/json"),), json.dumps(pair).encode()),
        Way("with /api or without, and a slash at the end,", "GET", f"{asking.target.other}{LOGIN}/", given.basic),
        Way("GET with username and password in the query", "GET", query, has_query=True),
        Way("POST with username and password in the query", "POST", query, has_query=True),
    ]


def _cookies(answer: Answer) -> list[str]:
    """Those for every path, as they are sent back."""
    found = []
    for line in answer.all("set-cookie"):
        parts = _COOKIE.match(line)
        if parts and re.search(r";\s*path=/\s*(?:;|$)", parts[3], re.IGNORECASE):
            found.append(f"{parts[1]}={parts[2]}")
    return ["; ".join(found)] if found else []


async def _wrong(asking: Asking) -> None:
    """The one wrong credential. It is of a user that there is not, so that nobody's failures are counted."""
    asking.wrong += 1
    headers = basic(f"nobody-{secrets.token_hex(4)}", secrets.token_hex(8))
    refused = await asking.ask("GET", asking.target.base + LOGIN, headers)
    with asking.line("a wrong login is 401 with a message"):
        reading.message(refused, 401)
    with asking.line("a wrong login sets no cookie"):
        if refused.status == 0:
            raise Unseen("no answer came")
        if refused.all("set-cookie"):
            raise Differs("no Set-Cookie", "one")
