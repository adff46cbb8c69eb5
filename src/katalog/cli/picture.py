"""The directory as a server would show it, for a command that asks once."""

from katalog.cli.common import Store
from katalog.domain.entry import Entry
from katalog.errors import NotFound
from katalog.follower import read_people
from katalog.live.accounts import Accounts
from katalog.live.directory import Directory
from katalog.live.presences import Presences
from katalog.store import accounts


async def find_entry(store: Store, text: str) -> Entry:
    """By id, else as `GET /api/extensions/{text}` finds it. Raises NotFound."""
    return found_in((await picture(store))[0], text)


def found_in(directory: Directory, text: str) -> Entry:
    """By id, else as `GET /api/extensions/{text}` finds it. Raises NotFound."""
    found = directory.get(text, hidden=True) or directory.find(text, hidden=True)
    if found is None:
        raise NotFound(f"{text}: ingen post har det numret", f"{text}: no entry has that number or id")
    return found


async def picture(store: Store) -> tuple[Directory, Accounts]:
    """The directory and the accounts, without calls."""
    live = Accounts()
    settings, organisation = store.settings.organisation, store.organisation.id
    presences = Presences(settings.calendar, settings.language)
    directory = Directory(settings.country, presences, {}, live.entries_with_login)
    async with store.database.read() as connection:
        await read_people(connection, organisation, directory)
        for account in await accounts.all_of(connection, organisation):
            live.put_account(account)
    return directory, live
