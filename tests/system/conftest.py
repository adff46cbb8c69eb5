"""The real parts of the system tests: had, or the test fails (CI) or is skipped with a visible reason."""

import os
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.system.asterisk.root import NoAsterisk, find
from tests.system.browser import chromium
from tests.system.chromium import NoChromium
from tests.system.office import Office


def missing(reason: str) -> NoReturn:
    """A part that cannot be had is a failure where CI is set, and said elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need_asterisk(version: str) -> None:
    try:
        find(version)
    except NoAsterisk as error:
        missing(str(error))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["22", "16"])
async def open_office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """One Asterisk of each version for all tests of a file."""
    need_asterisk(request.param)
    async with Office(request.param) as office:
        yield office


@pytest_asyncio.fixture(loop_scope="module")
async def office(open_office: Office) -> AsyncIterator[Office]:
    """As the test before has left it, even one that failed: without a call."""
    yield open_office
    await open_office.reset()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """A real Chromium; each person in it has nothing of another's."""
    try:
        async with chromium() as opened:
            yield opened
    except NoChromium as error:
        missing(str(error))
