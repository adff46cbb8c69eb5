"""Links that people are sent: whole, as they reach this server."""

from starlette.requests import Request

from katalog.api.authentication import Authenticator


class Links:
    """`public_url` is how people reach the server; `""`: as whoever asks has reached it."""

    def __init__(self, authenticator: Authenticator, public_url: str) -> None:
        self._authenticator = authenticator
        self._public_url = public_url.rstrip("/")

    def base(self, request: Request) -> str:
        """Where the server is reached, without a slash at the end."""
        scheme = "https" if self._authenticator.is_secure(request) else "http"
        return self._public_url or f"{scheme}://{request.url.netloc}"

    def invitation(self, request: Request, secret: str) -> str:
        return f"{self.base(request)}/invitation/{secret}"
