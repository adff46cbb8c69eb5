"""Call detail records as real Asterisks wrote them → legs: what each kind of call leaves, and what is lost."""

import pytest

from katalog.domain.call_record import Clock, Outcome
from katalog.domain.cdr import CdrRow, device_of, legs_of, record_of


def row(
    text: str, began: float = 10.0, answered: float | None = None, ended: float = 30.0, *, call: str = "1.0"
) -> CdrRow:
    """`070 → 101: trunk-1 > 101-2`."""
    numbers, _, channels = text.partition(": ")
    source, _, destination = numbers.partition(" → ")
    channel, _, dest = channels.partition(" > ")
    named = [name and (name if name.startswith("Local/") else f"PJSIP/{name}") for name in (channel, dest)]
    return CdrRow(call, source, destination, named[0], named[1], began, answered, ended)


def name(channel: str) -> str:
    return "" if "trunk" in channel else device_of(channel).removeprefix("PJSIP/")


def words(*rows: CdrRow) -> list[str]:
    told = []
    for leg in legs_of(rows, name):
        answered = "-" if leg.answered is None else f"{leg.answered:.0f}"
        elsewhere = f" elsewhere by {leg.by or '?'}" if leg.elsewhere else ""
        channel = leg.channel.removeprefix("PJSIP/")
        told.append(f"{channel} {leg.direction} {leg.number} {leg.began:.0f} {answered} {leg.ended:.0f}{elsewhere}")
    return sorted(told)


@pytest.mark.parametrize(
    ("kind", "rows", "expected"),
    [
        (
            "a call",
            [row("100 → 101: 100-1 > 101-2", answered=12)],
            ["100-1 out 101 10 12 30", "101-2 in 100 10 12 30"],
        ),
        (
            "a group, of which one answers",
            [row("070 → 600: trunk-1 > 101-2", answered=12), row("070 → 600: trunk-1 > 102-3", ended=12)],
            ["101-2 in 070 10 12 30", "102-3 in 070 10 - 12 elsewhere by 101", "trunk-1 out 600 10 12 30"],
        ),
        (
            "nobody answers",
            [row("070 → 600: trunk-1 > 101-2"), row("070 → 600: trunk-1 > 102-3")],
            ["101-2 in 070 10 - 30", "102-3 in 070 10 - 30", "trunk-1 out 600 10 - 30"],
        ),
        (
            "sent on to a mobile, through Local channels",
            [
                row("070 → 101: trunk-1 > 101-2", ended=11),
                row("070 → 101: trunk-1 > Local/071@office-3;1", answered=20),
                row("070 → 071: Local/071@office-3;2 > trunk-4", 11, 20),
            ],
            ["101-2 in 070 10 - 11 elsewhere by ?", "trunk-1 out 101 10 20 30", "trunk-4 in 070 11 20 30"],
        ),
        (
            "a blind transfer, whose second part nobody answers",
            [row("070 → 102: trunk-1 > 101-2", answered=12, ended=20), row("070 → 102: trunk-1 > 102-3", 20)],
            ["101-2 in 070 10 12 20", "102-3 in 070 20 - 30", "trunk-1 out 102 10 12 30"],
        ),
        (
            "who was called calls on: rows in the order in which they are written",
            [
                row("101 → 102: 101-2 > 102-3", 20, 22),
                row("100 → 101: 100-1 > 101-2", answered=12, ended=20),
            ],
            ["100-1 out 101 10 12 20", "101-2 in 100 10 12 30", "102-3 in 101 20 22 30"],
        ),
        (
            "a parked call is fetched: who fetches it has dialled",
            [
                row("100 → 701: 100-5 > ", 20, 20),
                row("070 → 101: trunk-1 > 100-5", 21, 21),
            ],
            ["100-5 out 701 20 20 30", "trunk-1 out 101 21 21 30"],
        ),
        (
            "voicemail answers for somebody",
            [row("100 → 64101: 100-1 > 101-2", ended=15), row("100 → 64101: 100-1 > ", 15, 15)],
            ["100-1 out 64101 10 15 30", "101-2 in 100 10 - 15"],
        ),
        (
            "a number that is withheld is shown to nobody",
            [row("anonymous → 101: trunk-1 > 101-2", answered=12)],
            ["101-2 in  10 12 30", "trunk-1 out 101 10 12 30"],
        ),
        (
            "a subroutine, which has no number: whom it reached, if that is somebody",
            [row("100 → s: 100-1 > 101-2", answered=12), row("102 → s: 102-3 > trunk-4", call="2.0")],
            ["100-1 out 101 10 12 30", "101-2 in 100 10 12 30", "102-3 out  10 - 30", "trunk-4 in 102 10 - 30"],
        ),
        (
            "two calls at once are two",
            [
                row("070 → 101: trunk-1 > 101-2", answered=12),
                row("071 → 102: trunk-3 > 102-4", call="2.0"),
            ],
            [
                "101-2 in 070 10 12 30",
                "102-4 in 071 10 - 30",
                "trunk-1 out 101 10 12 30",
                "trunk-3 out 102 10 - 30",
            ],
        ),
    ],
)  # fmt: skip
def test_the_legs_of(kind: str, rows: list[CdrRow], expected: list[str]) -> None:
    assert words(*rows) == expected


def test_what_the_log_keeps_of_one() -> None:
    rows = [row("070 → 1: trunk-1 > 101-2"), row("070 → 1: trunk-1 > 102-3", answered=12)]
    rung, answered, _ = legs_of(rows, name)
    record = record_of(rung, "växel", "anna", "070")
    assert (record.entry, record.pbx, record.leg) == ("anna", "växel", "cdr PJSIP/101-2 10")
    assert (record.channel, record.call, record.number) == ("PJSIP/101-2", "1.0", "070")
    assert (record.outcome, record.by, record.clock) == (Outcome.ELSEWHERE, "102", Clock.CDR)
    assert record_of(answered, "växel", "bengt", "070").outcome is Outcome.ANSWERED


def test_the_device_of_a_channel() -> None:
    assert [device_of(name) for name in ("PJSIP/08-1-0000001a", "SCCP/100")] == ["PJSIP/08-1", "SCCP/100"]
