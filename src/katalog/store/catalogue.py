"""The catalogue of profiles: what an organisation's people can set."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from katalog.domain.catalogue import DEFAULT, Choice, End, Meanwhile, standard
from katalog.errors import Conflict
from katalog.store import audit, tables
from katalog.store.database import Change

_table = tables.choice
_FIELDS = tuple(name for name in Choice.__struct_fields__ if name != "revision")


async def all_of(connection: AsyncConnection, organisation: str, *, removed: bool = False) -> list[Choice]:
    """In the order in which people see them; `removed`: those too that can no longer be set."""
    condition = _table.c.organisation_id == organisation
    if not removed:
        condition &= ~_table.c.removed
    return await _where(connection, condition)


async def _where(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[Choice]:
    columns = [_table.c[name] for name in (*_FIELDS, "revision")]
    rows = await connection.execute(select(*columns).where(condition).order_by(_table.c.position, _table.c.id))
    return [_choice(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's own name for it


def _choice(row: Any) -> Choice:
    values = dict(row)
    values |= {
        "names": msgspec.json.decode(values["names"]),
        "end": End(values["end"]),
        "meanwhile": Meanwhile(values["meanwhile"]),
        "available": bool(values["available"]),
        "asks": bool(values["asks"]),
    }
    return Choice(**values)


def _row(choice: Choice) -> dict[str, Any]:
    row = {name: getattr(choice, name) for name in _FIELDS}
    return row | {
        "names": msgspec.json.encode(choice.names).decode(),
        "end": str(choice.end),
        "meanwhile": str(choice.meanwhile),
    }


async def found(connection: AsyncConnection, organisation: str, revision: int) -> None:
    """Gives a new organisation the standard catalogue."""
    rows = [
        _row(choice) | {"organisation_id": organisation, "revision": revision, "removed": False}
        for choice in standard()
    ]
    await connection.execute(insert(_table), rows)


async def get(change: Change, id_: str) -> Choice | None:
    mine = (_table.c.organisation_id == change.organisation) & (_table.c.id == id_) & ~_table.c.removed
    found = await _where(change.connection, mine)
    return found[0] if found else None


async def add(change: Change, choice: Choice) -> Choice:
    """Raises Conflict if another has its name or its code."""
    await _refuse_taken(change, choice)
    choice = msgspec.structs.replace(choice, revision=change.revision)
    row = _row(choice) | {"organisation_id": change.organisation, "revision": change.revision, "removed": False}
    await change.connection.execute(insert(_table), [row])
    await audit.record(change, "choice.added", choice.id, _told(choice))
    return choice


async def replace(change: Change, choice: Choice) -> Choice:
    """Raises Conflict as `add` does."""
    await _refuse_taken(change, choice)
    old = await get(change, choice.id)
    choice = msgspec.structs.replace(choice, revision=change.revision)
    await change.connection.execute(
        update(_table).where(_is(change, choice.id)).values(_row(choice) | {"revision": change.revision})
    )
    before, after = _told(old) if old else {}, _told(choice)
    differs = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    await audit.record(change, "choice.changed", choice.id, differs)
    return choice


async def arrange(change: Change, choices: Iterable[Choice]) -> None:
    """Gives them, read in this transaction, the order in which they come. Of those that stay, nothing is written."""
    for position, choice in enumerate(choices):
        if choice.position == position:
            continue
        values = {"position": position, "revision": change.revision}
        await change.connection.execute(update(_table).where(_is(change, choice.id)).values(values))
        await audit.record(change, "choice.changed", choice.id, {"order": [choice.position, position]})


async def remove(change: Change, choice: Choice, now: float) -> None:
    """Raises Conflict for the default one, and for one that is set or planned."""
    if choice.id == DEFAULT:
        raise Conflict(
            "Det är profilen som gäller när inget annat gör det.", "It is the profile that holds when no other does."
        )
    used = await _uses(change, choice.id, now)
    if used:
        raise Conflict(
            f"Profilen är satt eller planerad {used} gånger.", f"The profile is set or planned {used} times."
        )
    await change.connection.execute(
        update(_table).where(_is(change, choice.id)).values(removed=True, revision=change.revision)
    )
    await audit.record(change, "choice.removed", choice.id, _told(choice))


def _is(change: Change, id_: str) -> ColumnElement[bool]:
    return (_table.c.organisation_id == change.organisation) & (_table.c.id == id_)


async def _uses(change: Change, id_: str, now: float) -> int:
    hand, absence = tables.hand, tables.absence
    holds = (hand.c.choice_id == id_) & (hand.c.end.is_(None) | (hand.c.end > now))
    count = 0
    for table, condition in ((hand, holds), (absence, absence.c.choice_id == id_)):
        mine = (table.c.organisation_id == change.organisation) & condition
        count += (await change.connection.execute(select(func.count()).select_from(table).where(mine))).scalar_one()
    return count


async def _refuse_taken(change: Change, choice: Choice) -> None:
    others = [other for other in await all_of(change.connection, change.organisation) if other.id != choice.id]
    for other in others:
        same = _names(choice.names.values()) & _names(other.names.values())
        if same:
            name = next(iter(same))
            raise Conflict(
                f"Det finns redan en profil som heter {name!r}.", f"There is a profile called {name!r}.", field="names"
            )
        if choice.code and choice.code == other.code:
            raise Conflict(
                f"Koden {choice.code} är redan {other.name('sv')!r}.",
                f"The code {choice.code} is {other.name('en')!r} already.",
                field="code",
            )


def _names(names: Iterable[str]) -> set[str]:
    return {" ".join(name.casefold().split()) for name in names}


def _told(choice: Choice) -> dict[str, Any]:
    """As the API names it."""
    return {
        "names": dict(choice.names), "available": choice.available, "colour": choice.colour, "symbol": choice.symbol,
        "order": choice.position, "code": choice.code, "end": choice.end, "at": choice.at,
        "ask_message": choice.asks, "pbx": choice.meanwhile, "forward": choice.forward,
    }  # fmt: skip
