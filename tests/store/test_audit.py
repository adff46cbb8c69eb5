"""The audit trail in every database: what is found of it by which index, and what older ones are given."""

import importlib
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from katalog.domain.identifier import new_id
from katalog.store import audit, organisations, tables
from katalog.store.database import Actor, Database

NEWEST = audit.Wanted
MANY = 6_000


async def fill(database: Database, organisation: str) -> None:
    rows = [
        {
            "id": new_id(number), "organisation_id": organisation, "at": float(number), "actor": f"a{number % 3}",
            "origin": "tests", "action": "entry.changed" if number % 500 else "choice.added",
            "subject": str(number % 1000), "details": "{}", "revision": number,
        }
        for number in range(MANY)
    ]  # fmt: skip
    async with database.engine.begin() as connection:
        await connection.execute(insert(tables.audit), rows)
        await connection.exec_driver_sql("ANALYZE")


@pytest.mark.parametrize(
    ("wanted", "first"),
    [
        (NEWEST(), MANY - 1),
        (NEWEST(actor="a0"), MANY - 3),
        (NEWEST(subject="17"), 5_017),
        (NEWEST(actions=("choice.",)), 5_500),
        (NEWEST(actions=("entry.changed",)), MANY - 1),
        (NEWEST(actions=("entry.", "choice.added")), MANY - 1),
        (NEWEST(actor="a0", actions=("entry.",)), MANY - 3),
        (NEWEST(subject="500", actions=("choice.",), until=4_000.0), 3_500),
        (NEWEST(since=10.0, until=100.0), 99),
    ],
)
async def test_a_page_is_read_by_an_index(database: Database, wanted: audit.Wanted, first: int) -> None:
    organisation = (await organisations.default(database, "Exempel AB")).id
    await fill(database, organisation)
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, ___: object, ____: object) -> None:
        asked.append((statement, parameters))

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    async with database.read() as connection:
        records = await audit.page(connection, organisation, wanted, limit=3)
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)
    assert records[0].at == float(first)
    assert [each.at for each in records] == sorted((each.at for each in records), reverse=True)
    if not database.is_sqlite:
        return
    async with database.read() as connection:
        for statement, parameters in asked:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row.detail for row in plan]
            # Whole passes there are only over what is a page at most.
            assert not [step for step in steps if step.startswith("SCAN audit")], steps
            assert all("USING" in step for step in steps if "audit" in step), steps


async def test_what_imports_of_before_did_is_known_from_who_did_it(database: Database) -> None:
    organisation = (await organisations.default(database, "Exempel AB")).id
    lines = [
        ("root", "katalog import a.csv", "entry.added", "1"),
        ("anna", "basic", "entry.added", "2"),
        ("root", "katalog import a.csv", "import.applied", "a.csv"),
        ("root", "katalog import a.csv", "entry.changed", "1"),
        ("root", "katalog import a.csv", "account.disabled", "x"),
        ("root", "katalog import a.csv", "entry.removed", "3"),
        ("root", "katalog import a.csv", "import.applied", "a.csv"),
        ("anna", "basic", "entry.changed", "2"),
    ]
    rows = [
        {
            "id": new_id(number), "organisation_id": organisation, "at": float(number), "actor": actor,
            "origin": origin, "action": action, "subject": subject, "details": "{}", "revision": None,
        }
        for number, (actor, origin, action, subject) in enumerate(lines)
    ]  # fmt: skip
    async with database.engine.begin() as connection:
        await connection.execute(insert(tables.audit), rows)
        await connection.run_sync(_bring_up)
        found = await connection.execute(select(tables.audit.c.revision).order_by(tables.audit.c.at))
        assert list(found.scalars()) == [-1, None, -1, -2, None, -2, -2, None]
    async with database.read() as connection:
        applied = await audit.applied_in(connection, organisation, -2)
        assert applied is not None
        done = await audit.done_in(connection, organisation, -2, limit=10)
        assert [(each.action, each.subject) for each in done] == [("entry.changed", "1"), ("entry.removed", "3")]


def _bring_up(connection: Connection) -> None:
    """As the migration does."""
    importlib.import_module("katalog.store.migrations.versions.0008_audit")._mark_imports(connection)


async def test_lines_of_one_moment_stay_in_their_order(database: Database) -> None:
    organisation = (await organisations.default(database, "Exempel AB")).id
    subjects: list[tuple[str, dict[str, Any]]] = [(str(number), {}) for number in range(500)]
    async with database.write(organisation, Actor("test", "tests")) as change:
        await audit.record_many(change, "entry.added", subjects)
    async with database.read() as connection:
        found = await audit.done_in(connection, organisation, change.revision, limit=1000)
        assert [(each.subject, each.details) for each in found] == subjects
        after = await audit.done_in(connection, organisation, change.revision, limit=2, after=found[10].id)
    assert [each.subject for each in after] == ["11", "12"]
