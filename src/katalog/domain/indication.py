"""What telephones show of a profile: a lamp, a presence with its words, and what becomes of calls meanwhile."""

import re

import msgspec

from katalog.domain.catalogue import Catalogue, Meanwhile
from katalog.domain.ending import local_time
from katalog.domain.hours import Calendar
from katalog.domain.presence import DND_NAMES, Source, State
from katalog.domain.profile import NO_END

AVAILABLE, AWAY, DND = "available", "away", "dnd"
"""Statuses, as RFC 3863 and RFC 4480 and their users name them."""

_NUMBER = re.compile(r"[^0-9+*#]")


class Indication(msgspec.Struct, frozen=True):
    """Of one extension of one telephone system. Without anything else, it is that of the default profile.

    `absent`  whether lamps are lit
    `status`  `AVAILABLE`, `AWAY` or `DND`
    `name`    the profile's name, `""` for the default one
    `text`    until when, and the message, on one line
    `dnd`     whether calls are refused meanwhile
    `forward` the number to which calls go meanwhile, `""` for none
    """

    extension: str
    absent: bool = False
    status: str = AVAILABLE
    name: str = ""
    text: str = ""
    dnd: bool = False
    forward: str = ""


def indication(extension: str, state: State, catalogue: Catalogue, calendar: Calendar) -> Indication:
    """What is shown of a state at its extension."""
    if state.source is Source.DEFAULT:
        return Indication(extension)
    if state.source is Source.DND:
        # It is the telephone's own: it refuses the calls, and ends it.
        return Indication(extension, True, DND, DND_NAMES.get(catalogue.language, DND_NAMES["en"]))
    choice = catalogue.get(state.choice) or catalogue.default
    refused = choice.meanwhile is Meanwhile.DO_NOT_DISTURB
    status = AVAILABLE if choice.available else AWAY
    return Indication(
        extension,
        not choice.available,
        DND if refused else status,
        choice.name(catalogue.language),
        text(state, catalogue.language, calendar),
        refused,
        _NUMBER.sub("", choice.forward) if choice.meanwhile is Meanwhile.FORWARD else "",
    )


def text(state: State, language: str, calendar: Calendar) -> str:
    """`till 2027-03-14 08:00. Svarar på mejl.`, whichever of the two there is.

    On one line: a line break would be read as another header by whoever listens to the telephone system.
    """
    end = local_time(None if state.end == float("inf") else state.end, calendar)
    until = "" if end == NO_END else f"{'till' if language == 'sv' else 'until'} {end[:16]}"
    words = " ".join((state.message or "").split())
    return ". ".join(part for part in (until, words) if part)
