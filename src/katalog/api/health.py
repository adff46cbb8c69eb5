"""`/healthz` and `/readyz`: for load balancers and people in a hurry. No secrets, no names of people."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.follower import Follower
from katalog.live.directory import Directory


class PbxHealth(msgspec.Struct, frozen=True):
    """`link` is live, stale (away, what is shown may be old) or withdrawn (away, nothing is shown)."""

    name: str
    link: str


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok` or `degraded`; `calls` is what the header Katalog-Calls says.

    `store` is `away` while the database cannot be used: people and calls are still read, nothing can be changed.
    """

    status: str
    calls: str
    store: str
    pbx: list[PbxHealth]


class Healthz:
    """200 as long as the directory of people can be served, a telephone system away or not."""

    def __init__(self, directories: Mapping[str, Directory], follower: Follower) -> None:
        self._directories = directories
        self._follower = follower

    async def health(self, request: Request) -> Response:
        links = [link for directory in self._directories.values() for link in directory.links.values()]
        live = all(directory.calls_are_live for directory in self._directories.values())
        return json(
            Health(
                "ok" if live and not self._follower.is_away else "degraded",
                "live" if live else "stale",
                "away" if self._follower.is_away else "ok",
                [PbxHealth(link.name, str(link.state)) for link in links],
            )
        )
