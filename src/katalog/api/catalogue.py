"""The catalogue of profiles: what people can set. Everybody reads it, admins change it."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import time
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import json, ok
from katalog.api.etag import matches, tag
from katalog.api.reader import Reader
from katalog.domain.catalogue import COLOUR, DEFAULT, SYMBOLS, Choice, End, Meanwhile
from katalog.domain.ending import local_time, proposed
from katalog.domain.hours import Calendar
from katalog.domain.identifier import new_id
from katalog.errors import Invalid, NotFound, Stale
from katalog.follower import Follower
from katalog.store import catalogue
from katalog.store.database import Database

E = TypeVar("E", bound=StrEnum)

MAX_NAME, MAX_POSITION = 60, 10_000
_CODE = re.compile(r"\d{1,4}")
_FORWARD = re.compile(r"[+*#\d][\d*#]{0,30}")
_LANGUAGES = ("sv", "en")


class ChoiceView(msgspec.Struct, frozen=True):
    """One profile of the catalogue.

    `name` is in the organisation's language, `names` by language. `default` says that it holds when no other does.
    `end` is the end that is proposed: `hour`, `time` (of the day, `at`), `morning` (the next working one), `ask` (a
    date is asked for) or `none`. `ask_message` says that a message is asked for. `code` sets it from a telephone.
    `pbx` is what the telephone system does meanwhile: `nothing`, `dnd`, or `forward` to the number `forward`.
    `proposed` is the end that is taken if it is set now without one, local time as a profile has it; null: without end.
    """

    id: str
    name: str
    names: Mapping[str, str]
    available: bool
    default: bool
    colour: str
    symbol: str
    order: int
    code: str
    end: End
    at: str
    ask_message: bool
    pbx: Meanwhile
    forward: str
    proposed: str | None


class ChoiceDraft(msgspec.Struct, frozen=True):
    """`name` alone is its name in the organisation's language; what is absent is as in a new one."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    names: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    available: bool = False
    colour: str = "#546e7a"
    symbol: str = "other"
    order: int | msgspec.UnsetType = msgspec.UNSET
    code: str = ""
    end: End = End.NONE
    at: str = ""
    ask_message: bool = False
    pbx: Meanwhile = Meanwhile.NOTHING
    forward: str = ""


class CatalogueApi:
    def __init__(
        self, database: Database, follower: Follower, language: str, calendar: Calendar, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._follower = follower
        self._language = language
        self._calendar = calendar
        self._clock = clock

    async def all(self, request: Request, reader: Reader) -> Response:
        """Every profile that can be set, in order."""
        return self._list(reader)

    async def one(self, request: Request, reader: Reader) -> Response:
        choice = reader.directory.presences.catalogue.get(request.path_params["id"])
        if choice is None:
            raise NotFound()
        return self._answer(choice)

    async def add(self, request: Request, reader: Reader) -> Response:
        given = await body.json_object(request)
        last = max((choice.position for choice in reader.directory.presences.catalogue.choices), default=-1)
        choice = read_choice(given, new_id(), self._language, last + 1)
        async with self._database.write(reader.organisation, reader.actor) as change:
            choice = await catalogue.add(change, choice)
        await self._follower.catch_up()
        response = self._answer(choice, 201)
        response.headers["location"] = f"/api/profiles/{choice.id}"
        return response

    async def replace(self, request: Request, reader: Reader) -> Response:
        """The whole profile; what is absent is as in a new one, but for its place in the order."""
        given = await body.json_object(request)
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await catalogue.get(change, request.path_params["id"])
            if old is None:
                raise NotFound()
            if not matches(request.headers.get("if-match"), _etag(old)):
                raise Stale()
            new = read_choice(given, old.id, self._language, old.position)
            if new == msgspec.structs.replace(old, revision=0):
                new = old
            else:
                new = await catalogue.replace(change, new)
        await self._follower.catch_up()
        return self._answer(new)

    async def arrange(self, request: Request, reader: Reader) -> Response:
        """All of them in another order. With `If-Match`, only if nobody changed any of them meanwhile."""
        wanted = await body.json_array(request)
        async with self._database.write(reader.organisation, reader.actor) as change:
            choices = await catalogue.all_of(change.connection, reader.organisation)
            if not matches(request.headers.get("if-match"), _etag_of(choices)):
                raise Stale()
            await catalogue.arrange(change, _arranged(choices, wanted))
        await self._follower.catch_up()
        return self._list(reader)

    def _list(self, reader: Reader) -> Response:
        choices = reader.directory.presences.catalogue.choices
        response = json([self._view(choice) for choice in choices])
        tag(response, _etag_of(choices))
        return response

    async def remove(self, request: Request, reader: Reader) -> Response:
        async with self._database.write(reader.organisation, reader.actor) as change:
            old = await catalogue.get(change, request.path_params["id"])
            if old is None:
                raise NotFound()
            if not matches(request.headers.get("if-match"), _etag(old)):
                raise Stale()
            await catalogue.remove(change, old, self._clock())
        await self._follower.catch_up()
        return ok()

    def _view(self, choice: Choice) -> ChoiceView:
        end = proposed(choice, self._clock(), self._calendar)
        return ChoiceView(
            choice.id, choice.name(self._language), choice.names, choice.available, choice.id == DEFAULT, choice.colour,
            choice.symbol, choice.position, choice.code, choice.end, choice.at, choice.asks, choice.meanwhile,
            choice.forward, None if end is None else local_time(end, self._calendar),
        )  # fmt: skip

    def _answer(self, choice: Choice, status: int = 200) -> Response:
        response = json(self._view(choice), status)
        tag(response, _etag(choice))
        return response


def _etag(choice: Choice) -> str:
    return f'"{choice.revision}"'


def _etag_of(choices: Iterable[Choice]) -> str:
    """Another one, if any of them is another, new or gone."""
    told = " ".join(sorted(f"{choice.id}:{choice.revision}" for choice in choices))
    return f'"{hashlib.sha256(told.encode()).hexdigest()[:16]}"'


def _arranged(choices: Iterable[Choice], wanted: Sequence[Any]) -> list[Choice]:
    """In the order of these ids. Raises Invalid unless each of them is there, once."""
    by_id = {choice.id: choice for choice in choices}
    found: dict[str, Choice] = {}
    for id_ in wanted:
        if not isinstance(id_, str) or id_ not in by_id:
            shown = repr(id_)[:64]
            raise Invalid("order", f"{shown} är ingen profil", f"{shown} is no profile")
        if id_ in found:
            raise Invalid("order", f"{id_!r} står två gånger", f"{id_!r} is there twice")
        found[id_] = by_id[id_]
    for choice in by_id.values():
        if choice.id not in found:
            sv, en = choice.name("sv"), choice.name("en")
            raise Invalid("order", f"{choice.id!r} ({sv}) saknas", f"{choice.id!r} ({en}) is missing")
    return list(found.values())


def read_choice(given: Mapping[str, Any], id_: str, language: str, position: int) -> Choice:
    """Raises Invalid with the first field that is wrong."""
    end, meanwhile = _one_of(End, given, "end"), _one_of(Meanwhile, given, "pbx")
    available = _flag(given, "available")
    if id_ == DEFAULT and not available:
        raise Invalid("available", "profilen som gäller annars betyder tillgänglig",
                      "the profile that holds otherwise means available")  # fmt: skip
    return Choice(
        id_,
        _names(given, language),
        available,
        _text(given, "colour", COLOUR, "#546e7a", "ska vara som #2e7d32", "must be like #2e7d32").lower(),
        _symbol(given),
        _position(given, position),
        _text(given, "code", _CODE, "", "ska vara 1–4 siffror", "must be 1–4 digits"),
        end,
        _at(given) if end is End.TIME else "",
        _flag(given, "ask_message"),
        meanwhile,
        _forward(given) if meanwhile is Meanwhile.FORWARD else "",
    )


def _names(given: Mapping[str, Any], language: str) -> dict[str, str]:
    names = given.get("names")
    if names is None:
        names = {language: given.get("name")}
    if not isinstance(names, dict) or not names:
        raise Invalid("names", "ska vara namn per språk", "must be names by language")
    kept = {}
    for language, name in names.items():
        if language not in _LANGUAGES:
            raise Invalid("names", f"{language[:16]!r} är inte sv eller en", f"{language[:16]!r} is not sv or en")
        if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME or not name.isprintable():
            field = "names" if "names" in given else "name"
            raise Invalid(field, f"ska vara 1–{MAX_NAME} tecken", f"must be 1–{MAX_NAME} characters")
        kept[language] = name.strip()
    return {language: kept[language] for language in _LANGUAGES if language in kept}


def _one_of(kind: type[E], given: Mapping[str, Any], field: str) -> E:
    default = next(iter(value for value in kind if value in ("none", "nothing")))
    value = given.get(field)
    try:
        return kind(default if value is None or value == "" else value)
    except (ValueError, TypeError):
        words = ", ".join(kind)
        raise Invalid(field, f"ska vara {words}", f"must be one of {words}") from None


def _flag(given: Mapping[str, Any], field: str) -> bool:
    value = given.get(field)
    if value is not None and not isinstance(value, bool):
        raise Invalid(field, "ska vara true eller false", "must be true or false")
    return bool(value)


def _text(given: Mapping[str, Any], field: str, pattern: re.Pattern[str], default: str, sv: str, en: str) -> str:
    value = given.get(field)
    if value is None or value == "":
        return default
    if not isinstance(value, str) or not pattern.fullmatch(value.lower()):
        raise Invalid(field, sv, en)
    return value


def _symbol(given: Mapping[str, Any]) -> str:
    symbol = given.get("symbol")
    if symbol is None or symbol == "":
        return "other"
    if symbol not in SYMBOLS:
        raise Invalid("symbol", f"ska vara {', '.join(SYMBOLS)}", f"must be one of {', '.join(SYMBOLS)}")
    return str(symbol)


def _position(given: Mapping[str, Any], default: int) -> int:
    order = given.get("order")
    if order is None:
        return default
    if not isinstance(order, int) or isinstance(order, bool) or not 0 <= order <= MAX_POSITION:
        raise Invalid("order", f"ska vara 0–{MAX_POSITION}", f"must be 0–{MAX_POSITION}")
    return order


def _at(given: Mapping[str, Any]) -> str:
    try:
        return time.fromisoformat(str(given.get("at"))).strftime("%H:%M")
    except ValueError:
        raise Invalid("at", "ska vara en tid som 13:00", "must be a time such as 13:00") from None


def _forward(given: Mapping[str, Any]) -> str:
    forward = given.get("forward")
    if not isinstance(forward, str) or not _FORWARD.fullmatch(forward):
        raise Invalid("forward", "ska vara ett nummer utan mellanslag", "must be a number without blanks")
    return forward
