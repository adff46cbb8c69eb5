"""Calls to Asterisk itself, and calls that somebody else began."""

import time

from tests.system.asterisk import dialplan
from tests.system.checkpoint import IN, OUT, ringing, up
from tests.system.flows.steps import Steps
from tests.system.office import Click, Office
from tests.system.sip.agent import Agent


async def ivr(office: Office) -> Steps:
    """Asterisk answers: nobody is the other party, so the dialled number is shown."""
    async with office.cast(1) as cast:
        (a,) = cast
        call = a.dial(dialplan.IVR)
        await call.up()
        yield cast.shows("up", {a: [up(OUT, dialplan.IVR)]})
        await call.hangup()
        yield cast.shows("gone")


async def voicemail(office: Office) -> Steps:
    """b does not answer; Asterisk does so in its place. The caller goes on seeing whom it called."""
    async with office.cast(2) as cast:
        a, b = cast
        call = a.dial(dialplan.voicemail(b.user))
        other = await b.offered()
        other.ring()
        await call.ringing()
        yield cast.shows("ringing", {a: [ringing(OUT, b)], b: [ringing(IN, a)]}, lasting=False)
        await call.up()
        yield cast.shows("voice-mail", {a: [up(OUT, b)]})
        await call.hangup()
        yield cast.shows("gone")


async def conference(office: Office) -> Steps:
    """One alone has the room's number, two have each other, three the room's number again."""
    async with office.cast(3) as cast:
        a, b, c = cast
        room = dialplan.conference(office.room())
        first = a.dial(room)
        await first.up()
        yield cast.shows("alone", {a: [up(OUT, room)]})
        second = b.dial(room)
        await second.up()
        yield cast.shows("two", {a: [up(OUT, b)], b: [up(OUT, a)]})
        third = c.dial(room)
        await third.up()
        yield cast.shows("three", {phone: [up(OUT, room)] for phone in cast})
        await first.hangup()
        yield cast.shows("two again", {b: [up(OUT, c)], c: [up(OUT, b)]})
        await second.hangup()
        yield cast.shows("one left", {c: [up(OUT, room)]})
        await third.hangup()
        yield cast.shows("gone")


async def conference_outside(office: Office) -> Steps:
    """One of the house and one from outside, who is shown by the room's number: no extension, nobody's peer."""
    async with office.cast(1) as cast:
        (a,) = cast
        room = dialplan.conference(office.room())
        outside = office.trunk.dial(room, caller=office.number())
        await outside.up()
        yield cast.shows("none of us")
        call = a.dial(room)
        await call.up()
        yield cast.shows("two", {a: [up(OUT, room)]})
        await call.hangup()
        await outside.hangup()
        yield cast.shows("gone")


async def originate(office: Office) -> Steps:
    """Click to call: one's own telephone rings first, so it is 'in', with the callee's number from the start."""
    async with office.cast(2) as cast:
        a, b = cast
        await _click(office, a, b.user)
        mine = await a.offered()
        mine.ring()
        yield cast.shows("own telephone rings", {a: [ringing(IN, b)]})
        mine.answer()
        other = await b.offered()
        other.ring()
        yield cast.shows("ringing", {a: [up(IN, b)], b: [ringing(IN, a)]})
        other.answer()
        yield cast.shows("up", {a: [up(IN, b)], b: [up(IN, a)]})
        await mine.hangup()
        await other.over()
        yield cast.shows("gone")


async def originate_outside(office: Office) -> Steps:
    async with office.cast(1) as cast:
        (a,) = cast
        number = office.number()
        await _click(office, a, number)
        mine = await a.offered()
        mine.ring()
        yield cast.shows("own telephone rings", {a: [ringing(IN, number)]})
        mine.answer()
        other = await office.trunk.offered(number)
        other.ring()
        yield cast.shows("ringing", {a: [up(IN, number)]})
        other.answer()
        yield cast.shows("up", {a: [up(IN, number)]})
        await other.hangup()
        await mine.over()
        yield cast.shows("gone")


async def originate_refused(office: Office) -> Steps:
    """One's own telephone is busy."""
    async with office.cast(2) as cast:
        a, b = cast
        await _click(office, a, b.user)
        (await a.offered()).refuse(486)
        yield cast.shows("gone")


async def originate_misleading(office: Office) -> Steps:
    """As many programs do it (CallerID = the callee): the callee's channel shows its own number as the other's.

    Only the bridge knows better, so while it rings there is no truth to be had, and no checkpoint.
    """
    async with office.cast(2) as cast:
        a, b = cast
        office.clicks.append(Click(a.user, b.user, time.time()))
        await office.observer.action(
            "Originate",
            Channel=f"PJSIP/{a.user}",
            CallerID=f'"Ext {b.user}" <{b.user}>',
            Context=dialplan.INTERNAL,
            Exten=b.user,
            Priority="1",
            Async="true",
        )
        mine = await a.offered()
        mine.ring()
        yield cast.shows("own telephone rings", {a: [ringing(IN, b)]})
        mine.answer()
        (await b.offered()).answer()
        yield cast.shows("up", {a: [up(IN, b)], b: [up(IN, a)]})
        await mine.hangup()
        yield cast.shows("gone")


async def _click(office: Office, own: Agent, number: str) -> None:
    office.clicks.append(Click(own.user, number, time.time()))
    await office.observer.action(
        "Originate",
        Channel=f"PJSIP/{own.user}",
        Context=dialplan.INTERNAL,
        Exten=number,
        Priority="1",
        Timeout="20000",
        Async="true",
        Variable=[
            f'CALLERID(all)="Ext {own.user}" <{own.user}>',
            f"CONNECTEDLINE(all,i)={number} <{number}>",
        ],
    )
