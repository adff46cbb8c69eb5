"""What is kept, on every database: transactions, the order of changes, lists by code point, backups."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text, update

from katalog.domain.absence import Absence
from katalog.domain.account import Role
from katalog.domain.catalogue import Catalogue, standard
from katalog.domain.entry import Entry, Kind
from katalog.domain.feed import Feed
from katalog.domain.identifier import new_id
from katalog.domain.presence import Hand
from katalog.errors import StoreError
from katalog.store import (
    absences,
    accounts,
    audit,
    backup,
    calendars,
    changes,
    entries,
    hands,
    organisations,
    tables,
    tokens,
)  # fmt: skip
from katalog.store.database import Actor, Database
from katalog.store.migrate import upgrade
from katalog.store.organisations import OrganisationRow
from tests.live.directories import CALENDAR

ACTOR = Actor("test", "tests")


@pytest.fixture
async def organisation(database: Database) -> OrganisationRow:
    return await organisations.default(database, "Exempel AB")


async def add(database: Database, organisation: str, *drafts: Entry) -> list[Entry]:
    async with database.write(organisation, ACTOR) as change:
        return [await entries.add(change, draft) for draft in drafts]


async def stored(database: Database, organisation: str) -> list[Entry]:
    async with database.read() as connection:
        return [entry async for chunk in entries.stream(connection, organisation, chunk=3) for entry in chunk]


async def test_an_entry_comes_back_as_it_was_kept(database: Database, organisation: OrganisationRow) -> None:
    draft = Entry(
        new_id(), "08-123 456", 'Åsa "Öst"\nBerg; 😀', "a@b.se", "+46 70", ("ett", "två, nej"), Kind.FUNCTION, "Vd",
        "Ä",
        "Malmö", ("101", "08 1"), ("PJSIP/100", "växel:SIP/å"), "källa-1", True,
    )  # fmt: skip
    (kept,) = await add(database, organisation.id, draft)
    assert await stored(database, organisation.id) == [kept]
    assert kept == msgspec.structs.replace(draft, revision=1)


async def test_lists_are_by_code_point(database: Database, organisation: OrganisationRow) -> None:
    names = ["a", "B", "Z", "Å", "Ä", "ä", "é", "z", "😀", "�", "A b", "A-b", "AB"]
    drafts = [Entry(new_id(), "1", name) for name in names] + [
        Entry(new_id(), extension, "x") for extension in ("10", "2", "+46", "08", "1 0", "1-0")
    ]
    kept = await add(database, organisation.id, *drafts)
    assert await stored(database, organisation.id) == sorted(kept, key=lambda entry: entry.key)


async def test_a_transaction_that_fails_leaves_nothing(database: Database, organisation: OrganisationRow) -> None:
    with pytest.raises(RuntimeError):
        async with database.write(organisation.id, ACTOR) as change:
            await entries.add(change, Entry(new_id(), "1", "A"))
            raise RuntimeError
    assert await stored(database, organisation.id) == []
    async with database.read() as connection:
        assert await audit.page(connection, organisation.id, limit=10) == []
        assert (await changes.revisions(connection))[organisation.id][0] == organisation.revision


async def test_rows_belong_to_an_organisation_that_exists(database: Database, organisation: OrganisationRow) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key|no row"):
        async with database.engine.begin() as connection:
            row = entries.to_row(Entry(new_id(), "1", "A")) | {"organisation_id": new_id()}
            await connection.execute(insert(tables.entry), [row])


async def test_many_writers_take_turns_and_no_revision_is_missed(
    database: Database, organisation: OrganisationRow
) -> None:
    """A follower that always asks for what is newer than it has seen, sees every change exactly once."""
    seen: dict[str, int] = {}
    done = asyncio.Event()

    async def follow() -> None:
        revision = 0
        while True:
            ended = done.is_set()
            async with database.read() as connection:
                now = (await changes.revisions(connection))[organisation.id][0]
                new = await changes.since(connection, organisation.id, revision, now)
            for entry in new.entries:
                assert revision < entry.revision <= now
                assert entry.id not in seen
                seen[entry.id] = entry.revision
            revision = now
            if ended:
                return
            await asyncio.sleep(0)

    async def write(number: int) -> None:
        for step in range(8):
            await add(database, organisation.id, Entry(new_id(), f"{number}", f"{step}"))

    follower = asyncio.create_task(follow())
    await asyncio.gather(*[write(number) for number in range(5)])
    done.set()
    await follower
    assert sorted(seen.values()) == list(range(1, 41))


async def test_writers_that_wait_leave_a_connection_to_the_one_that_writes(
    database: Database, organisation: OrganisationRow
) -> None:
    """More writers than the pool has connections, each of which looks at what is there while it holds the lock."""

    async def write_and_read(number: int) -> int:
        async with database.write(organisation.id, ACTOR) as change:
            await entries.add(change, Entry(new_id(), str(number), "A"))
            async with database.read() as connection:
                return (await changes.revisions(connection))[organisation.id][0]

    async with asyncio.timeout(20):
        seen = await asyncio.gather(*(write_and_read(number) for number in range(40)))
    assert sorted(seen) == list(range(40))


async def test_removed_is_told_and_its_account_shut(database: Database, organisation: OrganisationRow) -> None:
    (anna,) = await add(database, organisation.id, Entry(new_id(), "1", "Anna"))
    async with database.write(organisation.id, ACTOR) as change:
        account = await accounts.add(change, "anna", entry=anna.id, role=Role.USER, password="x")
    async with database.write(organisation.id, ACTOR) as change:
        await entries.remove(change, [anna])
    async with database.read() as connection:
        new = await changes.since(connection, organisation.id, account.revision, change.revision)
    assert new.removed == [("entry", anna.id)]
    assert [(shut.login, shut.disabled, shut.entry) for shut in new.accounts] == [("anna", True, None)]
    assert new.accounts[0].stamp != account.stamp


async def test_word_of_old_removals_is_thrown_away(
    database: Database, organisation: OrganisationRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "KEPT_REMOVALS", 1)
    for number in range(3):
        (entry,) = await add(database, organisation.id, Entry(new_id(), str(number), "A"))
        async with database.write(organisation.id, ACTOR) as change:
            await entries.remove(change, [entry])
    await changes.purge(database, organisation.id, change.revision)
    async with database.read() as connection:
        left = await connection.execute(select(tables.removed.c.revision))
        assert left.scalars().all() == [change.revision]


async def test_stamps_change_no_revision(database: Database, organisation: OrganisationRow) -> None:
    async with database.write(organisation.id, ACTOR) as change:
        account = await accounts.add(change, "a", entry=None, role=Role.SERVICE, password="")
        token, _ = await tokens.add(change, account, "x")
    await tokens.stamp_used(database, {token.id: 5.0, "gone": 6.0})
    async with database.read() as connection:
        (kept,) = await tokens.all_of(connection, organisation.id)
        assert (kept.used, kept.revision) == (5.0, change.revision)
        assert (await changes.revisions(connection))[organisation.id][0] == change.revision


async def test_sessions_of_a_token_are_removed_with_it(database: Database, organisation: OrganisationRow) -> None:
    async with database.write(organisation.id, ACTOR) as change:
        account = await accounts.add(change, "a", entry=None, role=Role.SERVICE, password="")
        token, _ = await tokens.add(change, account, "board", expires=9e9, read_only=True)
        other, _ = await tokens.add(change, account, "program")
        assert await tokens.begin(change, token, account, "browser") is not None
    async with database.read() as connection:
        session = (await tokens.all_of(connection, organisation.id))[-1]
    assert (session.source, session.expires, session.read_only, session.session) == (token.id, 9e9, True, True)
    async with database.write(organisation.id, ACTOR) as change:
        assert await tokens.revoke(change, token)
        assert not await tokens.revoke(change, token)
        assert await tokens.begin(change, token, account, "browser") is None
    async with database.read() as connection:
        new = await changes.since(connection, organisation.id, session.revision, change.revision)
        assert await tokens.all_of(connection, organisation.id) == [other]
    assert sorted(new.removed) == sorted([("token", token.id), ("token", session.id)])


async def test_the_migrations_make_just_the_tables(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, tables.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_newer_database_is_refused(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="newer katalog"):
        await upgrade(database)


async def test_many_upgrades_at_once_are_one(empty_database: Database) -> None:
    others = [Database(empty_database.url.render_as_string(hide_password=False)) for _ in range(4)]
    await asyncio.gather(*[upgrade(database) for database in [empty_database, *others]])
    for database in others:
        await database.close()
    async with empty_database.read() as connection:
        assert (await connection.execute(select(func.count()).select_from(tables.entry))).scalar() == 0


async def filled(database: Database) -> str:
    organisation = await organisations.default(database, "Exempel AB")
    drafts = [Entry(new_id(), f"{number:04}", f"Åsa {number}", hidden=number % 7 == 0) for number in range(2500)]
    (first, *_) = await add(database, organisation.id, *drafts)
    async with database.write(organisation.id, ACTOR) as change:
        account = await accounts.add(change, "anna", entry=first.id, role=Role.ADMIN, password="hash")
        token, _ = await tokens.add(change, account, "x", expires=1e9)
        await tokens.begin(change, token, account, "board")
        hand = Hand(first.id, "ill", 1.5, 2e9, "Vi ses")
        await hands.put(change, hand, Catalogue(standard(), "sv"), CALENDAR)
        await absences.add(change, Absence(new_id(), first.id, "ill", "2027-01-01 00:00:00", "", "", "Åter"))
        await calendars.put(change, Feed(first.id, "sealed"))
    return organisation.id


async def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what a restore must change."""
    found = {}
    async with database.read() as connection:
        for table in tables.metadata.sorted_tables:
            columns = [column for column in table.c if (table.name, column.name) not in RENEWED]
            rows = await connection.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    return found


RENEWED = {("organisation", "revision"), ("organisation", "generation")}


async def test_a_backup_restores_everything_into_any_database(
    database: Database, tmp_path: Path, empty_database: Database
) -> None:
    await filled(database)
    before = await contents(database)
    file = tmp_path / "backup.db"
    assert await backup.backup(database, file) == sum(len(rows) for rows in before.values())
    assert file.stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup.db"]
    async with database.engine.begin() as connection:
        await connection.execute(update(tables.entry).values(name="changed since"))
    await backup.restore(database, file)
    assert await contents(database) == before
    await upgrade(empty_database)
    await backup.restore(empty_database, file)
    assert await contents(empty_database) == before


async def test_after_a_restore_nothing_that_a_server_remembers_counts(database: Database, tmp_path: Path) -> None:
    organisation = await filled(database)
    await backup.backup(database, tmp_path / "b")
    async with database.read() as connection:
        before = (await changes.revisions(connection))[organisation]
    await backup.restore(database, tmp_path / "b")
    async with database.read() as connection:
        after = (await changes.revisions(connection))[organisation]
    assert after[0] > before[0]
    assert after[1] != before[1]


async def test_what_is_no_backup_is_refused_and_nothing_changed(database: Database, tmp_path: Path) -> None:
    await filled(database)
    before = await contents(database)
    wrong, empty = tmp_path / "wrong", tmp_path / "empty"
    wrong.write_text("hello")
    async with Database(f"sqlite:///{empty}") as other:
        await upgrade(other)
    for file in (tmp_path / "none", wrong, empty):
        with pytest.raises(StoreError, match=file.name):
            await backup.restore(database, file)
    assert await contents(database) == before


async def test_a_database_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none/katalog.db", "postgresql://nobody:secret@127.0.0.1:1/none"):
        async with Database(url) as database:
            with pytest.raises(StoreError) as told:
                await upgrade(database)
            assert "secret" not in str(told.value)


@pytest.fixture
async def empty_database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(f"sqlite:///{tmp_path / 'empty.db'}") as database:
        yield database
