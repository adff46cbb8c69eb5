"""`/healthz` and `/readyz`: for load balancers and people in a hurry. No secrets, no names of people."""

from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.live.directory import Directory


class PbxHealth(msgspec.Struct, frozen=True):
    """`link` is live, stale (away, what is shown may be old) or withdrawn (away, nothing is shown)."""

    name: str
    link: str


class Health(msgspec.Struct, frozen=True):
    """`status` is `ok` or `degraded`; `calls` is what the header Katalog-Calls says."""

    status: str
    calls: str
    pbx: list[PbxHealth]


class Healthz:
    """200 as long as the directory of people can be served, a telephone system away or not."""

    def __init__(self, directories: Mapping[str, Directory]) -> None:
        self._directories = directories

    async def health(self, request: Request) -> Response:
        links = [link for directory in self._directories.values() for link in directory.links.values()]
        live = all(directory.calls_are_live for directory in self._directories.values())
        return json(
            Health(
                "ok" if live else "degraded",
                "live" if live else "stale",
                [PbxHealth(link.name, str(link.state)) for link in links],
            )
        )
