"""The closed set of things that can happen."""

import typing

import pytest

from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Entry
from katalog.domain.events import (
    EntriesChanged,
    EntriesRead,
    Event,
    LegsChanged,
    LegsRead,
    LegsWithdrawn,
    LinkLost,
    PbxEvent,
)

LEG = Leg("1.1", "PJSIP/100", Direction.IN, LineStatus.UP, "100")
OF_A_PBX = [
    LegsRead("växel", (LEG,)),
    LegsChanged("växel", (LEG,)),
    LinkLost("växel", "timeout"),
    LegsWithdrawn("växel"),
]
OF_PEOPLE = [EntriesChanged((Entry("1", "100", "Anna"),)), EntriesRead((Entry("1", "100", "Anna"),))]


def test_a_telephone_system_tells_of_itself_and_people_come_from_elsewhere() -> None:
    assert {type(event) for event in OF_A_PBX} == set(typing.get_args(PbxEvent))
    assert {type(event) for event in [*OF_A_PBX, *OF_PEOPLE]} == set(typing.get_args(Event))


@pytest.mark.parametrize("event", [*OF_A_PBX, *OF_PEOPLE], ids=lambda event: type(event).__name__)
def test_what_has_happened_cannot_be_changed(event: Event) -> None:
    for field in event.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(event, field, None)


def test_an_event_need_only_say_what_is_new() -> None:
    assert LegsChanged("växel", ended=("1.1",)).legs == ()
    assert LegsChanged("växel", (LEG,)).ended == ()
    assert EntriesChanged(removed=("1",)).entries == ()
