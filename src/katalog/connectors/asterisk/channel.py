"""One channel of Asterisk: as it is followed, and as `CoreShowChannels` lists it."""

from typing import NamedTuple

from katalog.connectors.asterisk.wire import Message
from katalog.domain.call import Direction, LineStatus
from katalog.domain.placeholder import dialled, known

PSEUDO = frozenset(
    {
        *("Announcer", "AsyncGoto", "AudioSocket", "Bridge", "CBAnn", "CBRec", "ConfBridgeRecorder", "Local"),
        *("Message", "MulticastRTP", "OutgoingSpoolFailed", "Recorder", "Snoop", "Surrogate", "UnicastRTP"),
        "WebSocket",
    }
)
"""Technologies of Asterisk's own making. Nobody sits at their other end."""

DIALLED = frozenset({"AppDial", "AppDial2", "AppQueue"})
"""`Application` of a channel that Asterisk called: by Dial or Queue, by Originate, by older queues."""

PLACED = "katalog-"
"""What the ids of channels begin with that katalog has Asterisk make: an id for the call, `.`, a number."""

PICKS_UP = frozenset({"Pickup", "PickupChan"})
STAYS_CALLER = frozenset({"ParkedCall", *PICKS_UP})
"""Applications that only a caller runs, and that join an older call: its Linkedid is then the older one's."""

RING, DOWN, UP = "4", "0", "6"
LINESTATUS = {"3": LineStatus.RINGING, RING: LineStatus.RINGING, "5": LineStatus.RINGING, UP: LineStatus.UP}
"""`ChannelState` (Dialing, Ring, Ringing, Up); every other one is down."""

PRESENTATION = "CONNECTEDLINE(num-pres)"
"""Whether the other party's number may be shown: `allowed_not_screened`, `prohib_passed_screen`, `unavailable` …"""

ALLOWED, PROHIBITED = "allowed", "prohib"
"""What presentations begin with."""


class Channel:
    """One channel as Asterisk tells of it. `device` is `None` for those that are never a leg.

    `dialled` says that Asterisk is calling it, `dialler` by which channel, `dialling` whom it calls itself.
    `withheld` is of `connected`, the other party's number; `asked` counts the questions about it under way, and
    `turned` says that it was another's before.
    `born` and `answered` are by Asterisk's own clock, where manager.conf says `timestampevents=yes`; else 0.0, or for
    `born` the second that the Uniqueid begins with. `answered` is None before it was. `called` is the number by which
    it is called; `caller`, `placed` and `forward` are as those of a leg; `reached` says that whoever is called for the
    device's own user has answered, `cancelled` that its dial was called off. `linkedid` is
    of one that a list has: the first channel of its call.
    """

    __slots__ = (
        "answered", "asked", "born", "bridge", "called", "caller", "cancelled", "connected", "device", "dialled",
        "dialler", "dialling", "direction", "exten", "forward", "linkedid", "name", "placed", "reached", "state",
        "turned", "uid", "withheld",
    )  # fmt: skip

    def __init__(self, uid: str, name: str) -> None:
        self.uid = uid
        self.name = name
        self.device = device_of(name)
        self.state = DOWN
        self.direction = Direction.UNKNOWN
        self.exten = ""
        self.connected = ""
        self.bridge = ""
        self.withheld = False
        self.asked = 0
        self.turned = False
        self.dialled = False
        self.dialler = ""
        self.dialling: set[str] = set()
        self.born = _second_of(uid)
        self.answered: float | None = None
        self.called = ""
        self.caller = ""
        self.placed = False
        self.reached = False
        self.forward = ""
        self.linkedid = ""
        self.cancelled = False

    @property
    def linestatus(self) -> LineStatus:
        if self.dialled and self.state == DOWN:
            # A phone that answers without 180 is never Ringing.
            return LineStatus.RINGING
        return LINESTATUS.get(self.state, LineStatus.DOWN)


class Listed(NamedTuple):
    """One item of `CoreShowChannels`."""

    uid: str
    name: str
    state: str
    connected: str
    presentation: str
    bridge: str
    exten: str
    application: str
    linkedid: str

    @classmethod
    def of(cls, item: Message) -> "Listed":
        return cls(
            item.get("Uniqueid"),
            item.get("Channel"),
            item.get("ChannelState"),
            known(item.get("ConnectedLineNum")),
            item.variable(PRESENTATION),
            item.get("BridgeId"),
            dialled(item.get("Exten")),
            item.get("Application"),
            item.get("Linkedid"),
        )

    @property
    def tells_direction(self) -> bool:
        """Whether the state alone says who began: Ring is a caller's, Ringing a callee's."""
        return self.state in ("5", RING)

    @property
    def picked_up(self) -> str:
        """Id of the call that this one has picked up, `""` if it has not. The older call's first channel if the list
        knows already, else its own.
        """
        return self.linkedid if self.application in PICKS_UP and self.connected else ""

    @property
    def direction(self) -> Direction:
        """Who began, for a channel whose Newchannel was not heard. Nothing in the list says it outright."""
        if self.state == "5" or self.application in DIALLED:
            return Direction.IN
        if self.state == RING or self.uid == self.linkedid or self.application in STAYS_CALLER:
            return Direction.OUT
        # Not the first of its call: it called a conference or the like, where it has no other party's number,
        # or it was called and then moved (Redirect, transfer), which nobody can see any more.
        return Direction.UNKNOWN if self.connected else Direction.OUT


def device_of(name: str) -> str | None:
    """`PJSIP/100-0000001a` → `PJSIP/100`; `None` where nobody's device is behind it."""
    technology, slash, _ = name.partition("/")
    if not slash or technology in PSEUDO or name.endswith(("<ZOMBIE>", "<MASQ>")):
        return None
    return name.rpartition("-")[0] or name


def stamp(event: Message) -> float:
    """When it was, by Asterisk's clock; 0.0 if it does not say."""
    text = event.get("Timestamp")
    return float(text) if text else 0.0


def _second_of(uid: str) -> float:
    """A Uniqueid is the second of its birth and a counter, after the name of the system if it has one. Of channels that
    programs have Asterisk make it is what they like: a UUID may well end in digits alone.

    >>> _second_of("1795520949.140"), _second_of("pbx-1-1795520949.140"), _second_of("katalog-0011aa.0")
    (1795520949.0, 1795520949.0, 0.0)
    >>> _second_of("0199a4b2-7c01-7bda-97f7-446655440000")
    0.0
    """
    if uid.startswith(PLACED):
        return 0.0
    second, point, _ = uid.rpartition("-")[2].partition(".")
    return float(second) if point and len(second) == 10 and second.isdecimal() else 0.0
