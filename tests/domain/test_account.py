"""What an account may see, by its role."""

import msgspec
import pytest

from katalog.domain.account import Account, Role


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
