"""What Asterisk has, against what a flow says must be shown.

Counts and states are compared with `CoreShowChannels` as it is. For direction and number the rule of
docs/connectors.md is applied to that same list here, a second time and independently of katalog's connector: so
a flow's expectation is known to be one that Asterisk's own words can fulfil.
"""

import asyncio
from collections.abc import Container, Sequence
from contextlib import suppress

from tests.system.asterisk.observer import Channel, Observer, Refused
from tests.system.checkpoint import IN, OUT, Checkpoint, Line
from tests.system.office import POLL
from tests.system.sip.watched import LIMIT

UNKNOWN = {"", "<unknown>", "anonymous"}
OUTSIDE = {"trunk"}
"""Endpoints that are no extension: the other side of them is who calls, not they."""


class Truth:
    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    async def agrees(self, checkpoint: Checkpoint, limit: float = LIMIT) -> None:
        """Wait until Asterisk has just these calls at the devices that take part; else AssertionError."""
        expected = {device: sorted(lines) for device, lines in checkpoint.lines.items()}
        found: dict[str, list[Line]] = {}
        try:
            async with asyncio.timeout(limit):
                while True:
                    channels = await self._observer.channels()
                    withheld = await self._withheld(expected, channels)
                    found = {device: self._lines(device, channels, withheld) for device in expected}
                    if found == expected:
                        return
                    await asyncio.sleep(POLL)
        except TimeoutError:
            different = {
                device: (found.get(device), lines) for device, lines in expected.items() if found.get(device) != lines
            }
            told = "\n".join(f"  {device}: {got}, expected {lines}" for device, (got, lines) in different.items())
            raise AssertionError(f"at {checkpoint.name!r} Asterisk has\n{told}\n  of {channels}") from None

    async def _withheld(self, devices: Container[str], channels: Sequence[Channel]) -> set[str]:
        """The Uniqueids of those whose other party's number is known to Asterisk and must not be shown.

        No event and no list says so of a number that came withheld (RFC 3325); only the question for it.
        """
        found = set()
        for channel in channels:
            if channel.endpoint in devices and channel.connected not in UNKNOWN:
                # It may end meanwhile; the next look has it no more.
                with suppress(Refused):
                    said = await self._observer.variable(channel.name, "CONNECTEDLINE(num-pres)")
                    if said.startswith("prohib"):
                        found.add(channel.uniqueid)
        return found

    def _lines(self, device: str, channels: Sequence[Channel], withheld: Container[str]) -> list[Line]:
        return sorted(
            Line(self._party(channel, channels, withheld), self._direction(channel), linestatus(channel.state))
            for channel in channels
            if channel.endpoint == device
        )

    def _direction(self, channel: Channel) -> str:
        birth = self._observer.births.get(channel.uniqueid)
        return "unknown" if birth is None else OUT if birth.placed else IN

    def _party(self, channel: Channel, channels: Sequence[Channel], withheld: Container[str]) -> str:
        other = peer(channel, channels)
        if other is not None and other.endpoint is not None and other.endpoint not in OUTSIDE:
            return other.endpoint
        if channel.uniqueid in withheld:
            return ""
        if channel.connected not in UNKNOWN:
            return channel.connected
        birth = self._observer.births.get(channel.uniqueid)
        if channel.connected != "anonymous" and birth is not None and birth.placed:
            return birth.exten
        return ""


def linestatus(state: str) -> str:
    """A callee's channel is Down from its birth until its telephone says that it rings."""
    return {"Up": "up", "Ring": "ringing", "Ringing": "ringing", "Down": "ringing"}.get(state, "down")


def peer(channel: Channel, channels: Sequence[Channel]) -> Channel | None:
    """The one telephone at the other end of the bridge, looking through pairs of Local channels."""
    if not channel.bridge:
        return None
    others = [one for one in channels if one.bridge == channel.bridge and one is not channel]
    if len(others) != 1:
        return None
    (other,) = others
    if not other.name.startswith("Local/"):
        return other
    half, _, number = other.name.rpartition(";")
    twin = f"{half};{'2' if number == '1' else '1'}"
    return next((peer(one, channels) for one in channels if one.name == twin), None)
