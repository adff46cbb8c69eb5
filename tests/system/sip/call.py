"""One call of one telephone: a SIP dialog (RFC 3261) from its first INVITE to its end.

offered/calling ──▶ ringing ──▶ up ──▶ ended         any of them may be left out, the last never
"""

import asyncio
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

from tests.system.sip import media
from tests.system.sip.message import Address, Message, Request, Response, Uri
from tests.system.sip.moment import Moment
from tests.system.sip.transport import NoAnswer
from tests.system.sip.watched import LIMIT, NeverCame, Watched

if TYPE_CHECKING:
    from tests.system.sip.agent import Agent

GLARE_TRIES = 8


class State(StrEnum):
    CALLING = "calling"
    OFFERED = "offered"
    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"


class Call(Watched):
    """Everything about it can be looked at. `began`, `rang`, `answered`, `ended`: None for what has not happened.

    `number`    what was dialled
    `shown`     the other party's number as the telephone's display has it, kept up to date
    `presented` the same as it was when the call was answered, or ended unanswered
    `status`    the final answer if the call never came up (486, 603, 487 …)
    `why`       the Reason header of its end: `SIP ;cause=200 ;text="Call completed elsewhere"`
    `transfer`  how the transfer asked for by `refer` goes: the status of the last NOTIFY
    """

    def __init__(self, agent: "Agent", number: str, local: Address, remote: Address, call_id: str) -> None:
        super().__init__()
        self.agent = agent
        self.number = number
        self.call_id = call_id
        self.state = State.CALLING
        self.placed = True
        self.shown = remote.uri.user
        self.presented = ""
        self.status: int | None = None
        self.why = ""
        self.held = False
        self.transfer: int | None = None
        self.began = Moment.now()
        self.rang: Moment | None = None
        self.answered: Moment | None = None
        self.ended: Moment | None = None
        self._local = local
        self._remote = remote
        self._target = str(remote.uri)
        self._cseq = 0
        self._invite: Request | None = None
        self._provisional = False
        self._cancelled = False
        self._reinviting = False
        self._sdp_version = 0
        self._destination: tuple[str, int] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._talk: asyncio.Task[None] | None = None

    def __repr__(self) -> str:
        verb = "to" if self.placed else "for"
        status = f" {self.status}" if self.status is not None else ""
        transfer = f", transfer {self.transfer}" if self.transfer is not None else ""
        return f"<call of {self.agent.user} {verb} {self.number}: {self.state}{status}, shows {self.shown!r}{transfer}>"

    @property
    def withheld(self) -> bool:
        """Whether the other party's number came with the word that it must not be shown."""
        return self._invite is not None and "id" in self._invite.get("Privacy").split(";")

    async def reached(self, state: State, limit: float = LIMIT) -> "Call":
        """Wait for the state; a call that ended instead fails at once, and says so."""
        await self.until(lambda call: call.state in {state, State.ENDED}, f"{state}", limit)
        if self.state is not state:
            raise NeverCame(f"ended before it was {state}: {self!r}")
        return self

    async def ringing(self, limit: float = LIMIT) -> "Call":
        return await self.reached(State.RINGING, limit)

    async def up(self, limit: float = LIMIT) -> "Call":
        return await self.reached(State.UP, limit)

    async def over(self, limit: float = LIMIT) -> "Call":
        return await self.reached(State.ENDED, limit)

    # What the telephone's user does with a call that was placed here ...

    def place(self, headers: Iterable[tuple[str, str]] = ()) -> None:
        self._invite = self._make("INVITE", self._sdp("sendrecv"), headers)
        self._start(self._placing(self._invite))

    # ... with one that came in ...

    def ring(self, status: int = 180) -> None:
        self._respond(status, body=self._sdp("sendrecv") if status == 183 else "")
        self._become(State.RINGING)

    def answer(self) -> None:
        self._respond(200, body=self._sdp("sendrecv"))
        self._become(State.UP)

    def refuse(self, status: int = 486) -> None:
        self._respond(status)
        self._end(status)

    def redirect(self, number: str) -> None:
        proxy = self.agent.transport.proxy
        self._respond(302, headers=[("Contact", f"<{Uri(number, *proxy)}>")])
        self._end(302)

    # ... and with one that is up, or with any.

    async def hold(self) -> None:
        await self._reinvite("sendonly")
        self.held = True

    async def resume(self) -> None:
        await self._reinvite("sendrecv")
        self.held = False

    async def refer(self, number: str) -> None:
        """Blind transfer: the other party is to call `number`."""
        await self._refer(f"<{Uri(number, *self.agent.transport.proxy)}>")

    async def refer_to(self, other: "Call") -> None:
        """Attended transfer: the other party is to take the place of this telephone in `other` (RFC 3891)."""
        # The tags are seen from the receiver of the new INVITE, which is the far end of `other`.
        replaces = f"{other.call_id};to-tag={other._remote.tag};from-tag={other._local.tag}"
        target = Uri(other.shown or other.number, *self.agent.transport.proxy)
        await self._refer(f"<{target}?Replaces={quote(replaces, safe='')}>")

    async def press(self, digits: str) -> None:
        """Digits during the call, by INFO."""
        for digit in digits:
            body = f"Signal={digit}\r\nDuration=100\r\n"
            await self._request("INFO", body, [("Content-Type", "application/dtmf-relay")])

    def talk(self) -> None:
        """Send sound (silence, but packets of it) until the end."""
        assert self._destination is not None, "there is no description of the other side's sound yet"
        if self._talk is None:
            sending = self.agent.transport.ear.talk(self._destination, hash(self.call_id) & 0xFFFFFFFF)
            self._talk = self._start(sending)

    async def hangup(self) -> None:
        """End it in the way that its state asks for: BYE, CANCEL or a refusal. Ended already: nothing."""
        if self.state is State.ENDED:
            return
        if not self.placed and self.state is not State.UP:
            self.refuse(480)
        elif self.state is State.UP:
            await self._bye()
        else:
            self._cancelled = True
            # RFC 3261, 9.1: not before the other side has said anything.
            await self.until(lambda call: call._provisional or call.state is State.ENDED, "a first answer")
            if self.state in {State.CALLING, State.RINGING}:
                await self._cancel()
            await self.over()

    def abandon(self) -> None:
        """Forget it without a word, as a telephone does whose plug was pulled."""
        self._end(None)
        self.agent.transport.forget(self.call_id)
        for task in tuple(self._tasks):
            task.cancel()

    # What comes.

    def take(self, invite: Request) -> None:
        self._invite = invite
        self._target = str(Address.parse(invite.get("Contact")).uri)
        self.placed = False
        self.state = State.OFFERED
        self._hear(invite)
        self.agent.transport.answer(invite, invite.respond(100))

    def on_request(self, request: Request) -> None:
        match request.method:
            case "ACK":
                return
            case "INVITE":
                self._on_reinvite(request)
                return
            case "CANCEL":
                self._answer(request, 200)
                self._on_cancel(request)
                return
            case "BYE":
                self._answer(request, 200)
                self.why = request.get("Reason")
                self._end(None)
                return
            case "NOTIFY":
                self._on_notify(request.body)
            case "UPDATE":
                self._hear(request)
        self._answer(request, 200, body=self._sdp("sendrecv") if request.method == "UPDATE" and request.body else "")

    def _on_notify(self, fragment: str) -> None:
        """How the transfer goes (RFC 3515): a telephone ends its own call as soon as the other stands."""
        status = re.match(r"SIP/2\.0 (\d+)", fragment)
        if status is None:
            return
        self.transfer = int(status.group(1))
        self.changed()
        if 200 <= self.transfer < 300 and self.state is State.UP:
            self._start(self._bye())

    def _on_cancel(self, request: Request) -> None:
        if self.state in {State.OFFERED, State.RINGING}:
            self.why = request.get("Reason")
            self._respond(487)
            self._end(487)

    def _on_reinvite(self, request: Request) -> None:
        if self._reinviting:
            self._answer(request, 491)
            return
        self._hear(request)
        answer = {"sendonly": "recvonly", "inactive": "inactive"}.get(media.direction(request.body), "sendrecv")
        self._answer(request, 200, body=self._sdp(answer))

    async def _placing(self, invite: Request) -> None:
        try:
            response = await self.agent.transport.request(invite, self._on_provisional)
        except NoAnswer:
            self._end(408)
            return
        self._hear(response)
        if response.status >= 300:
            self._acknowledge(invite, response)
            self.why = response.get("Reason")
            self._end(response.status)
            return
        self._remote = response.recipient
        self._target = str(Address.parse(response.get("Contact")).uri)
        self._acknowledge(invite, response)
        self._become(State.UP)
        if self._cancelled:
            await self._bye()

    def _on_provisional(self, response: Response) -> None:
        self._provisional = True
        self._hear(response)
        if response.status >= 180:
            self._become(State.RINGING)
        self.changed()

    def _hear(self, message: Message) -> None:
        """Whatever a message tells of the other party and its sound."""
        self.shown = message.asserted or self.shown
        where = media.destination(message.body)
        if where is not None:
            self._destination = where
        self.changed()

    # How it is said.

    def _become(self, state: State) -> None:
        if self.state is State.ENDED:
            return
        self.state = state
        if state is State.RINGING and self.rang is None:
            self.rang = Moment.now()
        if state is State.UP and self.answered is None:
            self.answered = Moment.now()
            self.presented = self.shown
        self.changed()

    def _end(self, status: int | None) -> None:
        if self.state is State.ENDED:
            return
        self.status = status
        self.state = State.ENDED
        self.ended = Moment.now()
        if self.answered is None:
            self.presented = self.shown
        if self._talk is not None:
            self._talk.cancel()
        self.agent.transport.dialogs.pop(self.call_id, None)
        self.changed()
        self.agent.changed()

    def _start(self, work: "asyncio._CoroutineLike[None]") -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _sdp(self, direction: str) -> str:
        self._sdp_version += 1
        transport = self.agent.transport
        return media.describe(transport.host, transport.ear.port, direction, self._sdp_version)

    def _make(self, method: str, body: str = "", headers: Iterable[tuple[str, str]] = ()) -> Request:
        self._cseq += 1
        return Request(
            [
                ("Via", self.agent.transport.via()),
                ("Max-Forwards", "70"),
                ("From", str(self._local)),
                ("To", str(self._remote)),
                ("Call-ID", self.call_id),
                ("CSeq", f"{self._cseq} {method}"),
                ("Contact", self.agent.contact),
                ("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE, NOTIFY, REFER, INFO, OPTIONS, MESSAGE"),
                *_described(body),
                *headers,
            ],
            body,
            method,
            self._target,
        )

    async def _request(self, method: str, body: str = "", headers: Iterable[tuple[str, str]] = ()) -> Response:
        response = await self.agent.transport.request(self._make(method, body, headers))
        if response.status >= 300:
            raise AssertionError(f"{method} answered {response.status} {response.reason}: {self!r}")
        return response

    async def _bye(self) -> None:
        bye = self._make("BYE")
        self._end(None)
        await self.agent.transport.request(bye)

    async def _cancel(self) -> None:
        assert self._invite is not None
        cancel = Request(
            [
                ("Via", self._invite.get("Via")),
                ("Max-Forwards", "70"),
                ("From", self._invite.get("From")),
                ("To", self._invite.get("To")),
                ("Call-ID", self.call_id),
                ("CSeq", f"{self._invite.cseq[0]} CANCEL"),
            ],
            "",
            "CANCEL",
            self._invite.uri,
        )
        await self.agent.transport.request(cancel)

    async def _refer(self, target: str) -> None:
        self.transfer = None
        await self._request("REFER", "", [("Refer-To", target), ("Referred-By", str(Address(self._local.uri)))])

    async def _reinvite(self, direction: str) -> None:
        self._reinviting = True
        try:
            for attempt in range(GLARE_TRIES):
                request = self._make("INVITE", self._sdp(direction))
                response = await self.agent.transport.request(request)
                self._acknowledge(request, response)
                if response.status != 491:
                    break
                # RFC 3261, 14.1: both asked at once; let the other go first.
                self._reinviting = False
                await asyncio.sleep(0.05 * (attempt + 1))
                self._reinviting = True
        finally:
            self._reinviting = False
        if response.status >= 300:
            raise AssertionError(f"re-INVITE answered {response.status} {response.reason}: {self!r}")
        self._hear(response)

    def _acknowledge(self, invite: Request, response: Response) -> None:
        number = f"{invite.cseq[0]} ACK"
        accepted = response.status < 300
        headers = [
            # RFC 3261, 17.1.1.3: of a refusal it belongs to the same transaction, of an acceptance it does not.
            ("Via", self.agent.transport.via() if accepted else invite.get("Via")),
            ("Max-Forwards", "70"),
            ("From", invite.get("From")),
            ("To", response.get("To")),
            ("Call-ID", self.call_id),
            ("CSeq", number),
        ]
        target = self._target if accepted else invite.uri
        self.agent.transport.acknowledge(Request(headers, "", "ACK", target))

    def _respond(self, status: int, headers: Iterable[tuple[str, str]] = (), body: str = "") -> None:
        """To the INVITE that this call began with."""
        assert self._invite is not None
        self._answer(self._invite, status, headers, body)

    def _answer(self, request: Request, status: int, headers: Iterable[tuple[str, str]] = (), body: str = "") -> None:
        own = [("Contact", self.agent.contact)] if status < 300 else []
        own += _described(body)
        response = request.respond(status, tag=self._local.tag, headers=[*own, *headers], body=body)
        self.agent.transport.answer(request, response)


def _described(body: str) -> list[tuple[str, str]]:
    return [("Content-Type", "application/sdp")] if body.startswith("v=0") else []
