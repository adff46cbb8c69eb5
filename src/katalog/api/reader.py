"""Who asks: what every request that needs to know has found out."""

from enum import StrEnum

import msgspec

from katalog.domain.account import Account, Role, Token
from katalog.domain.entry import Entry
from katalog.errors import Forbidden
from katalog.live.directory import Directory
from katalog.store.database import Actor


class Via(StrEnum):
    """How the credential came. A browser adds cookies and Basic by itself, to any page's request."""

    BEARER = "bearer"
    BASIC = "basic"
    COOKIE = "cookie"
    QUERY = "query"


class Reader(msgspec.Struct, frozen=True, gc=False):
    """The authenticated account, the directory of its organisation, and how it proved itself."""

    account: Account
    directory: Directory
    via: Via
    token: Token | None
    address: str

    @property
    def organisation(self) -> str:
        return self.account.organisation

    @property
    def sees_hidden(self) -> bool:
        return self.account.role is Role.ADMIN

    @property
    def is_admin(self) -> bool:
        return self.account.role is Role.ADMIN

    @property
    def sets_others(self) -> bool:
        """Whether the reader may set and plan for everybody."""
        return self.account.role in (Role.RECEPTION, Role.ADMIN)

    @property
    def read_only(self) -> bool:
        return self.token is not None and self.token.read_only

    @property
    def entry(self) -> Entry | None:
        """The reader's own entry; one sees oneself though one may be hidden from others."""
        return self.directory.get(self.account.entry, hidden=True) if self.account.entry else None

    @property
    def actor(self) -> Actor:
        return Actor(self.account.login, f"{self.via} {self.address}")

    def must_be_admin(self) -> None:
        if not self.is_admin:
            raise Forbidden()
