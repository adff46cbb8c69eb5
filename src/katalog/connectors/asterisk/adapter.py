"""What Asterisk says of its channels → which legs there are, and which changed. Pure: no socket, no clock.

Facts are of Asterisk 16.28 and 22.10, PJSIP (docs/connectors.md). In one paragraph: `Newchannel` is the only
birth and `Hangup` the only end; who began is the state at birth; a device talks to whoever shares its bridge,
where the two halves of a `Local/…;1`, `;2` channel are a tunnel from one bridge to another; before that it is
rung by whoever began the dial. Whatever is said of a channel that is not known, or has ended, is passed over:
a link may lose, double or reorder, and then the next comparison with Asterisk's own list puts it right.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import ClassVar, NamedTuple, TypeVar

import msgspec

from katalog.connectors.asterisk.channel import (
    ALLOWED,
    DIALLED,
    PLACED,
    PRESENTATION,
    PROHIBITED,
    RING,
    UP,
    Channel,
    Listed,
    stamp,
)
from katalog.connectors.asterisk.channels import ENDED_MEMORY, Channels
from katalog.connectors.asterisk.recordings import Recordings
from katalog.connectors.asterisk.wire import Message
from katalog.domain.call import Direction, Ending, Leg, Trace
from katalog.domain.placeholder import WITHHELD, dialled, known

MEMORY = 1_000
"""So much is remembered of callers, and of those who were rung: what follows does so within milliseconds."""

T = TypeVar("T")

ELSEWHERE = "26"
"""The `Cause` of whoever is rung when somebody else answers."""


class Late(NamedTuple):
    """A leg that ended while it was asked whether its number may be shown: as it was, with its number."""

    leg: Leg
    ending: Ending


class Difference(NamedTuple):
    """Where our picture is not Asterisk's. `what`: ghost, missing, name, state, bridge or number."""

    uid: str
    what: str
    ours: str
    theirs: str


class Adapter:
    """The channels of one Asterisk. `apply` events, take `changes`.

    The whole state is read by `begin`, `listed` for each item, `complete`; then `legs` are all of them.
    Events that come meanwhile wait for `complete`: an item may be older or newer than they are, but the last
    of them is the newest word in either case. With `records`, `recordings` follows the recordings of calls.
    """

    def __init__(self, *, ended_memory: int = ENDED_MEMORY, records: bool = False) -> None:
        self.healed = 0
        self._channels = Channels(ended_memory)
        self.recordings = Recordings(self._channels) if records else None
        self._unasked: dict[str, None] = {}
        self._unclear: dict[str, None] = {}
        self._told: dict[str, Leg] = {}
        self._endings: dict[str, Ending] = {}
        self._late: dict[str, Late] = {}
        self._unasked_callers: dict[str, None] = {}
        self._left: dict[str, str] = {}  # who was rung until somebody else answered, and by whom
        self._callers: dict[str, str | None] = {}  # presentations of their numbers; None: asked
        self._settled: list[tuple[Leg, Ending]] = []
        self._newest: Message | None = None
        self._waiting: list[Message] | None = None
        self._list: dict[str, Listed] = {}

    # --- the whole state -------------------------------------------------------------------------------

    def begin(self) -> None:
        """From here on events wait, until the list that is asked for now is complete."""
        self._waiting = []
        self._list = {}
        self._late.clear()

    def listed(self, item: Message) -> None:
        """One `CoreShowChannel`."""
        entry = Listed.of(item)
        self._list[entry.uid] = entry

    def holding(self, bridge: str) -> None:
        """This bridge only keeps its channels."""
        self._channels.holds(bridge)

    def complete(self) -> None:
        """These channels and no others, and then what happened meanwhile."""
        self.ask_again()
        for channel in self._channels:
            # Not ended for good: Asterisk walks through its channels without holding them still, and one that a
            # transfer files anew just then is passed over. Where it is so, the next comparison finds it again.
            if channel.uid not in self._list:
                self._channels.drop(channel)
        for channel in self._channels:
            # Dials may have ended unheard; those that go on are told again, or seen in the Application.
            channel.dialled, channel.dialler = False, ""
            channel.dialling.clear()
        for entry in self._list.values():
            self._upsert(entry)
        if self.recordings is not None:
            self.recordings.listen()
        waiting, self._waiting, self._list = self._waiting, None, {}
        self._channels.forget_bridges()
        for event in waiting or ():
            self.apply(event)

    def legs(self) -> Iterator[Leg]:
        """Every leg there is; what is told by this is not told again by `changes`. Whoever was asked about and has not
        been answered has ended, and is without its number.
        """
        self._channels.touched.clear()
        self._told = {}
        for channel in self._channels:
            if channel.device is not None:
                leg = self._leg(channel, channel.device)
                leg = msgspec.structs.replace(leg, number="") if channel.asked else leg
                yield self._told.setdefault(channel.uid, leg)

    def forget(self) -> None:
        """Asterisk was restarted: nothing that was known holds."""
        for channel in self._channels:
            self._channels.end(channel.uid)

    # --- changes ---------------------------------------------------------------------------------------

    def apply(self, event: Message) -> bool:
        """Take one event in; says whether it was about calls at all."""
        handle = self._handlers.get(event.event)
        if handle is None:
            return False
        if self._waiting is not None:
            self._waiting.append(event)
        else:
            self._newest = event
            handle(self, event)
        return True

    def changes(self) -> tuple[tuple[Leg, ...], tuple[Ending, ...]]:
        """What is different from what was told last: legs new or changed, and those that ended."""
        changed, ended = [], []
        held = set()
        for uid in self._channels.touched:
            channel = self._channels.get(uid)
            if (channel is not None and channel.asked) or uid in self._late:
                held.add(uid)
            elif channel is None:
                if self._told.pop(uid, None) is not None:
                    ended.append(self._endings.pop(uid, Ending(uid)))
            elif channel.device is not None:
                leg = self._leg(channel, channel.device)
                if self._told.get(uid) != leg:
                    self._told[uid] = leg
                    changed.append(leg)
        self._channels.touched = held
        self._endings.clear()
        return tuple(changed), tuple(ended)

    @property
    def at(self) -> float:
        """When the newest event was, by Asterisk's clock; 0.0 if it does not say."""
        return 0.0 if self._newest is None else stamp(self._newest)

    def ends_untold(self, event: Message) -> bool:
        """Whether an event ends a leg of which something was not told, so that `changes` is to be told first.

        Of a call that is answered and ends within one reading of the socket, nobody would hear that it was answered.
        If it is not known by then whether the other party's number may be shown, all of it is told later (`settled`).
        """
        if event.event != "Hangup":
            return False
        channel = self._channels.get(event.get("Uniqueid"))
        if channel is None or channel.device is None:
            return False
        if channel.asked:
            return False
        told = self._told.get(channel.uid)
        return (
            told is None
            or told.linestatus is not channel.linestatus
            or told.trace != _trace(channel)
            or told.number != self._number(channel)
        )

    def questions(self) -> list[str]:
        """Channels to ask Asterisk for their `PRESENTATION` (Privacy: id, RFC 3325), where no event and no list has it.

        A leg that is asked about waits for `presented`, or for its end: nobody can be asked about a channel that has
        ended, and that it has may be answered before its Hangup is told.
        """
        asked = [uid for uid in self._unasked if uid in self._channels]
        self._unasked.clear()
        for uid in asked:
            self._channels[uid].asked += 1
        return asked

    def presented(self, uid: str, presentation: str) -> None:
        """The answer; `""` if there is none, and then the number is not shown."""
        channel = self._channels.get(uid)
        if channel is not None:
            channel.withheld = not presentation or presentation.startswith(PROHIBITED)
            channel.asked = max(0, channel.asked - 1)
            self._channels.touched.add(uid)

    def ask_again(self) -> None:
        """What is not answered by now will not be: the link was another, or Asterisk did not know the channel."""
        for channel in self._channels:
            if channel.asked:
                channel.asked = 0
                self._unasked[channel.uid] = None

    def callers(self) -> list[str]:
        """Channels that call, to ask Asterisk about: may `CALLERID(num-pres)` be shown?

        It is asked as soon as they are born: a telephone may refuse within a millisecond, and then there is nobody to
        be asked any more whether the number of whom it missed may be shown.
        """
        asked = list(self._unasked_callers)
        self._unasked_callers.clear()
        for uid in asked:
            _remember(self._callers, uid, None)
        return asked

    def caller_presented(self, uid: str, presentation: str) -> None:
        """The answer to that; `""` if there is none to be had."""
        if uid in self._callers:
            self._callers[uid] = presentation
        for late in [each for each in self._late.values() if each.leg.trace.caller == uid]:
            self._settle(late, presentation)

    def _settle(self, late: Late, presentation: str) -> None:
        """A number about which nothing is known is not shown."""
        uid = late.leg.id
        self._late.pop(uid, None)
        self._told.pop(uid, None)
        self._channels.touched.discard(uid)
        shown = presentation.startswith(ALLOWED)
        self._settled.append((late.leg if shown else msgspec.structs.replace(late.leg, number=""), late.ending))

    def settled(self) -> list[tuple[Leg, Ending]]:
        """Legs that have ended and were not told as they last were, each to be told and then to be ended."""
        settled, self._settled = self._settled, []
        return settled

    def unclear(self) -> list[str]:
        """Channels to ask Asterisk about: who began? The list does not say it, and Newchannel was not heard.

        `CHANNEL(pjsip,request_uri)` is what the device asked for, and empty where Asterisk called the device.
        """
        unclear = [uid for uid in self._unclear if uid in self._channels]
        self._unclear.clear()
        return unclear

    def began(self, uid: str, direction: Direction) -> None:
        """The answer to that."""
        channel = self._channels.get(uid)
        if channel is not None:
            if direction is Direction.OUT and channel.direction is Direction.IN:
                # Asterisk has it as one that it called, in the place of the telephone whose call this one picked up.
                channel.caller = channel.linkedid
            channel.direction = direction
            self._begin_own(channel)
            self._channels.touched.add(uid)

    def _begin_own(self, channel: Channel) -> None:
        """Whom Asterisk called though nobody's call was there before it: the call was placed for its own user."""
        if channel.direction is Direction.IN and channel.linkedid == channel.uid:
            channel.placed = True
            if channel.state == UP and self._channels.far(channel, channel.linestatus) is not None:
                channel.answered, channel.reached = 0.0, True

    def channel(self, uid: str) -> Channel | None:
        """What is known of one channel, such as when it was born."""
        return self._channels.get(uid)

    # --- comparison ------------------------------------------------------------------------------------

    def differences(self, items: Iterable[Message]) -> frozenset[Difference]:
        """Where a later list disagrees. One look proves nothing, as events may still be under way."""
        theirs = {entry.uid: entry for entry in map(Listed.of, items) if self._channels.may_live(entry.uid)}
        found = [Difference(each.uid, "ghost", each.name, "") for each in self._channels if each.uid not in theirs]
        for uid, entry in theirs.items():
            channel = self._channels.get(uid)
            if channel is None:
                found.append(Difference(uid, "missing", "", entry.name))
                continue
            found += [
                Difference(uid, what, ours, listed)
                for what, ours, listed in (
                    ("name", channel.name, entry.name),
                    ("state", channel.state, entry.state),
                    ("bridge", channel.bridge, entry.bridge),
                    ("number", channel.connected, entry.connected),
                )
                if ours != listed
            ]
        return frozenset(found)

    def heal(self, differences: Iterable[Difference], items: Iterable[Message]) -> None:
        """Believe the list in these: they were there at two looks, a moment apart. Then take `changes`."""
        theirs = {entry.uid: entry for entry in map(Listed.of, items)}
        for uid in {difference.uid for difference in differences}:
            entry = theirs.get(uid)
            if entry is None:
                self._channels.end(uid)
            else:
                self._upsert(entry)
            self.healed += 1

    # --- events, each by its name in AMI ---------------------------------------------------------------

    def _newchannel(self, event: Message) -> None:
        uid = event.get("Uniqueid")
        channel = self._channels.get(uid)
        if channel is None:
            if not self._channels.may_live(uid):
                return
            channel = self._channels.born(uid, event.get("Channel"))
            channel.state = event.get("ChannelState")
            self._connect(channel, known(event.get("ConnectedLineNum")), event.variable(PRESENTATION))
        # What only this event knows, and which a list item may have guessed before.
        self._unclear.pop(uid, None)
        channel.direction = Direction.OUT if event.get("ChannelState") == RING else Direction.IN
        channel.exten = dialled(event.get("Exten"))
        channel.born = stamp(event) or channel.born
        calls = channel.direction is Direction.OUT and channel.device is not None
        if calls and known(event.get("CallerIDNum")) and not event.variable(PRESENTATION):
            self._unasked_callers[uid] = None
        self._channels.touched.add(uid)

    def _newstate(self, event: Message) -> None:
        channel = self._channels.get(event.get("Uniqueid"))
        # One that was answered does not begin to ring again: an older word came late.
        if channel is not None and channel.state != UP:
            channel.state = event.get("ChannelState")
            if channel.state == UP:
                channel.answered = stamp(event)
            self._channels.touched.add(channel.uid)

    def _newconnectedline(self, event: Message) -> None:
        channel = self._channels.get(event.get("Uniqueid"))
        if channel is not None:
            self._connect(channel, known(event.get("ConnectedLineNum")), event.variable(PRESENTATION))

    def _bridgeenter(self, event: Message) -> None:
        channel = self._channels.get(event.get("Uniqueid"))
        bridge = event.get("BridgeUniqueid")
        if channel is not None and bridge:
            if event.get("BridgeTechnology") == "holding_bridge":
                self.holding(bridge)
            self._channels.move(channel, bridge)

            if self.recordings is not None:
                self.recordings.meet(channel)

    def _bridgeleave(self, event: Message) -> None:
        channel = self._channels.get(event.get("Uniqueid"))
        # It may have been heard already that it is in another one.
        if channel is not None and channel.bridge == event.get("BridgeUniqueid"):
            self._channels.move(channel, "")

    def _bridgedestroy(self, event: Message) -> None:
        self._channels.destroyed(event.get("BridgeUniqueid"))

    def _dialbegin(self, event: Message) -> None:
        channel = self._channels.get(event.get("DestUniqueid"))
        if channel is not None:
            uid = event.get("Uniqueid")
            dialler = self._channels.get(uid)
            self._channels.dial(channel, dialler)
            channel.called = known(event.get("DestCallerIDNum"))
            caller = self._channels.caller(channel)
            if caller is not channel:
                channel.caller, channel.placed = caller.uid, caller.device is None and caller.dialled
            else:
                # Originate has no caller; one that a list has passed over is somebody's all the same.
                channel.caller, channel.placed = uid or _placed_by(channel.uid), not uid
            for own in self._placed_for(dialler):
                # What counts is the answer of whoever is called now.
                own.answered = None
                self._channels.touched.add(own.uid)

    def _dialend(self, event: Message) -> None:
        channel = self._channels.get(event.get("DestUniqueid"))
        if channel is not None:
            self._channels.undial(channel)
            channel.forward = event.get("Forward")
            channel.cancelled = event.get("DialStatus") == "CANCEL"
        if event.get("DialStatus") == "ANSWER":
            for own in self._placed_for(self._channels.get(event.get("Uniqueid"))):
                own.answered, own.reached = stamp(event), True
                self._channels.touched.add(own.uid)

    def _placed_for(self, dialler: Channel | None) -> Iterator[Channel]:
        """Those for whose own users a channel dials, as long as nobody has answered."""
        if dialler is not None:
            for own in self._channels.behind(dialler):
                if own.placed and own.state == UP and not own.reached:
                    yield own

    def _pickup(self, event: Message) -> None:
        picker, uid = self._channels.get(event.get("Uniqueid")), event.get("TargetUniqueid")
        rung = self._channels.get(uid)
        caller = self._left.get(uid, "") if rung is None else rung.caller
        if picker is not None:
            # Of one that a list had, nobody has said who rang it; that a call was picked up is known all the same.
            picker.caller = caller or picker.caller or picker.uid
            self._channels.touched.add(picker.uid)

    def _hangup(self, event: Message) -> None:
        uid, cause = event.get("Uniqueid"), event.get("Cause")
        channel = self._channels.get(uid)
        if channel is not None and channel.cancelled and cause != ELSEWHERE:
            # Whoever is no longer called is given the caller's own cause.
            cause = ""
        ending = self._endings[uid] = Ending(uid, stamp(event), int(cause) if cause.isdecimal() else 0)
        if channel is not None and cause == ELSEWHERE:
            # That it was picked up may be said afterwards.
            _remember(self._left, uid, channel.caller)
        if channel is not None and channel.device is not None and channel.asked:
            late = Late(self._leg(channel, channel.device), ending)
            # Of a call that was placed for the device the number is its own user's. A later number is not the caller's.
            presentation = ALLOWED if channel.placed else self._callers.get(channel.caller, "")
            presentation = "" if channel.turned else presentation
            if presentation is None:
                self._late[uid] = late
            else:
                self._settle(late, presentation)
        self._channels.end(uid)

    def _mixmonitorstart(self, event: Message) -> None:
        if self.recordings is not None:
            self.recordings.begin(event.get("Uniqueid"), stamp(event))

    def _mixmonitorstop(self, event: Message) -> None:
        if self.recordings is not None:
            self.recordings.end(event.get("Uniqueid"))

    # --- one channel -----------------------------------------------------------------------------------

    def _upsert(self, entry: Listed) -> None:
        if not self._channels.may_live(entry.uid):
            return
        channel = self._channels.get(entry.uid)
        if channel is None:
            channel = self._channels.born(entry.uid, entry.name)
            channel.direction, channel.exten = entry.direction, entry.exten
            channel.linkedid, channel.caller = entry.linkedid, entry.picked_up
            if self.recordings is not None:
                # It may be recorded since before anybody listened.
                self.recordings.begin(entry.uid, 0.0)
            if entry.name.startswith("PJSIP/") and not entry.tells_direction:
                self._unclear[entry.uid] = None
            if entry.direction is Direction.OUT and channel.device is not None and not entry.presentation:
                self._unasked_callers[entry.uid] = None
        if channel.name != entry.name:
            self._channels.rename(channel, entry.name)
        channel.state = entry.state
        self._connect(channel, entry.connected, entry.presentation)
        channel.dialled = channel.dialled or entry.application in DIALLED
        self._channels.move(channel, entry.bridge)
        if entry.tells_direction:
            self._begin_own(channel)

    def _connect(self, channel: Channel, number: str, presentation: str) -> None:
        self._channels.touched.add(channel.uid)
        if number != channel.connected:
            channel.turned = channel.turned or channel.connected != ""
            channel.connected, channel.withheld = number, False
        elif not presentation:
            return
        # Who dialled a number knows it.
        if number and number not in WITHHELD and number != channel.exten and channel.device is not None:
            if presentation:
                channel.withheld, channel.asked = presentation.startswith(PROHIBITED), 0
            else:
                self._unasked[channel.uid] = None

    def _leg(self, channel: Channel, device: str) -> Leg:
        linestatus = channel.linestatus
        far = self._channels.far(channel, linestatus)
        return Leg(
            channel.uid,
            device,
            channel.direction,
            linestatus,
            self._number(channel),
            far.device if far is not None else None,
            _trace(channel),
        )

    def _number(self, channel: Channel) -> str:
        if channel.withheld or channel.connected in WITHHELD:
            # Never the dialled number instead: after a transfer or a pickup it is another's.
            return ""
        if not channel.connected and channel.direction is Direction.OUT:
            return "" if channel.exten in WITHHELD else channel.exten
        return channel.connected

    _handlers: ClassVar[Mapping[str, Callable[["Adapter", Message], None]]] = {
        "Newchannel": _newchannel,
        "Newstate": _newstate,
        "NewConnectedLine": _newconnectedline,
        "BridgeEnter": _bridgeenter,
        "BridgeLeave": _bridgeleave,
        "BridgeDestroy": _bridgedestroy,
        "DialBegin": _dialbegin,
        "DialEnd": _dialend,
        "Pickup": _pickup,
        "MixMonitorStart": _mixmonitorstart,
        "MixMonitorStop": _mixmonitorstop,
        "Hangup": _hangup,
    }
    """Everything else in class `call` is information only: the state is right without it."""


def _placed_by(uid: str) -> str:
    """The call for which katalog had a channel made: all that ring for it are one call."""
    return uid.partition(".")[0] if uid.startswith(PLACED) else ""


def _trace(channel: Channel) -> Trace:
    return Trace(
        channel.born,
        channel.answered,
        channel.exten if channel.direction is Direction.OUT else channel.called,
        channel.caller,
        channel.placed,
        channel.forward,
        channel.name,
    )


def _remember(memory: dict[str, T], key: str, value: T) -> None:
    """What is asked for within a moment, if ever."""
    memory[key] = value
    if len(memory) > MEMORY:
        del memory[next(iter(memory))]
