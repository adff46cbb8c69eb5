"""A directory for tests: two telephone systems, and short names for what is told to it."""

from collections.abc import Container
from zoneinfo import ZoneInfo

import msgspec

from katalog.domain.call import Call, Direction, Leg, LineStatus
from katalog.domain.device import DevicePattern
from katalog.domain.entry import Entry
from katalog.domain.events import EntriesChanged, LegsChanged, LegsRead
from katalog.domain.hours import Calendar, Closed, Hours
from katalog.live.directory import Directory
from katalog.live.presences import Presences
from katalog.settings import DEFAULT_PATTERN

IN, OUT = Direction.IN, Direction.OUT
UP, RINGING = LineStatus.UP, LineStatus.RINGING

PATTERNS = {"växel": DEFAULT_PATTERN, "filial": r"^SIP/9(?P<extension>\d+)$"}
"""The second telephone system's devices are called otherwise: SIP/9100 is the telephone of 100."""


CALENDAR = Calendar(ZoneInfo("Europe/Stockholm"), Hours.parse("mon-fri 08:00-17:00"), Closed("SE"))


def presences() -> Presences:
    return Presences(CALENDAR, "sv")


def directory(*entries: Entry, logins: Container[str] = frozenset(), now: list[float] | None = None) -> Directory:
    clock = [1_790_000_000.0] if now is None else now
    made = Directory(
        "SE",
        presences(),
        {name: DevicePattern(pattern) for name, pattern in PATTERNS.items()},
        logins,
        lambda: clock[0],
    )
    made.apply(EntriesChanged(entries))
    return made


def leg(
    id_: str,
    device: str,
    number: str = "0701231234",
    *,
    direction: Direction = IN,
    linestatus: LineStatus = UP,
    peer: str | None = None,
) -> Leg:
    return Leg(id_, device, direction, linestatus, number, peer)


def tell(to: Directory, *legs: Leg, pbx: str = "växel", ended: tuple[str, ...] = ()) -> None:
    to.apply(LegsChanged(pbx, legs, ended))


def read(to: Directory, *legs: Leg, pbx: str = "växel") -> None:
    to.apply(LegsRead(pbx, legs))


def shown(of: Directory, id_: str) -> list[str]:
    """The other ends of an entry's calls, as readers are told."""
    return [call.callerid for call in calls(of, id_)]


def calls(of: Directory, id_: str) -> tuple[Call, ...]:
    """An entry's calls, which must be the same in each form that readers get."""
    entry = of.get(id_, hidden=True)
    assert entry is not None
    found = of.calls(entry)
    assert of.view(entry, full=True).calls == found
    assert msgspec.json.decode(of.contact(entry))["calls"] == msgspec.to_builtins(list(found))
    return found
