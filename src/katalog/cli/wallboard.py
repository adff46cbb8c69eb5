"""The directory as a table that fills the terminal, kept live by the event stream."""

import asyncio
import math
import time
from datetime import datetime

import msgspec
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from katalog.cli.listener import Heard, Listener
from katalog.cli.watch import Gone, Row, Snapshot, call_words, until

REDRAWN = 0.1
"""Seconds at least between two drawings: an eye sees no more."""


class Wallboard:
    """Whoever is in a call stands first, then who cannot be reached, then the rest; each in the order of the list."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.connected = False
        self.live = True
        self.reason = ""
        self.drawn = -math.inf
        """When it was drawn last; -inf when something has changed since."""

    def hear(self, event: Heard) -> None:
        self.drawn = -math.inf
        match event.kind:
            case "connected":
                self.connected, self.reason = True, ""
            case "lost":
                self.connected, self.reason = False, event.data.decode()
            case "snapshot":
                self.rows = {row.id: row for row in msgspec.json.decode(event.data, type=Snapshot).entries}
            case "entry":
                row = msgspec.json.decode(event.data, type=Row)
                self.rows[row.id] = row
            case "removed":
                self.rows.pop(msgspec.json.decode(event.data, type=Gone).id, None)
            case "calls":
                self.live = b"true" in event.data

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = max(3, (options.height or console.height) - 4)
        ordered = sorted(self.rows.values(), key=lambda row: (not row.calls, _reached(row), row.key))
        table = Table(box=None, expand=True, padding=(0, 2, 0, 0), header_style="dim")
        # A number is shown whole; what is left is shared.
        for name, ratio in (("", None), ("Number", None), ("Name", 4), ("Profile", 3), ("Until", 3), ("Call", 4)):
            table.add_column(name, ratio=ratio, no_wrap=True, overflow="ellipsis")
        style = "" if self.connected else "dim"
        for row in ordered[:height]:
            table.add_row(*_cells(row), style=style)
        yield Group(self._head(len(ordered) - height), Text(), table)

    def _head(self, more: int) -> Text:
        on = sum(bool(row.calls) for row in self.rows.values())
        away = sum(not _reached(row) for row in self.rows.values())
        head = Text.assemble(
            ("katalog  ", "bold"), f"{len(self.rows)} in the directory, {on} in calls, {away} not to be reached"
        )
        if more > 0:
            head.append(f", {more} below", "dim")
        if not self.connected:
            head.append(f"   ● {self.reason or 'connecting'} – trying again, what is shown may be old", "bold red")
        elif not self.live:
            head.append("   ● a telephone system is away, calls may be old", "bold yellow")
        head.append(f"   {datetime.now().astimezone():%H:%M:%S}", "dim")
        return head


def _reached(row: Row) -> bool:
    return row.profile is None or row.profile.available


def _cells(row: Row) -> list[Text]:
    mark, color = ("●", "green") if _reached(row) else ("○", "red")
    if row.profile is None:
        mark, color = "·", "dim"
    if row.calls:
        mark, color = "☎", "yellow"
    profile, end = (row.profile.name, until(row.profile)[:-3]) if row.profile is not None else ("", "")
    calls = ", ".join(call_words(call) for call in row.calls)
    return [
        Text(mark, color), Text(row.extension), Text(row.name, "bold"), Text(profile, "" if _reached(row) else "red"),
        Text(end, "dim"), Text(calls, "yellow"),
    ]  # fmt: skip


async def show(listener: Listener) -> None:
    """Until Ctrl-C."""
    board = Wallboard()
    with Live(board, screen=True, auto_refresh=False) as live:

        async def draw() -> None:
            while True:
                if time.monotonic() - board.drawn >= 1:  # its clock goes on
                    board.drawn = time.monotonic()
                    live.refresh()
                await asyncio.sleep(REDRAWN)

        drawing = asyncio.create_task(draw())
        try:
            async for event in listener.events():
                board.hear(event)
        finally:
            drawing.cancel()
