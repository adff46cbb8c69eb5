"""`katalog serve`, `katalog demo`, `katalog init`.

What serves is imported where it is needed: every other command begins in half the time without it.
"""

import gc
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from katalog import logs, settings_file
from katalog.cli.common import ConfigOption, fail
from katalog.errors import KatalogError
from katalog.settings import Server, Settings

if TYPE_CHECKING:
    from katalog.server.certificate import Certificate
    from katalog.server.server import Served

HostOption = Annotated[str | None, typer.Option("--host", metavar="H", help="Instead of server.host.")]
PortOption = Annotated[
    int | None,
    typer.Option("--port", metavar="P", min=1, max=65535, help="The port; else server.port, or 8080."),
]


def register(app: typer.Typer) -> None:
    app.command("serve")(serve_command)
    app.command("demo")(demo_command)
    app.command("init")(init_command)


def serve_command(config: ConfigOption = None, host: HostOption = None, port: PortOption = None) -> None:
    """Serve the directory."""
    logs.configure()
    try:
        loaded = settings_file.load(config)
        chosen = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        server = Server.model_validate(loaded.server.model_dump() | chosen)
        loaded = loaded.model_copy(update={"server": server})
        from katalog.server.server import serve

        serve(server, partial(_app, loaded, partial(_say_ready, server.url)))
    except KatalogError as error:
        fail(str(error))


def _app(loaded: Settings, ready: Callable[[], None], certificate: "Certificate | None") -> "Served":
    from katalog.app import App

    # What a server begins with stays: it is not looked through for garbage, neither while it is read nor later.
    gc.disable()
    return App(loaded, ready=ready, certificate=certificate)


def _say_ready(url: str) -> None:
    gc.freeze()
    gc.enable()
    structlog.get_logger().info("server.ready", url=url)


def demo_command(port: PortOption = 8080) -> None:
    """An invented organisation with calls coming and going, in a throw-away database."""
    from katalog.demo.run import run_demo

    logs.configure()
    try:
        run_demo(port or 8080)
    except KatalogError as error:
        fail(str(error))


def init_command(config: ConfigOption = None) -> None:
    """Write a commented katalog.toml."""
    path = config or settings_file.DEFAULT_PATH
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(settings_file.sample())
    except FileExistsError:
        fail(f"{path} is there already, and is left as it is")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")
    path.chmod(0o600)
    print(f"{path} is written. Next: katalog check, then katalog import FILE.csv, then katalog serve.")
