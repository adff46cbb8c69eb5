"""Every kind of call that a telephone system has, as a film that can be stopped at its quiet points.

await play("blind_transfer", office, at)      `at` is awaited with each `Checkpoint`
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from inspect import getmembers, isfunction
from types import ModuleType

from tests.system.checkpoint import Checkpoint
from tests.system.flows import calls, groups, services, transfers
from tests.system.flows.steps import Steps
from tests.system.office import Office

Flow = Callable[[Office], Steps]
At = Callable[[Checkpoint], Awaitable[None]]


def _of(module: ModuleType) -> dict[str, Flow]:
    """Each public function of one of these modules is a flow."""
    return {
        name: function
        for name, function in getmembers(module, isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


FLOWS: Mapping[str, Flow] = {**_of(calls), **_of(groups), **_of(transfers), **_of(services)}

ALONE = frozenset({"pickup_group"})
"""Flows that meddle with others' calls: not to be run beside them."""

ONE_AT_A_TIME = frozenset({"internal_long"})
"""Flows that use something of which the office has only one."""


async def play(name: str, office: Office, at: At) -> None:
    async with aclosing(FLOWS[name](office)) as steps:
        async for checkpoint in steps:
            await at(checkpoint)
