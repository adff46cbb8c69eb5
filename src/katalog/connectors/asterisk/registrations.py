"""Which devices of one Asterisk can be rung, by its device states: who is registered is told by nothing else alike."""

from collections.abc import Iterable

from katalog.connectors.asterisk.channel import PSEUDO
from katalog.connectors.asterisk.wire import Message
from katalog.domain.events import DeviceChanged, DevicesRead

_ABSENT = frozenset({"UNAVAILABLE", "INVALID"})


class Registrations:
    """Of one session: `heard` takes each state, listed or changed, and gives what differs once all were `read`."""

    def __init__(self, pbx: str) -> None:
        self._pbx = pbx
        self._registered: dict[str, bool] = {}
        self._are_read = False

    def heard(self, item: Message) -> Iterable[DeviceChanged]:
        device, state = item.get("Device"), item.get("State")
        registered = state not in _ABSENT
        # First of all, since each call changes some: of nearly all devices it is known.
        if self._registered.get(device) is registered:
            return ()
        technology, slash, _ = device.partition("/")
        # `Custom:absent100` and `Queue:support` are states of no device.
        if not slash or ":" in technology or technology in PSEUDO:
            return ()
        self._registered[device] = registered
        return (DeviceChanged(self._pbx, device, registered),) if self._are_read else ()

    def read(self) -> DevicesRead:
        self._are_read = True
        registered = frozenset(device for device, is_there in self._registered.items() if is_there)
        return DevicesRead(self._pbx, registered, frozenset(self._registered) - registered)
