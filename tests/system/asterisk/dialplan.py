"""The numbers that the tests dial, and the dialplan that answers them.

A company's dialplan names its groups and queues; this one is spoken to in numbers that carry their members
(`60` `101` `102` = ring 101 and 102), so that many flows run at once on whatever phones are free. Members have
three digits.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

SNIPPET = Path(__file__).parents[3] / "docs" / "extensions_katalog.conf"
"""katalog's own part of a dialplan, as administrators copy it."""

INTERNAL = "from-internal"
"""The context of phones; FreePBX's name for it, so that documentation and tests speak alike."""

INBOUND = "from-trunk"
MAIN_NUMBER = "08123456"
"""What the outside world sees of every outgoing call: set on the calling channel, as FreePBX does."""

QUEUES = 10
CONFERENCE = "8"
IVR = "6900"
PARK = "700"
PARKING_SPACES = (701, 750)
PICKUP = "*8"
NO_ANSWER_AFTER = 3
"""Seconds that `short` and `voicemail` ring: so long there is to look, also where the machine is busy."""


def ring_group(*members: str) -> str:
    """Ring all of them: `Dial(PJSIP/a&PJSIP/b)`."""
    return "60" + "".join(members)


def ring_group_local(*members: str) -> str:
    """The same through Local channels that may optimise themselves away."""
    return "61" + "".join(members)


def ring_group_local_kept(*members: str) -> str:
    """The same through Local channels that stay (`/n`)."""
    return "62" + "".join(members)


def forwarded(target: str) -> str:
    """A number whose dialplan forwards to `target` by `Dial(Local/target)`."""
    return "63" + target


def voicemail(extension: str) -> str:
    """Rings the extension for some seconds, then answers for it and waits."""
    return "64" + extension


def do_not_disturb(extension: str) -> str:
    """The extension's dialplan says busy before any Dial."""
    return "65" + extension


def by_subroutine(extension: str) -> str:
    """Dials inside a Gosub, so that the channel's Exten reads `s` meanwhile."""
    return "66" + extension


def queue(number: int) -> str:
    """A caller's way into queue `queue_name(number)`."""
    return f"67{number}"


def queue_name(number: int) -> str:
    return f"queue{number}"


def short(extension: str) -> str:
    """Rings the extension for some seconds and gives up."""
    return "68" + extension


def conference(room: int) -> str:
    return f"{CONFERENCE}{room:02d}"


def pickup(extension: str) -> str:
    """Directed pick-up of a call that rings this extension."""
    return PICKUP + extension


def referred(extension: str) -> str:
    """Asks katalog for the extension's referral, and waits."""
    return "69" + extension


def recorded(number: str) -> str:
    """`number`, and the call is recorded on the channel of whoever calls, from before it rings."""
    return "50" + number


def recorded_when_answered(number: str) -> str:
    """The same, but only while somebody else is there (option `b`)."""
    return "51" + number


def outside_line(number: str) -> str:
    """`number` in the outside world, with the digit for an outside line and without a caller id being set."""
    return "9" + number


def dialplan(extensions: Iterable[str]) -> str:
    """extensions.conf."""
    return "\n".join(
        [
            "[general]",
            "static = yes",
            "writeprotect = yes",
            f"[{INBOUND}]",
            f"exten => _[*0-9].,1,Goto({INTERNAL},${{EXTEN}},1)",
            f"[{INTERNAL}]",
            "include => parkedcalls",
            "include => katalog-codes",
            *_phones(extensions),
            *_services(),
            "[subroutine]",
            "exten => s,1,Dial(PJSIP/${ARG1},60,tTkK)",
            " same => n,Return()",
            "",
            SNIPPET.read_text("utf-8"),
        ]
    )


def _phones(extensions: Iterable[str]) -> Iterator[str]:
    for extension in extensions:
        yield f"exten => {extension},hint,PJSIP/{extension}&Custom:absent{extension},CustomPresence:{extension}"
        yield f"exten => {extension},1,Dial(PJSIP/{extension},60,tTkK)"
        yield " same => n,Hangup()"


def _services() -> Iterator[str]:
    yield "exten => _50.,1,MixMonitor(${UNIQUEID}.wav)"
    yield f" same => n,Goto({INTERNAL},${{EXTEN:2}},1)"
    yield "exten => _51.,1,MixMonitor(answered/${UNIQUEID}.wav,b)"
    yield f" same => n,Goto({INTERNAL},${{EXTEN:2}},1)"
    first, second, third = "${EXTEN:2:3}", "${EXTEN:5:3}", "${EXTEN:8:3}"
    for prefix, before, after in (
        ("60", "PJSIP/", ""),
        ("61", "Local/", f"@{INTERNAL}"),
        ("62", "Local/", f"@{INTERNAL}/n"),
    ):
        two = "&".join(f"{before}{member}{after}" for member in (first, second))
        yield f"exten => _{prefix}XXXXXX,1,Dial({two},60,tTkK)"
        yield f"exten => _{prefix}XXXXXXXXX,1,Dial({two}&{before}{third}{after},60,tTkK)"
    yield f"exten => _63X.,1,Dial(Local/${{EXTEN:2}}@{INTERNAL},60)"
    yield f"exten => _64XXX,1,Dial(PJSIP/{first},{NO_ANSWER_AFTER})"
    yield " same => n,Answer()"
    yield " same => n,Wait(600)"
    yield "exten => _65XXX,1,Busy(1)"
    yield "exten => _66XXX,1,Gosub(subroutine,s,1(${EXTEN:2}))"
    yield "exten => _67X,1,Answer()"
    yield f" same => n,Queue({queue_name(0)[:-1]}${{EXTEN:2}})"
    yield f"exten => _68XXX,1,Dial(PJSIP/{first},{NO_ANSWER_AFTER})"
    yield " same => n,Hangup()"
    yield "exten => _69XXX,1,Gosub(katalog-referral,s,1(${EXTEN:2}))"
    yield " same => n,Answer()"
    yield " same => n,Wait(600)"
    yield f"exten => {IVR},1,Answer()"
    yield " same => n,Wait(600)"
    yield f"exten => _{CONFERENCE}XX,1,Answer()"
    yield " same => n,ConfBridge(${EXTEN})"
    yield f"exten => _{PICKUP}XXX,1,PickupChan(PJSIP/${{EXTEN:{len(PICKUP)}}})"
    yield f"exten => {PICKUP},1,Pickup()"
    yield "exten => _90X.,1,Dial(PJSIP/${EXTEN:1}@trunk,60,tTkK)"
    yield f"exten => _0X.,1,Set(CALLERID(all)={MAIN_NUMBER})"
    yield " same => n,Dial(PJSIP/${EXTEN}@trunk,60,tTkK)"
