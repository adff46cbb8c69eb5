"""What the live directory must show, worked out from scratch in the plainest way: no index, nothing remembered."""

import json
import re
from collections.abc import Iterable
from typing import Any

from katalog.domain.call import Leg
from katalog.domain.entry import Entry, Kind
from katalog.domain.number import e164


class Model:
    """`legs` are of every telephone system, in the order in which they came to the device that they are on."""

    def __init__(self, patterns: dict[str, str], logins: frozenset[str]) -> None:
        self._patterns = patterns
        self._logins = logins
        self.entries: dict[str, Entry] = {}
        self.legs: list[tuple[str, Leg]] = []

    def of_pbx(self, pbx: str) -> dict[str, Leg]:
        return {leg.id: leg for at, leg in self.legs if at == pbx}

    def put_leg(self, pbx: str, leg: Leg) -> None:
        for place, (at, old) in enumerate(self.legs):
            if (at, old.id) == (pbx, leg.id):
                if old.device == leg.device:
                    self.legs[place] = (pbx, leg)
                    return
                del self.legs[place]
                break
        self.legs.append((pbx, leg))

    def end_leg(self, pbx: str, id_: str) -> None:
        self.legs = [(at, leg) for at, leg in self.legs if (at, leg.id) != (pbx, id_)]

    def sorted(self, *, hidden: bool) -> list[Entry]:
        visible = [entry for entry in self.entries.values() if hidden or not entry.hidden]
        return sorted(visible, key=lambda entry: (entry.extension, entry.name, entry.id))

    def chosen(self, entries: Iterable[Entry]) -> Entry | None:
        def rank(entry: Entry) -> tuple[bool, bool, tuple[str, str, str]]:
            return entry.id not in self._logins, entry.kind is not Kind.PERSON, entry.key

        return min(entries, key=rank, default=None)

    def find(self, number: str, *, hidden: bool) -> Entry | None:
        visible = self.sorted(hidden=hidden)
        public = e164(number, "SE")
        for matching in (
            [entry for entry in visible if entry.extension == number],
            [entry for entry in visible if number in entry.numbers],
            [
                entry
                for entry in visible
                if public is not None and public in [e164(own, "SE") for own in (entry.extension, *entry.numbers)]
            ],
        ):
            if matching:
                return self.chosen(matching)
        return None

    def owners(self, pbx: str, device: str) -> list[Entry]:
        everyone = self.sorted(hidden=True)
        named = [entry for entry in everyone if {device, f"{pbx}:{device}"} & set(entry.devices)]
        if named:
            return named
        extension = self._extension(pbx, device)
        by_extension = [entry for entry in everyone if entry.extension == extension]
        return by_extension or [entry for entry in everyone if extension in entry.numbers]

    def _extension(self, pbx: str, device: str) -> str | None:
        found = re.match(self._patterns[pbx], device)
        return found["extension"] if found else None

    def _callerid(self, pbx: str, leg: Leg) -> str:
        party = self.chosen(self.owners(pbx, leg.peer)) if leg.peer else None
        if party is None and leg.number and all(entry.extension != leg.number for entry in self.entries.values()):
            party = self.chosen(
                entry
                for entry in self.entries.values()
                for device in entry.devices
                if self._extension(pbx, device.removeprefix(f"{pbx}:")) == leg.number
            )
        return party.extension if party else leg.number

    def contact(self, entry: Entry) -> dict[str, Any]:
        profile = {"available": True, "name": "Tillgänglig", "until": "0000-00-00 00:00:00", "message": None}
        return {
            "extension": entry.extension,
            "name": entry.name,
            "email": entry.email,
            "mobile": entry.mobile,
            "profile": profile if entry.kind is Kind.PERSON else None,
            "calls": [
                {"callerid": self._callerid(pbx, leg), "direction": leg.direction, "linestatus": leg.linestatus}
                for pbx, leg in self.legs
                if entry in self.owners(pbx, leg.device)
            ],
            "keyWords": list(entry.keywords),
        }

    def encoded(self, *, hidden: bool) -> bytes:
        contacts = [self.contact(entry) for entry in self.sorted(hidden=hidden)]
        return json.dumps(contacts, ensure_ascii=False, separators=(",", ":")).encode()
