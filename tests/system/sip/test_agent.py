"""Telephones that call each other directly, without Asterisk: each side is the other's proxy."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.system.sip import transport as transports
from tests.system.sip.agent import Agent
from tests.system.sip.call import Call, State
from tests.system.sip.message import Message, Request, Response
from tests.system.sip.transport import Transport
from tests.system.sip.watched import NeverCame

HOST = "127.0.0.1"


class Lossy(Transport):
    """Loses every message at its first try."""

    losing = False

    def __init__(self, host: str, proxy: tuple[str, int]) -> None:
        super().__init__(host, proxy)
        self._tried: set[bytes] = set()

    def send(self, message: Message) -> None:
        data = message.encode()
        if self.losing and data not in self._tried:
            self._tried.add(data)
            return
        super().send(message)


class Pair:
    """Anna on one side, Bo on the other."""

    def __init__(self, first: Lossy, second: Lossy) -> None:
        self.transports = (first, second)
        self.anna = Agent(first, "100")
        self.bo = Agent(second, "101")

    def lose(self) -> None:
        for transport in self.transports:
            transport.losing = True

    async def connect(self) -> tuple[Call, Call]:
        call = self.anna.dial("101")
        other = await self.bo.offered()
        other.ring()
        await call.ringing()
        other.answer()
        await call.up()
        return call, other

    def sent(self, side: int, method: str) -> list[Message]:
        """What this side sent of a method, and the answers to it."""
        trace = self.transports[side].trace
        assert trace is not None
        return [message for sign, message in trace if sign == ">" and message.cseq[1] == method]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    first = Lossy(HOST, (HOST, 0))
    await first.open()
    second = Lossy(HOST, (HOST, first.port))
    await second.open()
    first.proxy = (HOST, second.port)
    for transport in (first, second):
        transport.trace = []
    yield Pair(first, second)
    first.close()
    second.close()


async def test_a_call_from_the_first_ring_to_its_end(pair: Pair) -> None:
    before = datetime.now(UTC)
    call = pair.anna.dial("101")
    other = await pair.bo.offered()
    assert (call.state, other.state) == (State.CALLING, State.OFFERED)
    assert (other.number, other.shown, other.placed, call.placed) == ("101", "100", False, True)

    other.ring()
    await call.ringing()
    assert other.state is State.RINGING
    assert call.answered is None

    other.answer()
    await call.up()
    assert (call.state, other.state) == (State.UP, State.UP)

    await call.hangup()
    await other.over()
    assert (call.status, other.status) == (None, None)
    assert pair.anna.active == pair.bo.active == []

    for one in (call, other):
        assert one.rang is not None
        assert one.answered is not None
        assert one.ended is not None
        assert before <= one.began.wall <= one.rang.wall <= one.answered.wall <= one.ended.wall <= datetime.now(UTC)
        assert one.began.monotonic <= one.rang.monotonic <= one.answered.monotonic <= one.ended.monotonic


async def test_the_callee_ends_it(pair: Pair) -> None:
    call, other = await pair.connect()
    await other.hangup()
    await call.over()


async def test_an_answer_without_ringing(pair: Pair) -> None:
    call = pair.anna.dial("101")
    (await pair.bo.offered()).answer()
    await call.up()
    assert call.rang is None


async def test_early_sound_counts_as_ringing(pair: Pair) -> None:
    call = pair.anna.dial("101")
    (await pair.bo.offered()).ring(183)
    await call.ringing()


@pytest.mark.parametrize("status", [486, 603, 480])
async def test_a_refusal(pair: Pair, status: int) -> None:
    call = pair.anna.dial("101")
    (await pair.bo.offered()).refuse(status)
    await call.over()
    assert call.status == status
    assert call.answered is None


async def test_a_redirection_names_the_other_number(pair: Pair) -> None:
    call = pair.anna.dial("101")
    (await pair.bo.offered()).redirect("102")
    await call.over()
    assert call.status == 302
    (response,) = [one for one in pair.sent(1, "INVITE") if isinstance(one, Response) and one.status == 302]
    assert response.get("Contact").startswith("<sip:102@")


async def test_the_caller_gives_up(pair: Pair) -> None:
    call = pair.anna.dial("101")
    other = await pair.bo.offered()
    other.ring()
    await call.ringing()
    await call.hangup()
    await other.over()
    assert (call.status, other.status) == (487, 487)


async def test_an_answer_that_crosses_the_cancellation_is_ended_again(pair: Pair) -> None:
    call = pair.anna.dial("101")
    other = await pair.bo.offered()
    other.ring()
    await call.ringing()
    giving_up = asyncio.create_task(call.hangup())
    # Before the CANCEL, which has not left yet, can arrive.
    other.answer()
    await giving_up
    await other.over()
    assert call.state is State.ENDED


async def test_hold_and_resume_change_the_description_only(pair: Pair) -> None:
    call, other = await pair.connect()
    await call.hold()
    assert [call.held, other.held] == [True, False]
    await other.hold()
    await call.resume()
    assert [call.held, other.held] == [False, True]
    assert (call.state, other.state) == (State.UP, State.UP)
    bodies = [one.body for one in pair.sent(0, "INVITE") if isinstance(one, Request)]
    assert [body.count("a=sendonly") for body in bodies] == [0, 1, 0]


async def test_several_calls_at_once(pair: Pair) -> None:
    first, mine = await pair.connect()
    second = pair.anna.dial("101")
    waiting = await pair.bo.offered()
    waiting.ring()
    await second.ringing()
    await mine.hold()
    waiting.answer()
    await second.up()
    assert pair.bo.active == [mine, waiting]

    await first.hangup()
    await mine.over()
    assert pair.bo.active == [waiting]
    assert second.state is State.UP


async def test_a_transfer_is_asked_for(pair: Pair) -> None:
    call, other = await pair.connect()
    asking, asked = await pair.connect()

    await other.refer("102")
    await call.refer_to(asking)

    (blind,) = [one for one in pair.sent(1, "REFER") if isinstance(one, Request)]
    assert blind.get("Refer-To").startswith("<sip:102@")
    (attended,) = [one for one in pair.sent(0, "REFER") if isinstance(one, Request)]
    # The dialog as Bo's side of it knows it: its own tag is the to-tag.
    assert f"Replaces={asking.call_id.replace('@', '%40')}%3Bto-tag%3D" in attended.get("Refer-To")
    assert asked.call_id == asking.call_id


async def test_the_outside_world_answers_for_every_number(pair: Pair) -> None:
    world = Agent(pair.transports[1], "*")
    call = pair.anna.dial("0701234567")
    other = await world.offered("0701234567")
    other.answer()
    await call.up()

    back = world.dial("100", caller=None)
    assert (await pair.anna.offered()).shown == "anonymous"
    vouched = world.dial("100", caller="0702", asserted="0703")
    assert (await pair.anna.offered()).shown == "0703"
    await back.hangup()
    await vouched.hangup()


async def test_sound_flows(pair: Pair) -> None:
    call, other = await pair.connect()
    call.talk()
    await pair.transports[1].ear.until(lambda ear: ear.packets >= 3, "three packets of sound")
    await other.hangup()


async def test_an_unknown_number_is_not_found(pair: Pair) -> None:
    call = pair.anna.dial("999")
    await call.over()
    assert call.status == 404


async def test_options_are_answered(pair: Pair) -> None:
    sender = pair.transports[0]
    headers = [
        ("Via", sender.via()), ("From", f"<sip:{HOST}>;tag=1"), ("To", f"<sip:101@{HOST}>"),
        ("Call-ID", "options"), ("CSeq", "1 OPTIONS"),
    ]  # fmt: skip
    response = await sender.request(Request(headers, "", "OPTIONS", f"sip:101@{HOST}"))
    assert response.status == 200


async def test_what_is_lost_is_sent_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "T1", 0.02)
    pair.lose()
    call, other = await pair.connect()
    await call.hold()
    await other.hangup()
    await call.over()

    refused = pair.anna.dial("101")
    (await pair.bo.offered()).refuse(486)
    await refused.over()
    assert refused.status == 486

    cancelled = pair.anna.dial("101")
    mine = await pair.bo.offered()
    mine.ring()
    await cancelled.hangup()
    await mine.over()


async def test_one_that_comes_twice_is_one_call(pair: Pair) -> None:
    call = pair.anna.dial("101")
    other = await pair.bo.offered()
    (invite,) = pair.sent(0, "INVITE")
    pair.transports[0].send(invite)
    other.answer()
    await call.up()
    await call.hangup()
    await other.over()
    assert len(pair.bo.calls) == 1


async def test_nobody_there(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transports, "T1", 0.005)
    monkeypatch.setattr(transports, "GIVE_UP", 0.02)
    pair.transports[1].close()
    call = Agent(pair.transports[0], "103").dial("101")
    await call.over()
    assert call.status == 408


async def test_what_never_comes_is_said_clearly(pair: Pair) -> None:
    call = pair.anna.dial("101")
    with pytest.raises(NeverCame, match=r"not within 0.05 s: up; it is <call of 100 to 101: calling"):
        await call.up(limit=0.05)
    with pytest.raises(NeverCame, match="a call for 0701"):
        await pair.bo.offered("0701", limit=0.05)
    (await pair.bo.offered()).refuse(603)
    with pytest.raises(NeverCame, match=r"ended before it was up.*603"):
        await call.up()


async def test_one_whose_plug_was_pulled_says_nothing_more(pair: Pair) -> None:
    call, other = await pair.connect()
    said = len(pair.sent(0, "BYE"))
    pair.anna.forget()
    assert call.state is State.ENDED
    assert len(pair.sent(0, "BYE")) == said
    assert other.state is State.UP
