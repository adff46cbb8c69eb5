from collections.abc import AsyncIterator

import pytest

from tests.connectors.asterisk.fake import FakeAsterisk, served


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAsterisk]:
    fake = FakeAsterisk()
    async with served(fake):
        yield fake
