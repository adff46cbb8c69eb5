"""Which of katalog's languages a reader wants."""

from starlette.requests import HTTPConnection


def language_of(request: HTTPConnection, default: str) -> str:
    """The first of Swedish and English in Accept-Language (RFC 9110), else the organisation's.

    Quality values are not weighed: browsers list languages in the order of preference.
    """
    for part in request.headers.get("accept-language", "").lower().split(","):
        tag = part.partition(";")[0].strip().partition("-")[0]
        if tag in ("sv", "en"):
            return tag
    return default
