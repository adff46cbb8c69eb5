"""An entry as a vCard 3.0 (RFC 2426, RFC 2425): the version that every telephone reads.

Public numbers are written in E.164, so that they can be called from anywhere; internal ones as they are kept.
"""

import re
from collections.abc import Iterable, Iterator

from katalog.domain.entry import Entry, Kind
from katalog.domain.number import e164
from katalog.domain.range import range_of

MEDIA = "text/vcard"

WIDTH = 75
"""Bytes of a line, without its end (RFC 2425, section 5.8.1)."""

_ESCAPED = re.compile(r"[\\,;]")


def vcard(entry: Entry, organisation: str, country: str, *, most: int | None = None) -> str:
    """With `most`, what does not fit into so many bytes of UTF-8 is left out, the least needed first; who it is and the
    first number stay.
    """
    lines = list(_lines(entry, organisation, country))
    while most is not None and len(_text(lines).encode()) > most:
        needed, index = max((rank, index) for index, (rank, _) in enumerate(lines))
        if not needed:
            break
        del lines[index]
    return _text(lines)


def file_name(entry: Entry) -> str:
    """As people would call it, without what a file system does not take."""
    return re.sub(r'[\x00-\x1f"*/:<>?\\|]+', " ", entry.name).strip(" .") + ".vcf"


_Line = tuple[int, str]
"""How well one can do without it (0: not at all), and what it says."""


def _lines(entry: Entry, organisation: str, country: str) -> Iterator[_Line]:
    yield 0, "BEGIN:VCARD"
    yield 0, "VERSION:3.0"
    yield 0, f"N:{';'.join(_escaped(_parts(entry)))};;;"
    yield 0, f"FN:{_one(entry.name)}"
    yield 2, f"ORG:{';'.join(_escaped(filter(None, (organisation, entry.department))))}"
    if entry.title:
        yield 2, f"TITLE:{_one(entry.title)}"
    for place, (number, types) in enumerate(_numbers(entry, country).items()):
        yield 3 if place > 1 else place, f"TEL;TYPE={types}:{_one(number)}"
    if entry.email:
        yield 1, f"EMAIL;TYPE=INTERNET,WORK:{_one(entry.email)}"
    yield 4, f"UID:urn:uuid:{entry.id}"
    yield 0, "END:VCARD"


def _parts(entry: Entry) -> tuple[str, str]:
    """Family name and given names. A name is kept as one text; of a room's all of it is what it is sorted by."""
    name = " ".join(entry.name.split())
    if entry.kind is not Kind.PERSON:
        return name, ""
    family, comma, given = name.partition(",")
    if comma:
        return family.strip(), given.strip()
    given, _, family = name.rpartition(" ")
    return family, given


def _numbers(entry: Entry, country: str) -> dict[str, str]:
    """Number → its types, each once. A range is none."""
    kept = [(entry.extension, "WORK,VOICE"), (entry.mobile, "CELL,VOICE")]
    kept += [(number, "WORK,VOICE") for number in entry.numbers if range_of(number, country) is None]
    found: dict[str, str] = {}
    for number, types in kept:
        if number:
            found.setdefault(e164(number, country) or number, types)
    return found


def _escaped(texts: Iterable[str]) -> list[str]:
    return [_one(text) for text in texts]


def _one(text: str) -> str:
    return _ESCAPED.sub(r"\\\g<0>", text).replace("\n", "\\n")


def _text(lines: Iterable[_Line]) -> str:
    return "".join(_folded(line) for _, line in lines)


def _folded(line: str) -> str:
    """In lines of `WIDTH` bytes, each after the first beginning with a blank; no letter is cut in two."""
    rows, row, size = [], "", 0
    for sign in line:
        length = len(sign.encode())
        if size + length > WIDTH:
            rows.append(row)
            row, size = " ", 1
        row, size = row + sign, size + length
    return "\r\n".join((*rows, row)) + "\r\n"
