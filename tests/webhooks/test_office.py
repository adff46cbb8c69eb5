"""One organisation's webhooks: whom a change of a webhook concerns."""

import msgspec

from katalog.domain.wanted import Wanted
from katalog.domain.webhook import Attempt, Delivery, Health, Topic, Webhook
from katalog.webhooks.office import Office
from katalog.webhooks.queue import Queue, Waiting
from tests.live.directories import directory

RESTING = Health(failures=9, rests=5, failing_since=1.0, rest_until=1_790_003_600.0, sv="Nej", en="No")
ONE, OTHER = (
    Webhook(id_, "url", (Topic.ENTRY_ADDED,), Wanted(), "secret", 1.0, health=RESTING, revision=7) for id_ in ("1", "2")
)


def opened() -> Office:
    numbers = iter(range(1, 100))
    office = Office(directory(), lambda: 1_790_000_000.0, lambda: None, lambda: next(numbers))
    office.follow([ONE, OTHER], [])
    return office


def is_sent(queue: Queue) -> bool:
    queue.put(Waiting("9", 9, Topic.ENTRY_ADDED, "anna", 0.0))
    return queue.take(1_790_000_000.0) is not None


def test_how_it_went_with_a_receiver_holds_when_another_webhook_is_changed() -> None:
    office = opened()
    office.queues["2"].put(Waiting("a", 1, Topic.ENTRY_ADDED, "bo", 0.0))
    queue = office.queues["2"]
    # Sent before it rested; the answer comes now, and is not committed yet.
    queue.health = Health()
    waiting = queue.take(1_790_000_000.0)
    assert waiting is not None
    queue.health = RESTING
    delivery = Delivery("a", "2", 1, Topic.ENTRY_ADDED, "bo", 1.0, b"{}")
    office.sent(OTHER, queue, waiting, delivery, Attempt(1.0, 1, 200), 0.0)
    office.follow([msgspec.structs.replace(ONE, revision=8), OTHER], [])
    batch = office.take()
    assert batch is not None
    assert batch.health["2"][1].failing_since is None
    assert is_sent(office.queues["2"])


def test_who_has_changed_a_webhook_has_decided_how_it_goes() -> None:
    office = opened()
    assert not is_sent(office.queues["1"])
    office.follow([msgspec.structs.replace(ONE, revision=8, health=Health()), OTHER], [])
    assert office.queues["1"].take(1_790_000_000.0) is not None
