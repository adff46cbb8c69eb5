"""What a value of JSON looks like, and how that differs from what is expected. Nothing tells a value itself: it may be
somebody's name or number.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_PLAIN = re.compile(r"[a-z][A-Za-z0-9_]{0,30}")
_SHOWN = 8


class Differs(Exception):
    """Something is not as the contract has it."""

    def __init__(self, expected: str, came: str) -> None:
        super().__init__(f"expected {expected}; came {came}")
        self.expected = expected
        self.came = came


class Unseen(Exception):
    """There was nothing by which it could be seen; the text says why."""


def named(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text" if value else "an empty text"
        case list():
            return "an array"
        case _:
            return "an object"


def member(value: Any, key: str) -> Any:
    if not isinstance(value, dict):
        raise Differs("an object", named(value))
    if key not in value:
        raise Differs(f"the key {key}", "none of that name")
    return value[key]


def text(value: Any, key: str) -> str:
    """A member that is a text, empty or not."""
    found = member(value, key)
    if not isinstance(found, str):
        raise Differs(f"a text as {key}", named(found))
    return found


def filled(value: Any, key: str) -> str:
    found = text(value, key)
    if not found:
        raise Differs(f"a text as {key}", named(found))
    return found


def array(value: Any, key: str) -> list[Any]:
    found = member(value, key)
    if not isinstance(found, list):
        raise Differs(f"an array as {key}", named(found))
    return found


def keys(value: Any, wanted: Sequence[str]) -> None:
    """Just these, in this order."""
    if not isinstance(value, dict):
        raise Differs("an object", named(value))
    came = list(value)
    if came != list(wanted):
        raise Differs(f"the keys {', '.join(wanted)}", listed(came))


def listed(names: Iterable[str]) -> str:
    """Keys as they are, if they are words: what is no key of ours may be somebody's name."""
    words = [name if _PLAIN.fullmatch(name) else "another" for name in names]
    if not words:
        return "none"
    return ", ".join(words[:_SHOWN]) + (f" and {len(words) - _SHOWN} more" if len(words) > _SHOWN else "")


def each(values: Sequence[Any], what: str, check: Callable[[Any], object]) -> None:
    """`check` holds of every one; the first that differs is told by its place."""
    for place, value in enumerate(values, 1):
        try:
            check(value)
        except Differs as differs:
            raise Differs(differs.expected, f"{differs.came} ({what} {place} of {len(values)})") from None
