"""The first line of a request, as programs send it that write a URL as people do."""

import re

_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
_TO_BE_WRITTEN = re.compile(rb"[\x80-\xff ]")


def mended(line: bytes) -> bytes:
    r"""With percent signs for blanks and for bytes beyond ASCII in the target; as it is if it has none, or is no such
    line.

    A parser must refuse them, and a server should not guess (RFC 9112, section 3.2), lest something gets past a filter
    in front of it; but the web servers of the hosted API took them, and only katalog itself decides here who may what.

    >>> mended("GET /api/sms/070 123?message=Hej på HTTP/1.1\r".encode())
    b'GET /api/sms/070%20123?message=Hej%20p%C3%A5 HTTP/1.1\r'
    """
    if line.isascii() and line.count(b" ") == 2:
        return line
    method, _, rest = line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if version.rstrip(b"\r") not in _VERSIONS:
        return line
    written = _TO_BE_WRITTEN.sub(lambda found: b"%%%02X" % found[0][0], target.strip(b" "))
    return b" ".join((method, written, version))
