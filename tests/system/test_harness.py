"""The harness itself: at every checkpoint of every flow Asterisk has the calls that the flow says it has.

What katalog makes of them is not looked at here, so that a difference there is katalog's and not the flow's.
"""

import pytest

from tests.system.checkpoint import Checkpoint
from tests.system.flows import FLOWS, play
from tests.system.mixture import Mixture
from tests.system.office import Office
from tests.system.truth import Truth

pytestmark = [pytest.mark.system, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("name", FLOWS)
async def test_asterisk_has_what_a_flow_says(office: Office, name: str) -> None:
    truth = Truth(office.observer)
    passed: list[Checkpoint] = []

    async def at(checkpoint: Checkpoint) -> None:
        await truth.agrees(checkpoint)
        passed.append(checkpoint)

    await play(name, office, at)

    assert passed, "a flow without a checkpoint says nothing"
    assert len({checkpoint.name for checkpoint in passed}) == len(passed), "captures find them by their names"
    assert passed[-1].name == "gone"
    assert not any(passed[-1].lines.values())
    await office.empty()


async def test_flows_do_not_disturb_each_other(office: Office) -> None:
    mixture = Mixture(office)
    truth = Truth(office.observer)

    await mixture.run(truth.agrees, flows=40)

    assert mixture.quiet_points
    await office.empty()
