"""By what the server is asked to let in, and how it is kept out of what is printed."""

import base64
from urllib.parse import quote, urlencode

import msgspec

HIDDEN = "…"
_SHORTEST = 4


class Credentials(msgspec.Struct, frozen=True):
    """A token, a user name with its password, or both; what is not given is empty."""

    token: str = ""
    username: str = ""
    password: str = ""

    @property
    def has_password(self) -> bool:
        return bool(self.username and self.password)

    @property
    def usual(self) -> tuple[tuple[str, str], ...]:
        """What goes with every request that tries something else."""
        return self.bearer if self.token else self.basic

    @property
    def bearer(self) -> tuple[tuple[str, str], ...]:
        return (("Authorization", f"Bearer {self.token}"),)

    @property
    def basic(self) -> tuple[tuple[str, str], ...]:
        return basic(self.username, self.password)

    @property
    def query(self) -> str:
        return urlencode({"username": self.username, "password": self.password}, quote_via=quote)

    def hide(self, text: str) -> str:
        """A server may give back what it was sent."""
        for secret in sorted((self.token, self.password, self.username), key=len, reverse=True):
            if len(secret) >= _SHORTEST or (secret and secret == self.password):
                text = text.replace(secret, HIDDEN)
        return text


def basic(username: str, password: str) -> tuple[tuple[str, str], ...]:
    """The header of RFC 7617, in UTF-8."""
    credential = base64.b64encode(f"{username}:{password}".encode()).decode()
    return (("Authorization", f"Basic {credential}"),)
