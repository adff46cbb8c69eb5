"""Real calls on real Asterisk 16 and 22: at every quiet point of every flow, readers see what there is; and afterwards
the call log says what the telephones saw."""

import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.system.checkpoint import Checkpoint
from tests.system.directory import Shown
from tests.system.flows import FLOWS, play
from tests.system.mixture import Mixture
from tests.system.office import Office
from tests.system.telling import Logbook
from tests.system.truth import Truth

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_directory(open_office: Office, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shown]:
    async with Shown.of(tmp_path_factory.mktemp("katalog"), open_office.pbx) as shown:
        yield shown


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def logbook(open_office: Office, open_directory: Shown) -> Logbook:
    return Logbook(open_office, open_directory.extensions, open_directory.ask)


@pytest.mark.parametrize("name", FLOWS)
async def test_readers_see_every_step_of_a_flow(
    office: Office, open_directory: Shown, logbook: Logbook, name: str
) -> None:
    # On one of the two, katalog must ask.
    await office.pbx.tell_presentations(office.pbx.version != "16")
    truth = Truth(office.observer)

    async def at(checkpoint: Checkpoint) -> None:
        # Asterisk first: then what is shown can no longer be excused by a call that is still on its way.
        await truth.agrees(checkpoint)
        await open_directory.agrees(checkpoint)

    await play(name, office, at)
    assert await open_directory.is_empty()
    await logbook.agrees()


async def test_readers_see_a_mixture_of_flows(
    office: Office, open_directory: Shown, logbook: Logbook, request: pytest.FixtureRequest
) -> None:
    # Who has to ask may come too late for a call that is over within some milliseconds.
    await office.pbx.tell_presentations(True)
    mixture = Mixture(office)
    truth = Truth(office.observer)

    async def at(checkpoint: Checkpoint) -> None:
        await truth.agrees(checkpoint)
        await open_directory.agrees(checkpoint)

    if request.config.getoption("--long"):
        await mixture.run(at, flows=2000)
    else:
        await mixture.run(at, seconds=30)
    print(mixture)
    assert mixture.quiet_points
    assert await open_directory.is_empty()
    await logbook.agrees()


@pytest.mark.alone
async def test_a_call_is_ringing_up_and_gone_within_100_ms(office: Office, open_directory: Shown) -> None:
    """From when Asterisk has it, asked as fast as can be, until readers see it."""
    truth = Truth(office.observer)
    slowest = 0.0

    async def at(checkpoint: Checkpoint) -> None:
        nonlocal slowest
        await truth.agrees(checkpoint)
        begun = time.monotonic()
        await open_directory.agrees(checkpoint)
        slowest = max(slowest, time.monotonic() - begun)

    for _ in range(5):
        await play("inbound", office, at)
    assert slowest < 0.1
