"""Calls between two parties, and the ways in which they do not come about."""

from tests.system.asterisk import dialplan
from tests.system.checkpoint import IN, OUT, ringing, up
from tests.system.flows.steps import Steps, connect, connect_in
from tests.system.office import ABSENT, LONG, Cast, Office


async def internal(office: Office) -> Steps:
    """The plainest call, with every state in it."""
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(b.user)
        other = await b.offered()
        yield cast.shows("dialled", {a: [ringing(OUT, b)], b: [ringing(IN, a)]})
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def internal_long(office: Office) -> Steps:
    """Devices whose names are whole telephone numbers, with a leading zero."""
    async with office.cast(1) as few:
        (a,) = few
        long, longer = (office.phones[name] for name in LONG)
        cast = Cast([a, long, longer])
        call = a.dial(long.user)
        other = await long.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, long)], long: [ringing(IN, a)]})
        other.answer()
        await call.up()
        third = long.dial(longer.user)
        fourth = await longer.offered()
        fourth.ring()
        await third.ringing()
        yield cast.shows(
            "both", {a: [up(OUT, long)], long: [up(IN, a), ringing(OUT, longer)], longer: [ringing(IN, long)]}
        )
        await third.hangup()
        await other.hangup()
        await call.over()
        yield cast.shows("gone")
        await office.quiet(cast)


def inbound(office: Office) -> Steps:
    return _inbound(office, office.number())


def inbound_anonymous(office: Office) -> Steps:
    """From anonymous@anonymous.invalid (RFC 3323)."""
    return _inbound(office, None)


async def inbound_asserted(office: Office) -> Steps:
    """The network vouches for another number than the caller shows (RFC 3325), and is trusted."""
    async with office.cast(1) as cast:
        (a,) = cast
        shown, asserted = office.number(), office.number()
        call = office.trunk.dial(a.user, caller=shown, asserted=asserted)
        other = await a.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(IN, asserted)]})
        await call.hangup()
        yield cast.shows("gone")


async def inbound_private(office: Office) -> Steps:
    """The network knows the number and says that it must not be shown (RFC 3325, Privacy: id)."""
    async with office.cast(1) as cast:
        (a,) = cast
        call = office.trunk.dial(a.user, caller=None, asserted=office.number(), private=True)
        other = await a.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(IN, "")]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(IN, "")]})
        await call.hangup()
        yield cast.shows("gone")


async def inbound_private_refused(office: Office) -> Steps:
    """Telephones that refuse at once are gone before anybody could be asked about the number."""
    async with office.cast(1) as cast:
        (a,) = cast
        for _ in range(5):
            call = office.trunk.dial(a.user, caller=None, asserted=office.number(), private=True)
            (await a.offered()).refuse(486)
            await call.over()
        yield cast.shows("gone")


async def inbound_own_number(office: Office) -> Steps:
    """A caller from outside who shows an extension's number is still not that extension."""
    async with office.cast(2) as cast:
        a, b = cast
        call = office.trunk.dial(a.user, caller=b.user)
        other = await a.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(IN, b)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(IN, b)]})
        await call.hangup()
        yield cast.shows("gone")


async def inbound_cancel(office: Office) -> Steps:
    """The caller gives up while it rings."""
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        call = office.trunk.dial(a.user, caller=number)
        other = await a.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(IN, number)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def inbound_no180(office: Office) -> Steps:
    """A telephone that answers by itself never says that it rings: its channel is Down until it is Up."""
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        call = office.trunk.dial(a.user, caller=number)
        other = await a.offered()
        yield cast.shows("dialled", {a: [ringing(IN, number)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(IN, number)]})
        await other.hangup()
        await call.over()
        yield cast.shows("gone")


async def inbound_early(office: Office) -> Steps:
    """183 with sound instead of 180."""
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        call = office.trunk.dial(a.user, caller=number)
        other = await a.offered()
        other.ring(183)
        await call.ringing()
        yield cast.shows("early", {a: [ringing(IN, number)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(IN, number)]})
        await other.hangup()
        await call.over()
        yield cast.shows("gone")


async def outbound(office: Office) -> Steps:
    """The dialplan sets the company's number on the calling channel, as FreePBX does."""
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        call = a.dial(number)
        other = await office.trunk.offered(number)
        yield cast.shows("dialled", {a: [ringing(OUT, number)]})
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, number)]})
        other.answer()
        await call.up()
        assert other.shown == dialplan.MAIN_NUMBER
        yield cast.shows("up", {a: [up(OUT, number)]})
        await other.hangup()
        await call.over()
        yield cast.shows("gone")


async def outbound_prefix(office: Office) -> Steps:
    """A digit for an outside line, and nothing set: the other party is shown as it was dialled."""
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        dialled = dialplan.outside_line(number)
        call = a.dial(dialled)
        other = await office.trunk.offered(number)
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, dialled)]})
        other.answer()
        await call.up()
        assert other.shown == a.user
        yield cast.shows("up", {a: [up(OUT, dialled)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def outbound_busy(office: Office) -> Steps:
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        call = a.dial(number)
        (await office.trunk.offered(number)).refuse(486)
        await call.over()
        assert call.status == 486
        yield cast.shows("gone")


async def internal_cancel(office: Office) -> Steps:
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(b.user)
        other = await b.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


def internal_busy(office: Office) -> Steps:
    return _refused(office, 486)


def internal_declined(office: Office) -> Steps:
    return _refused(office, 603)


async def no_answer(office: Office) -> Steps:
    """The dialplan gives up after some seconds."""
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(dialplan.short(b.user))
        other = await b.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]}, lasting=False)
        await call.over()
        await other.over()
        yield cast.shows("gone")


async def unregistered(office: Office) -> Steps:
    """The callee never gets a channel."""
    async with office.cast(1) as cast:
        (a,) = cast
        call = a.dial(ABSENT)
        await call.over()
        yield cast.shows("gone")


async def unknown_number(office: Office) -> Steps:
    async with office.cast(1) as cast:
        (a,) = cast
        call = a.dial("999")
        await call.over()
        assert call.status == 404
        yield cast.shows("gone")


async def do_not_disturb(office: Office) -> Steps:
    """The dialplan says busy, without a Dial."""
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(dialplan.do_not_disturb(b.user))
        await call.over()
        assert call.status == 486
        yield cast.shows("gone")


async def subroutine(office: Office) -> Steps:
    """The Dial runs in a Gosub: Exten reads `s`."""
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(dialplan.by_subroutine(b.user))
        other = await b.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(OUT, b)], b: [up(IN, a)]})
        await other.hangup()
        await call.over()
        yield cast.shows("gone")


async def hold(office: Office) -> Steps:
    """Hold changes nothing that is shown, on either side of the call."""
    async with office.cast(2) as cast:
        a, b = cast
        both = {a: [up(OUT, b)], b: [up(IN, a)]}
        call, other = await connect(office, a, b)
        yield cast.shows("up", both)
        await other.hold()
        yield cast.shows("held", both)
        await other.resume()
        yield cast.shows("resumed", both)
        await call.hold()
        yield cast.shows("held by the caller", both)
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


def call_waiting(office: Office) -> Steps:
    """Two calls on one telephone."""
    first, second = office.number(), office.number()
    return _call_waiting(office, first, second)


def same_caller_twice(office: Office) -> Steps:
    """The same number twice at once is two calls."""
    number = office.number()
    return _call_waiting(office, number, number)


async def both_ways(office: Office) -> Steps:
    """A telephone with a call that it placed and one that it was offered."""
    async with office.cast(3) as cast:
        a, b, c = cast
        call, _ = await connect(office, a, b)
        await call.hold()
        waiting = c.dial(a.user)
        other = await a.offered()
        other.ring()
        await waiting.ringing()
        yield cast.shows("waiting", {a: [up(OUT, b), ringing(IN, c)], b: [up(IN, a)], c: [ringing(OUT, a)]})
        other.answer()
        await waiting.up()
        yield cast.shows("both", {a: [up(OUT, b), up(IN, c)], b: [up(IN, a)], c: [up(OUT, a)]})
        await call.hangup()
        yield cast.shows("one", {a: [up(IN, c)], c: [up(OUT, a)]})
        await waiting.hangup()
        await other.over()
        yield cast.shows("gone")


async def hangup_by_manager(office: Office) -> Steps:
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        call, _ = await connect_in(office, a, number)
        yield cast.shows("up", {a: [up(IN, number)]})
        await office.observer.hangup((await office.channel(a.user)).name)
        await call.over()
        yield cast.shows("gone")


async def _inbound(office: Office, number: str | None) -> Steps:
    async with office.cast(1) as cast:
        (a,) = cast
        shown = number or ""
        call = office.trunk.dial(a.user, caller=number)
        other = await a.offered()
        yield cast.shows("dialled", {a: [ringing(IN, shown)]})
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(IN, shown)]})
        other.answer()
        await call.up()
        yield cast.shows("up", {a: [up(IN, shown)]})
        await call.hangup()
        await other.over()
        yield cast.shows("gone")


async def _refused(office: Office, status: int) -> Steps:
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(b.user)
        other = await b.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]})
        other.refuse(status)
        await call.over()
        yield cast.shows("gone")


async def _call_waiting(office: Office, first: str, second: str) -> Steps:
    async with office.cast(1) as cast:
        (a,) = cast
        one, mine = await connect_in(office, a, first)
        two = office.trunk.dial(a.user, caller=second)
        waiting = await a.offered()
        waiting.ring()
        await two.ringing()
        yield cast.shows("waiting", {a: [up(IN, first), ringing(IN, second)]})
        await mine.hold()
        waiting.answer()
        await two.up()
        yield cast.shows("both", {a: [up(IN, first), up(IN, second)]})
        await two.hangup()
        await waiting.over()
        yield cast.shows("one", {a: [up(IN, first)]})
        await one.hangup()
        await mine.over()
        yield cast.shows("gone")
