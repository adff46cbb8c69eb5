"""The channels of one Asterisk and how they hang together: bridges, dials, pairs of Local channels. Pure."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from katalog.connectors.asterisk.channel import Channel, device_of
from katalog.domain.call import LineStatus

ENDED_MEMORY = 20_000
"""How many ended Uniqueids are remembered; at ten calls a second, the last quarter of an hour."""


class Channels:
    """By Uniqueid. `touched` has those whose leg may look different; whoever takes it clears it."""

    def __init__(self, ended_memory: int = ENDED_MEMORY) -> None:
        self.touched: set[str] = set()
        self._channels: dict[str, Channel] = {}
        self._named: dict[str, Channel] = {}
        self._bridges: dict[str, dict[str, Channel]] = {}
        self._holding: set[str] = set()
        self._ended: set[str] = set()
        self._ended_order: deque[str] = deque()
        self._ended_memory = ended_memory

    def __iter__(self) -> Iterator[Channel]:
        return iter(tuple(self._channels.values()))

    def __contains__(self, uid: str) -> bool:
        return uid in self._channels

    def __getitem__(self, uid: str) -> Channel:
        return self._channels[uid]

    def get(self, uid: str) -> Channel | None:
        return self._channels.get(uid)

    def may_live(self, uid: str) -> bool:
        """Whether it is no Uniqueid that has ended."""
        return bool(uid) and uid not in self._ended

    # --- coming and going ------------------------------------------------------------------------------

    def born(self, uid: str, name: str) -> Channel:
        channel = self._channels[uid] = Channel(uid, name)
        self._named[name] = channel
        self.touched.add(uid)
        return channel

    def rename(self, channel: Channel, name: str) -> None:
        self._unname(channel)
        channel.name, channel.device = name, device_of(name)
        self._named[name] = channel

    def drop(self, channel: Channel) -> None:
        """It is not there, though nobody said that it has ended: it may be found again."""
        self.move(channel, "")
        self.undial(channel)
        for dialled in channel.dialling:
            self._channels[dialled].dialler = ""
        self._unname(channel)
        del self._channels[channel.uid]

    def end(self, uid: str) -> None:
        """For good: whatever is said of it later is old."""
        channel = self._channels.get(uid)
        if channel is not None:
            self.drop(channel)
        if self.may_live(uid):
            self._ended.add(uid)
            self._ended_order.append(uid)
            if len(self._ended_order) > self._ended_memory:
                self._ended.discard(self._ended_order.popleft())

    def _unname(self, channel: Channel) -> None:
        if self._named.get(channel.name) is channel:
            del self._named[channel.name]

    # --- bridges and dials -----------------------------------------------------------------------------

    def holds(self, bridge: str) -> None:
        """This bridge only keeps its channels (parking, BridgeWait): they do not talk to each other."""
        if bridge not in self._holding:
            self._touch_all(bridge)
            self._holding.add(bridge)

    def destroyed(self, bridge: str) -> None:
        self._holding.discard(bridge)
        self._touch_all(bridge)

    def forget_bridges(self) -> None:
        """Of those that hold, the ones that have nobody are gone."""
        self._holding &= self._bridges.keys()

    def move(self, channel: Channel, bridge: str) -> None:
        """Into a bridge, out of the one it was in; `""` for none."""
        self.touch(channel)
        if channel.bridge:
            members = self._bridges[channel.bridge]
            del members[channel.uid]
            if not members:
                del self._bridges[channel.bridge]
        channel.bridge = bridge
        if bridge:
            self._bridges.setdefault(bridge, {})[channel.uid] = channel
            self.touch(channel)

    def dial(self, channel: Channel, dialler: Channel | None) -> None:
        """Asterisk begins to call it, for a channel or of its own accord (Originate)."""
        self.undial(channel)
        channel.dialled = True
        if dialler is not None:
            channel.dialler = dialler.uid
            dialler.dialling.add(channel.uid)
        self.touch(channel)

    def undial(self, channel: Channel) -> None:
        self.touch(channel)
        dialler = self._channels.get(channel.dialler)
        if dialler is not None:
            dialler.dialling.discard(channel.uid)
        channel.dialled, channel.dialler = False, ""

    def touch(self, channel: Channel) -> None:
        """Everybody whose leg may look different when this channel's bridge or dial does."""
        self.touched.add(channel.uid)
        self.touched.update(other.uid for other in self._others(channel, dials=True))
        half = self._other_half(channel)
        if half is not None:
            self.touched.update(other.uid for other in self._others(half, dials=True))

    def _touch_all(self, bridge: str) -> None:
        for channel in self._bridges.get(bridge, {}).values():
            self.touch(channel)

    # --- whose call it is ------------------------------------------------------------------------------

    def caller(self, channel: Channel) -> Channel:
        """Who began the dial by which a channel is called, looking through Local pairs; itself, if no channel did."""
        seen = {channel.uid}
        while (dialler := self._channels.get(channel.dialler)) is not None:
            channel = self._other_half(dialler) or dialler
            # Events that came in a wrong order may have them dial each other.
            if channel.device is not None or channel.uid in seen:
                break
            seen.add(channel.uid)
        return channel

    def behind(self, dialler: Channel) -> Iterator[Channel]:
        """The devices for which a channel dials: it, or those at the other half of a Local channel."""
        if dialler.device is not None:
            yield dialler
        elif (half := self._other_half(dialler)) is not None:
            yield from (near for near in self._near(half, dials=True) if near.device is not None)

    # --- who meets whom --------------------------------------------------------------------------------

    def meeting(self, channel: Channel) -> Iterator[Channel]:
        """The real channels that hear each other where this one is: it, if it is real, and those in its bridge; of a
        Local channel, those on either side.
        """
        if channel.device is not None:
            yield channel
        yield from self._others(channel, dials=False)
        if (half := self._other_half(channel)) is not None:
            yield from self._others(half, dials=False)

    def far(self, channel: Channel, linestatus: LineStatus) -> Channel | None:
        """The one other real channel in the call, if there is exactly one."""
        # A phone is rung by one caller, but a caller may ring many phones. Only where it is one does Asterisk
        # give the caller a ConnectedLineNum before the answer, so its dial counts from then on.
        dials = linestatus is LineStatus.RINGING and (channel.dialled or channel.connected != "")
        if not channel.bridge and not dials:
            return None
        others = list(islice(self._others(channel, dials=dials and not channel.bridge), 2))
        return others[0] if len(others) == 1 else None

    def _others(self, channel: Channel, *, dials: bool) -> Iterator[Channel]:
        """Real channels that meet this one in a bridge (or by a dial), looking through Local pairs."""
        seen = {channel.uid}
        ends = [channel]
        for end in ends:
            for near in self._near(end, dials=dials):
                if near.uid in seen:
                    continue
                seen.add(near.uid)
                if near.device is not None:
                    yield near
                elif (half := self._other_half(near)) is not None and half.uid not in seen:
                    seen.add(half.uid)
                    ends.append(half)

    def _near(self, channel: Channel, *, dials: bool) -> Iterator[Channel]:
        if channel.bridge and channel.bridge not in self._holding:
            yield from self._bridges[channel.bridge].values()
        if dials:
            for uid in (channel.dialler, *channel.dialling):
                if uid:
                    yield self._channels[uid]

    def _other_half(self, channel: Channel) -> Channel | None:
        """`Local/100@office-00000001;1` ↔ `…;2`."""
        if not channel.name.startswith("Local/"):
            return None
        return self._named.get(channel.name[:-1] + ("2" if channel.name.endswith(";1") else "1"))
