"""Which channels Asterisk records (MixMonitor), into which files, and who is heard in them. Pure.

`MixMonitorStart` names no file; the channel's variable `MIXMONITOR_FILENAME` has the newest one. Nothing is said when a
recording ends with its channel; `MixMonitorStop` is of those that are stopped before.
"""

from collections.abc import Iterable

from katalog.connectors.asterisk.channel import Channel
from katalog.connectors.asterisk.channels import Channels
from katalog.domain.recording import Heard, Recorded


class Recordings:
    """`begin`, `named`, `meet`, `end` as it is heard; take `questions`, and `changes`."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels
        self._unasked: dict[str, None] = {}
        self._unnamed: dict[str, float] = {}  # asked about: when it began
        self._going: dict[str, Recorded] = {}  # by channel
        self._pseudo: set[str] = set()  # of them, those that are no device's
        self._changed: dict[str, Recorded] = {}
        self._ended: dict[str, None] = {}

    def begin(self, uid: str, began: float) -> None:
        """A channel is recorded from now on; or may be, since a moment that nobody heard (0.0)."""
        if uid in self._channels:
            self._unasked[uid] = None
            self._unnamed[uid] = began

    def questions(self) -> list[str]:
        """Channels to ask Asterisk about: into which file?"""
        asked = [uid for uid in self._unasked if uid in self._channels]
        self._unasked.clear()
        return asked

    def named(self, uid: str, file: str) -> None:
        """The answer to that; `""` if it is not recorded."""
        began, channel = self._unnamed.pop(uid, 0.0), self._channels.get(uid)
        if not file or channel is None:
            return
        # One that went on beside it is followed no more; its file is whole when the channel has ended.
        self._tell(Recorded(uid, file, began, self._heard(channel, ())))
        self._ended.pop(uid, None)
        if channel.device is None:
            self._pseudo.add(uid)

    def end(self, uid: str) -> None:
        """It was stopped."""
        self._unasked.pop(uid, None)
        self._unnamed.pop(uid, None)
        if self._going.pop(uid, None) is not None:
            self._pseudo.discard(uid)
            self._ended[uid] = None

    def meet(self, channel: Channel) -> None:
        """It has come into a bridge: who meets there is heard in what is recorded there."""
        if self._going:
            # A Local channel is in two bridges by its halves, and is met in neither.
            recorded = {near.uid for near in self._channels.meeting(channel)} & self._going.keys() | self._pseudo
            for uid in recorded:
                self._listen(uid)

    def listen(self) -> None:
        """To all of them, where events have been missed."""
        for uid in self._going:
            self._listen(uid)

    def _listen(self, uid: str) -> None:
        recorded, channel = self._going[uid], self._channels.get(uid)
        if channel is not None:
            heard = self._heard(channel, recorded.heard)
            if len(heard) > len(recorded.heard):
                self._tell(Recorded(uid, recorded.file, recorded.began, heard))

    def _tell(self, recorded: Recorded) -> None:
        self._going[recorded.channel] = self._changed[recorded.channel] = recorded

    def _heard(self, channel: Channel, before: Iterable[Heard]) -> tuple[Heard, ...]:
        found = dict.fromkeys(before)
        for near in self._channels.meeting(channel):
            found[Heard(near.uid, near.device or "")] = None
        return tuple(found)

    def all(self) -> tuple[Recorded, ...]:
        """Those that go on; what is told by this is not told again by `changes`."""
        self._drop_gone()
        self._changed.clear()
        self._ended.clear()
        return tuple(self._going.values())

    def changes(self) -> tuple[tuple[Recorded, ...], tuple[str, ...]]:
        """What is different from what was told last: recordings that are new or have others in them, and then channels
        that are recorded no more.
        """
        self._drop_gone()
        changed, ended = tuple(self._changed.values()), tuple(self._ended)
        self._changed.clear()
        self._ended.clear()
        return changed, ended

    def _drop_gone(self) -> None:
        for uid in [uid for uid in (*self._going, *self._unnamed) if uid not in self._channels]:
            self.end(uid)
