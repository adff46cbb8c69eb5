"""What an indication is in Asterisk: which variables have which values. Pure: no socket.

`Custom:absent<extension>` is a device state for lamps (hints), `CustomPresence:<extension>` a presence with words,
`CustomPresence:forward<extension>` where calls go, for dialplans. With a context in the dialplan for it, DND and CF
(and what of them is ours) are kept in AstDB too, by the keys that FreePBX has (docs/connectors.md).
"""

import base64
import re
from collections.abc import Iterator, Mapping

from katalog.connectors.asterisk.wire import Message
from katalog.domain.indication import AWAY, Indication

LIT, UNLIT = "INUSE", "UNAVAILABLE"
"""Device states. Through UNAVAILABLE the telephone's own shows in a hint; NOT_INUSE would hide that it is away."""

DND_ON = frozenset({"INUSE", "BUSY", "ONHOLD", "RINGING", "RINGINUSE"})
"""Of `Custom:DND<extension>`; all else is off."""

TEXT = 240
"""Bytes of a text, of which Base64 makes a third more: an action's line has 1,024 at most."""

_ABSENT, _DND, _PRESENCE, _FORWARD = "Custom:absent", "Custom:DND", "CustomPresence:", "CustomPresence:forward"
_SAFE = re.compile(r"[A-Za-z0-9_+*#.-]{1,40}")
_EMPTY = "available,,,e"


def is_safe(extension: str) -> bool:
    """Whether it can stand in the name of a variable."""
    return _SAFE.fullmatch(extension) is not None


def variables(indication: Indication) -> dict[str, str]:
    """Variable → value, each as `Setvar` takes it."""
    extension = indication.extension
    forward = _presence(AWAY, indication.forward, "") if indication.forward else _EMPTY
    return {
        f"DEVICE_STATE({_ABSENT}{extension})": LIT if indication.absent else UNLIT,
        f"PRESENCE_STATE({_PRESENCE}{extension})": _presence(indication.status, indication.name, indication.text),
        f"PRESENCE_STATE({_FORWARD}{extension})": forward,
    }


def kept(indication: Indication) -> dict[tuple[str, str], str]:
    """(family, extension) → value in AstDB, `""` for none."""
    extension = indication.extension
    return {("DND", extension): "YES" if indication.dnd else "", ("CF", extension): indication.forward}


def is_lamp(variable: str) -> bool:
    """Whether it is a device state, which lamps show."""
    return variable.startswith("DEVICE_STATE(")


def unset(variable: str) -> str:
    """What a variable is as long as nobody has set it."""
    return UNLIT if is_lamp(variable) else _EMPTY


def extension_of(variable: str) -> str:
    """`PRESENCE_STATE(CustomPresence:forward100)` → `100`."""
    return variable.partition("(")[2][:-1].removeprefix(_ABSENT).removeprefix(_FORWARD).removeprefix(_PRESENCE)


def listed_device(item: Message) -> tuple[str, str] | None:
    """A variable of ours and its value, of an item of `DeviceStateList`."""
    device = item.get("Device")
    return (f"DEVICE_STATE({device})", item.get("State")) if device.startswith(_ABSENT) else None


def listed_presence(item: Message) -> tuple[str, str] | None:
    """The same of an item of `PresenceStateList`, whose words are plain text."""
    presentity = item.get("Presentity")
    if not presentity.startswith(_PRESENCE):
        return None
    value = _presence(item.get("Status"), item.get("Subtype"), item.get("Message"))
    return f"PRESENCE_STATE({presentity})", value


def do_not_disturb(item: Message) -> tuple[str, bool] | None:
    """Extension and whether it is on, of a `DeviceStateChange` about a telephone's do-not-disturb."""
    device = item.get("Device")
    if not device.startswith(_DND):
        return None
    return device.removeprefix(_DND), item.get("State") in DND_ON


def owned(items: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], str]]:
    """What of AstDB is ours, of the family `katalog`: `/katalog/CF-100` → a number."""
    for key, value in items.items():
        family, dash, extension = key.rpartition("/")[2].partition("-")
        if dash and family in ("DND", "CF"):
            yield (family, extension), value


def _presence(status: str, subtype: str, message: str) -> str:
    return f"{status},{_base64(subtype)},{_base64(message)},e"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()[:TEXT].decode(errors="ignore").encode()).decode()
