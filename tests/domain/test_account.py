"""What an account may see, by its role."""

import msgspec
import pytest

from katalog.domain.account import Account, Role, Token


@pytest.mark.parametrize("role", Role)
def test_only_admins_see_what_is_hidden(role: Role) -> None:
    account = Account("1", "o", "anna", None, role, "", "s")
    assert account.sees_hidden == (role is Role.ADMIN)


def test_the_roles_are_called_as_commands_and_the_store_call_them() -> None:
    assert [str(role) for role in Role] == ["user", "reception", "admin", "service"]


def test_an_account_cannot_be_changed_in_place() -> None:
    account = Account("1", "o", "anna", None, Role.USER, "", "s")
    with pytest.raises(AttributeError):
        account.role = Role.ADMIN  # type: ignore[misc]
    assert msgspec.structs.replace(account, role=Role.ADMIN).sees_hidden


def test_an_account_is_in_use_and_new_unless_told_otherwise() -> None:
    account = Account("1", "o", "anna", None, Role.USER, "", "s")
    assert (account.disabled, account.revision) == (False, 0)


def test_a_token_is_unused_new_and_no_session_unless_told_otherwise() -> None:
    token = Token("1", "2", b"h", "skript", True, 0.0, None)
    assert (token.used, token.session, token.revision) == (None, False, 0)


def test_a_token_cannot_be_changed_in_place() -> None:
    token = Token("1", "2", b"h", "skript", True, 0.0, None)
    with pytest.raises(AttributeError):
        token.read_only = False  # type: ignore[misc]
