"""The URL of a request that katalog sends: what is accepted, and what may be shown of it."""

from base64 import b64encode

from yarl import URL

MAX_URL = 2000
_SCHEMES = ("http", "https")


class NotATarget(ValueError):
    """`sv` and `en` are the reason, without a subject and without the URL."""

    def __init__(self, sv: str, en: str) -> None:
        super().__init__(en)
        self.sv, self.en = sv, en


def parse_target(text: str) -> URL:
    """Raises NotATarget."""
    text = text.strip()
    if len(text) > MAX_URL:
        raise NotATarget(f"får ha högst {MAX_URL} tecken", f"may have {MAX_URL} characters at most")
    try:
        if not text.isprintable() or " " in text or "\\" in text:
            raise ValueError(text)
        url = URL(text)
        if url.absolute and url.scheme in _SCHEMES and url.host and url.port:
            return _as_written(url, text)
    except (ValueError, UnicodeError):
        pass
    raise NotATarget(
        "ska vara en adress som börjar med https:// eller http://",
        "must be an address that begins with https:// or http://",
    )


def _as_written(url: URL, text: str) -> URL:
    """Without its fragment, path and query to the letter: an address that is signed must not be spelt otherwise."""
    written = URL(text, encoded=True) if text.isascii() else url
    return URL.build(
        scheme=url.scheme,
        authority=url.raw_authority,
        path=written.raw_path or "/",
        query_string=written.raw_query_string,
        encoded=True,
    )


def masked(url: URL) -> str:
    """Scheme, host and port; the rest is often a secret.

    >>> masked(URL("https://anna:hemligt@moln.se:8443/privat-4711/k.ics"))
    'https://moln.se:8443/…'
    """
    return f"{url.origin()}/…"


def without_credentials(url: URL) -> tuple[URL, str | None]:
    """The URL that is asked for, and the `Authorization` (RFC 7617) of what stood before its host."""
    if url.user is None and url.password is None:
        return url, None
    return url.with_user(None), basic(url.user or "", url.password or "")


def basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()
