"""Byte ranges of an answer (RFC 9110, section 14): one at a time."""

import re

from katalog.errors import OutOfRange

_RANGE = re.compile(r"bytes\s*=\s*(?:(\d{1,18})\s*-\s*(\d{0,18})|-\s*(\d{1,18}))\s*", re.IGNORECASE)


def range_of(wanted: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of what a `Range` header asks for; None: the whole. Raises OutOfRange.

    Several ranges, another unit, or what is no range: the whole, as a server may.

    >>> range_of("bytes=0-99", 1000), range_of("bytes=900-", 1000), range_of("bytes=-1", 1000)
    ((0, 99), (900, 999), (999, 999))
    """
    found = _RANGE.fullmatch(wanted.strip()) if wanted is not None else None
    if found is None:
        return None
    begin, end, last = found.groups()
    if last is not None:
        first, final = max(0, size - int(last)), size - 1
    else:
        first, final = int(begin), min(int(end), size - 1) if end else size - 1
        if end and int(end) < int(begin):
            return None
    if first > final:
        raise OutOfRange(size)
    return first, final
