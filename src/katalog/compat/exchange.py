"""Requests over a connection, byte for byte: a library would tidy up what is to be tried, and follow redirects."""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress

import httptools

from katalog.compat.answer import Answer
from katalog.compat.target import Target

LONGEST = 50_000_000
"""Bytes of an answer that are read; a list of 100,000 entries has some 30,000,000."""

_CHUNK = 65_536


class BrokenOff(Exception):
    """The connection ended before the answer did; `began` if there was anything of it."""

    def __init__(self, size: int, *, began: bool) -> None:
        super().__init__(f"the answer broke off after {size} bytes of its body" if began else "it hung up unasked")
        self.began = began


class TooLong(Exception):
    pass


class Exchange:
    """One connection, which is kept open from request to request as polling programs do, and made again if need be."""

    def __init__(self, target: Target, trust: ssl.SSLContext | None, seconds: float) -> None:
        self._target = target
        self._trust = trust
        self._seconds = seconds
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self,
        method: str,
        path: str,
        headers: Iterable[tuple[str, str]],
        body: bytes = b"",
        *,
        enough: int = LONGEST,
        fresh: bool = False,
    ) -> Answer:
        """What does not come is told in the answer. After `enough` bytes of a body the rest is not waited for; with
        `fresh` the request is sent over a connection of its own, and never a second time.
        """
        head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
        request = "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body
        try:
            async with asyncio.timeout(self._seconds):
                return await self._sent(request, enough, fresh=fresh)
        except (OSError, BrokenOff, TooLong, TimeoutError, UnicodeError, httptools.HttpParserError) as error:
            self.close()
            return Answer(0, fault=_explained(error, self._seconds))

    async def _sent(self, request: bytes, enough: int, *, fresh: bool) -> Answer:
        if fresh:
            self.close()
        waited = self._streams is not None
        try:
            return await self._once(request, enough)
        except (BrokenOff, ConnectionError) as error:
            self.close()
            # A server may end a connection that waits; that it did so just now is nobody's fault.
            if not waited or (isinstance(error, BrokenOff) and error.began):
                raise
        return await self._once(request, enough)

    async def _once(self, request: bytes, enough: int) -> Answer:
        if self._streams is None:
            name = self._target.host if self._trust else None
            self._streams = await asyncio.open_connection(
                self._target.address, self._target.port, ssl=self._trust, server_hostname=name
            )
        reader, writer = self._streams
        writer.write(request)
        await writer.drain()
        reading = _Reading(enough)
        while not reading.is_whole:
            data = await reader.read(_CHUNK)
            if not data:
                reading.end()
                break
            reading.feed(data)
        if not reading.may_go_on:
            self.close()
        return reading.answer()

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def closed(self) -> None:
        """Closes, and waits until that is done."""
        if self._streams is not None:
            writer = self._streams[1]
            self.close()
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)


class _Reading:
    """An answer that is coming. The methods `on_…` are called by the parser."""

    def __init__(self, enough: int) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._enough = enough
        self._headers: list[tuple[str, str]] = []
        self._body = bytearray()
        self._has_head = False
        self._began = False
        self.is_whole = False
        self.may_go_on = False

    def feed(self, data: bytes) -> None:
        self._began = True
        self._parser.feed_data(data)
        if len(self._body) >= self._enough and not self.is_whole:
            if self._enough == LONGEST:
                raise TooLong
            self.is_whole = True

    def end(self) -> None:
        """The connection has ended, as an answer without a length does."""
        if not self._has_head or any(name in ("content-length", "transfer-encoding") for name, _ in self._headers):
            raise BrokenOff(len(self._body), began=self._began)

    def answer(self) -> Answer:
        return Answer(self._parser.get_status_code(), tuple(self._headers), bytes(self._body))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        self._has_head = True

    def on_body(self, data: bytes) -> None:
        self._body += data

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # 103 and its like come before the answer
            self._headers.clear()
            self._has_head = False
            return
        self.is_whole = True
        self.may_go_on = self._parser.should_keep_alive()


def _explained(error: Exception, seconds: float) -> str:
    """A sentence for each; those of the libraries are not for people."""
    match error:
        case TimeoutError():
            return f"no answer within {seconds:g} s"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS fails: {(error.reason or 'no reason given').lower().replace('_', ' ')}"
        case socket.gaierror():
            return "its name is not known"
        case ConnectionRefusedError():
            return "nobody listens there"
        case BrokenOff():
            return str(error)
        case TooLong():
            return f"the answer is longer than {LONGEST // 1_000_000} MB"
        case httptools.HttpParserError():
            return "what came is no HTTP/1.1 answer"
        case UnicodeError():
            return "the request cannot be written"
        case ConnectionError():
            return "it broke the connection off"
        case _:
            return f"it cannot be reached: {getattr(error, 'strerror', None) or type(error).__name__}"
