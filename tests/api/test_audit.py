"""The audit trail, filtered: by thing, action, actor and time, all together, a page at a time."""

from typing import Any

import pytest

from katalog.domain.account import Role
from katalog.store import audit
from katalog.store.database import Actor
from tests.installation import Installation, bearer

NOON = 1_790_000_000.0  # 2026-09-21 16:13:20 in Stockholm
DAY = 86_400.0
Headers = dict[str, str]


@pytest.fixture
async def admin(installation: Installation) -> Headers:
    """With a trail of three days, of two people."""
    headers = bearer(await installation.add_token(await installation.add_account("chefen", role=Role.ADMIN)))
    for actor, action, subject, at in (
        ("anna", "entry.added", "1", NOON),
        ("anna", "entry.changed", "1", NOON + 1),
        ("bo", "entry.changed", "2", NOON + DAY),
        ("bo", "choice.changed", "2", NOON + DAY + 1),
        ("anna", "entry.changed", "1", NOON + 2 * DAY),
    ):
        async with installation.app.database.write(installation.organisation, Actor(actor, "tests")) as change:
            await audit.record(change, action, subject, {}, at=at)
    return headers


async def found(installation: Installation, headers: Headers, **query: Any) -> list[tuple[str, str, str]]:
    """(actor, action, subject) of every page."""
    lines: list[tuple[str, str, str]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = await installation.client.get("/api/audit", params=query | {"cursor": cursor}, headers=headers)
        assert answer.status_code == 200, answer.text
        lines += [(row["actor"], row["action"], row["subject"]) for row in answer.json()["audit"]]
        cursor = answer.json()["next"]
    return lines


ALL = [
    ("anna", "entry.changed", "1"), ("bo", "choice.changed", "2"), ("bo", "entry.changed", "2"),
    ("anna", "entry.changed", "1"), ("anna", "entry.added", "1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"from": "2026-09-21", "to": "2026-09-23"}, [0, 1, 2, 3, 4]),
        ({"action": "entry.changed", "to": "2026-09-23"}, [0, 2, 3]),
        ({"action": "entry.", "to": "2026-09-23"}, [0, 2, 3, 4]),
        ({"action": "entry"}, []),
        ({"action": "webhook."}, []),
        ({"actor": "bo"}, [1, 2]),
        ({"actor": "b"}, []),
        ({"actor": "anna", "action": "entry.changed"}, [0, 3]),
        ({"actor": "bo", "action": "choice."}, [1]),
        ({"subject": "1", "action": "entry.", "to": "2026-09-21"}, [3, 4]),
        ({"from": "2026-09-22", "to": "2026-09-22"}, [1, 2]),
        ({"from": "2026-09-21T16:13:21+02:00", "to": "2026-09-22T16:13:21+02:00"}, [2, 3]),
        ({"subject": "1", "actor": "anna", "action": "entry.changed", "from": "2026-09-23", "to": "2026-09-23"}, [0]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_all_that_is_asked_for_holds_together(
    installation: Installation, admin: Headers, query: dict[str, str], wanted: list[int], limit: int
) -> None:
    lines = await found(installation, admin, **query, limit=limit)
    assert lines == [ALL[index] for index in wanted]


async def test_a_line_that_is_written_late_stands_where_it_was_done(installation: Installation, admin: Headers) -> None:
    async with installation.app.database.write(installation.organisation, Actor("anna", "tests")) as change:
        await audit.record(change, "dial.placed", "1", {}, at=NOON + 2)
    actions = [action for _, action, _ in await found(installation, admin, subject="1")]
    assert actions == ["entry.changed", "dial.placed", "entry.changed", "entry.added"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "igår"}, "from"), ({"to": "2026-13-01"}, "to"), ({"limit": "0"}, "limit"), ({"cursor": "x"}, "cursor"),
        ({"actor": "a\0"}, "actor"), ({"action": "\n\x00"}, "action"), ({"subject": "\x00x"}, "subject"),
    ],
)  # fmt: skip
async def test_what_is_no_good_is_named(
    installation: Installation, admin: Headers, query: dict[str, str], field: str
) -> None:
    answer = await installation.client.get("/api/audit", params=query, headers=admin)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_it_is_for_admins(installation: Installation) -> None:
    other = bearer(await installation.add_token(await installation.add_account("anna", role=Role.RECEPTION)))
    assert (await installation.client.get("/api/audit?action=entry.", headers=other)).status_code == 403
