"""Which paths a base URL has, and what is no URL of a server."""

import pytest

from katalog.compat.target import Target


@pytest.mark.parametrize(
    ("url", "base", "other"),
    [
        ("https://api.example.se", "", "/api"),
        ("https://api.example.se/", "", "/api"),
        ("https://api.example.se/api", "/api", ""),
        ("https://api.example.se/api//", "/api", ""),
        ("https://api.example.se/telephone/api/", "/telephone/api", "/telephone"),
        ("https://api.example.se/telephone", "/telephone", "/telephone/api"),
        ("https://api.example.se/rapi", "/rapi", "/rapi/api"),
    ],
)
def test_paths_with_and_without_api(url: str, base: str, other: str) -> None:
    target = Target.of(url)
    assert (target.base, target.other) == (base, other)


@pytest.mark.parametrize(
    ("url", "connect", "asked"),
    [
        ("http://127.0.0.1:8080/", "", (False, "127.0.0.1:8080", "127.0.0.1", 8080)),
        ("https://api.example.se", "", (True, "api.example.se", "api.example.se", 443)),
        ("https://api.example.se", "192.0.2.1", (True, "api.example.se", "192.0.2.1", 443)),
        ("https://api.example.se", "192.0.2.1:8443", (True, "api.example.se", "192.0.2.1", 8443)),
        ("https://api.example.se", "katalog.example.se:1", (True, "api.example.se", "katalog.example.se", 1)),
        ("https://api.example.se", "2001:db8::1", (True, "api.example.se", "2001:db8::1", 443)),
        ("https://api.example.se", "[2001:db8::1]:8443", (True, "api.example.se", "2001:db8::1", 8443)),
        ("http://[2001:db8::1]:8080", "", (False, "[2001:db8::1]:8080", "2001:db8::1", 8080)),
        ("https://växel.example.se/", "", (True, "xn--vxel-loa.example.se", "xn--vxel-loa.example.se", 443)),
    ],
)
def test_name_and_address(url: str, connect: str, asked: tuple[bool, str, str, int]) -> None:
    target = Target.of(url, connect)
    assert (target.is_secure, target.authority, target.address, target.port) == asked


@pytest.mark.parametrize(
    ("url", "connect"),
    [
        ("api.example.se", ""), ("ftp://api.example.se", ""), ("https://", ""), ("https://anna:hemlig@x.se/", ""),
        ("https://x.se:70000/", ""), ("", ""), ("https://x.se/", ":::x"), ("https://x.se/", "a b:c"),
    ],
)  # fmt: skip
def test_what_is_no_server(url: str, connect: str) -> None:
    with pytest.raises(ValueError, match=" "):
        Target.of(url, connect)
