"""Parameters of the v1 family as programs in the field send them: read generously, what is unknown passed over."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from starlette.requests import HTTPConnection

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_NOTHING = frozenset({"", "null", "none", "undefined"})


def parameters(request: HTTPConnection, *names: str) -> dict[str, str]:
    """Those of `names` that the query gives, by these names, in whatever case they came; the last of several counts.

    A `?` may stand where `&` should, or twice: `?fromDate=&toDate=2024-01-31?withRecordings=1`. One that is part of a
    text is left there. Percent-encoded bytes are UTF-8, else Latin-1.
    """
    return parse(request.scope.get("query_string", b""), *names)


def parse(query: bytes, *names: str) -> dict[str, str]:
    """As `parameters`, of a raw query.

    >>> parse(b"?message=Hej?&AUTOANSWER=1?other=2", "message", "autoanswer")
    {'message': 'Hej?', 'autoanswer': '1?other=2'}
    """
    known = {name.lower(): name for name in names}
    beginnings = "|".join(re.escape(name) for name in names)
    found: dict[str, str] = {}
    for part in re.split(rb"&|\?(?=(?i:%b)=)" % beginnings.encode(), query.lstrip(b"?")):
        key, _, value = part.partition(b"=")
        name = known.get(_text(key).strip().lower())
        if name is not None:
            found[name] = _text(value)
    return found


def flag(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    """What a parameter says, in any of the usual words; the default for anything else."""
    said = word(given, name).lower()
    if said in _YES:
        return True
    return False if said in _NO else default


def word(given: Mapping[str, str], name: str) -> str:
    """A parameter that is no text: without blanks around it, and without what follows a `?` in it. `""` if it is not
    there, or is some program's own word for nothing.
    """
    said = given.get(name, "").partition("?")[0].strip()
    return "" if said.lower() in _NOTHING else said


def with_plus(number: str) -> str:
    """A plus that a program put into a query as it is has become a blank."""
    return re.sub(r"^ (?=\d)", "+", number)


def _text(raw: bytes) -> str:
    decoded = unquote_to_bytes(raw.replace(b"+", b" "))
    try:
        return decoded.decode("utf-8")
    except UnicodeDecodeError:
        return decoded.decode("latin-1")
