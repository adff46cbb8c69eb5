"""What several flows do alike."""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence

from tests.system.asterisk.observer import Channel
from tests.system.checkpoint import Checkpoint
from tests.system.office import Office
from tests.system.sip.agent import Agent
from tests.system.sip.call import Call

Steps = AsyncGenerator[Checkpoint, None]
"""A flow: it goes on to its next quiet point when it is asked for it."""


async def connect(office: Office, caller: Agent, callee: Agent) -> tuple[Call, Call]:
    """One telephone calls another, which answers: the caller's call and the callee's."""
    return await _answered(office, caller.dial(callee.user), callee)


async def connect_in(office: Office, callee: Agent, number: str) -> tuple[Call, Call]:
    """`number` calls in from outside and is answered: its call and the callee's."""
    return await _answered(office, office.trunk.dial(callee.user, caller=number), callee)


async def connect_out(office: Office, caller: Agent, number: str) -> tuple[Call, Call]:
    """A telephone calls `number` outside, which answers: the caller's call and that one's."""
    call = caller.dial(number)
    other = await office.trunk.offered(number)
    other.ring()
    other.answer()
    await call.up()
    await joined(office, caller)
    return call, other


async def joined(office: Office, phone: Agent) -> None:
    """Wait until all its calls are connected.

    Asterisk says so to neither side: the caller hears 200 before it is in the bridge, and a transfer that is
    asked for in between comes to nothing.
    """

    def connected(channels: Sequence[Channel]) -> bool:
        members = Counter(channel.bridge for channel in channels if channel.bridge)
        # A list may pass over a channel that moves just then.
        own = [channel.bridge for channel in channels if channel.endpoint == phone.user]
        return bool(own) and all(members[bridge] > 1 for bridge in own)

    await office.until(connected, f"{phone.user} connected")


async def _answered(office: Office, call: Call, callee: Agent) -> tuple[Call, Call]:
    other = await callee.offered()
    other.ring()
    await call.ringing()
    other.answer()
    await call.up()
    await joined(office, callee)
    return call, other
