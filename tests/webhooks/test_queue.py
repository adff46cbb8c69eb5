"""What is sent next: in order for each subject, without what is stale, not at all while the receiver rests."""

from collections import defaultdict

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from katalog.domain.webhook import Health, Topic
from katalog.webhooks.queue import AT_ONCE, Queue, Waiting

CHANGED, ADDED, REMOVED = Topic.ENTRY_CHANGED, Topic.ENTRY_ADDED, Topic.ENTRY_REMOVED
PROFILE, STARTED, ENDED = Topic.PROFILE_CHANGED, Topic.CALL_STARTED, Topic.CALL_ENDED


class Line:
    """A queue whose messages are named by their number."""

    def __init__(self, health: Health | None = None) -> None:
        self.queue = Queue(health or Health())
        self.number = 0

    def add(self, topic: Topic, subject: str = "anna", *, kept: bool = True) -> list[str]:
        self.number += 1
        stale = self.queue.add(Waiting(str(self.number), self.number, topic, subject, 0.0))
        if kept:
            self.queue.admit()
        return stale

    def take(self, now: float = 1.0) -> list[Waiting]:
        taken = []
        while (waiting := self.queue.take(now)) is not None:
            taken.append(waiting)
        return taken

    def ids(self, now: float = 1.0) -> list[str]:
        """Takes all that there are, one after another."""
        found = []
        while taken := self.take(now):
            for waiting in taken:
                found.append(waiting.id)
                self.queue.done(waiting)
        return found


def test_one_subject_in_its_order_others_beside_it() -> None:
    line = Line()
    for subject in ("anna", "bo", "anna"):
        line.add(STARTED, subject)
    first, other = line.take()
    assert [first.id, other.id] == ["1", "2"]
    assert line.take() == []
    line.queue.done(first)
    assert [each.id for each in line.take()] == ["3"]
    assert len(line.queue) == 2


def test_one_that_failed_holds_up_its_own_subject_only() -> None:
    line = Line()
    line.add(STARTED)
    line.add(ENDED)
    line.add(STARTED, "bo")
    failing, other = line.take()
    line.queue.again(failing, 10.0)
    line.queue.done(other)
    assert line.take(9.9) == []
    assert [each.id for each in line.take(10.0)] == ["1"]
    assert failing.failures == 1
    line.queue.later(failing, 11.0)
    assert failing.failures == 1
    assert line.ids(11.0) == ["1", "2"]
    assert len(line.queue) == 0


def test_a_newer_state_takes_the_place_of_the_one_that_waits() -> None:
    line = Line()
    line.add(STARTED)
    (held,) = line.take()
    line.add(PROFILE)
    line.add(CHANGED)
    assert line.add(PROFILE) == ["2"]
    assert line.add(CHANGED) == ["3"]
    assert line.add(ENDED) == []
    assert "2" not in line.queue
    assert "4" in line.queue
    line.queue.done(held)
    assert line.ids() == ["4", "5", "6"]


def test_what_is_being_sent_is_not_left_out() -> None:
    line = Line()
    line.add(PROFILE)
    (sending,) = line.take()
    assert line.add(PROFILE) == []
    assert line.add(PROFILE) == ["2"]
    line.queue.again(sending, 5.0)
    assert line.ids(5.0) == ["1", "3"]


def test_one_that_failed_is_stale_by_a_newer_state() -> None:
    line = Line()
    line.add(PROFILE)
    (failing,) = line.take()
    line.queue.again(failing, 500.0)
    assert line.add(PROFILE) == ["1"]
    assert line.ids() == ["2"]


def test_an_end_leaves_out_all_that_was_to_be_told_of_it_but_its_calls() -> None:
    line = Line()
    line.add(STARTED)
    (held,) = line.take()
    for topic in (ADDED, CHANGED, PROFILE, ENDED):
        line.add(topic)
    assert line.add(REMOVED) == ["2", "3", "4"]
    line.queue.done(held)
    assert line.ids() == ["5", "6"]


def test_who_never_heard_of_an_entry_is_told_that_it_is_new() -> None:
    line = Line()
    assert line.queue.topic_for(CHANGED, "anna") is CHANGED
    line.add(ADDED)
    assert line.queue.topic_for(CHANGED, "anna") is ADDED
    assert line.queue.topic_for(PROFILE, "anna") is PROFILE
    assert line.queue.topic_for(CHANGED, "bo") is CHANGED
    assert line.add(ADDED) == ["1"]
    line.take()
    assert line.queue.topic_for(CHANGED, "anna") is CHANGED


def test_the_coming_of_an_entry_is_told_before_its_calls() -> None:
    line = Line()
    line.add(ADDED)
    line.add(STARTED)
    assert line.queue.topic_for(CHANGED, "anna") is CHANGED
    assert line.add(CHANGED) == []
    assert line.add(ADDED) == []
    assert line.queue.topic_for(CHANGED, "anna") is ADDED
    assert line.ids() == ["1", "2", "3", "4"]


def test_the_coming_of_an_entry_says_its_profile_too() -> None:
    line = Line()
    line.add(ADDED)
    line.add(PROFILE)
    assert line.queue.topic_for(CHANGED, "anna") is ADDED
    assert line.add(ADDED) == ["1", "2"]


def test_who_comes_and_goes_while_nobody_answers_has_gone_once() -> None:
    line = Line()
    line.add(REMOVED)
    assert line.add(ADDED) == []
    assert line.add(REMOVED) == ["1", "2"]
    assert line.ids() == ["3"]


def test_what_is_not_kept_yet_is_not_sent() -> None:
    queue = Queue(Health())
    queue.add(Waiting("1", 1, STARTED, "anna", 0.0))
    assert queue.take(1.0) is None
    queue.admit()
    first = queue.take(1.0)
    assert first is not None
    queue.put(Waiting("2", 2, STARTED, "bo", 0.0))
    second = queue.take(1.0)
    assert second is not None
    assert second.id == "2"


def test_nothing_is_sent_to_who_rests_or_is_paused_by_hand() -> None:
    line = Line(Health(rest_until=10.0, rests=1))
    line.add(STARTED)
    line.add(STARTED, "bo")
    assert line.take(9.9) == []
    # Then one, to see whether it is back.
    assert [each.id for each in line.take(10.0)] == ["1"]


def test_one_that_is_paused_is_tried_with_one_message_by_hand_with_none() -> None:
    line = Line(Health(paused_since=1.0, by_hand=True))
    line.add(STARTED)
    line.add(STARTED, "bo")
    assert line.take(1e9) == []
    line.queue.health = Health(paused_since=1.0)
    assert [each.id for each in line.take()] == ["1"]


def test_after_a_rest_one_at_a_time_until_one_is_taken() -> None:
    line = Line(Health(rests=1))
    for subject in ("anna", "bo", "cia"):
        line.add(STARTED, subject)
    (first,) = line.take()
    line.queue.again(first, 50.0)
    (second,) = line.take()
    line.queue.done(second)
    line.queue.health = Health(succeeded=1.0)
    assert [each.id for each in line.take(50.0)] == ["3", "1"]


def test_a_newer_state_that_is_not_kept_yet_is_not_sent_for_the_one_it_replaced() -> None:
    line = Line()
    line.add(PROFILE)
    assert line.add(PROFILE, kept=False) == ["1"]
    assert line.take() == []
    assert line.add(PROFILE, kept=False) == ["2"]
    assert line.take() == []
    line.queue.admit()
    assert line.ids() == ["3"]


def test_what_is_not_kept_yet_waits_behind_its_subject_too() -> None:
    line = Line()
    line.add(STARTED)
    (sending,) = line.take()
    line.add(ENDED, kept=False)
    line.queue.done(sending)
    assert line.take() == []
    assert ("2" in line.queue, len(line.queue)) == (True, 1)
    line.queue.admit()
    assert line.ids() == ["2"]


def test_not_too_many_at_once() -> None:
    line = Line()
    for number in range(AT_ONCE + 5):
        line.add(STARTED, str(number))
    assert len(line.take()) == AT_ONCE


def test_what_waits_for_its_next_attempt_is_hurried_all_or_one() -> None:
    line = Line()
    for subject in ("anna", "bo"):
        line.add(STARTED, subject)
    for waiting in line.take():
        line.queue.again(waiting, 1000.0)
    line.queue.hurry(5.0, "2")
    assert line.ids(5.0) == ["2"]
    line.queue.hurry(6.0)
    assert line.ids(6.0) == ["1"]


def test_one_that_was_hurried_and_failed_is_not_sent_when_it_would_have_been_due_before() -> None:
    line = Line()
    line.add(STARTED)
    (failing,) = line.take()
    line.queue.again(failing, 1000.0)
    line.queue.hurry(990.0)
    assert line.take(990.0) == [failing]
    line.queue.again(failing, 87_390.0)
    assert line.take(1000.0) == []
    assert line.take(87_390.0) == [failing]


class AnyOrder(RuleBasedStateMachine):
    """Whatever comes and fails when: every subject is told in order, its latest states, and all that is no state."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line()
        self.now = 0.0
        self.sending: list[Waiting] = []
        self.added: dict[str, list[tuple[int, Topic]]] = defaultdict(list)
        self.stale: set[str] = set()
        self.new: set[str] = set()  # not kept yet
        self.told: dict[str, list[int]] = defaultdict(list)

    @rule(
        subject=st.sampled_from("abc"),
        topic=st.sampled_from([CHANGED, ADDED, REMOVED, PROFILE, STARTED, ENDED]),
        kept=st.booleans(),
    )
    def add(self, subject: str, topic: Topic, kept: bool) -> None:
        stale = self.line.add(topic, subject, kept=kept)
        self.new = set() if kept else {*self.new, str(self.line.number)}
        assert not {each.id for each in self.sending} & {*stale}
        self.stale |= {*stale}
        self.added[subject].append((self.line.number, topic))

    @rule()
    def take(self) -> None:
        taken = self.line.take(self.now)
        health = self.line.queue.health
        assert not taken or self.now >= health.rest_until
        assert all(each.due <= self.now for each in taken)
        assert not {each.id for each in taken} & (self.new | self.stale)
        self.sending += taken
        assert not taken or not health.rests or len(self.sending) == 1
        subjects = [each.subject for each in self.sending]
        assert len(subjects) == len(set(subjects))

    @rule(which=st.integers(0, 7), good=st.booleans(), wait=st.floats(0.0, 5.0))
    def answer(self, which: int, good: bool, wait: float) -> None:
        if which < len(self.sending):
            waiting = self.sending.pop(which)
            if good:
                self.told[waiting.subject].append(waiting.sequence)
                self.line.queue.done(waiting)
            else:
                self.line.queue.again(waiting, self.now + wait)

    @rule()
    def admit(self) -> None:
        self.line.queue.admit()
        self.new = set()

    @rule()
    def postpone(self) -> None:
        if self.sending:
            self.line.queue.later(self.sending.pop(), self.now + 1.0)

    @rule(seconds=st.floats(0.0, 3.0))
    def rest(self, seconds: float) -> None:
        self.line.queue.health = Health(rests=1, rest_until=self.now + seconds)

    @rule(one=st.integers(0, 30))
    def hurry(self, one: int) -> None:
        self.line.queue.hurry(self.now, str(one or ""))

    @rule()
    def is_well(self) -> None:
        self.line.queue.health = Health()

    @invariant()
    def those_that_wait_are_in_it(self) -> None:
        told = {str(number) for each in self.told.values() for number in each}
        added = {str(number) for each in self.added.values() for number, _ in each}
        assert len(self.line.queue) == len(added - told - self.stale)
        assert all((id_ in self.line.queue) is (id_ not in told | self.stale) for id_ in added)

    @rule(seconds=st.floats(0.1, 3.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @invariant()
    def every_subject_is_told_in_order(self) -> None:
        for told in self.told.values():
            assert told == sorted(set(told))

    def teardown(self) -> None:
        self.admit()
        self.is_well()
        while self.sending:
            self.answer(0, True, 0.0)
        self.now += 10.0
        while taken := self.line.take(self.now):
            self.sending = taken
            while self.sending:
                self.answer(0, True, 0.0)
        assert len(self.line.queue) == 0
        self.every_subject_is_told_in_order()
        for subject, added in self.added.items():
            assert [number for number, _ in added if str(number) not in self.stale] == self.told[subject]
            for topic, more in (
                (CHANGED, {REMOVED}),
                (PROFILE, {REMOVED, ADDED}),
                (REMOVED, set()),
                (ADDED, {REMOVED}),
            ):
                # The last of each is told, or something that says more came after it.
                last = max((number for number, each in added if each is topic), default=None)
                over = max((number for number, each in added if each in more), default=0)
                assert last is None or last in self.told[subject] or last < over


TestAnyOrder = AnyOrder.TestCase
