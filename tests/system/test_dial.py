"""Dialling and hanging up on real Asterisk 22 and 16: what the telephones see of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.system.asterisk.dialplan import MAIN_NUMBER, conference
from tests.system.conftest import need_asterisk
from tests.system.dialling import Dialling, invite_of, sender_of
from tests.system.office import ABSENT, Office
from tests.system.sip.call import State

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]

MOBILE = "0709876543"
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
