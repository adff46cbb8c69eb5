"""What is sent to an HTTP gateway: a template of the settings, filled in so that no text can be more than a text."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from katalog.errors import SettingsError

PLACES = ("to", "from", "text", "secret")
_PLACE = re.compile(r"\{(\w+)\}")


class Format(StrEnum):
    FORM = "form"
    JSON = "json"
    QUERY = "query"


MEDIA = {Format.FORM: "application/x-www-form-urlencoded", Format.JSON: "application/json"}


class Template:
    """`body` is `to={to}&message={text}`, or JSON with the places inside its strings. Raises SettingsError."""

    def __init__(self, body: str, format_: Format) -> None:
        self._body = _json(body) if format_ is Format.JSON else _pairs(body)
        self._format = format_
        self.places = _places(body)
        if unknown := self.places - {*PLACES}:
            known = ", ".join(f"{{{place}}}" for place in PLACES)
            raise SettingsError(f"sms_http.body: unknown place {{{min(unknown)}}}; there are {known}")
        if missing := {"to", "text"} - self.places:
            raise SettingsError(f"sms_http.body: has no {{{min(missing)}}}")

    def filled(self, values: Mapping[str, str]) -> bytes:
        """A form, a query or JSON, in UTF-8."""
        body = _fill(self._body, values)
        return msgspec.json.encode(body) if self._format is Format.JSON else urlencode(body).encode()


def fill(text: str, values: Mapping[str, str]) -> str:
    """What is filled in is not looked at again: a text may have a `{to}` in it."""
    return _PLACE.sub(lambda place: values.get(place[1], place[0]), text)


def _places(text: str) -> set[str]:
    return set(_PLACE.findall(text))


def _fill(part: Any, values: Mapping[str, str]) -> Any:
    match part:
        case str():
            return fill(part, values)
        case list():
            return [_fill(each, values) for each in part]
        case tuple():
            return tuple(_fill(each, values) for each in part)
        case dict():
            return {fill(key, values): _fill(each, values) for key, each in part.items()}
        case _:
            return part


def _json(body: str) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise SettingsError(f"sms_http.body: is no JSON, as sms_http.format says: {error}") from None


def _pairs(body: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise SettingsError("sms_http.body: write as from={from}&to={to}&message={text}") from None
