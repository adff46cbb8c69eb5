"""A telephone, or a whole network's worth of them: registers, places calls, and is offered some."""

import secrets
from collections.abc import Callable

from tests.system.sip.call import Call
from tests.system.sip.message import Address, Request, Response, Uri
from tests.system.sip.transport import Transport
from tests.system.sip.watched import LIMIT, Watched


class Agent(Watched):
    """`user` is its name at Asterisk; `*` answers for every number that comes by its transport (a trunk).

    `calls`     every call ever, in order
    `messages`  every text message that came (RFC 3428), in order; each is answered with `answer`
    `on_offer`  is told each call that comes, instead of `offered()`: for load, where nobody waits for one
    """

    def __init__(self, transport: Transport, user: str, on_offer: Callable[[Call], None] | None = None) -> None:
        super().__init__()
        self.transport = transport
        self.user = user
        self.on_offer = on_offer
        self.calls: list[Call] = []
        self.messages: list[Request] = []
        self.answer = 200
        self._offers: list[Call] = []
        self._registrations = 0
        self._registration = secrets.token_hex(8)
        transport.telephones[user] = self

    def __repr__(self) -> str:
        return f"<telephone {self.user} with {self.active}>"

    @property
    def contact(self) -> str:
        user = "" if self.user == "*" else self.user
        return f"<{Uri(user, self.transport.host, self.transport.port)}>"

    @property
    def active(self) -> list[Call]:
        return [call for call in self.calls if call.state != "ended"]

    async def register(self, expires: int = 3600) -> None:
        own = Address(Uri(self.user, *self.transport.proxy))
        self._registrations += 1
        request = Request(
            [
                ("Via", self.transport.via()),
                ("Max-Forwards", "70"),
                ("From", f"{own};tag={secrets.token_hex(6)}"),
                ("To", str(own)),
                ("Call-ID", self._registration),
                ("CSeq", f"{self._registrations} REGISTER"),
                ("Contact", self.contact),
                ("Expires", str(expires)),
            ],
            "",
            "REGISTER",
            str(Uri("", *self.transport.proxy)),
        )
        response = await self.transport.request(request)
        if response.status != 200:
            raise AssertionError(f"{self.user} could not register: {response.status} {response.reason}")

    async def unregister(self) -> None:
        await self.register(0)

    def dial(
        self,
        number: str,
        *,
        caller: str | None = None,
        name: str = "",
        asserted: str | None = None,
        private: bool = False,
    ) -> Call:
        """Place a call. A trunk says who calls: `caller`, None for one who withholds it (RFC 3323).

        `asserted` is what the network vouches for, `private` that it must not be shown (RFC 3325).
        """
        proxy = self.transport.proxy
        if self.user != "*":
            uri = Uri(caller or self.user, *proxy)
        elif caller is None:
            uri, name = Uri("anonymous", "anonymous.invalid"), "Anonymous"
        else:
            uri = Uri(caller, self.transport.host)
        headers = []
        if asserted is not None:
            headers.append(("P-Asserted-Identity", f"<{Uri(asserted, self.transport.host)}>"))
        if private:
            headers.append(("Privacy", "id"))
        local = Address(uri, name, secrets.token_hex(6))
        remote = Address(Uri(number, *proxy))
        call = Call(self, number, local, remote, f"{secrets.token_hex(10)}@{self.transport.host}")
        self._add(call)
        call.place(headers)
        return call

    async def offered(self, number: str | None = None, limit: float = LIMIT) -> Call:
        """The next call that comes (to `number`) and that nobody has taken; it has been said 100 to, no more."""

        def fits(call: Call) -> bool:
            return number is None or call.number == number

        await self.until(
            lambda agent: any(fits(call) for call in agent._offers), f"a call for {number or self.user}", limit
        )
        call = next(call for call in self._offers if fits(call))
        self._offers.remove(call)
        return call

    async def received(self, count: int = 1, limit: float = LIMIT) -> Request:
        """The last text message, as soon as there are so many."""
        await self.until(lambda agent: len(agent.messages) >= count, f"{count} text messages for {self.user}", limit)
        return self.messages[-1]

    async def idle(self, limit: float = LIMIT) -> None:
        await self.until(lambda agent: not agent.active, "no call any more", limit)

    async def hangup(self) -> None:
        """End every call it has."""
        for call in self.active:
            await call.hangup()
        self._offers.clear()

    def forget(self) -> None:
        """Every call it has, without a word to anybody."""
        for call in self.active:
            call.abandon()
        self._offers.clear()

    def on_request(self, request: Request) -> None:
        """Outside any dialog."""
        if request.method == "MESSAGE":
            self.messages.append(request)
            self._reply(request, self.answer)
            self.changed()
        elif request.method != "INVITE":
            known = request.method in {"OPTIONS", "NOTIFY", "INFO"}
            self._reply(request, 200 if known else 481)
        elif request.recipient.tag:
            self._reply(request, 481)
        else:
            local = request.recipient
            remote = request.sender
            own = Address(local.uri, local.name, secrets.token_hex(6))
            call = Call(self, Uri.parse(request.uri).user, own, remote, request.call_id)
            self._add(call)
            call.take(request)
            if self.on_offer is not None:
                self.on_offer(call)
            else:
                self._offers.append(call)
            self.changed()

    def _add(self, call: Call) -> None:
        self.calls.append(call)
        self.transport.dialogs[call.call_id] = call

    def _reply(self, request: Request, status: int) -> None:
        response: Response = request.respond(status, tag=secrets.token_hex(6))
        self.transport.answer(request, response)
