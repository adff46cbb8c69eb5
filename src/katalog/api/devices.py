"""Somebody's telephones: which there are, which can be rung, and which rings when one has a call placed."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.extensions import marks
from katalog.api.profile import entry_of
from katalog.api.reader import Reader
from katalog.errors import Forbidden
from katalog.live.devices import Telephone
from katalog.live.directory import Directory
from katalog.live.link import LinkState
from katalog.switchboard.switchboard import Switchboard


class DeviceView(msgspec.Struct, frozen=True):
    """`registered` is null where the telephone system does not say so, or is away. `dnd`: in do-not-disturb.

    `preferred` is the one that a call which is placed rings; `calls` how many the device has now.
    """

    device: str
    pbx: str
    registered: bool | None
    dnd: bool
    preferred: bool
    calls: int


class DevicesApi:
    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    def all(self, request: Request, reader: Reader) -> Response:
        """In the order in which dialling prefers them: for whose they are, reception and admins."""
        entry = entry_of(request, reader)
        if not reader.sets_others and reader.account.entry != entry.id:
            raise Forbidden()
        telephones, can_be_rung = self._switchboard.telephones(reader.directory, entry)
        legs = [(pbx, leg.device) for (pbx, _), leg in reader.directory.legs(entry.id).items()]
        response = json(
            [
                _view(
                    reader.directory, phone, legs.count((phone.pbx, phone.device)), preferred=can_be_rung and not place
                )
                for place, phone in enumerate(telephones)
            ]
        )
        response.raw_headers += marks(reader.directory)
        return response


def _view(directory: Directory, phone: Telephone, calls: int, *, preferred: bool) -> DeviceView:
    link = directory.links[phone.pbx]
    registered = phone.registered if link.state is LinkState.LIVE else None
    dnd = link.pattern.extension(phone.device) in link.dnd
    return DeviceView(phone.device, phone.pbx, registered, dnd, preferred, calls)
