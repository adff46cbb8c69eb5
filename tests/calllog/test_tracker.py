"""Calls → records: every kind of call as recorded of real Asterisks, and by hand what they do not have."""

from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from katalog.calllog.tracker import Batch, Tracked, Tracker
from katalog.connectors.asterisk.adapter import Adapter
from katalog.connectors.asterisk.wire import Parser
from katalog.domain.call import Call, Direction, Ending, Leg, LineStatus, Trace
from katalog.domain.call_record import CallRecord, Clock, Outcome, Part
from katalog.domain.events import DndRead, LegsChanged, LegsRead, LegsWithdrawn, LinkLost

IN, OUT, UNKNOWN = Direction.IN, Direction.OUT, Direction.UNKNOWN
UP, RINGING = LineStatus.UP, LineStatus.RINGING
CAPTURES = Path(__file__).parents[1] / "captures"
VERSIONS = ("asterisk-16", "asterisk-22")

# Flow → its records in words: whose, direction, outcome, number; who answered elsewhere; where it was sent on.
EXPECTED = {
    "attended_by_code": """
        100 in answered 0701000001
        101 in answered 100
    """,
    "attended_by_manager": """
        101 in answered 0701000002
        102 in answered 101
    """,
    "attended_transfer": """
        104 in answered 0701000003
        104 out answered 105
        105 in answered 104
    """,
    "attended_transfer_internal": """
        106 out answered 107
        107 in answered 106
        107 out answered 108
        108 in answered 107
    """,
    "attended_transfer_outside": """
        109 in answered 0701000004
        109 out answered 0701000005
    """,
    "attended_transfer_two_callees": """
        110 out answered 111
        110 out answered 112
        111 in answered 110
        112 in answered 110
    """,
    "attended_transfer_two_callers": """
        113 in answered 114
        113 in answered 115
        114 out answered 113
        115 out answered 113
    """,
    "blind_transfer": """
        116 in answered 0701000006
        117 in answered 0701000006
    """,
    "blind_transfer_by_caller": """
        100 in answered 119
        118 out answered 119
        119 in answered 118
    """,
    "blind_transfer_by_code": """
        101 in answered 0701000007
        102 in answered 0701000007
    """,
    "blind_transfer_internal": """
        103 out answered 104
        104 in answered 103
        105 in answered 103
    """,
    "blind_transfer_outside": """
        106 in answered 0701000008
    """,
    "both_ways": """
        107 in answered 109
        107 out answered 108
        108 in answered 107
        109 out answered 107
    """,
    "call_waiting": """
        110 in answered 0701000010
        110 in answered 0701000011
    """,
    "conference": """
        111 out answered 800
        112 out answered 800
        113 out answered 800
    """,
    "conference_outside": """
        114 out answered 801
    """,
    "consulted_in_vain": """
        115 in answered 0701000013
        115 out busy 116
        116 in declined 115
    """,
    "do_not_disturb": """
        117 out busy 65118
    """,
    "forward_302": """
        100 in answered 0701000014
        119 in elsewhere 0701000014 by 100 forward 100
    """,
    "forward_302_internal": """
        101 out answered 102
        102 in elsewhere 101 by 103 forward 103
        103 in answered 101
    """,
    "forward_dialplan": """
        104 in answered 0701000015
    """,
    "forward_dialplan_internal": """
        105 out answered 63106
        106 in answered 105
    """,
    "forward_outside": """
        107 in elsewhere 0701000017 by 0701000016 forward 0701000016
    """,
    "group_call_waiting": """
        108 in answered 0701000018
        108 in elsewhere 0701000019 by 109
        109 in answered 0701000019
    """,
    "hangup_by_manager": """
        110 in answered 0701000020
    """,
    "hold": """
        111 out answered 112
        112 in answered 111
    """,
    "inbound": """
        113 in answered 0701000021
    """,
    "inbound_anonymous": """
        114 in answered -
    """,
    "inbound_asserted": """
        115 in missed 0701000023
    """,
    "inbound_cancel": """
        116 in missed 0701000024
    """,
    "inbound_early": """
        117 in answered 0701000025
    """,
    "inbound_no180": """
        118 in answered 0701000026
    """,
    "inbound_own_number": """
        119 in answered 100
    """,
    "inbound_private": """
        101 in answered 0701000027
    """,
    "internal": """
        102 out answered 103
        103 in answered 102
    """,
    "internal_busy": """
        104 out busy 105
        105 in declined 104
    """,
    "internal_cancel": """
        106 out unanswered 107
        107 in missed 106
    """,
    "internal_declined": """
        108 out unanswered 109
        109 in declined 108
    """,
    "internal_long": """
        08010203 in answered 110
        08010203 out unanswered 08010204
        08010204 in missed 08010203
        110 out answered 08010203
    """,
    "ivr": """
        111 out answered 6900
    """,
    "local_internal": """
        112 out answered 62113114
        113 in answered 112
        114 in elsewhere 112 by 113
    """,
    "local_kept": """
        115 in answered 0701000028
        116 in elsewhere 0701000028 by 115
    """,
    "local_optimised": """
        117 in answered 0701000029
        118 in elsewhere 0701000029 by 117
    """,
    "no_answer": """
        100 in missed 119
        119 out unanswered 68100
    """,
    "originate": """
        101 out answered 102
        102 in answered 101
    """,
    "originate_misleading": """
        103 out answered 104
        104 in answered 103
    """,
    "originate_outside": """
        105 out answered 0701000030
    """,
    "originate_refused": """
        106 out busy 107
    """,
    "outbound": """
        108 out answered 0701000031
    """,
    "outbound_busy": """
        109 out busy 0701000032
    """,
    "outbound_prefix": """
        110 out answered 90701000033
    """,
    "park": """
        111 in answered 0701000034
        112 out answered 701
    """,
    "pickup_directed": """
        113 in elsewhere 0701000035 by 114
        114 in answered 0701000035
    """,
    "pickup_group": """
        115 in elsewhere 0701000036 by 116
        116 in answered 0701000036
    """,
    "pickup_internal": """
        117 out answered 118
        118 in elsewhere 117 by 119
        119 in answered 117
    """,
    "queue": """
        100 in answered 0701000037
        101 in elsewhere 0701000037 by 100
    """,
    "queue_abandoned": """
        100 in missed 0701000001
    """,
    "queue_internal": """
        103 out answered 672
        104 in answered 103
    """,
    "queue_local": """
        105 in answered 0701000039
        106 in elsewhere 0701000039 by 105
    """,
    "redirect": """
        107 in answered 0701000040
        108 in answered 0701000040
    """,
    "redirect_callee": """
        109 out answered 110
        110 in answered 109
        111 in answered 110
    """,
    "ring_group": """
        112 in answered 0701000041
        113 in elsewhere 0701000041 by 112
        114 in elsewhere 0701000041 by 112
    """,
    "ring_group_internal": """
        115 out answered 60116117
        116 in elsewhere 115 by 117
        117 in answered 115
    """,
    "ring_group_local": """
        118 in answered 0701000042
        119 in elsewhere 0701000042 by 118
    """,
    "ring_group_refused": """
        100 in declined 0701000043
        101 in missed 0701000043
    """,
    "same_caller_twice": """
        102 in answered 0701000044
        102 in answered 0701000044
    """,
    "subroutine": """
        103 out answered 66104
        104 in answered 103
    """,
    "two_devices": """
        105 out answered 60106107
        106 in elsewhere 105 by 107
        107 in answered 105
    """,
    "unregistered": """
        109 out unanswered 199
    """,
    "voicemail": """
        110 out answered 64111
        111 in missed 110
    """,
}


class Office:
    """Everybody is an entry of one's own by the number in the device's name, or of those in `shared`; the trunk is
    nobody."""

    def __init__(self, shared: dict[str, tuple[str, ...]] | None = None) -> None:
        self.shared = shared or {}

    def owners(self, pbx: str, device: str) -> tuple[str, ...]:
        number = device.partition("/")[2]
        return () if number == "trunk" else self.shared.get(number, (number,))

    def call(self, pbx: str, leg: Leg) -> Call:
        peer = "" if leg.peer is None or "trunk" in leg.peer else leg.peer.partition("/")[2]
        return Call(peer or leg.number, leg.direction, leg.linestatus)

    def extension_of(self, owners: tuple[str, ...]) -> str:
        return owners[0] if owners else ""

    def known_as(self, pbx: str, number: str) -> str:
        return number


class Kept:
    """What the store would have, of all batches: each leg of an entry once, and answers that change what was missed."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str, str], CallRecord] = {}
        self.open: dict[tuple[str, str], Tracked] = {}

    def put(self, batch: Batch | None) -> None:
        if batch is None:
            return
        for key, call in batch.open.items():
            if call is None:
                self.open.pop(key, None)
            else:
                self.open[key] = msgspec.json.decode(msgspec.json.encode(call), type=Tracked)
        for record in batch.records:
            self.records.setdefault((record.entry, record.pbx, record.leg), record)
        for answer in batch.answers:
            for key2, record in self.records.items():
                missed = record.outcome in (Outcome.MISSED, Outcome.DECLINED)
                if missed and (record.pbx, record.call) == (answer.pbx, answer.caller):
                    self.records[key2] = msgspec.structs.replace(record, outcome=Outcome.ELSEWHERE, by=answer.by)

    def words(self) -> list[str]:
        return sorted(map(words, self.records.values()))


def words(record: CallRecord) -> str:
    text = f"{record.entry} {record.direction} {record.outcome} {record.number or '-'}"
    text += f" by {record.by}" if record.by else ""
    return text + (f" forward {record.forward}" if record.forward else "")


def changes(adapter: Adapter) -> Iterable[LegsChanged]:
    legs, ended = adapter.changes()
    if legs or ended:
        yield LegsChanged("växel", legs, tuple(each.id for each in ended), ended, adapter.at)


def played(flow: str, version: str, kept: Kept, restart_before: int | None = None) -> None:
    """A recorded flow, heard as the connector hears it; katalog is restarted before one of its events, if it says so."""
    adapter = Adapter()
    tracker = Tracker(Office(), lambda: adapter.at)
    messages = Parser().feed((CAPTURES / version / f"{flow}.ami").read_bytes())
    events = [each for each in messages if each.event and not each.get("ActionID") and not each.get("EventList")]
    for number, event in enumerate(events):
        if number == restart_before:
            kept.put(tracker.take())
            tracker = Tracker(Office(), lambda: adapter.at)
            tracker.restore(list(kept.open.values()), {})
            tracker.hear(LegsRead("växel", tuple(adapter.legs())))
        if adapter.ends_untold(event):
            for change in changes(adapter):
                tracker.hear(change)
        adapter.apply(event)
        for uid in adapter.questions():
            adapter.presented(uid, "allowed")
        for change in changes(adapter):
            tracker.hear(change)
    kept.put(tracker.take())
    assert kept.open == {}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("flow", EXPECTED)
def test_recorded(flow: str, version: str) -> None:
    kept = Kept()
    played(flow, version, kept)
    assert kept.words() == sorted(line.strip() for line in EXPECTED[flow].strip().splitlines())
    for record in kept.records.values():
        assert record.clock is Clock.PBX
        assert record.began <= (record.answered or record.ended) <= record.ended
        assert record.channel.startswith(f"PJSIP/{record.entry}-")


def test_every_recorded_flow_is_expected() -> None:
    flows = {path.stem for path in CAPTURES.glob("asterisk-22/*.ami")}
    assert flows - EXPECTED.keys() == {"unknown_number"}, "a call to nowhere makes no channel"


@pytest.mark.parametrize("flow", EXPECTED)
def test_a_restart_at_any_moment_loses_none_and_doubles_none(flow: str) -> None:
    """The adapter goes on here, as what is asked of Asterisk after a restart is tested elsewhere."""
    whole = Kept()
    played(flow, "asterisk-22", whole)
    data = (CAPTURES / "asterisk-22" / f"{flow}.ami").read_bytes()
    count = sum(
        bool(each.event and not each.get("ActionID") and not each.get("EventList")) for each in Parser().feed(data)
    )
    for moment in range(0, count, 3):
        kept = Kept()
        played(flow, "asterisk-22", kept, moment)
        assert kept.words() == whole.words(), moment
        for key, record in kept.records.items():
            same = whole.records[key]
            assert (record.began, record.answered, record.ended) == (same.began, same.answered, same.ended), moment


# --- by hand -----------------------------------------------------------------------------------------------


class Desk:
    """Tells a tracker of legs as a telephone system would, at the seconds that it says."""

    def __init__(self, shared: dict[str, tuple[str, ...]] | None = None, *, clocked: bool = True) -> None:
        self.now = 1000.0
        self.tracker = Tracker(Office(shared), lambda: self.now)
        self.kept = Kept()
        self.clocked = clocked

    def leg(
        self,
        id_: str,
        number: str,
        direction: Direction = IN,
        status: LineStatus = RINGING,
        *,
        party: str = "070",
        **trace: object,
    ) -> Leg:
        began = {"began": float(id_)} if self.clocked else {}
        return Leg(id_, f"PJSIP/{number}", direction, status, party, None, msgspec.convert(began | trace, Trace))

    def tell(self, second: float, *legs: Leg, ended: str = "", cause: int = 16) -> None:
        self.now = second + 0.5  # what is heard is heard later
        endings = (Ending(ended, second if self.clocked else 0.0, cause),) if ended else ()
        at = second if self.clocked else 0.0
        self.tracker.hear(LegsChanged("växel", legs, (ended,) if ended else (), endings, at))
        self.kept.put(self.tracker.take())

    def read(self, second: float, *legs: Leg) -> None:
        self.now = second
        self.tracker.hear(LegsRead("växel", legs))
        self.kept.put(self.tracker.take())

    @property
    def only(self) -> CallRecord:
        (record,) = self.kept.records.values()
        return record


def test_a_hunt_that_somebody_answers_in_the_end_was_missed_by_nobody() -> None:
    desk = Desk()
    desk.tell(10, desk.leg("10", "101", caller="1"))
    desk.tell(20, ended="10", cause=0)
    assert desk.kept.words() == ["101 in missed 070"]
    desk.tell(20, desk.leg("20", "102", caller="1"))
    desk.tell(30, desk.leg("20", "102", caller="1", status=UP, answered=30.0))
    assert desk.kept.words() == ["101 in elsewhere 070 by 102"]


def test_whose_caller_is_known_and_has_missed_nobody_changes_no_record() -> None:
    """However what came together is ordered; each change of earlier records is work for the database."""
    desk = Desk()
    caller, called = desk.leg("1005", "100", OUT, UP), desk.leg("1006", "101", IN, UP, caller="1005", answered=1006.0)
    desk.tracker.hear(LegsChanged("växel", (called, caller), at=1006.0))
    batch = desk.tracker.take()
    assert batch is not None
    assert batch.answers == []


def test_who_is_called_after_the_answer_has_missed_it() -> None:
    """a answers and transfers to b, who does not."""
    desk = Desk()
    desk.tell(10, desk.leg("10", "101", status=UP, caller="1", answered=12.0))
    desk.tell(20, desk.leg("20", "102", caller="1"))
    desk.tell(30, ended="20", cause=0)
    desk.tell(40, ended="10")
    assert desk.kept.words() == ["101 in answered 070", "102 in missed 070"]


@pytest.mark.parametrize("answered", [True, False])
def test_telephones_of_one_person_that_ring_together_are_one_call(answered: bool) -> None:
    desk = Desk({"101": ("anna",), "102": ("anna",)})
    first, second = desk.leg("10", "101", caller="1"), desk.leg("11", "102", caller="1")
    desk.tell(11, first, second)
    if answered:
        desk.tell(15, desk.leg("11", "102", status=UP, caller="1", answered=15.0))
    desk.tell(16, ended="10", cause=26 if answered else 0)
    desk.tell(20, ended="11")
    record = desk.only
    assert (record.entry, record.began, record.ended) == ("anna", 10.0, 20.0)
    assert record.outcome is (Outcome.ANSWERED if answered else Outcome.MISSED)


def test_telephones_that_a_program_has_ring_together_are_one_call() -> None:
    """The first to answer gets the call, the others are hung up."""
    desk = Desk({"101": ("anna",), "102": ("anna",)})
    ring = [desk.leg(str(10 + n), f"10{n + 1}", caller="katalog-1", placed=True) for n in range(2)]
    desk.tell(11, *ring)
    desk.tell(15, desk.leg("10", "101", status=UP, caller="katalog-1", placed=True, answered=15.0))
    desk.tell(16, ended="11", cause=0)
    desk.tell(17, desk.leg("10", "101", status=UP, caller="katalog-1", placed=True, answered=None))
    desk.tell(20, desk.leg("10", "101", status=UP, caller="katalog-1", placed=True, answered=20.0))
    desk.tell(30, ended="10")
    assert desk.kept.words() == ["anna out answered 070"]
    assert desk.only.answered == 20.0


def test_two_callers_at_two_telephones_of_one_person_are_two_calls() -> None:
    desk = Desk({"101": ("anna",), "102": ("anna",)})
    desk.tell(11, desk.leg("10", "101", caller="1"), desk.leg("11", "102", caller="2"))
    desk.tell(16, ended="10", cause=0)
    desk.tell(20, ended="11", cause=0)
    assert desk.kept.words() == ["anna in missed 070"] * 2


def test_a_queue_that_calls_again_is_a_call_each_time() -> None:
    desk = Desk()
    for second in (10, 20):
        desk.tell(second, desk.leg(str(second), "101", caller="1"))
        desk.tell(second + 5, ended=str(second), cause=0)
    assert desk.kept.words() == ["101 in missed 070"] * 2


def test_a_shared_telephone_is_a_call_for_each() -> None:
    desk = Desk({"101": ("anna", "bengt")})
    desk.tell(10, desk.leg("10", "101", status=UP, answered=11.0))
    desk.tell(20, ended="10")
    assert desk.kept.words() == ["anna in answered 070", "bengt in answered 070"]


def test_each_party_of_an_answered_call_has_its_own_time() -> None:
    desk = Desk()
    desk.tell(10, desk.leg("10", "101", status=UP, answered=12.0, party="102"))
    desk.tell(20, desk.leg("10", "101", status=UP, answered=12.0, party="103"))
    desk.tell(20.2, desk.leg("10", "101", status=UP, answered=12.0, party="104"))
    desk.tell(30, ended="10")
    assert desk.only.number == "102"
    assert desk.only.parts == (Part("102", 12.0, 20.0), Part("104", 20.0, 30.0))


def test_duration_counts_from_the_answer() -> None:
    desk = Desk()
    desk.tell(10, desk.leg("10", "101", status=UP, answered=12.0))
    desk.tell(20, ended="10")
    assert (desk.only.duration, desk.only.answered, desk.only.ended) == (8, 12.0, 20.0)
    desk = Desk()
    desk.tell(10, desk.leg("10", "101"))
    desk.tell(20, ended="10")
    assert desk.only.duration == 0


def test_without_the_telephone_systems_clock_times_are_ours() -> None:
    desk = Desk(clocked=False)
    desk.tell(10, desk.leg("a", "101"))
    desk.tell(12, desk.leg("a", "101", status=UP, answered=0.0))
    desk.tell(20, ended="a")
    assert (desk.only.clock, desk.only.began, desk.only.answered, desk.only.ended) == (Clock.KATALOG, 10.5, 12.5, 20.5)


def test_a_connector_that_knows_nothing_but_legs_is_enough() -> None:
    """One of somebody else's, as docs/connectors.md has it."""
    tracker, kept = Tracker(Office(), lambda: 50.0), Kept()
    tracker.hear(LegsRead("växel", ()))
    tracker.hear(LegsChanged("växel", (Leg("a", "BELL/101", UNKNOWN, RINGING, "070"),)))
    tracker.hear(LegsChanged("växel", (Leg("a", "BELL/101", IN, UP, "070"),)))
    tracker.hear(LegsChanged("växel", ended=("a", "never")))
    kept.put(tracker.take())
    assert kept.words() == ["101 in answered 070"]
    assert [record.clock for record in kept.records.values()] == [Clock.KATALOG]


def test_what_ended_while_nobody_listened_ends_at_the_last_word() -> None:
    desk = Desk()
    desk.read(5)
    desk.tell(10, desk.leg("10", "101", status=UP, answered=12.0), desk.leg("11", "102"))
    desk.now = 100.0
    desk.tracker.hear(LinkLost("växel", "x"))
    desk.now = 200.0
    desk.tracker.hear(LinkLost("växel", "still"))
    desk.tracker.hear(LegsWithdrawn("växel"))
    desk.read(300)
    assert [(record.ended, record.clock) for record in desk.kept.records.values()] == [(100.0, Clock.GUESSED)] * 2
    assert desk.kept.words() == ["101 in answered 070", "102 in missed 070"]


def test_what_went_on_over_a_lost_link_is_as_if_it_had_not_been_lost() -> None:
    desk = Desk()
    up = desk.leg("10", "101", status=UP, answered=12.0)
    desk.tell(12, up)
    desk.tracker.hear(LinkLost("växel", "x"))
    desk.read(50, up)
    desk.tell(60, ended="10")
    assert (desk.only.ended, desk.only.clock) == (60.0, Clock.PBX)


def test_of_one_that_is_found_answered_the_answer_is_guessed() -> None:
    desk = Desk()
    desk.read(50, desk.leg("10", "101", OUT, UP))
    desk.tell(60, ended="10")
    assert (desk.only.began, desk.only.answered, desk.only.clock) == (10.0, 50.0, Clock.GUESSED)


def test_until_when_it_is_known_what_there_is() -> None:
    desk = Desk()
    assert desk.tracker.heard == {}
    desk.read(50)
    desk.now = 60.0
    assert desk.tracker.heard == {"växel": 60.0}
    desk.tracker.hear(LinkLost("växel", "x"))
    desk.now = 70.0
    assert desk.tracker.heard == {"växel": 60.0}
    desk.tracker.hear(DndRead("växel", frozenset()))
    assert desk.tracker.heard == {"växel": 60.0}


def test_what_another_server_left_open() -> None:
    desk = Desk()
    desk.tell(10, desk.leg("10", "101", status=UP, answered=12.0))
    (left,) = desk.kept.open.values()
    other = Desk()
    other.read(90)
    assert not other.tracker.follows(left.key)
    other.tracker.lose([left], {"växel": 90.0})
    other.kept.put(other.tracker.take())
    assert (other.only.ended, other.only.clock) == (90.0, Clock.GUESSED)
    desk.tracker.keep_all()
    assert desk.tracker.follows(left.key)
    batch = desk.tracker.take()
    assert batch is not None
    assert list(batch.open) == [left.key]
    assert desk.tracker.take() is None


def test_a_placed_call_whose_menu_calls_on_in_vain_was_not_answered() -> None:
    desk = Desk()
    desk.tell(10, desk.leg("10", "101", status=UP, placed=True, answered=11.0))
    desk.tell(12, desk.leg("10", "101", status=UP, placed=True, answered=None))
    desk.tell(20, ended="10")
    assert desk.kept.words() == ["101 out unanswered 070"]
