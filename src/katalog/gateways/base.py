"""What a gateway for text messages is, and the door by which gateways enter.

A gateway is given one message at a time and says what became of it. Who may send what to whom, and that the same is not
sent twice, has been seen to before.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, Protocol

import msgspec

from katalog.connectors.base import Finding, Messages
from katalog.domain.destination import Destination
from katalog.domain.message import Outcome, Reason
from katalog.errors import SettingsError

GROUP = "katalog.gateways"


class Sms(msgspec.Struct, frozen=True):
    """One message. `number` is as it is dialled; `sender` a number or a short text.

    `lines` are telephone systems and the extensions by which they know whose number it is, if it is one of the house.
    """

    number: str
    kind: Destination
    sender: str
    text: str
    lines: tuple[tuple[str, str], ...] = ()


class Setup(msgspec.Struct, frozen=True):
    """What a gateway is made of: the country whose numbers these are, its own settings, and by their names the
    telephone systems that take messages.
    """

    country: str
    options: Mapping[str, Any]
    systems: Mapping[str, Messages]


class Gateway(Protocol):
    @property
    def in_house(self) -> bool:
        """Whether it reaches the organisation's own telephones, by any of their numbers, at no cost."""

    def objection(self, sms: Sms) -> Reason | None:
        """Why it would not take this one, as far as that is known without asking anybody."""

    async def send(self, sms: Sms) -> Outcome:
        """Hands one over, once, and soon: within 30 seconds.

        `FAILED` only if it has certainly not been sent: then it may be sent again. Where that cannot be told (no answer
        came), `UNKNOWN`.
        """

    async def check(self) -> list[Finding]:
        """Whether it would work, found at no cost."""


GatewayFactory = Callable[[Setup], Gateway]


def make_gateway(kind: str, setup: Setup) -> Gateway:
    """Raises SettingsError."""
    points = entry_points(group=GROUP)
    for point in points:
        if point.name == kind:
            factory: GatewayFactory = point.load()
            return factory(setup)
    known = ", ".join(sorted(point.name for point in points))
    raise SettingsError(f"sms.gateway: unknown gateway {kind!r}; known: {known}")
