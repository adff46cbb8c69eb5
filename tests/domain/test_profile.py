"""What holds when nothing was set."""

import msgspec
import pytest

from katalog.domain.profile import Profile


def test_the_keys_of_v1_in_their_order() -> None:
    profile = Profile(False, "Semester", "2015-03-14 09:26:53", "Svarar på mail en gång i veckan")
    assert msgspec.json.encode(profile).decode() == (
        '{"available":false,"name":"Semester","until":"2015-03-14 09:26:53",'
        '"message":"Svarar på mail en gång i veckan"}'
    )


def test_what_was_not_said_is_no_end_and_a_message_of_null() -> None:
    assert msgspec.json.encode(Profile(True, "x")) == (
        b'{"available":true,"name":"x","until":"0000-00-00 00:00:00","message":null}'
    )


def test_a_profile_cannot_be_changed_in_place() -> None:
    profile = Profile(True, "x")
    with pytest.raises(AttributeError):
        profile.available = False  # type: ignore[misc]
