"""The devices of one telephone system: which there are, whose extension each has by its name, which can be rung."""

from collections.abc import Iterable
from typing import NamedTuple

from katalog.domain.device import DevicePattern


class Telephone(NamedTuple):
    """A device of somebody's. `registered` is None where the telephone system does not know it."""

    pbx: str
    device: str
    registered: bool | None


class Devices:
    """`are_read` is false until the telephone system has said which it has."""

    def __init__(self, pattern: DevicePattern) -> None:
        self._pattern = pattern
        self._registered: dict[str, bool] = {}
        self._of: dict[str, list[str]] = {}
        self.are_read = False

    def read(self, registered: Iterable[str], absent: Iterable[str]) -> None:
        """These and no others."""
        self.are_read = True
        self._registered.clear()
        self._of.clear()
        for device in sorted(registered):
            self.change(device, registered=True)
        for device in sorted(absent):
            self.change(device, registered=False)

    def change(self, device: str, *, registered: bool) -> None:
        if device not in self._registered and (extension := self._pattern.extension(device)) is not None:
            self._of.setdefault(extension, []).append(device)
        self._registered[device] = registered

    def registered(self, device: str) -> bool | None:
        """None if it is not known."""
        return self._registered.get(device)

    def of(self, extension: str) -> Iterable[str]:
        """Those that have an extension by their name."""
        return self._of.get(extension, ())
