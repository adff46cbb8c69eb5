"""What an HTTP gateway's answer says of the message: sent, refused, or nothing that can be relied on. Pure."""

import re
from collections.abc import Collection
from typing import Any

import msgspec

from katalog.domain.message import Outcome, Reason, State
from katalog.outgoing.reply import Reply

LONGEST_REASON = 200
"""Characters of a gateway's own words that are passed on."""

REFUSED_FOR_NOW = (503,)
"""Of all 5xx this one says that nothing was done (RFC 9110, section 15.6.4)."""

_MISSING = object()


class Success(msgspec.Struct, frozen=True):
    """`statuses` that are good. With `pointer` (RFC 6901), the JSON must have something there; with `pattern`, that (or
    without `pointer` the body) must match.
    """

    statuses: Collection[int] = (200, 201, 202)
    pointer: str = ""
    pattern: str = ""


class Places(msgspec.Struct, frozen=True):
    """Where in the JSON of an answer the message's id is, and the reason of a refusal."""

    id: str = ""
    reason: str = ""


def verdict(reply: Reply, success: Success, places: Places) -> Outcome:
    """
    >>> verdict(Reply(200, {}, b'{"id": "s1"}'), Success(pointer="/id"), Places(id="/id"))
    Outcome(state=<State.SENT: 'sent'>, reason=None, reference='s1')
    """
    document = _json(reply.body)
    if reply.status not in success.statuses:
        return _refusal(reply, document, places)
    good = _is_good(reply, document, success)
    if good is None:
        return unknown("Tjänstens svar går inte att läsa.", "The gateway's answer cannot be read.")
    if not good:
        return Outcome(State.FAILED, _told(reply, document, places))
    return Outcome(State.SENT, reference=_text(at(document, places.id)))


def _is_good(reply: Reply, document: Any, success: Success) -> bool | None:
    """None if that is in what did not come, or is no JSON."""
    if success.pointer:
        found = at(document, success.pointer)
        if document is _MISSING or found is _MISSING:
            return None if document is _MISSING else False
        if success.pattern:
            return re.search(success.pattern, _text(found)) is not None
        return found is not None and found is not False
    if re.search(success.pattern, reply.body.decode(errors="replace")):
        return True
    return False if reply.whole else None


def _refusal(reply: Reply, document: Any, places: Places) -> Outcome:
    if reply.status >= 500 and reply.status not in REFUSED_FOR_NOW:
        return unknown(f"Tjänsten svarade {reply.status}.", f"The gateway answered {reply.status}.")
    return Outcome(State.FAILED, _told(reply, document, places))


def unknown(sv: str, en: str) -> Outcome:
    """It may have been sent, for all that is known."""
    reason = Reason(f"Det är okänt om meddelandet sändes. {sv}", f"It is not known whether the message was sent. {en}")
    return Outcome(State.UNKNOWN, reason)


def _told(reply: Reply, document: Any, places: Places) -> Reason:
    """Its own words, where they are words."""
    said = _text(at(document, places.reason)) if places.reason else ""
    if not said and document is _MISSING and "html" not in reply.headers.get("content-type", ""):
        said = reply.body.decode(errors="replace")
    said = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())[:LONGEST_REASON]
    what = f"{reply.status}: {said}" if said else str(reply.status)
    if 300 <= reply.status < 400:
        return Reason(f"Tjänsten skickar vidare ({what}).", f"The gateway redirects ({what}).")
    return Reason(f"Tjänsten nekar ({what}).", f"The gateway refuses ({what}).")


def at(document: Any, pointer: str) -> Any:
    """What is there (RFC 6901), or `_MISSING`. `""` is nowhere here: the whole is never meant."""
    if not pointer:
        return _MISSING
    for step in pointer.removeprefix("/").split("/"):
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isascii() and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        else:
            return _MISSING
    return document


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _MISSING


def _text(found: Any) -> str:
    if found is _MISSING or found is None:
        return ""
    return found if isinstance(found, str) else msgspec.json.encode(found).decode()
