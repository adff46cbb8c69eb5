"""`/sms/{number}` of the v1 family: a text message in the caller's name; and what one would be, before it costs."""

import re

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api import body
from katalog.api.answer import done, json
from katalog.api.language import language_of
from katalog.api.login import form_fields
from katalog.api.parameters import parameters, parse, with_plus
from katalog.api.reader import Reader
from katalog.domain.destination import Destination
from katalog.domain.sms import Encoding
from katalog.errors import BadRequest, NotDone, TooLarge
from katalog.messages.outbox import Caller, Outbox

MAX_BODY = 100_000
"""Bytes; the longest message is some thousand of them."""


class Preview(msgspec.Struct, frozen=True):
    """What a message would be. `number` is as it is dialled, `kind` null if it is none. `units` are septets of GSM-7 or
    UTF-16 units of UCS-2; `left` so many fit before there is one part more; `forcing` are the signs because of which it
    is UCS-2. `reason` says why it would not be sent, null if it would.
    """

    number: str
    kind: Destination | None
    sender: str
    text: str
    encoding: Encoding
    characters: int
    units: int
    parts: int
    left: int
    forcing: list[str]
    sends: bool
    reason: str | None


class MessageDraft(msgspec.Struct, frozen=True):
    message: str
    number: str | msgspec.UnsetType = msgspec.UNSET


class SmsApi:
    def __init__(self, outbox: Outbox, language: str) -> None:
        self._outbox = outbox
        self._language = language

    async def send(self, request: Request, reader: Reader) -> Response:
        """`?message=`, or on POST also as form or JSON."""
        given = await _given(request, "message")
        if "message" not in given:
            raise NotDone("Det finns inget meddelande (message).", "There is no message (message).")
        await self._outbox.send(_caller(reader), request.path_params["number"], given["message"])
        return done()

    async def preview(self, request: Request, reader: Reader) -> Response:
        """`?message=&number=`, or on POST also as form or JSON; nothing is sent."""
        given = await _given(request, "message", "number")
        number = with_plus(given.get("number", ""))
        made = self._outbox.draft(_caller(reader), number, given.get("message", ""))
        reason = made.objection or await self._outbox.over_budget(reader.account)
        swedish = language_of(request, self._language) == "sv"
        size = made.size
        return json(
            Preview(
                made.number, made.kind, made.sender, made.text, size.encoding, len(made.text), size.units, size.parts,
                size.left, list(size.forcing), reason is None,
                (reason.sv if swedish else reason.en) if reason is not None else None,
            )
        )  # fmt: skip


def _caller(reader: Reader) -> Caller:
    return Caller(reader.account, reader.entry, reader.directory, reader.actor)


async def _given(request: Request, *names: str) -> dict[str, str]:
    """What the query says, and of what it does not say, the body of a POST. Raises BadRequest, NotDone."""
    given = parameters(request, *names)
    if request.method != "POST" or len(given) == len(names):
        return given
    try:
        return await _in_body(request, *names) | given
    except TooLarge:
        raise NotDone("Meddelandet är för långt.", "The message is too long.") from None


async def _in_body(request: Request, *names: str) -> dict[str, str]:
    """By what it looks like: programs send JSON as a form, and forms as JSON."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        fields = await form_fields(request)
        return {name: fields[name] for name in names if name in fields}
    content = await body.read(request, MAX_BODY)
    if not re.match(rb"\s*[{\[]", content):
        return parse(content, *names)
    document = body.decode_object(content)
    found = {name: document[name] for name in names if document.get(name) is not None}
    for name, value in found.items():
        if not isinstance(value, str):
            raise BadRequest(f"{name} ska vara en text.", f"{name} must be a string.")
    return found
