"""The page of the directory with its files, and the one where an invited person chooses a password."""

from starlette.requests import Request
from starlette.responses import Response

from katalog.api.encoding import accepts_gzip
from katalog.api.language import language_of
from katalog.api.links import Links
from katalog.api.login import form_fields
from katalog.api.origin import from_another_site
from katalog.api.passwords import Passwords
from katalog.domain.account import Account
from katalog.errors import CrossSite, Invalid, NotFound
from katalog.follower import Follower
from katalog.store import accounts, invitations, tables, tokens
from katalog.store.database import Actor, Change, Database
from katalog.web import page
from katalog.web.assets import KEPT, assets, version


class Pages:
    def __init__(
        self,
        database: Database,
        follower: Follower,
        passwords: Passwords,
        links: Links,
        *,
        home: page.Home,
        language: str,
    ) -> None:
        self._links = links
        self._database = database
        self._follower = follower
        self._passwords = passwords
        self._home = home
        self._organisation = home.organisation
        self._language = language

    async def app(self, request: Request) -> Response:
        """The directory, and what else is behind its log-in: the script sees by the address which page it is."""
        return self._script(request, "k-app", "app.js")

    async def board(self, request: Request) -> Response:
        """For a wall; its link has a token in the fragment, which the script exchanges for a session."""
        return self._script(request, "k-board", "board.js")

    def _script(self, request: Request, root: str, module: str) -> Response:
        text = page.script(self._of(request), self._home, self._links.base(request), root, module)
        return Response(text, media_type="text/html", headers=page.SCRIPTED)

    async def asset(self, request: Request) -> Response:
        """Of this version; a page of an earlier one has all its files, or is loaded anew."""
        asset = assets().get(request.path_params["name"])
        if asset is None or request.path_params["version"] != version():
            raise NotFound()
        headers = {"cache-control": KEPT, "vary": "accept-encoding", "x-content-type-options": "nosniff"}
        if accepts_gzip(request.headers.get("accept-encoding", "")):
            return Response(asset.packed, media_type=asset.media_type, headers=headers | {"content-encoding": "gzip"})
        return Response(asset.content, media_type=asset.media_type, headers=headers)

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
    return Response(text, status, media_type="text/html", headers=page.PLAIN)
