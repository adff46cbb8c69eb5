"""The peers: a bare Starlette route on granian, and nginx with a file."""

import gzip
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.serving import free_port


def bare(body: bytes | None) -> ASGIApp:
    """One route, one answer: what Starlette can do at most. No `body`: a 304."""

    async def one(request: Request) -> Response:
        if body is None:
            return Response(status_code=304)
        return Response(body, media_type="application/json; charset=utf-8")

    return Starlette(routes=[Route("/api/extensions/{extension}", one)])


@contextmanager
def granian(make: Callable[[], ASGIApp]) -> Iterator[int]:
    """An application on granian, with one worker, in processes of its own; gives its port."""
    port = free_port()
    process = os.fork()
    if process == 0:
        try:
            server = Granian(
                "peer", address="127.0.0.1", port=port, interface=Interfaces.ASGI, loop=Loops.uvloop,
                http=HTTPModes.http1, websockets=False, backpressure=65_536, log_enabled=False,
            )  # fmt: skip
            server.serve(target_loader=partial(_loaded, make), wrap_loader=False)
        finally:
            os._exit(0)
    try:
        yield port
    finally:
        os.kill(process, signal.SIGTERM)
        os.waitpid(process, 0)


def _loaded(make: Callable[[], ASGIApp]) -> ASGIApp:
    """In the worker."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return make()


@contextmanager
def bare_starlette(body: bytes | None) -> Iterator[str]:
    """Serves `body`, or without one a 304, for any extension; gives the URL up to the extension."""
    with granian(partial(bare, body)) as port:
        url = f"http://127.0.0.1:{port}/api/extensions/"
        _wait(f"{url}x")
        yield url


@contextmanager
def nginx(folder: Path, body: bytes) -> Iterator[str]:
    """Serves `body` as a file from one worker process, and to whoever unpacks as another (`gzip -9`); gives its URL."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    port = free_port()
    (folder / "list.json").write_bytes(body)
    (folder / "list.json.gz").write_bytes(gzip.compress(body, 9))
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log stderr crit;\n"
        f"{'user root;' if os.getuid() == 0 else ''}\n"
        "events { worker_connections 512; }\n"
        f"http {{ access_log off; sendfile on; tcp_nopush on; gzip_static on; keepalive_requests 10000000;\n"
        f"  default_type application/json; charset utf-8; server {{ listen 127.0.0.1:{port}; root {folder}; }} }}\n"
    )
    with subprocess.Popen([program, "-p", str(folder), "-c", str(configuration)], stderr=sys.stderr) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/list.json")
            yield f"http://127.0.0.1:{port}/list.json"
        finally:
            process.terminate()


def _wait(url: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url)
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
