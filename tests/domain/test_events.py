"""The closed set of things that can happen."""

import typing

import pytest

from katalog.domain.absence import Absence
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.catalogue import standard
from katalog.domain.entry import Entry
from katalog.domain.events import (
    CalendarFailed,
    CalendarRead,
    CatalogueChanged,
    CodeDialled,
    DeviceChanged,
    DevicesRead,
    DndChanged,
    DndRead,
    EntriesChanged,
    EntriesRead,
    Event,
    FeedsChanged,
    FeedsRead,
    LegsChanged,
    LegsRead,
    LegsWithdrawn,
    LinkLost,
    PbxEvent,
    PresencesChanged,
    PresencesRead,
    RecordingsChanged,
    RecordingsRead,
)
from katalog.domain.feed import Address, Feed
from katalog.domain.presence import Hand
from katalog.domain.recording import Heard, Recorded

LEG = Leg("1.1", "PJSIP/100", Direction.IN, LineStatus.UP, "100")
RECORDED = Recorded("1.1", "/a.wav", 0.0, (Heard("1.1", "PJSIP/100"),))
OF_A_PBX = [
    LegsRead("växel", (LEG,)),
    LegsChanged("växel", (LEG,)),
    LinkLost("växel", "timeout"),
    LegsWithdrawn("växel"),
    DndRead("växel", frozenset({"100"})),
    DndChanged("växel", "100", True),
    DevicesRead("växel", frozenset({"PJSIP/100"}), frozenset()),
    DeviceChanged("växel", "PJSIP/100", False),
    CodeDialled("växel", "1.1", "PJSIP/100", "3", "1300"),
    RecordingsRead("växel", (RECORDED,)),
    RecordingsChanged("växel", (RECORDED,)),
]
CATALOGUE = tuple(standard())
HAND = Hand("1", "lunch", 0.0)
ABSENCE = Absence("7", "1", "holiday", "2026-10-01 00:00:00", "2026-10-09 23:59:59")
OF_PEOPLE = [
    EntriesChanged((Entry("1", "100", "Anna"),)),
    EntriesRead((Entry("1", "100", "Anna"),)),
    PresencesRead(CATALOGUE, (HAND,), (ABSENCE,)),
    PresencesChanged((HAND,), (ABSENCE,)),
    CatalogueChanged(CATALOGUE),
    FeedsRead((Feed("1", "x"),)),
    FeedsChanged((Feed("1", "x"),)),
    CalendarRead("1", Address("x"), ()),
    CalendarFailed("1", Address("x"), "fel", "wrong"),
]


def test_a_telephone_system_tells_of_itself_and_people_come_from_elsewhere() -> None:
    assert {type(event) for event in OF_A_PBX} == set(typing.get_args(PbxEvent))
    # What is dialled is a wish, and what is recorded is not shown: neither changes the picture.
    others = {CodeDialled, RecordingsRead, RecordingsChanged}
    assert {type(event) for event in [*OF_A_PBX, *OF_PEOPLE]} - others == set(typing.get_args(Event))


@pytest.mark.parametrize("event", [*OF_A_PBX, *OF_PEOPLE], ids=lambda event: type(event).__name__)
def test_what_has_happened_cannot_be_changed(event: Event | PbxEvent) -> None:
    for field in event.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(event, field, None)


def test_an_event_need_only_say_what_is_new() -> None:
    assert LegsChanged("växel", ended=("1.1",)).legs == ()
    assert LegsChanged("växel", (LEG,)).ended == ()
    assert RecordingsChanged("växel", ended=("1.1",)).recordings == ()
    assert RecordingsChanged("växel", (RECORDED,)).ended == ()
    assert EntriesChanged(removed=("1",)).entries == ()
    assert PresencesChanged(removed=("7",)).hands == ()
    assert PresencesChanged(removed=("7",)).absences == ()
