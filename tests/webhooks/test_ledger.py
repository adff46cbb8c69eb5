"""Who is hidden is told to nobody, nor are their calls."""

import msgspec

from katalog.domain.entry import Entry
from katalog.domain.events import EntriesChanged
from katalog.domain.webhook import Topic
from katalog.webhooks.ledger import Ledger
from tests.live.directories import directory, leg, tell

ANNA = Entry("1", "100", "Anna", devices=("PJSIP/100",))
HIDDEN = msgspec.structs.replace(ANNA, hidden=True)


def test_a_hidden_entry_is_nothing_to_be_told() -> None:
    live = directory(HIDDEN)
    ledger = Ledger(live, lambda: 1.0)
    tell(live, leg("1.1", "PJSIP/100"))
    assert [*ledger.people(["1"]), *ledger.lines(["1"])] == []
    assert ledger.changed == {}


def test_one_that_is_hidden_has_gone_and_its_call_has_ended() -> None:
    live = directory(ANNA)
    ledger = Ledger(live, lambda: 1.0)
    tell(live, leg("1.1", "PJSIP/100"))
    assert [each.topic for each in ledger.lines(["1"])] == [Topic.CALL_STARTED, Topic.CALL_ANSWERED]
    (added,) = ledger.people(["1"])
    assert (added.before, added.entry) == (None, ANNA)
    live.apply(EntriesChanged((HIDDEN,)))
    (ended,) = ledger.lines(["1"])
    assert (ended.topic, ended.entry) == (Topic.CALL_ENDED, ANNA)
    (gone,) = ledger.people(["1"])
    assert (gone.before, gone.entry) == (ANNA, None)
    assert set(ledger.changed.values()) == {None}
