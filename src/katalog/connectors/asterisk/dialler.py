"""Places and ends calls at one Asterisk. Whoever is told that nothing was placed may be sure that nothing rings."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from functools import partial

import structlog

from katalog.connectors.asterisk import originate
from katalog.connectors.asterisk.attempt import Attempt, Leg
from katalog.connectors.asterisk.indicator import DENIED
from katalog.connectors.asterisk.link import Link
from katalog.connectors.asterisk.wire import Message
from katalog.domain.placing import Placing
from katalog.errors import LinkError, NotDone

NO_SUCH_NUMBER = "Extension does not exist."
"""What it answers to an Originate whose number the dialplan does not know."""

UNWANTED = 2.0 * originate.RINGS
"""Seconds for which it is remembered that a channel must not ring; by then it has long stopped of itself."""

log = structlog.get_logger()


class Dialler:
    """`begin` with each link that is ready, `end` with its loss; `heard` is given what Asterisk says meanwhile."""

    def __init__(self, name: str, context: str, account: str, limit: float) -> None:
        self._name = name
        self._context = context
        self._account = account
        self._limit = limit
        self._link: Link | None = None
        self._legs: dict[str, Leg] = {}  # by channel
        self._asked: dict[str, Leg] = {}  # by ActionID
        self._unwanted: OrderedDict[str, float] = OrderedDict()  # channels that must not ring, and since when
        self._awaited: set[asyncio.Future[Message]] = set()
        self._denied: set[str] = set()

    def begin(self, link: Link) -> None:
        self._link = link
        self._denied.clear()
        self._forget()
        for channel in self._unwanted:
            self._hang_up(link, channel)

    def end(self) -> None:
        """What rings now is ended when Asterisk is there again."""
        self._link = None
        for leg in self._legs.values():
            attempt = leg.attempt
            if attempt.winner is not leg and (attempt.waits or not attempt.taken.done()):
                self._unwant(leg.channel)
            attempt.fail(_away())
        self._legs.clear()
        self._asked.clear()
        for answer in self._awaited:
            _settle(answer, Message(""))

    async def dial(self, placing: Placing) -> tuple[str, ...]:
        """As `Dials.dial`."""
        link, attempt = self._ready(), Attempt(placing)
        with link.in_haste():
            if attempt.waits:
                # One who waits is sent on later, when it is too late to say that there is no such number.
                for number in filter(None, (placing.number, placing.mobile)):
                    await self._must_exist(link, number)
            channels = tuple(
                [
                    self._originate(link, attempt, device, number)
                    for number, device in enumerate(placing.devices or ("",))
                ]
            )
            try:
                async with asyncio.timeout(self._limit):
                    await asyncio.shield(attempt.taken)
            except TimeoutError:
                self._give_up(attempt)
                if not attempt.is_queued:
                    raise _away() from None
                raise NotDone(
                    "Växeln tog inte emot samtalet i tid. Inget är uppringt.",
                    "The telephone system did not take the call in time. Nothing was dialled.",
                ) from None
            except asyncio.CancelledError:
                self._give_up(attempt)
                raise
        return channels

    async def hangup(self, channels: Iterable[str]) -> int:
        """As `Dials.hangup`."""
        link, wanted = self._ready(), tuple(dict.fromkeys(channels))
        placed = [leg for channel in wanted if (leg := self._legs.get(channel)) is not None]
        for leg in placed:
            # Of several the first is born when they are told of; another may not be yet.
            leg.attempt.open.discard(leg)
            self._unwant(leg.channel)
        answers = await asyncio.gather(*(self._ask(link, "Hangup", Channel=channel) for channel in wanted))
        if any(answer.get("Message") == DENIED for answer in answers):
            raise self._missing("Hangup", "call")
        ended = {
            channel for channel, answer in zip(wanted, answers, strict=True) if answer.get("Response") == "Success"
        }
        return len(ended | {leg.channel for leg in placed})

    def heard(self, events: Iterable[Message]) -> None:
        if not self._legs and not self._unwanted:
            return
        for event in events:
            match event.event:
                case "Newchannel":
                    self._born(event.get("Uniqueid"))
                case "OriginateResponse":
                    leg = self._asked.pop(event.get("ActionID"), None)
                    if leg is not None:
                        self._ended_ringing(leg, answered=event.get("Response") == "Success")
                case "Hangup":
                    channel = event.get("Uniqueid")
                    self._unwanted.pop(channel, None)
                    self._legs.pop(channel, None)

    # --- placing ---------------------------------------------------------------------------------------

    def _originate(self, link: Link, attempt: Attempt, device: str, number: int) -> str:
        """Gives the id of the channel that is to be; what they begin with is the same for all of an attempt."""
        leg = Leg(attempt, f"{attempt.id}.{number}")
        if attempt.placing.mobile:
            headers = originate.mobile(attempt.placing, leg.channel, self._context)
        elif attempt.waits:
            headers = originate.waiting(attempt.placing, device, leg.channel)
        else:
            headers = originate.direct(attempt.placing, leg.channel, self._context)
        self._legs[leg.channel] = leg
        self._asked[link.post("Originate", partial(self._answered, leg), **headers)] = leg
        return leg.channel

    def _answered(self, leg: Leg, answer: Message) -> None:
        """Success is only that it was understood; what came of it follows as an OriginateResponse."""
        if answer.get("Response") == "Success":
            leg.attempt.is_queued = True
            return
        self._asked = {number: other for number, other in self._asked.items() if other is not leg}
        reason = answer.get("Message")
        if reason == DENIED:
            error: Exception = self._missing("Originate", "originate")
        elif reason == NO_SUCH_NUMBER:
            error = _no_such_number()
        elif reason:
            error = NotDone(f"Växeln vägrar: {reason}", f"The telephone system refuses: {reason}")
        else:
            error = _away()
            self._unwant(leg.channel)
        self._failed(leg, error)

    def _born(self, channel: str) -> None:
        if channel in self._unwanted:
            if self._link is not None:
                self._hang_up(self._link, channel)
        elif (leg := self._legs.get(channel)) is not None:
            leg.attempt.take()

    def _ended_ringing(self, leg: Leg, *, answered: bool) -> None:
        """Asterisk has rung it, and says what came of it."""
        attempt = leg.attempt
        if not answered:
            self._failed(leg, _unreachable())
        elif attempt.waits and self._link is not None:
            attempt.take()
            self._send_on(self._link, attempt, leg)
        else:
            self._legs.pop(leg.channel, None)

    def _send_on(self, link: Link, attempt: Attempt, leg: Leg) -> None:
        """The first that answers gets the call, the others stop."""
        if attempt.winner is not None or leg not in attempt.open:
            self._stop(link, leg)
            return
        attempt.winner = leg
        if attempt.placing.mobile:
            for variable, value in originate.identity(attempt.placing):
                link.post("Setvar", _nothing, Channel=leg.channel, Variable=variable, Value=value)
        link.post(
            "Redirect",
            partial(self._sent_on, leg),
            Channel=leg.channel,
            Context=self._context,
            Exten=attempt.placing.number,
            Priority="1",
        )
        for other in attempt.open - {leg}:
            self._stop(link, other)

    def _sent_on(self, leg: Leg, answer: Message) -> None:
        self._legs.pop(leg.channel, None)
        if answer.get("Message") == DENIED:
            self._missing("Redirect", "call")
        if answer.get("Response") != "Success" and self._link is not None:
            # Whoever hung up meanwhile has no channel; anybody else must not wait in vain.
            self._hang_up(self._link, leg.channel)

    def _failed(self, leg: Leg, error: Exception) -> None:
        """It rings no more. If Asterisk never had a channel for any, nothing was placed."""
        self._legs.pop(leg.channel, None)
        leg.attempt.open.discard(leg)
        if not leg.attempt.open:
            leg.attempt.fail(error)

    # --- ending ----------------------------------------------------------------------------------------

    def _give_up(self, attempt: Attempt) -> None:
        for leg in tuple(attempt.open):
            if self._link is not None:
                self._stop(self._link, leg)

    def _stop(self, link: Link, leg: Leg) -> None:
        leg.attempt.open.discard(leg)
        self._legs.pop(leg.channel, None)
        # It may not even have been born.
        self._unwant(leg.channel)
        self._hang_up(link, leg.channel)

    def _unwant(self, channel: str) -> None:
        self._forget()
        self._unwanted[channel] = asyncio.get_running_loop().time()

    def _forget(self) -> None:
        before = asyncio.get_running_loop().time() - UNWANTED
        while self._unwanted and next(iter(self._unwanted.values())) < before:
            self._unwanted.popitem(last=False)

    def _hang_up(self, link: Link, channel: str) -> None:
        link.post("Hangup", _nothing, Channel=channel)

    # --- asking ----------------------------------------------------------------------------------------

    def _ready(self) -> Link:
        if self._link is None:
            raise _away()
        return self._link

    async def _must_exist(self, link: Link, number: str) -> None:
        variable = f"DIALPLAN_EXISTS({self._context},{number},1)"
        answer = await self._ask(link, "Getvar", Variable=variable)
        if answer.get("Response") == "Success" and answer.get("Value") == "0":
            raise _no_such_number()

    async def _ask(self, link: Link, name: str, **headers: str) -> Message:
        """An answer while a session goes on. Raises LinkError if there is none."""
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._awaited.add(answered)
        link.post(name, partial(_settle, answered), **headers)
        try:
            async with asyncio.timeout(self._limit):
                answer = await answered
        except TimeoutError:
            raise _away() from None
        finally:
            self._awaited.discard(answered)
        if not answer.get("Response"):
            raise _away()
        return answer

    def _missing(self, action: str, right: str) -> NotDone:
        """Asterisk refuses it for want of a right; the log says it once for each connect."""
        if action not in self._denied:
            self._denied.add(action)
            advice = f"manager.conf [{self._account}] must have: write=reporting,call,originate. Then manager reload."
            log.warning("pbx.refused", pbx=self._name, what=action, reason=DENIED, advice=advice)
        return NotDone(
            f"Växeln låter inte katalog göra det: en administratör kan ge den rätten (write={right}).",
            f"The telephone system does not let katalog do that: an administrator can give the right (write={right}).",
        )


def _settle(answered: asyncio.Future[Message], answer: Message) -> None:
    if not answered.done():
        answered.set_result(answer)


def _nothing(_: Message) -> None:
    """Whatever the answer: who is gone is gone."""


def _away() -> LinkError:
    return LinkError("the link to Asterisk is away", reason_sv="kontakten med Asterisk är borta")


def _no_such_number() -> NotDone:
    return NotDone(
        "Växeln känner inte numret. Inget är uppringt.",
        "The telephone system does not know the number. Nothing was dialled.",
    )


def _unreachable() -> NotDone:
    return NotDone(
        "Telefonen är inte registrerad i växeln. Inget är uppringt.",
        "The telephone is not registered with the telephone system. Nothing was dialled.",
    )
