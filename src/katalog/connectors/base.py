"""What a telephone system's connector is, and the door by which connectors enter.

A connector knows no HTTP, no database and no directory: it is given a place to tell events, and runs one
session with its telephone system until the link is lost. Coming back is the supervisor's work
(`supervisor.py`), so that every kind of telephone system behaves alike when it is away.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from typing import Protocol, runtime_checkable

import msgspec

from katalog.domain.events import PbxEvent
from katalog.domain.indication import Indication
from katalog.domain.message import Outcome
from katalog.domain.placing import Placing
from katalog.errors import LinkError, SettingsError

Emit = Callable[[PbxEvent], None]


class PbxAddress(msgspec.Struct, frozen=True):
    """One `[[pbx]]` of the settings, as far as a connector needs it. `records`: recordings of calls are wanted."""

    name: str
    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "katalog"
    secret: str = ""
    db_context: str = ""
    dial_context: str = "from-internal"
    records: bool = False


class Finding(msgspec.Struct, frozen=True):
    """One line of `katalog check`: what was found, and what to do about it if it is not well."""

    ok: bool
    subject: str
    text: str
    advice: str = ""


class Connector(Protocol):
    """One telephone system."""

    @property
    def name(self) -> str: ...

    async def session(self, emit: Emit) -> None:
        """Connect, tell `LegsRead` once the whole state is known, then `LegsChanged` as things happen.

        Ends only by raising `LinkError` (the link was lost or never came) or by being cancelled. Everything
        it opened is closed then. Never tells `LinkLost` or `LegsWithdrawn`: that is the supervisor's.
        """

    async def check(self) -> list[Finding]:
        """Try the link as a session would and say what an administrator should do, in order."""


@runtime_checkable
class Telephones(Protocol):
    """What a connector is besides, if its telephones can show profiles and set them by codes (`CodeDialled`)."""

    def indicate(self, indications: Iterable[Indication]) -> None:
        """From now on telephones show these, in place of what was said of these extensions before.

        May be called with no session running; what is shown is put right at the beginning of each.
        """

    def reply(self, call: str, *, done: bool) -> None:
        """To a `CodeDialled`: whoever waits hears whether it was done."""


@runtime_checkable
class Dials(Protocol):
    """What a connector is besides, if it can place and end calls. It tells `DevicesRead` then, and `DeviceChanged`."""

    async def dial(self, placing: Placing) -> tuple[str, ...]:
        """Returns when the telephone system has taken the call, with the ids that its own legs have, or will have.

        Raises NotDone with the reason if nothing was placed, LinkError if the link is away. Whoever is told so may be
        sure that nothing rings afterwards.
        """

    async def hangup(self, legs: Iterable[str]) -> int:
        """Ends these legs, by their ids, and no others; gives how many there were. Raises NotDone, LinkError."""


@runtime_checkable
class Messages(Protocol):
    """What a connector is besides, if its telephone system sends text messages."""

    def room(self, text: str) -> int:
        """Bytes (UTF-8) that a text of this kind may have."""

    async def send_message(self, to: str, sender: str, text: str) -> Outcome:
        """Hands one over, to an address as the telephone system has them; with no session running it fails."""

    async def check_messages(self) -> Finding:
        """Whether it may, found without sending anything."""


@runtime_checkable
class Compares(Protocol):
    """What a connector is besides, if it compares its picture with the telephone system's own now and then."""

    @property
    def healed(self) -> int:
        """So many differences were put right, since the start."""


ConnectorFactory = Callable[[PbxAddress], Connector]


def connector_types() -> Mapping[str, str]:
    """Every kind of telephone system that is installed: type → where it comes from."""
    return {point.name: point.value for point in entry_points(group="katalog.connectors")}


def make_connector(kind: str, address: PbxAddress) -> Connector:
    for point in entry_points(group="katalog.connectors", name=kind):
        factory: ConnectorFactory = point.load()
        return factory(address)
    known = ", ".join(sorted(connector_types()))
    raise SettingsError(f"pbx {address.name!r}: unknown type {kind!r}; known types: {known}")


__all__ = [
    "Compares",
    "Connector",
    "ConnectorFactory",
    "Dials",
    "Emit",
    "Finding",
    "LinkError",
    "Messages",
    "PbxAddress",
    "Telephones",
    "connector_types",
    "make_connector",
]
