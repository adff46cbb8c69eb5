"""Recordings of calls: which there are, and whose legs are heard in them. The sound is in files elsewhere.

Whose a recording is follows from the call log: theirs whose record of a leg that is heard in it is there.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.recording import Recorded, Recording
from katalog.store import tables

Leg = tuple[str, str]
"""Telephone system and id of a leg."""

AT_ONCE = 500
"""Below the number of parameters that every SQLite takes in one statement."""

LONGEST = 86_400.0
"""Seconds after which one that nobody has ended is taken to be over."""

_table = tables.recording
_leg = tables.recording_leg
_record = tables.call_record
_open = tables.open_call


async def put(connection: AsyncConnection, organisation: str, pbx: str, recorded: Recorded, now: float) -> None:
    """One that is being made, as often as it is told. One that has ended is passed over, unless it was begun anew."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    channel = _of_channel(organisation, pbx, recorded.channel) & _table.c.ended.is_(None)
    await connection.execute(update(_table).where(channel, _table.c.file != recorded.file).values(ended=now))
    row = {
        # Random from end to end: who knows one says nothing of others.
        "id": str(uuid.uuid4()),
        "organisation_id": organisation,
        "pbx": pbx,
        "channel": recorded.channel,
        "file": recorded.file,
        "began": recorded.began or now,
    }
    await connection.execute(insert(_table).on_conflict_do_nothing(), [row])
    same = _of_channel(organisation, pbx, recorded.channel) & (_table.c.file == recorded.file)
    if recorded.began:
        again = same & (_table.c.ended < recorded.began)
        await connection.execute(update(_table).where(again).values(ended=None, seconds=None))
    id_ = (await connection.execute(select(_table.c.id).where(same, _table.c.ended.is_(None)))).scalar()
    if id_ is not None and recorded.heard:
        rows = [{"recording_id": id_, "leg": heard.leg} for heard in recorded.heard]
        await connection.execute(insert(_leg).on_conflict_do_nothing(), rows)


async def end(connection: AsyncConnection, organisation: str, pbx: str, channels: Iterable[str], now: float) -> None:
    for channel in channels:
        going = _of_channel(organisation, pbx, channel) & _table.c.ended.is_(None)
        await connection.execute(update(_table).where(going).values(ended=now))


async def end_others(
    connection: AsyncConnection, organisation: str, pbx: str, channels: Collection[str], now: float
) -> None:
    """Every one that goes on, but on these channels."""
    going = (_table.c.organisation_id == organisation) & (_table.c.pbx == pbx) & _table.c.ended.is_(None)
    known = (await connection.execute(select(_table.c.channel).where(going))).scalars()
    await end(connection, organisation, pbx, set(known) - set(channels), now)


async def unfinished(connection: AsyncConnection, organisation: str, since: float) -> list[Recording]:
    """Those that have ended, since a moment, and of whose files nothing is known."""
    condition = (_table.c.organisation_id == organisation) & (_table.c.ended >= since) & _table.c.seconds.is_(None)
    return [_from_row(row) for row in await connection.execute(select(_table).where(condition))]


async def finish(connection: AsyncConnection, id_: str, seconds: float) -> None:
    await connection.execute(update(_table).where(_table.c.id == id_).values(seconds=seconds))


async def of_legs(connection: AsyncConnection, organisation: str, legs: Sequence[Leg]) -> dict[Leg, list[Recording]]:
    """What can be listened to, of each leg that is heard in anything, in the order in which it began.

    In steps, each by one index: SQLite would look at every recording there is, rather than join them by legs.
    """
    legs_of: dict[str, list[str]] = {}
    for some in _at_once(sorted({leg for _, leg in legs})):
        for row in await connection.execute(select(_leg).where(_leg.c.leg.in_(some))):
            legs_of.setdefault(row.recording_id, []).append(row.leg)
    recordings: list[Recording] = []
    for some in _at_once(sorted(legs_of)):
        rows = await connection.execute(select(_table).where(_table.c.id.in_(some)))
        recordings += [_from_row(row) for row in rows if row.organisation_id == organisation and row.seconds]
    wanted, found = set(legs), dict[Leg, list[Recording]]()
    for recording in sorted(recordings, key=lambda each: (each.began, each.id)):
        for leg in legs_of[recording.id]:
            if (recording.pbx, leg) in wanted:
                found.setdefault((recording.pbx, leg), []).append(recording)
    return found


async def get(connection: AsyncConnection, organisation: str, id_: str) -> Recording | None:
    query = select(_table).where(_table.c.organisation_id == organisation, _table.c.id == id_)
    row = (await connection.execute(query)).first()
    return None if row is None else _from_row(row)


async def entries_of(connection: AsyncConnection, organisation: str, recording: Recording) -> list[str]:
    """Ids of those whose records it belongs to. In steps, as `of_legs`."""
    heard = select(_leg.c.leg).where(_leg.c.recording_id == recording.id)
    found: set[str] = set()
    for some in _at_once(list((await connection.execute(heard)).scalars())):
        condition = and_(
            _record.c.organisation_id == organisation, _record.c.pbx == recording.pbx, _record.c.leg.in_(some)
        )
        found.update((await connection.execute(select(_record.c.entry_id).where(condition))).scalars())
    return sorted(found)


async def forgettable(
    connection: AsyncConnection, organisation: str, *, began_before: float, ended_before: float
) -> list[Recording]:
    """Some of those that are too old, or that belong to no record, and to no call that goes on, any more."""
    # One in the other, so that each leg is looked up, and not each call compared.
    kept = exists(
        select(_leg.c.leg)
        .where(_leg.c.recording_id == _table.c.id, or_(_is_there(_record), _is_there(_open)))
        .correlate(_table)
    )
    condition = and_(
        _table.c.organisation_id == organisation,
        # Of a telephone system that is no longer there, nobody says that one is over.
        func.coalesce(_table.c.ended, _table.c.began + LONGEST) < ended_before,
        or_(_table.c.began < began_before, ~kept),
    )
    rows = await connection.execute(select(_table).where(condition).order_by(_table.c.began).limit(AT_ONCE))
    return [_from_row(row) for row in rows]


async def remove(connection: AsyncConnection, ids: Sequence[str]) -> None:
    for some in _at_once(ids):
        await connection.execute(delete(_leg).where(_leg.c.recording_id.in_(some)))
        await connection.execute(delete(_table).where(_table.c.id.in_(some)))


async def there(connection: AsyncConnection, ids: Sequence[str]) -> set[str]:
    """Of these ids, those that there are."""
    found: set[str] = set()
    for some in _at_once(ids):
        query = select(_table.c.id).where(_table.c.id.in_(some))
        found.update((await connection.execute(query)).scalars())
    return found


def _of_channel(organisation: str, pbx: str, channel: str) -> ColumnElement[bool]:
    return and_(_table.c.organisation_id == organisation, _table.c.pbx == pbx, _table.c.channel == channel)


def _is_there(calls: Table) -> ColumnElement[bool]:
    """Whether one of these calls is of the leg and the recording of the question around it."""
    same = and_(
        calls.c.organisation_id == _table.c.organisation_id, calls.c.pbx == _table.c.pbx, calls.c.leg == _leg.c.leg
    )
    return exists(select(calls.c.leg).where(same).correlate(_table, _leg))


def _at_once(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))


def _from_row(row: Row[Any]) -> Recording:
    return Recording(row.id, row.pbx, row.channel, row.file, row.began, row.ended, row.seconds)
