"""An organisation's catalogue of profiles: what people can set, and what each means."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

DEFAULT = "available"
"""The id of the profile that holds when nothing else does. It cannot be removed, and means: can be reached."""

SYMBOLS = (
    "available", "busy", "meeting", "meal", "travel", "home", "left", "ill", "child", "holiday", "parent", "other",
)  # fmt: skip
"""The pictures that pages have; each profile shows one beside its colour and word."""

COLOUR = re.compile(r"#[0-9a-f]{6}")


class End(StrEnum):
    """Which end is proposed where none is given.

    `hour` in one hour, `time` at the time of day of `at` (of tomorrow if it has passed), `morning` when the next
    working day begins, `ask` none: whoever sets it is asked for a date, `none` none.
    """

    HOUR = "hour"
    TIME = "time"
    MORNING = "morning"
    ASK = "ask"
    NONE = "none"


class Meanwhile(StrEnum):
    """What the telephone system does as long as the profile holds."""

    NOTHING = "nothing"
    DO_NOT_DISTURB = "dnd"
    FORWARD = "forward"


class Choice(msgspec.Struct, frozen=True):
    """One profile of the catalogue.

    `id`       a slug, or a UUIDv7
    `names`    language → name, at least in one
    `colour`   `#rrggbb`
    `symbol`   one of `SYMBOLS`
    `position` the order in which people see them
    `code`     the digits that set it from a telephone (`*23*<code>#`), `""` if it has none
    `at`       `HH:MM`, for `End.TIME`
    `asks`     whether a message is asked for
    `forward`  the number of `Meanwhile.FORWARD`
    """

    id: str
    names: Mapping[str, str]
    available: bool
    colour: str
    symbol: str
    position: int
    code: str = ""
    end: End = End.NONE
    at: str = ""
    asks: bool = False
    meanwhile: Meanwhile = Meanwhile.NOTHING
    forward: str = ""
    revision: int = 0

    def name(self, language: str) -> str:
        """In a language, else in English, else in any."""
        return self.names.get(language) or self.names.get("en") or next(iter(self.names.values()))


def standard() -> list[Choice]:
    """What a new organisation gets. The codes are those that Swedish telephone systems have long had, or free ones."""
    ask, morning = End.ASK, End.MORNING
    return [
        Choice(DEFAULT, _named("Tillgänglig", "Available"), True, "#2e7d32", "available", 0, "0"),
        Choice("busy", _named("Upptagen", "Busy"), False, "#c62828", "busy", 1, "1", End.HOUR,
               meanwhile=Meanwhile.DO_NOT_DISTURB),
        Choice("meeting", _named("Möte", "Meeting"), False, "#c62828", "meeting", 2, "2", End.HOUR),
        Choice("lunch", _named("Lunch", "Lunch"), False, "#ef6c00", "meal", 3, "3", End.TIME, "13:00"),
        Choice("travel", _named("Tjänsteresa", "Business trip"), False, "#1565c0", "travel", 4, "4", ask),
        Choice("home", _named("Arbetar hemma", "Working from home"), True, "#2e7d32", "home", 5, "5", morning),
        Choice("left", _named("Gått för dagen", "Gone for the day"), False, "#546e7a", "left", 6, "6", morning),
        Choice("ill", _named("Sjuk", "Ill"), False, "#6a1b9a", "ill", 7, "7", morning),
        Choice("child", _named("Vård av barn", "Caring for a child"), False, "#6a1b9a", "child", 8, "8", morning),
        Choice("holiday", _named("Semester", "Holiday"), False, "#1565c0", "holiday", 9, "9", ask, asks=True),
        Choice("parental", _named("Föräldraledig", "Parental leave"), False, "#1565c0", "parent", 10, "10", ask,
               asks=True),
    ]  # fmt: skip


def _named(sv: str, en: str) -> dict[str, str]:
    return {"sv": sv, "en": en}


class Catalogue:
    """The choices of one organisation, whose language is `language`, found by what people write."""

    def __init__(self, choices: Iterable[Choice], language: str) -> None:
        self.language = language
        self.choices = sorted(choices, key=lambda choice: (choice.position, choice.id))
        self._by_id = {choice.id: choice for choice in self.choices}
        self._by_name = {
            _plain(name): choice for choice in reversed(self.choices) for name in choice.names.values()
        }  # fmt: skip

    def get(self, id_: str) -> Choice | None:
        return self._by_id.get(id_)

    def named(self, text: str) -> Choice | None:
        """By a name in any language and case, else by id."""
        return self._by_name.get(_plain(text)) or self._by_id.get(text.strip())

    def coded(self, code: str) -> Choice | None:
        """By the digits that a telephone sends."""
        return next((choice for choice in self.choices if choice.code and choice.code == code), None)

    @property
    def default(self) -> Choice:
        return self._by_id.get(DEFAULT) or standard()[0]


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
