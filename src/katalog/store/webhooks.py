"""Webhooks: whom an organisation tells of what."""

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.wanted import Wanted
from katalog.domain.webhook import Health, Topic, Webhook
from katalog.store import audit, tables
from katalog.store.database import Change

_table = tables.webhook
_topics = msgspec.json.Decoder(tuple[Topic, ...])
_health = msgspec.json.Decoder(Health)
_encode = msgspec.json.encode


async def select_where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Webhook]:
    """In the order in which they were made."""
    rows = await connection.execute(select(_table).where(condition).order_by(_table.c.id))
    return [
        Webhook(
            row.id,
            row.url,
            _topics.decode(row.events),
            Wanted(row.extension, row.department, row.keyword),
            row.secret,
            row.created,
            row.former,
            row.former_until,
            _health.decode(row.health),
            row.revision,
        )
        for row in rows
    ]


async def all_of(connection: AsyncConnection, organisation: str) -> list[Webhook]:
    return await select_where(connection, _table.c.organisation_id == organisation)


async def get(connection: AsyncConnection, organisation: str, id_: str) -> Webhook | None:
    mine = (_table.c.organisation_id == organisation) & (_table.c.id == id_)
    found = await select_where(connection, mine)
    return found[0] if found else None


async def stamp(connection: AsyncConnection) -> dict[str, tuple[int, int]]:
    """Organisation → number of its webhooks and their highest revision: differs whenever any of them does."""
    columns = _table.c.organisation_id, func.count(), func.max(_table.c.revision)
    rows = await connection.execute(select(*columns).group_by(_table.c.organisation_id))
    return {organisation: (count, revision) for organisation, count, revision in rows}


async def add(change: Change, webhook: Webhook) -> Webhook:
    webhook = msgspec.structs.replace(webhook, revision=change.revision)
    await change.connection.execute(
        insert(_table), [{"id": webhook.id, "organisation_id": change.organisation, **_row(webhook)}]
    )
    await audit.record(change, "webhook.added", webhook.id, {"events": list(webhook.events)})
    return webhook


async def put(change: Change, webhook: Webhook, action: str, details: Mapping[str, Any]) -> Webhook:
    """In the place of the one with its id. `details` hold nothing of the address, nor of a secret."""
    webhook = msgspec.structs.replace(webhook, revision=change.revision)
    await change.connection.execute(update(_table).where(_table.c.id == webhook.id).values(_row(webhook)))
    await audit.record(change, action, webhook.id, dict(details))
    return webhook


async def remove(change: Change, webhook: Webhook) -> None:
    """And all of its deliveries."""
    await change.connection.execute(delete(_table).where(_table.c.id == webhook.id))
    await change.connection.execute(delete(tables.delivery).where(tables.delivery.c.webhook_id == webhook.id))
    await audit.record(change, "webhook.removed", webhook.id)


async def write_health(connection: AsyncConnection, health: Mapping[str, tuple[int, Health]]) -> None:
    """By webhook: its health, and the revision that it is known by; who has changed it since has decided."""
    for id_, (revision, state) in health.items():
        mine = (_table.c.id == id_) & (_table.c.revision == revision)
        await connection.execute(update(_table).where(mine).values(health=_encode(state).decode()))


def _row(webhook: Webhook) -> dict[str, Any]:
    return {
        "revision": webhook.revision, "url": webhook.url, "secret": webhook.secret, "former": webhook.former,
        "former_until": webhook.former_until, "events": _encode(webhook.events).decode(),
        "extension": webhook.wanted.extension, "department": webhook.wanted.department,
        "keyword": webhook.wanted.keyword, "created": webhook.created, "health": _encode(webhook.health).decode(),
    }  # fmt: skip
