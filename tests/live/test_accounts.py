"""Accounts, tokens and sessions as they are now."""

import msgspec
import pytest

from katalog.domain.account import Account, Role, Token
from katalog.live.accounts import Accounts


def account(id_: str, login: str = "", entry: str | None = None, **fields: object) -> Account:
    made = Account(id_, "org", login or id_, entry, Role.USER, "", "stamp")
    return msgspec.structs.replace(made, **fields)


def token(id_: str, owner: str = "anna", hash_: bytes = b"") -> Token:
    return Token(id_, owner, hash_ or id_.encode(), "name", False, 0.0, None)


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


def test_an_account_is_found_by_id_login_and_entry(accounts: Accounts) -> None:
    anna = account("anna", "anna@exempel.se", "e1")
    accounts.put_account(anna)
    assert accounts.get("anna") is anna
    assert accounts.named("anna@exempel.se") is anna
    assert accounts.of_entries(["e1", "e2"]) == [anna]
    assert accounts.get("bo") is accounts.named("anna") is None
    assert accounts.of_entries(["e2"]) == []


def test_several_accounts_of_one_entry_are_all_found_and_each_once(accounts: Accounts) -> None:
    for id_ in ("b", "a", "c"):
        accounts.put_account(account(id_, entry="e1"))
    assert [found.id for found in accounts.of_entries(["e1", "e1"])] == ["a", "b", "c"]


def test_an_account_that_changed_is_no_longer_found_as_it_was(accounts: Accounts) -> None:
    accounts.put_account(account("1", "old", "e1"))
    new = account("1", "new", "e2")
    accounts.put_account(new)
    assert accounts.named("old") is None
    assert accounts.of_entries(["e1"]) == []
    assert accounts.named("new") is new
    assert accounts.entries_with_login == {"e2"}


def test_an_account_that_is_gone_is_found_by_nothing(accounts: Accounts) -> None:
    accounts.put_account(account("1", "anna", "e1"))
    accounts.drop_account("1")
    accounts.drop_account("unknown")
    assert accounts.get("1") is accounts.named("anna") is None
    assert accounts.of_entries(["e1"]) == []
    assert accounts.all_accounts("org") == []
    assert accounts.entries_with_login == set()


def test_somebody_logs_in_with_an_entry_as_long_as_one_of_its_accounts_is_not_disabled(accounts: Accounts) -> None:
    live = accounts.entries_with_login
    accounts.put_account(account("service"))
    accounts.drop_account("service")
    assert live == set()
    accounts.put_account(account("1", entry="e1"))
    accounts.put_account(account("2", entry="e1"))
    accounts.put_account(account("1", entry="e1", disabled=True))
    assert live == {"e1"}
    accounts.put_account(account("2", entry="e1", disabled=True))
    assert live == set()
    accounts.put_account(account("1", entry="e1"))
    assert live == {"e1"}
    accounts.drop_account("1")
    assert live == set()


def test_accounts_are_listed_by_login_and_organisation(accounts: Accounts) -> None:
    for id_, login, organisation in [("1", "b", "org"), ("2", "a", "org"), ("3", "Z", "org"), ("4", "c", "other")]:
        accounts.put_account(account(id_, login, organisation=organisation))
    assert [found.login for found in accounts.all_accounts("org")] == ["Z", "a", "b"]
    assert [found.login for found in accounts.all_accounts("other")] == ["c"]


def test_a_token_is_found_by_its_hash_and_its_id_until_it_is_gone(accounts: Accounts) -> None:
    made = token("t1", hash_=b"hash")
    accounts.put_token(made)
    assert accounts.by_hash(b"hash") is accounts.token("t1") is made
    accounts.drop_token("t1")
    accounts.drop_token("t1")
    assert accounts.by_hash(b"hash") is accounts.token("t1") is None
    assert accounts.tokens_of("anna") == []


def test_a_token_with_a_new_secret_is_not_opened_by_the_old_one(accounts: Accounts) -> None:
    accounts.put_token(token("t1", hash_=b"old"))
    accounts.put_token(token("t1", hash_=b"new"))
    assert accounts.by_hash(b"old") is None
    assert accounts.by_hash(b"new") is not None
    assert len(accounts.tokens_of("anna")) == 1


def test_an_accounts_tokens_are_listed_oldest_first_and_nobody_elses(accounts: Accounts) -> None:
    for id_, owner in [("t3", "anna"), ("t1", "anna"), ("t2", "bo"), ("t4", "anna")]:
        accounts.put_token(token(id_, owner))
    assert [found.id for found in accounts.tokens_of("anna")] == ["t1", "t3", "t4"]
    assert accounts.tokens_of("nobody") == []


def test_an_organisation_that_is_read_anew_leaves_nothing_of_itself_and_all_of_the_others(accounts: Accounts) -> None:
    accounts.put_account(account("anna", entry="e1"))
    accounts.put_account(account("bo", entry="e2", organisation="other"))
    accounts.put_token(token("t1", "anna"))
    accounts.put_token(token("t2", "bo"))
    accounts.clear_organisation("org")
    assert (accounts.get("anna"), accounts.named("anna"), accounts.token("t1"), accounts.by_hash(b"t1")) == (None,) * 4
    assert accounts.get("bo") is not None
    assert accounts.token("t2") is not None
    assert accounts.entries_with_login == {"e2"}
