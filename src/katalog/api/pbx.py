"""The telephone systems, for admins: is the link live, since when, and if not, why."""

from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.reader import Reader
from katalog.domain.moment import iso


class PbxView(msgspec.Struct, frozen=True):
    """`since` when the link is as it is, `reason` why it was lost, `events` how many changes it has told."""

    name: str
    link: str
    since: str | None
    reason: str
    events: int
    legs: int


class Pbxs:
    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    async def all(self, request: Request, reader: Reader) -> Response:
        return json(
            [
                PbxView(
                    link.name,
                    str(link.state),
                    None if link.since is None else iso(link.since, self._zone),
                    link.reason,
                    link.events,
                    len(link.legs),
                )
                for link in reader.directory.links.values()
            ]
        )
