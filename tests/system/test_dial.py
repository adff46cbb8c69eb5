"""Dialling and hanging up on real Asterisk 22 and 16: what the telephones see of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from katalog.connectors.asterisk import originate
from katalog.connectors.asterisk.link import Times
from katalog.domain.events import DevicesRead
from katalog.live.link import LinkState
from tests.system.asterisk.dialplan import MAIN_NUMBER, conference
from tests.system.conftest import need_asterisk
from tests.system.dialling import Dialling, invite_of, sender_of
from tests.system.fault_proxy import FaultProxy
from tests.system.office import ABSENT, Office
from tests.system.sip.call import State

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

MOBILE = "0709876543"
HASTY = Times(quiet=0.2, answer=3.0)
QUIET = 0.1
"""Seconds in which nothing more comes."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["22", "16"])
async def open_office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    need_asterisk(request.param)
    async with Office(request.param, phones=8) as office:
        yield office


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def dialling(open_office: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dialling]:
    """Anna has three telephones and a mobile, Bo one that the pattern finds, Cecilia one that is never there."""
    async with Dialling.at(tmp_path_factory.mktemp("katalog"), open_office.pbx) as dialling:
        await dialling.person("08500100", "Anna", "PJSIP/100", "PJSIP/104", "PJSIP/105", mobile=MOBILE)
        await dialling.person("101", 'Bo "Bosse" Berg, 😀; (x) \\ <y>')
        await dialling.person("08500199", "Cecilia", f"PJSIP/{ABSENT}")
        await dialling.person("102", "David", "PJSIP/102")
        await dialling.person("103", "Eva", f"PJSIP/{ABSENT}", "PJSIP/103")
        yield dialling


@pytest_asyncio.fixture(loop_scope="module")
async def office(open_office: Office, dialling: Dialling) -> AsyncIterator[Office]:
    yield open_office
    await open_office.reset()
    # Or the next test might take a call of this one for its own.
    await _lines(dialling, BO, 0)
    for agent in (*open_office.phones.values(), open_office.trunk):
        agent.calls.clear()


ANNA, BO, CECILIA, DAVID, EVA = (
    "Anna-08500100", 'Bo "Bosse" Berg, 😀; (x) \\ <y>-101', "Cecilia-08500199", "David-102", "Eva-103",
)  # fmt: skip
BOS_NAME = 'Bo "Bosse" Berg, 😀; (x) \\ <y>'


async def test_ones_own_telephone_answers_by_itself_and_the_number_sees_ones_extension(
    office: Office, dialling: Dialling
) -> None:
    await dialling.done(ANNA, "/dial/101")
    own = await office.phones["100"].offered()
    invite = invite_of(own)
    assert invite.get("Call-Info").endswith(";answer-after=0")
    assert "info=alert-autoanswer" in invite.get("Alert-Info")
    assert invite.get("Answer-Mode") == "Auto"
    assert (sender_of(own).name, sender_of(own).uri.user) == (BOS_NAME, "101")
    own.ring()
    own.answer()
    other = await office.phones["101"].offered()
    assert (sender_of(other).name, sender_of(other).uri.user) == ("Anna", "100")
    assert not invite_of(other).get("Call-Info") + invite_of(other).get("Alert-Info")
    other.ring()
    other.answer()
    await own.up()
    assert (own.shown, other.shown) == ("101", "100")
    await dialling.done(ANNA, "/hangup")
    await asyncio.gather(own.over(), other.over())
    assert not office.phones["104"].calls + office.phones["105"].calls


async def test_a_call_through_the_trunk_shows_it_the_main_number(office: Office, dialling: Dialling) -> None:
    number = office.number()
    await dialling.done(BO, f"/dial/{number}")
    own = await office.phones["101"].offered()
    assert (sender_of(own).name, sender_of(own).uri.user) == ("", number)
    own.answer()
    other = await office.trunk.offered(number)
    assert sender_of(other).uri.user == MAIN_NUMBER
    other.ring()
    other.answer()
    await own.up()
    async with asyncio.timeout(10):
        while [(call["callerid"], call["linestatus"]) for call in await dialling.shows(BO)] != [(number, "up")]:
            await asyncio.sleep(0.005)
    await other.hangup()
    await own.over()


async def test_what_is_sent_and_shown_is_what_people_wrote(office: Office, dialling: Dialling) -> None:
    await dialling.done(BO, "/dial/102?autoanswer=0")
    own = await office.phones["101"].offered()
    # One telephone that is to be lifted by hand: nothing of automatic answers.
    assert not invite_of(own).get("Call-Info") + invite_of(own).get("Alert-Info") + invite_of(own).get("Answer-Mode")
    own.ring()
    own.answer()
    other = await office.phones["102"].offered()
    assert (sender_of(other).name, sender_of(other).uri.user) == (BOS_NAME, "101")


async def test_the_preferred_telephone_is_the_first_that_is_registered(office: Office, dialling: Dialling) -> None:
    await dialling.done(EVA, "/dial/101")
    own = await office.phones["103"].offered()
    assert sender_of(own).uri.user == "101"
    await office.phones["100"].unregister()
    try:
        await _known(dialling, "PJSIP/100", registered=False)
        await dialling.done(ANNA, "/dial/102")
        await office.phones["104"].offered()
    finally:
        await office.phones["100"].register()
    await _known(dialling, "PJSIP/100", registered=True)


async def test_one_that_is_not_registered_is_not_rung(office: Office, dialling: Dialling) -> None:
    assert "registrerad" in await dialling.refused(CECILIA, "/dial/101")
    await asyncio.sleep(QUIET)
    assert not await office.observer.channels()


async def test_a_number_that_the_dialplan_does_not_know(office: Office, dialling: Dialling) -> None:
    for login, ways in ((BO, ""), (ANNA, "?autoanswer=0"), (ANNA, "?onlycallmobile=1")):
        assert "känner inte numret" in await dialling.refused(login, f"/dial/5555{ways}")
    await asyncio.sleep(QUIET)
    assert not any(agent.calls for agent in (*office.phones.values(), office.trunk))


@pytest.mark.parametrize(("number", "status"), [("103", 486), ("104", 603), ("105", 480)])
async def test_a_telephone_that_declines_has_no_call(
    office: Office, dialling: Dialling, number: str, status: int
) -> None:
    await dialling.done(BO, f"/dial/{number}")
    own = await office.phones["101"].offered()
    own.refuse(status)
    await office.empty()
    assert not office.phones[number].calls


async def test_all_telephones_ring_and_the_first_that_answers_has_the_call(office: Office, dialling: Dialling) -> None:
    await dialling.done(ANNA, "/dial/101?autoanswer=false")
    rung = [await office.phones[name].offered() for name in ("100", "104", "105")]
    for call in rung:
        assert sender_of(call).uri.user == "101"
        assert not invite_of(call).get("Call-Info")
        call.ring()
    rung[1].answer()
    other = await office.phones["101"].offered()
    assert (sender_of(other).name, sender_of(other).uri.user) == ("Anna", "100")
    await asyncio.gather(rung[0].over(), rung[2].over())
    other.answer()
    await rung[1].up()
    await asyncio.sleep(QUIET)
    assert rung[1].state is State.UP
    await dialling.done(ANNA, "/hangup")
    await office.empty()


async def test_two_that_answer_at_once_are_one_call(office: Office, dialling: Dialling) -> None:
    for number in ("101", "102", "103"):
        await dialling.done(ANNA, f"/dial/{number}?autoanswer=false")
        rung = [await office.phones[name].offered() for name in ("100", "104", "105")]
        for call in rung:
            call.answer()
        other = await office.phones[number].offered()
        other.answer()
        async with asyncio.timeout(10):
            while [call.state for call in rung].count(State.UP) > 1:
                await asyncio.sleep(0.005)
        await asyncio.sleep(QUIET)
        assert [call.state for call in rung].count(State.UP) == 1
        assert len(office.phones[number].calls) == 1
        await dialling.done(ANNA, "/hangup")
        await office.empty()


async def test_all_that_decline_end_it(office: Office, dialling: Dialling) -> None:
    await dialling.done(ANNA, "/dial/101?autoanswer=false")
    for name in ("100", "104", "105"):
        (await office.phones[name].offered()).refuse(486)
    await office.empty()
    assert not office.phones["101"].calls


async def test_telephones_that_nobody_answers_stop_ringing(
    office: Office, dialling: Dialling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originate, "RINGS", 0.3)
    await asyncio.gather(dialling.done(ANNA, "/dial/107?autoanswer=0"), dialling.done(BO, "/dial/107"))
    rung = [await office.phones[name].offered() for name in ("100", "101", "104", "105")]
    for call in rung:
        call.ring()
    await asyncio.gather(*(call.over() for call in rung))
    await office.empty()
    assert not office.phones["107"].calls


async def test_ones_mobile_is_rung_instead_and_the_number_sees_ones_extension(
    office: Office, dialling: Dialling
) -> None:
    await dialling.done(ANNA, "/dial/106?onlycallmobile=true")
    mobile = await office.trunk.offered(MOBILE)
    assert sender_of(mobile).uri.user == MAIN_NUMBER
    mobile.ring()
    assert not office.phones["106"].calls
    mobile.answer()
    other = await office.phones["106"].offered()
    assert (sender_of(other).name, sender_of(other).uri.user) == ("Anna", "100")
    other.answer()
    await asyncio.sleep(QUIET)
    assert (mobile.state, other.state, other.shown) == (State.UP, State.UP, "100")
    assert not any(office.phones[name].calls for name in ("100", "104", "105"))
    await dialling.done(ANNA, "/hangup")
    await asyncio.gather(mobile.over(), other.over())


async def test_the_same_again_within_seconds_is_one_call(office: Office, dialling: Dialling) -> None:
    await asyncio.gather(*(dialling.done(BO, f"/dial/{number}") for number in ("0701112233", "%2B46701112233") * 3))
    await dialling.done(BO, "/dial/0046%20701-11%2022%2033/?autoanswer=1")
    own = await office.phones["101"].offered()
    own.answer()
    await (await office.trunk.offered("0701112233")).hangup()
    await own.over()
    await dialling.done(BO, "/dial/0701112233")
    await asyncio.sleep(QUIET)
    assert (len(office.phones["101"].calls), len(office.trunk.calls)) == (1, 1)


# --- hanging up ----------------------------------------------------------------------------------------


async def test_what_rings_or_waits_is_ended_and_nobody_elses(office: Office, dialling: Dialling) -> None:
    """Bo talks, a second call waits at his telephone, and David and Eva talk about something else."""
    assert "inget samtal" in await dialling.refused(BO, "/hangup")
    talking = office.phones["101"].dial("102")
    other = await office.phones["102"].offered()
    other.answer()
    await talking.up()
    waits = office.trunk.dial("101", caller="0701230000")
    second = await office.phones["101"].offered()
    second.ring()
    theirs = office.phones["103"].dial(conference(7))
    await theirs.up()
    await _lines(dialling, BO, 2)
    await dialling.done(BO, "/hangup")
    await asyncio.gather(talking.over(), second.over(), other.over(), waits.over())
    assert theirs.state is State.UP
    assert "inget samtal" in await dialling.refused(BO, "/hangup")
    await theirs.hangup()


async def test_held_and_in_a_conference_only_ones_own_leg_ends(office: Office, dialling: Dialling) -> None:
    held = office.phones["101"].dial("102")
    other = await office.phones["102"].offered()
    other.answer()
    await held.up()
    await held.hold()
    await _lines(dialling, BO, 1)
    await dialling.done(BO, "/hangup")
    await asyncio.gather(held.over(), other.over())
    await _lines(dialling, BO, 0)
    members = [office.phones[name].dial(conference(8)) for name in ("101", "102", "103")]
    await asyncio.gather(*(member.up() for member in members))
    await _lines(dialling, BO, 1)
    await dialling.done(BO, "/hangup")
    await members[0].over()
    await asyncio.sleep(QUIET)
    assert [member.state for member in members[1:]] == [State.UP, State.UP]


async def test_one_that_rings_at_once_after_it_was_dialled_is_ended(office: Office, dialling: Dialling) -> None:
    for ways in ("", "?autoanswer=0", "?onlycallmobile=1"):
        await dialling.done(ANNA, f"/dial/101{ways}")
        await dialling.done(ANNA, "/hangup")
        await office.empty()
    assert not office.phones["101"].calls


# --- what goes wrong -----------------------------------------------------------------------------------


@pytest_asyncio.fixture(loop_scope="module")
async def proxy(office: Office) -> AsyncIterator[FaultProxy]:
    async with FaultProxy("127.0.0.1", office.pbx.ami_port) as between:
        yield between


@pytest_asyncio.fixture(loop_scope="module")
async def shaky(office: Office, proxy: FaultProxy, tmp_path: Path) -> AsyncIterator[Dialling]:
    """Another katalog, whose link may be cut."""
    async with Dialling.at(tmp_path, office.pbx, port=proxy.port, times=HASTY) as dialling:
        await dialling.person("08500100", "Anna", "PJSIP/100", "PJSIP/104", "PJSIP/105")
        yield dialling


async def test_without_the_right_nothing_is_placed_and_it_is_said_whose_fault_it_is(
    office: Office, tmp_path: Path
) -> None:
    async with Dialling.at(tmp_path, office.pbx, user="katalog") as dialling:
        anna = await dialling.person("08500100", "Anna", "PJSIP/100")
        with capture_logs() as logs:
            assert "write=originate" in await dialling.refused(anna, "/dial/101")
            assert "write=originate" in await dialling.refused(anna, "/dial/102")
        told = [line for line in logs if line["event"] == "pbx.refused"]
        assert [line["what"] for line in told] == ["Originate"]
        call = office.phones["100"].dial("101")
        other = await office.phones["101"].offered()
        other.ring()
        await call.ringing()
        await _lines(dialling, anna, 1)
        assert "write=call" in await dialling.refused(anna, "/hangup")
        assert call.state is State.RINGING
        await call.hangup()


async def test_what_was_not_heard_of_does_not_ring_afterwards(
    office: Office, proxy: FaultProxy, shaky: Dialling
) -> None:
    """The link stands still: Asterisk gets the call when the caller has long been told that there is none."""
    proxy.freeze()
    assert "kan inte nås" in await shaky.refused(ANNA, "/dial/101", 503)
    # Whether an answer just comes in time or just does not is a matter of milliseconds: the link is lost first.
    (link,) = shaky.installation.app.home.links.values()
    async with asyncio.timeout(10):
        while link.state is LinkState.LIVE:
            await asyncio.sleep(0.005)
    proxy.thaw()
    await shaky.until_ready()
    await asyncio.sleep(QUIET)
    await office.empty()
    assert not office.phones["101"].calls
    # What it has heard of the first is no offer any more.
    await office.phones["100"].hangup()
    await shaky.done(ANNA, "/dial/101")
    (await office.phones["100"].offered()).answer()


async def test_a_link_that_is_cut_while_all_ring_ends_what_rings(
    office: Office, proxy: FaultProxy, shaky: Dialling
) -> None:
    await shaky.done(ANNA, "/dial/101?autoanswer=0")
    rung = [await office.phones[name].offered() for name in ("100", "104", "105")]
    proxy.cut()
    # By themselves they would ring for half a minute.
    await asyncio.gather(*(call.over() for call in rung))
    assert not office.phones["101"].calls


async def test_a_telephone_system_that_is_killed_is_away_and_then_there_again(
    office: Office, dialling: Dialling
) -> None:
    await dialling.done(BO, "/dial/106")
    (await office.phones["101"].offered()).ring()
    await office.pbx.kill()
    response = await dialling.ask(BO, "/dial/0701112244")
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert "kan inte nås" in await dialling.refused(BO, "/hangup", 503)
    # What was taken stays taken, whatever has become of it.
    await dialling.done(BO, "/dial/106")
    home = dialling.installation.app.home
    before = home.heard[DevicesRead]
    await office.pbx.start()
    await office.furnish_again()
    # Until then it is as it was before the kill.
    async with asyncio.timeout(10):
        while home.heard[DevicesRead] == before:
            await asyncio.sleep(0.005)
    await _known(dialling, "PJSIP/101", registered=True)
    await dialling.until_ready()
    await dialling.done(BO, "/dial/0701112244")
    (await office.phones["101"].offered()).answer()
    await office.trunk.offered("0701112244")


async def _lines(dialling: Dialling, login: str, count: int) -> None:
    async with asyncio.timeout(10):
        while len(await dialling.shows(login)) != count:
            await asyncio.sleep(0.005)


async def _known(dialling: Dialling, device: str, *, registered: bool) -> None:
    (link,) = dialling.installation.app.home.links.values()
    async with asyncio.timeout(10):
        while link.devices.registered(device) is not registered:
            await asyncio.sleep(0.005)
