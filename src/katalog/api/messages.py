"""Which messages were sent, and what became of them; what they say is kept nowhere."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.answer import json
from katalog.api.entries import limit_of
from katalog.api.language import language_of
from katalog.api.reader import Reader
from katalog.domain.message import Message, State
from katalog.domain.moment import iso
from katalog.domain.sms import Encoding
from katalog.live.accounts import Accounts
from katalog.store import messages
from katalog.store.database import Database


class MessageView(msgspec.Struct, frozen=True):
    """`account` is the login that sent it, `entry` the id of whose it was, null for a program's. `reason` says why it
    was not sent, or why that is not known; `reference` is the gateway's own id, `""` if it gave none.
    """

    id: str
    at: str
    account: str
    entry: str | None
    number: str
    sender: str
    gateway: str
    state: State
    reason: str | None
    encoding: Encoding
    parts: int
    reference: str


class MessagePage(msgspec.Struct, frozen=True):
    """`next` is the cursor of the page after this one, null on the last."""

    messages: list[MessageView]
    next: str | None


class MessageApi:
    def __init__(
        self, database: Database, accounts: Accounts, clock: Callable[[], float], zone: ZoneInfo, language: str
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._zone = zone
        self._language = language

    async def page(self, request: Request, reader: Reader) -> Response:
        """One's own, an admin everybody's; `?limit=`, `?cursor=`."""
        query = request.query_params
        limit, account = limit_of(query.get("limit")), None if reader.is_admin else reader.account.id
        async with self._database.read() as connection:
            found = await messages.page(
                connection, reader.organisation, limit=limit + 1, account=account, before=query.get("cursor") or None
            )
        views = [self._view(request, each) for each in found[:limit]]
        return json(MessagePage(views, found[limit - 1].id if len(found) > limit else None))

    def _view(self, request: Request, message: Message) -> MessageView:
        outcome, account = message.outcome_at(self._clock()), self._accounts.get(message.account)
        reason = outcome.reason
        swedish = language_of(request, self._language) == "sv"
        return MessageView(
            message.id,
            iso(message.at, self._zone),
            account.login if account is not None else message.account,
            message.entry,
            message.number,
            message.sender,
            message.gateway,
            outcome.state,
            (reason.sv if swedish else reason.en) if reason is not None else None,
            message.encoding,
            message.parts,
            outcome.reference,
        )
