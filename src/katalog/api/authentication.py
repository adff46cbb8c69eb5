"""Credentials → who asks. The order: Authorization header, query (where allowed), session cookie."""

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import HTTPConnection

from katalog.api.origin import Proxies, peer
from katalog.api.parameters import parameters
from katalog.api.passwords import Passwords
from katalog.api.reader import Reader, Via
from katalog.api.throttle import Throttle
from katalog.domain.account import Account, Token
from katalog.errors import Unauthenticated, Unavailable
from katalog.live.accounts import Accounts
from katalog.live.directory import Directory
from katalog.store.tokens import hash_of

COOKIE = "katalog_session"
_DAY = 86400.0


class Authenticator:
    """Also remembers when tokens were last used, for the app to write many at once.

    `look` brings accounts and tokens up to what is committed. It is awaited before credentials that are not known
    are judged: whoever was given an account by a command gets in at once, and known and unknown wait alike. If it
    cannot say what is committed, nobody is refused for good: programs erase a token that is answered by 401.
    """

    def __init__(
        self,
        accounts: Accounts,
        directories: Mapping[str, Directory],
        passwords: Passwords,
        throttle: Throttle,
        proxies: Proxies,
        clock: Callable[[], float],
        look: Callable[[], Awaitable[bool]],
        *,
        query_credentials: bool = False,
        session_days: int = 30,
    ) -> None:
        self._used: dict[str, float] = {}
        self._unwritten: dict[str, float] = {}
        self._accounts = accounts
        self._directories = directories
        self._passwords = passwords
        self._throttle = throttle
        self._proxies = proxies
        self._clock = clock
        self._look = look
        self._query_credentials = query_credentials
        self._session_seconds = session_days * _DAY

    async def reader(self, request: HTTPConnection) -> Reader:
        """Raises Unauthenticated, Unavailable if that cannot be said now, or TooMany where guessing is slowed down."""
        via, login, secret = self._presented(request)
        if via is Via.BASIC or via is Via.QUERY:
            return await self.by_password(login, secret, via, request)
        known = self._by_token(secret, via, request)
        if known is None:
            is_certain = await self._look()
            known = self._by_token(secret, via, request)
            if known is None:
                raise Unauthenticated() if is_certain else Unavailable()
        return known

    def known(self, request: HTTPConnection) -> Reader | None:
        """Who asks, if that is known without waiting: by a token that is here, or a password that was verified before.

        Raises Unauthenticated if nothing is presented.
        """
        via, login, secret = self._presented(request)
        if via is not Via.BASIC and via is not Via.QUERY:
            return self._by_token(secret, via, request)
        account = self._meant(login)
        if account is None or account.disabled or not self._passwords.remembered(account, login, secret):
            return None
        return self._reader(account, via, None, request)

    def _presented(self, request: HTTPConnection) -> tuple[Via, str, str]:
        """How the credential came, the login if there is one, and the password or token."""
        authorization = cookies = ""
        for name, value in request.scope["headers"]:
            if name == b"authorization" and not authorization:
                authorization = value.decode("latin-1")
            elif name == b"cookie":
                cookies = value
        if authorization:
            scheme, _, credential = authorization.partition(" ")
            if scheme.lower() == "bearer":
                return Via.BEARER, "", credential.strip()
            if scheme.lower() == "basic":
                return Via.BASIC, *decode_basic(credential)
            raise Unauthenticated()
        # Before a cookie, which may be of a session that has ended since.
        username, password = query_credentials(request) if self._query_credentials else ("", "")
        if username and password:
            return Via.QUERY, username, password
        if cookies and (secret := request.cookies.get(COOKIE)):
            return Via.COOKIE, "", secret
        raise Unauthenticated()

    def _by_token(self, secret: str, via: Via, request: HTTPConnection) -> Reader | None:
        """The reader that the token lets in now."""
        token = self._accounts.by_hash(hash_of(secret))
        if token is None or token.session != (via is Via.COOKIE) or not self.holds(token):
            return None
        account = self._accounts.get(token.account)
        if account is None or account.disabled:
            return None
        self._stamp(token)
        return self._reader(account, via, token, request)

    def _stamp(self, token: Token) -> None:
        self._used[token.id] = self._unwritten[token.id] = self._clock()

    def holds(self, token: Token) -> bool:
        """Whether it lets in still: it has not expired, and a session was used not too long ago."""
        now = self._clock()
        if token.expires is not None and token.expires <= now:
            return False
        if token.session:
            return max(token.created, token.used or 0.0, self._used.get(token.id, 0.0)) + self._session_seconds > now
        return True

    async def by_password(self, login: str, password: str, via: Via, request: HTTPConnection) -> Reader:
        """Missing credentials are no guess, and what was verified before is never refused."""
        if not login or not password:
            raise Unauthenticated()
        account = self._meant(login)
        if account is None or not self._passwords.remembered(account, login, password):
            is_certain = await self._look()
            account = self._meant(login)
            # Somebody who came along with it may have been verified meanwhile.
            if account is None or not self._passwords.remembered(account, login, password):
                try:
                    await self._verify(account, login, password, self.address(request))
                except Unauthenticated:
                    if is_certain:
                        raise
                    raise Unavailable() from None
        if account is None or account.disabled:
            raise Unauthenticated()
        return self._reader(account, via, None, request)

    async def _verify(self, account: Account | None, login: str, password: str, address: str) -> None:
        # The same guess at the same time is one guess: a program that comes back with many connections is not refused.
        counts = not self._passwords.is_under_way(login, password)
        begun = self._throttle.begin(login, address) if counts else 0.0
        if not await self._passwords.verify(account, login, password) or account is None or account.disabled:
            raise Unauthenticated()
        if counts:
            self._throttle.succeed(login, address, begun)

    async def proven(self, reader: Reader, password: str) -> Account | None:
        """The reader's account, if this is its password; None if it is not, which counts as a failed login does. Raises
        TooMany, or Unavailable if it cannot be said now.
        """
        is_certain = await self._look()
        account = self._accounts.get(reader.account.id)
        if account is None or self._passwords.remembered(account, account.login, password):
            return account
        try:
            await self._verify(account, account.login, password, reader.address)
        except Unauthenticated:
            if not is_certain:
                raise Unavailable() from None
            return None
        return account

    def _meant(self, login: str) -> Account | None:
        """The account of this name, else the one account that has this extension or e-mail."""
        named = self._accounts.named(login)
        if named is not None:
            return named
        entries = {
            entry.id for directory in self._directories.values() for entry in directory.with_extension_or_email(login)
        }
        found = self._accounts.of_entries(entries)
        return found[0] if len(found) == 1 else None

    def _reader(self, account: Account, via: Via, token: Token | None, request: HTTPConnection) -> Reader:
        return Reader(account, self._directories[account.organisation], via, token, self.address(request))

    def again(self, reader: Reader) -> Reader | None:
        """The reader of an answer that goes on, as of now; None if what let them in does so no more."""
        account, token = self._accounts.get(reader.account.id), reader.token
        if account is None or account.disabled:
            return None
        if token is None:
            if account.stamp != reader.account.stamp:
                return None
        elif self._accounts.token(token.id) is None or not self.holds(token):
            return None
        return reader if account is reader.account else msgspec.structs.replace(reader, account=account)

    def returning(self, reader: Reader) -> Reader | None:
        """The reader, as of now, of a request that is the same as one before on its connection; None likewise."""
        found = self.again(reader)
        if found is not None and found.token is not None:
            self._stamp(found.token)
        return found

    def address(self, request: HTTPConnection) -> str:
        if not self._proxies.are_there:
            return peer(request.scope)
        return self._proxies.client(request.scope, request.headers)

    def is_secure(self, request: HTTPConnection) -> bool:
        return self._proxies.secure(request.scope, request.headers)

    def last_used(self, token: Token) -> float | None:
        return self._used.get(token.id, token.used)

    def take_unwritten(self) -> dict[str, float]:
        """The stamps collected since the last time: token → Unix seconds."""
        unwritten, self._unwritten = self._unwritten, {}
        return unwritten


def decode_basic(credential: str) -> tuple[str, str]:
    """User name and password (RFC 7617), in UTF-8 or else Latin-1 as old clients send.

    Raises Unauthenticated if it is not Base64 or has no colon.
    """
    try:
        decoded = base64.b64decode(credential.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise Unauthenticated() from None
    try:
        text = decoded.decode("utf-8")
    except UnicodeDecodeError:
        text = decoded.decode("latin-1")
    login, colon, password = text.partition(":")
    if not colon:
        raise Unauthenticated()
    return login, password


def query_credentials(request: HTTPConnection) -> tuple[str, str]:
    given = parameters(request, "username", "password")
    return given.get("username", ""), given.get("password", "")
