"""Who asks for a call, and why there is none."""

import msgspec

from katalog.domain.account import Account
from katalog.domain.entry import Entry
from katalog.errors import NotDone, RequestError, Unavailable
from katalog.live.directory import Directory
from katalog.store.database import Actor


class Caller(msgspec.Struct, frozen=True):
    """`sees_hidden` as of readers."""

    account: Account
    entry: Entry | None
    directory: Directory
    actor: Actor
    sees_hidden: bool

    @property
    def subject(self) -> str:
        """Whom the audit trail is about."""
        return self.account.id if self.entry is None else self.entry.id


class Refused(Exception):
    """Nothing was placed: why, in a word for the audit trail, and as the error that tells it to people."""

    def __init__(self, reason: str, error: RequestError) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error


def refused(reason: str, sv: str, en: str) -> Refused:
    return Refused(reason, NotDone(sv, en))


def away() -> Unavailable:
    return Unavailable(
        "Växeln kan inte nås just nu. Försök igen om en stund.",
        "The telephone system cannot be reached just now. Try again in a while.",
    )
