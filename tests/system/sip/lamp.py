"""A busy lamp field: a telephone's subscription to somebody's state (RFC 6665, RFC 4235, RFC 3856)."""

import re
import secrets

from tests.system.sip.agent import Agent
from tests.system.sip.message import Address, Request, Uri
from tests.system.sip.watched import LIMIT, Watched

ACCEPT = {"dialog": "application/dialog-info+xml", "presence": "application/pidf+xml"}


class Lamp(Watched):
    """Of `number`, on the telephone `agent`; `event` is dialog or presence.

    `states` is all that was said: `confirmed` (lit), `early`, `terminated` (dark) of dialog, the note of presence.
    """

    def __init__(self, agent: Agent, number: str, event: str = "dialog") -> None:
        super().__init__()
        self.number = number
        self.states: list[str] = []
        self.bodies: list[str] = []
        self._agent = agent
        self._event = event
        self._call_id = secrets.token_hex(10)
        self._tag = secrets.token_hex(6)
        self._cseq = 0

    def __repr__(self) -> str:
        return f"<lamp of {self.number} that was {self.states}>"

    @property
    def is_lit(self) -> bool:
        return bool(self.states) and self.states[-1] not in ("terminated", "Ready", "Unavailable")

    async def subscribe(self, expires: int = 600) -> None:
        transport = self._agent.transport
        transport.dialogs[self._call_id] = self
        self._cseq += 1
        own, other = Uri(self._agent.user, *transport.proxy), Uri(self.number, *transport.proxy)
        request = Request(
            [
                ("Via", transport.via()),
                ("Max-Forwards", "70"),
                ("From", f"{Address(own)};tag={self._tag}"),
                ("To", str(Address(other))),
                ("Call-ID", self._call_id),
                ("CSeq", f"{self._cseq} SUBSCRIBE"),
                ("Contact", self._agent.contact),
                ("Event", self._event),
                ("Accept", ACCEPT[self._event]),
                ("Expires", str(expires)),
            ],
            "",
            "SUBSCRIBE",
            str(other),
        )
        response = await transport.request(request)
        if response.status not in (200, 202):
            raise AssertionError(f"no subscription to {self.number}: {response.status} {response.reason}")

    async def lit(self, limit: float = LIMIT) -> None:
        await self.until(lambda lamp: lamp.is_lit, f"the lamp of {self.number} lit", limit)

    async def dark(self, limit: float = LIMIT) -> None:
        await self.until(lambda lamp: lamp.states and not lamp.is_lit, f"the lamp of {self.number} dark", limit)

    def on_request(self, request: Request) -> None:
        self._agent.transport.answer(request, request.respond(200))
        if request.method == "NOTIFY" and request.body:
            tag = "state" if self._event == "dialog" else "note"
            found = re.search(rf"<{tag}>([^<]*)</{tag}>", request.body)
            self.bodies.append(request.body)
            self.states.append(found[1] if found else "")
            self.changed()
