"""One examination while it goes on: what is asked, what came, and what that means for each line of the contract."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version

import msgspec

from katalog.compat.answer import Answer
from katalog.compat.credentials import Credentials
from katalog.compat.exchange import LONGEST, Exchange
from katalog.compat.shape import Differs, Unseen
from katalog.compat.target import Target
from katalog.errors import KatalogError

SILENT = 3
"""So many requests without an answer, one after the other, and the rest is not asked."""

Headers = tuple[tuple[str, str], ...]


class NoServer(KatalogError):
    """There is nothing to be asked, or no more: it does not answer, or does not let in."""

    id = "compat"


class Line(msgspec.Struct, frozen=True):
    """`holds` is None where it was not asked or not to be seen; `told` says what came instead, or why not."""

    part: str
    text: str
    holds: bool | None
    told: str = ""


class Options(msgspec.Struct, frozen=True):
    """What else may be asked: with passwords in the query, and what acts. `country` is how numbers are read."""

    country: str = "SE"
    query_credentials: bool = False
    hangup: bool = False
    dial: str = ""
    sms: str = ""


class Asking:
    def __init__(
        self,
        target: Target,
        credentials: Credentials,
        options: Options,
        connect: Callable[[], Exchange],
        now: Callable[[], float],
    ) -> None:
        self.target = target
        self.credentials = credentials
        self.options = options
        self.now = now
        self.lines: list[Line] = []
        self.answers: list[Answer] = []
        self.wrong = 0
        self.refuses_password = False
        self._connect = connect
        self._exchange = connect()
        self._part = ""
        self._silent = 0
        self._always = (("Host", target.authority), ("User-Agent", f"katalog-compat/{version('katalog')}"))

    @property
    def requests(self) -> int:
        return len(self.answers)

    # -- what is asked -----------------------------------------------------------------------------

    async def get(self, path: str, headers: Headers | None = None) -> Answer:
        """With the usual credential, unless others are given. `path` is added to the base of the URL."""
        return await self.ask("GET", self.target.base + path, headers)

    async def ask(
        self,
        method: str,
        path: str,
        headers: Headers | None = None,
        body: bytes = b"",
        *,
        enough: int = LONGEST,
        fresh: bool = False,
        exchange: Exchange | None = None,
    ) -> Answer:
        """`headers` with what lets in, if anything shall. Raises NoServer if nothing answers."""
        given = self.credentials.usual if headers is None else headers
        names = {name.lower() for name, _ in given}
        always = [*self._always]
        if "accept" not in names:
            always.append(("Accept", "application/json"))
        if (body or method == "POST") and "content-length" not in names:
            always.append(("Content-Length", str(len(body))))
        answer = await (exchange or self._exchange).ask(
            method, path, (*always, *given), body, enough=enough, fresh=fresh
        )
        self._heard(answer)
        return answer

    def _heard(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._silent = 0 if answer.status else self._silent + 1
        if self._silent == self.requests or self._silent == SILENT:
            raise NoServer(f"{self.target.authority}: {answer.fault}")

    def another(self) -> Exchange:
        """A connection of its own, for what is asked at the same time."""
        return self._connect()

    async def close(self) -> None:
        await self._exchange.closed()

    # -- what it means -----------------------------------------------------------------------------

    def part(self, name: str) -> None:
        """Of the contract, to which the lines that follow belong."""
        self._part = name

    @contextmanager
    def line(self, text: str) -> Iterator[None]:
        """One line of it: it holds unless the block raises Differs, or Unseen."""
        try:
            yield
        except Differs as differs:
            self._tell(text, False, str(differs))
        except Unseen as unseen:
            self._tell(text, None, str(unseen))
        else:
            self._tell(text, True)

    def leave(self, texts: Sequence[str], reason: str) -> None:
        """Lines that are not asked."""
        for text in texts:
            self._tell(text, None, reason)

    def _tell(self, text: str, holds: bool | None, told: str = "") -> None:
        self.lines.append(Line(self._part, text, holds, self.credentials.hide(told)))
