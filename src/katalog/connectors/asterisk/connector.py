"""A session with one Asterisk: get in, read the whole state, follow it, and notice when it is gone."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog

from katalog.connectors.asterisk import advice, indicator, messenger, states
from katalog.connectors.asterisk.adapter import Adapter, Difference
from katalog.connectors.asterisk.channel import PRESENTATION, device_of
from katalog.connectors.asterisk.dialler import Dialler
from katalog.connectors.asterisk.indicator import DENIED, Indicator
from katalog.connectors.asterisk.link import Link, RefusedError, Times
from katalog.connectors.asterisk.messenger import Messenger
from katalog.connectors.asterisk.registrations import Registrations
from katalog.connectors.asterisk.wire import Message
from katalog.connectors.base import Emit, Finding, PbxAddress
from katalog.domain.call import Direction, Leg
from katalog.domain.events import (
    CodeDialled,
    DndChanged,
    DndRead,
    LegsChanged,
    LegsRead,
    RecordingsChanged,
    RecordingsRead,
)
from katalog.domain.indication import Indication
from katalog.domain.message import Outcome
from katalog.domain.placing import Placing
from katalog.errors import LinkError

BANNER = "Asterisk Call Manager/"

RESTART_TOLERANCE = 3.0
"""Seconds that two measurements of Asterisk's start may differ: FullyBooted gives whole seconds of uptime."""

CLOCK_TOLERANCE = 2.0
"""Seconds that Asterisk's clock may be off before `check` says so; call records would be by as much."""

CODE_EVENT = "KatalogAbsence"
"""The UserEvent of the dialplan's *23* (docs/connectors.md)."""

REPLY = "KREPLY"
"""The channel variable for which that dialplan waits: `ok`, or `wrong`."""

ENDED = "No such channel"
"""The `Message` that answers a question about a channel that has ended; its Hangup may be told later."""

CHECKED = "KATALOG_CHECKED"
"""A global variable that nothing reads: setting it shows whether states may be set."""

WRITES_ASTDB = "write=reporting,call,originate"
TRIES = 10
"""So often it is looked whether the dialplan has done its work."""

SUBJECTS = (
    "reachable", "login", "read=system", "write=reporting", "read=call", "timestampevents", "write=call",
    "write=originate", "version", "clock", "db_context",
)  # fmt: skip
"""What `check` looks at, in this order; the last only where it is set."""

log = structlog.get_logger()


class AsteriskConnector:
    """What is known of channels is kept from session to session: who began a call is told only once."""

    def __init__(self, address: PbxAddress, *, times: Times | None = None) -> None:
        self._address = address
        self._where = f"{address.host}:{address.port}"
        self._times = times or Times()
        self._adapter = Adapter(records=address.records)
        self._indicator = Indicator(address.name, address.db_context, self._times.list)
        self._dialler = Dialler(address.name, address.dial_context, address.username, self._times.answer)
        self._registrations = Registrations(address.name)
        self._emit: Emit = lambda _: None
        self._messenger = Messenger(address.name, address.username, self._times.answer)
        self._link: Link | None = None
        self._began: float | None = None

    @property
    def name(self) -> str:
        return self._address.name

    @property
    def healed(self) -> int:
        """Channels that were put right by a comparison, since the start."""
        return self._adapter.healed

    async def session(self, emit: Emit) -> None:
        said = Said(self._adapter, self.name, emit)
        self._registrations, self._emit = Registrations(self.name), emit
        async with self._connected(said) as link:
            await self._login(link)
            await self._booted(link, said)
            emit(LegsRead(self.name, await self._whole_state(link, said)))
            if self._adapter.recordings is not None:
                emit(RecordingsRead(self.name, self._adapter.recordings.all()))
            said.live = True
            # Calls come first: the lists of states may be long.
            self._link = link
            self._dialler.begin(link)
            self._messenger.begin(link)
            try:
                await self._indicator.begin(link, partial(self._state, said))
                emit(self._registrations.read())
                said.tell_dnd()
                await self._follow(link, said)
            finally:
                self._link = None
                self._dialler.end()
                self._messenger.end()
                self._indicator.end()

    def _heard(self, said: "Said", link: Link, events: list[Message]) -> None:
        self._dialler.heard(events)
        self._indicator.heard(events)
        for event in events:
            if event.event == "DeviceStateChange":
                self._register(event)
        said.heard(link, events)

    def _state(self, said: "Said", item: Message) -> None:
        """A device state that is listed."""
        self._register(item)
        said.state(item)

    def _register(self, item: Message) -> None:
        for changed in self._registrations.heard(item):
            self._emit(changed)

    # --- placing and ending calls ----------------------------------------------------------------------

    async def dial(self, placing: Placing) -> tuple[str, ...]:
        return await self._dialler.dial(placing)

    async def hangup(self, legs: Iterable[str]) -> int:
        return await self._dialler.hangup(legs)

    # --- what telephones show --------------------------------------------------------------------------

    def indicate(self, indications: Iterable[Indication]) -> None:
        self._indicator.indicate(indications)

    def reply(self, call: str, *, done: bool) -> None:
        if self._link is not None:
            value = "ok" if done else "wrong"
            self._link.post("Setvar", self._replied, Channel=call, Variable=REPLY, Value=value)

    def _replied(self, answer: Message) -> None:
        # Any other error is somebody who has hung up meanwhile, and needs no answer.
        if answer.get("Message") == DENIED:
            advice = self._missing("write=reporting,call")
            log.warning("pbx.refused", pbx=self.name, what=f"Setvar {REPLY}", reason=DENIED, advice=advice)

    # --- text messages ---------------------------------------------------------------------------------

    def room(self, text: str) -> int:
        return messenger.room(text)

    async def send_message(self, to: str, sender: str, text: str) -> Outcome:
        return await self._messenger.send(to, sender, text)

    async def check_messages(self) -> Finding:
        """On a connection of its own, so that it may run beside a session."""
        subject, probe = "write=message", AsteriskConnector(self._address, times=self._times)
        try:
            async with probe._connected(Said(probe._adapter, self.name, lambda _: None)) as link:
                await probe._login(link)
                allowed = await messenger.is_allowed(link)
        except LinkError as error:
            return Finding(False, subject, error.reason, error.advice)
        if allowed:
            return Finding(True, subject, f"{self.name!r} takes messages")
        return Finding(False, subject, "not given, so no message is sent", self._missing("write=reporting,message"))

    # --- getting in ------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _connected(self, said: "Said") -> AsyncIterator[Link]:
        try:
            async with asyncio.timeout(self._times.connect) as clock:
                reader, writer = await asyncio.open_connection(self._address.host, self._address.port)
        except socket.gaierror as error:
            raise advice.unknown_name(self._address.host) from error
        except ConnectionRefusedError as error:
            raise advice.nobody_listens(self._where) from error
        except OSError as error:
            late = f"no answer within {self._times.connect:g} s" if clock.expired() else ""
            raise advice.unreachable(self._where, late or error.strerror or str(error)) from error
        link = Link(reader, writer, self._times, partial(self._heard, said))
        try:
            await self._greeted(link)
            yield link
        finally:
            await link.close()

    async def _greeted(self, link: Link) -> None:
        if not await link.listen(self._times.answer, until=lambda: link.banner is not None):
            raise advice.says_nothing(self._where, link.silence)
        if not (link.banner or "").startswith(BANNER):
            raise advice.is_another(self._where)

    async def _login(self, link: Link) -> None:
        user = self._address.username
        # What comes from now on is newer than the list that will be asked for, or in it.
        self._adapter.begin()
        try:
            await link.ask("Login", Username=user, Secret=self._address.secret, Events="call,system,user")
        except RefusedError as error:
            raise advice.refuses(user, error.reason) from None

    async def _booted(self, link: Link, said: "Said") -> None:
        """FullyBooted comes at every login (given read=system), or when Asterisk has started."""
        if not await link.listen(self._times.booted, until=lambda: said.uptime is not None):
            raise self._lacks(
                "Asterisk does not say that it has started (FullyBooted): "
                "it still is starting, or the account may not hear events",
                "Asterisk säger inte att den har startat (FullyBooted): "
                "den startar ännu, eller kontot får inte höra händelser",
                "read=call,system",
            )
        began = asyncio.get_running_loop().time() - (said.uptime or 0)
        if self._began is not None and abs(began - self._began) > RESTART_TOLERANCE:
            log.info("pbx.restarted", pbx=self.name)
            self._adapter.forget()
        self._began = began

    def _missing(self, line: str) -> str:
        return advice.missing(self._address.username, line)

    def _lacks(self, reason: str, reason_sv: str, line: str) -> LinkError:
        return advice.lacks(reason, reason_sv, self._address.username, line)

    async def _whole_state(self, link: Link, said: "Said") -> tuple[Leg, ...]:
        await self._list(link, self._adapter.listed)
        with suppress(RefusedError):
            # Which bridges only hold (parking). No right is needed for this, and little is lost without it.
            await link.ask("BridgeList", item=self._bridge, limit=self._times.list)
        self._adapter.complete()
        said.question(link)
        await link.ask("Ping", limit=self._times.list)
        legs: list[Leg] = []
        for leg in self._adapter.legs():
            legs.append(leg)
            if len(legs) % 256 == 0:
                await asyncio.sleep(0)
        return tuple(legs)

    def _bridge(self, item: Message) -> None:
        if item.get("BridgeTechnology") == "holding_bridge":
            self._adapter.holding(item.get("BridgeUniqueid"))

    async def _list(self, link: Link, item: Callable[[Message], None]) -> None:
        try:
            await link.ask("CoreShowChannels", item=item, limit=self._times.list)
        except RefusedError as error:
            raise self._lacks(
                f"Asterisk refuses to list its channels: {error.reason}",
                f"Asterisk vägrar lista sina kanaler: {error.reason}",
                "write=reporting",
            ) from None

    # --- following -------------------------------------------------------------------------------------

    async def _follow(self, link: Link, said: "Said") -> None:
        now = asyncio.get_running_loop().time
        next_look = now() + self._times.compare
        while True:
            # Also what waited for an answer that did not come.
            said.tell()
            if await link.hear(min(self._times.quiet - link.silence, next_look - now())):
                await link.gather()
            quiet = link.silence >= self._times.quiet
            # As long as no call was heard of at all, the list tells whether that is because there are none.
            if now() >= next_look or (quiet and not said.calls):
                await self._compare(link, said)
                next_look = now() + self._times.compare
            elif quiet:
                await link.ask("Ping")

    async def _compare(self, link: Link, said: "Said") -> None:
        """Our picture with Asterisk's own list. What differs at one look may only be under way."""
        first, _ = await self._look(link)
        # What was asked before the list is answered before it.
        self._adapter.ask_again()
        said.question(link)
        if not first:
            return
        await link.listen(self._times.second_look)
        second, items = await self._look(link)
        proven = first & second
        if not proven:
            return
        if not said.calls:
            raise self._lacks(
                "there are calls, but Asterisk tells nothing of them",
                "samtal pågår, men Asterisk berättar inget om dem",
                "read=call,system",
            )
        self._adapter.heal(proven, items)
        said.question(link)
        # Numbers are somebody's own, and stay out of the log.
        matters = sorted(f"{each.what} {each.uid}" for each in proven)
        log.warning("pbx.healed", pbx=self.name, count=len(matters), what=matters[:20])
        said.tell()

    async def _look(self, link: Link) -> tuple[frozenset[Difference], list[Message]]:
        items: list[Message] = []
        await self._list(link, items.append)
        return self._adapter.differences(items), items

    # --- katalog check ---------------------------------------------------------------------------------

    async def check(self) -> list[Finding]:
        """On a connection and a picture of its own, so that it may run beside a session."""
        probe = AsteriskConnector(self._address, times=self._times)
        findings: list[Finding] = []
        try:
            await probe._examine(findings)
        except LinkError as error:
            findings.append(Finding(False, SUBJECTS[len(findings)], error.reason, error.advice))
        return findings

    async def _examine(self, findings: list[Finding]) -> None:
        """Each step needs those before it; the one that fails is the last finding."""
        said = Said(self._adapter, self.name, lambda _: None)
        async with self._connected(said) as link:
            findings.append(Finding(True, "reachable", f"{self._where}: {link.banner}"))
            await self._login(link)
            findings.append(Finding(True, "login", f"logged in as {self._address.username!r}"))
            await self._booted(link, said)
            findings.append(Finding(True, "read=system", f"Asterisk started {said.uptime} s ago"))
            legs = await self._whole_state(link, said)
            findings.append(Finding(True, "write=reporting", f"{len(legs)} calls are listed"))
            findings.append(await self._hears_calls(link, said))
            findings.append(self._stamps(said))
            findings.append(await self._sets_states(link))
            findings.append(await self._places_calls(link))
            findings.append(await self._version(link))
            findings.append(await self._clock(link))
            if self._address.db_context:
                findings.append(await self._keeps(link, self._address.db_context))

    async def _hears_calls(self, link: Link, said: "Said") -> Finding:
        await link.listen(self._times.quiet, until=lambda: said.calls)
        silent, _ = await self._look(link)
        if not said.calls and silent:
            await link.listen(self._times.second_look, until=lambda: said.calls)
        if said.calls:
            return Finding(True, "read=call", "events of calls come")
        if silent:
            text = "calls came or went, but Asterisk told nothing of them"
            return Finding(False, "read=call", text, self._missing("read=call,system"))
        text = "not seen, as nobody telephoned just now; make a call meanwhile to be sure"
        return Finding(True, "read=call", text)

    def _stamps(self, said: "Said") -> Finding:
        if said.stamped is None:
            return Finding(True, "timestampevents", "not seen, as nothing happened just now")
        if said.stamped:
            return Finding(True, "timestampevents", "events carry Asterisk's own time")
        return Finding(
            False,
            "timestampevents",
            "events carry no time, so call records have the time at which they arrived",
            "manager.conf [general]: timestampevents=yes. After a change: manager reload.",
        )

    async def _sets_states(self, link: Link) -> Finding:
        """Not having it is no fault: who only wants calls shown gives no right to change anything."""
        try:
            await link.ask("Setvar", Variable=CHECKED, Value=str(int(time.time())))
        except RefusedError:
            text = "not given, so profiles do not show on telephones; docs/profiles.md says how they do"
            return Finding(True, "write=call", text)
        return Finding(True, "write=call", "telephones can show profiles; for codes, read must have user as well")

    async def _places_calls(self, link: Link) -> Finding:
        """Whom nobody is named to ring, nothing rings: rights are looked at first."""
        try:
            await link.ask("Originate")
        except RefusedError as error:
            if error.reason == DENIED:
                text = "not given, so nobody dials by katalog; docs/connectors.md says what it takes"
                return Finding(True, "write=originate", text)
        return Finding(True, "write=originate", "katalog can dial, and with the right above hang up")

    async def _keeps(self, link: Link, context: str) -> Finding:
        """Has the context keep something and asks whether it is there, then has it taken away again."""
        wanted, mark = SUBJECTS[-1], str(int(time.time()))
        try:
            await link.ask("Originate", **indicator.through(context, "katalog", "check", mark), Async="true")
        except RefusedError as error:
            return Finding(False, wanted, f"AstDB cannot be written: {error.reason}", self._missing(WRITES_ASTDB))
        found: list[str] = []
        for _ in range(TRIES):
            await link.listen(self._times.second_look / TRIES)
            with suppress(RefusedError):
                await link.ask("DBGet", item=lambda item: found.append(item.get("Val")), Family="katalog", Key="check")
            if mark in found:
                await link.ask("Originate", **indicator.through(context, "katalog", "check", ""), Async="true")
                return Finding(True, wanted, f"{context!r} keeps do-not-disturb and forwarding in AstDB")
        text = f"the dialplan's context {context!r} keeps nothing in AstDB"
        advice = "Put docs/extensions_katalog.conf into the dialplan, then: dialplan reload."
        return Finding(False, wanted, text, advice)

    async def _version(self, link: Link) -> Finding:
        settings = await link.ask("CoreSettings")
        return Finding(True, "version", f"Asterisk {settings.get('AsteriskVersion') or 'of unknown version'}")

    async def _clock(self, link: Link) -> Finding:
        asked = time.time()
        stamp = (await link.ask("Ping")).get("Timestamp")
        try:
            ahead = float(stamp) - (asked + time.time()) / 2
        except ValueError:
            return Finding(True, "clock", "Asterisk does not tell its time")
        if abs(ahead) <= CLOCK_TOLERANCE:
            return Finding(True, "clock", f"Asterisk's clock is this computer's within {abs(ahead):.1f} s")
        text = f"Asterisk's clock is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this computer's"
        return Finding(False, "clock", text, "Let both computers' clocks be set by NTP.")


class Said:
    """What Asterisk has said in one session, and who is told of it once the session is live."""

    def __init__(self, adapter: Adapter, name: str, emit: Emit) -> None:
        self.live = False
        self.uptime: int | None = None
        self.calls = False
        self.stamped: bool | None = None
        self._adapter = adapter
        self._name = name
        self._emit = emit
        self._dnd: set[str] = set()
        self._dnd_told = False

    def heard(self, link: Link, events: list[Message]) -> None:
        stopping = False
        for event in events:
            if self.live and event.event == "Hangup":
                # Nothing is told of whom Asterisk was not asked about.
                self.question(link)
                if self._adapter.ends_untold(event):
                    self.tell()
            if self._adapter.apply(event):
                self.calls = True
            elif event.event == "FullyBooted":
                uptime = event.get("Uptime")
                self.uptime = int(uptime) if uptime.isdecimal() else 0
            elif event.event == "Shutdown":
                stopping = True
            elif event.event == "DeviceStateChange":
                self.state(event)
            elif event.event == "UserEvent" and event.get("UserEvent") == CODE_EVENT:
                self._dialled(event)
        if events and self.stamped is None and events[-1].event != "FullyBooted":
            # The FullyBooted of a login is written by hand in Asterisk and never has one.
            self.stamped = bool(events[-1].get("Timestamp"))
        if self.live:
            self.question(link)
            # What is told together costs its readers half.
            if not link.is_owed:
                self.tell()
        if stopping:
            raise LinkError("Asterisk is stopping", reason_sv="Asterisk stängs av")

    def state(self, item: Message) -> None:
        """A device state, listed or changed: of them do-not-disturb at a telephone matters."""
        heard = states.do_not_disturb(item)
        if heard is None:
            return
        extension, on = heard
        if on == (extension in self._dnd):
            return
        if on:
            self._dnd.add(extension)
        else:
            self._dnd.discard(extension)
        if self._dnd_told:
            self._emit(DndChanged(self._name, extension, on))

    def tell_dnd(self) -> None:
        """Everything that has been listed by now; from here on changes are told."""
        self._dnd_told = True
        self._emit(DndRead(self._name, frozenset(self._dnd)))

    def _dialled(self, event: Message) -> None:
        # Its own fields stand beside those of the channel.
        call, channel = event.get("Uniqueid"), event.get("Channel")
        if call and self.live:
            device = device_of(channel) or f"PJSIP/{event.get('Extension')}"
            self._emit(CodeDialled(self._name, call, device, event.get("Code"), event.get("Until")))

    def question(self, link: Link) -> None:
        """Ask what no event and no list tells. It takes 0.2 ms, mostly before a phone rings."""
        for uid in self._adapter.questions():
            answered = partial(self._presented, uid)
            link.post("Getvar", answered, Channel=uid, Variable=PRESENTATION)

        for uid in self._adapter.callers():
            link.post("Getvar", partial(self._caller_presented, uid), Channel=uid, Variable="CALLERID(num-pres)")

        for uid in self._adapter.unclear():
            link.post("Getvar", partial(self._began, uid), Channel=uid, Variable="CHANNEL(pjsip,request_uri)")

        for uid in self._adapter.recordings.questions() if self._adapter.recordings is not None else ():
            link.post("Getvar", partial(self._recorded, uid), Channel=uid, Variable="MIXMONITOR_FILENAME")

    def _began(self, uid: str, answer: Message) -> None:
        if answer.get("Response") == "Success":
            self._adapter.began(uid, Direction.OUT if answer.get("Value") else Direction.IN)

    def _presented(self, uid: str, answer: Message) -> None:
        # Nobody knows any more about the number of one that has ended meanwhile: what it was is told with its Hangup.
        if answer.get("Message") != ENDED:
            self._adapter.presented(uid, answer.get("Value"))

    def _caller_presented(self, uid: str, answer: Message) -> None:
        self._adapter.caller_presented(uid, answer.get("Value"))

    def _recorded(self, uid: str, answer: Message) -> None:
        if self._adapter.recordings is not None:
            self._adapter.recordings.named(uid, answer.get("Value"))

    def tell(self) -> None:
        for leg, ending in self._adapter.settled():
            self._emit(LegsChanged(self._name, (leg,), at=ending.at))
            self._emit(LegsChanged(self._name, (), (leg.id,), (ending,), ending.at))
        legs, ended = self._adapter.changes()
        if legs or ended:
            gone = tuple([each.id for each in ended])
            self._emit(LegsChanged(self._name, legs, gone, ended, self._adapter.at))
        if self._adapter.recordings is not None:
            recordings, over = self._adapter.recordings.changes()
            if recordings or over:
                self._emit(RecordingsChanged(self._name, recordings, over))
