"""`/calls`: one's own call log, and `/recordings`."""

import asyncio
from urllib.parse import quote

from katalog.compat import reading, record
from katalog.compat.answer import Answer
from katalog.compat.asking import Asking
from katalog.compat.record import Log
from katalog.compat.shape import Unseen

UNKNOWN = "0000000000"
_BEGINNING = 4096
"""Bytes of a recording that are enough to know it."""


async def calls(asking: Asking, *, has_entry: bool) -> None:
    asking.part("Call log")
    base, other = asking.target.base, asking.target.other
    paths = [f"{base}/calls", f"{base}/calls/", f"{other}/calls", f"{base}/calls?fromDate=&toDate=",
             f"{base}/calls?withRecordings=true"]  # fmt: skip
    answers = await _at_once(asking, paths)
    log: Log | None = None
    with asking.line("GET /calls is 200 and an object of incoming, outgoing, missed"):
        log = record.has_three_lists(answers[0])
    with asking.line("five at once are all answered"):
        record.are_answered(answers)
    with asking.line("/calls/, and with /api or without, are the same"):
        for answer in answers[1:3]:
            record.same_calls(record.known(log), record.log_of(answer))
    with asking.line("an account without an entry has three empty lists"):
        if has_entry:
            raise Unseen("yours has one")
        record.are_empty(record.known(log))
    _shape(asking, log)
    await _dates(asking, log, answers[3])
    recorded: Log | None = None
    with asking.line("withRecordings=true adds recordingId, a text or null, to each call"):
        recorded = record.log_of(answers[4])
        record.have_recordings(recorded)
    await _recordings(asking, recorded)


async def _at_once(asking: Asking, paths: list[str]) -> list[Answer]:
    exchanges = [asking.another() for _ in paths]
    try:
        return await asyncio.gather(
            *(asking.ask("GET", path, exchange=exchange) for path, exchange in zip(paths, exchanges, strict=True))
        )
    finally:
        for exchange in exchanges:
            await exchange.closed()


def _shape(asking: Asking, log: Log | None) -> None:
    with asking.line("30 calls at most in each list"):
        record.are_few(log)
    with asking.line("callId is a text, another for each call"):
        record.have_ids(log)
    with asking.line("number and numberE164 are texts"):
        record.have_numbers(log)
    with asking.line("datetime is YYYY-MM-DD HH:MM:SS"):
        record.have_local_times(log)
    with asking.line("dateTimeISO and datetimeISO are 2026-04-03T13:41:23.467+0200"):
        record.have_iso_times(log)
    with asking.line("datetime and dateTimeISO are the same time"):
        record.have_one_time(log)
    with asking.line("duration is a number, also of missed calls"):
        record.have_durations(log)
    with asking.line("callDirection is a text"):
        record.have_directions(log)
    with asking.line("the newest call is first"):
        record.are_newest_first(log)
    with asking.line("no call is older than 4 months"):
        record.are_recent(log, asking.now())
    with asking.line("recordingId is there only if it is asked for"):
        record.have_no_recordings(log)


async def _dates(asking: Asking, log: Log | None, undated: Answer) -> None:
    with asking.line("empty dates are as none"):
        record.same_calls(record.known(log), record.log_of(undated))
    with asking.line("fromDate and toDate are inclusive; a call has the same callId again"):
        newest = record.newest(log)
        its_day = record.day(newest)
        answer = await asking.get(f"/calls?fromDate={its_day}&toDate={its_day}")
        record.are_of_day(record.log_of(answer), newest)
    with asking.line("a second ? is read as &: ?fromDate=&toDate=…?withRecordings=1"):
        newest = record.newest(log)
        answer = await asking.get(f"/calls?fromDate=&toDate={record.day(newest)}?withRecordings=1")
        again = record.log_of(answer)
        record.has_call(again, newest)
        record.have_recordings(again)


async def _recordings(asking: Asking, recorded: Log | None) -> None:
    asking.part("Recordings")
    with asking.line("GET /recordings/{id}, unknown, is 404 with a message"):
        reading.message(await asking.get(f"/recordings/{UNKNOWN}"), 404)
    with asking.line("one of /calls is MP3, audio/mpeg, whatever Accept says"):
        reading.sound(await _sound(asking, recorded))
    with asking.line("a range of it is 206, and just that range"):
        reading.part(await _sound(asking, recorded, "bytes=0-99"), 100)
    with asking.line("a range beyond its end is 416"):
        reading.status(await _sound(asking, recorded, "bytes=9999999999-"), 416)


async def _sound(asking: Asking, recorded: Log | None, wanted: str = "") -> Answer:
    path = f"{asking.target.base}/recordings/{quote(record.first_recording(recorded), safe='')}"
    range_ = (("Range", wanted),) if wanted else ()
    return await asking.ask("GET", path, (*asking.credentials.usual, *range_), enough=_BEGINNING)
