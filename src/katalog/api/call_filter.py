"""Which call records are asked for: the parameters of `/api/call-records`, and the options of `katalog calls`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from katalog.api.calls import international
from katalog.api.parameters import with_plus
from katalog.domain.call import Direction
from katalog.domain.call_record import Outcome
from katalog.domain.dates import begin_of, end_of, parse_date
from katalog.domain.dialling import Dialling
from katalog.domain.moment import parse_moment
from katalog.errors import Invalid
from katalog.store.call_records import Wanted

T = TypeVar("T", bound=StrEnum)

DIRECTIONS = (Direction.IN, Direction.OUT)

LONGEST_NUMBER = 64
"""Characters, as of a number in the directory."""

_OUTSIDE_LINES = ("", "0", "9")
"""What is dialled first for an outside line, as `international` knows it."""

_SIGNS = re.compile(r"[\s().\-/]")
_LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (?=\d\d:?\d\d$)")


def wanted_of(
    given: Mapping[str, str], entry: str | None, zone: ZoneInfo, country: str, *, hidden: bool = True, own: str = ""
) -> Wanted:
    """`direction`, `outcome`, `number`, `from` and `to` of `given`; the rest as in `Wanted`. Raises Invalid."""
    return Wanted(
        entry=entry,
        hidden=hidden,
        own=own,
        direction=_one_of(given, "direction", DIRECTIONS),
        outcome=_one_of(given, "outcome", tuple(Outcome)),
        numbers=_numbers(given.get("number", ""), country),
        since=moment_in(given, "from", zone),
        until=moment_in(given, "to", zone),
    )


def _numbers(text: str, country: str) -> tuple[str, ...]:
    if len(text) > LONGEST_NUMBER or not text.isprintable():
        raise Invalid(
            "number", f"ska vara ett nummer på högst {LONGEST_NUMBER} tecken",
            f"must be a number of {LONGEST_NUMBER} characters at most",
        )  # fmt: skip
    return tuple(dict.fromkeys(_notations(with_plus(text).strip(), country)))


def _notations(text: str, country: str) -> Iterable[str]:
    """The ways in which a telephone system may have written a number: all that have its E.164 form."""
    if not text:
        return
    yield text
    yield _SIGNS.sub("", text)
    public = international(text, country)
    if not public.startswith("+"):
        return
    yield public
    dialling = Dialling(country)
    dialled = [dialling.international + public[1:]]
    if public.startswith(f"+{dialling.code}"):
        dialled.append(dialling.trunk + public.removeprefix(f"+{dialling.code}"))
    for line in _OUTSIDE_LINES:
        yield from (line + each for each in dialled if international(line + each, country) == public)


def moment_in(given: Mapping[str, str], name: str, zone: ZoneInfo) -> float | None:
    """A day (`to`: with it), or a moment as everywhere."""
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        if len(text) <= len("2026-01-31"):
            day = parse_date(text)
            return begin_of(day, zone) if name == "from" else end_of(day, zone)
        return parse_moment(_LOST_PLUS.sub(r"\1+", text), zone)
    except ValueError:
        raise Invalid(
            name, "ska vara en dag eller en tidpunkt (ISO 8601)", "must be a day or a moment (ISO 8601)"
        ) from None


def _one_of(given: Mapping[str, str], name: str, known: Sequence[T]) -> T | None:
    text = given.get(name, "").strip().lower()
    if not text:
        return None
    for each in known:
        if each == text:
            return each
    choices = ", ".join(known)
    raise Invalid(name, f"ska vara något av {choices}", f"must be one of {choices}")
