"""Every line can fail: a server that breaks the contract in one place is told so at that line, and at no other."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from katalog.compat.asking import Options
from katalog.compat.credentials import Credentials
from katalog.compat.examination import Result, examine
from katalog.compat.parts import acting
from katalog.compat.target import Target
from tests.compat.fake import MP3, NOW, PASSWORD, TOKEN, USERNAME, Asked, Fake, Reply, call, problem

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
        bengt = fake.people[1]
        bengt.pop(key)
        for value in values:
            bengt[key] = value
            fake.people[1] = {name: bengt[name] for name in fake.people[0]}

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
    return lambda reply: reply.put(change(reply.value))


def without(key: str) -> Change:
    return value(lambda found: {name: each for name, each in found.items() if name != key})


def redirect(reply: Reply) -> None:
    reply.status, reply.body, reply.headers = 301, b"", [("Location", "/elsewhere")]


def escape(reply: Reply) -> None:
    reply.body = json.dumps(reply.value).encode()


def nothing(_: Reply) -> None:
    pass


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
    (LIST, LISTS, on(path("/extensions"), lambda reply: reply.put({"entries": reply.value}) if False else None)),
]


@pytest.mark.parametrize(("line", "kin", "broken"), BREAKS)
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


async def test_every_line_is_broken_by_some_server() -> None:
    assert {line for line, _, _ in BREAKS} == texts(await examined(Fake()), holds=True)
