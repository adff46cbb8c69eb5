"""Text messages that were sent: to whom, when, and what became of them; never what they say."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.message import Message, Outcome, Reason, State
from katalog.domain.sms import Encoding
from katalog.store import tables
from katalog.store.database import Change, Database

_table = tables.message


async def add(change: Change, message: Message) -> None:
    await change.connection.execute(
        insert(_table).values(
            id=message.id, organisation_id=change.organisation, account_id=message.account, entry_id=message.entry,
            number=message.number, sender=message.sender, at=message.at, gateway=message.gateway,
            parts=message.parts, encoding=message.encoding.value, mark=message.mark, **_of(message.outcome),
        )
    )  # fmt: skip


async def settle(change: Change, id_: str, outcome: Outcome) -> None:
    await change.connection.execute(update(_table).where(_table.c.id == id_).values(**_of(outcome)))


async def get(connection: AsyncConnection, id_: str) -> Message | None:
    row = (await connection.execute(select(_table).where(_table.c.id == id_))).first()
    return None if row is None else _from_row(row)


async def same(connection: AsyncConnection, account: str, mark: str, since: float) -> Message | None:
    """The latest with this mark that has not failed, of those that were accepted since a moment."""
    accepted = (_table.c.at > since) & (_table.c.state != State.FAILED.value)
    condition = _of_account(account) & (_table.c.mark == mark) & accepted
    row = (await connection.execute(select(_table).where(condition).order_by(_table.c.at.desc()).limit(1))).first()
    return None if row is None else _from_row(row)


async def count(connection: AsyncConnection, account: str, since: float, *, failed: bool) -> int:
    """How many an account has had handed over since a moment, with those that failed or without."""
    condition = _of_account(account) & (_table.c.at > since)
    if not failed:
        condition &= _table.c.state != State.FAILED.value
    return (await connection.execute(select(func.count()).where(condition))).scalar_one()


async def unmark(connection: AsyncConnection, before: float, account: str | None = None) -> None:
    """Whether something is the same as what was accepted before a moment cannot be told any more."""
    condition = (_table.c.mark != "") & (_table.c.at < before)
    if account is not None:
        condition &= _of_account(account)
    await connection.execute(update(_table).where(condition).values(mark=""))


async def page(
    connection: AsyncConnection, organisation: str, *, limit: int, account: str | None = None, before: str | None = None
) -> Sequence[Message]:
    """The newest first, from the one made before the one with the id `before` on; of one account or of all."""
    condition: ColumnElement[bool] = _table.c.organisation_id == organisation
    if account is not None:
        condition &= _of_account(account)
    if before is not None:
        condition &= _table.c.id < before
    rows = await connection.execute(select(_table).where(condition).order_by(_table.c.id.desc()).limit(limit))
    return [_from_row(row) for row in rows]


async def purge(database: Database, before: float, *, marks: float) -> None:
    """Forgets those that were sent before a moment, and the marks of those before another."""
    async with database.aside() as connection:
        await connection.execute(delete(_table).where(_table.c.at < before))
        await unmark(connection, marks)


def _of_account(account: str) -> ColumnElement[bool]:
    return _table.c.account_id == account


def _of(outcome: Outcome) -> dict[str, str]:
    reason = outcome.reason or Reason("", "")
    return {"state": outcome.state.value, "sv": reason.sv, "en": reason.en, "reference": outcome.reference}


def _from_row(row: Row[tuple[object, ...]]) -> Message:
    reason = Reason(row.sv, row.en) if row.en else None
    return Message(
        row.id,
        row.account_id,
        row.entry_id,
        row.number,
        row.sender,
        row.at,
        row.gateway,
        row.parts,
        Encoding(row.encoding),
        row.mark,
        Outcome(State(row.state), reason, row.reference),
    )
