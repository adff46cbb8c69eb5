"""What waits to be sent to one webhook: in order for each subject, stale states left out. In memory, and pure.

A message whose subject has an older one that waits, or is being sent, is held back. So a failing message holds up its
own entry, and nobody else's.
"""

import heapq
from collections import deque

from katalog.domain.webhook import Health, Topic

AT_ONCE = 8
"""Messages that are being sent to one receiver at the same time."""

_STALE: dict[Topic, tuple[Topic, ...]] = {
    Topic.PROFILE_CHANGED: (Topic.PROFILE_CHANGED,),
    Topic.ENTRY_ADDED: (Topic.ENTRY_ADDED, Topic.PROFILE_CHANGED),
    Topic.ENTRY_CHANGED: (Topic.ENTRY_CHANGED,),
    Topic.ENTRY_REMOVED: (Topic.ENTRY_ADDED, Topic.ENTRY_CHANGED, Topic.ENTRY_REMOVED, Topic.PROFILE_CHANGED),
}
"""What need not be told any more, if this is. An entry that is new is told with its profile."""


class Waiting:
    """A message's place in the queue. `failures` counts its attempts so far."""

    __slots__ = ("due", "failures", "id", "sequence", "subject", "topic")

    def __init__(self, id_: str, sequence: int, topic: Topic, subject: str, due: float, failures: int = 0) -> None:
        self.id = id_
        self.sequence = sequence
        self.topic = topic
        self.subject = subject
        self.due = due
        self.failures = failures


class Queue:
    """`take` gives what is to be sent now; each is given back by `done` or `again`."""

    def __init__(self, health: Health) -> None:
        self.health = health
        self._subjects: dict[str, deque[Waiting]] = {}
        self._sending: dict[str, Waiting] = {}  # by subject
        self._heads: list[tuple[float, int, str]] = []  # a heap; some are out of date
        self._ids: set[str] = set()
        self._new: set[str] = set()  # not admitted yet
        self._held: list[Waiting] = []  # of those, heads that were due meanwhile

    def __len__(self) -> int:
        """Those that are being sent too."""
        return len(self._ids)

    def __contains__(self, id_: str) -> bool:
        return id_ in self._ids

    def topic_for(self, topic: Topic, subject: str) -> Topic:
        """As what a new message is told: of an entry that the receiver has never heard of, its change is its coming."""
        if topic is Topic.ENTRY_CHANGED and any(each.topic is Topic.ENTRY_ADDED for each in self._since_call(subject)):
            return Topic.ENTRY_ADDED
        return topic

    def add(self, waiting: Waiting) -> list[str]:
        """Something new, at the end, not sent before `admit`; gives the ids of those that are stale by it."""
        topics = _STALE.get(waiting.topic, ())
        among = self._since_call if waiting.topic is Topic.ENTRY_ADDED else self._still_waiting
        stale = [each.id for each in among(waiting.subject) if each.topic in topics]
        if stale:
            line = self._subjects[waiting.subject]
            kept = [each for each in line if each.id not in stale]
            self._ids.difference_update(stale)
            self._new.difference_update(stale)
            self._subjects[waiting.subject] = deque(kept)
            if kept and waiting.subject not in self._sending:
                self._offer(kept[0])
        self._new.add(waiting.id)
        self.put(waiting)
        return stale

    def admit(self) -> None:
        """What was added is kept, and may be sent."""
        self._new.clear()
        for waiting in self._held:
            self._offer(waiting)
        self._held.clear()

    def put(self, waiting: Waiting) -> None:
        """At the end, whatever else is in the queue."""
        line = self._subjects.setdefault(waiting.subject, deque())
        line.append(waiting)
        self._ids.add(waiting.id)
        if line[0] is waiting:
            self._offer(waiting)

    def _still_waiting(self, subject: str) -> list[Waiting]:
        """Without what is being sent."""
        sending = self._sending.get(subject)
        return [each for each in self._subjects.get(subject, ()) if each is not sending]

    def _since_call(self, subject: str) -> list[Waiting]:
        """Of those, what comes after the last call: the coming of an entry must not be told after its calls."""
        found = self._still_waiting(subject)
        calls = [place for place, each in enumerate(found, 1) if each.topic not in _STALE]
        return found[calls[-1] :] if calls else found

    def _offer(self, waiting: Waiting) -> None:
        heapq.heappush(self._heads, (waiting.due, waiting.sequence, waiting.subject))

    def take(self, now: float) -> Waiting | None:
        """The next one to be sent, None if there is none now."""
        health = self.health
        if health.by_hand or now < health.rest_until:
            return None
        # A receiver that was left in peace gets one message, to see whether it is back.
        if len(self._sending) >= (1 if health.rests or health.paused_since is not None else AT_ONCE):
            return None
        while self._heads and self._heads[0][0] <= now:
            _, sequence, subject = heapq.heappop(self._heads)
            line = self._subjects.get(subject)
            if not line or line[0].sequence != sequence or subject in self._sending or line[0].due > now:
                continue
            if line[0].id in self._new:
                self._held.append(line[0])
                continue
            self._sending[subject] = line[0]
            return line[0]
        return None

    def done(self, waiting: Waiting) -> None:
        """It is delivered, given up, or not to be sent at all."""
        del self._sending[waiting.subject]
        line = self._subjects[waiting.subject]
        line.remove(waiting)
        self._ids.discard(waiting.id)
        if line:
            self._offer(line[0])
        else:
            del self._subjects[waiting.subject]

    def again(self, waiting: Waiting, due: float) -> None:
        """It failed, and is due later."""
        waiting.failures += 1
        self.later(waiting, due)

    def later(self, waiting: Waiting, due: float) -> None:
        """It was not sent after all, and is due later."""
        del self._sending[waiting.subject]
        waiting.due = due
        self._offer(waiting)

    def hurry(self, now: float, id_: str = "") -> None:
        """The receiver is back, or to be tried: what waits for its next attempt is due; or one message alone."""
        for subject, line in self._subjects.items():
            head = line[0]
            if head.due > now and id_ in ("", head.id):
                head.due = now
                if subject not in self._sending:
                    self._offer(head)
