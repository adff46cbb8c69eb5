"""Recordings of calls, to be listened to: `GET /api/recordings/{id}`."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from katalog.api.etag import NotModified, is_known
from katalog.api.ranges import range_of
from katalog.api.reader import Reader
from katalog.domain.account import Role
from katalog.domain.call_record import CallRecord
from katalog.domain.recording import Recording
from katalog.errors import NotFound
from katalog.live.directory import Directory
from katalog.recordings.recorder import Recorder
from katalog.recordings.sounds import Sound, Sounds
from katalog.store import audit, recordings
from katalog.store.database import Database

MP3 = "audio/mpeg"
Mp3 = Annotated[str, msgspec.Meta(extra_json_schema={"contentMediaType": MP3})]

CHUNK = 65_536
"""Bytes that are read and sent at a time."""

LISTENING = 600.0
"""Seconds in which a reader who comes back for more of a recording is still listening to it."""

LISTENERS = 10_000
"""So many are remembered."""

_CACHING = (b"cache-control", b"private, no-cache")


class Recordings:
    def __init__(self, database: Database, recorder: Recorder, sounds: Sounds, clock: Callable[[], float]) -> None:
        self._database = database
        self._recorder = recorder
        self._sounds = sounds
        self._clock = clock
        self._listening: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def of(self, records: Iterable[CallRecord], organisation: str) -> dict[str, list[Recording]]:
        """What can be listened to of these calls, by their ids."""
        await self._recorder.settle()
        records = list(records)
        async with self._database.read() as connection:
            found = await recordings.of_legs(connection, organisation, [(each.pbx, each.leg) for each in records])
        return {each.id: found.get((each.pbx, each.leg), []) for each in records}

    async def one(self, request: Request, reader: Reader) -> Response:
        """MP3, whole or one range of it. What one may not listen to is not there."""
        async with self._database.read() as connection:
            recording = await recordings.get(connection, reader.organisation, request.path_params["id"])
            if recording is None:
                raise NotFound()
            whose = await recordings.entries_of(connection, reader.organisation, recording)
        if not whose or not may_listen(reader, whose) or recording.seconds == 0:
            raise NotFound()
        sound = await self._sounds.of(recording)
        try:
            etag = f'"{sound.tag}"'
            if is_known(request, etag):
                sound.file.close()
                return NotModified([(b"etag", etag.encode()), _CACHING])
            response = Listened(self._sounds, sound, etag, _part(request, etag, sound.size))
            if request.method == "GET":
                await self._note(reader, recording, whose)
        except BaseException:
            sound.file.close()
            raise
        return response

    async def _note(self, reader: Reader, recording: Recording, whose: Sequence[str]) -> None:
        """In the audit trail, before anything is heard; once, though a player asks for one part after the other."""
        now, key = self._clock(), (reader.account.id, recording.id)
        if now - self._listening.get(key, -LISTENING) < LISTENING:
            return
        details = {"entries": whose, "extensions": _extensions(reader.directory, whose)}
        async with self._database.write(reader.organisation, reader.actor) as change:
            await audit.record(change, "recording.played", recording.id, details)
        self._listening[key] = now
        self._listening.move_to_end(key)
        if len(self._listening) > LISTENERS:
            self._listening.popitem(last=False)


def may_listen(reader: Reader, whose: Sequence[str]) -> bool:
    """To a recording of these entries' calls: they themselves, and who looks after all of them. Reception does not."""
    return reader.is_admin or reader.account.role is Role.SERVICE or reader.account.entry in whose


def _extensions(directory: Directory, ids: Iterable[str]) -> list[str]:
    found = (directory.get(id_, hidden=True) for id_ in ids)
    return [entry.extension for entry in found if entry is not None]


def _part(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """The range that is asked for; None for all of it. A part of another state of the file is of no use."""
    if_range = request.headers.get("if-range")
    # A date says nothing for certain of a file that is made anew when it is wanted again.
    if request.method != "GET" or (if_range is not None and if_range.strip() != etag):
        return None
    return range_of(request.headers.get("range"), size)


class Listened(Response):
    """A file in chunks, or a part of it; never whole in memory. Closes it."""

    def __init__(self, sounds: Sounds, sound: Sound, etag: str, part: tuple[int, int] | None) -> None:
        self._sounds = sounds
        self._file = sound.file
        self._first, last = part or (0, sound.size - 1)
        self._length = last + 1 - self._first
        self.status_code = 200 if part is None else 206
        self.background = None
        self.raw_headers = [
            (b"content-type", MP3.encode()),
            (b"content-length", b"%d" % self._length),
            (b"accept-ranges", b"bytes"),
            (b"etag", etag.encode()),
            _CACHING,
        ]
        if part is not None:
            self.raw_headers.append((b"content-range", b"bytes %d-%d/%d" % (self._first, last, sound.size)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            left = self._length if scope["method"] == "GET" else 0
            self._file.seek(self._first)
            while left:
                chunk = await self._sounds.do(partial(self._file.read, min(left, CHUNK)))
                left -= len(chunk)
                # The server holds a few chunks at most for a reader who is slow.
                await send({"type": "http.response.body", "body": chunk, "more_body": left > 0})
        finally:
            self._file.close()
