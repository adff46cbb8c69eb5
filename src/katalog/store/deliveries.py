"""The queue of webhooks: what is to be sent, and what became of what was."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ColumnElement, Row, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.webhook import Attempt, Delivery, State, Topic
from katalog.store import tables
from katalog.store.database import Database

KEPT_SECONDS = 7 * 86_400.0
"""What is over is kept for so long at most;"""

KEPT_GIVEN_UP = 30 * 86_400.0
"""what was given up, for so long;"""

KEPT_COUNT = 1_000
"""and of each webhook so many of each."""

_table = tables.delivery
_attempts = msgspec.json.Decoder(tuple[Attempt, ...])
_encode = msgspec.json.encode


async def get(connection: AsyncConnection, webhook: str, id_: str) -> Delivery | None:
    rows = await connection.execute(select(_table).where((_table.c.webhook_id == webhook) & (_table.c.id == id_)))
    row = rows.first()
    return None if row is None else _from_row(row)


async def page(
    connection: AsyncConnection, webhook: str, *, limit: int, before: str | None = None, state: State | None = None
) -> list[Delivery]:
    """The newest first, from the one made before the one with the id `before` on."""
    condition: ColumnElement[bool] = _table.c.webhook_id == webhook
    if before is not None:
        condition &= _table.c.id < before
    if state is not None:
        condition &= _table.c.state == state.value
    rows = await connection.execute(select(_table).where(condition).order_by(_table.c.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


async def waiting(connection: AsyncConnection, organisation: str, *, new: bool = False) -> list[Delivery]:
    """In the order in which they are sent, without their bodies.

    `new`: only those that are in no queue yet, or that somebody wants to be sent now.
    """
    condition = (_table.c.organisation_id == organisation) & (_table.c.state == State.WAITING.value)
    if new:
        condition &= _table.c.sequence <= 0
    columns = [column for column in _table.c if column is not _table.c.body]
    order = func.abs(_table.c.sequence), _table.c.id
    rows = await connection.execute(select(*columns).where(condition).order_by(*order))
    return [_from_row(row, b"") for row in rows]


async def counts(connection: AsyncConnection, organisation: str) -> dict[str, int]:
    """Webhook → how many wait to be sent to it."""
    condition = (_table.c.organisation_id == organisation) & (_table.c.state == State.WAITING.value)
    query = select(_table.c.webhook_id, func.count()).where(condition).group_by(_table.c.webhook_id)
    return {row[0]: row[1] for row in await connection.execute(query)}


async def body(connection: AsyncConnection, id_: str) -> bytes | None:
    found = await connection.execute(select(_table.c.body).where(_table.c.id == id_))
    row = found.first()
    return None if row is None else bytes(row.body)


async def last_sequence(connection: AsyncConnection) -> int:
    found: int | None = (await connection.execute(select(func.max(func.abs(_table.c.sequence))))).scalar()
    return found or 0


async def add(connection: AsyncConnection, organisation: str, deliveries: Sequence[Delivery]) -> None:
    values = [
        {
            "id": each.id, "organisation_id": organisation, "webhook_id": each.webhook, "sequence": each.sequence,
            "topic": each.topic.value, "subject": each.subject, "created": each.created, "body": each.body,
            "state": each.state.value, "due": each.due, "attempts": _encode(each.attempts).decode(),
        }
        for each in deliveries
    ]  # fmt: skip
    if values:
        await connection.execute(insert(_table), values)


async def put(connection: AsyncConnection, deliveries: Sequence[Delivery]) -> None:
    """How it goes with some that are there already."""
    if deliveries:
        statement = (
            update(_table)
            .where(_table.c.id == bindparam("key"))
            .values(
                sequence=bindparam("new_sequence"), state=bindparam("new_state"), due=bindparam("new_due"),
                attempts=bindparam("new_attempts"),
            )
        )  # fmt: skip
        await connection.execute(
            statement,
            [
                {
                    "key": each.id, "new_sequence": each.sequence, "new_state": each.state.value,
                    "new_due": each.due, "new_attempts": _encode(each.attempts).decode(),
                }
                for each in deliveries
            ],
        )  # fmt: skip


async def drop(connection: AsyncConnection, ids: Sequence[str]) -> None:
    if ids:
        await connection.execute(delete(_table).where(_table.c.id == bindparam("key")), [{"key": id_} for id_ in ids])


async def purge(database: Database, now: float) -> None:
    """What is over, and too old or too much; and what is of webhooks that there are no more."""
    async with database.aside() as connection:
        await connection.execute(delete(_table).where(_table.c.webhook_id.not_in(select(tables.webhook.c.id))))
        for state, seconds in ((State.DELIVERED, KEPT_SECONDS), (State.FAILED, KEPT_GIVEN_UP)):
            over = _table.c.state == state.value
            await connection.execute(delete(_table).where(over & (_table.c.created < now - seconds)))
            for webhook in (await connection.execute(select(tables.webhook.c.id))).scalars().all():
                mine = over & (_table.c.webhook_id == webhook)
                newest = select(_table.c.id).where(mine).order_by(_table.c.id.desc()).offset(KEPT_COUNT).limit(1)
                last = (await connection.execute(newest)).scalar()
                if last is not None:
                    await connection.execute(delete(_table).where(mine & (_table.c.id <= last)))


def _from_row(row: Row[tuple[object, ...]], content: bytes | None = None) -> Delivery:
    return Delivery(
        row.id,
        row.webhook_id,
        row.sequence,
        Topic(row.topic),
        row.subject,
        row.created,
        bytes(row.body) if content is None else content,
        State(row.state),
        row.due,
        _attempts.decode(row.attempts),
    )
