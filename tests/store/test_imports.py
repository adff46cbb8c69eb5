"""Imports into every database: whose row is whose, what is written, and that it is all or nothing."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from katalog.domain.account import Role
from katalog.domain.entry import Entry, Kind
from katalog.domain.identifier import new_id
from katalog.domain.row import Rejection, Row
from katalog.errors import Conflict, SourceError
from katalog.store import accounts, audit, changes, entries, imports, organisations, staging, tables
from katalog.store.database import Actor, Database
from katalog.store.imports import Counts
from katalog.store.matching import match

ACTOR = Actor("anna", "katalog import people.csv")
BAD = Rejection(0, "mobil", "x", "är inget nummer", "is no number")


class Directory:
    """One organisation in a database, and what the tests do to it."""

    def __init__(self, database: Database, organisation: str) -> None:
        self.database = database
        self.organisation = organisation

    async def add(self, extension: str, name: str, **fields: Any) -> Entry:
        async with self.database.write(self.organisation, ACTOR) as change:
            return await entries.add(change, Entry(new_id(), extension, name, **fields))

    async def bring(self, *rows: dict[str, Any] | Row, prune: bool = False, force: bool = False) -> Counts:
        """Imports a file of these rows, the first in line 2."""
        async with staging.staged(self.database, numbered(rows)) as session:
            async with self.database.write(self.organisation, ACTOR, session=session) as change:
                counts = await imports.apply(change, source="people.csv", prune=prune, force=force)
            self.rejections = [rejection async for rejection in staging.rejections(session)]
        return counts

    async def entries(self) -> list[Entry]:
        async with self.database.read() as connection:
            return [entry async for chunk in entries.stream(connection, self.organisation) for entry in chunk]

    async def names(self) -> dict[str, str]:
        """By id."""
        return {entry.id: f"{entry.extension} {entry.name}" for entry in await self.entries()}

    async def revision(self) -> int:
        async with self.database.read() as connection:
            return (await changes.revisions(connection))[self.organisation][0]

    async def audit(self) -> list[audit.AuditRecord]:
        async with self.database.read() as connection:
            return (await audit.page(connection, self.organisation, limit=100))[::-1]


def numbered(rows: Iterable[dict[str, Any] | Row]) -> Iterator[Row]:
    for line, row in enumerate(rows, 2):
        yield row if isinstance(row, Row) else Row(line, row)


def person(extension: str, name: str, id_: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"extension": extension, "name": name, **fields, **({} if id_ is None else {"source_id": id_})}


def bad(line: int, **values: Any) -> Row:
    return Row(line, values, (msgspec.structs.replace(BAD, line=line),))


@pytest.fixture
async def directory(database: Database) -> Directory:
    organisation = await organisations.default(database, "Exempel AB")
    return Directory(database, organisation.id)


async def test_every_field_is_kept_and_the_trail_tells_it(directory: Directory) -> None:
    fields: dict[str, Any] = {
        "email": "a@b.se", "mobile": "070", "keywords": ("ett", "två"), "kind": Kind.ROOM, "title": "Vd",
        "department": "Å", "location": "Malmö", "numbers": ("08-1",), "devices": ("PJSIP/1",), "hidden": True,
    }  # fmt: skip
    assert await directory.bring(person("101", "Åsa\nÖ", "k1", **fields)) == Counts(1, 0, 0, 0, 0)
    (entry,) = await directory.entries()
    assert entry == Entry(entry.id, "101", "Åsa\nÖ", source_id="k1", revision=1, **fields)
    added, applied = await directory.audit()
    assert (added.action, added.subject, added.details["title"]) == ("entry.added", entry.id, [None, "Vd"])
    assert (applied.action, applied.subject, applied.actor) == ("import.applied", "people.csv", "anna")
    assert applied.details == {"added": 1, "changed": 0, "unchanged": 0, "removed": 0, "rejected": 0}


async def test_only_what_differs_is_written(directory: Directory) -> None:
    await directory.bring(person("1", "A", title="x", email="a@b"), person("2", "B", title="x", email="b@b"))
    before = await directory.entries()
    # `email` is not in the file, an empty `title` clears.
    assert await directory.bring(person("1", "A", title="x"), person("2", "B", title="")) == Counts(0, 1, 1, 0, 0)
    same, other = await directory.entries()
    assert same == before[0]
    assert (other.title, other.email, other.revision) == ("", "b@b", 2)
    assert [(record.action, record.details) for record in (await directory.audit())[3:4]] == [
        ("entry.changed", {"title": ["x", ""]})
    ]


async def test_importing_an_export_changes_nothing(directory: Directory) -> None:
    """Not even of namesakes whom nothing but their order tells apart."""
    for number in range(3):
        await directory.add("100", "Vakten", title=str(number))
        await directory.add("100", "Vakten", title=str(number), source_id=f"k{number}")
        await directory.add("100", f"Vakten {number}", email="vakt@b.se", keywords=("å", "ä"))
    before = await directory.entries()
    exported = [{field: getattr(entry, field) for field in staging.FIELDS} for entry in before]
    assert await directory.bring(*exported, prune=True) == Counts(0, 0, 9, 0, 0)
    assert await directory.entries() == before


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (person("9", "Nytt namn", "k1"), "the id, whatever else has changed"),
        (person("101", "Anna Ek", title="Vd"), "extension and name"),
        (person("101", "Anna Ek", "k9"), "extension and name, when the source has changed its ids"),
        (person("9", "Anna Ekh", email="ANNA@b.se"), "an e-mail that nobody else has"),
        (person("101", "Ana Ek", email="ana@b.se"), "an extension that nobody else has"),
    ],
)
async def test_a_row_is_the_person_with(directory: Directory, row: dict[str, Any], why: str) -> None:
    anna = await directory.add("101", "Anna Ek", email="anna@b.se", source_id="k1")
    await directory.add("102", "Bo Al", email="bo@b.se", source_id="k2")
    counts = await directory.bring(row, person("103", "Cia", "k3", email="c@b.se"))
    assert counts == Counts(1, 1, 0, 0, 0), why
    assert (await directory.names())[anna.id] == f"{row['extension']} {row['name']}"


async def test_a_number_that_is_shared_makes_nobody_the_same(directory: Directory) -> None:
    for name in ("Anna", "Bo"):
        await directory.add("100", name, email="info@b.se")
    await directory.add("200", "Cia", email="c@b.se")
    counts = await directory.bring(
        person("100", "Dan", email="info@b.se"), person("200", "Eva", email=""), person("200", "Fia", email="")
    )
    assert counts == Counts(3, 0, 0, 0, 0)


async def test_people_who_change_rooms_stay_who_they_are(directory: Directory) -> None:
    anna = await directory.add("101", "Anna", email="anna@b.se")
    bo = await directory.add("102", "Bo", email="bo@b.se")
    await directory.bring(person("102", "Anna", email="anna@b.se"), person("101", "Bo", email="bo@b.se"))
    assert await directory.names() == {anna.id: "102 Anna", bo.id: "101 Bo"}


async def test_whoever_gets_a_number_after_another_is_not_the_other(directory: Directory) -> None:
    """Or the successor would have the account of the one who has left."""
    anna = await directory.add("101", "Anna", email="växel@b.se", source_id="k1")
    assert await directory.bring(person("101", "Bo", "k2", email="växel@b.se")) == Counts(1, 0, 0, 0, 0)
    assert (await directory.names())[anna.id] == "101 Anna"


async def test_the_same_person_twice_in_a_file_is_taken_once(directory: Directory) -> None:
    rows = [
        person("1", "A", "k1"),
        person("2", "B", "k1"),
        person("3", "C", ""),
        person("3", "C", "", title="x"),
        person("4", "D", "k4"),
        person("4", "D", "k5"),
    ]
    assert await directory.bring(*rows) == Counts(4, 0, 0, 0, 2)
    wanted = [
        (3, "id", "k1", "är redan id på rad 2", "is already the id in line 2"),
        (5, "extension", "3", "'C' med den anknytningen finns redan på rad 4; ge båda ett id om de är två",
         "'C' with this extension is already in line 4; give both an id if they are two"),
    ]  # fmt: skip
    assert directory.rejections == [Rejection(*fields) for fields in wanted]
    assert await directory.bring(*rows) == Counts(0, 0, 4, 0, 2)


async def test_rows_with_faults_are_told_and_the_others_taken(directory: Directory) -> None:
    assert await directory.bring(person("1", "A"), bad(3, extension="2"), person("3", "C")) == Counts(2, 0, 0, 0, 1)
    assert directory.rejections == [msgspec.structs.replace(BAD, line=3)]
    assert set((await directory.names()).values()) == {"1 A", "3 C"}


async def test_a_value_that_no_database_takes_can_still_be_told(directory: Directory) -> None:
    told = Rejection(2, "namn", "\0\udce5😀", "är ingen text", "is no text")
    await directory.bring(Row(2, {}, (told,)))
    assert directory.rejections == [told]


@pytest.mark.parametrize(
    "values", [{"source_id": "k1"}, {"extension": "101"}, {"name": "Anna"}, {"email": "anna@b.se"}]
)
async def test_whose_row_has_a_fault_is_neither_removed_nor_given_away(
    directory: Directory, values: dict[str, Any]
) -> None:
    anna = await directory.add("101", "Anna", email="anna@b.se", source_id="k1")
    bo = await directory.add("102", "Bo")
    assert await directory.bring(bad(2, **values), prune=True, force=True) == Counts(0, 0, 0, 1, 1)
    assert await directory.names() == {anna.id: "101 Anna"}
    assert bo.id not in await directory.names()


async def test_prune_removes_and_shuts_out(directory: Directory) -> None:
    people = [await directory.add(str(number), "X") for number in range(10)]
    async with directory.database.write(directory.organisation, ACTOR) as change:
        await accounts.add(change, "nio", entry=people[9].id, role=Role.USER, password="")
    rows = [person(str(number), "X") for number in range(8)]
    assert await directory.bring(*rows) == Counts(0, 0, 8, 0, 0)
    assert await directory.bring(*rows, prune=True) == Counts(0, 0, 8, 2, 0)
    assert set(await directory.names()) == {entry.id for entry in people[:8]}
    async with directory.database.read() as connection:
        (account,) = await accounts.all_of(connection, directory.organisation)
        gone = (await changes.since(connection, directory.organisation, 12, 99)).removed
    assert account.disabled
    assert account.entry is None
    assert gone == [("entry", entry.id) for entry in people[8:]]


async def test_prune_refuses_to_remove_more_than_a_fifth(directory: Directory) -> None:
    for number in range(10):
        await directory.add(str(number), "X")
    before = (await directory.entries(), await directory.revision(), len(await directory.audit()))
    rows = [person(str(number), "X", title="new") for number in range(7)]
    with pytest.raises(Conflict, match="3 of 10 entries are not in the file; more than 20% are removed only with"):
        await directory.bring(*rows, prune=True)
    assert (await directory.entries(), await directory.revision(), len(await directory.audit())) == before
    assert await directory.bring(*rows, prune=True, force=True) == Counts(0, 7, 0, 3, 0)


async def test_a_preview_tells_the_same_and_writes_nothing(directory: Directory) -> None:
    anna = await directory.add("101", "Anna", title="x")
    bo = await directory.add("102", "Bo")
    before = (await directory.revision(), len(await directory.audit()))
    rows = [person("101", "Anna", title="y"), person("103", "Cia")]
    async with staging.staged(directory.database, numbered(rows)) as session, session.begin():
        await match(session, directory.organisation)
        assert await imports.count(session, directory.organisation, prune=True) == Counts(1, 1, 0, 1, 0)
        found = [pair async for chunk in imports.differences(session) for pair in chunk]
        missing = [entry async for chunk in imports.missing_entries(session, directory.organisation) for entry in chunk]
    assert [(old.title if old else None, new.title) for old, new in found] == [("x", "y"), (None, "")]
    assert missing == [bo]
    assert await directory.entries() == [anna, bo]
    assert (await directory.revision(), len(await directory.audit())) == before


async def test_what_fails_in_the_middle_leaves_nothing(directory: Directory) -> None:
    await directory.add("101", "Anna")
    before = (await directory.entries(), await directory.revision(), await directory.audit())
    with pytest.raises(RuntimeError):
        async with (
            staging.staged(directory.database, numbered([person("1", "A")])) as session,
            directory.database.write(directory.organisation, ACTOR, session=session) as change,
        ):
            await imports.apply(change, source="people.csv")
            raise RuntimeError
    with pytest.raises(SourceError):
        await directory.bring(*_broken())
    assert (await directory.entries(), await directory.revision(), await directory.audit()) == before
    # And the connection is as good as new.
    assert await directory.bring(person("1", "A")) == Counts(1, 0, 0, 0, 0)


def _broken() -> Iterator[dict[str, Any]]:
    for number in range(2500):
        yield person(str(number), "X")
    raise SourceError("ett citattecken stängs inte", "a quotation mark is not closed")


async def test_others_write_while_rows_are_read(directory: Directory) -> None:
    """Reading a file locks nobody out, and what was written meanwhile is not undone."""
    anna = await directory.add("101", "Anna", title="x")
    async with staging.staged(directory.database, numbered([person("101", "Anna", mobile="070")])) as session:
        async with directory.database.write(directory.organisation, ACTOR) as change:
            await entries.replace(change, anna, Entry(anna.id, "101", "Anna", title="y"))
        async with directory.database.write(directory.organisation, ACTOR, session=session) as change:
            await imports.apply(change, source="people.csv")
    (entry,) = await directory.entries()
    assert (entry.title, entry.mobile) == ("y", "070")


async def test_another_organisation_is_not_touched(directory: Directory) -> None:
    other = Directory(directory.database, (await organisations.add(directory.database, "Andra AB")).id)
    theirs = await other.add("101", "Anna", email="a@b.se", source_id="k1")
    await directory.add("102", "Bo")
    counts = await directory.bring(person("101", "Anna", "k1", email="a@b.se"), prune=True, force=True)
    assert counts == Counts(1, 0, 0, 1, 0)
    assert await other.entries() == [theirs]


async def test_no_temporary_table_is_left(directory: Directory) -> None:
    await directory.bring(person("1", "A"))
    async with directory.database.session() as session:
        for table in (staging.row, staging.rejection):
            with pytest.raises(Exception, match=r"no such table|does not exist"):
                await session.execute(select(table))
            await session.rollback()
    assert "import_row" not in tables.metadata.tables


async def test_a_thousand_namesakes_take_no_time(directory: Directory) -> None:
    """Questions to whole tables, none of which looks at every pair."""
    rows = [person("100", "Samma", email="") for _ in range(5000)]
    assert await directory.bring(*rows) == Counts(1, 0, 0, 0, 4999)
    assert len(directory.rejections) == 4999
