"""Text messages as they are kept, on every database."""

import msgspec

from katalog.domain.account import Account, Role
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.domain.message import Message, Outcome, Reason, State
from katalog.domain.sms import Encoding
from katalog.store import accounts, entries, messages, organisations
from katalog.store.database import Actor, Database

ACTOR = Actor("test", "tests")
NOW = 2_000_000_000.0


async def people(database: Database) -> tuple[str, Account, Entry]:
    """The organisation, and one account with its entry."""
    organisation = await organisations.default(database, "Test")
    async with database.write(organisation.id, ACTOR) as change:
        entry = await entries.add(change, Entry(new_id(), "101", "Anna"))
        account = await accounts.add(change, "anna", entry=entry.id, role=Role.USER, password="")
    return organisation.id, account, entry


def message(account: Account, entry: Entry | None = None, **fields: object) -> Message:
    new = Message(
        new_id(), account.id, entry.id if entry is not None else None, "0701740606", "101", NOW, "http", 2,
        Encoding.UCS2, "mark",
    )  # fmt: skip
    return msgspec.structs.replace(new, **fields)


async def add(database: Database, organisation: str, *new: Message) -> None:
    async with database.write(organisation, ACTOR) as change:
        for each in new:
            await messages.add(change, each)


async def test_a_message_is_kept_with_what_became_of_it(database: Database) -> None:
    organisation, account, entry = await people(database)
    sent = message(account, entry)
    await add(database, organisation, sent)
    outcome = Outcome(State.FAILED, Reason("Nej å", "No"), "s1")
    async with database.write(organisation, ACTOR) as change:
        assert await messages.get(change.connection, sent.id) == sent
        await messages.settle(change, sent.id, outcome)
    async with database.read() as connection:
        assert await messages.get(connection, sent.id) == msgspec.structs.replace(sent, outcome=outcome)
        assert await messages.get(connection, new_id()) is None


async def test_the_same_is_known_for_as_long_as_it_may_not_be_sent_again(database: Database) -> None:
    organisation, account, _ = await people(database)
    old, sent, failed = (
        message(account, at=NOW - 40), message(account, at=NOW - 20, mark="sent"),
        message(account, at=NOW - 10, mark="failed", outcome=Outcome(State.FAILED)),
    )  # fmt: skip
    await add(database, organisation, old, sent, failed)
    async with database.write(organisation, ACTOR) as change:
        connection = change.connection

        async def known(mark: str, account_id: str = account.id) -> Message | None:
            return await messages.same(connection, account_id, mark, NOW - 30)

        assert await known("sent") == sent
        assert await known("sent", new_id()) is None
        assert [await known(mark) for mark in ("mark", "failed", "other")] == [None] * 3
        await messages.unmark(connection, NOW - 30, account.id)
        marks = [each.mark for each in await messages.page(connection, organisation, limit=9)]
        assert sorted(marks) == ["", "failed", "sent"]


async def test_a_budget_counts_one_account_with_or_without_what_failed(database: Database) -> None:
    organisation, account, _ = await people(database)
    async with database.write(organisation, ACTOR) as change:
        other = await accounts.add(change, "bengt", entry=None, role=Role.USER, password="")
    failed = Outcome(State.FAILED, Reason("Nej", "No"))
    await add(
        database, organisation, message(account), message(account, outcome=failed), message(account, at=NOW - 100),
        message(other),
    )  # fmt: skip
    async with database.read() as connection:
        for since, with_failed, without in ((NOW - 60, 2, 1), (NOW - 200, 3, 2), (NOW, 0, 0)):
            assert await messages.count(connection, account.id, since, failed=True) == with_failed
            assert await messages.count(connection, account.id, since, failed=False) == without


async def test_pages_are_newest_first_and_the_old_are_forgotten_with_their_marks(database: Database) -> None:
    organisation, account, _ = await people(database)
    several = [message(account, id=new_id(number), at=NOW + number) for number in range(5)]
    await add(database, organisation, *several)
    async with database.read() as connection:
        newest = await messages.page(connection, organisation, limit=2)
        assert [each.id for each in newest] == [several[4].id, several[3].id]
        rest = await messages.page(connection, organisation, limit=9, account=account.id, before=newest[-1].id)
        assert [each.id for each in rest] == [several[2].id, several[1].id, several[0].id]
        assert await messages.page(connection, organisation, limit=9, account=new_id()) == []
        assert await messages.page(connection, new_id(), limit=9) == []
    await messages.purge(database, NOW + 2, marks=NOW + 4)
    async with database.read() as connection:
        left = await messages.page(connection, organisation, limit=9)
    assert [(each.at - NOW, each.mark) for each in left] == [(4, "mark"), (3, ""), (2, "")]


async def test_an_entry_that_is_removed_leaves_its_messages(database: Database) -> None:
    organisation, account, entry = await people(database)
    await add(database, organisation, message(account, entry))
    async with database.write(organisation, ACTOR) as change:
        await entries.remove(change, [entry])
    async with database.read() as connection:
        (left,) = await messages.page(connection, organisation, limit=9)
    assert left.entry is None
