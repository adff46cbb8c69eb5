"""A message before it is sent: how it would go out, and why it would not."""

from collections.abc import Collection

import msgspec

from katalog.domain import sms
from katalog.domain.destination import Destination, NotANumber, destination, dialled
from katalog.domain.entry import Entry
from katalog.domain.message import Reason
from katalog.domain.sender import Senders
from katalog.gateways.base import Gateway, Sms
from katalog.live.directory import Directory

_KINDS = {
    Destination.INTERNAL: ("interna nummer", "internal numbers"),
    Destination.NATIONAL: ("nummer som inte är mobilnummer", "numbers that are no mobiles"),
    Destination.MOBILE: ("mobilnummer", "mobile numbers"),
    Destination.INTERNATIONAL: ("nummer i andra länder", "numbers in other countries"),
    Destination.PREMIUM: ("betalnummer", "premium-rate numbers"),
    Destination.EMERGENCY: ("nödnummer", "emergency numbers"),
}
_NO_GATEWAY = Reason("Ingen SMS-tjänst är inställd (sms.gateway).", "No gateway for messages is set up (sms.gateway).")
_NO_NUMBER = Reason("Det är inget nummer.", "That is no number.")
_NO_TEXT = Reason("Meddelandet är tomt.", "The message is empty.")
_UNSENDABLE = Reason(
    "Meddelandet innehåller tecken som inte kan sändas.", "The message has characters that cannot be sent."
)
_NO_SENDER = Reason(
    "Det finns ingen avsändare för det här kontot (sms.sender, sms.fallback).",
    "There is no sender for this account (sms.sender, sms.fallback).",
)


class Rules(msgspec.Struct, frozen=True):
    """`allow` are the kinds of numbers that may be sent to; `plain` whether typographic signs are written plainly."""

    country: str
    allow: Collection[Destination]
    senders: Senders
    max_parts: int
    plain: bool


class Draft(msgspec.Struct, frozen=True):
    """`objection` is None if nothing stands in the way. `number` is as it is dialled, or else as given."""

    number: str
    kind: Destination | None
    sender: str
    text: str
    size: sms.Size
    lines: tuple[tuple[str, str], ...]
    objection: Reason | None

    @property
    def sms(self) -> Sms:
        """Of one without an objection."""
        assert self.kind is not None  # noqa: S101
        return Sms(self.number, self.kind, self.sender, self.text, self.lines)


def draft(
    rules: Rules, gateway: Gateway | None, directory: Directory, entry: Entry | None, number: str, text: str
) -> Draft:
    """`entry` is in whose name."""
    digits, kind = number, None
    lines: tuple[tuple[str, str], ...] = ()
    in_house = gateway is not None and gateway.in_house
    try:
        digits = dialled(number, rules.country)
    except NotANumber:
        pass
    else:
        lines = _lines(directory, number, digits) if in_house else ()
        kind = destination(digits, rules.country, internal=bool(lines))
    if rules.plain:
        text = sms.plain(text)
    made = Draft(digits, kind, rules.senders.of(entry), text, sms.size(text), lines, None)
    return msgspec.structs.replace(made, objection=_objection(made, rules, gateway))


def _lines(directory: Directory, number: str, digits: str) -> tuple[tuple[str, str], ...]:
    """By which extensions telephone systems know whose number it is. Hidden ones have telephones, too; who has nothing
    but a mobile number has none.
    """
    entry = directory.called(digits, hidden=True) or directory.find(number, hidden=True)
    if entry is None:
        return ()
    public = destination(digits, directory.country, internal=False)
    return () if public is Destination.MOBILE and not entry.devices else tuple(directory.lines(entry.id))


def _objection(made: Draft, rules: Rules, gateway: Gateway | None) -> Reason | None:
    """The first, in the order in which somebody could mend them."""
    if gateway is None:
        return _NO_GATEWAY
    if made.kind is None:
        return _NO_NUMBER
    if not made.text.strip():
        return _NO_TEXT
    if not sms.is_sendable(made.text):
        return _UNSENDABLE
    if made.kind is Destination.EMERGENCY or made.kind not in rules.allow:
        sv, en = _KINDS[made.kind]
        return Reason(f"Till {sv} får inga meddelanden sändas.", f"No messages may be sent to {en}.")
    if not made.sender:
        return _NO_SENDER
    if made.size.parts > rules.max_parts:
        return _too_long(made.size, rules.max_parts)
    return gateway.objection(made.sms)


def _too_long(size: sms.Size, most: int) -> Reason:
    because_sv = because_en = ""
    if size.forcing:
        signs = " ".join(size.forcing[:5])
        because_sv = f" För tecknen {signs} går det mindre i varje."
        because_en = f" The signs {signs} leave less room in each."
    return Reason(
        f"Meddelandet är för långt: det tar {size.parts} delar, och högst {most} får sändas.{because_sv}",
        f"The message is too long: it takes {size.parts} parts, and {most} may be sent at most.{because_en}",
    )
