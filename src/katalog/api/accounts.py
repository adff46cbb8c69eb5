"""Accounts, for admins: who can log in, and as what."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.reader import Reader
from katalog.live.accounts import Accounts as LiveAccounts


class AccountView(msgspec.Struct, frozen=True):
    """`entry` is the id of the account's own entry; `has_password` is false until one has been chosen."""

    id: str
    login: str
    role: str
    entry: str | None
    disabled: bool
    has_password: bool


class Accounts:
    def __init__(self, accounts: LiveAccounts) -> None:
        self._accounts = accounts

    async def all(self, request: Request, reader: Reader) -> Response:
        return json(
            [
                AccountView(
                    account.id,
                    account.login,
                    str(account.role),
                    account.entry,
                    account.disabled,
                    bool(account.password),
                )
                for account in self._accounts.all_accounts(reader.organisation)
            ]
        )
