"""How a text becomes an SMS (3GPP TS 23.038 and 23.040): its alphabet, its length, and into how many parts it goes.

What is not in the GSM alphabet, be it one sign, makes the whole message UCS-2, with less than half the room.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import msgspec

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)  # fmt: skip
_EXTENSION = frozenset("^{}\\[~]|€")
"""Each of these is an escape and a sign: two septets."""

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f", " "),
        **dict.fromkeys("\u00ad\u200b\u200c\u2060\ufeff", ""),
        **dict.fromkeys("\u2028\u2029", "\n"),
        "…": "...",
        "•": "*",
    }
)
"""Signs of typography, and those that word processors put in, by what everybody reads in the same way."""

_UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but tab and ends of lines, and halves of pairs that stand alone."""


class Encoding(StrEnum):
    GSM7 = "GSM-7"
    UCS2 = "UCS-2"


class _Room(msgspec.Struct, frozen=True):
    """Units in a message of one part, and in each of several, whose header takes the rest."""

    alone: int
    each: int


_ROOMS = {Encoding.GSM7: _Room(160, 153), Encoding.UCS2: _Room(70, 67)}


class Size(msgspec.Struct, frozen=True):
    """`units` are septets of GSM-7, or UTF-16 units of UCS-2; `left` so many fit before there is one part more.
    `forcing` are the signs because of which it is UCS-2, each once.
    """

    encoding: Encoding
    units: int
    parts: int
    left: int
    forcing: tuple[str, ...]


def size(text: str) -> Size:
    """
    >>> size("Hej då"), size("Hej 😀").forcing
    (Size(encoding=<Encoding.GSM7: 'GSM-7'>, units=6, parts=1, left=154, forcing=()), ('😀',))
    """
    forcing = tuple(dict.fromkeys(sign for sign in text if sign not in _BASIC and sign not in _EXTENSION))
    if forcing:
        return _packed(Encoding.UCS2, (2 if ord(sign) > 0xFFFF else 1 for sign in text), forcing)
    return _packed(Encoding.GSM7, (2 if sign in _EXTENSION else 1 for sign in text), ())


def _packed(encoding: Encoding, widths: Iterable[int], forcing: tuple[str, ...]) -> Size:
    """An escape and its sign, and the halves of a surrogate pair, are never in different parts."""
    room = _ROOMS[encoding]
    units, parts, filled = 0, 1, 0
    for width in widths:
        units += width
        if filled + width > room.each:
            parts, filled = parts + 1, 0
        filled += width
    if units <= room.alone:
        return Size(encoding, units, 1, room.alone - units, forcing)
    return Size(encoding, units, parts, room.each - filled, forcing)


def plain(text: str) -> str:
    """Typographic signs written plainly, where the whole then needs no UCS-2; otherwise the text as it is.

    >>> plain("”Hej” – vi ses…"), plain("”Hej” 😀")
    ('"Hej" - vi ses...', '”Hej” 😀')
    """
    # Some systems write å as a and a ring, which is two signs and none of GSM-7.
    plainer = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return plainer if not size(plainer).forcing else text


def is_sendable(text: str) -> bool:
    return _UNSENDABLE.search(text) is None
