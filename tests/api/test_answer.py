"""A long list goes out some items at a time, and is one list all the same."""

import json

import pytest

from katalog.api import answer


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
async def test_a_list_in_parts_is_one_list(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(answer, "AT_ONCE", 2)
    items = [{"number": number, "name": "Åsa"} for number in range(count)]
    sent = [part async for part in answer.streamed(items).body_iterator if isinstance(part, bytes)]
    assert json.loads(b"".join(sent)) == items
    assert len(sent) == (count + 1) // 2 + 1, "two at a time, and the end"
