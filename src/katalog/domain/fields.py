"""The fields of an entry as people and programs give them: what is accepted, and how it is kept.

One rule for each field, for the API and for imports alike. A value is kept as it was written, without outer
blanks; nothing is guessed and nothing is cut.
"""

import re
from collections.abc import Callable
from typing import Any

from katalog.domain.device import DeviceName
from katalog.domain.entry import Kind
from katalog.domain.range import is_backwards
from katalog.errors import Invalid

MAX_TEXT, MAX_NUMBER, MAX_EMAIL, MAX_KEYWORD, MAX_ITEMS = 200, 64, 254, 100, 100
MAX_MESSAGE = 4000

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def _text(field: str, value: object, longest: int, *, lines: bool = True) -> str:
    if not isinstance(value, str):
        raise Invalid(field, "ska vara en text", "must be a string")
    text = value.replace("\r\n", "\n").strip()
    if len(text) > longest:
        raise Invalid(field, f"får ha högst {longest} tecken", f"may have {longest} characters at most")
    if _CONTROL.search(text) or (not lines and "\n" in text):
        raise Invalid(field, "innehåller styrtecken", "contains control characters")
    return text


def _required(field: str, value: Any, longest: int, *, lines: bool = True) -> str:
    text = _text(field, "" if value is None else value, longest, lines=lines)
    if not text:
        raise Invalid(field, "måste finnas", "is required")
    return text


def _extension(field: str, value: Any) -> str:
    extension = _required(field, value, MAX_NUMBER, lines=False)
    if extension.lower() == "me":
        raise Invalid(field, "”me” betyder den inloggade", "“me” means whoever is logged in")
    return extension


def _name(field: str, value: Any) -> str:
    return _required(field, value, MAX_TEXT)


def _line(field: str, value: Any) -> str:
    return _text(field, "" if value is None else value, MAX_TEXT)


def message(field: str, value: Any) -> str | None:
    """The word that goes with a profile, None for none. Raises Invalid."""
    return (None if value is None else _text(field, value, MAX_MESSAGE)) or None


def _mobile(field: str, value: Any) -> str:
    return _text(field, "" if value is None else value, MAX_NUMBER, lines=False)


def _email(field: str, value: Any) -> str:
    email = _text(field, "" if value is None else value, MAX_EMAIL, lines=False)
    if email and not _EMAIL.fullmatch(email):
        raise Invalid(field, "är ingen e-postadress", "is not an e-mail address")
    return email


def _items(field: str, value: Any, longest: int) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise Invalid(field, "ska vara en lista av texter", "must be an array of strings")
    if len(value) > MAX_ITEMS:
        raise Invalid(field, f"får ha högst {MAX_ITEMS} delar", f"may have {MAX_ITEMS} items at most")
    texts = [_text(field, item, longest, lines=False) for item in value]
    return tuple(dict.fromkeys(text for text in texts if text))


def _keywords(field: str, value: Any) -> tuple[str, ...]:
    keywords = _items(field, value, MAX_KEYWORD)
    if any(sign in keyword for keyword in keywords for sign in ",;"):
        raise Invalid(field, "ett nyckelord kan inte innehålla , eller ;", "a keyword cannot contain , or ;")
    return keywords


def _numbers(field: str, value: Any) -> tuple[str, ...]:
    numbers = _items(field, value, MAX_NUMBER)
    if any(sign in number for number in numbers for sign in ",;"):
        raise Invalid(field, "ett nummer kan inte innehålla , eller ;", "a number cannot contain , or ;")
    for number in numbers:
        if is_backwards(number):
            raise Invalid(
                field,
                f"{number!r} slutar före sin början; skriv som 08-500 100 00–99",
                f"{number!r} ends before it begins; write 08-500 100 00–99",
            )
    return numbers


def _devices(field: str, value: Any) -> tuple[str, ...]:
    devices = _items(field, value, MAX_TEXT)
    for device in devices:
        try:
            DeviceName.parse(device)
        except ValueError:
            raise Invalid(
                field,
                f"{device!r} är ingen enhet; skriv som PJSIP/100",
                f"{device!r} is no device; write PJSIP/100",
            ) from None
    return devices


def _kind(field: str, value: Any) -> Kind:
    if value is None or value == "":
        return Kind.PERSON
    try:
        return Kind(value)
    except ValueError:
        raise Invalid(field, "ska vara person, room eller function", "must be person, room or function") from None


def _hidden(field: str, value: Any) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise Invalid(field, "ska vara true eller false", "must be true or false")
    return value


FIELDS: dict[str, Callable[[str, Any], Any]] = {
    "extension": _extension,
    "name": _name,
    "email": _email,
    "mobile": _mobile,
    "keywords": _keywords,
    "kind": _kind,
    "title": _line,
    "department": _line,
    "location": _line,
    "numbers": _numbers,
    "devices": _devices,
    "source_id": _line,
    "hidden": _hidden,
}
"""Field of `Entry` → what makes its value of what was given; None clears. Raises Invalid."""


def check(field: str, value: Any, *, called: str | None = None) -> Any:
    """The value to keep for `field`; errors name it as whoever gave it `called` it."""
    return FIELDS[field](called or field, value)
