"""Every line can fail: a server that breaks the contract in one place is told so at that line, and at no other."""

import itertools
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.compat import entry, reading, record
from katalog.compat.answer import Answer
from katalog.compat.asking import Options
from katalog.compat.credentials import Credentials
from katalog.compat.examination import Result, examine
from katalog.compat.parts import acting
from katalog.compat.report import table
from katalog.compat.shape import Differs, Unseen
from katalog.compat.target import Target
from tests.compat.fake import ANNA, MP3, NOW, PASSWORD, TOKEN, USERNAME, Asked, Fake, Reply, call, problem

EVERYTHING = Options(query_credentials=True, hangup=True, dial="+46701112233", sms="0701112233")
BOTH = Credentials(TOKEN, USERNAME, PASSWORD)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acting, "RINGS", 0.0)


async def examined(fake: Fake, credentials: Credentials = BOTH, options: Options = EVERYTHING) -> Result:
    async with fake.serving() as url:
        return await examine(Target.of(url), credentials, options, seconds=5, now=NOW.timestamp)


def texts(result: Result, holds: bool | None) -> set[str]:
    return {line.text for line in result.lines if line.holds is holds}


# --- how a server may break it -------------------------------------------------------------------------

Broken = Callable[[Fake], object]
"""Makes of a server that holds it all one that does not."""

Wanted = Callable[[Asked], bool]
Change = Callable[[Reply], object]


def on(wanted: Wanted, change: Change) -> Broken:
    """Changes the answers to what is asked so."""

    def broken(fake: Fake) -> None:
        def breaks(asked: Asked, reply: Reply) -> None:
            if wanted(asked):
                change(reply)

        fake.breaks = breaks

    return broken


def every(wanted: Callable[[Reply], bool], change: Change) -> Broken:
    """Changes the answers that are so."""

    def broken(fake: Fake) -> None:
        def breaks(_: Asked, reply: Reply) -> None:
            if wanted(reply):
                change(reply)

        fake.breaks = breaks

    return broken


def raw(*paths: str) -> Wanted:
    """What is asked by just these paths."""
    return lambda asked: asked.raw in paths


def path(beginning: str) -> Wanted:
    return lambda asked: asked.path.startswith(beginning)


def both(*wanted: Wanted) -> Wanted:
    return lambda asked: all(each(asked) for each in wanted)


def has(name: str, beginning: str) -> Wanted:
    """A header that begins so."""
    return lambda asked: asked.headers.get(name, "").startswith(beginning)


def lacks(name: str) -> Wanted:
    return lambda asked: name not in asked.headers


def query(part: str) -> Wanted:
    return lambda asked: part in asked.raw.partition("?")[2]


def is_get(asked: Asked) -> bool:
    return asked.method == "GET"


def is_post(asked: Asked) -> bool:
    return asked.method == "POST"


def of_bengt(key: str, *values: Any) -> Broken:
    """A key of his is something else; without values, it is not there."""

    def broken(fake: Fake) -> None:
        fake.people[1] = fake.people[1] | dict.fromkeys([key], *values)
        if not values:
            del fake.people[1][key]

    return broken


def of_call(key: str, *values: Any, name: str = "missed") -> Broken:
    """The same of a call in the log."""

    def broken(fake: Fake) -> None:
        fake.log[name][-1].pop(key)
        for value in values:
            fake.log[name][-1][key] = value

    return broken


def turned(status: int) -> Change:
    def change(reply: Reply) -> None:
        reply.status = status

    return change


def failed(status: int) -> Change:
    """In place of what came, an error of that status."""

    def change(reply: Reply) -> None:
        other = problem(status)
        reply.status, reply.body, reply.headers = other.status, other.body, other.headers

    return change


def body(content: bytes) -> Change:
    return lambda reply: setattr(reply, "body", content)


def header(name: str, *values: str) -> Change:
    """Its lines are these."""

    def change(reply: Reply) -> None:
        reply.drop(name)
        reply.headers += [(name, value) for value in values]

    return change


def value(change: Callable[[Any], object]) -> Change:
    """The JSON is what `change` makes of it."""

    def changed(reply: Reply) -> None:
        reply.put(change(reply.value))

    return changed


def without(key: str) -> Change:
    return value(lambda found: {name: each for name, each in found.items() if name != key})


def without_key(found: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: each for name, each in found.items() if name != key}


def nothing_found(reply: Reply) -> None:
    reply.status, reply.body = 200, b"[]"


def reordered(fake: Fake) -> None:
    """His keys in another order."""
    bengt = fake.people[1]
    bengt["extension"] = bengt.pop("extension")


def later(wanted: Wanted, count: int, change: Change) -> Broken:
    """Changes the answers from that one on."""

    def broken(fake: Fake) -> None:
        seen = itertools.count(1)
        on(lambda asked: wanted(asked) and next(seen) >= count, change)(fake)

    return broken


def redirect(reply: Reply) -> None:
    reply.status, reply.body, reply.headers = 301, b"", [("Location", "/elsewhere")]


def escape(reply: Reply) -> None:
    reply.body = json.dumps(reply.value).encode()


LIST = "GET /extensions/ is 200 and a bare array, not wrapped in anything"
KEYS = "an entry has its seven keys, in their order, and no other"
EXTENSION = "extension is a text, and there"
NAME = "name is a text, never null"
ADDRESSES = "email and mobile are texts, never null"
PROFILE = "profile is null, or available, name, until, message"
UNTIL = "profile.until is YYYY-MM-DD HH:MM:SS, or 0000-00-00 00:00:00"
CALLS = "calls is an array, never null"
CALL = "a call is callerid, direction, linestatus"
KEYWORDS = "keyWords is an array of texts"
RAW = "letters are UTF-8 as they are, not escaped"
PAGED = "nothing is paged: limit, page and offset are not heeded"
UNKNOWN_QUERY = "unknown query parameters are ignored, also after a second ?"
BARE = "/extensions without the slash at the end is the same"
API = "with /api and without is the same"
DOUBLED = "doubled slashes are the same"
JSON_GET = "a JSON Content-Type on a GET does no harm"
FORM_GET = "an empty form with a GET does no harm"
ACCEPT = "the answer is JSON whatever Accept says"
GZIP = "who takes gzip can read it, too"
ME = "GET /extensions/me is one object, or 404 for an account without an entry"
ME_SLASH = "/extensions/me/ is the same"
ONE = "GET /extensions/{extension} is one object, never a list of one"
ONE_SLASH = "with the slash at the end, too"
PLUS, ENCODED, ZEROS, HYPHENS, SPACES = (
    f"found when it is written {how}" for how in ("+46…", "%2B46…", "0046…", "with hyphens", "with spaces")
)
UNKNOWN = "an unknown number is 404 with a message"
PROBLEM = "the error is a problem object: type, title, status"
BEARER = "Authorization: Bearer opens, with every request"
BASIC = "Authorization: Basic opens, with every request"
QUERY = "?username=&password= open instead of a header"
WITHOUT = "without credentials it is 401 with a message"
CHALLENGES = "401 has two lines WWW-Authenticate, Basic first"
SCRIPT = "a page's own script is offered no Basic, for which browsers open a dialog"
_LITERALLY = 'is 200 and {"message":"OK"}, literally'
GET_BASIC, POST_BASIC, FORM, AS_JSON, OTHER_LOGIN, GET_QUERY, POST_QUERY = (
    f"{way} {_LITERALLY}"
    for way in (
        "GET /auth/login with Basic", "POST with Basic", "POST with a form", "POST with JSON",
        "with /api or without, and a slash at the end,", "GET with username and password in the query",
        "POST with username and password in the query",
    )
)  # fmt: skip
LOGINS = {GET_BASIC, POST_BASIC, FORM, AS_JSON, OTHER_LOGIN, GET_QUERY, POST_QUERY}
COOKIE = "each sets a cookie with Path=/"
SERVES = "the cookie alone then serves"
SESSIONS = "any number of sessions: the first one serves, too"
WRONG = "a wrong login is 401 with a message"
NO_COOKIE = "a wrong login sets no cookie"
LOG = "GET /calls is 200 and an object of incoming, outgoing, missed"
FIVE = "five at once are all answered"
CALLS_SAME = "/calls/, and with /api or without, are the same"
NOBODY = "an account without an entry has three empty lists"
FEW = "30 calls at most in each list"
IDS = "callId is a text, another for each call"
NUMBERS = "number and numberE164 are texts"
LOCAL = "datetime is YYYY-MM-DD HH:MM:SS"
ISO = "dateTimeISO and datetimeISO are 2026-04-03T13:41:23.467+0200"
ONE_TIME = "datetime and dateTimeISO are the same time"
DURATION = "duration is a number, also of missed calls"
DIRECTION = "callDirection is a text"
NEWEST = "the newest call is first"
RECENT = "no call is older than 4 months"
UNASKED = "recordingId is there only if it is asked for"
EMPTY_DATES = "empty dates are as none"
DATES = "fromDate and toDate are inclusive; a call has the same callId again"
SECOND = "a second ? is read as &: ?fromDate=&toDate=…?withRecordings=1"
RECORDED = "withRecordings=true adds recordingId, a text or null, to each call"
NO_RECORDING = "GET /recordings/{id}, unknown, is 404 with a message"
SOUND = "one of /calls is MP3, audio/mpeg, whatever Accept says"
RANGE = "a range of it is 206, and just that range"
BEYOND = "a range beyond its end is 416"
NOTHING = "GET /hangup with nothing to end is 400 with a message"
NOTHING_POST = "POST /hangup/ is the same"
CROSS = "another site's page may not, by what a browser adds itself (Basic): 403"
EXEMPT = "a token may, from wherever it comes"
DIAL = "GET /dial/{number}??autoanswer=1 is taken, or is 400 with the reason"
ENDS = "GET /hangup ends it"
SMS = "GET /sms/{number} sends, or is 400 with the reason"
REDIRECTS = "none is a redirect"
IS_200 = "success is 200: never 201, 202, 204"
TYPED = "JSON is application/json; charset=utf-8"
ERRORS_TYPED = "that of errors, too"
FAILS = "nobody is told to wait (429), and nothing fails (5xx)"
INNER = "401 is for credentials only; an inner fault is 503 with Retry-After"

SPELLINGS = {PAGED, UNKNOWN_QUERY, BARE, API, DOUBLED, JSON_GET, FORM_GET, ACCEPT, GZIP}
LISTS = {LIST, *SPELLINGS, BEARER, BASIC, QUERY, SERVES, SESSIONS}
"""Lines that read the list: they are what breaks with the list itself."""

WITH_DATES = {EMPTY_DATES, DATES, SECOND}


def is_wrong(asked: Asked) -> bool:
    """The one login that is wrong on purpose, of a user whose name begins with "nobody"."""
    return "Basic bm9ib2R5" in asked.headers.get("authorization", "")


def is_right(asked: Asked) -> bool:
    return asked.path == "/auth/login" and not is_wrong(asked)


def by(way: str) -> Wanted:
    return both(path("/extensions"), has("authorization", way))


LISTED = raw("/api/extensions/")
ME_PATH = path("/extensions/me")
ANONYMOUS = both(LISTED, lacks("authorization"), lacks("cookie"))
LOGIN_PATH = "/api/auth/login"
PLAIN_CALLS = raw("/api/calls")
CALLS_PATH = path("/calls")
HELD_UP = raw("/api/recordings/r1")
WHOLE_SOUND = both(HELD_UP, lacks("range"))
PARTLY = both(HELD_UP, has("range", "bytes=0-99"))

BREAKS: list[tuple[str, set[str], Broken]] = [
    # the list
    (
        LIST,
        SPELLINGS - {GZIP} | {BEARER, BASIC},
        on(
            both(
                path("/extensions"),
                lambda asked: asked.path == "/extensions",
                lacks("accept-encoding"),
                has("authorization", "B"),
            ),
            value(lambda found: {"entries": found}),
        ),
    ),
    (
        LIST,
        {BEARER},
        on(
            both(
                LISTED, by("Bearer"), has("accept", "application/json"), lacks("content-type"), lacks("accept-encoding")
            ),
            body(b"<html>Logga in</html>"),
        ),
    ),
    (KEYS, set(), of_bengt("title", "Chef")),
    (KEYS, {ADDRESSES}, of_bengt("email")),
    (KEYS, set(), reordered),
    (EXTENSION, set(), of_bengt("extension", 8040506)),
    (EXTENSION, set(), of_bengt("extension", "")),
    (NAME, set(), of_bengt("name", None)),
    (ADDRESSES, set(), of_bengt("email", None)),
    (ADDRESSES, set(), of_bengt("mobile", 733313232)),
    (
        PROFILE,
        set(),
        of_bengt("profile", {"available": "yes", "name": "x", "until": "0000-00-00 00:00:00", "message": None}),
    ),
    (
        PROFILE,
        set(),
        of_bengt("profile", {"available": True, "name": None, "until": "0000-00-00 00:00:00", "message": None}),
    ),
    (
        PROFILE,
        set(),
        of_bengt("profile", {"available": True, "name": "x", "until": "0000-00-00 00:00:00", "message": 1}),
    ),
    (
        PROFILE,
        set(),
        of_bengt("profile", {"name": "x", "available": True, "until": "0000-00-00 00:00:00", "message": ""}),
    ),
    (PROFILE, set(), of_bengt("profile", "Semester")),
    (
        UNTIL,
        set(),
        of_bengt("profile", {"available": True, "name": "x", "until": "2026-05-14T09:26:53", "message": ""}),
    ),
    (UNTIL, set(), of_bengt("profile", {"available": True, "name": "x", "until": None, "message": ""})),
    (CALLS, set(), of_bengt("calls", None)),
    (CALL, set(), of_bengt("calls", [{"callerid": None, "direction": "in", "linestatus": "up"}])),
    (CALL, set(), of_bengt("calls", [{"callerid": "", "direction": "inbound", "linestatus": "up"}])),
    (CALL, set(), of_bengt("calls", [{"callerid": "", "direction": "in", "linestatus": "hold"}])),
    (CALL, set(), of_bengt("calls", [{"callerid": "", "linestatus": "up", "direction": "in"}])),
    (KEYWORDS, set(), of_bengt("keyWords", None)),
    (KEYWORDS, set(), of_bengt("keyWords", [1])),
    (KEYWORDS, set(), of_bengt("keyWords", "business")),
    (RAW, set(), on(both(LISTED, by("Bearer"), lacks("accept-encoding")), escape)),
    (PAGED, set(), on(query("limit=1"), value(lambda found: found[:1]))),
    (PAGED, set(), on(query("page=2"), value(lambda found: []))),
    (UNKNOWN_QUERY, set(), on(query("autoanswer=1&fields"), failed(400))),
    (UNKNOWN_QUERY, set(), on(query("fields=name"), value(lambda found: [{"name": each["name"]} for each in found]))),
    (BARE, set(), on(raw("/api/extensions"), failed(404))),
    (BARE, {REDIRECTS}, on(raw("/api/extensions"), redirect)),
    (API, set(), on(raw("/extensions/"), failed(404))),
    (DOUBLED, set(), on(raw("/api//extensions//"), failed(404))),
    (JSON_GET, set(), on(both(path("/extensions"), has("content-type", "application/json")), failed(400))),
    (
        FORM_GET,
        set(),
        on(has("content-length", "0"), lambda reply: failed(411)(reply) if reply.body.startswith(b"[") else None),
    ),
    (ACCEPT, set(), on(has("accept", "text/html"), body(b"<html></html>"))),
    (ACCEPT, set(), on(has("accept", "*/*"), failed(406))),
    (GZIP, set(), on(has("accept-encoding", "gzip"), lambda reply: setattr(reply, "body", reply.body[:-9]))),
    (GZIP, set(), on(has("accept-encoding", "gzip"), header("Content-Encoding", "br"))),
    (GZIP, set(), on(has("accept-encoding", "gzip"), body(b"no gzip"))),
    # one's own, and one
    (ME, {CROSS, EXEMPT, NOTHING, NOTHING_POST}, on(raw("/api/extensions/me"), value(lambda found: [found]))),
    (ME, {NOBODY}, on(raw("/api/extensions/me"), failed(400))),
    (ME, set(), on(raw("/api/extensions/me"), without("mobile"))),
    (ME_SLASH, set(), on(raw("/api/extensions/me/"), failed(404))),
    (ONE, set(), on(raw("/api/extensions/08010203"), value(lambda found: [found]))),
    (ONE, set(), on(raw("/api/extensions/08010203"), value(lambda found: found | {"extension": "08040506"}))),
    (ONE_SLASH, set(), on(raw("/api/extensions/08010203/"), failed(404))),
    (PLUS, set(), on(raw("/api/extensions/+468010203"), failed(404))),
    (ENCODED, set(), on(raw("/api/extensions/%2B468010203"), failed(404))),
    (ZEROS, set(), on(raw("/api/extensions/00468010203"), failed(404))),
    (HYPHENS, set(), on(raw("/api/extensions/080-102-03"), failed(404))),
    (SPACES, set(), on(raw("/api/extensions/080%20102%2003"), failed(404))),
    (UNKNOWN, set(), on(raw("/api/extensions/0000000000"), nothing_found)),
    (UNKNOWN, {PROBLEM}, on(raw("/api/extensions/0000000000"), without("message"))),
    (PROBLEM, set(), on(raw("/api/extensions/0000000000"), without("title"))),
    (PROBLEM, set(), on(raw("/api/extensions/0000000000"), value(lambda found: found | {"status": 400}))),
    # who is let in
    (BEARER, set(), later(by("Bearer"), 23, failed(401))),
    (BASIC, set(), on(by("Basic"), failed(403))),
    (BASIC, set(), on(by("Basic"), failed(401))),
    (QUERY, set(), on(both(path("/extensions"), query("password=")), failed(401))),
    (WITHOUT, {SCRIPT}, on(ANONYMOUS, failed(403))),
    (WITHOUT, set(), on(ANONYMOUS, without("message"))),
    (CHALLENGES, {SCRIPT}, on(ANONYMOUS, header("WWW-Authenticate", "Bearer", "Basic"))),
    (CHALLENGES, {SCRIPT}, on(ANONYMOUS, header("WWW-Authenticate", 'Basic realm="x", Bearer'))),
    (CHALLENGES, set(), on(ANONYMOUS, header("WWW-Authenticate"))),
    (SCRIPT, set(), on(has("sec-fetch-mode", "cors"), header("WWW-Authenticate", "Basic", "Bearer"))),
    (SCRIPT, set(), on(has("sec-fetch-mode", "cors"), failed(403))),
    # login
    (GET_BASIC, set(), on(both(raw(LOGIN_PATH), is_get, is_right), body(b'{"message": "OK"}'))),
    (POST_BASIC, set(), on(both(raw(LOGIN_PATH), is_post, has("authorization", "B")), failed(405))),
    (FORM, set(), on(both(raw(LOGIN_PATH), has("content-type", "application/x-www")), failed(415))),
    (AS_JSON, set(), on(both(raw(LOGIN_PATH), has("content-type", "application/json")), turned(204))),
    (OTHER_LOGIN, {REDIRECTS}, on(raw("/auth/login/"), redirect)),
    (GET_QUERY, set(), on(both(path("/auth/login"), is_get, query("username")), failed(401))),
    (POST_QUERY, set(), on(both(path("/auth/login"), is_post, query("username")), failed(401))),
    (COOKIE, set(), on(both(raw(LOGIN_PATH), has("content-type", "application/json")), header("Set-Cookie"))),
    (
        COOKIE,
        set(),
        on(
            both(raw(LOGIN_PATH), has("content-type", "application/json")), header("Set-Cookie", "session=3; Path=/api")
        ),
    ),
    (
        SERVES,
        set(),
        on(has("cookie", "session=6"), lambda reply: failed(401)(reply) if reply.body.startswith(b"[") else None),
    ),
    (
        SESSIONS,
        set(),
        on(has("cookie", "session=0"), lambda reply: failed(401)(reply) if reply.body.startswith(b"[") else None),
    ),
    (WRONG, set(), on(is_wrong, without("message"))),
    (WRONG, set(), on(is_wrong, failed(403))),
    (NO_COOKIE, set(), on(is_wrong, header("Set-Cookie", "session=x; Path=/"))),
    # the call log
    (LOG, set(), on(raw("/api/calls"), without("missed"))),
    (LOG, set(), on(raw("/api/calls"), value(lambda found: found | {"all": []}))),
    (LOG, set(), on(raw("/api/calls"), value(lambda found: [found]))),
    (FIVE, {CALLS_SAME, FAILS}, on(raw("/api/calls/"), failed(429))),
    (CALLS_SAME, {FIVE}, on(raw("/calls"), failed(404))),
    (CALLS_SAME, set(), on(raw("/api/calls/"), value(lambda found: found | {"missed": []}))),
    (FEW, set(), lambda fake: fake.log.update(incoming=[call(f"x{n}", NOW - timedelta(minutes=n)) for n in range(31)])),
    (IDS, set(), of_call("callId", 5)),
    (IDS, set(), of_call("callId", "i0")),
    (IDS, set(), of_call("callId")),
    (NUMBERS, set(), of_call("number", None)),
    (NUMBERS, set(), of_call("numberE164", 46701231234)),
    (LOCAL, {ONE_TIME}, of_call("datetime", "2025-12-31T12:00:00")),
    (ISO, set(), of_call("datetimeISO")),
    (ISO, set(), of_call("datetimeISO", "2026-04-03T13:41:23.467+0200")),
    (ISO, {NEWEST, RECENT}, of_call("dateTimeISO", "2025-12-31T12:00:00.000+02:00")),
    (ISO, {NEWEST, RECENT}, of_call("dateTimeISO", "2025-12-31T12:00:00+0200")),
    (ONE_TIME, set(), of_call("datetime", "2025-12-31 10:00:00")),
    (DURATION, set(), of_call("duration", "0")),
    (DURATION, set(), of_call("duration", None)),
    (DURATION, set(), of_call("duration")),
    (DIRECTION, set(), of_call("callDirection")),
    (NEWEST, set(), lambda fake: fake.log["incoming"].reverse()),
    (RECENT, set(), lambda fake: fake.log.update(missed=[call("m", NOW - timedelta(days=130))])),
    (
        UNASKED,
        set(),
        on(raw("/api/calls"), value(lambda found: found | {"missed": [found["missed"][0] | {"recordingId": None}]})),
    ),
    (EMPTY_DATES, {FIVE}, on(raw("/api/calls?fromDate=&toDate="), failed(422))),
    (DATES, set(), on(query("fromDate=2"), value(lambda found: found | {"incoming": []}))),
    (
        DATES,
        set(),
        on(query("fromDate=2"), value(lambda found: found | {"missed": [call("m2", NOW - timedelta(days=90))]})),
    ),
    (
        DATES,
        set(),
        on(query("fromDate=2"), value(lambda found: found | {"incoming": [found["incoming"][0] | {"callId": "new"}]})),
    ),
    (SECOND, set(), on(query("?with"), failed(422))),
    (SECOND, set(), on(query("?with"), value(lambda found: {name: [] for name in found}))),
    (
        SECOND,
        set(),
        on(
            query("?with"),
            value(
                lambda found: {
                    name: [without_key(each, "recordingId") for each in calls] for name, calls in found.items()
                }
            ),
        ),
    ),
    (
        RECORDED,
        set(),
        on(
            query("withRecordings=true"),
            value(lambda found: found | {"missed": [without_key(each, "recordingId") for each in found["missed"]]}),
        ),
    ),
    (
        RECORDED,
        set(),
        on(
            query("withRecordings=true"),
            value(lambda found: found | {"missed": [each | {"recordingId": 5} for each in found["missed"]]}),
        ),
    ),
    # recordings
    (NO_RECORDING, set(), on(raw("/api/recordings/0000000000"), failed(400))),
    (SOUND, set(), on(WHOLE_SOUND, header("Content-Type", "application/octet-stream"))),
    (SOUND, set(), on(WHOLE_SOUND, body(b"RIFF\0\0\0\0WAVE"))),
    (SOUND, set(), on(WHOLE_SOUND, failed(404))),
    (RANGE, set(), on(PARTLY, turned(200))),
    (RANGE, set(), on(PARTLY, header("Content-Range"))),
    (RANGE, set(), on(PARTLY, body(MP3))),
    (BEYOND, set(), on(both(HELD_UP, has("range", "bytes=9")), turned(200))),
    # what acts
    (
        NOTHING,
        {EXEMPT},
        on(both(raw("/api/hangup"), is_get), lambda reply: failed(404)(reply) if reply.status == 400 else None),
    ),
    (NOTHING_POST, set(), on(raw("/api/hangup/"), failed(405))),
    (CROSS, set(), on(both(has("sec-fetch-site", "cross"), has("authorization", "Basic")), failed(400))),
    (EXEMPT, set(), on(both(has("sec-fetch-site", "cross"), has("authorization", "Bearer")), failed(403))),
    (DIAL, set(), on(path("/dial"), failed(404))),
    (DIAL, {IS_200}, on(path("/dial"), turned(202))),
    (DIAL, set(), on(path("/dial"), failed(403))),
    (ENDS, {FAILS}, on(path("/hangup"), lambda reply: failed(500)(reply) if reply.status == 200 else None)),
    (SMS, set(), on(path("/sms"), body(b'{"message":"Sent"}'))),
    # every answer
    (REDIRECTS, set(), on(path("/auth/logout"), redirect)),
    (IS_200, set(), on(path("/auth/logout"), lambda reply: (turned(204)(reply), body(b"")(reply)))),
    (TYPED, set(), on(path("/auth/logout"), header("Content-Type", "application/json"))),
    (ERRORS_TYPED, set(), on(raw("/api/recordings/0000000000"), header("Content-Type", "application/json"))),
    (FAILS, set(), on(path("/auth/logout"), failed(500))),
]


@pytest.mark.parametrize(("line", "kin", "broken"), BREAKS, ids=range(len(BREAKS)))
async def test_what_is_broken_is_told_at_its_line_and_no_other(line: str, kin: set[str], broken: Broken) -> None:
    fake = Fake()
    broken(fake)
    assert texts(await examined(fake), holds=False) == {line} | kin


async def test_a_server_that_holds_it_all() -> None:
    result = await examined(Fake())
    assert texts(result, holds=False) == set()
    assert texts(result, holds=None) == {INNER, NOBODY}
    assert result.holds
    assert result.wrong == 1


async def test_an_account_without_an_entry() -> None:
    assert texts(await examined(Fake(has_entry=False)), holds=False) == set()
    fake = Fake(has_entry=False)
    fake.log["missed"].append(call("m1", NOW))
    result = await examined(fake)
    assert texts(result, holds=False) == {NOBODY}
    assert ME in texts(result, holds=True)


async def test_every_line_is_broken_by_some_server() -> None:
    assert {line for line, _, _ in BREAKS} == texts(await examined(Fake()), holds=True)


# --- what is asked, and what is not --------------------------------------------------------------------


async def test_nothing_acts_and_no_password_is_in_a_url_unless_somebody_says_so() -> None:
    fake = Fake()
    result = await examined(fake, options=Options())
    assert result.holds
    assert {asked.path.split("/")[1] for asked in fake.asked} == {"extensions", "auth", "calls", "recordings"}
    assert [asked for asked in fake.asked if "password" in asked.raw] == []
    assert texts(result, holds=None) == {
        INNER, NOBODY, QUERY, GET_QUERY, POST_QUERY, NOTHING, NOTHING_POST, CROSS, EXEMPT, DIAL, ENDS, SMS,
    }  # fmt: skip


async def test_few_requests_and_one_wrong_password_of_nobody() -> None:
    fake = Fake()
    result = await examined(fake, options=Options())
    assert result.requests == len(fake.asked) <= 60
    wrong = [asked for asked in fake.asked if is_wrong(asked)]
    assert len(wrong) == result.wrong == 1
    assert fake.sessions == set(), "what was begun is ended"


@pytest.mark.parametrize(("credentials", "unseen"), [
    (Credentials(TOKEN), LOGINS | {BASIC, QUERY, COOKIE, SERVES, SESSIONS, CROSS}),
    (Credentials("", USERNAME, PASSWORD), {BEARER, EXEMPT}),
])  # fmt: skip
async def test_a_token_or_a_password_alone(credentials: Credentials, unseen: set[str]) -> None:
    result = await examined(Fake(), credentials)
    assert texts(result, holds=False) == set()
    assert texts(result, holds=None) == {INNER, NOBODY} | unseen


@pytest.mark.parametrize("credentials", [Credentials("kat_wrong"), Credentials("", USERNAME, "wrong")])
async def test_who_is_not_let_in_asks_once(credentials: Credentials) -> None:
    fake = Fake()
    result = await examined(fake, credentials)
    assert (result.holds, result.lines, len(fake.asked)) == (False, (), 1)
    assert "401" in result.lost


async def test_a_wrong_password_beside_a_token_is_sent_once() -> None:
    fake = Fake()
    result = await examined(fake, Credentials(TOKEN, USERNAME, "wrong"))
    sent = [asked for asked in fake.asked if has("authorization", "Basic")(asked) and not is_wrong(asked)]
    assert len(sent) == 1
    assert texts(result, holds=False) == {BASIC}


async def test_nobody_is_hung_up_on() -> None:
    fake = Fake()
    fake.people[0]["calls"] = fake.people[1]["calls"]
    result = await examined(fake, options=Options(hangup=True))
    assert texts(result, holds=None) >= {NOTHING, NOTHING_POST, CROSS, EXEMPT}
    assert [asked for asked in fake.asked if asked.path == "/hangup"] == []


async def test_a_call_that_is_not_placed_is_told_with_its_reason() -> None:
    fake = Fake()
    on(path("/dial"), failed(400))(fake)
    result = await examined(fake)
    (line,) = [line for line in result.lines if line.text == DIAL]
    assert (line.holds, "Så går det inte." in line.told) == (None, True)
    assert [asked.raw for asked in fake.asked if asked.path.startswith("/dial")] == [
        "/api/dial/+46701112233??autoanswer=1"
    ]


async def test_a_message_is_sent_once() -> None:
    fake = Fake()
    await examined(fake, options=Options(sms="0701112233"))
    (asked,) = [asked for asked in fake.asked if asked.path.startswith("/sms")]
    assert asked.raw.startswith("/api/sms/0701112233?message=Prov%20")


# --- what is told --------------------------------------------------------------------------------------


async def test_nothing_secret_and_nothing_of_people_is_told() -> None:
    """By a server that gives back all that it is sent, and has people's names where there should be keys."""
    secrets = (TOKEN, USERNAME, PASSWORD)
    fake = Fake()

    def tells(asked: Asked, reply: Reply) -> None:
        reply.status = 400 if asked.path.startswith(("/dial", "/sms")) else reply.status
        reply.put({"message": f"{' '.join(secrets)} \x1b[2J", "Anna Andersson": 1, "0729913232": "Bengt"})

    fake.breaks = tells
    result = await examined(fake)
    told = " ".join(str(text) for text in table(result))
    hidden = [*secrets, "Anna", "Bengt", "0729913232", "\x1b"]
    assert [secret for secret in hidden if secret in told] == []
    assert "400" in told


async def test_the_sum_is_told() -> None:
    fake = Fake()
    on(raw("/api/extensions"), failed(404))(fake)
    told = [str(text) for text in table(await examined(fake))]
    assert f"  ✗ {BARE} — expected 200; came 404" in told
    assert re.fullmatch(
        r"\d+ hold, 1 does not, 2 not asked or not to be seen. \d+ requests, one of them with a wrong password.",
        told[-1].strip(),
    )


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*ANNA, *call("", NOW), "incoming", "missed", "message"]) | st.text(), inner)
    ),
    max_leaves=12,
)


@given(values, st.sampled_from([200, 201, 301, 400, 401, 404, 416, 500]))
@settings(max_examples=150, deadline=None)
def test_no_answer_whatever_is_in_it_is_more_than_a_line(found: Any, status: int) -> None:
    """Of whatever JSON, each check says that it holds, differs, or cannot be seen; nothing else is raised."""
    answer = Answer(status, (("content-type", "x"),), json.dumps(found).encode())
    listed = found if isinstance(found, list) else [found]
    log = dict.fromkeys(record.LISTS, listed)
    checks: list[Callable[[], object]] = [
        *(partial(check, listed) for name, check in vars(entry).items() if name.startswith("have_")),
        *(partial(check, log) for name, check in vars(record).items() if name.startswith("have_")),
        *(partial(check, answer) for check in (reading.ok, reading.problem, reading.sound, reading.content_type)),
        *(partial(check, answer) for check in (reading.whole_array, reading.one_object, reading.unpacked)),
        partial(entry.same_people, listed, listed[:1]), partial(record.same_calls, log, log),
        partial(record.are_recent, log, 0.0), partial(record.are_newest_first, log), partial(record.are_few, log),
        partial(record.newest, log), partial(record.first_recording, log), partial(record.log_of, answer),
        partial(record.has_call, log, listed[:1]), partial(reading.message, answer, 400), partial(reading.raw, answer),
    ]  # fmt: skip
    for check in checks:
        with suppress(Differs, Unseen):
            check()
