"""The pages that need no script: the start page, and the one where an invited person chooses a password."""

from starlette.requests import Request
from starlette.responses import Response

from katalog.api.authentication import Authenticator
from katalog.api.language import language_of
from katalog.api.login import form_fields
from katalog.api.origin import from_another_site
from katalog.api.passwords import Passwords
from katalog.domain.account import Account
from katalog.errors import CrossSite, Invalid
from katalog.follower import Follower
from katalog.store import accounts, invitations, tables, tokens
from katalog.store.database import Actor, Change, Database
from katalog.web import page


class Pages:
    def __init__(
        self,
        database: Database,
        follower: Follower,
        passwords: Passwords,
        authenticator: Authenticator,
        *,
        organisation: str,
        language: str,
        public_url: str,
    ) -> None:
        self._authenticator = authenticator
        self._public_url = public_url.rstrip("/")
        self._database = database
        self._follower = follower
        self._passwords = passwords
        self._organisation = organisation
        self._language = language

    async def start(self, request: Request) -> Response:
        scheme = "https" if self._authenticator.is_secure(request) else "http"
        base = self._public_url or f"{scheme}://{request.url.netloc}"
        return _html(page.start(self._of(request), self._organisation, base))

    async def style(self, request: Request) -> Response:
        return Response(page.stylesheet(), media_type="text/css", headers={"cache-control": "max-age=3600"})

    async def invitation(self, request: Request) -> Response:
        """The form; the link is used up only when a password has been chosen."""
        account = await self._invited(request.path_params["code"])
        if account is None:
            return self._void(request)
        return _html(page.invitation(self._of(request), self._organisation, account.login))

    async def choose(self, request: Request) -> Response:
        if from_another_site(request.headers):
            raise CrossSite()
        code, language = request.path_params["code"], self._of(request)
        account = await self._invited(code)
        if account is None:
            return self._void(request)
        password = (await form_fields(request)).get("password", "")
        try:
            hash_ = await self._passwords.hash(password)
        except Invalid as error:
            form = page.invitation(language, self._organisation, account.login, error.reasons[language])
            return _html(form, error.status)
        async with self._database.write(account.organisation, Actor(account.login, "invitation")) as change:
            if not await self._take(change, code, account, hash_):
                return self._void(request)
        await self._follower.catch_up()
        return _html(page.message(language, self._organisation, "done", "chosen"))

    async def _take(self, change: Change, code: str, account: Account, hash_: str) -> bool:
        if not await invitations.use(change, code):
            return False
        await tokens.revoke_sessions(change, account)
        await accounts.alter(change, account, "account.password", password=hash_)
        return True

    async def _invited(self, code: str) -> Account | None:
        async with self._database.read() as connection:
            invited = await invitations.account_of(connection, code)
            if invited is None:
                return None
            found = await accounts.select_where(connection, tables.account.c.id == invited[1])
        return found[0] if found and not found[0].disabled else None

    def _void(self, request: Request) -> Response:
        return _html(page.message(self._of(request), self._organisation, "void", "ask"), 404)

    def _of(self, request: Request) -> str:
        return language_of(request, self._language)


def _html(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="text/html", headers=page.SECURITY_HEADERS)
