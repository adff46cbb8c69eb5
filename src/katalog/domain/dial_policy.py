"""Which kinds of numbers who may dial by katalog: the guard against calls that somebody else pays for."""

from collections.abc import Mapping

import msgspec

from katalog.domain.account import Role
from katalog.domain.destination import Destination, destination
from katalog.domain.dialling import Dialling

NAMES: Mapping[Destination, tuple[str, str]] = {
    Destination.INTERNAL: ("interna nummer", "internal numbers"),
    Destination.NATIONAL: ("nummer i landet", "numbers in the country"),
    Destination.MOBILE: ("mobilnummer", "mobile numbers"),
    Destination.INTERNATIONAL: ("utlandsnummer", "numbers abroad"),
    Destination.PREMIUM: ("betalnummer", "premium numbers"),
    Destination.EMERGENCY: ("nödnummer", "emergency numbers"),
}
"""What people call them, in Swedish and English."""


class DialPolicy(msgspec.Struct, frozen=True):
    """`roles` has the kinds of those roles that differ from the others. Emergency numbers are never among them: whoever
    dials one must hear who answers, and from where they call.
    """

    kinds: frozenset[Destination]
    roles: Mapping[Role, frozenset[Destination]]

    def allows(self, role: Role, kind: Destination) -> bool:
        return kind is not Destination.EMERGENCY and kind in self.roles.get(role, self.kinds)

    def allows_any(self, role: Role) -> bool:
        """Whether there is anything at all that the role may dial."""
        return any(self.allows(role, kind) for kind in Destination)


def kind_of(digits: str, country: str, *, known: bool) -> Destination:
    """The kind of a number as it is dialled; `known` says that the directory has it. Abroad it costs what it costs,
    whoever has it.

    >>> kind_of("08123456", "SE", known=True), kind_of("004722864400", "SE", known=True)
    (<Destination.INTERNAL: 'internal'>, <Destination.INTERNATIONAL: 'international'>)
    """
    abroad = digits.startswith(Dialling(country).international)
    return destination(digits, country, internal=known and not abroad)


def refusal(kind: Destination) -> tuple[str, str]:
    """Why a number is not dialled, and what can be done, in Swedish and English."""
    sv, en = NAMES[kind]
    if kind is Destination.EMERGENCY:
        return f"Ring {sv} från telefonen: härifrån rings de aldrig.", f"Dial {en} at a telephone: never from here."
    return (
        f"Det är inte tillåtet att ringa {sv} härifrån. En administratör kan tillåta det: dial.kinds, dial.roles.",
        f"Dialling {en} from here is not allowed. An administrator can allow it: dial.kinds, dial.roles.",
    )
