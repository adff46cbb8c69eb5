"""Text messages through one Asterisk: SIP MESSAGE by its `MessageSend`, over the link that its session has open."""

import asyncio
import re
from base64 import b64encode

import structlog

from katalog.connectors.asterisk.indicator import DENIED
from katalog.connectors.asterisk.link import Link, RefusedError
from katalog.connectors.asterisk.wire import Message
from katalog.domain.message import Outcome, Reason, State

MAX_BASE64, MAX_PLAIN = 756, 1016
"""Bytes of a text: Asterisk passes over an action with a line of more than 1,024, and Base64 takes a third."""

_NEEDS_BASE64 = re.compile(r"^\s|\s$|[\r\n]")
_AWAY = Reason("Växeln går inte att nå just nu.", "The telephone system cannot be reached just now.")
_DENIED = Reason(
    "Växeln tillåter inte katalog att sända meddelanden: write=message saknas i manager.conf.",
    "The telephone system does not let katalog send messages: write=message is missing in manager.conf.",
)
_NOBODY = Reason(
    "Växeln kunde inte lämna fram meddelandet: ingen telefon är inloggad där.",
    "The telephone system could not hand the message over: no telephone is registered there.",
)
_TOO_LONG = Reason("Meddelandet är för långt för växeln.", "The message is too long for the telephone system.")
_LOST = Reason(
    "Det är okänt om meddelandet sändes: växeln svarade inte.",
    "It is not known whether the message was sent: the telephone system did not answer.",
)
_REFUSALS = {DENIED: _DENIED, "Message failed to send.": _NOBODY}

log = structlog.get_logger()


def room(text: str) -> int:
    """Bytes that it may have; ends of lines, and blanks around it, would be lost without Base64."""
    return MAX_BASE64 if _NEEDS_BASE64.search(text) else MAX_PLAIN


def body_of(text: str) -> dict[str, str]:
    """The header of the action that has the text."""
    encoded = text.encode()
    return {"Body": text} if len(encoded) > MAX_BASE64 else {"Base64Body": b64encode(encoded).decode()}


async def is_allowed(link: Link) -> bool:
    """Asked with a message to nobody: the right to send is looked at before the address."""
    try:
        await link.ask("MessageSend", Body="katalog check")
    except RefusedError as error:
        return error.reason != DENIED
    return True


class Messenger:
    """`begin` with each link that is ready, `end` with its loss: then nobody knows of what was not answered."""

    def __init__(self, name: str, account: str, limit: float) -> None:
        self._name = name
        self._account = account
        self._limit = limit
        self._link: Link | None = None
        self._open: set[asyncio.Future[Message]] = set()
        self._told = False

    def begin(self, link: Link) -> None:
        self._link, self._told = link, False

    def end(self) -> None:
        self._link = None
        for waiting in self._open:
            if not waiting.done():
                waiting.set_result(Message(""))

    async def send(self, to: str, sender: str, text: str) -> Outcome:
        link = self._link
        if link is None:
            return Outcome(State.FAILED, _AWAY)
        if len(text.encode()) > room(text):
            return Outcome(State.FAILED, _TOO_LONG)
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def take(answer: Message) -> None:
            if not answered.done():
                answered.set_result(answer)

        headers = {"To": to, "From": sender, **body_of(text)}
        self._open.add(answered)
        try:
            link.post("MessageSend", take, **headers)
            async with asyncio.timeout(self._limit):
                answer = await answered
        except TimeoutError:
            return Outcome(State.UNKNOWN, _LOST)
        finally:
            self._open.discard(answered)
        return self._outcome(answer)

    def _outcome(self, answer: Message) -> Outcome:
        response, said = answer.get("Response"), answer.get("Message")
        if response == "Success":
            return Outcome(State.SENT)
        if not response:
            return Outcome(State.UNKNOWN, _LOST)
        if said == DENIED and not self._told:
            self._told = True
            advice = f"manager.conf [{self._account}]: write must have message. After a change: manager reload."
            log.warning("pbx.refused", pbx=self._name, what="MessageSend", reason=said, advice=advice)
        reason = Reason(f"Växeln nekar: {said}", f"The telephone system refuses: {said}")
        return Outcome(State.FAILED, _REFUSALS.get(said, reason))
