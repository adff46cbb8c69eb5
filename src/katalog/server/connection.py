"""One connection: uvicorn's HTTP/1.1, with bounds on what comes in, and a way past the application for what is ready.

A task for each request, and its messages (ASGI), cost three times what is left of a read whose bytes are there
already. So the application is first asked for an answer that needs no waiting. And whoever polls sends the same
request again, byte for byte, which then need not be read again (docs/decisions/0020).
"""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from starlette.types import Scope
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from katalog.server.files import Files
from katalog.server.request_line import mended

Answer = tuple[int, bytes, Sequence[bytes]]
"""Status, the lines of the headers (with the Content-Length, if there is a body), and the body in parts. Who gives the
same object of lines again gives the same body with it."""

Asked = Callable[[], Answer | None]
"""A request that may be made again: the answer to it as of now. None: ask the application."""

Prompt = Callable[[Scope], Asked | None]
"""What answers a GET without a query, if that takes no waiting; None likewise."""

MAX_HEAD = 65_536
"""Bytes of a request's first line and headers."""

HEAD_WITHIN = 30.0
"""Seconds that they may take from their first byte, or the first request from the connection's beginning."""

KEEP_ALIVE = 75
"""Seconds that a connection stays open for a next request. Programs that poll once a minute keep theirs."""

HELD = 128 * 1024 * 1024
"""Bytes of answers, at most, that are handed over whole to readers who are slow. Beyond it, answers go the long way,
part by part. Most of them are the same bytes, which are there once."""

MANY = 3
"""Parts of an answer that may be worth a file; that of one entry has one."""

_NOT_PLAIN = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade", b"connection"})
"""A request with any of these goes the long way; `connection` unless it says keep-alive."""

_KEY = secrets.token_bytes(32)


def _digest(data: bytes) -> bytes:
    """By which a request is known again. Its credential is not kept."""
    return hashlib.blake2b(data, digest_size=16, key=_KEY).digest()


class Held:
    """What all connections of a server hold: for readers who are slow, and for those who ask for the same."""

    def __init__(self) -> None:
        self.bytes = 0
        self.files = Files()


class Connection(HttpToolsProtocol):
    def __init__(
        self,
        prompt: Prompt,
        held: Held,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._prompt = prompt
        self._held = held
        self._holds = 0  # of it
        self._asked: Asked | None = None  # the last request, if it was answered at once
        self._digest = b""  # of it, if it came alone and whole
        self._begun = 0  # requests of what has just come
        self._is_between = True  # requests
        self._in_head = False  # of a request that is not whole yet
        self._head = 0  # bytes of it
        self._head_until = 0.0
        self._active = 0.0
        self._socket = -1  # if files can be sent

    # -- bounds ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if hasattr(os, "memfd_create") and transport.get_extra_info("sslcontext") is None:
            self._socket = transport.get_extra_info("socket").fileno()
        self._head_until = self.loop.time() + HEAD_WITHIN
        self._close_at(self._head_until)

    def data_received(self, data: bytes) -> None:
        self._active = self.loop.time()
        if self._is_again(data):
            return
        begun = self._in_head
        if not begun:
            self._head_until = self._active + HEAD_WITHIN
        self._asked, self._digest, self._begun = None, b"", 0
        super().data_received(self._mended(data) if self._is_between else data)
        if self._in_head:
            self._bound_head(len(data))
        elif not begun and self._begun == 1 and self._was_prompt:
            self._digest = _digest(data)

    def _mended(self, data: bytes) -> bytes:
        """With the first line of a request as a parser takes it, if it has come whole."""
        line = data[: max(0, data.find(b"\n"))]
        written = mended(line)
        return data if written == line else written + data[len(line) :]

    def _bound_head(self, size: int) -> None:
        """After so many bytes more of one that is not whole yet."""
        self._head += size
        if self.transport.is_closing():
            return
        if self._head > MAX_HEAD:
            self.transport.write(b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n\r\n")
            self.transport.close()
        else:
            self._close_at(self._head_until)

    def _close_at(self, time: float) -> None:
        """Unless something comes before, or an answer is under way."""
        if self._is_idle:
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = self.loop.call_at(time, super().timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """A connection on which the same was asked again kept its timer."""
        end = self._active + KEEP_ALIVE
        if end <= self.loop.time():
            super().timeout_keep_alive_handler()
        else:
            self.timeout_keep_alive_task = self.loop.call_at(end, self.timeout_keep_alive_handler)

    @property
    def _is_idle(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def pause_writing(self) -> None:
        super().pause_writing()
        self._hold(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        super().resume_writing()
        self._hold(0)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._socket = -1
        self._hold(0)

    def _hold(self, size: int) -> None:
        self._held.bytes += size - self._holds
        self._holds = size

    @property
    def _has_room(self) -> bool:
        return not self.flow.write_paused and self._held.bytes < HELD

    # -- requests ----------------------------------------------------------------------------------

    def _is_again(self, data: bytes) -> bool:
        """Whether it is the request before once more, and is answered."""
        if self._asked is None or not self._has_room or self._digest != _digest(data):
            return False
        answer = self._asked()
        if answer is None:
            return False
        self._write(answer)
        return True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_between, self._in_head, self._head = False, True, 0
        self._begun += 1
        self._asked = None

    def on_headers_complete(self) -> None:
        self._in_head = False
        if self._is_plain() and (asked := self._prompt(cast("Scope", self.scope))) and (answer := asked()):
            self._asked = asked
            self._write(answer)
            self.on_response_complete()
        else:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_between = True
        if not self._was_prompt:
            super().on_message_complete()

    @property
    def _was_prompt(self) -> bool:
        return self._asked is not None

    def _is_plain(self) -> bool:
        """Whether it may be answered at once: a GET without anything special, after which the connection goes on; and
        nothing before it has still to be written. The scope is then as the application would get it.
        """
        parser, url = self.parser, self.url
        if parser.get_method() != b"GET" or parser.get_http_version() != "1.1" or b"?" in url or b"%" in url:
            return False
        if not self._is_idle or not self._has_room or not url.startswith(b"/") or not url.isascii():
            return False
        for name, value in self.headers:
            if name in _NOT_PLAIN and (name != b"connection" or value.lower() != b"keep-alive"):
                return False
        self.scope["method"], self.scope["path"] = "GET", url.decode("ascii")
        return True

    def _write(self, answer: Answer) -> None:
        _, lines, parts = answer
        if len(parts) >= MANY and self._is_clear:
            file = self._held.files.of(lines, self.server_state.default_headers, lambda: self._whole(answer))
            if file is not None:
                sent = file.send(self._socket)
                if sent < file.size:
                    # What is left waits for the reader; its bytes are there once for all of them.
                    self.transport.writelines(_after(sent, self._whole(answer)))
                return
        # All of it in one call of the kernel; the body is not copied.
        self.transport.writelines(self._whole(answer))

    @property
    def _is_clear(self) -> bool:
        """Whether nothing has still to be sent, so that what is sent past the transport does not overtake it."""
        return self._socket >= 0 and not self.transport.is_closing() and not self.transport.get_write_buffer_size()

    def _whole(self, answer: Answer) -> tuple[bytes, ...]:
        status, lines, parts = answer
        always = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        return b"".join((STATUS_LINE[status], *always, lines, b"\r\n")), *parts


def _after(sent: int, parts: Sequence[bytes]) -> Iterator[memoryview]:
    """What is left of them."""
    for part in parts:
        if sent < len(part):
            yield memoryview(part)[sent:]
        sent = max(0, sent - len(part))
