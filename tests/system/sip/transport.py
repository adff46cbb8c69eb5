"""SIP over UDP: one socket, the transactions on it, and the telephones behind it.

Both sides of RFC 3261's transactions, as far as loopback needs them: requests are sent again until answered, the
answer to an INVITE until it is acknowledged, and a request that comes again gets the same answer again. Which
telephone a new call is for stands in its
Request-URI, so a thousand of them can share a socket.
"""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tests.system.sip.media import Ear
from tests.system.sip.message import Malformed, Message, Request, Response, Uri, parse

T1 = 0.5
"""Seconds before a message is sent again the first time (RFC 3261, 17.1.1.1); doubled each time."""

GIVE_UP = 16.0
"""Seconds; RFC 3261's 32 would outlast every test."""

KEPT = 4096
"""Messages remembered for those that come again."""


Key = TypeVar("Key")
Kept = TypeVar("Kept")


class NoAnswer(Exception):
    """Nothing came back for a request."""


class Party(Protocol):
    """Whom requests are for: a dialog, or a telephone where there is no dialog yet."""

    def on_request(self, request: Request) -> None: ...


@dataclass
class Sent:
    """A request of ours that is under way."""

    final: asyncio.Future[Response]
    provisional: Callable[[Response], None] | None = None
    resend: asyncio.TimerHandle | None = None


class Transport(asyncio.DatagramProtocol):
    """`proxy` is Asterisk's address: everything goes there and comes from there."""

    def __init__(self, host: str, proxy: tuple[str, int], port: int = 0) -> None:
        self.host = host
        self.proxy = proxy
        self._wanted_port = port
        self.ear = Ear()
        self.dialogs: dict[str, Party] = {}
        """By Call-ID: every telephone makes its own, so none is shared by two dialogs."""
        self.telephones: dict[str, Party] = {}
        """By the user part of the Request-URI; `*` for any that is not listed."""
        self.trace: list[tuple[str, Message]] | None = None
        """If it is a list: all that was sent (`>`) and received (`<`)."""
        self._sent: dict[tuple[str, str], Sent] = {}
        self._answers: dict[tuple[str, str], Response | None] = {}
        self._acknowledged: dict[tuple[str, int], Request] = {}
        self._unacknowledged: dict[tuple[str, int], asyncio.TimerHandle] = {}
        self._numbers = itertools.count(1)
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=(self.host, self._wanted_port)
        )
        await self.ear.open(self.host)

    def close(self) -> None:
        for sent in self._sent.values():
            if sent.resend is not None:
                sent.resend.cancel()
            sent.final.cancel()
        self._sent.clear()
        for repeat in self._unacknowledged.values():
            repeat.cancel()
        self._unacknowledged.clear()
        self.ear.close()
        if self._transport is not None:
            self._transport.close()

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def via(self) -> str:
        branch = f"z9hG4bK{secrets.token_hex(6)}{next(self._numbers)}"
        return f"SIP/2.0/UDP {self.host}:{self.port};branch={branch};rport"

    def send(self, message: Message) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self.trace is not None:
            self.trace.append((">", message))
        self._transport.sendto(message.encode(), self.proxy)

    async def request(self, request: Request, provisional: Callable[[Response], None] | None = None) -> Response:
        """Send it (its Via is set already) and return the final answer, however long an INVITE takes."""
        key = (request.branch, request.method)
        sent = Sent(asyncio.get_running_loop().create_future(), provisional)
        self._sent[key] = sent
        self._transmit(request, sent, T1, GIVE_UP)
        try:
            return await sent.final
        finally:
            if sent.resend is not None:
                sent.resend.cancel()
            self._sent.pop(key, None)

    def acknowledge(self, ack: Request) -> None:
        """Send it, and again each time the answer that it is for comes again (RFC 3261, 13.2.2.4)."""
        _keep(self._acknowledged, (ack.call_id, ack.cseq[0]), ack)
        self.send(ack)

    def answer(self, request: Request, response: Response) -> None:
        _keep(self._answers, (request.branch, request.method), response)
        if request.method == "INVITE" and response.status >= 200:
            self._repeat(response, T1, GIVE_UP)
        else:
            self.send(response)

    def forget(self, call_id: str) -> None:
        """Say no more of this call by itself, as if the telephone had lost its power."""
        for key in [key for key in self._unacknowledged if key[0] == call_id]:
            self._unacknowledged.pop(key).cancel()

    def _repeat(self, response: Response, wait: float, left: float) -> None:
        # RFC 3261, 17.2.1 leaves the acceptance to the one above (13.3.1.4); it repeats in the same way.
        key = (response.call_id, response.cseq[0])
        self._unacknowledged.pop(key, None)
        self.send(response)
        if left > 0:
            loop = asyncio.get_running_loop()
            self._unacknowledged[key] = loop.call_later(wait, self._repeat, response, wait * 2, left - wait)

    def _transmit(self, request: Request, sent: Sent, wait: float, left: float) -> None:
        if left <= 0:
            sent.final.set_exception(NoAnswer(f"nobody answered {request.first_line()}"))
            return
        self.send(request)
        loop = asyncio.get_running_loop()
        sent.resend = loop.call_later(wait, self._transmit, request, sent, wait * 2, left - wait)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.strip():
            return
        try:
            message = parse(data)
        except Malformed as error:
            asyncio.get_running_loop().call_exception_handler({"message": "bad SIP", "exception": error})
            return
        if self.trace is not None:
            self.trace.append(("<", message))
        if isinstance(message, Response):
            self._on_response(message)
        elif isinstance(message, Request):
            self._on_request(message)

    def _on_response(self, response: Response) -> None:
        number, method = response.cseq
        sent = self._sent.get((response.branch, method))
        if sent is None:
            ack = self._acknowledged.get((response.call_id, number))
            if ack is not None and method == "INVITE" and response.status >= 200:
                self.send(ack)
            return
        if sent.resend is not None:
            sent.resend.cancel()
        if sent.final.done():
            return
        if response.status < 200:
            if sent.provisional is not None:
                sent.provisional(response)
        else:
            sent.final.set_result(response)

    def _on_request(self, request: Request) -> None:
        key = (request.branch, request.method)
        if request.method == "ACK":
            repeat = self._unacknowledged.pop((request.call_id, request.cseq[0]), None)
            if repeat is not None:
                repeat.cancel()
        else:
            if key in self._answers:
                known = self._answers[key]
                if known is not None:
                    self.send(known)
                return
            _keep(self._answers, key, None)
        party = self.dialogs.get(request.call_id)
        if party is None and request.method != "ACK":
            user = Uri.parse(request.uri).user
            party = self.telephones.get(user) or self.telephones.get("*")
        if party is not None:
            party.on_request(request)
        elif request.method != "ACK":
            self.answer(request, request.respond(481 if request.recipient.tag else 404, tag="none"))


def _keep(store: dict[Key, Kept], key: Key, value: Kept) -> None:
    store[key] = value
    if len(store) > KEPT:
        del store[next(iter(store))]
