"""A call that goes on with somebody else: by the telephone (REFER), by digits, and by the manager interface."""

import asyncio

from tests.system.asterisk import dialplan
from tests.system.checkpoint import IN, OUT, ringing, up
from tests.system.flows.steps import Steps, connect, connect_in, connect_out, joined
from tests.system.office import POLL, Office
from tests.system.sip.watched import LIMIT


async def blind_transfer(office: Office) -> Steps:
    """From outside to a, who sends the caller on to b without asking."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call, mine = await connect_in(office, a, number)
        yield cast.shows("up", {a: [up(IN, number)]})
        await mine.refer(b.user)
        other = await b.offered()
        other.ring()
        yield cast.shows("ringing", {b: [ringing(IN, number)]})
        other.answer()
        await mine.over()
        yield cast.shows("transferred", {b: [up(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def blind_transfer_internal(office: Office) -> Steps:
    """a called b, b sends a on to c: a still is the one that called."""
    async with office.cast(3) as cast:
        a, b, c = cast
        call, theirs = await connect(office, a, b)
        yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
        await theirs.refer(c.user)
        other = await c.offered()
        other.ring()
        yield cast.shows("ringing", {a: [up(OUT, c)], c: [ringing(IN, a)]})
        other.answer()
        await theirs.over()
        yield cast.shows("transferred", {a: [up(OUT, c)], c: [up(IN, a)]})
        await other.hangup()
        await call.over()
        yield cast.shows("gone")


async def blind_transfer_by_caller(office: Office) -> Steps:
    """a called b and sends b on to c: b was called, and stays so, though it is the one that is connected on."""
    async with office.cast(3) as cast:
        a, b, c = cast
        call, theirs = await connect(office, a, b)
        yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
        await call.refer(c.user)
        other = await c.offered()
        other.ring()
        yield cast.shows("ringing", {b: [up(IN, c)], c: [ringing(IN, b)]})
        other.answer()
        await call.over()
        yield cast.shows("transferred", {b: [up(IN, c)], c: [up(IN, b)]})
        await theirs.hangup()
        await other.over()
        yield cast.shows("gone")


async def blind_transfer_outside(office: Office) -> Steps:
    """Back out of the house: no telephone has a call any more."""
    async with office.cast(1) as cast:
        (a,) = cast
        number, mobile = office.number(), office.number()
        call, mine = await connect_in(office, a, number)
        await mine.refer(mobile)
        other = await office.trunk.offered(mobile)
        other.ring()
        other.answer()
        await mine.over()
        yield cast.shows("transferred")
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def blind_transfer_by_code(office: Office) -> Steps:
    """By digits during the call, which Asterisk itself obeys."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call, mine = await connect_in(office, a, number)
        mine.talk()
        await mine.press("#1" + b.user)
        other = await b.offered()
        other.ring()
        await mine.over()
        yield cast.shows("ringing", {b: [ringing(IN, number)]})
        other.answer()
        yield cast.shows("transferred", {b: [up(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def attended_transfer(office: Office) -> Steps:
    """a asks b first, then connects the caller from outside with b (REFER with Replaces)."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call, mine = await connect_in(office, a, number)
        await mine.hold()
        yield cast.shows("held", {a: [up(IN, number)]})
        asking = a.dial(b.user)
        other = await b.offered()
        other.ring()
        await asking.ringing()
        yield cast.shows("asking", {a: [up(IN, number), ringing(OUT, b)], b: [ringing(IN, a)]})
        other.answer()
        await asking.up()
        await joined(office, b)
        yield cast.shows("consulting", {a: [up(IN, number), up(OUT, b)], b: [up(IN, a)]})
        await mine.refer_to(asking)
        await mine.over()
        await asking.over()
        yield cast.shows("transferred", {b: [up(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def attended_transfer_internal(office: Office) -> Steps:
    """a called b; b asks c and connects a with c."""
    async with office.cast(3) as cast:
        a, b, c = cast
        call, theirs = await connect(office, a, b)
        await theirs.hold()
        asking, other = await connect(office, b, c)
        yield cast.shows("consulting", {a: [up(OUT, b)], b: [up(IN, a), up(OUT, c)], c: [up(IN, b)]})
        await theirs.refer_to(asking)
        await theirs.over()
        await asking.over()
        yield cast.shows("transferred", {a: [up(OUT, c)], c: [up(IN, a)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def attended_transfer_two_callees(office: Office) -> Steps:
    """a called both b and c and connects them: neither of the two that are left ever placed a call."""
    async with office.cast(3) as cast:
        a, b, c = cast
        first, second = await connect(office, a, b)
        await first.hold()
        third, fourth = await connect(office, a, c)
        yield cast.shows("consulting", {a: [up(OUT, b), up(OUT, c)], b: [up(IN, a)], c: [up(IN, a)]})
        await first.refer_to(third)
        await first.over()
        await third.over()
        yield cast.shows("transferred", {b: [up(IN, c)], c: [up(IN, b)]})
        await second.hangup()
        await fourth.over()
        yield cast.shows("gone")


async def attended_transfer_two_callers(office: Office) -> Steps:
    """b and c both called a, who connects them: both who are left placed their call."""
    async with office.cast(3) as cast:
        a, b, c = cast
        first, mine = await connect(office, b, a)
        await mine.hold()
        second, other = await connect(office, c, a)
        yield cast.shows("both", {a: [up(IN, b), up(IN, c)], b: [up(OUT, a)], c: [up(OUT, a)]})
        await mine.refer_to(other)
        await mine.over()
        await other.over()
        yield cast.shows("transferred", {b: [up(OUT, c)], c: [up(OUT, b)]})
        await first.hangup()
        await second.over()
        yield cast.shows("gone")


async def attended_transfer_outside(office: Office) -> Steps:
    """The caller from outside is connected with somebody outside."""
    async with office.cast(1) as cast:
        (a,) = cast
        number, mobile = office.number(), office.number()
        call, mine = await connect_in(office, a, number)
        await mine.hold()
        asking, other = await connect_out(office, a, mobile)
        yield cast.shows("consulting", {a: [up(IN, number), up(OUT, mobile)]})
        await mine.refer_to(asking)
        await mine.over()
        await asking.over()
        yield cast.shows("transferred")
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def consulted_in_vain(office: Office) -> Steps:
    """b does not want it; a goes on with the caller."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call, mine = await connect_in(office, a, number)
        await mine.hold()
        asking = a.dial(b.user)
        other = await b.offered()
        other.ring()
        await asking.ringing()
        yield cast.shows("asking", {a: [up(IN, number), ringing(OUT, b)], b: [ringing(IN, a)]})
        other.refuse(486)
        await asking.over()
        await mine.resume()
        yield cast.shows("back", {a: [up(IN, number)]})
        await mine.hangup()
        await call.over()
        yield cast.shows("gone")


def attended_by_manager(office: Office) -> Steps:
    """Asterisk itself does it (AMI Atxfer): a has one channel all the time."""
    return _attended_by_asterisk(office, by_digits=False)


def attended_by_code(office: Office) -> Steps:
    """The same by digits during the call."""
    return _attended_by_asterisk(office, by_digits=True)


async def redirect(office: Office) -> Steps:
    """The manager interface sends the caller to b; a is left alone and ends."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call, mine = await connect_in(office, a, number)
        yield cast.shows("up", {a: [up(IN, number)]})
        bridge = (await office.channel(a.user)).bridge
        (trunk,) = [
            channel
            for channel in await office.observer.channels()
            if channel.bridge == bridge and channel.endpoint == "trunk"
        ]
        await office.observer.action(
            "Redirect", Channel=trunk.name, Context=dialplan.INTERNAL, Exten=b.user, Priority="1"
        )
        await mine.over()
        other = await b.offered()
        other.ring()
        yield cast.shows("ringing", {b: [ringing(IN, number)]})
        other.answer()
        yield cast.shows("up at the other", {b: [up(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def redirect_callee(office: Office) -> Steps:
    """A telephone that was called is sent to another: it is still 'in', though it now dials."""
    async with office.cast(3) as cast:
        a, b, c = cast
        call, theirs = await connect(office, a, b)
        yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
        channel = await office.channel(b.user)
        await office.observer.action(
            "Redirect", Channel=channel.name, Context=dialplan.INTERNAL, Exten=c.user, Priority="1"
        )
        other = await c.offered()
        other.ring()
        await call.over()
        yield cast.shows("ringing", {b: [up(IN, c)], c: [ringing(IN, b)]})
        other.answer()
        yield cast.shows("up with another", {b: [up(IN, c)], c: [up(IN, b)]})
        await theirs.hangup()
        await other.over()
        yield cast.shows("gone")


async def park(office: Office) -> Steps:
    """a parks the caller from outside, b fetches it: meanwhile it is nobody's."""
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call, mine = await connect_in(office, a, number)
        await mine.refer(dialplan.PARK)
        await mine.over()
        yield cast.shows("parked")
        space = await _space(office, number)
        fetching = b.dial(space)
        await fetching.up()
        # Asterisk first plays something to b, for some two seconds.
        yield cast.shows("fetching", {b: [up(OUT, space)]}, lasting=False)
        await office.until(
            lambda channels: any(channel.endpoint == b.user and channel.connected == number for channel in channels),
            f"{b.user} with the parked call",
        )
        yield cast.shows("fetched", {b: [up(OUT, number)]})
        await call.hangup()
        await fetching.over()
        yield cast.shows("gone")


async def _attended_by_asterisk(office: Office, *, by_digits: bool) -> Steps:
    async with office.cast(2) as cast:
        a, b = cast
        number = office.number()
        call, mine = await connect_in(office, a, number)
        yield cast.shows("up", {a: [up(IN, number)]})
        # Asterisk hands a digit on with the next packet of sound; without sound all but the first get lost.
        mine.talk()
        if by_digits:
            await mine.press("*2" + b.user)
        else:
            channel = await office.channel(a.user)
            await office.observer.action("Atxfer", Channel=channel.name, Exten=b.user, Context=dialplan.INTERNAL)
        other = await b.offered()
        other.ring()
        yield cast.shows("asking", {a: [up(IN, b)], b: [ringing(IN, a)]})
        other.answer()
        yield cast.shows("consulting", {a: [up(IN, b)], b: [up(IN, a)]})
        await mine.hangup()
        yield cast.shows("transferred", {b: [up(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def _space(office: Office, number: str) -> str:
    """Where the call of this number is parked. Whoever parked it may be gone before it is there."""
    async with asyncio.timeout(LIMIT):
        while True:
            _, *items = await office.observer.action("ParkedCalls")
            spaces = [
                item.get("ParkingSpace")
                for item in items
                if item.event == "ParkedCall" and item.get("ParkeeCallerIDNum") == number
            ]
            if spaces:
                (space,) = spaces
                return space
            await asyncio.sleep(POLL)
