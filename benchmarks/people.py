"""Invented people in any number, about 300 bytes each in v1."""

from collections.abc import Iterator

from sqlalchemy import insert

from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.settings import load
from katalog.store import entries, organisations, tables
from katalog.store.database import Actor, Database
from katalog.store.migrate import upgrade
from tests.serving import Serving


def people(count: int) -> Iterator[Entry]:
    for number in range(count):
        yield Entry(
            new_id(), f"08{number:07d}", f"Förnamn{number % 977} Efternamn-{number % 4999}",
            f"fornamn.efternamn.{number}@exempel.se", f"070{number:07d}",
            ("support", "stockholm", f"grupp{number % 50}"),
            title="Kundansvarig", department=f"Avdelning {number % 40}", location="Malmö",
            devices=(f"PJSIP/{number:07d}",),
        )  # fmt: skip


async def fill(serving: Serving, count: int) -> None:
    """Puts people straight into the installation's database."""
    async with Database(load(serving.config, {}).database.url) as database:
        await upgrade(database)
        organisation = await organisations.default(database, "Exempel AB")
        async with database.write(organisation.id, Actor("bench", "benchmarks")) as change:
            rows = [entries.to_row(entry) for entry in people(count)]
            for row in rows:
                row |= {"organisation_id": organisation.id, "revision": change.revision}
            await change.connection.execute(insert(tables.entry), rows)
