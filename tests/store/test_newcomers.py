"""People who have no account yet, on every database."""

from katalog.domain.account import Role
from katalog.domain.entry import Entry, Kind
from katalog.domain.identifier import new_id
from katalog.store import accounts, entries, invitations, newcomers, organisations
from katalog.store.database import Actor, Database

ACTOR = Actor("test", "tests")


async def test_everybody_is_invited_once_in_list_order(database: Database) -> None:
    organisation = await organisations.default(database, "Exempel AB")
    people = [Entry(new_id(), f"{number:04}", f"Åsa {number}", f"asa{number}@exempel.se") for number in range(1100)]
    async with database.write(organisation.id, ACTOR) as change:
        for person in (*people, Entry(new_id(), "1", "Rum", kind=Kind.ROOM)):
            await entries.add(change, person)
        await accounts.add(change, "cia", entry=people[0].id, role=Role.USER, password="")
    async with database.write(organisation.id, ACTOR) as change:
        invited = await newcomers.invite_all(change)
    assert [(account.login, entry.id) for account, entry, _ in invited] == [
        (person.email, person.id) for person in people[1:]
    ]
    async with database.read() as connection:
        assert len(await accounts.all_of(connection, organisation.id)) == 1100
        assert set(await invitations.open_of(connection, organisation.id)) == {each.id for each, _, _ in invited}
        for account, _, secret in (invited[0], invited[-1]):
            assert await invitations.account_of(connection, secret) == (organisation.id, account.id)
    async with database.write(organisation.id, ACTOR) as change:
        assert await newcomers.invite_all(change) == []
        again = await invitations.add_many(change, [account for account, _, _ in invited])
        await invitations.withdraw(change, invited[0][0])
    async with database.read() as connection:
        opened = [await invitations.account_of(connection, secret) for secret in (invited[1][2], again[0], again[1])]
    assert opened == [None, None, (organisation.id, invited[1][0].id)]
