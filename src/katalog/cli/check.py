"""`katalog check`: is everything well, and if not, what to do. One line for each matter.

What serves is imported where it is needed, as in `serve.py`.
"""

import asyncio
import shutil
import sys
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path

import msgspec
import typer
from rich.console import Console

from katalog import logs, settings_file
from katalog.cli.call_details import call_details
from katalog.cli.common import ConfigOption
from katalog.cli.recordings import recordings
from katalog.connectors.base import Connector, Finding
from katalog.errors import KatalogError
from katalog.server.certificate import DAY, SOON, Certificate
from katalog.settings import Settings
from katalog.store import organisations
from katalog.store.database import Database
from katalog.store.migrate import upgrade

_LOW_DISK = 500_000_000
_PBX_SECONDS = 10.0


def register(app: typer.Typer) -> None:
    app.command("check")(check)


def check(config: ConfigOption = None) -> None:
    """Check settings, database, every PBX, disk and clock."""
    logs.configure(level=50)
    well = asyncio.run(_check(config, Console(file=sys.stdout, highlight=False, soft_wrap=True)))
    raise typer.Exit(0 if well else 1)


async def _check(config: Path | None, console: Console) -> bool:
    try:
        loaded = settings_file.load(config)
    except KatalogError as error:
        _print(console, Finding(False, "settings", str(error), "mend the line and check again"))
        return False
    source = config or (settings_file.DEFAULT_PATH if settings_file.DEFAULT_PATH.is_file() else None)
    findings = [Finding(True, "settings", str(source) if source else "no katalog.toml here; the defaults hold")]
    _print(console, findings[0])
    for finding in [await _database(loaded), _disk(loaded), _clock(loaded), *_certificate(loaded)]:
        findings.append(finding)
        _print(console, finding)
    if not loaded.pbx:
        _print(console, Finding(True, "pbx", "none is set up; `calls` is empty for everybody"))
    from katalog.app import connectors_of

    try:
        connectors = connectors_of(loaded.pbx)
    except KatalogError as error:
        _print(console, Finding(False, "pbx", str(error), "mend the type, or install the connector"))
        return False
    for connector in connectors:
        for finding in await _pbx(connector.check()):
            findings.append(finding)
            _print(console, msgspec.structs.replace(finding, subject=f"pbx {connector.name}: {finding.subject}"))
    for finding in await _messages(loaded, connectors):
        findings.append(finding)
        _print(console, msgspec.structs.replace(finding, subject=f"sms: {finding.subject}"))
    for finding in (*await call_details(loaded), *recordings(loaded)):
        findings.append(finding)
        _print(console, finding)
    return all(finding.ok for finding in findings)


async def _messages(loaded: Settings, connectors: Sequence[Connector]) -> list[Finding]:
    """How text messages leave; nothing is sent."""
    from katalog.app import gateway_of

    try:
        gateway = gateway_of(loaded, connectors)
    except KatalogError as error:
        return [Finding(False, "gateway", str(error), "see [sms] in the settings")]
    if gateway is None:
        return [Finding(True, "gateway", "none is set up; no messages are sent")]
    return await _pbx(gateway.check())


async def _pbx(work: Awaitable[list[Finding]]) -> list[Finding]:
    try:
        return await asyncio.wait_for(work, _PBX_SECONDS)
    except KatalogError as error:
        return [Finding(False, "reachable", str(error), getattr(error, "advice", ""))]
    except TimeoutError:
        return [Finding(False, "reachable", f"no answer within {_PBX_SECONDS:.0f} s", "is it overloaded?")]


async def _database(loaded: Settings) -> Finding:
    try:
        async with Database(loaded.database.url) as database:
            await upgrade(database)
            organisation = await organisations.default(database, loaded.organisation.name)
            where = database.name
    except KatalogError as error:
        return Finding(False, "database", str(error), "see database.url in the settings")
    return Finding(True, "database", f"{where}, {organisation.name}")


def _disk(loaded: Settings) -> Finding:
    path = Database(loaded.database.url).path
    folder = path.parent if path is not None else Path()
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding(False, "disk", f"{folder}: {error.strerror}", "make the folder of the database")
    text = f"{free / 1e9:.1f} GB free in {folder.resolve()}"
    return Finding(free > _LOW_DISK, "disk", text, "make room: the database must be able to grow")


def _clock(loaded: Settings) -> Finding:
    now = time.time()
    # Nothing made here is older than its own program.
    well = now > 1_780_000_000
    moment = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now))
    text = f"{moment}; times are shown in {loaded.organisation.timezone}"
    return Finding(well, "clock", text, "set the clock: switch on NTP (timedatectl set-ntp true)")


def _certificate(loaded: Settings) -> list[Finding]:
    if loaded.server.tls_cert is None or loaded.server.tls_key is None:
        return []
    try:
        shown = Certificate(loaded.server.tls_cert, loaded.server.tls_key).shown
    except KatalogError as error:
        return [Finding(False, "certificate", str(error), "see server.tls_cert and server.tls_key in the settings")]
    now = time.time()
    about = f"{loaded.server.tls_cert}, for {', '.join(shown.names) or 'no name at all'}"
    renew = "renew it; a running server takes the new one by itself"
    if shown.begins > now:
        return [Finding(False, "certificate", f"{about}: does not hold yet", "see to the clock, or wait")]
    if shown.expires <= now:
        return [Finding(False, "certificate", f"{about}: expired {int((now - shown.expires) // DAY)} days ago", renew)]
    soon = f" → {renew}" if shown.expires - now < SOON else ""
    return [Finding(True, "certificate", f"{about}: {shown.left(now)} days left{soon}")]


def _print(console: Console, finding: Finding) -> None:
    mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
    advice = f" → {finding.advice}" if not finding.ok and finding.advice else ""
    console.print(f"{mark} ", end="")
    console.print(f"{finding.subject}: {finding.text}{advice}", markup=False)
