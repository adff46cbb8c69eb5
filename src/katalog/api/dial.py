"""Dialling and hanging up (contract): one's own telephone first, then the number."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import done
from katalog.api.parameters import flag, parameters, parse
from katalog.api.reader import Reader
from katalog.errors import TooLarge
from katalog.switchboard.caller import Caller
from katalog.switchboard.switchboard import Switchboard

AUTOANSWER, ONLY_MOBILE = "autoanswer", "onlycallmobile"
MOST = 10_000
"""Bytes of a body that are looked at."""


class Dial:
    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard

    async def dial(self, request: Request, reader: Reader) -> Response:
        """Answered when the telephone system has the call: nobody has lifted a receiver yet."""
        given = await _given(request)
        await self._switchboard.dial(
            caller_of(reader),
            request.path_params.get("number", ""),
            autoanswer=flag(given, AUTOANSWER, default=True),
            only_mobile=flag(given, ONLY_MOBILE, default=False),
        )
        return done()

    async def hangup(self, request: Request, reader: Reader) -> Response:
        await self._switchboard.hangup(caller_of(reader))
        return done()


def caller_of(reader: Reader) -> Caller:
    return Caller(reader.account, reader.entry, reader.directory, reader.actor, reader.sees_hidden)


async def _given(request: Request) -> Mapping[str, str]:
    """The parameters: of the query, else of the body, a form or JSON whatever it says it is."""
    names = AUTOANSWER, ONLY_MOBILE
    of_query = parameters(request, *names)
    if request.method != "POST":
        return of_query
    try:
        content = await body.read(request, MOST)
    except TooLarge:
        return of_query
    return {**(_of_json(content, *names) or parse(content, *names)), **of_query}


def _of_json(content: bytes, *names: str) -> dict[str, str]:
    try:
        value: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    known = {name.lower(): name for name in names}
    return {known[key.lower()]: str(said) for key, said in value.items() if key.lower() in known}
