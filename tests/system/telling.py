"""What the telephones themselves saw of their calls, against what the call log says."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from tests.system.asterisk import dialplan
from tests.system.matching import matched
from tests.system.office import Click, Office
from tests.system.sip.agent import Agent
from tests.system.sip.call import Call

NEAR, NEARLY_ALL = 0.3, 0.95
"""Seconds between what a telephone sees and what Asterisk does, and of how many times;"""

FAR = 4.0
"""and of any: a packet that is lost on a busy machine is sent again after half a second, then after another one."""

NEARBY = 1.0
"""Seconds within which a record of the same number is rather of this call than of the next one."""

EARLY = 1.0
"""Seconds by which a row of the telephone system's may begin after its call, as that of one that is picked up does."""

AROUND = 0.6
"""Seconds around a gap that may belong to it."""

LOST = "  lost: "

WHOLE = ".000"
"""In times of which the telephone system tells only the second: those in its records, and of what is first seen in a list."""

TRIES = 100
"""Of looking, some 50 ms apart: what Asterisk has said last may be under way, and the machine busy."""

WITHHELD = {"anonymous": ""}

NOWHERE = "999"
"""A number that the dialplan does not have."""


@dataclass(frozen=True)
class Told:
    """One dialog of one telephone; `number` is None where the telephone cannot know. Times are Unix seconds.

    `code` is what was dialled to pick up somebody else's call.
    """

    device: str
    direction: str
    number: str | None
    began: float
    answered: float | None
    ended: float
    elsewhere: bool
    code: str = ""

    def __str__(self) -> str:
        answered = "-" if self.answered is None else f"{self.answered - self.began:+.2f}"
        elsewhere = " elsewhere" if self.elsewhere else ""
        return f"{self.device} {self.direction} {self.number} {self.began:.2f} {answered} {self.ended - self.began:+.2f}{elsewhere}"


class Lag(NamedTuple):
    """How far apart a time is that a telephone saw and the log has, in seconds, and of what."""

    seconds: float
    of: str


class Logbook:
    """Compares the log with what the telephones of an office saw, from where it was compared last.

    `ask` gives the answer to a GET by somebody who may read everybody's calls.
    """

    def __init__(self, office: Office, extensions: Mapping[str, str], ask: Callable[[str], Awaitable[Any]]) -> None:
        self._office = office
        self._telling = Telling(office, extensions)
        self._devices = {extension: device for device, extension in extensions.items()}
        self._ask = ask
        self._told: dict[str, int] = {}
        self._lags: list[Lag] = []
        self.lost: list[str] = []
        """Calls in gaps that are not in the log."""
        self._compared: set[str] = set()

    async def read(self) -> dict[str, list[dict[str, Any]]]:
        """What is new, by device."""
        found: dict[str, list[dict[str, Any]]] = {device: [] for device in self._devices.values()}
        cursor: str | None = ""
        while cursor is not None:
            page = await self._ask(f"/api/call-records?limit=1000&cursor={cursor}")
            for record in page["records"]:
                if record["id"] not in self._compared:
                    found[self._devices[record["entry"]["extension"]]].append(record)
            cursor = page["next"]
        return found

    async def agrees(self, gaps: Sequence[tuple[float, float]] = ()) -> None:
        """Each telephone's calls are in the log, and no others; else AssertionError.

        `gaps` are times in which nobody listened (Unix seconds). Of calls that were wholly in one only the telephone
        system's own records tell: that they were there, and about when; of all that somebody answered, and of most others.
        """
        await self._office.empty()
        told = {device: self._telling.told(device) for device in self._office.phones}
        wrong: list[str] = []
        lags: list[Lag] = []
        for _ in range(TRIES):
            log, lags = await self.read(), []
            wrong = [
                line
                for device, all_ in told.items()
                for line in differences(all_[self._told.get(device, 0) :], log[device], lags, gaps)
            ]
            lost = [line for line in wrong if line.startswith(LOST)]
            wrong = [line for line in wrong if not line.startswith(LOST)]
            if not wrong:
                break
            await asyncio.sleep(0.05)
        self._told = {device: len(all_) for device, all_ in told.items()}
        self._compared.update(record["id"] for records in log.values() for record in records)
        self._lags += lags
        self.lost = lost
        assert not wrong, "\n".join(["the log differs", *wrong, *lost])
        far = [lag for lag in self._lags if lag.seconds > NEAR]
        assert len(far) <= (1 - NEARLY_ALL) * len(self._lags), "\n".join(
            [f"of {len(self._lags)} times {len(far)} are not within {NEAR} s:"]
            + [f"  {lag.seconds:.2f} s: {lag.of}" for lag in far]
        )


class Telling:
    """Of every telephone of an office; `extensions` are those of the directory, by device."""

    def __init__(self, office: Office, extensions: Mapping[str, str]) -> None:
        self._office = office
        self._extensions = extensions
        self._clicked: dict[Click, Call] = {}

    def told(self, device: str) -> list[Told]:
        """What this telephone saw, in the order in which its calls began."""
        phone = self._office.phones[device]
        found = [told for call in phone.calls if (told := self._one(phone, call)) is not None]
        return sorted(found, key=lambda told: told.began)

    def _one(self, phone: Agent, call: Call) -> Told | None:
        """None for a call to a number that there is not: it makes no channel at Asterisk."""
        assert call.ended is not None, f"{call!r} goes on"
        if call.placed and call.number == NOWHERE:
            return None
        began, ended = call.began.wall.timestamp(), call.ended.wall.timestamp()
        answered = None if call.answered is None else call.answered.wall.timestamp()
        elsewhere = "elsewhere" in call.why or "cause=26" in call.why
        click = self._click(phone.user, call)
        if click is not None:
            return Told(phone.user, "out", self._known(click.number), began, self._reached(click, call), ended, False)
        if call.placed and call.number.startswith(dialplan.PICKUP):
            return Told(phone.user, "in", None, began, answered, ended, False, call.number)
        if call.placed:
            return Told(phone.user, "out", self._known(call.number), began, answered, ended, False)
        # An asserted number comes with the word that it must not be shown (RFC 3325).
        shown = "" if call.withheld else WITHHELD.get(call.presented, call.presented)
        # Who has calls placed for telephones may give their own number out to them.
        number = None if shown == phone.user else self._known(shown)
        return Told(phone.user, "in", number, began, answered, ended, elsewhere)

    def _known(self, number: str) -> str:
        return self._extensions.get(number, number)

    def _click(self, device: str, call: Call) -> Click | None:
        """The one by which this call was placed for its telephone."""
        if call.placed:
            return None
        began = call.began.wall.timestamp()
        for click in self._office.clicks:
            fits = click.device == device and 0 <= began - click.at < FAR and call.presented in (click.number, device)
            # Each click is of one call, the first: one that comes soon afterwards may be from whom was called, or of the
            # next click, as where the telephone refused the one before.
            if fits and self._clicked.setdefault(click, call) is call:
                return click
        return None

    def _reached(self, click: Click, own: Call) -> float | None:
        """When the other party of a click answered."""
        if own.answered is None or own.ended is None:
            return None
        others = self._office.phones.get(click.number) or self._office.trunk
        for call in others.calls:
            fits = call.number == click.number or others is not self._office.trunk
            if fits and not call.placed and call.answered and own.answered.wall <= call.began.wall <= own.ended.wall:
                return call.answered.wall.timestamp()
        return None


def differences(
    told: Iterable[Told],
    records: Iterable[Mapping[str, Any]],
    lags: list[Lag],
    gaps: Sequence[tuple[float, float]] = (),
) -> list[str]:
    """Where the log of one telephone is not what it saw; `lags` is given how far apart their times are."""
    # Those that were heard have first choice.
    told, records = sorted(told, key=lambda told: (_within(told, gaps), told.began)), list(records)
    fits = [_fitting(each, records, exact=not gaps, unheard=_within(each, gaps)) for each in told]
    wrong = []
    left = dict(enumerate(records))
    own = [
        [place for place, lag in its.items() if max(lag) < NEARBY and _is_its_own(each, records[place])]
        for each, its in zip(told, fits, strict=True)
    ]
    for each, its, number in zip(told, fits, matched([list(its) for its in fits], own), strict=True):
        if number is None:
            # Of some that nobody answered, as where a telephone is not registered, Asterisk writes no record.
            may_be_lost = _within(each, gaps) and each.answered is None
            wrong.append(f"{LOST if may_be_lost else '  not in the log: '}{each}")
        elif (record := left.pop(number))["clock"] in ("pbx", "katalog"):
            lags += [Lag(seconds, f"{each} / {_words(record)}") for seconds in its[number]]
    wrong += [f"  seen by no telephone: {_words(record)}" for record in left.values()]
    if any(not line.startswith(LOST) for line in wrong):
        wrong += [f"    (seen: {each})" for each in told] + [f"    (log: {_words(record)})" for record in records]
    return wrong


def _fitting(told: Told, records: Iterable[Mapping[str, Any]], *, exact: bool, unheard: bool) -> dict[int, list[float]]:
    """The records that may be of a call, by their place, and how far apart their times are; the nearest first, of those
    of one second the ones of its direction and number, and of one that was heard rather what was heard.
    """
    fitting = [
        (
            (
                int(max(lag)),
                record["direction"] != told.direction,
                record["number"] != told.number,
                record["clock"] == "cdr" and not unheard,
                max(lag),
            ),
            place,
            lag,
        )
        for place, record in enumerate(records)
        if (lag := _lag(told, record, exact=exact, unheard=unheard)) is not None
    ]
    return {place: lag for _, place, lag in sorted(fitting)}


def _is_its_own(told: Told, record: Mapping[str, Any]) -> bool:
    return bool(record["direction"] == told.direction and record["number"] == told.number)


def _within(told: Told, gaps: Iterable[tuple[float, float]]) -> bool:
    return any(begin - AROUND <= told.began and told.ended <= end + AROUND for begin, end in gaps)


def _lag(told: Told, record: Mapping[str, Any], *, exact: bool, unheard: bool) -> list[float] | None:
    """How far apart the times are; None if it is another call."""
    by_cdr = record["clock"] == "cdr"
    if told.code and not exact:
        # That it was picked up nobody may have heard; then it is as it was dialled.
        if record["direction"] == "out" and record["number"] != told.code:
            return None
    elif not (unheard and by_cdr):
        # Of one that is first seen in a list, born at a whole second, only the present party is known.
        anybody = told.number is None or (not exact and WHOLE in record["began"])
        # One that was over before Asterisk could say whether its number may be shown has none.
        anybody = anybody or (unheard and not record["number"])
        if record["direction"] != told.direction or (not anybody and record["number"] != told.number):
            return None
        if told.elsewhere and record["outcome"] != "elsewhere" and record["clock"] in ("pbx", "katalog"):
            return None
    times = [(told.began, record["began"])]
    if exact or record["clock"] in ("pbx", "katalog"):
        if (told.answered is None) != (record["answered"] is None):
            return None
        times.append((told.ended, record["ended"]))
        if told.answered is not None:
            times.append((told.answered, record["answered"]))
    elif by_cdr and datetime.fromisoformat(record["ended"]).timestamp() > told.ended:
        # A row ends with its bridge; a telephone may hear something else afterwards.
        times.append((told.ended, record["ended"]))
    if by_cdr:
        # Its times are whole seconds, rounded down, and may be of the caller's part.
        early, spent = EARLY if told.code else NEAR, told.began - datetime.fromisoformat(record["began"]).timestamp()
        if not -early <= spent <= FAR:
            return None
    lag = [_apart(at, iso) for at, iso in times]
    return lag if max(lag) <= FAR else None


def _apart(at: float, iso: str) -> float:
    """Seconds between what was seen and a time of the log; one of a whole second is anywhere in it."""
    since = at - datetime.fromisoformat(iso).timestamp()
    return max(0.0, since - 1, -since) if WHOLE in iso else abs(since)


def _words(record: Mapping[str, Any]) -> str:
    began, answered, ended = (
        datetime.fromisoformat(record[name]).timestamp() if record[name] else None
        for name in ("began", "answered", "ended")
    )
    assert began is not None
    assert ended is not None
    spent = "-" if answered is None else f"{answered - began:+.2f}"
    return (
        f"{record['entry']['extension']} {record['direction']} {record['number']} {began:.2f} {spent} "
        f"{ended - began:+.2f} {record['outcome']} {record['clock']} {record['by']}"
    )
