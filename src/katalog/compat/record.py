"""What the call log is, and each call in it. Each raises Differs where something is not so."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from katalog.compat.answer import Answer
from katalog.compat.reading import decoded, one_object, status
from katalog.compat.shape import Differs, Unseen, array, each, filled, keys, member, named, text

LISTS = ("incoming", "outgoing", "missed")
MOST = 30
OLDEST = timedelta(days=125)
"""Four months, and a day for clocks."""

_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}", re.ASCII)

Log = Mapping[str, list[Any]]


def log_of(answer: Answer) -> Log:
    """200 and the three lists."""
    value = one_object(answer)
    for name in LISTS:
        array(value, name)
    return value


def has_three_lists(answer: Answer) -> Log:
    """And nothing else, in any order."""
    log = log_of(answer)
    keys(dict.fromkeys(sorted(log)), sorted(LISTS))
    return log


def known(log: Log | None) -> Log:
    if log is None:
        raise Unseen("the call log could not be read")
    return log


def calls_of(log: Log | None) -> list[Any]:
    """All of them. Raises Unseen if there are none, or they could not be read."""
    calls = [call for name in LISTS for call in known(log)[name]]
    if not calls:
        raise Unseen("your call log is empty")
    return calls


def are_answered(answers: Sequence[Answer]) -> None:
    for answer in answers:
        status(answer, 200)
        decoded(answer)


def same_calls(log: Log, other: Log) -> None:
    """The same lists, by their ids."""
    for name in LISTS:
        if [_got(call, "callId") for call in log[name]] != [_got(call, "callId") for call in other[name]]:
            raise Differs(f"the same calls as {name} as before", "others, or another order")


def _got(call: Any, key: str) -> Any:
    return call.get(key) if isinstance(call, dict) else None


def _each(log: Log | None, check: Callable[[Any], object]) -> None:
    each(calls_of(log), "call", check)


def have_ids(log: Log | None) -> None:
    _each(log, lambda call: filled(call, "callId"))
    ids = [call["callId"] for call in calls_of(log)]
    if len(set(ids)) < len(ids):
        raise Differs("another callId for each call", "one of two calls")


def have_numbers(log: Log | None) -> None:
    _each(log, lambda call: (text(call, "number"), text(call, "numberE164")))


def have_local_times(log: Log | None) -> None:
    _each(log, lambda call: _matches(call, "datetime", _LOCAL, "YYYY-MM-DD HH:MM:SS"))


def have_iso_times(log: Log | None) -> None:
    """Twice, by both names."""

    def check(call: Any) -> None:
        given = _matches(call, "dateTimeISO", _ISO, "2026-04-03T13:41:23.467+0200")
        if text(call, "datetimeISO") != given:
            raise Differs("datetimeISO as dateTimeISO", "another text")

    _each(log, check)


def have_one_time(log: Log | None) -> None:
    """`datetime` is the local part of the other."""

    def check(call: Any) -> None:
        if text(call, "dateTimeISO")[:19].replace("T", " ") != text(call, "datetime"):
            raise Differs("datetime and dateTimeISO as the same second", "two times")

    _each(log, check)


def _matches(call: Any, key: str, form: re.Pattern[str], shown: str) -> str:
    given = text(call, key)
    if not form.fullmatch(given):
        raise Differs(f"{shown} as {key}", "another form")
    return given


def have_durations(log: Log | None) -> None:
    def check(call: Any) -> None:
        seconds = member(call, "duration")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float):
            raise Differs("a number as duration", named(seconds))

    _each(log, check)


def have_directions(log: Log | None) -> None:
    _each(log, lambda call: filled(call, "callDirection"))


def have_no_recordings(log: Log | None) -> None:
    def check(call: Any) -> None:
        if isinstance(call, dict) and "recordingId" in call:
            raise Differs("no recordingId unless it is asked for", "one")

    _each(log, check)


def have_recordings(log: Log | None) -> None:
    def check(call: Any) -> None:
        if member(call, "recordingId") is not None:
            filled(call, "recordingId")

    _each(log, check)


def are_few(log: Log | None) -> None:
    for name in LISTS:
        count = len(known(log)[name])
        if count > MOST:
            raise Differs(f"{MOST} calls at most in each list", f"{count} as {name}")


def are_newest_first(log: Log | None) -> None:
    calls_of(log)
    for name in LISTS:
        moments = [moment(call) for call in known(log)[name]]
        if moments != sorted(moments, reverse=True):
            raise Differs("the newest first", f"another order as {name}")


def are_recent(log: Log | None, now: float) -> None:
    def check(call: Any) -> None:
        if moment(call).timestamp() < now - OLDEST.total_seconds():
            raise Differs("calls of the last 4 months", "an older one")

    _each(log, check)


def moment(call: Any) -> datetime:
    given = _matches(call, "dateTimeISO", _ISO, "2026-04-03T13:41:23.467+0200")
    try:
        return datetime.strptime(given, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        raise Differs("a time as dateTimeISO", "one that there is not") from None


def newest(log: Log | None) -> Any:
    """Of all lists; by its ISO text where it is one, since they are of the same place."""
    return max(calls_of(log), key=lambda call: str(_got(call, "dateTimeISO")))


def day(call: Any) -> str:
    """Local, as the parameters take it."""
    return _matches(call, "datetime", _LOCAL, "YYYY-MM-DD HH:MM:SS")[:10]


def has_call(log: Log, wanted: Any) -> None:
    """By its id."""
    if all(_got(call, "callId") != _got(wanted, "callId") for name in LISTS for call in log[name]):
        raise Differs("a call of that day, by the same callId", "not that one")


def are_of_day(log: Log, wanted: Any) -> None:
    """Of the day of the call `wanted`, it among them."""
    its_day = day(wanted)
    calls = [call for name in LISTS for call in log[name]]
    has_call(log, wanted)
    if any(day(call) != its_day for call in calls):
        raise Differs("the calls of that day alone", "one of another day")


def first_recording(log: Log | None) -> str:
    """The id of one. Raises Unseen if none of the calls has any."""
    ids = [_got(call, "recordingId") for call in calls_of(log)]
    found = next((id_ for id_ in ids if isinstance(id_, str) and id_), None)
    if found is None:
        raise Unseen("none of your calls is recorded")
    return found


def are_empty(log: Log) -> None:
    for name in LISTS:
        if log[name]:
            raise Differs("three empty lists for an account without an entry", f"calls as {name}")
