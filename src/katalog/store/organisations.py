"""Organisations. One is made by default and takes its name from the settings."""

import msgspec
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.identifier import new_id
from katalog.store import catalogue, tables
from katalog.store.database import Database


class OrganisationRow(msgspec.Struct, frozen=True):
    id: str
    name: str
    revision: int
    generation: str


async def all_of(connection: AsyncConnection) -> list[OrganisationRow]:
    """Every organisation, the oldest (the default one) first."""
    table = tables.organisation
    rows = await connection.execute(
        select(table.c.id, table.c.name, table.c.revision, table.c.generation).order_by(table.c.id)
    )
    return [OrganisationRow(*row) for row in rows]


async def add(database: Database, name: str) -> OrganisationRow:
    row = OrganisationRow(new_id(), name, 0, new_id())
    async with database.engine.begin() as connection:
        await connection.execute(insert(tables.organisation), [msgspec.to_builtins(row)])
        await catalogue.found(connection, row.id, row.revision)
    return row


async def default(database: Database, name: str) -> OrganisationRow:
    """The first organisation, made if there is none, renamed if the settings say so."""
    async with database.read() as connection:
        found = await all_of(connection)
    if not found:
        return await add(database, name)
    first = found[0]
    await _found_missing(database, found)
    if first.name != name:
        async with database.engine.begin() as connection:
            table = tables.organisation
            await connection.execute(update(table).where(table.c.id == first.id).values(name=name))
    return first


async def _found_missing(database: Database, organisations: list[OrganisationRow]) -> None:
    """Those that are older than the catalogue get one."""
    table = tables.choice
    async with database.read() as connection:
        having = set((await connection.execute(select(table.c.organisation_id).distinct())).scalars())
    for organisation in organisations:
        if organisation.id not in having:
            async with database.engine.begin() as connection:
                await catalogue.found(connection, organisation.id, organisation.revision)
