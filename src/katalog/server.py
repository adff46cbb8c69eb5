"""Runs the application on granian: a parent that watches, and one worker that serves.

granian's worker outlives a parent that is killed; ours does not. It asks the kernel to be ended with its
parent (prctl PR_SET_PDEATHSIG), so that killing `katalog serve` in any way leaves nothing running.
"""

import asyncio
import ctypes
import errno
import os
import resource
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
from granian.errors import ConfigurationError
from starlette.types import ASGIApp

from katalog import logs
from katalog.errors import KatalogError
from katalog.settings import Server

_PR_SET_PDEATHSIG = 1

CONNECTIONS = 65_536
"""That are answered at a time. A stream is one for as long as it lasts, and polling must go on beside any number."""


class Served(Protocol):
    """`application` answers; `end` is called as soon as the server is asked to end, before it waits for answers."""

    application: ASGIApp

    def end(self) -> None: ...


Loader = Callable[[Callable[[], None]], Served]
"""Called in the worker with what to call when it is ready; must be a module's function, or a partial of one."""

log = structlog.get_logger()


class ServerError(KatalogError):
    """The server cannot start; the sentence says why and what to do."""

    id = "server"


def serve(server: Server, loader: Loader, ready: Callable[[], None]) -> None:
    """Serves until SIGINT or SIGTERM. Raises ServerError if it cannot listen or the certificate is wrong."""
    _check_free(server.host, server.port)
    check_certificate(server)
    try:
        granian = Granian(
            "katalog",
            address=server.host,
            port=server.port,
            interface=Interfaces.ASGI,
            loop=Loops.uvloop,
            http=HTTPModes.http1,
            websockets=False,
            backpressure=CONNECTIONS,
            log_enabled=False,
            ssl_cert=server.tls_cert,
            ssl_key=server.tls_key,
            ssl_protocol_min=SSLProtocols.tls12,
            respawn_failed_workers=True,
            workers_kill_timeout=5,
        )
    except (ConfigurationError, OSError, ValueError) as error:
        raise ServerError(f"{server.tls_cert}, {server.tls_key}: {error}") from None
    granian.serve(target_loader=partial(_load, loader, ready, os.getpid()), wrap_loader=False)


def check_certificate(server: Server) -> None:
    """Raises ServerError if the certificate or its key cannot be read or do not belong together."""
    if server.tls_cert is None or server.tls_key is None:
        return
    for file in (server.tls_cert, server.tls_key):
        try:
            file.read_bytes()
        except OSError as error:
            raise ServerError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(server.tls_cert, server.tls_key, password="")
    except (ssl.SSLError, ValueError) as error:
        raise ServerError(
            f"{server.tls_cert} and {server.tls_key} are no certificate in PEM and its key without a password: {error}"
        ) from None


def _check_free(host: str, port: int) -> None:
    """granian shares a port with whoever has it (SO_REUSEPORT); two katalogs on one would answer in turn."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            reason = "it is in use; end the other program or choose another with --port"
            if error.errno != errno.EADDRINUSE:
                reason = f"{error.strerror or error}"
            raise ServerError(f"cannot listen on {host} port {port}: {reason}") from None


def _load(loader: Loader, ready: Callable[[], None], parent: int) -> ASGIApp:
    logs.configure()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            # It was killed before the kernel was asked.
            os.kill(os.getpid(), signal.SIGKILL)
    served = loader(ready)
    _before_the_end(asyncio.get_event_loop(), served.end)
    return served.application


def _before_the_end(loop: asyncio.AbstractEventLoop, end: Callable[[], None]) -> None:
    """granian sets a signal handler that waits for every answer before it ends the lifespan; a stream has no end. So
    whatever is to be done about a signal, `end` comes first.
    """
    add = loop.add_signal_handler

    def add_signal_handler(number: int, callback: Callable[..., object], *arguments: Any) -> None:
        def both() -> None:
            end()
            callback(*arguments)

        add(number, both)

    loop.add_signal_handler = add_signal_handler  # type: ignore[assignment, method-assign]
