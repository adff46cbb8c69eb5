"""The call log as it is kept, on every database."""

import msgspec
import pytest

from katalog.domain.call import Direction
from katalog.domain.call_record import Answer, CallRecord, Clock, Folder, Outcome, Part
from katalog.domain.entry import Entry
from katalog.domain.identifier import new_id
from katalog.store import call_records, entries, open_calls, organisations
from katalog.store.call_records import Wanted
from katalog.store.database import Actor, Database
from katalog.store.open_calls import Heard
from katalog.store.organisations import OrganisationRow

ACTOR = Actor("test", "tests")
IN, OUT = Direction.IN, Direction.OUT


@pytest.fixture
async def organisation(database: Database) -> OrganisationRow:
    return await organisations.default(database, "Exempel AB")


@pytest.fixture
async def anna(database: Database, organisation: OrganisationRow) -> str:
    return await add_entry(database, organisation, "101")


async def add_entry(database: Database, organisation: OrganisationRow, extension: str, *, hidden: bool = False) -> str:
    async with database.write(organisation.id, ACTOR) as change:
        return (await entries.add(change, Entry(new_id(), extension, extension, hidden=hidden))).id


def record(entry: str, leg: str, began: float = 10.0, **fields: object) -> CallRecord:
    kept = CallRecord(
        new_id(),
        entry,
        "växel",
        leg,
        f"PJSIP/{leg}",
        "1.0",
        IN,
        Outcome.MISSED,
        "070",
        began,
        None,
        began + 5,
        Clock.PBX,
    )
    return msgspec.structs.replace(kept, **fields)


async def put(database: Database, organisation: OrganisationRow, *records: CallRecord) -> None:
    async with database.aside() as connection:
        await call_records.add(connection, organisation.id, records)


async def all_of(database: Database, organisation: OrganisationRow, **wanted: object) -> list[CallRecord]:
    async with database.read() as connection:
        return await call_records.page(
            connection, organisation.id, msgspec.convert(wanted, Wanted, strict=False), limit=100
        )


async def test_a_record_comes_back_as_it_was_kept(database: Database, organisation: OrganisationRow, anna: str) -> None:
    kept = record(
        anna, "1.1", answered=12.25, outcome=Outcome.ANSWERED, by="102", forward="071",
        parts=(Part("070", 12.25, 13.0), Part("åäö", 13.0, 15.0)),
    )  # fmt: skip
    await put(database, organisation, kept)
    await put(database, organisation)
    async with database.read() as connection:
        assert await call_records.get(connection, organisation.id, kept.id) == kept
        assert await call_records.get(connection, organisation.id, new_id()) is None
        assert await call_records.get(connection, new_id(), kept.id) is None


async def test_a_leg_of_an_entry_is_kept_once(database: Database, organisation: OrganisationRow, anna: str) -> None:
    bengt = await add_entry(database, organisation, "102")
    first = record(anna, "1.1")
    await put(database, organisation, first, record(anna, "1.1"), record(bengt, "1.1"), record(new_id(), "1.1"))
    await put(database, organisation, record(anna, "1.1", number="other"))
    found = await all_of(database, organisation)
    assert sorted(each.entry for each in found) == sorted([anna, bengt])
    assert first in found


async def test_an_answer_takes_back_what_was_missed_of_that_caller_alone(
    database: Database, organisation: OrganisationRow, anna: str
) -> None:
    await put(
        database, organisation, record(anna, "missed"), record(anna, "declined", outcome=Outcome.DECLINED),
        record(anna, "own", direction=OUT, outcome=Outcome.UNANSWERED), record(anna, "other", call="2.0"),
        record(anna, "pbx", pbx="filial"), record(anna, "answered", outcome=Outcome.ANSWERED, answered=11.0),
        record(anna, "later", call="3.0"),
    )  # fmt: skip
    async with database.aside() as connection:
        answers = [Answer("växel", "1.0", "102"), Answer("växel", "3.0", "103")]
        await call_records.answered(connection, organisation.id, answers)
    found = {each.leg: (each.outcome, each.by) for each in await all_of(database, organisation)}
    assert found == {
        "missed": (Outcome.ELSEWHERE, "102"), "declined": (Outcome.ELSEWHERE, "102"), "own": (Outcome.UNANSWERED, ""),
        "other": (Outcome.MISSED, ""), "pbx": (Outcome.MISSED, ""), "answered": (Outcome.ANSWERED, ""),
        "later": (Outcome.ELSEWHERE, "103"),
    }  # fmt: skip
    async with database.read() as connection:
        missed = await call_records.newest(connection, anna, Folder.MISSED, since=0, until=100, limit=30)
    assert {each.leg for each in missed} == {"other", "pbx"}


async def test_what_was_guessed_is_corrected(database: Database, organisation: OrganisationRow, anna: str) -> None:
    guessed = record(anna, "1.1", clock=Clock.GUESSED)
    await put(database, organisation, guessed, record(anna, "1.2"))
    known = msgspec.structs.replace(guessed, id="other", answered=12.0, outcome=Outcome.ANSWERED, clock=Clock.CDR)
    async with database.aside() as connection:
        await call_records.correct(connection, known)
        found = await call_records.of_channels(connection, organisation.id, "växel", ["PJSIP/1.1", "x"], 0.0)
    assert found == [msgspec.structs.replace(known, id=guessed.id)]
    assert found[0].folder is Folder.INCOMING


async def test_pages_go_on_where_they_ended(database: Database, organisation: OrganisationRow, anna: str) -> None:
    """Also where many began at the same moment."""
    records = [record(anna, str(number), began=float(number // 4)) for number in range(20)]
    await put(database, organisation, *records)
    found: list[CallRecord] = []
    before = None
    while True:
        async with database.read() as connection:
            page = await call_records.page(connection, organisation.id, Wanted(), limit=3, before=before)
        found += page
        if len(page) < 3:
            break
        before = page[-1].began, page[-1].id
    assert found == sorted(records, key=lambda each: (each.began, each.id), reverse=True)


@pytest.mark.parametrize("count", [0, 1, 4, 5])
async def test_every_one_comes_some_at_a_time(
    database: Database, organisation: OrganisationRow, anna: str, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(call_records, "CHUNK", 2)
    await put(database, organisation, *[record(anna, str(number), float(-number)) for number in range(count)])
    for limit in (None, 1, 2, 3, 9):
        found = call_records.every(database, organisation.id, Wanted(), limit=limit)
        chunks = ["".join(each.leg for each in chunk) async for chunk in found]
        assert "".join(chunks) == "01234"[:count][:limit]
        assert all(1 <= len(chunk) <= 2 for chunk in chunks)


async def test_filters(database: Database, organisation: OrganisationRow, anna: str) -> None:
    secret = await add_entry(database, organisation, "102", hidden=True)
    await put(
        database, organisation, record(anna, "a", 10.0), record(anna, "b", 20.0, direction=OUT, number="071"),
        record(secret, "c", 30.0, outcome=Outcome.ELSEWHERE),
    )  # fmt: skip

    async def legs(**wanted: object) -> str:
        return "".join(each.leg for each in await all_of(database, organisation, **wanted))

    assert await legs() == "cba"
    assert await legs(hidden=False) == "ba"
    assert await legs(hidden=False, own=secret) == "cba"
    assert await legs(hidden=False, own=anna, entry=secret) == ""
    assert await legs(entry=anna) == "ba"
    assert await legs(direction="out") == "b"
    assert await legs(outcome="elsewhere") == "c"
    assert await legs(numbers=["071", "+4671"]) == "b"
    assert await legs(since=20.0) == "cb"
    assert await legs(until=20.0) == "a"
    assert await legs(entry=anna, direction="in", since=10.0, until=11.0) == "a"


async def test_old_ones_are_forgotten_some_at_a_time(
    database: Database, organisation: OrganisationRow, anna: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_records, "PURGED_AT_ONCE", 3)
    await put(database, organisation, *[record(anna, str(number), float(number)) for number in range(10)])
    assert await call_records.purge(database, organisation.id, 7.0) == 7
    assert sorted(each.began for each in await all_of(database, organisation)) == [7.0, 8.0, 9.0]
    assert await call_records.purge(database, new_id(), 100.0) == 0


async def test_what_is_open_and_until_when_it_was_heard(database: Database, organisation: OrganisationRow) -> None:
    async with database.aside() as connection:
        await open_calls.put(connection, organisation.id, {("växel", "1"): b"a", ("växel", "2"): b"b"})
        await open_calls.put(connection, organisation.id, {("växel", "1"): None, ("växel", "2"): b"c", ("x", "3"): b""})
        await open_calls.put(connection, organisation.id, {})
        await open_calls.put_heard(connection, organisation.id, {"växel": Heard(1.0, 0.5), "x": Heard(2.0, 2.0)})
        await open_calls.put_heard(connection, organisation.id, {"växel": Heard(3.0, 0.5)})
    async with database.read() as connection:
        assert await open_calls.all_of(connection, organisation.id) == {("växel", "2"): b"c", ("x", "3"): b""}
        assert await open_calls.all_of(connection, new_id()) == {}
        assert await open_calls.heard(connection, organisation.id) == {"växel": Heard(3.0, 0.5)}
