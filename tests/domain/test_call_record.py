"""What became of a call, how long it was, and in which list it stands."""

import msgspec
import pytest

from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Clock, Folder, Outcome, outcome_of

IN, OUT, UNKNOWN = Direction.IN, Direction.OUT, Direction.UNKNOWN
RECORD = CallRecord("1", "anna", "växel", "1.1", "", "", IN, Outcome.MISSED, "070", 10.0, None, 30.0, Clock.PBX)


@pytest.mark.parametrize(
    ("direction", "answered", "elsewhere", "cause", "expected"),
    [
        (IN, True, False, 16, Outcome.ANSWERED),
        (IN, True, True, 26, Outcome.ANSWERED),
        (IN, False, True, 0, Outcome.ELSEWHERE),
        (IN, False, False, 26, Outcome.ELSEWHERE),
        (IN, False, True, 17, Outcome.ELSEWHERE),
        (IN, False, False, 17, Outcome.DECLINED),
        (IN, False, False, 21, Outcome.DECLINED),
        (IN, False, False, 0, Outcome.MISSED),
        (UNKNOWN, False, False, 16, Outcome.MISSED),
        (OUT, True, False, 16, Outcome.ANSWERED),
        (OUT, False, False, 17, Outcome.BUSY),
        (OUT, False, True, 26, Outcome.UNANSWERED),
    ],
)
def test_the_outcome(direction: Direction, answered: bool, elsewhere: bool, cause: int, expected: Outcome) -> None:
    assert outcome_of(direction, answered=answered, elsewhere=elsewhere, cause=cause) is expected


@pytest.mark.parametrize(
    ("direction", "outcome", "folder"),
    [
        (OUT, Outcome.ANSWERED, Folder.OUTGOING),
        (OUT, Outcome.BUSY, Folder.OUTGOING),
        (IN, Outcome.ANSWERED, Folder.INCOMING),
        (IN, Outcome.MISSED, Folder.MISSED),
        (IN, Outcome.DECLINED, Folder.MISSED),
        (IN, Outcome.ELSEWHERE, Folder.NONE),
    ],
)
def test_the_list_of_v1(direction: Direction, outcome: Outcome, folder: Folder) -> None:
    assert msgspec.structs.replace(RECORD, direction=direction, outcome=outcome).folder is folder


@pytest.mark.parametrize(("answered", "ended", "duration"), [(None, 30.0, 0), (12.0, 30.9, 18), (30.0, 29.9, 0)])
def test_duration_is_whole_seconds_from_the_answer(answered: float | None, ended: float, duration: int) -> None:
    assert msgspec.structs.replace(RECORD, answered=answered, ended=ended).duration == duration
