"""Accounts, tokens and sessions as they are now, of every organisation: a request asks no database."""

from collections.abc import Iterable

from katalog.domain.account import Account, Token


class Accounts:
    """Follows the store; `entries_with_login` is live too, for the directory to choose by."""

    def __init__(self) -> None:
        self.entries_with_login: set[str] = set()
        self._accounts: dict[str, Account] = {}
        self._by_login: dict[str, str] = {}
        self._by_entry: dict[str, set[str]] = {}
        self._tokens: dict[str, Token] = {}
        self._by_hash: dict[bytes, Token] = {}
        self._by_account: dict[str, set[str]] = {}

    def get(self, id_: str) -> Account | None:
        return self._accounts.get(id_)

    def named(self, login: str) -> Account | None:
        """The account of this name."""
        id_ = self._by_login.get(login)
        return self._accounts[id_] if id_ is not None else None

    def of_entries(self, entries: Iterable[str]) -> list[Account]:
        """Every account that belongs to one of these entries."""
        ids = {id_ for entry in entries for id_ in self._by_entry.get(entry, ())}
        return [self._accounts[id_] for id_ in sorted(ids)]

    def by_hash(self, hash_: bytes) -> Token | None:
        return self._by_hash.get(hash_)

    def token(self, id_: str) -> Token | None:
        return self._tokens.get(id_)

    def tokens_of(self, account: str) -> list[Token]:
        """The account's tokens and sessions, the oldest first."""
        return [self._tokens[id_] for id_ in sorted(self._by_account.get(account, ()))]

    def all_accounts(self, organisation: str) -> list[Account]:
        return sorted(
            (account for account in self._accounts.values() if account.organisation == organisation),
            key=lambda account: account.login,
        )

    def put_account(self, account: Account) -> None:
        self.drop_account(account.id)
        self._accounts[account.id] = account
        self._by_login[account.login] = account.id
        if account.entry is not None:
            self._by_entry.setdefault(account.entry, set()).add(account.id)
            self._note(account.entry)

    def drop_account(self, id_: str) -> None:
        account = self._accounts.pop(id_, None)
        if account is None:
            return
        del self._by_login[account.login]
        if account.entry is not None:
            self._by_entry[account.entry].discard(id_)
            self._note(account.entry)

    def _note(self, entry: str) -> None:
        if any(not self._accounts[id_].disabled for id_ in self._by_entry[entry]):
            self.entries_with_login.add(entry)
        else:
            self.entries_with_login.discard(entry)

    def put_token(self, token: Token) -> None:
        self.drop_token(token.id)
        self._tokens[token.id] = token
        self._by_hash[token.hash] = token
        self._by_account.setdefault(token.account, set()).add(token.id)

    def drop_token(self, id_: str) -> None:
        token = self._tokens.pop(id_, None)
        if token is not None:
            del self._by_hash[token.hash]
            self._by_account[token.account].discard(id_)

    def clear_organisation(self, organisation: str) -> None:
        """Forgets an organisation's accounts and their tokens."""
        for account in self.all_accounts(organisation):
            for token in self.tokens_of(account.id):
                self.drop_token(token.id)
            self.drop_account(account.id)
