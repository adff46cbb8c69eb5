"""The columns of a table of people: what they are called, and how a field is written in one cell.

What `render` writes `parse` reads back as the same value; imports and exports share this one place for it.
"""

import difflib
import re
import unicodedata
from typing import Any

import msgspec

from katalog.domain.fields import check
from katalog.errors import Invalid

_LIST = re.compile(r"[,;\n]")
_KINDS = {"person": "person", "rum": "room", "room": "room", "funktion": "function", "function": "function"}
# SANT and FALSKT are what a Swedish Excel makes of true and false.
_YES = frozenset({"true", "yes", "ja", "1", "x", "sant"})
_NO = frozenset({"false", "no", "nej", "0", "", "falskt"})


class Column(msgspec.Struct, frozen=True):
    """One column: its two names, and the field of `Entry` that it holds."""

    name: str
    swedish: str
    field: str

    def parse(self, text: str) -> Any:
        """The value to keep for the text of a cell. Raises Invalid."""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        value: Any = text
        match self.field:
            case "keywords" | "numbers":
                value = _LIST.split(text)
            case "devices":
                value = text.split()
            case "kind":
                value = _KINDS.get(text.strip().casefold(), text)
            case "hidden":
                value = _yes_or_no(self.name, text)
        return check(self.field, value, called=self.name)

    def render(self, value: Any) -> str:
        """The text of a cell for a value that is kept."""
        match self.field:
            case "keywords" | "numbers":
                return ", ".join(value)
            case "devices":
                return " ".join(value)
            case "hidden":
                return "yes" if value else "no"
        return str(value)


def _yes_or_no(called: str, text: str) -> bool:
    word = text.strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise Invalid(called, "ska vara ja, nej eller tom", "must be yes, no or empty")


COLUMNS = (
    Column("id", "id", "source_id"),
    Column("extension", "anknytning", "extension"),
    Column("name", "namn", "name"),
    Column("email", "e-post", "email"),
    Column("mobile", "mobil", "mobile"),
    Column("keywords", "nyckelord", "keywords"),
    Column("kind", "typ", "kind"),
    Column("title", "titel", "title"),
    Column("department", "avdelning", "department"),
    Column("location", "plats", "location"),
    Column("numbers", "nummer", "numbers"),
    Column("devices", "enheter", "devices"),
    Column("hidden", "dold", "hidden"),
)
"""Every column, in the order of an export."""

REQUIRED = ("extension", "name")

OF_FIELD = {column.field: column for column in COLUMNS}
_BY_NAME = {name: column for column in COLUMNS for name in (column.name, column.swedish)}


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).strip().casefold()


def named(name: str) -> Column | None:
    """The column that is called so, in either language and any case."""
    return _BY_NAME.get(_plain(name))


def nearest(name: str) -> str | None:
    """What somebody may have meant who wrote a column that there is not."""
    return next(iter(difflib.get_close_matches(_plain(name), _BY_NAME, 1, 0.7)), None)
