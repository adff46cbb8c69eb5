"""`/auth/login` and `/auth/logout`: a session cookie for what follows."""

import re
from urllib.parse import parse_qsl

import msgspec
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from katalog.api import body
from katalog.api.answer import ok
from katalog.api.authentication import COOKIE, Authenticator, decode_basic, query_credentials
from katalog.api.origin import from_another_site
from katalog.api.reader import Reader, Via
from katalog.domain.account import Token
from katalog.errors import BadRequest, CrossSite, Unauthenticated
from katalog.follower import Follower
from katalog.live.accounts import Accounts
from katalog.store import tokens
from katalog.store.database import Actor, Database

_FORM = ("application/x-www-form-urlencoded", "multipart/form-data")


class Credentials(msgspec.Struct, frozen=True):
    """`username` is an account's name, or the extension or e-mail of exactly one account."""

    username: str
    password: str


class Login:
    """Any number of sessions at once: each is a token of its own, of which only the hash is kept."""

    def __init__(
        self,
        database: Database,
        follower: Follower,
        accounts: Accounts,
        authenticator: Authenticator,
        session_days: int,
    ) -> None:
        self._database = database
        self._follower = follower
        self._accounts = accounts
        self._authenticator = authenticator
        self._max_age = session_days * 86400

    async def login(self, request: Request) -> Response:
        """Basic, or user name and password in the query, as form or as JSON; where no user name is given, Bearer."""
        if from_another_site(request.headers):
            raise CrossSite()
        username, password, via = await self._credentials(request)
        if not username and _is_bearer(request):
            # Not before: programs come with an old token, and a password to get a new session.
            reader = await self._authenticator.reader(request)
        else:
            reader = await self._authenticator.by_password(username, password, via, request)
        secret = await self._begin(reader, request)
        await self._follower.catch_up()
        response = ok()
        response.headers.append("set-cookie", self._cookie(request, secret, self._max_age))
        return response

    async def _begin(self, reader: Reader, request: Request) -> str:
        """A session's secret. Raises Unauthenticated if the token has been revoked meanwhile."""
        agent = re.sub(r"[^\x20-\x7e]", "", request.headers.get("user-agent", ""))[:100]
        async with self._database.write(reader.organisation, reader.actor) as change:
            if reader.token is None:
                _, secret = await tokens.add(change, reader.account, agent, session=True)
                return secret
            begun = await tokens.begin(change, reader.token, reader.account, agent)
            if begun is None:
                raise Unauthenticated()
            return begun

    async def logout(self, request: Request) -> Response:
        """Ends the session of the cookie; without one there is nothing to end, which is as good."""
        if from_another_site(request.headers):
            raise CrossSite()
        secret = request.cookies.get(COOKIE)
        token = self._accounts.by_hash(tokens.hash_of(secret)) if secret else None
        if token is not None and token.session:
            await self._end(token, self._authenticator.address(request))
        response = ok()
        response.headers.append("set-cookie", self._cookie(request, "", 0))
        return response

    def _cookie(self, request: Request, secret: str, max_age: int) -> str:
        """RFC 6265; not for scripts, not with another site's requests, over https never without it."""
        secure = "; Secure" if self._authenticator.is_secure(request) else ""
        return f"{COOKIE}={secret}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Strict{secure}"

    async def _end(self, token: Token, address: str) -> None:
        account = self._accounts.get(token.account)
        if account is None:
            return
        actor = Actor(account.login, f"{Via.COOKIE} {address}")
        async with self._database.write(account.organisation, actor) as change:
            await tokens.revoke(change, token)
        await self._follower.catch_up()

    async def _credentials(self, request: Request) -> tuple[str, str, Via]:
        authorization = request.headers.get("authorization", "")
        scheme, _, credential = authorization.partition(" ")
        if scheme.lower() == "basic":
            return *decode_basic(credential), Via.BASIC
        username, password = query_credentials(request)
        if username or request.method != "POST":
            return username, password, Via.QUERY
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in _FORM:
            form = await form_fields(request)
            return form.get("username", ""), form.get("password", ""), Via.QUERY
        content = await body.read(request)
        given = body.decode_object(content) if content.strip() else {}
        username, password = given.get("username", ""), given.get("password", "")
        if not isinstance(username, str) or not isinstance(password, str):
            raise Unauthenticated()
        return username, password, Via.QUERY


def _is_bearer(request: Request) -> bool:
    return request.headers.get("authorization", "").partition(" ")[0].lower() == "bearer"


async def form_fields(request: Request) -> dict[str, str]:
    """The text fields of a form, bounded. Raises BadRequest, TooLarge."""
    content = await body.read(request, 10_000)
    if not request.headers.get("content-type", "").lower().startswith("multipart/"):
        # Some programs send å as it is instead of %C3%A5; in UTF-8, or else in Latin-1.
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
        return dict(parse_qsl(text, keep_blank_values=True))

    async def once() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    try:
        async with Request(request.scope, once).form(max_files=0, max_fields=10) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except (HTTPException, MultiPartException, ValueError, KeyError) as error:
        raise BadRequest(f"Formuläret kan inte tolkas: {error}", f"The form cannot be read: {error}") from None
