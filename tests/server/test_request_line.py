"""What is mended of a request's first line, and what is left to the parser."""

import pytest

from katalog.server.request_line import mended


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r"),
        (b"GET /a%20b?c=%E5 HTTP/1.1\r", b"GET /a%20b?c=%E5 HTTP/1.1\r"),
        (b"GET /dial/070 123 45 HTTP/1.0", b"GET /dial/070%20123%2045 HTTP/1.0"),
        ("GET /sms/1?message=å HTTP/1.1\r".encode(), b"GET /sms/1?message=%C3%A5 HTTP/1.1\r"),
        ("GET /sms/1?message=å HTTP/1.1\r".encode("latin-1"), b"GET /sms/1?message=%E5 HTTP/1.1\r"),
        (b"GET  /a  HTTP/1.1\r", b"GET /a HTTP/1.1\r"),
        (b"GET /a HTTP/1.1 HTTP/1.1\r", b"GET /a%20HTTP/1.1 HTTP/1.1\r"),
        # No request line of ours: the parser says so.
        (b"", b""),
        (b"GET", b"GET"),
        (b"GET /a b", b"GET /a b"),
        (b"GET /a b HTTP/2.0\r", b"GET /a b HTTP/2.0\r"),
        (b"\x16\x03\x01\x02\x00", b"\x16\x03\x01\x02\x00"),
    ],
)
def test_what_is_mended(line: bytes, expected: bytes) -> None:
    assert mended(line) == expected


def test_a_line_of_blanks_takes_no_time() -> None:
    assert len(mended(b"GET /a" + b" " * 1_000_000 + b"b HTTP/1.1\r")) == 3_000_000 + 17
