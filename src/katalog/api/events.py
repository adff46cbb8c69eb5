"""The directory as it changes: Server-Sent Events (`GET /api/events`; WHATWG HTML, section 9.2)."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Annotated

import msgspec
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from katalog.api.authentication import Authenticator
from katalog.api.entries import flag
from katalog.api.extensions import marks
from katalog.api.histogram import Histogram, cumulative
from katalog.api.reader import Reader
from katalog.domain.view import EntryView
from katalog.domain.wanted import Wanted
from katalog.live.directory import Directory
from katalog.push.frames import HEARTBEAT, Frames, Removed
from katalog.push.subscription import Subscription

SILENCE = 15.0
"""Seconds after which a comment is sent: proxies end what is silent for a minute, and a reader who is gone is found."""

_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
)


class Snapshot(msgspec.Struct, frozen=True):
    """Every entry that the reader may see and asked for; `version` is another whenever one of all has changed."""

    version: int
    entries: list[EntryView]


class CallsState(msgspec.Struct, frozen=True):
    """Whether every telephone system's calls are as of now."""

    live: bool


def _json(type_: type) -> msgspec.Meta:
    """A text that is JSON of a type which the OpenAPI document has by its name."""
    schema = {"$ref": f"#/components/schemas/{type_.__name__}"}
    return msgspec.Meta(extra_json_schema={"contentMediaType": "application/json", "contentSchema": schema})


class SnapshotFrame(msgspec.Struct, frozen=True, tag_field="event", tag="snapshot"):
    id: str
    data: Annotated[str, _json(Snapshot)]


class EntryFrame(msgspec.Struct, frozen=True, tag_field="event", tag="entry"):
    id: str
    data: Annotated[str, _json(EntryView)]


class RemovedFrame(msgspec.Struct, frozen=True, tag_field="event", tag="removed"):
    id: str
    data: Annotated[str, _json(Removed)]


class CallsFrame(msgspec.Struct, frozen=True, tag_field="event", tag="calls"):
    data: Annotated[str, _json(CallsState)]


EventFrame = SnapshotFrame | EntryFrame | RemovedFrame | CallsFrame
"""One event as its reader gets it, field by field."""

IN_FRAMES = (Snapshot, EntryView, Removed, CallsState)
"""What their data are."""


class Events(Collector):
    """`run` keeps silent streams awake; `end` ends them all, and those to come."""

    def __init__(self, directories: Mapping[str, Directory], authenticator: Authenticator) -> None:
        self._directories = directories
        self._authenticator = authenticator
        self._frames: dict[str, Frames] = {}
        self._ending = False
        self.streams = 0
        self.lag = Histogram()

    async def stream(self, request: Request, reader: Reader) -> Response:
        """A snapshot, then each change as it comes; goes on without a gap after `Last-Event-ID`."""
        query = request.query_params
        frames = self._frames.get(reader.organisation)
        if frames is None:
            frames = self._frames[reader.organisation] = Frames(reader.directory)
        wanted = Wanted(query.get("extension", ""), query.get("department", ""), query.get("keyword", ""))
        subscription = Subscription(frames, wanted, full=reader.sees_hidden)
        begin = b""
        if (last := request.headers.get("last-event-id")) is not None:
            subscription.resume(last)
        elif flag(query, "snapshot") is False:
            begin = subscription.skip()
        return Stream(self, reader, subscription, begin)

    def again(self, reader: Reader) -> Reader | None:
        return None if self._ending else self._authenticator.again(reader)

    def collect(self) -> Iterator[Metric]:
        streams = GaugeMetricFamily("katalog_streams", "Readers of the event stream.", self.streams)
        lag = HistogramMetricFamily("katalog_stream_lag_seconds", "From a change until a reader's connection has it.")
        lag.add_metric((), *cumulative([self.lag]))
        yield streams
        yield lag

    async def run(self) -> None:
        while True:
            await asyncio.sleep(SILENCE / 3)
            self._wake()

    def end(self) -> None:
        self._ending = True
        self._wake()

    def _wake(self) -> None:
        for directory in self._directories.values():
            directory.changes.wake()


class Stream(Response):
    """The answer that does not end before its reader goes, or may read no more."""

    def __init__(self, events: Events, reader: Reader, subscription: Subscription, begin: bytes) -> None:
        self.status_code = 200
        self.background = None
        self.raw_headers = [*_HEADERS, *marks(reader.directory)]
        self._events = events
        self._reader = reader
        self._subscription = subscription
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD":
            return
        self._events.streams += 1
        writing = asyncio.create_task(self._write(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait((writing, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._events.streams -= 1
            leaving.cancel()
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing

    async def _write(self, send: Send) -> None:
        async def write(text: bytes) -> None:
            await send({"type": "http.response.body", "body": text, "more_body": True})

        loop, changes = asyncio.get_running_loop(), self._reader.directory.changes
        if self._begin:
            await write(self._begin)
        written, waited = loop.time(), False
        while (reader := self._events.again(self._reader)) is not None:
            self._reader = reader
            self._subscription.see(full=reader.sees_hidden)
            parts = self._subscription.take()
            if not parts and loop.time() - written >= SILENCE:
                parts, waited = [HEARTBEAT], False
            for part in parts:
                await write(part)
            if parts:
                written = loop.time()
                if waited:
                    self._events.lag.add(written - changes.woken)
                waited = False
            else:
                await changes.wait()
                waited = True
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
