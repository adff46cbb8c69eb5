"""Devices and whose they are: by name in an entry, else by the telephone system's pattern."""

import re

import msgspec

_NAME = re.compile(r"(?:[^\s:/]+:)?[A-Za-z0-9_]+/[^\s/]+")


class DevicePattern:
    """The pattern of one telephone system: device → extension. A group `extension` is required."""

    def __init__(self, pattern: str) -> None:
        self._match = re.compile(pattern).match

    def extension(self, device: str) -> str | None:
        """The extension that a device has by its name alone.

        >>> DevicePattern(r"^PJSIP/(?P<extension>[^/]+)$").extension("PJSIP/100")
        '100'
        """
        found = self._match(device)
        return found["extension"] if found else None


class DeviceName(msgspec.Struct, frozen=True):
    """A device as an entry names it: `PJSIP/100`, or `växel:PJSIP/100` of one telephone system only."""

    pbx: str | None
    device: str

    @classmethod
    def parse(cls, text: str) -> "DeviceName":
        """Raises ValueError if it is no device."""
        if not _NAME.fullmatch(text):
            raise ValueError(text)
        head, _, tail = text.partition("/")
        pbx, colon, technology = head.rpartition(":")
        return cls(pbx, f"{technology}/{tail}") if colon else cls(None, text)
