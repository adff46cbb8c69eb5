"""Who may dial what, and what is said to whoever may not."""

import pytest

from katalog.domain.account import Role
from katalog.domain.destination import Destination
from katalog.domain.dial_policy import NAMES, DialPolicy, kind_of, refusal

INTERNAL, NATIONAL, MOBILE, INTERNATIONAL, PREMIUM, EMERGENCY = Destination


def test_a_role_may_dial_its_own_kinds_and_the_others_those_of_all() -> None:
    policy = DialPolicy(frozenset({INTERNAL, MOBILE}), {Role.RECEPTION: frozenset({INTERNATIONAL})})
    allowed = {role: [kind for kind in Destination if policy.allows(role, kind)] for role in Role}
    assert allowed == {
        Role.USER: [INTERNAL, MOBILE],
        Role.ADMIN: [INTERNAL, MOBILE],
        Role.SERVICE: [INTERNAL, MOBILE],
        Role.RECEPTION: [INTERNATIONAL],
    }


def test_emergency_numbers_are_dialled_for_nobody() -> None:
    everything = frozenset(Destination)
    policy = DialPolicy(everything, {Role.ADMIN: everything})
    assert not any(policy.allows(role, EMERGENCY) for role in Role)


def test_a_role_that_has_nothing_but_emergency_numbers_may_dial_nothing() -> None:
    policy = DialPolicy(frozenset({EMERGENCY}), {Role.RECEPTION: frozenset({INTERNAL})})
    assert [role for role in Role if policy.allows_any(role)] == [Role.RECEPTION]


@pytest.mark.parametrize("kind", Destination)
def test_a_refusal_names_the_kind_and_what_can_be_done(kind: Destination) -> None:
    sv, en = refusal(kind)
    assert (NAMES[kind][0] in sv, NAMES[kind][1] in en) == (True, True)
    assert ("dial.kinds" in sv and "dial.kinds" in en) is (kind is not EMERGENCY)


@pytest.mark.parametrize(
    ("digits", "known", "kind"),
    [
        ("101", True, INTERNAL),
        ("08123456", True, INTERNAL),
        ("08123456", False, NATIONAL),
        ("85001234", True, INTERNAL),
        ("85001234", False, PREMIUM),
        # A colleague abroad costs what a call abroad costs.
        ("004722864400", True, INTERNATIONAL),
        ("00449098790000", True, PREMIUM),
        ("112", True, EMERGENCY),
        ("0112", False, EMERGENCY),
    ],
)
def test_what_the_directory_has_is_internal_unless_it_is_abroad(digits: str, known: bool, kind: Destination) -> None:
    assert kind_of(digits, "SE", known=known) is kind
