"""The v1 object to the byte, and katalog's own."""

import msgspec
import pytest

from katalog.domain.call import Call, Direction, LineStatus
from katalog.domain.entry import Entry, Kind
from katalog.domain.profile import Profile
from katalog.domain.view import Contact, EntryView, contact, encode_contact, encode_view, view

ANNA = Entry(
    "0199",
    "08010203",
    "Anna Åström",
    email="anna@exempel.se",
    mobile="0729913232",
    keywords=("support", "malmö"),
    title="Säljare",
    department="Sälj",
    location="Plan 3",
    numbers=("100",),
    devices=("PJSIP/100",),
    source_id="42",
    hidden=True,
    revision=7,
)
AWAY = Profile(False, "Semester", "2026-07-15 00:00:00", "Åter i augusti")
CALLS = [Call("0701231234", Direction.IN, LineStatus.UP), Call("", Direction.OUT, LineStatus.RINGING)]
SINCE = ["2026-09-21T16:13:20.250+02:00", "2026-09-21T16:13:21.000+02:00"]
V1 = (
    '"extension":"08010203","name":"Anna Åström","email":"anna@exempel.se","mobile":"0729913232",'
    '"profile":{"available":false,"name":"Semester","until":"2026-07-15 00:00:00","message":"Åter i augusti"},'
    '"calls":[{"callerid":"0701231234","direction":"in","linestatus":"up"},'
    '{"callerid":"","direction":"out","linestatus":"ringing"}],"keyWords":["support","malmö"]'
)
OWN = ',"kind":"person","title":"Säljare","department":"Sälj","location":"Plan 3","numbers":["100"]'
SHOWN_SINCE = ',"calls_since":["2026-09-21T16:13:20.250+02:00","2026-09-21T16:13:21.000+02:00"]'
WIRED = ',"devices":["PJSIP/100"],"source_id":"42","hidden":true'


def test_the_v1_object_has_the_contracts_keys_in_their_order_compact_and_in_raw_utf8() -> None:
    assert encode_contact(ANNA, AWAY, CALLS).decode() == "{" + V1 + "}"


def test_what_is_missing_is_an_empty_text_or_array_and_only_a_profile_is_null() -> None:
    room = Entry("1", "08040506", "Konferensrum A", kind=Kind.ROOM)
    assert encode_contact(room, None, ()).decode() == (
        '{"extension":"08040506","name":"Konferensrum A","email":"","mobile":"","profile":null,'
        '"calls":[],"keyWords":[]}'
    )


def test_the_decoded_object_is_what_is_encoded() -> None:
    shown = contact(ANNA, AWAY, CALLS)
    assert msgspec.json.encode(shown) == encode_contact(ANNA, AWAY, CALLS)


def test_the_own_object_has_the_id_first_and_what_v1_lacks_after_it() -> None:
    shown = encode_view(view(ANNA, AWAY, CALLS, SINCE, full=False)).decode()
    assert shown == '{"id":"0199",' + V1 + OWN + SHOWN_SINCE + "}"


def test_how_an_entry_is_wired_is_only_for_those_who_may_change_it() -> None:
    shown = msgspec.json.encode(view(ANNA, AWAY, CALLS, SINCE, full=True)).decode()
    assert shown == '{"id":"0199",' + V1 + OWN + SHOWN_SINCE + WIRED + "}"


@pytest.mark.parametrize("shown", [contact(ANNA, AWAY, CALLS), view(ANNA, AWAY, CALLS, SINCE, full=True)])
def test_what_is_shown_cannot_be_changed_in_place(shown: Contact | EntryView) -> None:
    with pytest.raises(AttributeError):
        shown.name = "Bo"  # type: ignore[misc]
