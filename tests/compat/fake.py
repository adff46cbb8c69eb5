"""A small server that holds the whole v1 contract, and can be told to break it in one place."""

import asyncio
import base64
import copy
import gzip
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

TOKEN, USERNAME, PASSWORD = "kat_faked-token", "08010203", "ett bra lösenord"
NUMBERS = {"08010203", "+468010203", "004608010203", "00468010203"}
ZONE = timezone(timedelta(hours=2))
NOW = datetime(2026, 4, 10, 12, tzinfo=ZONE)
MP3 = b"ID3\x04\x00" + bytes(range(256)) * 20

ANNA: dict[str, Any] = {
    "extension": "08010203", "name": "Anna Andersson", "email": "anna@mail.se", "mobile": "0729913232",
    "profile": {"available": True, "name": "Tillgänglig", "until": "0000-00-00 00:00:00", "message": None},
    "calls": [], "keyWords": ["support", "malmö"],
}  # fmt: skip
BENGT: dict[str, Any] = {
    "extension": "08040506", "name": "Bengt Bengtsson", "email": "", "mobile": "",
    "profile": {"available": False, "name": "Semester", "until": "2026-05-14 09:26:53", "message": "Åter i maj"},
    "calls": [{"callerid": "0701231234", "direction": "in", "linestatus": "up"}], "keyWords": [],
}  # fmt: skip
ROOM: dict[str, Any] = {
    "extension": "08040506", "name": "Konferensrum A", "email": "", "mobile": "", "profile": None, "calls": [],
    "keyWords": [],
}  # fmt: skip


class Asked(msgspec.Struct):
    """`path` without `/api`, slashes doubled or at the end; `raw` as it came."""

    method: str
    raw: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Reply(msgspec.Struct):
    status: int
    body: bytes
    headers: list[tuple[str, str]]

    @property
    def value(self) -> Any:
        return json.loads(self.body)

    def put(self, value: Any) -> None:
        self.body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    def drop(self, name: str) -> None:
        self.headers = [(given, value) for given, value in self.headers if given != name]


Break = Callable[[Asked, Reply], None]
"""Changes an answer that held the contract."""

JSON = ("Content-Type", "application/json; charset=utf-8")


def reply(value: Any, status: int = 200) -> Reply:
    made = Reply(status, b"", [JSON])
    made.put(value)
    return made


def problem(status: int, text: str = "Så går det inte.") -> Reply:
    return reply({"type": "urn:x:error", "title": "Error", "status": status, "detail": text, "message": text}, status)


def done() -> Reply:
    return reply({"message": "OK"})


def call(id_: str, when: datetime, recording: str | None = None) -> dict[str, Any]:
    iso = f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}{when:%z}"
    return {
        "callId": id_, "number": "0701231234", "numberE164": "+46701231234", "datetime": f"{when:%Y-%m-%d %H:%M:%S}",
        "dateTimeISO": iso, "datetimeISO": iso, "duration": 0, "callDirection": "in", "recordingId": recording,
    }  # fmt: skip


class Fake:
    """`breaks` is applied to every answer; `has_entry` is whether its one account has an own entry."""

    def __init__(self, *, has_entry: bool = True, now: datetime = NOW) -> None:
        self.breaks: Break | None = None
        self.has_entry = has_entry
        self.asked: list[Asked] = []
        self.connections = 0
        self.sessions: set[str] = set()
        self.people = copy.deepcopy([ANNA, BENGT, ROOM])
        self.in_call = False
        day = timedelta(days=1)
        self.log: dict[str, list[dict[str, Any]]] = {
            "incoming": [call(f"i{n}", now - n * day, "r1" if n == 1 else None) for n in range(3)],
            "outgoing": [call("o1", now - 2 * day - timedelta(milliseconds=4))],
            "missed": [call("m1", now - 100 * day)],
        }
        if not has_entry:
            self.log = {name: [] for name in self.log}

    # -- the contract ------------------------------------------------------------------------------

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/auth/login":
            return self._login(asked)
        if asked.path == "/auth/logout":
            self.sessions.discard(asked.headers.get("cookie", ""))
            return done()
        via = self._via(asked)
        if not via:
            return self._refuse(asked)
        first, _, rest = asked.path[1:].partition("/")
        match first:
            case "extensions":
                return self._directory(asked, unquote(rest))
            case "calls":
                return self._calls(asked)
            case "recordings":
                return self._recording(asked, rest)
            case "dial" | "hangup" | "sms":
                if asked.headers.get("sec-fetch-site", "none") == "cross-site" and via != "bearer":
                    return problem(403)
                return self._act(first)
        return problem(404)

    def _via(self, asked: Asked) -> str:
        scheme, _, credential = asked.headers.get("authorization", "").partition(" ")
        query = dict(parse_qsl(asked.query))
        if scheme == "Bearer":
            return "bearer" if credential == TOKEN else ""
        if scheme == "Basic":
            return "basic" if base64.b64decode(credential).decode() == f"{USERNAME}:{PASSWORD}" else ""
        if asked.headers.get("cookie") in self.sessions:
            return "cookie"
        return "query" if (query.get("username"), query.get("password")) == (USERNAME, PASSWORD) else ""

    def _refuse(self, asked: Asked) -> Reply:
        refused = problem(401)
        if asked.headers.get("sec-fetch-dest", "document") == "document":
            refused.headers.append(("WWW-Authenticate", 'Basic realm="x"'))
        refused.headers.append(("WWW-Authenticate", 'Bearer realm="x"'))
        return refused

    def _login(self, asked: Asked) -> Reply:
        given = dict(parse_qsl(asked.query))
        if asked.body:
            is_json = "json" in asked.headers["content-type"]
            given = json.loads(asked.body) if is_json else dict(parse_qsl(asked.body.decode()))
        right = (given.get("username"), given.get("password")) == (USERNAME, PASSWORD)
        if not right and self._via(asked) != "basic":
            return self._refuse(asked)
        cookie = f"session={len(self.sessions)}"
        self.sessions.add(cookie)
        answer = done()
        answer.headers.append(("Set-Cookie", f"{cookie}; Path=/; HttpOnly"))
        return answer

    def _directory(self, asked: Asked, number: str) -> Reply:
        if not number:
            listed = reply(self.people)
            if "gzip" in asked.headers.get("accept-encoding", ""):
                listed.headers.append(("Content-Encoding", "gzip"))
                listed.body = gzip.compress(listed.body)
            return listed
        if number == "me":
            return reply(self.people[0]) if self.has_entry else problem(404)
        digits = re.sub(r"[ -]", "", number)
        return reply(self.people[0]) if digits in NUMBERS else problem(404)

    def _calls(self, asked: Asked) -> Reply:
        query = dict(parse_qsl(asked.query.replace("?", "&"), keep_blank_values=True))
        begin, end = query.get("fromDate") or "0000", query.get("toDate") or "9999"
        with_recordings = query.get("withRecordings") in ("1", "true")
        return reply(
            {
                name: [
                    {key: value for key, value in each.items() if key != "recordingId" or with_recordings}
                    for each in calls
                    if begin <= each["datetime"][:10] <= end
                ]
                for name, calls in self.log.items()
            }
        )

    def _recording(self, asked: Asked, id_: str) -> Reply:
        if id_ != "r1":
            return problem(404)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("range", ""))
        if wanted is None:
            return Reply(200, MP3, [("Content-Type", "audio/mpeg")])
        first, last = int(wanted[1]), int(wanted[2] or len(MP3) - 1)
        if first >= len(MP3):
            return problem(416)
        content = ("Content-Range", f"bytes {first}-{last}/{len(MP3)}")
        return Reply(206, MP3[first : last + 1], [("Content-Type", "audio/mpeg"), content])

    def _act(self, what: str) -> Reply:
        if what == "hangup":
            ended, self.in_call = self.in_call, False
            return done() if ended else problem(400, "Det finns inget samtal att avsluta.")
        self.in_call = self.in_call or what == "dial"
        return done()

    # -- the wire ----------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await _head(reader):
                first, *lines = head.split("\r\n")
                method, raw, _ = first.split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                path, _, query = raw.partition("?")
                path = re.sub(r"/{2,}", "/", path).removeprefix("/api").rstrip("/")
                asked = Asked(method, raw, path, query.lstrip("?"), headers, body)
                self.asked.append(asked)
                answer = self.answer(asked)
                if self.breaks is not None:
                    self.breaks(asked, answer)
                writer.write(_written(answer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """The URL at which it answers."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/"
        finally:
            server.close()


async def _head(reader: asyncio.StreamReader) -> str:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").removesuffix("\r\n\r\n")
    except asyncio.IncompleteReadError:
        return ""


def _written(answer: Reply) -> bytes:
    headers = [*answer.headers, ("Content-Length", str(len(answer.body)))]
    lines = [f"HTTP/1.1 {answer.status} X", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + answer.body
