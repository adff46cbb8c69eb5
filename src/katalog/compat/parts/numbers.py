"""`/extensions/{extension}`: one entry, by its number in any notation."""

from typing import Any
from urllib.parse import quote

from katalog.compat import entry, reading
from katalog.compat.answer import Answer
from katalog.compat.asking import Asking
from katalog.compat.notation import notations, public
from katalog.compat.shape import Differs, Unseen

UNKNOWN = "0000000000"

_NOTATIONS = tuple(notations("", ""))


async def numbers(asking: Asking, entries: list[Any] | None) -> None:
    asking.part("One number")
    with asking.line("GET /extensions/{extension} is one object, never a list of one"):
        await _one(asking, entries, "")
    with asking.line("with the slash at the end, too"):
        await _one(asking, entries, "/")
    found = public(entries or [], asking.options.country)
    for name in _NOTATIONS:
        with asking.line(f"found when it is written {name}"):
            if found is None:
                raise Unseen(f"no extension in the list is a public number ({asking.options.country})")
            written, international = found
            answer = await asking.get(f"/extensions/{notations(written, international)[name]}")
            _is(answer, written)
    unknown = await asking.get(f"/extensions/{UNKNOWN}")
    with asking.line("an unknown number is 404 with a message"):
        reading.message(unknown, 404)
    with asking.line("the error is a problem object: type, title, status"):
        if unknown.status < 400:
            raise Unseen("no error came")
        reading.problem(unknown)


async def _one(asking: Asking, entries: list[Any] | None, end: str) -> None:
    for each in entry.of_any(entries):
        written = each.get("extension") if isinstance(each, dict) else None
        if isinstance(written, str) and written:
            _is(await asking.get(f"/extensions/{quote(written, safe='')}{end}"), written)
            return
    raise Unseen("no entry has an extension")


def _is(answer: Answer, written: str) -> None:
    """One entry that has this number."""
    found = reading.one_object(answer)
    entry.have_keys([found])
    if found["extension"] != written:
        raise Differs("the entry of that number", "another")
