"""Text messages over a session's link, against a scripted Asterisk."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator

import pytest

from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.asterisk.messenger import MAX_BASE64, MAX_PLAIN, body_of, room
from katalog.connectors.asterisk.wire import action
from katalog.connectors.base import Messages
from katalog.domain.message import Outcome, State
from tests.connectors.asterisk.fake import FakeAsterisk, Heard, connector, refuse, running, served, silent

LINE = 1024


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    made = FakeAsterisk()
    async with served(made):
        yield made


async def send(asterisk: AsteriskConnector, text: str = "Hej\nå") -> Outcome:
    return await asterisk.send_message("pjsip:101", "102", text)


def why(outcome: Outcome) -> str:
    assert outcome.reason is not None
    return outcome.reason.en


async def test_a_message_is_handed_over_with_its_text_as_it_is(pbx: FakeAsterisk) -> None:
    asterisk = connector(pbx)
    assert isinstance(asterisk, Messages)
    async with running(asterisk, Heard()):
        assert await send(asterisk) == Outcome(State.SENT)
        answers = await asyncio.gather(*(send(asterisk, f"{number}") for number in range(20)))
    assert answers == [Outcome(State.SENT)] * 20
    first, *others = [said for said in pbx.said if said["Action"] == "MessageSend"]
    assert (first["To"], first["From"]) == ("pjsip:101", "102")
    assert b64decode(first["Base64Body"]).decode() == "Hej\nå"
    assert [b64decode(said["Base64Body"]).decode() for said in others] == [str(number) for number in range(20)]


async def test_with_no_session_it_has_failed(pbx: FakeAsterisk) -> None:
    asterisk = connector(pbx)
    outcome = await send(asterisk)
    assert (outcome.state, why(outcome)) == (State.FAILED, "The telephone system cannot be reached just now.")
    async with running(asterisk, Heard()):
        pass
    assert (await send(asterisk)).state is State.FAILED


async def test_a_missing_right_is_told_and_logged_once(pbx: FakeAsterisk, capfd: pytest.CaptureFixture[str]) -> None:
    pbx.answers["MessageSend"] = refuse
    asterisk = connector(pbx)
    async with running(asterisk, Heard()):
        for _ in range(2):
            outcome = await send(asterisk)
            assert (outcome.state, "write=message" in why(outcome)) == (State.FAILED, True)
    assert capfd.readouterr().out.count("MessageSend") == 1


async def test_nobody_there_and_whatever_else_it_says_has_failed(pbx: FakeAsterisk) -> None:
    def refusing(reason: str) -> None:
        def answer(fake: FakeAsterisk, asked: dict[str, str]) -> None:
            fake.say("Response: Error", f"ActionID: {asked['ActionID']}", f"Message: {reason}")

        pbx.answers["MessageSend"] = answer

    asterisk = connector(pbx)
    async with running(asterisk, Heard()):
        refusing("Message failed to send.")
        assert "no telephone is registered" in why(await send(asterisk))
        refusing("Nix")
        outcome = await send(asterisk)
        assert (outcome.state, why(outcome)) == (State.FAILED, "The telephone system refuses: Nix")


async def test_without_an_answer_it_is_unknown(pbx: FakeAsterisk) -> None:
    pbx.answers["MessageSend"] = silent
    asterisk = connector(pbx)
    async with running(asterisk, Heard()):
        outcome = await send(asterisk)
        assert (outcome.state, "did not answer" in why(outcome)) == (State.UNKNOWN, True)


async def test_a_link_that_is_lost_meanwhile_leaves_it_unknown(pbx: FakeAsterisk) -> None:
    pbx.answers["MessageSend"] = lambda fake, _: fake.close()
    asterisk = connector(pbx)
    async with running(asterisk, Heard()):
        async with asyncio.timeout(0.15):
            assert (await send(asterisk)).state is State.UNKNOWN
        assert (await send(asterisk)).state is State.FAILED


async def test_what_would_break_the_line_is_not_said(pbx: FakeAsterisk) -> None:
    asterisk = connector(pbx)
    async with running(asterisk, Heard()):
        for text in ("x" * (MAX_PLAIN + 1), "x\n" * MAX_BASE64):
            outcome = await send(asterisk, text)
            assert (outcome.state, "too long" in why(outcome)) == (State.FAILED, True)
    assert "MessageSend" not in pbx.asked


@pytest.mark.parametrize("sign", ["x", "å", "😀"])
def test_what_has_room_fits_into_a_line(sign: str) -> None:
    for text in (sign * (MAX_PLAIN // len(sign.encode())), "\n" + sign * ((MAX_BASE64 - 1) // len(sign.encode()))):
        assert len(text.encode()) <= room(text)
        lines = action("MessageSend", **body_of(text)).split(b"\r\n")
        assert max(map(len, lines)) < LINE
    for text in (" x", "x ", "a\rb", "a\nb"):
        assert room(text) == MAX_BASE64
        assert "Base64Body" in body_of(text)


async def test_a_check_asks_for_the_right_with_a_message_to_nobody(pbx: FakeAsterisk) -> None:
    def no_address(fake: FakeAsterisk, asked: dict[str, str]) -> None:
        assert "To" not in asked
        fake.say("Response: Error", f"ActionID: {asked['ActionID']}", "Message: No 'To' address specified.")

    pbx.answers["MessageSend"] = no_address
    finding = await connector(pbx).check_messages()
    assert (finding.ok, finding.subject) == (True, "write=message")
    pbx.answers["MessageSend"] = refuse
    finding = await connector(pbx).check_messages()
    assert not finding.ok
    assert "write=reporting,message" in finding.advice.replace(" ", "")
    finding = await connector(pbx, "fel").check_messages()
    assert (finding.ok, "refuses the login" in finding.text) == (False, True)
