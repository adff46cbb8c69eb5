"""A measurement's row: ours, the peer's in the same run, their ratio, and what is promised."""

from collections.abc import Sequence
from statistics import median

import msgspec


class Row(msgspec.Struct, frozen=True):
    """`ours` and `peer` are medians in `unit`; `value` is what is held against `promise`.

    `at_least` is false where less is better; a row without a promise is told for what it is.
    """

    name: str
    unit: str
    ours: float
    peer: float | None
    peer_name: str
    value: float
    promise: float | None
    at_least: bool = True

    @property
    def is_met(self) -> bool:
        if self.promise is None:
            return True
        return self.value >= self.promise if self.at_least else self.value <= self.promise


def ratio(
    name: str, unit: str, ours: list[float], peer: list[float], peer_name: str, promise: float | None = None
) -> Row:
    """Medians of interleaved runs, and ours as a multiple of the peer's."""
    mine, theirs = median(ours), median(peer)
    return Row(name, unit, mine, theirs, peer_name, mine / theirs, promise)


def growth(what: str, unit: str, counts: Sequence[int], values: Sequence[float], promise: float) -> Row:
    """What a further entry costs between the last two counts, beside what it costs between the first two."""
    first, last = (
        (values[place + 1] - values[place]) / (counts[place + 1] - counts[place]) for place in (0, len(counts) - 2)
    )
    name = f"{what}, each further entry, {counts[-2]:,} → {counts[-1]:,}"
    peer = f"the same, {counts[0]:,} → {counts[1]:,}"
    return Row(name, unit, last, first, peer, last / first, promise, at_least=False)


def begin() -> None:
    """Of a Markdown table, so that docs/performance.md can hold it as it is."""
    print("| measure | katalog | peer | | ratio | promised |\n|---|---:|---:|---|---:|---:|", flush=True)


def show(rows: list[Row]) -> None:
    for row in rows:
        peer = "" if row.peer is None else f"{row.peer:,.0f} {row.unit}"
        sign = "≥" if row.at_least else "≤"
        mark = "" if row.is_met else " ✗"
        value = "" if row.peer is None else f"{row.value:,.2f} ×"
        unit = row.unit if row.peer is None else "×"
        limit = "" if row.promise is None else f"{sign} {row.promise:g} {unit}"
        print(
            f"| {row.name} | {row.ours:,.0f} {row.unit} | {peer} | {row.peer_name} | {value}{mark} | {limit} |",
            flush=True,
        )
