"""Keeps what the telephones of one Asterisk show at what it should be: written once, put right at each connect."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypedDict

import structlog

from katalog.connectors.asterisk import states
from katalog.connectors.asterisk.link import Link, RefusedError
from katalog.connectors.asterisk.wire import Message
from katalog.domain.indication import Indication

DENIED = "Permission denied"
"""What Asterisk answers to an account that lacks a right."""

AT_ONCE = 32
"""Actions under way at a time: a few milliseconds of Asterisk, so that what calls ask is not kept waiting."""

log = structlog.get_logger()


class _Setting(NamedTuple):
    """One thing to keep: a variable, or a key of AstDB."""

    family: str
    name: str


class Indicator:
    """`indicate` what is wanted at any time; `begin` with each link that is ready, `end` with its loss."""

    def __init__(self, name: str, db_context: str, limit: float) -> None:
        self._name = name
        self._db_context = db_context
        self._limit = limit
        self._known: set[str] = set()
        self._wanted: dict[_Setting, str] = {}
        self._there: dict[_Setting, str] = {}
        # What everybody sees comes first; the words of ten thousand would keep lamps waiting for a second.
        self._lamps: dict[_Setting, None] = {}
        self._waiting: dict[_Setting, None] = {}
        self._under_way = 0
        # Channels of the dialplan that write AstDB, by ActionID: two of one key at once would get in each other's way.
        self._channels: dict[str, _Setting] = {}
        self._held: set[_Setting] = set()
        self._link: Link | None = None
        self._denied: set[str] = set()

    def indicate(self, indications: Iterable[Indication]) -> None:
        for indication in indications:
            if states.is_safe(indication.extension):
                self._known.add(indication.extension)
                for setting, value in self._settings(indication):
                    self._want(setting, value)
        self._write()

    def _settings(self, indication: Indication) -> Iterable[tuple[_Setting, str]]:
        for variable, value in states.variables(indication).items():
            yield _Setting("", variable), value
        if self._db_context:
            for (family, extension), value in states.kept(indication).items():
                yield _Setting(family, extension), value

    def _want(self, setting: _Setting, value: str) -> None:
        # What is as if nobody had set it need not be remembered: most people are available most of the time.
        if value == _unset(setting):
            self._wanted.pop(setting, None)
        else:
            self._wanted[setting] = value
        if self._there.get(setting, _unset(setting)) != value:
            (self._lamps if states.is_lamp(setting.name) else self._waiting)[setting] = None

    async def begin(self, link: Link, devices: Callable[[Message], None]) -> None:
        """Reads what is there, and writes what should be; `devices` is given every item of the device states."""
        self._link, self._under_way = None, 0
        for kept in (self._lamps, self._waiting, self._channels, self._held, self._denied):
            kept.clear()
        there: dict[_Setting, str] = {}

        def device(item: Message) -> None:
            devices(item)
            note(states.listed_device(item))

        def note(listed: tuple[str, str] | None) -> None:
            if listed is not None:
                there[_Setting("", listed[0])] = listed[1]

        try:
            await link.ask("DeviceStateList", item=device, limit=self._limit)
            await link.ask("PresenceStateList", item=lambda item: note(states.listed_presence(item)), limit=self._limit)
        except RefusedError as error:
            log.warning("pbx.refused", pbx=self._name, what="lists of states", reason=error.reason)
            return
        if self._db_context:
            there |= await self._kept(link)
        self._there, self._link = there, link
        # Presence of others may be somebody else's doing. Where a lamp is katalog's, the words are, too.
        ours = self._known | {states.extension_of(name) for _, name in there if states.is_lamp(name)}
        for setting in {**there, **self._wanted}:
            if setting.family or states.extension_of(setting.name) in ours:
                self._want(setting, self._wanted.get(setting, _unset(setting)))
        self._write()

    async def _kept(self, link: Link) -> dict[_Setting, str]:
        items: dict[str, str] = {}
        try:
            await link.ask(
                "DBGetTree",
                item=lambda item: items.update({item.get("Key"): item.get("Val")}),
                limit=self._limit,
                Family="katalog",
            )
        except RefusedError:
            # Also if there is nothing.
            return {}
        return {_Setting(*key): value for key, value in states.owned(items)}

    def end(self) -> None:
        """The link is gone, and with it the answers that were awaited."""
        self._link = None

    def _write(self) -> None:
        link = self._link
        while link is not None and (waiting := self._lamps or self._waiting) and self._under_way < AT_ONCE:
            setting = next(iter(waiting))
            del waiting[setting]
            if setting in self._held:
                continue
            value = self._wanted.get(setting, _unset(setting))
            if self._there.get(setting, _unset(setting)) == value or _action(setting) in self._denied:
                continue
            self._there[setting] = value
            self._under_way += 1
            self._send(link, setting, value)

    def _send(self, link: Link, setting: _Setting, value: str) -> None:
        def answered(answer: Message) -> None:
            if self._link is link:
                self._under_way -= 1
                self._heard(setting, answer)
                if answer.get("Response") != "Success":
                    self._released(number, refused=value)
                self._write()

        if not setting.family:
            number = link.post("Setvar", answered, Variable=setting.name, Value=value)
        else:
            headers = through(self._db_context, setting.family, setting.name, value)
            number = link.post("Originate", answered, **headers, Async="true")
            self._channels[number] = setting
            self._held.add(setting)

    def heard(self, events: Iterable[Message]) -> None:
        """An OriginateResponse comes when the channel has gone through the dialplan, or when there will be none."""
        if not self._channels:
            return
        for event in events:
            if event.event == "OriginateResponse":
                self._released(event.get("ActionID"))
        self._write()

    def _released(self, number: str, refused: str | None = None) -> None:
        """What is wanted of it by now is written, but not at once again what was refused."""
        if (setting := self._channels.pop(number, None)) is not None:
            self._held.discard(setting)
            wanted = self._wanted.get(setting, _unset(setting))
            if wanted != refused:
                self._want(setting, wanted)

    def _heard(self, setting: _Setting, answer: Message) -> None:
        if answer.get("Response") == "Success":
            return
        # Whatever it was, it is tried again with the next change or at the next connect.
        self._there.pop(setting, None)
        action, reason = _action(setting), answer.get("Message")
        if reason == DENIED and action not in self._denied:
            self._denied.add(action)
            right = "originate" if setting.family else "call"
            advice = f"manager.conf: write must have {right}, or telephones do not show profiles."
            log.warning("pbx.refused", pbx=self._name, what=action, reason=reason, advice=advice)
        elif reason != DENIED:
            log.warning("pbx.refused", pbx=self._name, what=f"{action} {setting.name}", reason=reason or "no answer")


class Originated(TypedDict):
    Channel: str
    Application: str
    Data: str
    Variable: str


def through(context: str, family: str, key: str, value: str) -> Originated:
    """Headers of an Originate that has a context of the dialplan write AstDB.

    Writing it from here would take write=system, and with it everything.
    """
    return {
        "Channel": f"Local/s@{context}/n",
        "Application": "Wait",
        "Data": "1",
        "Variable": f"__KFAMILY={family},__KEXT={key},__KVALUE={value}",
    }


def _action(setting: _Setting) -> str:
    return "Originate" if setting.family else "Setvar"


def _unset(setting: _Setting) -> str:
    return "" if setting.family else states.unset(setting.name)
