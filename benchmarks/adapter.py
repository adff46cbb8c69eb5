"""How many events of Asterisk a second one core takes in: bytes → messages → legs that changed.

Takes the recorded sessions below tests/captures, and a made-up one of the same make. The
bytes come in pieces as the connector reads them, and what changed is asked for after each.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.table import Row
from katalog.connectors.asterisk.adapter import Adapter
from katalog.connectors.asterisk.link import SLICE
from katalog.connectors.asterisk.wire import Parser

CAPTURES = Path(__file__).parent.parent / "tests" / "captures"
TARGET = 50_000
RUNS, SECONDS = 5, 1.0


def made_up(calls: int) -> bytes:
    """So many internal calls, each with what a least-rights session hears of one on Asterisk 22."""
    return "".join(
        "".join(f"{line}\r\n" for line in event) + "\r\n" for number in range(calls) for event in _call(number)
    ).encode()


def _call(number: int) -> Iterator[list[str]]:
    caller, callee = f"{100 + number % 50}", f"{200 + number % 50}"
    a = (f"PJSIP/{caller}-{2 * number:08x}", f"1795519759.{2 * number}", caller)
    b = (f"PJSIP/{callee}-{2 * number + 1:08x}", f"1795519759.{2 * number + 1}", callee)
    linked = a[1]

    def channel(of: tuple[str, str, str], state: int, connected: str, prefix: str = "") -> list[str]:
        name, uid, own = of
        word = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}[state]
        fields = {
            "Channel": name, "ChannelState": str(state), "ChannelStateDesc": word, "CallerIDNum": own,
            "CallerIDName": f"Ext {own}", "ConnectedLineNum": connected, "ConnectedLineName": "<unknown>",
            "Language": "en", "AccountCode": "", "Context": "internal", "Exten": callee, "Priority": "1",
            "Uniqueid": uid, "Linkedid": linked,
        }  # fmt: skip
        return [f"{prefix}{key}: {value}" for key, value in fields.items()]

    def event(name: str, *parts: list[str]) -> list[str]:
        head = [f"Event: {name}", "Privilege: call,all", "Timestamp: 1795519759.121458"]
        return [*head, *(line for part in parts for line in part)]

    def bridge(members: int) -> list[str]:
        return [
            f"BridgeUniqueid: 5b6b2f1e-0000-4000-8000-{number:012x}", "BridgeType: basic",
            "BridgeTechnology: simple_bridge", "BridgeCreator: <unknown>", "BridgeName: <unknown>",
            f"BridgeNumChannels: {members}", "BridgeVideoSourceMode: none",
        ]  # fmt: skip

    status = [f"Exten: {caller}", "Context: internal", f"Hint: PJSIP/{caller}", "Status: 1", "StatusText: InUse"]
    device = [f"Device: PJSIP/{caller}", "State: INUSE"]
    yield event("Newchannel", channel(a, 4, "<unknown>"))
    yield event("DeviceStateChange", device)
    yield event("ExtensionStatus", status)
    yield event("Newchannel", channel(b, 0, "<unknown>"))
    yield event("NewConnectedLine", channel(b, 0, caller))
    yield event("DialBegin", channel(a, 4, "<unknown>"), channel(b, 0, caller, "Dest"), [f"DialString: {callee}"])
    yield event("NewConnectedLine", channel(a, 4, callee))
    yield event("Newstate", channel(b, 5, caller))
    yield event("DialState", channel(a, 4, callee), channel(b, 5, caller, "Dest"), ["DialStatus: RINGING"])
    yield event("DeviceStateChange", device)
    yield event("ExtensionStatus", status)
    yield event("Newstate", channel(b, 6, caller))
    yield event("DialEnd", channel(a, 4, callee), channel(b, 6, caller, "Dest"), ["DialStatus: ANSWER"])
    yield event("Newstate", channel(a, 6, callee))
    yield event("BridgeCreate", bridge(0))
    yield event("BridgeEnter", bridge(1), channel(b, 6, caller))
    yield event("BridgeEnter", bridge(2), channel(a, 6, callee))
    yield event("HangupRequest", channel(a, 6, callee))
    yield event("BridgeLeave", bridge(1), channel(a, 6, callee))
    yield event("BridgeLeave", bridge(0), channel(b, 6, caller))
    yield event("BridgeDestroy", bridge(0))
    yield event("Hangup", channel(b, 6, caller), ["Cause: 16", "Cause-txt: Normal Clearing"])
    yield event("Hangup", channel(a, 6, callee), ["Cause: 16", "Cause-txt: Normal Clearing"])
    yield event("DeviceStateChange", device)
    yield event("ExtensionStatus", status)


def play(stream: bytes) -> int:
    """Take it all in; how many events there were."""
    parser, adapter = Parser(), Adapter()
    events = 0
    for start in range(0, len(stream), SLICE):
        for message in parser.feed(stream[start : start + SLICE]):
            if message.event and not message.get("ActionID"):
                events += 1
                adapter.apply(message)
        adapter.changes()
    return events


def measure() -> list[Row]:
    recorded = [path.read_bytes() for path in sorted(CAPTURES.glob("asterisk-*/*.ami"))]
    made = [b"Asterisk Call Manager/11.0.0\r\n" + made_up(1_000)]
    return [_row("AMI events, recorded sessions", recorded), _row("AMI events, one busy stream", made)]


def _row(name: str, streams: Sequence[bytes]) -> Row:
    rates = []
    for _ in range(RUNS):
        events, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < SECONDS:
            events += sum(map(play, streams))
        rates.append(events / took)
    return Row(f"{name}, one core", "events/s", median(rates), None, "", median(rates), TARGET)
