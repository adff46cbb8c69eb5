"""Runs the application on uvicorn: one process, one event loop, until it is asked to end."""

import asyncio
import contextlib
import errno
import resource
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Protocol, cast

import uvicorn
import uvloop
from starlette.types import ASGIApp

from katalog.errors import ServerError
from katalog.server.certificate import Certificate
from katalog.server.connection import KEEP_ALIVE, Connection, Held, Prompt
from katalog.settings import Server

BACKLOG = 2048
"""Connections that wait to be accepted; while the server starts, too."""

SEND_BUFFER = 400_000
"""Bytes (the kernel takes twice as many) that it keeps of what a connection has still to send. Without a bound they
become 4 MB: a long list goes out at half the speed, since it is no longer in the processor's cache when it is read.
Enough for 16 MB/s over 50 ms."""

GRACE = 5
"""Seconds that answers have to be finished when the server is asked to end."""


class Served(Protocol):
    """`application` answers, within `running`; what `prompt` can answer at once, it does not see. `end` is called as
    soon as the server is asked to end, before it waits for answers.
    """

    application: ASGIApp

    @property
    def prompt(self) -> Prompt: ...

    def running(self) -> AbstractAsyncContextManager[None]: ...

    def end(self) -> None: ...


def serve(server: Server, make: Callable[[Certificate | None], Served]) -> None:
    """Serves until SIGINT or SIGTERM; `make` is given the certificate, if there is one. Raises ServerError if it
    cannot listen or the certificate is wrong.
    """
    certificate = Certificate(server.tls_cert, server.tls_key) if server.tls_cert and server.tls_key else None
    with _listening(server.host, server.port) as listening:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        served = make(certificate)
        config = uvicorn.Config(
            served.application,
            http=cast("type[asyncio.Protocol]", partial(Connection, served.prompt, Held())),
            ws="none",
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="critical",  # what the application cannot answer is in its own log
            ssl_context_factory=(lambda _, __: certificate.context) if certificate else None,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(_Server(config, served.end), served, listening, certificate))


async def _run(server: "_Server", served: Served, listening: socket.socket, certificate: Certificate | None) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.end)
    async with served.running():
        following = asyncio.create_task(certificate.follow(), name="certificate") if certificate else None
        try:
            await server.serve([listening])
        finally:
            if following is not None:
                following.cancel()


class _Server(uvicorn.Server):
    """Ended by `end`: uvicorn waits for every answer, and a stream has no end, so what ends those comes first."""

    def __init__(self, config: uvicorn.Config, before: Callable[[], None]) -> None:
        super().__init__(config)
        self._before = before

    def end(self) -> None:
        self._before()
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """uvicorn's own dies of the signal again, when all is done; an end that was asked for is no failure."""
        yield


def _listening(host: str, port: int) -> socket.socket:
    """From now on, so that whoever comes while the server starts waits for it and is not refused."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # of each connection, too
            listening.bind(address)
            listening.listen(BACKLOG)
        except OSError:
            listening.close()
            raise
    except OSError as error:
        reason = "it is in use; end the other program or choose another with --port"
        if error.errno != errno.EADDRINUSE:
            reason = f"{error.strerror or error}"
        raise ServerError(f"cannot listen on {host} port {port}: {reason}") from None
    return listening
