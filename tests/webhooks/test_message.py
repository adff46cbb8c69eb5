"""What is sent of each happening, and to whom."""

import json
from typing import Any

import msgspec
import pytest

from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Entry
from katalog.domain.profile import Profile
from katalog.domain.wanted import Wanted
from katalog.domain.webhook import TOPICS, Topic, Webhook
from katalog.webhooks.ledger import CallTold, Happening
from katalog.webhooks.message import body, encode, topic_of

AT = 1_790_000_000.25
WHEN = "2026-09-21T14:13:20.250Z"
ANNA = Entry(
    "1", "101", "Anna", email="anna@example.se", keywords=("support",), department="Sälj", numbers=("+468123",)
)
MOVED = msgspec.structs.replace(ANNA, department="Lager")
LUNCH = Profile(available=False, name="Lunch", until="2026-09-21 17:00:00")
RINGING = CallTold(
    "växel", Leg("7.1", "PJSIP/101", Direction.IN, LineStatus.RINGING, "070"), "0701234567", ANNA, AT - 5
)
UP = msgspec.structs.replace(
    RINGING, leg=msgspec.structs.replace(RINGING.leg, linestatus=LineStatus.UP), answered=AT - 2
)
ALL = Webhook("w", "url", TOPICS, Wanted(), "secret", 1.0)
SALES = msgspec.structs.replace(ALL, wanted=Wanted(department="sälj"))

SUBJECT = {"id": "1", "extension": "101", "name": "Anna"}
WHOLE = {
    **SUBJECT, "email": "anna@example.se", "mobile": "",
    "profile": {"available": False, "name": "Lunch", "until": "2026-09-21 17:00:00", "message": None},
    "keyWords": ["support"], "kind": "person", "title": "", "department": "Sälj", "location": "", "numbers": ["+468123"],
}  # fmt: skip
CALL = {
    "id": "7.1", "pbx": "växel", "callerid": "0701234567", "direction": "in", "linestatus": "ringing",
    "started": "2026-09-21T14:13:15.250Z", "answered": None, "ended": None,
}  # fmt: skip
ANSWERED = {**CALL, "linestatus": "up", "answered": "2026-09-21T14:13:18.250Z"}


def call(topic: Topic, told: CallTold) -> Happening:
    return Happening(AT, "1", topic, entry=told.entry, call=told)


@pytest.mark.parametrize(
    ("happening", "topic", "data"),
    [
        (call(Topic.CALL_STARTED, RINGING), Topic.CALL_STARTED, {"entry": SUBJECT, "call": CALL}),
        (call(Topic.CALL_ANSWERED, UP), Topic.CALL_ANSWERED, {"entry": SUBJECT, "call": ANSWERED}),
        (call(Topic.CALL_ENDED, UP), Topic.CALL_ENDED, {"entry": SUBJECT, "call": {**ANSWERED, "ended": WHEN}}),
        (call(Topic.CALL_ENDED, RINGING), Topic.CALL_ENDED, {"entry": SUBJECT, "call": {**CALL, "ended": WHEN}}),
        (
            Happening(AT, "1", Topic.PROFILE_CHANGED, ANNA, ANNA, LUNCH),
            Topic.PROFILE_CHANGED,
            {"entry": SUBJECT, "profile": WHOLE["profile"]},
        ),
        (
            Happening(AT, "1", Topic.PROFILE_CHANGED, ANNA, ANNA),
            Topic.PROFILE_CHANGED,
            {"entry": SUBJECT, "profile": None},
        ),
        (Happening(AT, "1", entry=ANNA, profile=LUNCH), Topic.ENTRY_ADDED, {"entry": WHOLE}),
        (Happening(AT, "1", before=MOVED, entry=ANNA, profile=LUNCH), Topic.ENTRY_CHANGED, {"entry": WHOLE}),
        (Happening(AT, "1", before=ANNA), Topic.ENTRY_REMOVED, {"entry": SUBJECT}),
        (Happening(AT, "pbx:växel", Topic.PBX_LOST, pbx="växel", reason="refused"), Topic.PBX_LOST,
         {"pbx": "växel", "reason": "refused"}),
        (Happening(AT, "pbx:växel", Topic.PBX_BACK, pbx="växel"), Topic.PBX_BACK, {"pbx": "växel", "reason": ""}),
    ],
)  # fmt: skip
def test_each_event_has_its_body(happening: Happening, topic: Topic, data: dict[str, Any]) -> None:
    assert topic_of(happening, ALL, "SE") is topic
    sent = json.loads(body(happening, topic))
    assert sent == {"type": topic.value, "timestamp": WHEN, "data": data}
    assert list(sent) == ["type", "timestamp", "data"]
    assert list(sent["data"]) == list(data)


@pytest.mark.parametrize(
    ("before", "entry", "topic"),
    [
        (None, ANNA, Topic.ENTRY_ADDED),
        (MOVED, ANNA, Topic.ENTRY_ADDED),
        (ANNA, msgspec.structs.replace(ANNA, name="Anna B"), Topic.ENTRY_CHANGED),
        (ANNA, MOVED, Topic.ENTRY_REMOVED),
        (ANNA, None, Topic.ENTRY_REMOVED),
        (MOVED, MOVED, None),
        (None, MOVED, None),
        (MOVED, None, None),
    ],
)
def test_who_comes_into_a_filter_is_new_and_who_leaves_it_is_gone(
    before: Entry | None, entry: Entry | None, topic: Topic | None
) -> None:
    assert topic_of(Happening(AT, "1", before=before, entry=entry), SALES, "SE") is topic


def test_of_who_leaves_a_filter_name_and_number_alone_are_told() -> None:
    sent = json.loads(body(Happening(AT, "1", before=ANNA, entry=MOVED, profile=LUNCH), Topic.ENTRY_REMOVED))
    assert sent["data"] == {"entry": SUBJECT}


def test_calls_and_profiles_are_told_of_who_is_in_the_filter() -> None:
    told = call(Topic.CALL_STARTED, RINGING)
    assert topic_of(told, SALES, "SE") is Topic.CALL_STARTED
    elsewhere = msgspec.structs.replace(told, entry=MOVED)
    assert topic_of(elsewhere, SALES, "SE") is None
    assert topic_of(Happening(AT, "1", Topic.PROFILE_CHANGED, ANNA, MOVED), SALES, "SE") is None


def test_a_telephone_system_is_told_to_every_filter() -> None:
    lost = Happening(AT, "pbx:växel", Topic.PBX_LOST, pbx="växel")
    assert topic_of(lost, SALES, "SE") is Topic.PBX_LOST


@pytest.mark.parametrize("topic", TOPICS)
def test_what_was_not_asked_for_is_not_told(topic: Topic) -> None:
    others = msgspec.structs.replace(ALL, events=tuple(each for each in TOPICS if each is not topic))
    entries = {Topic.ENTRY_ADDED: (None, ANNA), Topic.ENTRY_CHANGED: (ANNA, MOVED), Topic.ENTRY_REMOVED: (ANNA, None)}
    before, entry = entries.get(topic, (None, None))
    happening = Happening(AT, "1", None if topic in entries else topic, before, entry)
    assert topic_of(happening, ALL, "SE") is topic
    assert topic_of(happening, others, "SE") is None


def test_letters_are_sent_as_they_are() -> None:
    assert encode(Topic.TEST, AT, {"webhook": "växel"}).decode() == (
        f'{{"type":"test","timestamp":"{WHEN}","data":{{"webhook":"växel"}}}}'
    )
