"""Webhooks, their queue and the ledger of what was told, on every database; and the lock of who sends."""

from pathlib import Path

import msgspec
import pytest

from katalog.domain.identifier import new_id
from katalog.domain.wanted import Wanted
from katalog.domain.webhook import Attempt, Delivery, Health, State, Topic, Webhook
from katalog.store import backup, deliveries, organisations, told, webhooks
from katalog.store.database import Actor, Database

ACTOR = Actor("test", "tests")
HOOK = Webhook(
    "1" * 36, "sealed", (Topic.CALL_ENDED, Topic.PBX_LOST), Wanted("100", "Sälj", "Malmö"), "secret", 12.5, "former",
    99.5, Health(failures=3, rest_until=7.5, sv="Nej", en="No"),
)  # fmt: skip
NOW = 2_000_000_000.0


def delivery(webhook: str = HOOK.id, **fields: object) -> Delivery:
    new = Delivery(new_id(), webhook, 1, Topic.CALL_ENDED, "100", NOW, b'{"a":1}')
    return msgspec.structs.replace(new, **fields)


async def organisation_with(database: Database, *hooks: Webhook) -> str:
    organisation = await organisations.default(database, "Test")
    async with database.write(organisation.id, ACTOR) as change:
        for hook in hooks:
            await webhooks.add(change, hook)
    return organisation.id


async def test_a_webhook_is_kept_changed_and_removed_with_what_waits(database: Database) -> None:
    organisation = await organisation_with(database, HOOK)
    async with database.read() as connection:
        (kept,) = await webhooks.all_of(connection, organisation)
        before = await webhooks.stamp(connection)
    assert kept == msgspec.structs.replace(HOOK, revision=kept.revision)
    async with database.write(organisation, ACTOR) as change:
        await webhooks.put(change, msgspec.structs.replace(kept, url="other"), "webhook.changed", {})
        await deliveries.add(change.connection, organisation, [delivery()])
    async with database.read() as connection:
        changed = await webhooks.get(connection, organisation, HOOK.id)
        assert changed is not None
        assert changed.url == "other"
        assert await webhooks.stamp(connection) != before
        assert await webhooks.get(connection, new_id(), HOOK.id) is None
        assert await deliveries.counts(connection, organisation) == {HOOK.id: 1}
    async with database.write(organisation, ACTOR) as change:
        await webhooks.remove(change, changed)
    async with database.read() as connection:
        assert await webhooks.stamp(connection) == {}
        assert await deliveries.counts(connection, organisation) == {}


async def test_its_health_is_written_unless_somebody_has_decided_meanwhile(database: Database) -> None:
    organisation = await organisation_with(database, HOOK)
    async with database.read() as connection:
        (kept,) = await webhooks.all_of(connection, organisation)
    for revision, expected in ((kept.revision - 1, HOOK.health), (kept.revision, Health(failures=4))):
        async with database.aside() as connection:
            await webhooks.write_health(connection, {HOOK.id: (revision, Health(failures=4))})
        async with database.read() as connection:
            (now,) = await webhooks.all_of(connection, organisation)
        assert now.health == expected
        assert now.revision == kept.revision


async def test_the_queue_is_read_in_its_order_and_written_as_it_goes(database: Database) -> None:
    organisation = await organisation_with(database, HOOK)
    first, second, third = [
        delivery(id=new_id(milliseconds), sequence=sequence) for milliseconds, sequence in ((1, 7), (2, 5), (3, 0))
    ]
    async with database.aside() as connection:
        await deliveries.add(connection, organisation, [first, second, third])
        attempt = Attempt(NOW, 12, 500, "Åh nej", "Fel", "Wrong", 3.0)
        failed = msgspec.structs.replace(second, due=NOW + 5, attempts=(attempt,))
        await deliveries.put(connection, [failed])
    async with database.read() as connection:
        waiting = await deliveries.waiting(connection, organisation)
        assert [each.id for each in waiting] == [third.id, second.id, first.id]
        assert {each.body for each in waiting} == {b""}
        assert [each.id for each in await deliveries.waiting(connection, organisation, new=True)] == [third.id]
        assert await deliveries.get(connection, HOOK.id, second.id) == failed
        assert await deliveries.last_sequence(connection) == 7
    hurried = msgspec.structs.replace(first, sequence=-7)
    async with database.aside() as connection:
        await deliveries.put(connection, [hurried])
    async with database.read() as connection:
        # In its place, and told to whoever sends.
        assert [each.id for each in await deliveries.waiting(connection, organisation)] == [
            third.id,
            second.id,
            first.id,
        ]
        assert {each.id for each in await deliveries.waiting(connection, organisation, new=True)} == {
            third.id,
            first.id,
        }
        assert await deliveries.last_sequence(connection) == 7
    async with database.aside() as connection:
        await deliveries.put(connection, [msgspec.structs.replace(first, state=State.DELIVERED)])
        await deliveries.drop(connection, [second.id])
    async with database.read() as connection:
        assert [each.id for each in await deliveries.waiting(connection, organisation)] == [third.id]
        everything = await deliveries.page(connection, HOOK.id, limit=10)
        assert [each.id for each in everything] == [third.id, first.id]
        assert await deliveries.page(connection, HOOK.id, limit=10, before=third.id) == everything[1:]
        assert await deliveries.page(connection, HOOK.id, limit=10, state=State.DELIVERED) == everything[1:]


async def test_what_is_over_is_forgotten_when_it_is_old_or_much(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation = await organisation_with(database, HOOK)
    monkeypatch.setattr(deliveries, "KEPT_COUNT", 2)
    old = NOW - deliveries.KEPT_SECONDS - 1
    kept = [delivery(id=new_id(milliseconds), state=State.DELIVERED) for milliseconds in range(3)]
    waiting, failed = delivery(created=0.0), delivery(state=State.FAILED, created=old)
    gone = delivery(state=State.DELIVERED, created=old)
    orphan = delivery(new_id())
    async with database.aside() as connection:
        await deliveries.add(connection, organisation, [*kept, waiting, failed, gone, orphan])
    await deliveries.purge(database, NOW)
    async with database.read() as connection:
        left = {each.id for each in await deliveries.page(connection, HOOK.id, limit=10)}
        counts = await deliveries.counts(connection, organisation)
    assert left == {kept[1].id, kept[2].id, waiting.id, failed.id}
    assert counts == {HOOK.id: 1}


async def test_the_ledger_is_kept_forgotten_and_cleared(database: Database) -> None:
    organisation = await organisation_with(database)
    many = {("entry", str(number)): b"%d" % number for number in range(3000)}
    async with database.aside() as connection:
        await told.put(connection, organisation, many)
        await told.put(connection, organisation, {("entry", "0"): b"new", ("entry", "1"): None})

    async def all_of() -> dict[tuple[str, str], bytes]:
        async with database.read() as connection:
            return dict([row async for rows in told.stream(connection, organisation) for row in rows])

    del many["entry", "1"]
    assert await all_of() == many | {("entry", "0"): b"new"}
    async with database.aside() as connection:
        await told.clear(connection, organisation)
    assert await all_of() == {}


async def test_a_restore_brings_webhooks_back_and_leaves_the_queue_as_it_is(database: Database, tmp_path: Path) -> None:
    organisation = await organisation_with(database, HOOK)
    await backup.backup(database, tmp_path / "backup.db")
    waiting = delivery()
    async with database.aside() as connection:
        await deliveries.add(connection, organisation, [waiting])
        await told.put(connection, organisation, {("entry", "1"): b"x"})
    async with database.write(organisation, ACTOR) as change:
        await webhooks.put(change, msgspec.structs.replace(HOOK, url="other"), "webhook.changed", {})
    await backup.restore(database, tmp_path / "backup.db")
    async with database.read() as connection:
        (hook,) = await webhooks.all_of(connection, organisation)
        assert hook.url == HOOK.url
        assert [each.id for each in await deliveries.waiting(connection, organisation)] == [waiting.id]
        assert [rows async for rows in told.stream(connection, organisation)] == [[(("entry", "1"), b"x")]]
