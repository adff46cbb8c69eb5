"""Recordings and whose they are, on every database."""

from typing import Any

import pytest
from sqlalchemy import event

from katalog.domain.call import Direction
from katalog.domain.call_record import CallRecord, Clock, Outcome
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.domain.recording import Heard, Recorded, Recording
from katalog.store import backup, call_records, entries, open_calls, organisations, recordings
from katalog.store.database import Actor, Database

ACTOR = Actor("test", "tests")
NOW = 2_000_000_000.0


def recorded(channel: str, *legs: str, file: str = "a.wav", began: float = NOW) -> Recorded:
    return Recorded(channel, file, began, tuple(Heard(leg, "PJSIP/100") for leg in legs))


class Kept:
    def __init__(self, database: Database, organisation: str) -> None:
        self.database = database
        self.organisation = organisation

    async def put(self, one: Recorded, *, now: float = NOW, pbx: str = "växel") -> None:
        async with self.database.aside() as connection:
            await recordings.put(connection, self.organisation, pbx, one, now)

    async def end(self, *channels: str, now: float = NOW + 10) -> None:
        async with self.database.aside() as connection:
            await recordings.end(connection, self.organisation, "växel", channels, now)

    async def end_others(self, *channels: str) -> None:
        async with self.database.aside() as connection:
            await recordings.end_others(connection, self.organisation, "växel", channels, NOW + 10)

    async def unfinished(self, since: float = 0.0) -> list[Recording]:
        async with self.database.read() as connection:
            return await recordings.unfinished(connection, self.organisation, since)

    async def finish(self, seconds: float = 10.0) -> None:
        for each in await self.unfinished():
            async with self.database.aside() as connection:
                await recordings.finish(connection, each.id, seconds)

    async def of(self, *legs: str, pbx: str = "växel") -> dict[str, list[str]]:
        """Files of each leg."""
        async with self.database.read() as connection:
            found = await recordings.of_legs(connection, self.organisation, [(pbx, leg) for leg in legs])
        return {leg: [each.file for each in some] for (_, leg), some in found.items()}

    async def call(self, entry: Entry, leg: str, *, pbx: str = "växel") -> None:
        record = CallRecord(
            new_id(), entry.id, pbx, leg, "", "", Direction.IN, Outcome.ANSWERED, "070", NOW, NOW, NOW + 10, Clock.PBX
        )
        async with self.database.aside() as connection:
            await call_records.add(connection, self.organisation, [record])

    async def entries_of(self, one: Recording) -> list[str]:
        async with self.database.read() as connection:
            return await recordings.entries_of(connection, self.organisation, one)

    async def forgettable(self, began_before: float = 0.0, ended_before: float = NOW + 100) -> list[str]:
        async with self.database.read() as connection:
            found = await recordings.forgettable(
                connection, self.organisation, began_before=began_before, ended_before=ended_before
            )
        return [each.channel for each in found]

    async def add(self, extension: str) -> Entry:
        async with self.database.write(self.organisation, ACTOR) as change:
            return await entries.add(change, Entry(new_id(), extension, f"N {extension}"))


@pytest.fixture
async def kept(database: Database) -> Kept:
    return Kept(database, (await organisations.default(database, "Test")).id)


async def test_however_often_it_is_told_it_is_there_once_with_all_who_were_heard(kept: Kept) -> None:
    await kept.put(recorded("c", "1"))
    await kept.put(recorded("c", "1", "2"))
    await kept.put(recorded("c", "1", "2", began=0.0))
    assert await kept.unfinished() == [], "it goes on"
    await kept.end("c", "unknown")
    await kept.end("c", now=NOW + 99)
    (one,) = await kept.unfinished()
    assert (one.began, one.ended, one.seconds) == (NOW, NOW + 10, None)
    assert await kept.of("1", "2") == {}, "not before its file is whole"
    await kept.finish()
    assert await kept.of("1", "2", "3") == {"1": ["a.wav"], "2": ["a.wav"]}
    assert await kept.of("1", pbx="other") == {}
    # Told again after its end, by whoever did not hear of that.
    await kept.put(recorded("c", "4", began=0.0))
    assert await kept.of("4") == {}
    # And begun anew into the same file.
    await kept.put(recorded("c", "5", began=NOW + 20))
    assert await kept.of("1") == {}
    await kept.end("c", now=NOW + 30)
    await kept.finish()
    assert await kept.of("1", "5") == {"1": ["a.wav"], "5": ["a.wav"]}


async def test_another_file_of_the_channel_ends_the_one_before(kept: Kept) -> None:
    await kept.put(recorded("c", "1"))
    await kept.put(recorded("c", "1", file="b.wav", began=NOW + 5), now=NOW + 5)
    await kept.put(recorded("d", "1"), pbx="other")
    (first,) = await kept.unfinished()
    assert (first.file, first.ended) == ("a.wav", NOW + 5)
    await kept.end("c")
    await kept.finish()
    assert await kept.of("1") == {"1": ["a.wav", "b.wav"]}, "in the order in which they began"


async def test_after_the_whole_state_those_that_are_not_there_have_ended(kept: Kept) -> None:
    for channel in ("c", "d", "e"):
        await kept.put(recorded(channel, "1", file=f"{channel}.wav"))
    await kept.end_others("d", "x")
    assert {each.channel for each in await kept.unfinished()} == {"c", "e"}
    assert await kept.unfinished(NOW + 11) == [], "those that ended earlier are not looked for"


async def test_whose_it_is_are_those_whose_records_are_there(kept: Kept) -> None:
    anna, bengt = await kept.add("100"), await kept.add("101")
    await kept.put(recorded("c", "1", "2", "3"))
    await kept.end("c")
    (one,) = await kept.unfinished()
    assert await kept.entries_of(one) == []
    for entry, leg in ((anna, "1"), (bengt, "1"), (anna, "2"), (bengt, "9")):
        await kept.call(entry, leg)
    await kept.call(bengt, "3", pbx="other")
    assert await kept.entries_of(one) == sorted([anna.id, bengt.id])
    async with kept.database.read() as connection:
        assert await recordings.get(connection, kept.organisation, one.id) == one
        assert await recordings.get(connection, new_id(), one.id) is None
        assert await recordings.entries_of(connection, new_id(), one) == []


async def test_it_may_be_forgotten_when_no_call_is_there_and_none_goes_on(kept: Kept) -> None:
    anna = await kept.add("100")
    for channel in ("kept", "open", "gone", "late", "goes on"):
        await kept.put(recorded(channel, f"leg of {channel}", file=f"{channel}.wav", began=NOW + len(channel)))
    await kept.end("kept", "open", "gone")
    await kept.end("late", now=NOW + 200)
    await kept.call(anna, "leg of kept")
    async with kept.database.aside() as connection:
        await open_calls.put(connection, kept.organisation, {("växel", "leg of open"): b"{}"})
    assert await kept.forgettable() == ["gone"]
    assert set(await kept.forgettable(began_before=NOW + 50)) == {"kept", "open", "gone"}
    async with kept.database.write(kept.organisation, ACTOR) as change:
        await entries.remove(change, [anna])
    assert set(await kept.forgettable()) == {"kept", "gone"}
    # One of which nobody said that it is over, as its telephone system was taken away.
    assert set(await kept.forgettable(ended_before=NOW + 2 * recordings.LONGEST)) == {"kept", "gone", "late", "goes on"}
    ids = [each.id for each in await kept.unfinished()]
    async with kept.database.aside() as connection:
        assert await recordings.there(connection, [*ids, "other"]) == set(ids)
        await recordings.remove(connection, ids)
        assert await recordings.there(connection, ids) == set()


async def test_a_call_of_the_same_leg_on_another_telephone_system_is_no_reason_to_keep_it(kept: Kept) -> None:
    await kept.call(await kept.add("100"), "1", pbx="other")
    await kept.put(recorded("c", "1"))
    await kept.end("c")
    assert await kept.forgettable() == ["c"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_is_asked_looks_at_no_table_from_end_to_end(kept: Kept) -> None:
    """SQLite would, by itself: with 200,000 calls it took minutes."""
    asked: list[tuple[str, Any]] = []

    @event.listens_for(kept.database.engine.sync_engine, "before_cursor_execute")
    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    await kept.put(recorded("c", "1"))
    await kept.end("c")
    (one,) = await kept.unfinished()
    await kept.finish()
    asked.clear()
    await kept.of("1")
    await kept.entries_of(one)
    await kept.forgettable()
    questions = [each for each in asked if each[0].startswith("SELECT")]
    assert len(questions) == 5
    async with kept.database.read() as connection:
        for statement, parameters in questions:
            plan = list((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)).scalars(3))
            assert not any("SCAN" in step.replace("SCALAR", "") for step in plan), (statement, plan)
            assert all("leg=?" in step for step in plan if "call_record" in step), plan


async def test_more_legs_than_fit_into_a_question(kept: Kept) -> None:
    legs = [f"leg {number}" for number in range(2 * recordings.AT_ONCE + 1)]
    for leg in (legs[0], legs[-1]):
        await kept.put(recorded(leg, leg, file=f"{leg}.wav"))
    await kept.end(legs[0], legs[-1])
    await kept.finish()
    assert set(await kept.of(*legs)) == {legs[0], legs[-1]}


async def test_recordings_are_in_a_backup(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> None:
    await kept.put(recorded("c", "1", "2"))
    await kept.end("c")
    await kept.finish()
    file = tmp_path_factory.mktemp("backup") / "b.db"
    await backup.backup(kept.database, file)
    async with kept.database.aside() as connection:
        await connection.exec_driver_sql("DELETE FROM recording_leg")
    await backup.restore(kept.database, file)
    assert await kept.of("1", "2") == {"1": ["a.wav"], "2": ["a.wav"]}
