"""Messages through the telephone system: SIP MESSAGE to telephones of the house, and by a trunk that takes them."""

import asyncio
import re
from collections.abc import Mapping

import msgspec

from katalog.connectors.base import Finding, Messages
from katalog.domain.destination import Destination
from katalog.domain.message import Outcome, Reason, State
from katalog.domain.number import e164
from katalog.errors import SettingsError
from katalog.gateways.base import Setup, Sms

MOST = 8
"""Telephones of one number that a message is handed to."""

_SAFE = re.compile(r"[A-Za-z0-9_+*#.-]{1,40}", re.ASCII)
"""What may stand in an address."""


class Options(msgspec.Struct, frozen=True):
    """As in the settings, `[sms_asterisk]`."""

    pbx: str = ""
    inside: str = "pjsip:{number}"
    outside: str = ""


class AsteriskGateway:
    in_house = True

    def __init__(self, setup: Setup) -> None:
        self._country = setup.country
        self._options = msgspec.convert(setup.options, Options)
        self._name, self._system = _system(self._options.pbx, setup.systems)

    def objection(self, sms: Sms) -> Reason | None:
        if sms.kind is not Destination.INTERNAL and not self._options.outside:
            return Reason(
                "Växeln sänder bara till egna telefoner (sms_asterisk.outside är inte inställt).",
                "The telephone system sends to its own telephones only (sms_asterisk.outside is not set).",
            )
        length, room = len(sms.text.encode()), self._system.room(sms.text)
        if length > room:
            return Reason(
                f"Växeln tar högst {room} byte; meddelandet har {length}.",
                f"The telephone system takes {room} bytes at most; the message has {length}.",
            )
        return None

    async def send(self, sms: Sms) -> Outcome:
        """To every telephone of whose number it is: one that has it is enough."""
        work = [self._system.send_message(to, sms.sender, sms.text) for to in self._addresses(sms)]
        outcomes = await asyncio.gather(*work)
        order = (State.SENT, State.UNKNOWN, State.FAILED)
        return min(outcomes, key=lambda outcome: order.index(outcome.state))

    def _addresses(self, sms: Sms) -> list[str]:
        if sms.kind is not Destination.INTERNAL:
            public = e164(sms.number, self._country) or sms.number
            return [self._options.outside.replace("{number}", sms.number).replace("{e164}", public)]
        own = [name for pbx, name in sms.lines if pbx == self._name and _SAFE.fullmatch(name)]
        names = list(dict.fromkeys(own or [sms.number]))[:MOST]
        return [self._options.inside.replace("{number}", name) for name in names]

    async def check(self) -> list[Finding]:
        return [await self._system.check_messages()]


def _system(name: str, systems: Mapping[str, Messages]) -> tuple[str, Messages]:
    """The one that is named, or else the first."""
    if name in systems:
        return name, systems[name]
    if systems and not name:
        return next(iter(systems.items()))
    known = ", ".join(systems) or "none"
    raise SettingsError(f"sms_asterisk.pbx: no [[pbx]] of that name takes messages: {name!r}; those that do: {known}")
