"""What is new since a revision: how a running server follows what commands and other servers wrote."""

import msgspec
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.absence import Absence
from katalog.domain.account import Account, Token
from katalog.domain.catalogue import Choice
from katalog.domain.entry import Entry
from katalog.domain.feed import Feed
from katalog.domain.presence import Hand
from katalog.store import absences, accounts, calendars, catalogue, entries, hands, tables, tokens
from katalog.store.database import Database

KEPT_REMOVALS = 100_000
"""Word of removed rows is kept for so many revisions; a server that far behind reads everything again."""


class Changes(msgspec.Struct, frozen=True):
    """Everything of one organisation that changed after a revision, as of `revision`."""

    revision: int
    entries: list[Entry]
    accounts: list[Account]
    tokens: list[Token]
    hands: list[Hand]
    absences: list[Absence]
    feeds: list[Feed]
    choices: list[Choice]  # the whole catalogue if anything in it is another, else none
    removed: list[tuple[str, str]]  # (noun, id)


async def revisions(connection: AsyncConnection) -> dict[str, tuple[int, str]]:
    """Organisation → (revision, generation): the one cheap question that is asked several times a second."""
    table = tables.organisation
    rows = await connection.execute(select(table.c.id, table.c.revision, table.c.generation))
    return {row.id: (row.revision, row.generation) for row in rows}


async def since(connection: AsyncConnection, organisation: str, revision: int, until: int) -> Changes:
    def newer(noun: str) -> ColumnElement[bool]:
        table = tables.metadata.tables[noun]
        return (table.c.organisation_id == organisation) & (table.c.revision > revision)

    changed = await connection.execute(entries.query(organisation).where(tables.entry.c.revision > revision))
    removed = await connection.execute(select(tables.removed.c.noun, tables.removed.c.id).where(newer("removed")))
    return Changes(
        until,
        [entries.from_row(row) for row in changed],
        await accounts.select_where(connection, newer("account")),
        await tokens.select_where(connection, newer("token")),
        await hands.select_where(connection, newer("hand")),
        await absences.select_where(connection, newer("absence")),
        await calendars.select_where(connection, newer("calendar")),
        await _catalogue(connection, organisation, newer("choice")),
        [(noun, id_) for noun, id_ in removed],
    )


async def _catalogue(connection: AsyncConnection, organisation: str, newer: ColumnElement[bool]) -> list[Choice]:
    if (await connection.execute(select(tables.choice.c.id).where(newer).limit(1))).first() is None:
        return []
    return await catalogue.all_of(connection, organisation)


async def purge(database: Database, organisation: str, revision: int) -> None:
    table = tables.removed
    async with database.engine.begin() as connection:
        await connection.execute(
            delete(table).where(
                (table.c.organisation_id == organisation) & (table.c.revision < revision - KEPT_REMOVALS)
            )
        )
