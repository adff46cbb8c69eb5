"""A katalog that comes in the middle of calls sees who began them, though no event and no list says it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from katalog.connectors.asterisk.connector import AsteriskConnector
from katalog.connectors.asterisk.link import Times
from katalog.connectors.base import PbxAddress
from katalog.domain.events import LegsRead, PbxEvent
from tests.system.asterisk.server import Manager
from tests.system.checkpoint import Checkpoint
from tests.system.conftest import need_asterisk
from tests.system.flows import FLOWS, play
from tests.system.office import Office
from tests.system.truth import Truth

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["22", "16"])
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    need_asterisk(request.param)
    async with Office(request.param) as opened:
        yield opened


async def first_look(manager: Manager) -> LegsRead:
    """What a connector that has just logged in tells first."""
    read: asyncio.Future[LegsRead] = asyncio.get_running_loop().create_future()

    def emit(event: PbxEvent) -> None:
        if isinstance(event, LegsRead) and not read.done():
            read.set_result(event)

    address = PbxAddress("x", manager.host, manager.port, manager.user, manager.secret)
    # Nobody tries again here, as a server would.
    connector = AsteriskConnector(address, times=Times(booted=5.0))
    session = asyncio.create_task(connector.session(emit))
    try:
        return await asyncio.wait_for(read, 15)
    finally:
        session.cancel()
        await asyncio.gather(session, return_exceptions=True)


@pytest.mark.parametrize("name", FLOWS)
async def test_direction_at_first_sight(office: Office, name: str) -> None:
    truth = Truth(office.observer)

    async def at(checkpoint: Checkpoint) -> None:
        await truth.agrees(checkpoint)
        if not checkpoint.lasting:
            return
        seen = await first_look(office.pbx.manager("katalog"))
        for device, lines in checkpoint.lines.items():
            directions = sorted(leg.direction for leg in seen.legs if leg.device == f"PJSIP/{device}")
            assert directions == sorted(line.direction for line in lines), (checkpoint.name, device)

    try:
        await play(name, office, at)
    finally:
        await office.reset()
