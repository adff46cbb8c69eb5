"""Entity tags in requests (RFC 9110, section 13.1)."""


def matches(wanted: str | None, etag: str) -> bool:
    """Whether `If-Match` lets a change through: it is not there, is `*`, or names the tag that holds."""
    if wanted is None or wanted.strip() == "*":
        return True
    return etag in [tag.strip() for tag in wanted.split(",")]
