"""Profiles as they are kept, on every database: the catalogue, what was set by hand, plans, calendars, the history."""

import math

import msgspec
import pytest

from katalog.domain.absence import Absence
from katalog.domain.catalogue import Catalogue, Meanwhile, standard
from katalog.domain.entry import Entry
from katalog.domain.feed import Feed
from katalog.domain.identifier import new_id
from katalog.domain.presence import Hand
from katalog.errors import Conflict
from katalog.store import (
    absences,
    audit,
    calendars,
    catalogue,
    changes,
    entries,
    hands,
    organisations,
)  # fmt: skip
from katalog.store.database import Actor, Database
from tests.live.directories import CALENDAR

ACTOR = Actor("anna", "tests")
CATALOGUE = Catalogue(standard(), "sv")


class Kept:
    """One organisation with Anna in it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def move_in(self) -> None:
        organisation = await organisations.default(self.database, "Exempel AB")
        self.organisation = organisation.id
        async with self.database.write(self.organisation, ACTOR) as change:
            self.anna = (await entries.add(change, Entry(new_id(), "100", "Anna"))).id
        self.seen = change.revision

    async def new(self) -> changes.Changes:
        """What has changed since the last look, as a running server reads it."""
        async with self.database.read() as connection:
            revision, _ = (await changes.revisions(connection))[self.organisation]
            found = await changes.since(connection, self.organisation, self.seen, revision)
        self.seen = revision
        return found


@pytest.fixture
async def kept(database: Database) -> Kept:
    found = Kept(database)
    await found.move_in()
    return found


async def test_a_new_organisation_has_the_standard_catalogue(kept: Kept) -> None:
    async with kept.database.read() as connection:
        found = await catalogue.all_of(connection, kept.organisation)
    assert [msgspec.structs.replace(choice, revision=0) for choice in found] == standard()


@pytest.mark.parametrize(
    ("end", "message"), [(math.inf, None), (1_790_000_000.5, "Åter ”kl 13”\n😀"), (4_102_444_799.0, "x" * 4000)]
)
async def test_what_is_set_by_hand_comes_back_as_it_was_and_replaces_what_was(
    kept: Kept, end: float, message: str | None
) -> None:
    for hand in (Hand(kept.anna, "lunch", 1.25), Hand(kept.anna, "meeting", 1_789_999_999.123456, end, message)):
        async with kept.database.write(kept.organisation, ACTOR) as change:
            await hands.put(change, hand, CATALOGUE, CALENDAR)
    expected = msgspec.structs.replace(hand, revision=change.revision)
    assert (await kept.new()).hands == [expected]
    async with kept.database.read() as connection:
        assert await hands.all_of(connection, kept.organisation) == [expected]
        assert await hands.get(connection, kept.anna) == expected


async def test_plans_are_added_changed_and_removed_and_each_is_told(kept: Kept) -> None:
    first = Absence(new_id(), kept.anna, "holiday", "2027-07-01 00:00:00", "", "", "Åter")
    rule = Absence(new_id(), kept.anna, "left", "2026-11-27 13:00:00", "2026-11-27 17:00:00", "FREQ=WEEKLY", None)
    async with kept.database.write(kept.organisation, ACTOR) as change:
        first, rule = await absences.add(change, first), await absences.add(change, rule)
        assert await absences.count(change, kept.anna) == 2
    assert sorted((await kept.new()).absences, key=lambda each: each.begin) == [rule, first]
    async with kept.database.write(kept.organisation, ACTOR) as change:
        later = await absences.replace(change, first, msgspec.structs.replace(first, message="Ring växeln"))
    assert (await kept.new()).absences == [later]
    async with kept.database.write(kept.organisation, ACTOR) as change:
        await absences.remove(change, rule)
        assert await absences.get(change, kept.anna, rule.id) is None
        assert await absences.get(change, kept.anna, later.id) == later
    assert (await kept.new()).removed == [("absence", rule.id)]
    async with kept.database.read() as connection:
        wanted = audit.Wanted(subject=kept.anna, actions=audit.OF_PEOPLE)
        rows = await audit.page(connection, kept.organisation, wanted, limit=10)
    assert [row.action for row in rows] == ["absence.removed", "absence.changed", "absence.added", "absence.added"]
    assert rows[1].details == {"absence": first.id, "message": ["Åter", "Ring växeln"]}


async def test_the_catalogue_is_changed_and_one_that_is_used_stays(kept: Kept) -> None:
    async with kept.database.write(kept.organisation, ACTOR) as change:
        lunch = await catalogue.get(change, "lunch")
        assert lunch is not None
        lunch = await catalogue.replace(
            change, msgspec.structs.replace(lunch, names={"sv": "Rast"}, meanwhile=Meanwhile.FORWARD, forward="9")
        )
        await hands.put(change, Hand(kept.anna, "lunch", 1.0, 2_000_000_000.0), CATALOGUE, CALENDAR)
    assert lunch in (await kept.new()).choices
    with pytest.raises(Conflict):
        async with kept.database.write(kept.organisation, ACTOR) as change:
            await catalogue.remove(change, lunch, 1_790_000_000.0)
    with pytest.raises(Conflict):
        async with kept.database.write(kept.organisation, ACTOR) as change:
            await catalogue.add(change, msgspec.structs.replace(lunch, id="other", code="", names={"en": "  RAST "}))
    async with kept.database.write(kept.organisation, ACTOR) as change:
        # Over by then.
        await catalogue.remove(change, lunch, 2_000_000_001.0)
        assert await catalogue.get(change, "lunch") is None
    assert "lunch" not in [choice.id for choice in (await kept.new()).choices]


async def test_who_is_removed_takes_everything_along(kept: Kept) -> None:
    async with kept.database.write(kept.organisation, ACTOR) as change:
        await hands.put(change, Hand(kept.anna, "ill", 1.0), CATALOGUE, CALENDAR)
        await absences.add(change, Absence(new_id(), kept.anna, "ill", "2027-01-01 00:00:00", ""))
        await calendars.put(change, Feed(kept.anna, "sealed"))
    async with kept.database.write(kept.organisation, ACTOR) as change:
        anna = await entries.get(change.connection, kept.organisation, kept.anna)
        assert anna is not None
        await entries.remove(change, [anna])
    async with kept.database.read() as connection:
        assert await hands.all_of(connection, kept.organisation) == []
        assert await absences.all_of(connection, kept.organisation) == []
        assert await calendars.all_of(connection, kept.organisation) == []


async def test_the_history_of_people_is_forgotten_and_nothing_else(kept: Kept) -> None:
    async with kept.database.write(kept.organisation, ACTOR) as change:
        await hands.put(change, Hand(kept.anna, "ill", 1.0), CATALOGUE, CALENDAR)
        await absences.add(change, Absence(new_id(), kept.anna, "ill", "2027-01-01 00:00:00", ""))

    async def actions() -> list[str]:
        async with kept.database.read() as connection:
            return [row.action for row in await audit.page(connection, kept.organisation, limit=20)]

    before = await actions()
    await audit.purge(kept.database, audit.OF_PEOPLE, 1.0)
    assert await actions() == before
    await audit.purge(kept.database, audit.OF_PEOPLE, 4e9)
    assert await actions() == [each for each in before if not each.startswith(audit.OF_PEOPLE)] == ["entry.added"]
