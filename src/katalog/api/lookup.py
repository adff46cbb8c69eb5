"""Who has a number: `GET /api/lookup/{number}` (docs/api.md)."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.extensions import marks
from katalog.api.reader import Reader
from katalog.domain.holder import NumberMatch
from katalog.domain.view import EntryView


class Holder(EntryView, frozen=True, kw_only=True, gc=False):
    """The entry object, and last why it is found."""

    match: NumberMatch


class Holders(msgspec.Struct, frozen=True):
    """`number` in E.164 if it has such a form, else as asked; `entries` the best first."""

    number: str
    entries: list[Holder]


class Lookup:
    """A number in any notation → everybody who has it. A number that nobody has is no error."""

    async def one(self, request: Request, reader: Reader) -> Response:
        number = request.path_params["number"].strip()
        directory = reader.directory
        found = [
            Holder(**msgspec.structs.asdict(directory.view(entry, full=reader.is_admin)), match=match)
            for entry, match in directory.lookup(number, hidden=reader.sees_hidden)
        ]
        response = json(Holders(directory.e164(number) or number, found))
        response.raw_headers += marks(directory)
        return response
