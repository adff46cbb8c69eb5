"""What a program makes of a stream of events: the rules of WHATWG HTML, section 9.2.6, and a picture of the directory."""

import json
from collections.abc import Iterable
from typing import Any


def fields_of(block: str) -> dict[str, str]:
    """Of one event; a comment has none."""
    fields: dict[str, str] = {}
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data" and name in fields:
            value = f"{fields[name]}\n{value}"
        if name:
            fields[name] = value
    return fields


class Picture:
    """`last_id` is what the program would come back with; `events` all that it has heard, in order."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.last_id = ""
        self.live: bool | None = None
        self.events: list[tuple[str, Any]] = []
        self._rest = b""

    def hear(self, texts: Iterable[bytes]) -> list[tuple[str, Any]]:
        """Gives what is new."""
        before = len(self.events)
        *blocks, self._rest = (self._rest + b"".join(texts)).split(b"\n\n")
        for block in blocks:
            self._block(block.decode())
        return self.events[before:]

    def cut(self) -> None:
        """A new connection: half an event is none."""
        self._rest = b""

    def _block(self, block: str) -> None:
        fields = fields_of(block)
        self.last_id = fields.get("id", self.last_id)
        if "data" in fields:
            kind, told = fields.get("event", "message"), json.loads(fields["data"])
            self.events.append((kind, told))
            self._take(kind, told)

    def _take(self, kind: str, told: Any) -> None:
        match kind:
            case "snapshot":
                assert set(told) == {"version", "entries"}
                self.entries = {entry["id"]: entry for entry in told["entries"]}
                assert len(self.entries) == len(told["entries"])
            case "entry":
                self.entries[told["id"]] = told
            case "removed":
                assert set(told) == {"id", "extension"}
                self.entries.pop(told["id"], None)
            case "calls":
                self.live = told["live"]
            case _:
                raise AssertionError(kind)
