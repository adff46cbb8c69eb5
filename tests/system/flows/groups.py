"""One number, several telephones: groups, queues, forwarding, pick-up, and Local channels in between."""

from tests.system.asterisk import dialplan
from tests.system.checkpoint import IN, OUT, ringing, up
from tests.system.flows.steps import Steps, connect_in
from tests.system.office import Office
from tests.system.sip.agent import Agent
from tests.system.sip.call import Call


async def ring_group(office: Office) -> Steps:
    """From outside to three telephones; one answers, the others stop."""
    async with office.cast(3) as cast:
        a, b, c = cast
        number = office.number()
        call = office.trunk.dial(dialplan.ring_group(a.user, b.user, c.user), caller=number)
        mine, *others = await _ring(call, a, b, c)
        yield cast.shows("ringing", {phone: [ringing(IN, number)] for phone in cast})
        mine.answer()
        await call.up()
        for other in others:
            await other.over()
        yield cast.shows("up", {a: [up(IN, number)]})
        await call.hangup()
        yield cast.shows("gone")


async def ring_group_internal(office: Office) -> Steps:
    """Nobody is the other party while several ring: the dialled number is shown."""
    async with office.cast(3) as cast:
        a, b, c = cast
        group = dialplan.ring_group(b.user, c.user)
        call = a.dial(group)
        _, other = await _ring(call, b, c)
        yield cast.shows("ringing", {a: [ringing(OUT, group)], b: [ringing(IN, a)], c: [ringing(IN, a)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(OUT, c)], c: [up(IN, a)]})
        await other.hangup()
        await call.over()
        yield cast.shows("gone")


async def two_devices(office: Office) -> Steps:
    """A desk telephone and another device of the same person ring together; the second answers."""
    async with office.cast(3) as cast:
        a, desk, soft = cast
        both = dialplan.ring_group(desk.user, soft.user)
        call = a.dial(both)
        _, other = await _ring(call, desk, soft)
        yield cast.shows("ringing", {a: [ringing(OUT, both)], desk: [ringing(IN, a)], soft: [ringing(IN, a)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(OUT, soft)], soft: [up(IN, a)]})
        await call.hangup()
        yield cast.shows("gone")


async def ring_group_refused(office: Office) -> Steps:
    """One is busy, the other goes on ringing."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call = office.trunk.dial(dialplan.ring_group(a.user, b.user), caller=number)
        mine, other = await _ring(call, a, b)
        mine.refuse(486)
        yield cast.shows("one left", {b: [ringing(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


def ring_group_local(office: Office) -> Steps:
    """Through Local channels, without any sound: they stay, and every bridge has half of the call."""
    return _local_group(office, kept=False, sound=False)


def local_optimised(office: Office) -> Steps:
    """The same with sound: Asterisk takes the Local channels out, and the telephone changes bridges."""
    return _local_group(office, kept=False, sound=True)


def local_kept(office: Office) -> Steps:
    return _local_group(office, kept=True, sound=True)


async def local_internal(office: Office) -> Steps:
    """From a telephone to two others through Local channels that stay: both ends see each other."""
    async with office.cast(3) as cast:
        a, b, c = cast
        group = dialplan.ring_group_local_kept(b.user, c.user)
        call = a.dial(group)
        other, _ = await _ring(call, b, c)
        yield cast.shows("ringing", {a: [ringing(OUT, group)], b: [ringing(IN, a)], c: [ringing(IN, a)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
        await call.hangup()
        yield cast.shows("gone")


def queue(office: Office) -> Steps:
    """A caller from outside waits in a queue whose members are telephones."""
    return _queue(office, "PJSIP/{}")


def queue_local(office: Office) -> Steps:
    """The same, its members reached through the dialplan."""
    return _queue(office, "Local/{}@" + dialplan.INTERNAL)


async def queue_internal(office: Office) -> Steps:
    """A telephone waits in a queue: Up, alone, under the dialled number."""
    async with office.cast(2) as cast:
        a, b = cast
        with office.queue() as number:
            call = a.dial(dialplan.queue(number))
            await call.up()
            yield cast.shows("waiting", {a: [up(OUT, dialplan.queue(number))]})
            await office.observer.action("QueueAdd", Queue=dialplan.queue_name(number), Interface=f"PJSIP/{b.user}")
            other = await b.offered()
            other.ring()
            yield cast.shows("ringing", {a: [up(OUT, dialplan.queue(number))], b: [ringing(IN, a)]})
            other.answer()
            yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
            await call.hangup()
            await other.over()
            await _leave_queue(office, number, f"PJSIP/{b.user}")
            yield cast.shows("gone")


async def queue_abandoned(office: Office) -> Steps:
    """The caller gives up while the members ring."""
    async with office.cast(1) as cast:
        (a,) = cast
        with office.queue() as number:
            member = f"PJSIP/{a.user}"
            await office.observer.action("QueueAdd", Queue=dialplan.queue_name(number), Interface=member)
            caller = office.number()
            call = office.trunk.dial(dialplan.queue(number), caller=caller)
            other = await a.offered()
            other.ring()
            await call.up()
            yield cast.shows("ringing", {a: [ringing(IN, caller)]})
            await call.hangup()
            await other.over()
            await _leave_queue(office, number, member)
            yield cast.shows("gone")


async def forward_302(office: Office) -> Steps:
    """The telephone itself sends the caller on."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call = office.trunk.dial(a.user, caller=number)
        (await a.offered()).redirect(b.user)
        other = await b.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {b: [ringing(IN, number)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {b: [up(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def forward_302_internal(office: Office) -> Steps:
    async with office.cast(3) as cast:
        a, b, c = cast
        call = a.dial(b.user)
        (await b.offered()).redirect(c.user)
        other = await c.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, c)], c: [ringing(IN, a)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(OUT, c)], c: [up(IN, a)]})
        await other.hangup()
        await call.over()
        yield cast.shows("gone")


async def forward_outside(office: Office) -> Steps:
    """To somebody's mobile: no telephone of the house has a call."""
    async with office.cast(1) as cast:
        (a,) = cast
        mobile = office.number()
        call = office.trunk.dial(a.user, caller=office.number())
        (await a.offered()).redirect(mobile)
        other = await office.trunk.offered(mobile)
        other.ring()
        await call.ringing()
        yield cast.shows("ringing")
        other.answer()
        await call.up()
        yield cast.shows("up")
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def forward_dialplan(office: Office) -> Steps:
    """The dialplan sends the caller on, by Dial(Local/…)."""
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        call = office.trunk.dial(dialplan.forwarded(a.user), caller=number)
        (mine,) = await _ring(call, a)
        yield cast.shows("ringing", {a: [ringing(IN, number)]})
        mine.answer()
        await call.up()
        yield cast.shows("up", {a: [up(IN, number)]})
        await mine.hangup()
        await call.over()
        yield cast.shows("gone")


async def forward_dialplan_internal(office: Office) -> Steps:
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(dialplan.forwarded(b.user))
        (other,) = await _ring(call, b)
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


def pickup_directed(office: Office) -> Steps:
    """Somebody takes a call that rings at another's: by that one's number."""
    return _pickup(office, directed=True)


def pickup_group(office: Office) -> Steps:
    """The same for whatever rings in the pick-up group. Not while other calls ring."""
    return _pickup(office, directed=False)


async def pickup_internal(office: Office) -> Steps:
    async with office.cast(3) as cast:
        a, b, c = cast
        call = a.dial(b.user)
        (other,) = await _ring(call, b)
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]})
        taken = c.dial(dialplan.pickup(b.user))
        await taken.up()
        await call.up()
        await other.over()
        yield cast.shows("picked up", {a: [up(OUT, c)], c: [up(OUT, a)]})
        await call.hangup()
        await taken.over()
        yield cast.shows("gone")


async def group_call_waiting(office: Office) -> Steps:
    """A group call rings at one that is in a call already and at one that is free."""
    async with office.cast(2) as cast:
        a, b = cast
        first, second = office.number(), office.number()
        one, mine = await connect_in(office, a, first)
        two = office.trunk.dial(dialplan.ring_group(a.user, b.user), caller=second)
        _, other = await _ring(two, a, b)
        yield cast.shows("ringing", {a: [up(IN, first), ringing(IN, second)], b: [ringing(IN, second)]})
        other.answer()
        await two.up()
        yield cast.shows("up", {a: [up(IN, first)], b: [up(IN, second)]})
        await one.hangup()
        await mine.over()
        await two.hangup()
        yield cast.shows("gone")


async def _ring(call: Call, *phones: Agent) -> list[Call]:
    calls = [await phone.offered() for phone in phones]
    for offered in calls:
        offered.ring()
    await call.ringing()
    return calls


async def _local_group(office: Office, *, kept: bool, sound: bool) -> Steps:
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        group = dialplan.ring_group_local_kept if kept else dialplan.ring_group_local
        call = office.trunk.dial(group(a.user, b.user), caller=number)
        mine, other = await _ring(call, a, b)
        yield cast.shows("ringing", {a: [ringing(IN, number)], b: [ringing(IN, number)]})
        mine.answer()
        await call.up()
        await other.over()
        yield cast.shows("up", {a: [up(IN, number)]})
        if sound:
            call.talk()
            mine.talk()
        if sound and not kept:
            channel = (await office.channel(a.user)).linkedid
            await office.until(
                lambda channels: not any(one.linkedid == channel and one.name.startswith("Local/") for one in channels),
                "no Local channel in the call any more",
            )
        yield cast.shows("talking", {a: [up(IN, number)]})
        await call.hangup()
        await mine.over()
        yield cast.shows("gone")


async def _queue(office: Office, interface: str) -> Steps:
    async with office.cast(2) as cast:
        a, b = cast
        with office.queue() as number:
            members = [interface.format(phone.user) for phone in cast]
            for member in members:
                await office.observer.action("QueueAdd", Queue=dialplan.queue_name(number), Interface=member)
            caller = office.number()
            call = office.trunk.dial(dialplan.queue(number), caller=caller)
            mine, other = await a.offered(), await b.offered()
            mine.ring()
            other.ring()
            await call.up()
            yield cast.shows("ringing", {a: [ringing(IN, caller)], b: [ringing(IN, caller)]})
            mine.answer()
            await other.over()
            yield cast.shows("up", {a: [up(IN, caller)]})
            await call.hangup()
            await mine.over()
            for member in members:
                await _leave_queue(office, number, member)
            yield cast.shows("gone")


async def _leave_queue(office: Office, number: int, member: str) -> None:
    await office.observer.action("QueueRemove", Queue=dialplan.queue_name(number), Interface=member)


async def _pickup(office: Office, *, directed: bool) -> Steps:
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call = office.trunk.dial(a.user, caller=number)
        (rung,) = await _ring(call, a)
        yield cast.shows("ringing", {a: [ringing(IN, number)]})
        taken = b.dial(dialplan.pickup(a.user) if directed else dialplan.PICKUP)
        await taken.up()
        await rung.over()
        await call.up()
        yield cast.shows("picked up", {b: [up(OUT, number)]})
        await call.hangup()
        await taken.over()
        yield cast.shows("gone")
