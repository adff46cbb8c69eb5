"""An account: who may log in, and as what; and what proves it: token or session."""

from enum import StrEnum

import msgspec


class Role(StrEnum):
    """What an account may do. A service account belongs to a program and has no entry of its own."""

    USER = "user"
    RECEPTION = "reception"
    ADMIN = "admin"
    SERVICE = "service"


class Account(msgspec.Struct, frozen=True, gc=False):
    """What is kept of one account. Times are Unix seconds.

    `password`  an argon2id hash, `""` while none has been chosen: then nothing opens it but a token
    `stamp`     changes whenever what was proven before must be proven again (password, disabled)
    """

    id: str
    organisation: str
    login: str
    entry: str | None
    role: Role
    password: str
    stamp: str
    disabled: bool = False
    revision: int = 0

    @property
    def sees_hidden(self) -> bool:
        return self.role is Role.ADMIN


class Token(msgspec.Struct, frozen=True, gc=False):
    """A personal or service token, or a session: only the hash of its secret is kept.

    `source`  of a session that was begun by a token, the id of that; it lasts no longer, and may no more
    """

    id: str
    account: str
    hash: bytes
    name: str
    read_only: bool
    created: float
    expires: float | None
    used: float | None = None
    session: bool = False
    revision: int = 0
    source: str | None = None
