"""What any answer of the contract is: its status, its JSON, its errors."""

import json
import re
import zlib
from collections.abc import Iterable
from typing import Any

import msgspec

from katalog.compat.answer import Answer
from katalog.compat.shape import Differs, filled, member, named

OK = b'{"message":"OK"}'
JSON = "application/json; charset=utf-8"
_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u([0-9a-fA-F]{4})")
_GZIP = 31


def came(answer: Answer) -> str:
    """In words."""
    if not answer.status:
        return answer.fault
    if 300 <= answer.status < 400 and answer.status != 304:
        return f"{answer.status}, a redirect (not followed)"
    return str(answer.status)


def status(answer: Answer, *wanted: int) -> None:
    if answer.status not in wanted:
        raise Differs(" or ".join(map(str, wanted)), came(answer))


def decoded(answer: Answer) -> Any:
    """Its body, whatever type it claims. Raises Differs if that is no JSON in UTF-8."""
    try:
        return json.loads(answer.body.decode("utf-8"))
    except UnicodeDecodeError:
        raise Differs("JSON in UTF-8", "bytes that are none") from None
    except (ValueError, RecursionError):
        raise Differs("JSON", _looks(answer.body)) from None


def _looks(body: bytes) -> str:
    if not body.strip():
        return "nothing"
    return "HTML" if body.lstrip()[:1] == b"<" else "something else"


def whole_array(answer: Answer) -> list[Any]:
    """200 and a bare array, of objects."""
    status(answer, 200)
    value = decoded(answer)
    if not isinstance(value, list):
        raise Differs("an array", named(value))
    return value


def one_object(answer: Answer) -> dict[str, Any]:
    """200 and one object."""
    status(answer, 200)
    value = decoded(answer)
    if not isinstance(value, dict):
        raise Differs("one object", named(value))
    return value


def ok(answer: Answer) -> None:
    """Success without data, byte for byte."""
    status(answer, 200)
    if answer.body != OK:
        raise Differs(OK.decode(), "JSON that differs, if by a blank" if answer.is_json else _looks(answer.body))


def message(answer: Answer, *wanted: int) -> str:
    """Of an error with this status: the sentence."""
    status(answer, *wanted)
    return filled(decoded(answer), "message")


def problem(answer: Answer) -> None:
    """An error's body (RFC 9457)."""
    value = decoded(answer)
    filled(value, "message")
    for key in ("type", "title"):
        filled(value, key)
    if member(value, "status") != answer.status:
        raise Differs("the status in the body as in the first line", "another")


def content_type(answer: Answer) -> None:
    given = answer.first("content-type")
    if re.sub(r"\s*;\s*", "; ", given.strip().lower()) != JSON:
        shown = given if re.fullmatch(r"[\w/+.;=\" -]{1,60}", given) else "something else"
        raise Differs(JSON, f"{shown} (status {answer.status})" if given else "none")


def raw(answer: Answer) -> bool:
    """Whether there is anything beyond ASCII in it. Raises Differs if it is escaped."""
    if any(int(digits, 16) >= 0x80 for digits in _ESCAPED.findall(answer.body)):
        raise Differs("letters as they are", r"escapes such as \u00e4")
    return not answer.body.isascii()


def unpacked(answer: Answer) -> Answer:
    """As it was before it was compressed."""
    coding = answer.first("content-encoding").lower()
    if coding in ("", "identity"):
        return answer
    if coding != "gzip":
        raise Differs("gzip or nothing", "another coding")
    unpack = zlib.decompressobj(_GZIP)
    try:
        body = unpack.decompress(answer.body)
    except zlib.error:
        raise Differs("gzip", "something else") from None
    if not unpack.eof or unpack.unused_data:
        raise Differs("one whole gzip member", "less or more")
    return msgspec.structs.replace(answer, body=body)


def challenges(answer: Answer) -> list[str]:
    """The schemes of the lines WWW-Authenticate, in their order."""
    return [line.split()[0].lower() if line.split() else "" for line in answer.all("www-authenticate")]


def none_redirects(answers: Iterable[Answer]) -> None:
    for answer in answers:
        if 300 <= answer.status < 400 and answer.status != 304:
            raise Differs("no redirect, which many programs do not follow", str(answer.status))


def success_is_200(answers: Iterable[Answer]) -> None:
    """206 is for part of a recording."""
    for answer in answers:
        if 200 < answer.status < 300 and answer.status != 206:
            raise Differs("200 for every success", str(answer.status))


def sound(answer: Answer) -> None:
    """200 and MP3: an ID3 tag, or the sync word of a frame of layer III."""
    status(answer, 200)
    _is_mpeg(answer)
    head = answer.body[:3]
    if head != b"ID3" and not (len(head) == 3 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        raise Differs("MP3", _looks(answer.body))


def part(answer: Answer, count: int) -> None:
    """206 with the first `count` bytes."""
    status(answer, 206)
    _is_mpeg(answer)
    if not re.fullmatch(rf"bytes 0-{count - 1}/\d+", answer.first("content-range")):
        raise Differs(f"Content-Range: bytes 0-{count - 1}/…", "another, or none")
    if len(answer.body) != count:
        raise Differs(f"{count} bytes", str(len(answer.body)))


def _is_mpeg(answer: Answer) -> None:
    if answer.first("content-type").partition(";")[0].strip().lower() != "audio/mpeg":
        raise Differs("audio/mpeg", "another Content-Type, or none")


def none_fails(answers: Iterable[Answer]) -> None:
    for answer in answers:
        if answer.status == 429 or answer.status >= 500:
            raise Differs("neither", str(answer.status))
