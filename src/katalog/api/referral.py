"""The referral of whoever is called: what a dialplan tells the caller, or does with the call."""

import math
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.extensions import marks
from katalog.api.reader import Reader
from katalog.domain.ending import local_time
from katalog.domain.entry import Kind
from katalog.domain.hours import Calendar
from katalog.errors import Invalid, NotFound

FORM = "application/x-www-form-urlencoded"


class Referral(msgspec.Struct, frozen=True):
    """`until` is in Unix seconds, `until_local` by the organisation's clock: null and `""` for no end.

    `name` is the person's, `forward` the number to which the profile sends calls, `""` for none.
    """

    name: str
    available: bool
    profile: str
    until: int | None
    until_local: str
    message: str
    forward: str


class Referrals:
    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    async def one(self, request: Request, reader: Reader) -> Response:
        """By the number that was called: the telephone system's own extension too. `?format=form` for dialplans."""
        form = request.query_params.get("format", "json")
        if form not in ("json", "form"):
            raise Invalid("format", "ska vara json eller form", "must be json or form")
        directory = reader.directory
        entry = directory.called(request.path_params["extension"], hidden=reader.sees_hidden)
        profile = None if entry is None else directory.profile(entry)
        if entry is None or entry.kind is not Kind.PERSON or profile is None:
            raise NotFound("Anknytningen har ingen profil.", "The extension has no profile.")
        state = directory.presences.state(entry.id)
        end = None if state.end == math.inf else state.end
        referral = Referral(
            entry.name,
            profile.available,
            profile.name,
            None if end is None else int(end),
            "" if end is None else local_time(end, self._calendar),
            profile.message or "",
            directory.presences.indication(entry.id, "").forward,
        )
        response = json(referral) if form == "json" else Response(_form(referral), media_type=FORM)
        response.raw_headers += marks(directory)
        return response


def _form(referral: Referral) -> str:
    """For CURL() with CURLOPT(hashcompat)=yes: true is 1, false 0, what is not there empty, all on one line."""
    pairs = []
    for name, value in msgspec.structs.asdict(referral).items():
        text = str(int(value)) if isinstance(value, bool) else "" if value is None else str(value)
        pairs.append(f"{name}={quote(' '.join(text.split()), safe='')}")
    return "&".join(pairs)
